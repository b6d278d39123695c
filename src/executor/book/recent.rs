//! Tickets that have ended and are remembered for a while. The oldest is forgotten first, whatever
//! its number.

use crate::domain::id::Ticket;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// The number of tickets that are remembered.
pub const RECENT_MAX: usize = 4_096;

/// Tickets, in order of arrival, with what is remembered of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "VecDeque<(Ticket, T)>",
    into = "VecDeque<(Ticket, T)>",
    bound(serialize = "T: Copy + Serialize")
)]
pub struct Recent<T: Copy> {
    known: BTreeMap<Ticket, T>,
    order: VecDeque<Ticket>,
}

impl<T: Copy> Default for Recent<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<T: Copy> Recent<T> {
    /// What is remembered of a ticket.
    pub fn get(&self, ticket: Ticket) -> Option<T> {
        self.known.get(&ticket).copied()
    }

    /// Whether a ticket is remembered.
    pub fn contains(&self, ticket: Ticket) -> bool {
        self.known.contains_key(&ticket)
    }

    /// The remembered tickets, oldest first.
    pub fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.order.iter().copied()
    }

    /// Remembers a ticket as the latest.
    pub fn insert(&mut self, ticket: Ticket, what: T) {
        if self.known.insert(ticket, what).is_some() {
            self.order.retain(|other| *other != ticket);
        }
        self.order.push_back(ticket);
        if self.order.len() > RECENT_MAX {
            let oldest = self.order.pop_front().expect("there are many");
            self.known.remove(&oldest);
        }
        assert!(self.order.len() == self.known.len(), "each ticket stands once in the order");
    }

    /// Forgets a ticket.
    pub fn remove(&mut self, ticket: Ticket) {
        if self.known.remove(&ticket).is_some() {
            self.order.retain(|other| *other != ticket);
        }
    }
}

impl<T: Copy> From<VecDeque<(Ticket, T)>> for Recent<T> {
    fn from(pairs: VecDeque<(Ticket, T)>) -> Self {
        let mut recent = Self::default();
        pairs.into_iter().for_each(|(ticket, what)| recent.insert(ticket, what));
        recent
    }
}

impl<T: Copy> From<Recent<T>> for VecDeque<(Ticket, T)> {
    fn from(recent: Recent<T>) -> Self {
        recent.order.iter().map(|ticket| (*ticket, recent.known[ticket])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_whatever_its_number() {
        let mut recent = Recent::default();
        let many = u64::try_from(RECENT_MAX).unwrap();
        (1..=many).for_each(|n| recent.insert(Ticket(1_000 + n), false));
        recent.insert(Ticket(7), true);
        assert_eq!(
            (recent.get(Ticket(7)), recent.contains(Ticket(1_001)), recent.contains(Ticket(1_002))),
            (Some(true), false, true)
        );
        recent.insert(Ticket(1_002), true);
        recent.insert(Ticket(8), false);
        assert_eq!(
            (recent.get(Ticket(1_002)), recent.contains(Ticket(1_003))),
            (Some(true), false)
        );
        let text = serde_json::to_string(&recent).unwrap();
        assert_eq!(serde_json::from_str::<Recent<bool>>(&text).unwrap(), recent);
    }
}
