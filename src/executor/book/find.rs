//! Positions of the book, found by its index. Whoever gets a position to change it tells the index,
//! here, and the position's next statement is looked at.

use super::Book;
use super::holding::Holding;
use super::index::Index;
use crate::domain::id::{IntentKey, Magic, Ticket};
use crate::domain::position::Position;
use crate::executor::worth::Staked;

impl Book {
    /// Our positions, mutable.
    pub fn holdings_mut(&mut self) -> impl Iterator<Item = &mut Holding> {
        for (&identifier, holding) in &mut self.holdings {
            self.index.stir(identifier);
            holding.look_again();
        }
        self.holdings.values_mut()
    }

    /// The positions of one magic.
    pub fn of(&self, magic: Magic) -> impl Iterator<Item = &Holding> {
        self.index.of_magic(magic).map(|identifier| &self.holdings[&identifier])
    }

    /// The positions that an intent has opened.
    pub fn of_key(&self, key: IntentKey) -> impl Iterator<Item = &Holding> {
        self.index.of_key(key).map(|identifier| &self.holdings[&identifier])
    }

    /// The positions in which something may be left to do, or to learn: all but those [at
    /// rest](Holding::is_at_rest).
    pub fn restless(&self) -> impl Iterator<Item = &Holding> {
        self.index.restless().map(|identifier| &self.holdings[&identifier])
    }

    /// How many positions are open.
    pub fn open_count(&self) -> usize {
        // What is at rest is open.
        self.holdings.len() - self.restless().filter(|holding| !holding.is_open()).count()
    }

    /// Looks which positions have come to rest.
    pub fn settle_index(&mut self) {
        self.index.settle(&self.holdings);
    }

    /// Makes the index anew, for a book that was read.
    pub fn reindex(&mut self) {
        self.index = Index::of(&self.holdings);
    }

    /// Takes out the next position whose stake may have changed since it was last taken out: its
    /// identifier, or its ticket where it is not ours, with what is open of it.
    pub fn take_changed(&mut self) -> Option<(Ticket, Staked)> {
        let ticket = self.index.take_changed()?;
        let other = self.other(ticket).map(|position| Staked::Of(position.into()));
        let own = self.holdings.get(&ticket).map(Holding::stake);
        Some((ticket, own.or(other).unwrap_or(Staked::Nothing)))
    }

    /// Forgets which stakes may have changed.
    pub fn forget_changes(&mut self) {
        self.index.forget_changes();
    }

    /// All stakes may have changed.
    pub fn change_all(&mut self) {
        let others = self.foreign.keys().chain(self.unclaimed.keys());
        let all: Vec<Ticket> = self.holdings.keys().chain(others).copied().collect();
        all.into_iter().for_each(|ticket| self.index.change(ticket));
    }

    /// A position that is not ours, or not known to be.
    fn other(&self, ticket: Ticket) -> Option<&Position> {
        self.foreign.get(&ticket).or_else(|| self.unclaimed.get(&ticket))
    }

    /// One of our positions, by its ticket.
    pub fn get(&self, ticket: Ticket) -> Option<&Holding> {
        self.identifier(ticket).and_then(|identifier| self.holdings.get(&identifier))
    }

    /// One of our positions, mutable.
    pub fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Holding> {
        self.identifier(ticket).and_then(|identifier| self.holding_mut(identifier))
    }

    /// The number by which deals name the position that requests name by `ticket`. Nearly always
    /// the two are equal.
    fn identifier(&self, ticket: Ticket) -> Option<Ticket> {
        match self.holdings.get(&ticket) {
            Some(holding) if holding.ticket == ticket => Some(ticket),
            _ => self.index.renamed().find(|identifier| self.holdings[identifier].ticket == ticket),
        }
    }

    /// One of our positions, by its identifier.
    pub fn holding(&self, identifier: Ticket) -> Option<&Holding> {
        self.holdings.get(&identifier)
    }

    /// One of our positions, by its identifier, mutable.
    pub fn holding_mut(&mut self, identifier: Ticket) -> Option<&mut Holding> {
        let holding = self.holdings.get_mut(&identifier)?;
        self.index.stir(identifier);
        holding.look_again();
        Some(holding)
    }
}
