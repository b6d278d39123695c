//! Everything that the core can ask for (session 1): requests to the trade server in [`request`],
//! questions to strategies in other processes in [`question`], results of commands in [`result`], reports to the platform in [`report`], alerts in [`alert`],
//! and the reasons why a signal was or was not taken in [`note`].

pub mod alert;
pub mod note;
pub mod question;
pub mod report;
pub mod request;
pub mod result;

pub use alert::{Alert, AlertCode, LimitReached, Severity};
pub use note::{Explanation, Note, Verdict};
pub use question::{AccountWorth, EarlierBars, FiniteNumber, LineValue, Question};
pub use report::{CloseReason, Report, TradeChanged, TradeClosed, TradeOpened};
pub use request::{
    CloseByRequest, CloseRequest, ModifyOrderRequest, ModifyRequest, OpenRequest, Owner,
    PlaceRequest, RemoveRequest, Request, RequestReason, Trade,
};
pub use result::{
    AccountData, CommandResult, EffectiveSettings, ExecutionSummary, OrderData, OrderProgress,
    OrderStatusData, PositionData, ResultCode, ResultData, ResultStatus, StatusData, StrategyState,
    SymbolData, TradeData,
};

use crate::domain::id::{DataId, SymbolId};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

/// One thing to do, or one decision to record. Actions are carried out in the order in which they
/// were appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Send a request to the trade server.
    Trade(Box<Trade>),
    /// Request data from the broker.
    Data(DataRequest),
    /// Ask a strategy in another process what a closed bar means to it.
    Ask(Box<Question>),
    /// Give the platform the result of a command.
    Result(Box<CommandResult>),
    /// Report a trade or an alert to the platform.
    Report(Box<Report>),
    /// Record why a signal was or was not taken; nothing is carried out.
    Note(Note),
}

/// Data that the core needs. The answer carries the same id. When none comes by the deadline, the
/// data are requested again; a late answer still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataRequest {
    /// The latest closed bars, and the forming one.
    Bars {
        /// The number of this request for data; 0 in old recordings.
        #[serde(default)]
        id: DataId,
        /// The moment after which the data are requested again.
        #[serde(default)]
        deadline: Timestamp,
        /// The symbol, as its index in the session.
        symbol: SymbolId,
        /// The timeframe of the bars.
        timeframe: Timeframe,
        /// The number of closed bars wanted; the broker may have fewer.
        count: u32,
    },
    /// A reading of the account: figures, positions, working orders, and the history since a
    /// moment.
    Snapshot {
        /// The number of this request for data; 0 in old recordings.
        #[serde(default)]
        id: DataId,
        /// The moment after which the data are requested again.
        #[serde(default)]
        deadline: Timestamp,
        /// The start of the history that is wanted, by the server's clock.
        history_since_msc: ServerMsc,
    },
    /// A symbol that the session does not have yet: its specification, and its ticks from now on.
    Subscribe {
        /// The number of this request for data; 0 in old recordings.
        id: DataId,
        /// The moment after which the data are requested again.
        deadline: Timestamp,
        /// The broker's name of the symbol.
        name: String,
    },
}

impl DataRequest {
    /// The number of the request.
    #[must_use]
    pub const fn id(&self) -> DataId {
        match self {
            Self::Bars { id, .. } | Self::Snapshot { id, .. } | Self::Subscribe { id, .. } => *id,
        }
    }
}

impl From<Alert> for Action {
    fn from(alert: Alert) -> Self {
        Self::Report(Box::new(Report::Alert(alert)))
    }
}
