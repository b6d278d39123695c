//! Commands that wait for an outcome at the broker: one mechanism for all of them. Each waits for
//! an end and has a deadline. After every event the executor checks whether the end has come. The
//! command gets one final result, at its deadline at the latest. Its goals stay beyond that.

use crate::domain::amount::Volume;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::id::{CommandId, IntentKey, StrategyId, Ticket};
use crate::domain::time::Timestamp;
use crate::executor::bounds::count;
use crate::executor::command::StartStrategy;
use crate::executor::scope::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The end that a command waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Nothing of a scope is open, working, or possibly so. Where positions are kept, only orders
    /// that may still open some count.
    Flat {
        /// The positions and orders concerned.
        scope: Scope,
        /// Whether positions are closed too, or only orders that may still open some are removed.
        close: bool,
    },
    /// These positions are closed, or their closing deals have reached this total volume in lots.
    Closed(Vec<(Ticket, Option<Volume>)>),
    /// An entry has opened its position.
    Opened(IntentKey),
    /// A pending order has been placed.
    Placed(IntentKey),
    /// An order has ended.
    Removed(Ticket),
    /// An order has been changed.
    Changed(Ticket),
    /// The broker holds a position's wanted stops.
    Stops(Ticket),
    /// A symbol is subscribed; then the strategy is started.
    Subscribed(Box<StartStrategy>),
}

/// A command that waits for its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The command's id.
    pub id: CommandId,
    /// The strategy that its result names.
    pub strategy: Option<StrategyId>,
    /// The end that the command waits for.
    pub until: Until,
    /// When the command fails unless its end has come.
    pub deadline: Timestamp,
    /// Positions of its scope that were closed while it waited.
    pub closed: Vec<Ticket>,
    /// Whether its result was given at the deadline. It stays, to report when the end is reached
    /// after all.
    pub late: bool,
}

/// The waiting commands, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaitingCommands {
    waiting: BTreeMap<u64, Waiting>,
    last: u64,
}

impl WaitingCommands {
    /// Lets a command wait; gives its number.
    pub fn add(&mut self, waiting: Waiting) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, waiting);
        self.last
    }

    /// The commands that wait, by number, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Waiting)> {
        self.waiting.iter().map(|(number, one)| (*number, one))
    }

    /// The commands that wait, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Waiting> {
        self.waiting.values_mut()
    }

    /// A command that waits.
    pub fn get(&self, number: u64) -> Option<&Waiting> {
        self.waiting.get(&number)
    }

    /// A command that waits, to be changed.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Waiting> {
        self.waiting.get_mut(&number)
    }

    /// Takes a command out.
    pub fn take(&mut self, number: u64) -> Option<Waiting> {
        self.waiting.remove(&number)
    }

    /// Whether the command with this number is waiting.
    pub fn has(&self, number: u64) -> bool {
        self.waiting.contains_key(&number)
    }

    /// Whether a START of the strategy is waiting.
    pub fn starts(&self, strategy: &StrategyId) -> bool {
        self.waiting.values().any(
            |one| matches!(&one.until, Until::Subscribed(start) if start.strategy == *strategy),
        )
    }

    /// The symbols that commands wait for.
    pub fn symbols(&self) -> impl Iterator<Item = String> {
        self.waiting.values().filter_map(|one| {
            if let Until::Subscribed(start) = &one.until {
                Some(start.symbol.clone())
            } else {
                None
            }
        })
    }

    /// Takes out the waiting STARTs for which `of` is true.
    pub fn take_starts(&mut self, of: impl Fn(&StartStrategy) -> bool) -> Vec<(u64, Waiting)> {
        let wanted = |one: &Waiting| matches!(&one.until, Until::Subscribed(start) if of(start));
        let numbers: Vec<u64> =
            self.waiting.iter().filter(|(_, one)| wanted(one)).map(|(number, _)| *number).collect();
        numbers
            .into_iter()
            .map(|number| (number, self.waiting.remove(&number).expect("it was listed")))
            .collect()
    }
}

impl WaitingCommands {
    /// Checks commands that were read; `is_pending` tells whether a command's result is still to
    /// come.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, is_pending: impl Fn(&CommandId) -> bool) -> Checked {
        each("waiting", &self.waiting, |one| {
            must(
                one.late || is_pending(&one.id),
                "id",
                "must be a command whose result is still to come",
            )
        })?;
        count("last", self.last)?;
        must(
            self.waiting.keys().all(|number| *number <= self.last),
            "last",
            "is below the number of a command that waits",
        )
    }
}
