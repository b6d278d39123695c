//! The life of orders: they are created, work, wait for a price, change, expire and end.

use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderState};
use crate::domain::time::ServerMsc;
use crate::executor::action::Trade;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::book::AccountBook;
use std::collections::BTreeMap;

impl AccountBook {
    /// The number of a new order.
    pub fn next_order(&mut self) -> Ticket {
        self.last_order += 1;
        Ticket(self.last_order)
    }

    /// Whether an order of this number was ever made.
    pub const fn was_made(&self, ticket: Ticket) -> bool {
        ticket.0 > 1 && ticket.0 <= self.last_order
    }

    /// Records in the history for which request an order is made.
    pub fn note_sent(&mut self, order: Ticket, trade: &Trade) {
        self.records.witness(|history| history.note_sent(order, trade));
    }

    /// Working orders by ticket.
    pub const fn working(&self) -> &BTreeMap<Ticket, Order> {
        self.records.working()
    }

    /// Stores a working order that waits for no price, new or changed. Appends the change.
    pub fn work(&mut self, order: Order, news: &mut Vec<BrokerEvent>) {
        assert!(!order.state.is_final(), "what has ended works no longer");
        self.records.work(order.clone());
        news.push(BrokerEvent::Order(Box::new(order)));
    }

    /// Moves an order to the history, in its final state. Appends the change.
    pub fn end(&mut self, order: Order, time_msc: ServerMsc, news: &mut Vec<BrokerEvent>) {
        assert!(
            order.state != OrderState::Placed && order.state != OrderState::Started,
            "what still works does not end"
        );
        self.records.end(order.clone(), time_msc);
        news.push(BrokerEvent::Order(Box::new(order)));
    }

    /// Stores a pending order that waits for its price, until `lapse` if there is one. Appends the
    /// change.
    pub fn place(&mut self, order: Order, lapse: Option<ServerMsc>, news: &mut Vec<BrokerEvent>) {
        self.pendings[order.symbol.index()].insert(&order);
        self.rebound(order.symbol);
        if let Some(lapse) = lapse {
            self.lapses.insert(order.ticket, lapse);
        }
        self.work(order, news);
    }

    /// Takes out a working order, which no longer waits for its price: to be filled, changed or
    /// ended.
    ///
    /// # Panics
    /// If the order is not working.
    pub fn take(&mut self, ticket: Ticket) -> Order {
        let order =
            self.records.working().get(&ticket).expect("only working orders are taken").clone();
        if order.kind.is_pending() && order.state == OrderState::Placed {
            self.pendings[order.symbol.index()].remove(&order);
            self.rebound(order.symbol);
            self.lapses.remove(&ticket);
        }
        order
    }

    /// Ends a working order without a fill, or its rest. Appends the change.
    pub fn cancel(
        &mut self,
        ticket: Ticket,
        state: OrderState,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) {
        assert!(
            state.is_final() && state != OrderState::Filled,
            "an order that is filled has a deal"
        );
        let order = self.take(ticket);
        self.end(Order { state, ..order }, time_msc, news);
    }

    /// When a pending order expires; none when it does not.
    pub fn lapse(&self, ticket: Ticket) -> Option<ServerMsc> {
        self.lapses.get(&ticket).copied()
    }
}
