//! Which symbols the terminal was asked for, and what has become of it.

use crate::domain::id::DataId;
use std::collections::{BTreeMap, BTreeSet};

/// The number of a question that the executor did not ask.
pub const OWN_QUESTION: DataId = DataId(0);

/// The symbols that the terminal was asked for.
#[derive(Debug, Default)]
pub struct Subscriptions {
    /// What was asked for and is not answered: for the executor, or, as [`OWN_QUESTION`], because the account holds
    /// something in it or because its ticks are lacking.
    asked: BTreeMap<u64, (DataId, String)>,
    /// What the broker does not have, or what cannot be traded.
    refused: BTreeSet<String>,
    /// What was subscribed before the terminal was attached, and is not again yet.
    lacking: BTreeSet<String>,
    /// Those of them of which that was told.
    missed: BTreeSet<String>,
    /// Of which rows, in which symbols that are not subscribed, was told: a history may have thousands of them.
    told_elsewhere: BTreeSet<(&'static str, String)>,
}

impl Subscriptions {
    /// A symbol is asked for, by the line of this number.
    pub fn ask(&mut self, number: u64, id: DataId, name: &str) {
        self.refused.remove(name);
        self.asked.insert(number, (id, name.to_owned()));
    }

    /// A line was answered: who had asked, and for what.
    pub fn answered(&mut self, number: u64) -> Option<(DataId, String)> {
        self.asked.remove(&number)
    }

    /// Nothing is answered any more.
    pub fn forget_asked(&mut self) {
        self.asked.clear();
    }

    /// A terminal was attached, which gives no ticks of what it or an earlier one was asked for.
    pub fn lack(&mut self, names: impl Iterator<Item = String>) {
        self.lacking = names.collect();
    }

    /// What is lacking and is to be asked for.
    pub fn to_be_asked(&self) -> Vec<String> {
        self.lacking.iter().filter(|name| !self.is_asked(name)).cloned().collect()
    }

    /// The terminal gives the ticks of a symbol.
    pub fn found(&mut self, name: &str) {
        self.lacking.remove(name);
        self.missed.remove(name);
    }

    /// Whether rows of this kind, in a symbol that is not subscribed, were not told of before.
    pub fn is_new_elsewhere(&mut self, what: &'static str, name: &str) -> bool {
        self.told_elsewhere.insert((what, name.to_owned()))
    }

    /// A symbol is none, or of no use.
    pub fn refuse(&mut self, name: &str) {
        self.refused.insert(name.to_owned());
    }

    /// A symbol is not there. Whether its ticks are lacking, and whether that is news.
    pub fn miss(&mut self, name: &str) -> (bool, bool) {
        let is_lacking = self.lacking.contains(name);
        (is_lacking, is_lacking && self.missed.insert(name.to_owned()))
    }

    /// Whether a symbol was refused.
    #[must_use]
    pub fn is_refused(&self, name: &str) -> bool {
        self.refused.contains(name)
    }

    /// Whether a symbol was asked for and that is not answered yet.
    #[must_use]
    pub fn is_asked(&self, name: &str) -> bool {
        self.asked.values().any(|(_, asked)| asked == name)
    }
}
