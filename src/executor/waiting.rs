//! Commands that wait for an outcome at the broker: one mechanism for all of them. Each has an end that it waits for
//! and a deadline; after every event it is checked whether the end has come. It gets one final result, at the latest at
//! its deadline. What it wanted stays wanted.

use crate::domain::amount::Volume;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::id::{CommandId, IntentKey, Magic, StrategyId, Ticket};
use crate::domain::time::Timestamp;
use crate::executor::bounds::count;
use crate::executor::command::StartStrategy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The positions and orders that a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Those of one strategy, by its magic.
    Strategy(Magic),
    /// Those of all strategies.
    Strategies,
    /// All of ours, including those of commands.
    Ours,
}

/// The end that a command waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Nothing of a scope is open, works or may be; where positions are kept, only nothing that may still open some.
    Flat {
        /// The positions and orders that are meant.
        scope: Scope,
        /// Whether positions are closed, or only what may still open some is removed.
        close: bool,
    },
    /// These positions are closed, or their closing deals have reached this sum in lots.
    Closed(Vec<(Ticket, Option<Volume>)>),
    /// An entry has opened its position.
    Opened(IntentKey),
    /// A pending order works.
    Placed(IntentKey),
    /// An order is over.
    Removed(Ticket),
    /// An order is changed.
    Changed(Ticket),
    /// A position's stops stand.
    Stops(Ticket),
    /// A symbol is subscribed; then its strategy is started.
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
    /// The moment at which the command fails unless its end has come.
    pub deadline: Timestamp,
    /// Positions of its scope that were closed since.
    pub closed: Vec<Ticket>,
    /// Whether its result was given at the deadline; it stays to tell when it is reached after all.
    pub late: bool,
}

/// The commands that wait, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaitingCommands {
    pub waiting: BTreeMap<u64, Waiting>,
    pub last: u64,
}

impl WaitingCommands {
    /// Whether the command with this number waits.
    pub fn has(&self, number: u64) -> bool {
        self.waiting.contains_key(&number)
    }

    /// Whether a START of the strategy waits.
    pub fn starts(&self, strategy: &StrategyId) -> bool {
        self.waiting.values().any(|one| matches!(&one.until, Until::Subscribed(start) if start.strategy == *strategy))
    }

    /// The symbols that commands wait for.
    pub fn symbols(&self) -> impl Iterator<Item = String> {
        self.waiting.values().filter_map(|one| if let Until::Subscribed(start) = &one.until { Some(start.symbol.clone()) } else { None })
    }

    /// The STARTs that wait and of which something holds, taken out.
    pub fn take_starts(&mut self, of: impl Fn(&StartStrategy) -> bool) -> Vec<(u64, Waiting)> {
        let wanted = |one: &Waiting| matches!(&one.until, Until::Subscribed(start) if of(start));
        let numbers: Vec<u64> = self.waiting.iter().filter(|(_, one)| wanted(one)).map(|(number, _)| *number).collect();
        numbers.into_iter().map(|number| (number, self.waiting.remove(&number).expect("it was listed"))).collect()
    }
}

impl WaitingCommands {
    /// Whether commands that were read can be; `is_pending` tells whether a command's result is still to come.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self, is_pending: impl Fn(&CommandId) -> bool) -> Checked {
        each("waiting", &self.waiting, |one| {
            must(one.late || is_pending(&one.id), "id", "must be a command whose result is still to come")
        })?;
        count("last", self.last)?;
        must(self.waiting.keys().all(|number| *number <= self.last), "last", "is below the number of a command that waits")
    }
}
