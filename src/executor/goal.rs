//! Goals: what is wanted of a position or an order, kept apart from the attempts, which may fail. A
//! goal stays until it is reached or an operator says otherwise (executor 5).

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
    /// The next attempt is not made before this moment; none means at once.
    pub next: Option<Timestamp>,
    /// The next attempt is not made before this moment even when the obstacle may be gone.
    earliest: Option<Timestamp>,
}

impl Pace {
    /// An attempt failed at `now`: the next one comes after 1, 2, 4 … seconds, at most
    /// `pause_max_ms`.
    pub fn fail(&mut self, now: Timestamp, pause_max_ms: u64) {
        let pause = PAUSE_FIRST_MS << self.failures.min(20);
        self.failures += 1;
        self.next = Some(now.plus_ms(pause.min(pause_max_ms)));
        self.earliest = Some(now.plus_ms(PAUSE_FIRST_MS.min(pause_max_ms)));
    }

    /// The obstacle may be gone: the next attempt may come at once, but never in a flood.
    pub const fn hurry(&mut self) {
        self.next = self.earliest;
    }

    /// Another way may succeed: the next attempt comes at once.
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
    /// When only a part is to be closed: the total volume in lots that the closing deals of the
    /// position are to reach. Volume that the position gains meanwhile stays.
    pub part: Option<Volume>,
    /// The opposite position against which it is to be closed; when absent, it is closed at the
    /// market.
    pub by: Option<Ticket>,
    /// When the goal was set.
    pub since: Timestamp,
    /// When the next alert is raised if the goal is still not reached.
    pub overdue_at: Timestamp,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// The index, among the symbol's filling modes, of the one that the next attempt uses.
    pub filling: usize,
    /// The step in which the server answered an attempt at a part with "position closed". The part
    /// may have been closed then; only a reading requested later can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted_at: Option<u64>,
}

impl ExitGoal {
    /// Whether a part may already have been closed. `read` is the step in which the last complete
    /// reading was requested.
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
    /// Whether the wanted stops have been seen at the broker. From then on, a change that somebody
    /// else makes is accepted as wanted.
    pub stood: bool,
    /// The stops before a command changed them: they are wanted again if the server refuses the
    /// change for good.
    pub before: Option<Levels>,
    /// The command that asked for these stops; none when no command did.
    pub command: Option<CommandId>,
    /// Why the rules of an open position want these stops, if they do: then they are wanted
    /// whatever the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<RequestReason>,
    /// The stop loss from which the rules have tightened it. Whatever lies between it and the wanted
    /// one may have been asked for on the way, and may be set late: it is not somebody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Price>,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// Attempts that were refused, or answered as done without an effect.
    pub tries: u32,
    /// The step in which an attempt was answered as done. A reading requested later tells whether
    /// it had its effect.
    pub done_at: Option<u64>,
    /// The step in which an attempt at other stops ended, or is known to have been carried out.
    /// Which stops the broker holds is not known before a reading requested later.
    pub unsettled_at: Option<u64>,
    /// The server's refusal, when it refused a command's change for good.
    pub refused: Option<Refused>,
    /// Attempts at these stops that were only accepted, or not answered: each may yet be carried
    /// out, even after the stops were seen.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lingering: u32,
    /// Whether an attempt at them is out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_out: bool,
    /// Stops that were wanted earlier and that an attempt may still set, the latest last. Such a
    /// change is not somebody else's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overtaken: Vec<Levels>,
}

/// Whether a count is 0 and need not be written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The number of earlier attempts that are kept of a position, or of an order, because they may
/// still be carried out.
pub const OVERTAKEN_MAX: usize = 8;

/// A change that the server refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The server's return code; none when it answered "done" but nothing changed.
    pub retcode: Option<Retcode>,
}

impl StopsGoal {
    /// The goal for the stops with which an order was sent.
    pub fn new(wanted: Levels) -> Self {
        Self { wanted, stood: wanted == (None, None), ..Self::default() }
    }

    /// Replaces the goal by `wanted`, with nothing tried yet. Attempts for the old goal may still
    /// succeed.
    pub fn turn(&mut self, wanted: Levels) {
        let mut overtaken = std::mem::take(&mut self.overtaken);
        let is_other = self.wanted != wanted;
        if is_other {
            // What is answered as done is so until a reading has shown it, if it is not among the
            // lingering ones.
            let unread = self.done_at.is_some() && self.lingering == 0;
            let may_come = self.lingering + u32::from(self.is_out) + u32::from(unread);
            overtaken.extend((0..OVERTAKEN_MAX).zip(0..may_come).map(|_| self.wanted));
            overtaken.drain(..overtaken.len().saturating_sub(OVERTAKEN_MAX));
        }
        let unsettled_at = self.unsettled_at.max(self.done_at.filter(|_| is_other));
        let (lingering, is_out) = if is_other { (0, false) } else { (self.lingering, self.is_out) };
        let (why, from) = if is_other { (None, None) } else { (self.why, self.from) };
        *self = Self { why, from, unsettled_at, lingering, is_out, overtaken, ..Self::new(wanted) };
    }

    /// Tightens the stop loss, as the rules of the open position want it.
    pub fn tighten(&mut self, to: Price, why: RequestReason) {
        let (before, tp) = self.wanted;
        let from = self.from.or(before);
        self.turn((Some(to), tp));
        (self.why, self.from) = (Some(why), from);
    }

    /// Takes a stop loss that the rules have passed on their way to the wanted one. Gives whether
    /// the stops are such; the goal must then be tried again.
    pub fn take_passed(&mut self, stops: Levels) -> bool {
        let (Some(from), Some(wanted), Some(is)) = (self.from, self.wanted.0, stops.0) else {
            return false;
        };
        let passed =
            if from < wanted { from <= is && is < wanted } else { wanted < is && is <= from };
        if passed && stops.1 == self.wanted.1 {
            self.stood = false;
            return true;
        }
        false
    }

    /// Whether reported stops can be trusted not to show, or lack, the doing of an earlier attempt.
    /// `read` is the step in which the last complete reading was requested.
    pub fn is_settled(&self, read: Option<u64>) -> bool {
        self.unsettled_at.is_none_or(|ended| read.is_some_and(|read| ended <= read))
    }

    /// Notes that the broker holds the stops `wanted`.
    pub fn stand(&mut self, wanted: Levels) {
        self.turn(wanted);
        self.stood = true;
    }

    /// Takes out an attempt at an earlier goal that could have set `stops`. Gives whether there was
    /// one; the present goal must then be tried again.
    pub fn take_overtaken(&mut self, stops: Levels) -> bool {
        let Some(attempt) = self.overtaken.iter().position(|levels| *levels == stops) else {
            return false;
        };
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
    /// What the order is to be changed to.
    pub request: ModifyOrderRequest,
    /// When the next attempt may be made.
    pub pace: Pace,
    /// Attempts that were answered as done without an effect.
    pub tries: u32,
    /// The step in which an attempt was answered as done. A reading requested later tells whether
    /// it had its effect.
    pub done_at: Option<u64>,
    /// Whether it undoes a change that came late. No command waits for it then, and it stays wanted
    /// whatever the server says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undoes: bool,
}

impl ChangeGoal {
    /// The goal of a change, with nothing tried yet.
    pub fn new(request: ModifyOrderRequest) -> Self {
        Self { request, pace: Pace::default(), tries: 0, done_at: None, undoes: false }
    }
}

impl Pace {
    /// Checks a pace that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self) -> Checked {
        count_short("failures", self.failures)
    }
}

impl ExitGoal {
    /// Checks an exit goal that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        bounds.past("since", self.since)?;
        bounds.step("doubted_at", self.doubted_at)?;
        self.part.map_or(Ok(()), |part| volume("part", part))?;
        must(self.filling < FILLINGS_MAX, "filling", "is the place of no filling mode")?;
        self.pace.check().map_err(|flaw| flaw.under("pace"))
    }
}

impl StopsGoal {
    /// Checks a stops goal that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        bounds.step("done_at", self.done_at)?;
        bounds.step("unsettled_at", self.unsettled_at)?;
        count_short("tries", self.tries)?;
        count_short("lingering", self.lingering)?;
        must(
            self.overtaken.len() <= OVERTAKEN_MAX,
            "overtaken",
            &format!("must not be more than {OVERTAKEN_MAX}"),
        )?;
        self.pace.check().map_err(|flaw| flaw.under("pace"))
    }
}

/// Reads what overruled an entry. Older states only say whether an emergency did.
pub fn overruled<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<RequestReason>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Emergency(bool),
        By(RequestReason),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Emergency(is_one) => is_one.then_some(RequestReason::Emergency),
        Written::By(why) => Some(why),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state that was edited may claim any number of them.
    #[test]
    fn however_many_attempts_linger_a_few_are_kept() {
        let mut goal =
            StopsGoal { lingering: 1_000_000, ..StopsGoal::new((Some(Price::from_raw(1)), None)) };
        goal.turn((None, None));
        assert_eq!(goal.overtaken.len(), OVERTAKEN_MAX);
        assert!(goal.overtaken.capacity() <= 2 * OVERTAKEN_MAX, "{}", goal.overtaken.capacity());
    }
}
