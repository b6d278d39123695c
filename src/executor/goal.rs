//! What is wanted of a position or an order: state of its own, apart from the attempts at it, which may fail. A goal stays
//! until it is reached or an operator says otherwise (executor 5).

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{CommandId, Ticket};
use crate::domain::retcode::Retcode;
use crate::domain::time::Timestamp;
use crate::executor::action::{ModifyOrderRequest, RequestReason};
use serde::{Deserialize, Serialize};

/// The first pause between two attempts; each further one is twice as long.
const PAUSE_FIRST_MSC: u64 = 1_000;

/// When the next attempt at a goal may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// Attempts that failed one after another.
    pub failures: u32,
    /// Not before this moment; none: at once.
    pub next: Option<Timestamp>,
    /// However much what stood against it may have gone, not before this moment.
    earliest: Option<Timestamp>,
}

impl Pace {
    /// An attempt failed at `now`: the next one comes after 1, 2, 4 … seconds, at most `pause_max_msc`.
    pub fn fail(&mut self, now: Timestamp, pause_max_msc: u64) {
        let pause = PAUSE_FIRST_MSC << self.failures.min(20);
        self.failures += 1;
        self.next = Some(now.plus_msc(pause.min(pause_max_msc)));
        self.earliest = Some(now.plus_msc(PAUSE_FIRST_MSC.min(pause_max_msc)));
    }

    /// What stood against it may have gone: the next attempt may come at once, though not in a flood.
    pub const fn hurry(&mut self) {
        self.next = self.earliest;
    }

    /// Another way may do: the next attempt comes at once.
    pub const fn another_way(&mut self) {
        self.next = None;
    }

    /// Whether an attempt may be made at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| next <= now)
    }
}

/// The end of a position, or of a part of it, is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitGoal {
    /// The reason, for the request and its report.
    pub why: RequestReason,
    /// What the position's closing deals are to come to where a part is to go: then what it grows by meanwhile stays.
    pub part: Option<Volume>,
    /// The opposite position by which it is to be closed; at the market where absent.
    pub by: Option<Ticket>,
    /// Since when it is wanted.
    pub since: Timestamp,
    /// When the next alert is raised because it is still not reached.
    pub overdue_at: Timestamp,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// Which of the symbol's filling modes the next attempt uses.
    pub filling: usize,
}

impl ExitGoal {
    /// Whether the whole position is to go.
    pub fn is_whole(&self) -> bool {
        self.part.is_none() && self.by.is_none()
    }
}

/// A stop loss and a take profit.
pub type Levels = (Option<Price>, Option<Price>);

/// The stops that are wanted for a position.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StopsGoal {
    /// The stops that are wanted.
    pub wanted: Levels,
    /// Whether they have stood so since they were wanted: then a change that is not ours is what is wanted.
    pub stood: bool,
    /// Where they were before a command wanted them elsewhere: what is wanted again if the server refuses for good.
    pub before: Option<Levels>,
    /// The command that wanted them.
    pub command: Option<CommandId>,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// Attempts that were refused, or done without an effect.
    pub tries: u32,
    /// The step in which an attempt was answered as done: a reading after it tells whether it had its effect.
    pub done_at: Option<u64>,
    /// That a command's wish was refused for good.
    pub refused: Option<Refused>,
    /// Earlier wishes, the latest last, that an attempt may still bring about: the change is not somebody else's then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overtaken: Vec<Levels>,
}

/// So many earlier wishes are kept.
const OVERTAKEN_MAX: usize = 8;

/// What was wanted was refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The server's word; none where its answer was "done" and nothing changed.
    pub retcode: Option<Retcode>,
}

impl StopsGoal {
    /// Stops that an order was given.
    pub fn new(wanted: Levels) -> Self {
        Self { wanted, stood: wanted == (None, None), ..Self::default() }
    }

    /// The same with nothing tried yet, for `wanted`. A wish that it takes the place of may still come true.
    pub fn turn(&mut self, wanted: Levels) {
        let mut overtaken = std::mem::take(&mut self.overtaken);
        if !self.stood && self.wanted != wanted {
            if overtaken.len() == OVERTAKEN_MAX {
                overtaken.remove(0);
            }
            overtaken.push(self.wanted);
        }
        *self = Self { overtaken, ..Self::new(wanted) };
    }

    /// What was wanted stands.
    pub fn stand(&mut self, wanted: Levels) {
        self.turn(wanted);
        self.stood = true;
    }

    /// An attempt for an earlier wish has come true after all: what is wanted now is to be set again. Gives whether it is so.
    pub fn is_overtaken(&mut self, stops: Levels) -> bool {
        let before = self.overtaken.len();
        self.overtaken.retain(|levels| *levels != stops);
        let so = self.overtaken.len() < before;
        self.stood &= !so;
        so
    }
}

/// The removal of an order is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveGoal {
    /// The reason, for the request and its report.
    pub why: RequestReason,
    /// When the next attempt may be made.
    pub pace: Pace,
}

/// A change of a pending order is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeGoal {
    /// What the order is to become.
    pub request: ModifyOrderRequest,
    /// The command that wants it.
    pub command: CommandId,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// Attempts that were done without an effect.
    pub tries: u32,
    /// The step in which an attempt was answered as done: a reading after it tells whether it had its effect.
    pub done_at: Option<u64>,
}
