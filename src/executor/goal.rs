//! Goals: what is wanted of a position or an order, kept apart from the attempts at it, which may fail. A goal stays
//! until it is reached or an operator says otherwise (executor 5).

use crate::domain::amount::{Price, Volume};
use crate::domain::flaw::{Checked, must};
use crate::domain::id::{CommandId, Ticket};
use crate::domain::retcode::Retcode;
use crate::domain::time::Timestamp;
use crate::executor::action::{ModifyOrderRequest, RequestReason};
use crate::executor::bounds::{Bounds, FILLINGS_MAX, count_short, volume};
use serde::{Deserialize, Serialize};

/// The first pause between two attempts; each further one is twice as long.
const PAUSE_FIRST_MS: u64 = 1_000;

/// When the next attempt at a goal may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// Attempts that failed one after another.
    pub failures: u32,
    /// The next attempt comes not before this moment; none means at once.
    pub next: Option<Timestamp>,
    /// The next attempt comes not before this moment even when the obstacle may be gone.
    earliest: Option<Timestamp>,
}

impl Pace {
    /// An attempt failed at `now`: the next one comes after 1, 2, 4 … seconds, at most `pause_max_ms`.
    pub fn fail(&mut self, now: Timestamp, pause_max_ms: u64) {
        let pause = PAUSE_FIRST_MS << self.failures.min(20);
        self.failures += 1;
        self.next = Some(now.plus_ms(pause.min(pause_max_ms)));
        self.earliest = Some(now.plus_ms(PAUSE_FIRST_MS.min(pause_max_ms)));
    }

    /// The obstacle may be gone: the next attempt may come at once, but attempts are never a flood.
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

/// The goal to close a position or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitGoal {
    /// The reason, for the request and its report.
    pub why: RequestReason,
    /// The sum in lots that its closing deals are to reach, when only a part is to be closed: what the position grows by
    /// meanwhile stays.
    pub part: Option<Volume>,
    /// The opposite position against which it is to be closed; when absent, it is closed at the market.
    pub by: Option<Ticket>,
    /// When the goal was set.
    pub since: Timestamp,
    /// When the next alert is raised that the goal is still not reached.
    pub overdue_at: Timestamp,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// The index, among the symbol's filling modes, of the one that the next attempt uses.
    pub filling: usize,
    /// The step in which the server said of a part's attempt that the position is closed: it may have closed the part, which
    /// only a reading after it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted_at: Option<u64>,
}

impl ExitGoal {
    /// Whether a part may have been closed already, `read` being the step in which the last complete reading was asked.
    pub fn is_doubted(&self, read: Option<u64>) -> bool {
        self.doubted_at.is_some_and(|doubted| read.is_none_or(|read| read < doubted))
    }

    /// Whether the whole position is to be closed.
    pub fn is_whole(&self) -> bool {
        self.part.is_none() && self.by.is_none()
    }
}

/// A stop loss and a take profit, as prices; none means none.
pub type Levels = (Option<Price>, Option<Price>);

/// The goal for a position's stops.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StopsGoal {
    /// The stops that are wanted.
    pub wanted: Levels,
    /// Whether they have stood since they were wanted. From then on, a change that somebody else makes is accepted as
    /// wanted.
    pub stood: bool,
    /// The stops before a command changed them: they are wanted again if the server refuses the change for good.
    pub before: Option<Levels>,
    /// The command that wanted them; none when no command did.
    pub command: Option<CommandId>,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// Attempts that were refused, or done without an effect.
    pub tries: u32,
    /// The step in which an attempt was answered as done: a reading after it tells whether it had its effect.
    pub done_at: Option<u64>,
    /// The step in which an attempt at other stops than these ended, or was known to have been done: which ones stand is not
    /// known before a reading after it.
    pub unsettled_at: Option<u64>,
    /// The refusal, when the server refused a command's change for good.
    pub refused: Option<Refused>,
    /// Attempts at them that were accepted only, or not answered: each may yet be carried out, also when they stand.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lingering: u32,
    /// Earlier wanted stops, the latest last, that an attempt may still set: such a change is not somebody else's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overtaken: Vec<Levels>,
}

/// Whether a count need not be written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The number of earlier wanted stops that are kept.
const OVERTAKEN_MAX: usize = 8;

/// A change that the server refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The server's return code; none when it answered "done" and nothing changed.
    pub retcode: Option<Retcode>,
}

impl StopsGoal {
    /// The goal of stops that an order was given.
    pub fn new(wanted: Levels) -> Self {
        Self { wanted, stood: wanted == (None, None), ..Self::default() }
    }

    /// Replaces the goal by `wanted`, with nothing tried yet. Attempts for the replaced one may still succeed.
    pub fn turn(&mut self, wanted: Levels) {
        let mut overtaken = std::mem::take(&mut self.overtaken);
        let is_other = self.wanted != wanted;
        if is_other {
            let may_come = self.lingering.max(u32::from(!self.stood));
            overtaken.extend((0..may_come).map(|_| self.wanted));
            overtaken.drain(..overtaken.len().saturating_sub(OVERTAKEN_MAX));
        }
        let unsettled_at = self.unsettled_at.max(self.done_at.filter(|_| is_other));
        let lingering = if is_other { 0 } else { self.lingering };
        *self = Self { unsettled_at, lingering, overtaken, ..Self::new(wanted) };
    }

    /// Whether what is stated cannot be the doing of an earlier attempt, or its absence, `read` being the step in which the last
    /// complete reading was asked.
    pub fn is_settled(&self, read: Option<u64>) -> bool {
        self.unsettled_at.is_none_or(|ended| read.is_some_and(|read| ended <= read))
    }

    /// Notes that the stops `wanted` stand.
    pub fn stand(&mut self, wanted: Levels) {
        self.turn(wanted);
        self.stood = true;
    }

    /// Whether `stops` were set by an attempt for an earlier goal; then the present goal has to be set again.
    pub fn is_overtaken(&mut self, stops: Levels) -> bool {
        let Some(attempt) = self.overtaken.iter().position(|levels| *levels == stops) else { return false };
        self.overtaken.remove(attempt);
        self.stood = false;
        true
    }
}

/// The goal to remove an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveGoal {
    /// The reason, for the request and its report.
    pub why: RequestReason,
    /// When the next attempt may be made.
    pub pace: Pace,
}

/// The goal to change a pending order.
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

impl Pace {
    /// Whether one that was read can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self) -> Checked {
        count_short("failures", self.failures)
    }
}

impl ExitGoal {
    /// Whether one that was read can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self, bounds: Bounds) -> Checked {
        bounds.past("since", self.since)?;
        bounds.step("doubted_at", self.doubted_at)?;
        self.part.map_or(Ok(()), |part| volume("part", part))?;
        must(self.filling < FILLINGS_MAX, "filling", "is the place of no filling mode")?;
        self.pace.check().map_err(|flaw| flaw.under("pace"))
    }
}

impl StopsGoal {
    /// Whether one that was read can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self, bounds: Bounds) -> Checked {
        bounds.step("done_at", self.done_at)?;
        bounds.step("unsettled_at", self.unsettled_at)?;
        count_short("tries", self.tries)?;
        count_short("lingering", self.lingering)?;
        must(self.overtaken.len() <= OVERTAKEN_MAX, "overtaken", &format!("must not be more than {OVERTAKEN_MAX}"))?;
        self.pace.check().map_err(|flaw| flaw.under("pace"))
    }
}
