//! Where to look among the open attempts: those of an intent and those of a magic. It follows from
//! the attempts: a state does not hold it, and it does not count when states are compared.

use crate::domain::id::{IntentKey, Magic};
use std::collections::BTreeSet;

/// Open attempts, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct FlowIndex {
    by_key: BTreeSet<(IntentKey, u64)>,
    by_magic: BTreeSet<(Magic, u64)>,
}

impl PartialEq for FlowIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for FlowIndex {}

impl FlowIndex {
    /// The index of these attempts.
    pub fn of(open: impl Iterator<Item = (u64, IntentKey, Magic)>) -> Self {
        let mut index = Self::default();
        open.for_each(|(number, key, magic)| index.insert(number, key, magic));
        index
    }

    /// Adds an attempt.
    pub fn insert(&mut self, number: u64, key: IntentKey, magic: Magic) {
        self.by_key.insert((key, number));
        self.by_magic.insert((magic, number));
    }

    /// Removes an attempt.
    pub fn remove(&mut self, number: u64, key: IntentKey, magic: Magic) {
        self.by_key.remove(&(key, number));
        self.by_magic.remove(&(magic, number));
    }

    /// The attempts of an intent.
    pub fn of_key(&self, key: IntentKey) -> impl Iterator<Item = u64> {
        self.by_key.range((key, 0)..=(key, u64::MAX)).map(|&(_, number)| number)
    }

    /// The attempts of a magic.
    pub fn of_magic(&self, magic: Magic) -> impl Iterator<Item = u64> {
        self.by_magic.range((magic, 0)..=(magic, u64::MAX)).map(|&(_, number)| number)
    }

    /// Whether it is the index of these attempts.
    pub fn is_of(&self, open: impl Iterator<Item = (u64, IntentKey, Magic)>) -> bool {
        let Self { by_key, by_magic } = Self::of(open);
        self.by_key == by_key && self.by_magic == by_magic
    }
}
