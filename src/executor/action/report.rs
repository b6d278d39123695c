//! Reports to the platform: trades and alerts.

use super::alert::Alert;
use super::request::{Owner, RequestReason};
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// A report to the platform. Each position is reported opened once and closed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// A position of ours was opened.
    Opened(TradeOpened),
    /// A position of ours has other stops or another volume.
    Changed(TradeChanged),
    /// A position of ours was closed.
    Closed(TradeClosed),
    /// Something that a person should look at.
    Alert(Alert),
}

/// A position of ours was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct TradeOpened {
    pub position: Ticket,
    #[serde(flatten)]
    pub owner: Owner,
    pub symbol: SymbolId,
    pub side: Side,
    pub volume: Volume,
    pub time_msc: ServerMsc,
    pub price: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    /// The price that was requested; none when no request of ours explains the position.
    pub asked: Option<Price>,
}

/// A position of ours has other stops or another volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct TradeChanged {
    pub position: Ticket,
    #[serde(flatten)]
    pub owner: Owner,
    pub volume: Volume,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
}

/// A position of ours was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct TradeClosed {
    pub position: Ticket,
    #[serde(flatten)]
    pub owner: Owner,
    pub symbol: SymbolId,
    pub side: Side,
    /// The total volume that was closed, at once or in parts.
    pub volume: Volume,
    pub open_time_msc: ServerMsc,
    pub open_price: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    pub close_time_msc: ServerMsc,
    /// The price of the last closing deal.
    pub close_price: Price,
    pub reason: CloseReason,
    pub profit: Money,
    pub commission: Money,
    pub swap: Money,
}

/// Why a position was closed.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Its stop loss was reached.
    Sl = 1,
    /// Its take profit was reached.
    Tp = 2,
    /// The opposite crossing, by the strategy's rules.
    Signal = 3,
    /// A STOP of the strategy, or of all strategies.
    StopCommand = 4,
    /// A stop-out: the broker closed the position for lack of margin.
    So = 5,
    /// The position lacked its stops, and they could not be restored.
    StopsMissing = 7,
    /// A command about the position.
    Command = 8,
    /// EMERGENCY_STOP, or the operator's kill.
    Emergency = 9,
    /// Somebody else: a person at the terminal, another program, the broker.
    External = 6,
    /// The account has reached a limit on its losses.
    Limit = 10,
    /// Nothing is to be held over the weekend, or around news.
    HoldingBan = 11,
}

impl CloseReason {
    /// The word in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sl => "sl",
            Self::Tp => "tp",
            Self::Signal => "signal",
            Self::StopCommand => "stop_command",
            Self::So => "so",
            Self::StopsMissing => "stops_missing",
            Self::Command => "command",
            Self::Emergency => "emergency",
            Self::External => "external",
            Self::Limit => "limit",
            Self::HoldingBan => "holding_ban",
        }
    }

    /// Whether a request of ours closed the position.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        match self {
            Self::Signal
            | Self::StopCommand
            | Self::StopsMissing
            | Self::Command
            | Self::Emergency
            | Self::Limit
            | Self::HoldingBan => true,
            Self::Sl | Self::Tp | Self::So | Self::External => false,
        }
    }

    /// Why a position was closed, from the reason of its last deal and from the reason of the
    /// executor's exit goal, if it had one.
    #[must_use]
    pub const fn of(reason: Reason, wanted: Option<RequestReason>) -> Self {
        match (reason, wanted) {
            (Reason::Sl, _) => Self::Sl,
            (Reason::Tp, _) => Self::Tp,
            (Reason::So, _) => Self::So,
            (
                _,
                Some(
                    RequestReason::OppositeSignal
                    | RequestReason::ExitCondition
                    | RequestReason::Trailing
                    | RequestReason::BreakEven
                    | RequestReason::PartialClose
                    | RequestReason::HoldingTime
                    | RequestReason::ClosingTime
                    | RequestReason::Copied,
                ),
            ) => Self::Signal,
            (_, Some(RequestReason::StopCommand)) => Self::StopCommand,
            (_, Some(RequestReason::RestoreStops)) => Self::StopsMissing,
            (_, Some(RequestReason::Command)) => Self::Command,
            (_, Some(RequestReason::Emergency)) => Self::Emergency,
            (_, Some(RequestReason::LimitReached)) => Self::Limit,
            (_, Some(RequestReason::HoldingBan)) => Self::HoldingBan,
            (_, Some(RequestReason::Signal) | None) => Self::External,
        }
    }
}
