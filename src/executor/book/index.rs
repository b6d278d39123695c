//! Where to look in the book: the positions of a magic, of an intent, of an order, and those in
//! which something is left to do. It follows from the positions: a state does not hold it, and it
//! does not count when states are compared.

use super::holding::Holding;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::{IntentKey, Magic, Ticket};
use std::collections::{BTreeMap, BTreeSet};

/// Positions, by identifier.
#[derive(Debug, Clone, Default)]
pub struct Index {
    by_magic: BTreeSet<(Magic, Ticket)>,
    by_key: BTreeSet<(IntentKey, Ticket)>,
    /// By the orders that have made deals on them.
    by_order: BTreeSet<(Ticket, Ticket)>,
    /// All whose ticket is not their identifier, and perhaps some whose ticket was not.
    renamed: BTreeSet<Ticket>,
    /// All that are not [at rest](Holding::is_at_rest), and perhaps some that are.
    restless: BTreeSet<Ticket>,
    /// Those whose [stake](Holding::stake) may have changed.
    changed: BTreeSet<Ticket>,
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Index {}

impl Index {
    /// The index of these positions.
    pub fn of(holdings: &BTreeMap<Ticket, Holding>) -> Self {
        let mut index = Self::default();
        holdings.values().for_each(|holding| index.insert(holding));
        index
    }

    /// Adds a position.
    pub fn insert(&mut self, holding: &Holding) {
        let identifier = holding.identifier;
        self.by_magic.insert((holding.claim.magic, identifier));
        self.by_key.extend(holding.claim.key.map(|key| (key, identifier)));
        self.by_order.extend(holding.orders().map(|order| (order, identifier)));
        self.rename(holding);
        self.stir(identifier);
    }

    /// Removes a position.
    pub fn remove(&mut self, holding: &Holding) {
        let identifier = holding.identifier;
        self.by_magic.remove(&(holding.claim.magic, identifier));
        if let Some(key) = holding.claim.key {
            self.by_key.remove(&(key, identifier));
        }
        for order in holding.orders() {
            self.by_order.remove(&(order, identifier));
        }
        self.renamed.remove(&identifier);
        self.restless.remove(&identifier);
        self.changed.insert(identifier);
    }

    /// A position has a ticket, perhaps a new one.
    pub fn rename(&mut self, holding: &Holding) {
        if holding.ticket != holding.identifier {
            self.renamed.insert(holding.identifier);
        }
    }

    /// A position has taken a deal of an order.
    pub fn deal(&mut self, order: Ticket, identifier: Ticket) {
        self.by_order.insert((order, identifier));
    }

    /// A position may be at rest no longer.
    pub fn stir(&mut self, identifier: Ticket) {
        self.restless.insert(identifier);
        self.changed.insert(identifier);
    }

    /// What is open of a position may have changed.
    pub fn change(&mut self, identifier: Ticket) {
        self.changed.insert(identifier);
    }

    /// Takes out the first position that may have changed.
    pub fn take_changed(&mut self) -> Option<Ticket> {
        self.changed.pop_first()
    }

    /// Forgets which positions have changed.
    pub fn forget_changes(&mut self) {
        self.changed.clear();
    }

    /// Forgets the positions that have come to rest.
    pub fn settle(&mut self, holdings: &BTreeMap<Ticket, Holding>) {
        self.restless.retain(|identifier| !holdings[identifier].is_at_rest());
    }

    /// The positions of a magic.
    pub fn of_magic(&self, magic: Magic) -> impl Iterator<Item = Ticket> {
        second(&self.by_magic, magic)
    }

    /// The positions of an intent.
    pub fn of_key(&self, key: IntentKey) -> impl Iterator<Item = Ticket> {
        second(&self.by_key, key)
    }

    /// The positions on which an order has made deals.
    pub fn of_order(&self, order: Ticket) -> impl Iterator<Item = Ticket> {
        second(&self.by_order, order)
    }

    /// The positions that may have another ticket than their identifier.
    pub fn renamed(&self) -> impl Iterator<Item = Ticket> {
        self.renamed.iter().copied()
    }

    /// The positions that may not be at rest.
    pub fn restless(&self) -> impl Iterator<Item = Ticket> {
        self.restless.iter().copied()
    }

    /// Checks the index against the positions.
    ///
    /// # Errors
    /// That it is not theirs.
    pub fn check(&self, holdings: &BTreeMap<Ticket, Holding>) -> Checked {
        let own = Self::of(holdings);
        let covers = own.renamed.is_subset(&self.renamed)
            && holdings
                .values()
                .all(|holding| holding.is_at_rest() || self.restless.contains(&holding.identifier));
        let known = self.renamed.iter().chain(&self.restless).all(|one| holdings.contains_key(one));
        must(
            self.by_magic == own.by_magic && self.by_key == own.by_key && covers && known,
            "holdings",
            "must be found by magic, by intent, and while something is left to do",
        )?;
        must(own.by_order.is_subset(&self.by_order), "holdings", "must be found by their orders")
    }
}

/// What is listed under `first`, in order.
fn second<T: Ord + Copy>(set: &BTreeSet<(T, Ticket)>, first: T) -> impl Iterator<Item = Ticket> {
    set.range((first, Ticket(0))..=(first, Ticket(u64::MAX))).map(|&(_, ticket)| ticket)
}
