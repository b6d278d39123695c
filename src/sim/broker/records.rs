//! Orders and deals of the account: the working orders, and a bounded history, oldest first.

use crate::domain::amount::Volume;
use crate::domain::deal::Deal;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Order, Side};
use crate::domain::time::ServerMsc;
use crate::sim::broker::witness::AccountHistory;
use std::collections::{BTreeMap, VecDeque};

/// The largest number of orders, and of deals, that are kept.
pub const RECORDS_MAX: usize = 100_000;

/// How long they are kept: only an executor that lost touch for a week would ask for older ones.
const KEPT_MS: i64 = 7 * 86_400_000;

/// How many are kept however old they are: a reading is checked against the last known deal.
const KEPT_MIN: usize = 64;

/// Orders and deals of the account.
#[derive(Debug)]
pub struct OrderRecords {
    working: BTreeMap<Ticket, Order>,
    /// The volume that working orders may still open, by symbol and direction.
    opening: BTreeMap<(SymbolId, Side), Volume>,
    /// Ended orders, with the moment of their end: a pending order may have been placed long
    /// before.
    orders: VecDeque<(ServerMsc, Order)>,
    deals: VecDeque<Deal>,
    max: usize,
    /// Every order and deal of the run, when the broker is configured to keep them.
    history: Option<AccountHistory>,
}

impl OrderRecords {
    /// No records yet; the last `max` of each will be kept.
    pub const fn new(max: usize) -> Self {
        Self {
            working: BTreeMap::new(),
            opening: BTreeMap::new(),
            orders: VecDeque::new(),
            deals: VecDeque::new(),
            max,
            history: None,
        }
    }

    /// Keeps every order and deal from now on.
    pub fn keep_history(&mut self) {
        self.history = Some(AccountHistory::default());
        let deals: Vec<Deal> = self.deals.iter().cloned().collect();
        deals.iter().for_each(|deal| self.witness(|history| history.note_deal(deal)));
    }

    /// Every order and deal; none when they are not kept.
    pub const fn history(&self) -> Option<&AccountHistory> {
        self.history.as_ref()
    }

    /// Adds to the history of the run, when it is kept.
    pub fn witness(&mut self, note: impl FnOnce(&mut AccountHistory)) {
        self.history.as_mut().map(note);
    }

    /// Stores a working order, new or changed.
    pub fn work(&mut self, order: Order) {
        self.witness(|history| history.note_order(&order));
        self.count(&order, |sum, volume| *sum += volume);
        if let Some(before) = self.working.insert(order.ticket, order) {
            self.count(&before, |sum, volume| *sum -= volume);
        }
    }

    /// Stores an order that ended at `time_msc` and no longer works.
    pub fn end(&mut self, order: Order, time_msc: ServerMsc) {
        self.witness(|history| history.note_order(&order));
        if let Some(before) = self.working.remove(&order.ticket) {
            self.count(&before, |sum, volume| *sum -= volume);
        }
        push(&mut self.orders, (time_msc, order), self.max, |(ended, _)| *ended);
    }

    /// Stores a deal.
    pub fn deal(&mut self, deal: Deal) {
        assert!(
            self.deals.back().is_none_or(|last| last.ticket < deal.ticket),
            "deals are numbered in their order"
        );
        self.witness(|history| history.note_deal(&deal));
        push(&mut self.deals, deal, self.max, |deal| deal.time_msc);
    }

    fn count(&mut self, order: &Order, change: impl Fn(&mut Volume, Volume)) {
        if let Some(opens) = opens(order) {
            change(self.opening.entry(opens).or_default(), order.volume_current);
        }
    }

    /// The volume that working orders may still open of a symbol in one direction, without the
    /// order `under`.
    pub fn volume_of(&self, symbol: SymbolId, side: Side, under: Option<Ticket>) -> Volume {
        let all = self.opening.get(&(symbol, side)).copied().unwrap_or_default();
        let under = under.and_then(|ticket| self.working.get(&ticket));
        let own = under.filter(|order| opens(order) == Some((symbol, side)));
        all - own.map_or(Volume::ZERO, |order| order.volume_current)
    }

    /// Working orders by ticket.
    pub const fn working(&self) -> &BTreeMap<Ticket, Order> {
        &self.working
    }

    /// Orders of the history that ended at `since` or later.
    pub fn orders_since(&self, since: ServerMsc) -> Vec<Order> {
        self.orders
            .iter()
            .filter(|(ended, _)| *ended >= since)
            .map(|(_, order)| order.clone())
            .collect()
    }

    /// Deals made at `since` or later.
    pub fn deals_since(&self, since: ServerMsc) -> Vec<Deal> {
        self.deals.iter().filter(|deal| deal.time_msc >= since).cloned().collect()
    }
}

/// The symbol and direction of the position that an order opens or adds to; none when it closes.
fn opens(order: &Order) -> Option<(SymbolId, Side)> {
    let is_own = order.position.is_none_or(|position| position == order.ticket);
    order.kind.side().filter(|_| is_own).map(|side| (order.symbol, side))
}

fn push<T>(list: &mut VecDeque<T>, item: T, max: usize, time: impl Fn(&T) -> ServerMsc) {
    let oldest = time(&item).0 - KEPT_MS;
    while list.len() == max
        || list.len() > KEPT_MIN && list.front().is_some_and(|first| time(first).0 < oldest)
    {
        list.pop_front();
    }
    list.push_back(item);
    assert!(list.len() <= max, "history is bounded");
}
