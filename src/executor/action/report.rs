//! What happened, for the platform: trades and alerts.

use super::Action;
use super::note::Verdict;
use super::request::{Owner, RequestReason};
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{Cid, CommandId, StrategyId, SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// What happened, for the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// A position of ours was opened.
    Opened(TradeOpened),
    /// A position of ours has other stops or less volume.
    Changed(TradeChanged),
    /// A position of ours was closed.
    Closed(TradeClosed),
    /// Somebody should look.
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
    /// Price asked, when an intent of ours is known for it.
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
    /// All that was closed, in parts or at once.
    pub volume: Volume,
    pub open_time_msc: ServerMsc,
    pub open_price: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    pub close_time_msc: ServerMsc,
    /// Price of the last deal that closed it.
    pub close_price: Price,
    pub reason: CloseReason,
    pub profit: Money,
    pub commission: Money,
    pub swap: Money,
}

/// Why a position ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Its stop loss.
    Sl,
    /// Its take profit.
    Tp,
    /// The opposite crossing.
    Signal,
    /// STOP of the strategy.
    StopCommand,
    /// A stop-out.
    So,
    /// It stood without its stops and they could not be restored.
    StopsMissing,
    /// A command about the position.
    Command,
    /// EMERGENCY_STOP, or the operator's kill.
    Emergency,
    /// Somebody else: a person at the terminal, another program, the broker.
    External,
}

impl CloseReason {
    /// The word used in files.
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
        }
    }

    /// Whether a request of ours closed it.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        match self {
            Self::Signal | Self::StopCommand | Self::StopsMissing | Self::Command | Self::Emergency => true,
            Self::Sl | Self::Tp | Self::So | Self::External => false,
        }
    }

    /// Why a position ended, by the reason of its last deal and by what was wanted of it here.
    #[must_use]
    pub const fn of(reason: Reason, wanted: Option<RequestReason>) -> Self {
        match (reason, wanted) {
            (Reason::Sl, _) => Self::Sl,
            (Reason::Tp, _) => Self::Tp,
            (Reason::So, _) => Self::So,
            (_, Some(RequestReason::OppositeSignal)) => Self::Signal,
            (_, Some(RequestReason::StopCommand)) => Self::StopCommand,
            (_, Some(RequestReason::RestoreStops)) => Self::StopsMissing,
            (_, Some(RequestReason::Command)) => Self::Command,
            (_, Some(RequestReason::Emergency)) => Self::Emergency,
            (_, Some(RequestReason::Signal) | None) => Self::External,
        }
    }
}

/// Somebody should look. It names whatever it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Info, warning or critical.
    pub severity: Severity,
    /// What it is about.
    pub code: AlertCode,
    /// The strategy concerned.
    pub strategy: Option<StrategyId>,
    /// The command concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// The field of the command, or of what the broker sent, that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The request concerned.
    pub cid: Option<Cid>,
    /// The position concerned.
    pub position: Option<Ticket>,
    /// The order concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Ticket>,
    /// The return code concerned.
    pub retcode: Option<Retcode>,
    /// What stood against a request that was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

impl Alert {
    /// One that concerns nothing in particular yet.
    #[must_use]
    pub const fn new(severity: Severity, code: AlertCode) -> Self {
        Self {
            severity,
            code,
            strategy: None,
            command: None,
            path: None,
            cid: None,
            position: None,
            order: None,
            retcode: None,
            verdict: None,
        }
    }

    /// The same, about what belongs to an owner.
    #[must_use]
    pub fn of(self, owner: &Owner) -> Self {
        Self { strategy: owner.strategy().cloned(), command: owner.command().cloned(), ..self }
    }
}

impl From<Alert> for Action {
    fn from(alert: Alert) -> Self {
        Self::Report(Box::new(Report::Alert(alert)))
    }
}

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look soon.
    Warning,
    /// Look now.
    Critical,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCode {
    /// A command could not be read.
    MalformedCommand,
    /// A command id came with another body.
    CommandIdReused,
    /// Nobody knows whether a request was executed.
    OutcomeUnknown,
    /// It turned out that it was.
    UnknownFound,
    /// It turned out that it was not.
    UnknownAbsent,
    /// A request was refused for good.
    RequestRefused,
    /// A request was filled in part and the rest given up.
    PartialFill,
    /// Trading is disabled; entries stop until an operator resumes.
    TradingDisabled,
    /// A position of ours was found that no intent here explains.
    PositionAdopted,
    /// A position of ours stood without its stops.
    StopsMissing,
    /// A STOP could not make its strategy flat in time.
    NotFlat,
    /// The link to the broker went down.
    LinkDown,
    /// A repeated request was given up before it left; the verdict says what stood against it.
    RequestGivenUp,
    /// Two pieces of evidence about a request contradict each other: it stays counted, and its owner enters no more.
    Ambiguous,
    /// An ambiguous request has been found after all.
    AmbiguityResolved,
    /// A position's stops were changed by somebody else: they are what is wanted from now on.
    StopsChanged,
    /// A position's volume was changed, or the position closed, by somebody else.
    ClosedElsewhere,
    /// An exit is wanted for long and not reached; it is tried on.
    ExitOverdue,
    /// What was not flat in time has become flat.
    FlatAfterAll,
    /// What was sent by the broker makes no sense, and is not used.
    BrokerFlaw,
    /// The account is not the configured one, or of a kind that is not traded: no entries.
    WrongAccount,
    /// A reading of the account contradicts what was known and proves nothing by itself.
    ReadingContradicts,
    /// An order of ours was removed, refused or changed by somebody else.
    OrderChanged,
    /// EMERGENCY_STOP or the operator's kill: entries are latched.
    Latched,
    /// An operator cleared the latch.
    LatchCleared,
    /// An order of ours works at the broker that no request here explains.
    OrderAdopted,
    /// A position is still known and the broker no longer lists it, and no deal explains it.
    PositionMissing,
}
