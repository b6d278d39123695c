//! Orders and deals of the run, as the account holds them: the working orders, and a bounded history, oldest first.

use crate::domain::deal::Deal;
use crate::domain::id::Ticket;
use crate::domain::order::Order;
use crate::domain::time::ServerMsc;
use crate::sim::broker::witness::AccountHistory;
use std::collections::{BTreeMap, VecDeque};

/// So many orders and so many deals are kept at the most.
pub const RECORDS_MAX: usize = 100_000;

/// For so long they are kept: nothing asks for older ones but who lost touch for a week.
const KEPT_MS: i64 = 7 * 86_400_000;

/// However old, so many are kept: the last deal that an account is known to have is what a reading is checked by.
const KEPT_MIN: usize = 64;

/// Orders and deals.
#[derive(Debug)]
pub struct OrderRecords {
    working: BTreeMap<Ticket, Order>,
    /// Orders that ended, with the moment: a pending order may have been set up long before.
    orders: VecDeque<(ServerMsc, Order)>,
    deals: VecDeque<Deal>,
    max: usize,
    /// Everything, where it is kept.
    history: Option<AccountHistory>,
}

impl OrderRecords {
    /// Nothing yet; the last `max` of each are kept.
    pub const fn new(max: usize) -> Self {
        Self { working: BTreeMap::new(), orders: VecDeque::new(), deals: VecDeque::new(), max, history: None }
    }

    /// Keeps everything from now on.
    pub fn keep_history(&mut self) {
        self.history = Some(AccountHistory::default());
        let deals: Vec<Deal> = self.deals.iter().cloned().collect();
        deals.iter().for_each(|deal| self.witness(|history| history.note_deal(deal)));
    }

    /// Everything, where it is kept.
    pub const fn history(&self) -> Option<&AccountHistory> {
        self.history.as_ref()
    }

    /// Lets the history know something, where it is kept.
    pub fn witness(&mut self, note: impl FnOnce(&mut AccountHistory)) {
        self.history.as_mut().map(note);
    }

    /// Takes a working order as it now stands.
    pub fn work(&mut self, order: Order) {
        self.witness(|history| history.note_order(&order));
        self.working.insert(order.ticket, order);
    }

    /// Takes an order that ended at `time_msc`; it works no longer.
    pub fn end(&mut self, order: Order, time_msc: ServerMsc) {
        self.witness(|history| history.note_order(&order));
        self.working.remove(&order.ticket);
        push(&mut self.orders, (time_msc, order), self.max, |(ended, _)| *ended);
    }

    /// Takes a deal.
    pub fn deal(&mut self, deal: Deal) {
        assert!(self.deals.back().is_none_or(|last| last.ticket < deal.ticket), "deals are numbered in their order");
        self.witness(|history| history.note_deal(&deal));
        push(&mut self.deals, deal, self.max, |deal| deal.time_msc);
    }

    /// Working orders by ticket.
    pub const fn working(&self) -> &BTreeMap<Ticket, Order> {
        &self.working
    }

    /// Orders of the history that ended at `since` or later.
    pub fn orders_since(&self, since: ServerMsc) -> Vec<Order> {
        self.orders.iter().filter(|(ended, _)| *ended >= since).map(|(_, order)| order.clone()).collect()
    }

    /// Deals made at `since` or later.
    pub fn deals_since(&self, since: ServerMsc) -> Vec<Deal> {
        self.deals.iter().filter(|deal| deal.time_msc >= since).cloned().collect()
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T, max: usize, time: impl Fn(&T) -> ServerMsc) {
    let oldest = time(&item).0 - KEPT_MS;
    while list.len() == max || list.len() > KEPT_MIN && list.front().is_some_and(|first| time(first).0 < oldest) {
        list.pop_front();
    }
    list.push_back(item);
    assert!(list.len() <= max, "history is bounded");
}
