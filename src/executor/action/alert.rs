//! What a person should look at: each alert has a code, and names what it concerns.

use super::note::Verdict;
use super::request::Owner;
use crate::domain::id::{Cid, CommandId, StrategyId, Ticket};
use crate::domain::retcode::Retcode;
use serde::{Deserialize, Serialize};

/// An alert: something that a person should look at. It names what it concerns; the other fields are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// How soon a person should look.
    pub severity: Severity,
    /// What happened.
    pub code: AlertCode,
    /// The strategy that the alert concerns.
    pub strategy: Option<StrategyId>,
    /// The command that the alert concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// The path of the wrong field in the command or in the broker's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The request that the alert concerns.
    pub cid: Option<Cid>,
    /// The position that the alert concerns.
    pub position: Option<Ticket>,
    /// The order that the alert concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Ticket>,
    /// The return code that led to the alert.
    pub retcode: Option<Retcode>,
    /// Why a request was given up before it was sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

impl Alert {
    /// An alert that names nothing it concerns yet.
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

    /// The same alert, about the strategy or command that `owner` is.
    #[must_use]
    pub fn of(self, owner: &Owner) -> Self {
        Self { strategy: owner.strategy().cloned(), command: owner.command().cloned(), ..self }
    }
}

/// How soon a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For information: nothing has to be done.
    Info,
    /// A person should look soon.
    Warning,
    /// A person should look now.
    Critical,
}

/// What happened that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCode {
    /// A command could not be read.
    MalformedCommand,
    /// A command id came with another body.
    CommandIdReused,
    /// It is not known whether a request was executed.
    OutcomeUnknown,
    /// A request of unknown outcome was executed after all.
    UnknownFound,
    /// A request of unknown outcome was not executed.
    UnknownAbsent,
    /// A request was refused for good.
    RequestRefused,
    /// A request was filled in part only.
    PartialFill,
    /// Trading is disabled; entries stop until an operator resumes.
    TradingDisabled,
    /// A position of ours was found that no intent here explains.
    PositionAdopted,
    /// A position of ours is without the stops that it should have.
    StopsMissing,
    /// A STOP could not close everything in time; closing goes on.
    NotFlat,
    /// The link to the broker went down.
    LinkDown,
    /// A request was not sent again after a refusal; the verdict says why.
    RequestGivenUp,
    /// The evidence about a request is contradictory: the request still counts in the caps, and its owner makes no more
    /// entries.
    Ambiguous,
    /// An ambiguous request was found after all.
    AmbiguityResolved,
    /// Somebody else changed the stops of a position; the executor keeps the new ones from now on.
    StopsChanged,
    /// Somebody else changed the volume of a position, or closed it.
    ClosedElsewhere,
    /// An exit has been wanted for a long time without success; attempts go on.
    ExitOverdue,
    /// A strategy that was not flat in time is flat now.
    FlatAfterAll,
    /// Something that the broker sent makes no sense and is not used.
    BrokerFlaw,
    /// The account is not the configured one, or of a kind that is not traded: no entries.
    WrongAccount,
    /// A reading of the account contradicts what was known, and proves nothing by itself.
    ReadingContradicts,
    /// Somebody else removed, refused or changed an order of ours.
    OrderChanged,
    /// EMERGENCY_STOP or the operator's kill: entries are latched.
    Latched,
    /// An operator cleared the latch.
    LatchCleared,
    /// A working order with a magic of ours was found that no request here explains.
    OrderAdopted,
    /// The broker no longer lists a position of ours, and no deal explains why.
    PositionMissing,
}
