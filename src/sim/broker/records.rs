//! Orders and deals of the account: the working orders, and a bounded history, oldest first.

use crate::domain::amount::Volume;
use crate::domain::deal::Deal;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Order, Side};
use crate::domain::time::ServerMsc;
use crate::sim::broker::witness::AccountHistory;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

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
    orders: Recorded<Arc<Order>>,
    deals: Recorded<Arc<Deal>>,
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
            orders: Recorded::new(),
            deals: Recorded::new(),
            max,
            history: None,
        }
    }

    /// Keeps every order and deal from now on.
    pub fn keep_history(&mut self) {
        self.history = Some(AccountHistory::default());
        let deals = self.deals.since(ServerMsc(i64::MIN));
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
        self.orders.push(Arc::new(order), time_msc, self.max);
    }

    /// Stores a deal.
    pub fn deal(&mut self, deal: Deal) {
        assert!(
            self.deals.last().is_none_or(|last| last.ticket < deal.ticket),
            "deals are numbered in their order"
        );
        self.witness(|history| history.note_deal(&deal));
        let time_msc = deal.time_msc;
        self.deals.push(Arc::new(deal), time_msc, self.max);
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
    pub fn orders_since(&self, since: ServerMsc) -> Vec<Arc<Order>> {
        self.orders.since(since)
    }

    /// Deals made at `since` or later.
    pub fn deals_since(&self, since: ServerMsc) -> Vec<Arc<Deal>> {
        self.deals.since(since)
    }
}

/// The symbol and direction of the position that an order opens or adds to; none when it closes.
fn opens(order: &Order) -> Option<(SymbolId, Side)> {
    let is_own = order.position.is_none_or(|position| position == order.ticket);
    order.kind.side().filter(|_| is_own).map(|side| (order.symbol, side))
}

/// What was recorded, oldest first. The server's clock may be set back, so the moments need not be
/// in order.
#[derive(Debug)]
struct Recorded<T> {
    list: VecDeque<Record<T>>,
}

#[derive(Debug)]
struct Record<T> {
    time_msc: ServerMsc,
    /// The latest moment of this record and those before.
    latest_msc: ServerMsc,
    item: T,
}

impl<T: Clone> Recorded<T> {
    const fn new() -> Self {
        Self { list: VecDeque::new() }
    }

    fn last(&self) -> Option<&T> {
        self.list.back().map(|last| &last.item)
    }

    /// Those of `since` or later.
    fn since(&self, since: ServerMsc) -> Vec<T> {
        let first = self.list.partition_point(|one| one.latest_msc < since);
        let recent = self.list.range(first..).filter(|one| one.time_msc >= since);
        recent.map(|one| one.item.clone()).collect()
    }

    /// Adds what happened at `time_msc`, and drops what is too old or more than `max`.
    fn push(&mut self, item: T, time_msc: ServerMsc, max: usize) {
        let oldest = time_msc.0 - KEPT_MS;
        while self.list.len() == max
            || self.list.len() > KEPT_MIN
                && self.list.front().is_some_and(|first| first.time_msc.0 < oldest)
        {
            self.list.pop_front();
        }
        let latest_msc = self.list.back().map_or(time_msc, |last| last.latest_msc.max(time_msc));
        self.list.push_back(Record { time_msc, latest_msc, item });
        assert!(self.list.len() <= max, "history is bounded");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_before_the_clock_was_set_back_is_found() {
        let mut records = Recorded::new();
        for (number, time) in [10, 30, 20, 25, 40].into_iter().enumerate() {
            records.push(number, ServerMsc(time), 4);
        }
        assert_eq!(records.last(), Some(&4));
        for (since, found) in
            [(0, vec![1, 2, 3, 4]), (25, vec![1, 3, 4]), (31, vec![4]), (41, vec![])]
        {
            assert_eq!(records.since(ServerMsc(since)), found, "since {since}");
        }
    }
}
