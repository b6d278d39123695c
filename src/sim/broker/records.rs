//! Orders and deals of the run, as the history of the account holds them: bounded, oldest first.

use crate::domain::deal::Deal;
use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderState};
use crate::domain::time::ServerMsc;
use std::collections::{BTreeMap, VecDeque};

/// So many orders and so many deals are kept at the most.
pub const RECORDS_MAX: usize = 100_000;

/// For so long they are kept: nothing asks for older ones but who lost touch for a week.
const KEPT_MSC: i64 = 7 * 86_400_000;

/// Orders and deals.
#[derive(Debug)]
pub struct Records {
    working: BTreeMap<Ticket, Order>,
    orders: VecDeque<Order>,
    deals: VecDeque<Deal>,
    max: usize,
}

impl Records {
    /// Nothing yet; the last `max` of each are kept.
    pub const fn new(max: usize) -> Self {
        Self { working: BTreeMap::new(), orders: VecDeque::new(), deals: VecDeque::new(), max }
    }

    /// Takes an order as it now stands: among the working ones, or into history.
    pub fn order(&mut self, order: Order) {
        if matches!(order.state, OrderState::Started | OrderState::Placed) {
            self.working.insert(order.ticket, order);
            return;
        }
        self.working.remove(&order.ticket);
        push(&mut self.orders, order, self.max, |order| order.time_setup_msc);
    }

    /// Takes a deal.
    pub fn deal(&mut self, deal: Deal) {
        assert!(self.deals.back().is_none_or(|last| last.ticket < deal.ticket), "deals are numbered in their order");
        push(&mut self.deals, deal, self.max, |deal| deal.time_msc);
    }

    /// Working orders.
    pub fn working(&self) -> Vec<Order> {
        self.working.values().cloned().collect()
    }

    /// Orders of the history that were set up at `since` or later.
    pub fn orders_since(&self, since: ServerMsc) -> Vec<Order> {
        self.orders.iter().filter(|order| order.time_setup_msc >= since).cloned().collect()
    }

    /// Deals made at `since` or later.
    pub fn deals_since(&self, since: ServerMsc) -> Vec<Deal> {
        self.deals.iter().filter(|deal| deal.time_msc >= since).cloned().collect()
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T, max: usize, time: impl Fn(&T) -> ServerMsc) {
    let oldest = time(&item).0 - KEPT_MSC;
    while list.len() == max || list.front().is_some_and(|first| time(first).0 < oldest) {
        list.pop_front();
    }
    list.push_back(item);
    assert!(list.len() <= max, "history is bounded");
}
