//! The command ledger: one final result for each id, however often it is delivered (executor 2.3).

use crate::domain::flaw::{Checked, each, must};
use crate::domain::id::{CommandId, ContentHash};
use crate::domain::time::Timestamp;
use crate::executor::action::CommandResult;
use crate::executor::bounds::Bounds;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The number of forgotten ids that are recognised by their hashes. Beyond that, a command must say
/// when it was made.
const HASHES_MAX: usize = 50_000;

/// The ids that have been seen, with their results, bounded in number and age. A forgotten command
/// is recognised by the time at which it was made or, where that is not conclusive, by a hash of
/// its id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    entries: BTreeMap<CommandId, Entry>,
    /// Oldest first.
    order: VecDeque<CommandId>,
    /// Commands made up to this time may have been seen and forgotten.
    forgotten_until: Option<Timestamp>,
    /// Hashes of forgotten commands that must not be carried out twice and that no age limit would
    /// refuse.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    forgotten: BTreeSet<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    body_hash: ContentHash,
    seen: Timestamp,
    /// Whether a repetition would do harm and would not be refused for its age.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    timeless: bool,
    /// None while the command is being carried out.
    result: Option<CommandResult>,
}

/// The first delivery of an id.
#[derive(Debug, Clone, Copy)]
pub struct First {
    /// The hash of the command's body.
    pub body_hash: ContentHash,
    /// When the platform made the command, if it says so.
    pub created: Option<Timestamp>,
    /// The harm that a second execution would do.
    pub harm: Harm,
}

/// The harm done if a command is executed twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// None.
    None,
    /// The command adds risk. An old one is refused for its age.
    Entry,
    /// The command closes more than was meant. Such a command is never too old.
    Exit,
}

/// What the ledger knows about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: the command is to be carried out.
    Never,
    /// The command is being carried out; its result will come.
    Pending,
    /// The command was carried out, with this result.
    Done(CommandResult),
    /// The id belongs to a command with another body.
    OtherBody,
    /// The command may have been carried out before the ledger's memory begins.
    Forgotten,
    /// The command was carried out, and its result has been forgotten.
    Repeated,
}

impl Ledger {
    /// What is known about a delivery of `id`, made by the platform at `created`.
    pub fn look_up(
        &self,
        id: &CommandId,
        body_hash: ContentHash,
        created: Option<Timestamp>,
    ) -> Seen {
        match self.entries.get(id) {
            Some(entry) if entry.body_hash != body_hash => Seen::OtherBody,
            Some(Entry { result: Some(result), .. }) => Seen::Done(result.clone()),
            Some(_) => Seen::Pending,
            None if self.forgotten.contains(&hash_of(id)) => Seen::Repeated,
            None if self.may_have_forgotten(created) => Seen::Forgotten,
            None => Seen::Never,
        }
    }

    fn may_have_forgotten(&self, created: Option<Timestamp>) -> bool {
        match created {
            Some(created) => self.forgotten_until.is_some_and(|until| created <= until),
            None => self.forgotten.len() >= HASHES_MAX,
        }
    }

    /// Begins an id. Forgets the oldest finished ones beyond `ids_max` or older than `age_ms`.
    pub fn begin(
        &mut self,
        id: &CommandId,
        first: First,
        now: Timestamp,
        ids_max: usize,
        age_ms: u64,
    ) {
        let timeless = match first.harm {
            Harm::None => false,
            Harm::Entry => first.created.is_none_or(|created| created > now),
            Harm::Exit => true,
        };
        let entry = Entry { body_hash: first.body_hash, seen: now, timeless, result: None };
        let before = self.entries.insert(id.clone(), entry);
        assert!(before.is_none(), "an id begins once");
        self.order.push_back(id.clone());
        for _ in 0..self.order.len() {
            let oldest = self.order.front().expect("the id that begins is in order");
            let entry = &self.entries[oldest];
            if self.order.len() <= ids_max && entry.seen.plus_ms(age_ms) > now {
                break;
            }
            let oldest = self.order.pop_front().expect("there is one in front");
            if self.entries[&oldest].result.is_none() {
                self.order.push_back(oldest);
                continue;
            }
            let gone = self.entries.remove(&oldest).expect("what is in order is known");
            self.forgotten_until = self.forgotten_until.max(Some(gone.seen));
            if gone.timeless && self.forgotten.len() < HASHES_MAX {
                self.forgotten.insert(hash_of(&oldest));
            }
        }
    }

    /// Removes an id from the ledger: a mistake to plant.
    pub fn forget(&mut self, id: &CommandId) {
        self.entries.remove(id);
        self.order.retain(|known| known != id);
    }

    /// Stores the one final result of an id.
    ///
    /// # Panics
    /// If the id has not begun, or already has its result.
    pub fn finish(&mut self, id: &CommandId, result: &CommandResult) {
        let entry = self.entries.get_mut(id).expect("an id is kept until it has its result");
        assert!(entry.result.is_none(), "an id has one final result");
        entry.result = Some(result.clone());
    }

    /// Whether an id has begun and waits for its result.
    pub fn is_pending(&self, id: &CommandId) -> bool {
        self.entries.get(id).is_some_and(|entry| entry.result.is_none())
    }
}

impl Ledger {
    /// Checks a ledger that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        let Self { entries, order, forgotten_until, forgotten } = self;
        let once: BTreeSet<&CommandId> = order.iter().collect();
        let whole = once.len() == order.len()
            && order.len() == entries.len()
            && once.iter().all(|id| entries.contains_key(*id));
        must(whole, "order", "must name each of the entries once")?;
        each("entries", entries, |entry| bounds.past("seen", entry.seen))?;
        bounds.past("forgotten_until", *forgotten_until)?;
        must(
            forgotten.len() <= HASHES_MAX,
            "forgotten",
            &format!("must not be more than {HASHES_MAX}"),
        )
    }
}

/// The first eight bytes of the id's hash.
fn hash_of(id: &CommandId) -> u64 {
    let hash = ContentHash::of(id.as_str().as_bytes()).0;
    u64::from_le_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::action::{ResultCode, ResultData, ResultStatus};

    const DAY_MS: u64 = 86_400_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    /// A ledger of two ids that has begun and ended `ids`, the n-th at second n.
    fn after(ids: &[(&str, Option<Timestamp>, Harm)]) -> Ledger {
        let mut ledger = Ledger::default();
        for ((id, created, harm), second) in ids.iter().zip(1..) {
            let (id, body_hash) = (CommandId::from(*id), ContentHash::of(id.as_bytes()));
            let first = First { body_hash, created: *created, harm: *harm };
            ledger.begin(&id, first, at(second), 2, DAY_MS);
            let result = CommandResult {
                id: id.clone(),
                status: ResultStatus::Executed,
                code: ResultCode::Ok,
                strategy: None,
                data: ResultData::None,
                retcode: None,
            };
            ledger.finish(&id, &result);
        }
        ledger
    }

    fn look_up(ledger: &Ledger, id: &str, created: Option<Timestamp>) -> Seen {
        ledger.look_up(&id.into(), ContentHash::of(id.as_bytes()), created)
    }

    #[test]
    fn what_is_forgotten_is_known_to_be() {
        let ledger = after(&[
            ("undated", None, Harm::Entry),
            ("future", Some(at(900)), Harm::Entry),
            ("part", Some(at(0)), Harm::Exit),
            ("ping", None, Harm::None),
            ("c", None, Harm::Entry),
            ("d", None, Harm::Entry),
        ]);
        assert_eq!(look_up(&ledger, "undated", None), Seen::Repeated);
        assert_eq!(
            look_up(&ledger, "future", Some(at(900))),
            Seen::Repeated,
            "its time says that it is new"
        );
        assert_eq!(look_up(&ledger, "part", Some(at(0))), Seen::Repeated, "it is never too old");
        assert_eq!(look_up(&ledger, "ping", None), Seen::Never, "it does no harm");
        assert_eq!(look_up(&ledger, "new", None), Seen::Never);
        assert_eq!(look_up(&ledger, "new", Some(at(5))), Seen::Never);
        assert_eq!(
            look_up(&ledger, "new", Some(at(4))),
            Seen::Forgotten,
            "the ledger remembers from 5 on"
        );
        assert!(matches!(look_up(&ledger, "d", None), Seen::Done(_)));
    }

    #[test]
    fn without_room_for_hashes_a_command_must_say_when_it_was_made() {
        let mut ledger = after(&[("a", None, Harm::Entry)]);
        ledger.forgotten.extend(0..HASHES_MAX as u64);
        assert_eq!(look_up(&ledger, "new", None), Seen::Forgotten);
        assert_eq!(look_up(&ledger, "new", Some(at(1))), Seen::Never);
    }
}
