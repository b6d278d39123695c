//! What a person should look at: each alert has a code, and names what it concerns.

use super::note::Verdict;
use super::request::Owner;
use crate::domain::amount::Money;
use crate::domain::id::{Cid, CommandId, StrategyId, Ticket};
use crate::domain::retcode::Retcode;
use crate::risk::limit::RiskLimit;
use serde::{Deserialize, Serialize};

/// An alert: something that a person should look at. Fields that do not apply are none.
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
    /// The limit that is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitReached>,
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
            limit: None,
        }
    }

    /// The same alert, naming the strategy or command in `owner`.
    #[must_use]
    pub fn of(self, owner: &Owner) -> Self {
        Self { strategy: owner.strategy().cloned(), command: owner.command().cloned(), ..self }
    }
}

/// A limit on losses that is reached, in the deposit currency: of the account by what it is worth, of a
/// strategy by what it has made since the day cut, or since its highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// Which limit.
    pub limit: RiskLimit,
    /// What the account, or the strategy, came to.
    pub value: Money,
    /// What it was not to come to, or was to earn.
    pub floor: Money,
}

/// How soon a person should look.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For information: nothing has to be done.
    Info = 1,
    /// A person should look soon.
    Warning = 2,
    /// A person should look now.
    Critical = 3,
}

/// What happened that a person should look at.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCode {
    /// A command could not be read.
    MalformedCommand = 1,
    /// A command id was used again with another body.
    CommandIdReused = 2,
    /// It is not known whether a request was executed.
    OutcomeUnknown = 3,
    /// A request of unknown outcome was executed after all.
    UnknownFound = 4,
    /// A request of unknown outcome was not executed.
    UnknownAbsent = 5,
    /// A request was refused for good.
    RequestRefused = 6,
    /// A request was filled in part only.
    PartialFill = 7,
    /// Trading is disabled; entries stop until an operator resumes.
    TradingDisabled = 8,
    /// A position of ours was found that no intent here explains.
    PositionAdopted = 9,
    /// A position of ours is without the stops that it should have.
    StopsMissing = 10,
    /// A STOP could not close everything in time; closing goes on.
    NotFlat = 11,
    /// The link to the broker went down.
    LinkDown = 12,
    /// A request was not sent again after a refusal; the verdict says why.
    RequestGivenUp = 13,
    /// The evidence about a request is contradictory: the request still counts in the caps, and its
    /// owner makes no more entries.
    Ambiguous = 14,
    /// An ambiguous request was found after all.
    AmbiguityResolved = 15,
    /// Somebody else changed the stops of a position; the executor keeps the new ones from now on.
    StopsChanged = 16,
    /// Somebody else changed the volume of a position, or closed it.
    ClosedElsewhere = 17,
    /// An exit has been wanted for a long time without success; attempts go on.
    ExitOverdue = 18,
    /// A strategy that was not flat in time is flat now.
    FlatAfterAll = 19,
    /// Something that the broker sent makes no sense and is not used.
    BrokerFlaw = 20,
    /// The account is not the configured one, or of a kind that is not traded: no entries are made.
    WrongAccount = 21,
    /// A reading of the account contradicts what was known, and proves nothing by itself.
    ReadingContradicts = 22,
    /// Somebody else removed, refused or changed an order of ours.
    OrderChanged = 23,
    /// EMERGENCY_STOP or the operator's kill: entries are latched.
    Latched = 24,
    /// An operator cleared the latch.
    LatchCleared = 25,
    /// A working order with one of our magics was found that no request here explains.
    OrderAdopted = 27,
    /// A strategy in Rust has failed, or one in another process was silent too often: it is halted, and
    /// the exits of its positions go on.
    StrategyHalted = 28,
    /// The account has come to a limit on its losses: nothing is entered until the day cut, or until an
    /// operator clears it.
    LimitReached = 29,
    /// No limit on losses stands against entries any more.
    LimitReleased = 30,
    /// The program of a strategy has not answered in time: the strategy enters nothing until it does.
    ProgramSilent = 45,
    /// The program of a strategy answers in time again.
    ProgramAnswers = 46,
    /// The program of a strategy has ended, or could not be started: the strategy is halted, and the
    /// exits of its positions go on.
    ProgramGone = 47,
    /// The program of a strategy has said something that is no answer: the strategy is halted, and the
    /// exits of its positions go on.
    ProgramNonsense = 48,
    /// The broker no longer lists a position of ours, and no deal explains why.
    PositionMissing = 26,
    /// The margin level has fallen below that of the margin call: the broker may soon close positions.
    MarginCall = 40,
    /// The broker has closed a position of ours for lack of margin.
    StopOut = 41,
    /// A strategy has come to a limit on its losses: it enters nothing until the day cut, or until an
    /// operator clears it.
    StrategyLimitReached = 31,
    /// No limit on its losses stands against entries of a strategy any more.
    StrategyLimitReleased = 32,
    /// A strategy rests after losses in a row; the verdict says so.
    EntriesPaused = 33,
    /// The account has earned as much as it is to: nothing is entered until an operator clears it.
    TargetReached = 34,
}
