//! Positions and orders of the account that are not ours, or not known to be. They are kept until
//! their owner is known or a reading no longer lists them.

use super::Book;
use crate::domain::id::{Magic, Ticket};
use crate::domain::order::Order;
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;

impl Book {
    /// Positions that are not ours.
    pub fn foreign(&self) -> impl Iterator<Item = &Position> {
        self.foreign.values()
    }

    /// Keeps a position that is not ours.
    pub fn set_foreign(&mut self, position: &Position) {
        self.unclaimed.remove(&position.ticket);
        self.index.change(position.ticket);
        self.foreign.insert(position.ticket, position.clone());
    }

    /// Takes out the foreign positions with this magic, because their owner is known now.
    pub fn take_foreign(&mut self, magic: Magic) -> Vec<Position> {
        let tickets: Vec<Ticket> =
            self.foreign.values().filter(|one| one.magic == magic).map(|one| one.ticket).collect();
        tickets.iter().for_each(|ticket| self.index.change(*ticket));
        tickets.iter().map(|ticket| self.foreign.remove(ticket).expect("it was listed")).collect()
    }

    /// Keeps a foreign order as long as it works.
    pub fn set_foreign_order(&mut self, order: &Order) {
        if order.state.is_final() {
            self.foreign_orders.remove(&order.ticket);
        } else {
            self.foreign_orders.insert(order.ticket, order.clone());
        }
    }

    /// Takes out the foreign orders with these magics, because their owner is known now.
    pub fn take_foreign_orders(&mut self, whose: impl Fn(Magic) -> bool) -> Vec<Order> {
        let tickets: Vec<Ticket> = self
            .foreign_orders
            .values()
            .filter(|one| whose(one.magic))
            .map(|one| one.ticket)
            .collect();
        tickets
            .iter()
            .map(|ticket| self.foreign_orders.remove(ticket).expect("it was listed"))
            .collect()
    }

    /// A position is not, or no longer, one of others.
    pub(super) fn forget_other(&mut self, ticket: Ticket) {
        let was_other =
            self.foreign.remove(&ticket).is_some() | self.unclaimed.remove(&ticket).is_some();
        if was_other {
            self.index.change(ticket);
        }
    }

    /// Whether there are positions that are not ours, or not yet.
    pub fn has_others_positions(&self) -> bool {
        !self.foreign.is_empty() || !self.unclaimed.is_empty()
    }

    /// Forgets foreign positions and orders that a reading no longer lists; `positions` are in order.
    pub fn retain_foreign(&mut self, positions: &[Ticket], orders: &[Order]) {
        let index = &mut self.index;
        let mut is_listed = |ticket: &Ticket, _: &mut Position| {
            index.change(*ticket);
            positions.binary_search(ticket).is_ok()
        };
        self.foreign.retain(&mut is_listed);
        self.unclaimed.retain(&mut is_listed);
        self.foreign_orders.retain(|ticket, _| orders.iter().any(|order| order.ticket == *ticket));
    }

    /// Keeps a position that an attempt still on its way may explain.
    pub fn set_unclaimed(&mut self, position: &Position) {
        self.index.change(position.ticket);
        self.unclaimed.insert(position.ticket, position.clone());
    }

    /// Whether there are positions that an attempt still on its way may explain.
    pub fn any_unclaimed(&self) -> bool {
        !self.unclaimed.is_empty()
    }

    /// Whether a position is one that an attempt still on its way may explain.
    pub fn is_unclaimed(&self, ticket: Ticket) -> bool {
        self.unclaimed.contains_key(&ticket)
    }

    /// When the unclaimed positions were opened, by the server's clock.
    pub fn unclaimed_since(&self) -> impl Iterator<Item = ServerMsc> {
        self.unclaimed.values().map(|position| position.time_msc)
    }

    /// Forgets an unclaimed position, because its owner is known now.
    pub fn forget_unclaimed(&mut self, ticket: Ticket) {
        if self.unclaimed.remove(&ticket).is_some() {
            self.index.change(ticket);
        }
    }

    /// How many positions that an attempt still on its way may explain have these magics.
    pub fn unclaimed_of(&self, whose: impl Fn(Magic) -> bool) -> usize {
        self.unclaimed.values().filter(|position| whose(position.magic)).count()
    }

    /// The positions that an attempt still on its way may explain.
    pub fn each_unclaimed(&self) -> impl Iterator<Item = &Position> {
        self.unclaimed.values()
    }

    /// A copy of them.
    pub fn unclaimed(&self) -> Vec<Position> {
        self.unclaimed.values().cloned().collect()
    }
}
