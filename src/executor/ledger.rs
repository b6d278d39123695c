//! The command ledger: one final result for each id, whatever is delivered how often (executor 2.3).

use crate::domain::id::{CommandId, ContentHash};
use crate::domain::time::Timestamp;
use crate::executor::action::CommandResult;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Ids that have been seen, with what came of them; bounded in number and age.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    entries: BTreeMap<CommandId, Entry>,
    /// Oldest first.
    order: VecDeque<CommandId>,
    /// Commands made up to here may have been seen and forgotten.
    forgotten_until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    body_hash: ContentHash,
    seen: Timestamp,
    /// None while it is being carried out.
    result: Option<CommandResult>,
}

/// What the ledger knows of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: carry it out.
    Never,
    /// It is being carried out; its result will come.
    Pending,
    /// It was carried out, with this result.
    Done(CommandResult),
    /// The id belongs to another body.
    OtherBody,
    /// It may have been carried out before the ledger's memory begins.
    Forgotten,
}

impl Ledger {
    /// What is known of a delivery of `id`, made by the platform at `created`.
    pub fn look_up(&self, id: &CommandId, body_hash: ContentHash, created: Option<Timestamp>) -> Seen {
        match self.entries.get(id) {
            Some(entry) if entry.body_hash != body_hash => Seen::OtherBody,
            Some(Entry { result: Some(result), .. }) => Seen::Done(result.clone()),
            Some(_) => Seen::Pending,
            None if created.is_some_and(|created| self.forgotten_until.is_some_and(|until| created <= until)) => Seen::Forgotten,
            None => Seen::Never,
        }
    }

    /// Begins an id; forgets the oldest finished ones beyond `ids_max` or older than `age_msc`.
    pub fn begin(&mut self, id: &CommandId, body_hash: ContentHash, now: Timestamp, ids_max: usize, age_msc: u64) {
        let entry = Entry { body_hash, seen: now, result: None };
        let before = self.entries.insert(id.clone(), entry);
        assert!(before.is_none(), "an id begins once");
        self.order.push_back(id.clone());
        for _ in 0..self.order.len() {
            let Some(oldest) = self.order.front() else { break };
            let entry = &self.entries[oldest];
            if self.order.len() <= ids_max && entry.seen.plus_msc(age_msc) > now {
                break;
            }
            let Some(oldest) = self.order.pop_front() else { break };
            if self.entries[&oldest].result.is_none() {
                self.order.push_back(oldest);
                continue;
            }
            if let Some(gone) = self.entries.remove(&oldest) {
                self.forgotten_until = self.forgotten_until.max(Some(gone.seen));
            }
        }
    }

    /// A mistake: an id is not known any more.
    pub fn forget(&mut self, id: &CommandId) {
        self.entries.remove(id);
        self.order.retain(|known| known != id);
    }

    /// Stores the one final result of an id.
    pub fn finish(&mut self, id: &CommandId, result: &CommandResult) {
        if let Some(entry) = self.entries.get_mut(id) {
            assert!(entry.result.is_none(), "an id has one final result");
            entry.result = Some(result.clone());
        }
    }
}
