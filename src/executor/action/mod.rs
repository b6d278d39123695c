//! All that the core can ask for (session 1). Requests to the trade server are in [`request`], what commands get in
//! [`result`], what the platform is told in [`report`], why a signal was taken or not in [`note`].

pub mod note;
pub mod report;
pub mod request;
pub mod result;

pub use note::{Explanation, Note, Verdict};
pub use report::{Alert, AlertCode, CloseReason, Report, Severity, TradeChanged, TradeClosed, TradeOpened};
pub use request::{
    CloseByRequest, CloseRequest, ModifyOrderRequest, ModifyRequest, OpenRequest, Owner, PlaceRequest, RemoveRequest, Request,
    RequestReason, Trade,
};
pub use result::{
    AccountData, CommandResult, EffectiveSettings, ExecutionSummary, OrderData, OrderProgress, OrderStatusData, PositionData, ResultCode,
    ResultData, ResultStatus, StatusData, StrategyState, SymbolData, TradeData,
};

use crate::domain::id::{DataId, SymbolId};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

/// One thing that is to be done, or that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Send a request to the trade server.
    Trade(Box<Trade>),
    /// Ask the broker for data.
    Data(DataRequest),
    /// Tell the platform what came of a command.
    Result(Box<CommandResult>),
    /// Tell the platform what happened.
    Report(Box<Report>),
    /// Why a signal was taken or not.
    Note(Note),
}

/// Data that the core needs. The answer echoes the id; one that comes after the deadline is asked for again, and still
/// counts as what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataRequest {
    /// The last closed bars and the forming one.
    Bars {
        /// Number of the question.
        #[serde(default)]
        id: DataId,
        /// After this moment no answer is awaited.
        #[serde(default)]
        deadline: Timestamp,
        /// Of which symbol.
        symbol: SymbolId,
        /// Of which period.
        timeframe: Timeframe,
        /// How many closed bars.
        count: u32,
    },
    /// Account, positions, orders, and the history since a moment.
    Snapshot {
        /// Number of the question.
        #[serde(default)]
        id: DataId,
        /// After this moment no answer is awaited.
        #[serde(default)]
        deadline: Timestamp,
        /// From when history is wanted, by the server's clock.
        history_since_msc: ServerMsc,
    },
    /// A symbol that the session does not have yet: its specification, and its ticks from then on.
    Subscribe {
        /// Number of the question.
        id: DataId,
        /// After this moment no answer is awaited.
        deadline: Timestamp,
        /// MT5's name.
        name: String,
    },
}
