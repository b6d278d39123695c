//! What the core waits for: each item has at most one deadline, and the earliest is that of
//! [`super::Executor::next_wakeup`].

use crate::domain::flaw::{Checked, Flaw, must};
use crate::domain::id::Ticket;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An item that waits for its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// An attempt, by the number of its flow.
    Flow(u64),
    /// The next attempt at the goals of a position, by the position's identifier.
    Goal(Ticket),
    /// The next alert about an exit that has not been reached, by the position's identifier.
    Overdue(Ticket),
    /// The next attempt at the goals of an order, by its ticket.
    Order(Ticket),
    /// The deadline of a waiting command, by its number.
    Command(u64),
    /// The next reading of the account, or the deadline of the present one.
    Reading,
    /// The deadline of a request for bars, by the index of the feed.
    Bars(u16),
    /// The deadline of a request for a symbol.
    Subscription,
    /// The deadline of a question to the program of a strategy, by the strategy's slot.
    Advice(u32),
    /// The next time at which the account is to hold nothing.
    Ban,
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
    /// The earliest deadline. It is kept at hand because the loop asks for it at every tick.
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
        if before == at {
            return;
        }
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

    /// Removes and returns the earliest item that is due at `now`; none when nothing is.
    pub fn pop(&mut self, now: Timestamp) -> Option<Due> {
        let &(at, due) = self.by_time.first().filter(|(at, _)| *at <= now)?;
        debug_assert!(at <= now, "only what is due");
        self.set(due, None);
        Some(due)
    }
}

impl Deadlines {
    /// Checks deadlines that were read; `is_there` tells whether the item of a deadline exists.
    ///
    /// # Errors
    /// The first deadline without an item.
    pub fn check(&self, is_there: impl Fn(Due) -> bool) -> Checked {
        must(self.by_time.len() == self.by_owner.len(), "deadlines", "must be one of each thing")?;
        let lost = self.by_owner.keys().find(|due| !is_there(**due));
        lost.map_or(Ok(()), |due| {
            Err(Flaw::of("deadlines", format!("must be of what is there: {due:?} is not")))
        })
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
