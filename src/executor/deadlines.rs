//! What the core waits for: each thing has at most one deadline, the earliest is what [`super::Executor::next_wakeup`] tells.

use crate::domain::id::Ticket;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// An attempt, by its number.
    Flow(u64),
    /// The next attempt at what is wanted of a position, by its identifier.
    Goal(Ticket),
    /// The next alert about an exit that is not reached, by the position's identifier.
    Overdue(Ticket),
    /// The next attempt at what is wanted of an order.
    Order(Ticket),
    /// The deadline of a command that waits, by its number.
    Command(u64),
    /// The next reading of the account, or the deadline of the present one.
    Reading,
    /// The deadline of a question for the bars of a feed.
    Bars(u16),
    /// The deadline of a question for a symbol.
    Subscription,
}

/// All deadlines, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "BTreeSet<(Timestamp, Due)>", into = "BTreeSet<(Timestamp, Due)>")]
pub struct Deadlines {
    by_time: BTreeSet<(Timestamp, Due)>,
    by_owner: BTreeMap<Due, Timestamp>,
    first: Option<Timestamp>,
}

impl Deadlines {
    /// The earliest; kept at hand, because the loop asks at every tick.
    #[inline]
    pub const fn first(&self) -> Option<Timestamp> {
        self.first
    }

    /// Sets, moves or (with none) removes the deadline of `due`.
    pub fn set(&mut self, due: Due, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.by_owner.insert(due, at),
            None => self.by_owner.remove(&due),
        };
        if let Some(before) = before {
            self.by_time.remove(&(before, due));
        }
        self.by_time.extend(at.map(|at| (at, due)));
        self.first = self.by_time.first().map(|&(at, _)| at);
        debug_assert_eq!(self.by_time.len(), self.by_owner.len(), "one deadline each");
    }

    /// The deadline of `due`.
    pub fn get(&self, due: Due) -> Option<Timestamp> {
        self.by_owner.get(&due).copied()
    }

    /// Removes and gives what is due at `now`, one at a time, earliest first.
    pub fn pop(&mut self, now: Timestamp) -> Option<Due> {
        let &(at, due) = self.by_time.first().filter(|(at, _)| *at <= now)?;
        debug_assert!(at <= now, "only what is due");
        self.set(due, None);
        Some(due)
    }
}

impl From<BTreeSet<(Timestamp, Due)>> for Deadlines {
    fn from(by_time: BTreeSet<(Timestamp, Due)>) -> Self {
        let by_owner = by_time.iter().map(|&(at, due)| (due, at)).collect();
        let first = by_time.first().map(|&(at, _)| at);
        Self { by_time, by_owner, first }
    }
}

impl From<Deadlines> for BTreeSet<(Timestamp, Due)> {
    fn from(deadlines: Deadlines) -> Self {
        deadlines.by_time
    }
}
