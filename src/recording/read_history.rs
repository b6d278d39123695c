//! The history in the readings of a recording, put together. Each reading covers the time since the
//! last one. After the paths of a replay parted, the executor may ask for more than the recorded
//! request did. Deals and orders are kept as they were reported, and only as far back as one
//! reading connects with the one before.

use crate::domain::deal::Deal;
use crate::domain::id::{DataId, Ticket};
use crate::domain::order::Order;
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerSnapshot;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The history from complete readings, each of which reached back to the one before.
#[derive(Debug, Default)]
pub struct ReadHistory {
    /// Recorded requests without an answer so far, each with the start of the history that it
    /// wanted.
    asked: BTreeMap<DataId, ServerMsc>,
    /// The span in which everything is known; none before the first reading.
    span: Option<(ServerMsc, ServerMsc)>,
    deals: BTreeMap<Ticket, Arc<Deal>>,
    /// Orders, each with the moment of the first reading that showed its end.
    orders: BTreeMap<Ticket, (ServerMsc, Arc<Order>)>,
}

impl ReadHistory {
    /// A recorded request asks for the history since a moment.
    pub fn ask(&mut self, id: DataId, since_msc: ServerMsc) {
        self.asked.insert(id, since_msc);
    }

    /// Takes a recorded reading.
    pub fn take(&mut self, reading: &BrokerSnapshot) {
        let asked = self.asked.remove(&reading.id);
        let Some(since_msc) = reading.history_since_msc.or(asked).filter(|_| reading.complete)
        else {
            return;
        };
        self.span = match self.span {
            Some((from, until)) if since_msc <= until => {
                Some((from.min(since_msc), until.max(reading.as_of_msc)))
            }
            _ => {
                self.deals.clear();
                self.orders.clear();
                Some((since_msc, reading.as_of_msc))
            }
        };
        self.deals.extend(reading.history_deals.iter().map(|deal| (deal.ticket, Arc::clone(deal))));
        for order in &reading.history_orders {
            self.orders
                .entry(order.ticket)
                .or_insert_with(|| (reading.as_of_msc, Arc::clone(order)));
        }
    }

    /// Adds to a reading the history since `since_msc` that it lacks. If that is not known
    /// completely, the reading is marked incomplete: it proves no absence.
    pub fn reach_back(&self, reading: &mut BrokerSnapshot, since_msc: ServerMsc) {
        if self.span.is_none_or(|(from, _)| from > since_msc) {
            reading.complete = false;
            return;
        }
        let told = |deal: &&Arc<Deal>| {
            reading.history_deals.iter().any(|other| other.ticket == deal.ticket)
        };
        let deals: Vec<Arc<Deal>> = self
            .deals
            .values()
            .filter(|deal| deal.time_msc >= since_msc && !told(deal))
            .cloned()
            .collect();
        let told = |order: &&Arc<Order>| {
            reading.history_orders.iter().any(|other| other.ticket == order.ticket)
        };
        let ended = self
            .orders
            .values()
            .filter(|(read_msc, _)| *read_msc >= since_msc)
            .map(|(_, order)| order);
        let orders: Vec<Arc<Order>> = ended.filter(|order| !told(order)).cloned().collect();
        reading.history_deals.splice(..0, deals);
        reading.history_orders.splice(..0, orders);
        reading.history_since_msc = Some(since_msc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Account, MarginMode};
    use crate::domain::amount::{Money, Price, Volume};
    use crate::domain::deal::{DealEntry, DealKind};
    use crate::domain::id::{Magic, SymbolId};
    use crate::domain::order::{Reason, Side};

    fn deal(ticket: u64, time_msc: i64) -> Deal {
        Deal {
            ticket: Ticket(ticket),
            order: Ticket(ticket),
            position: Ticket(ticket),
            symbol: SymbolId(0),
            time_msc: ServerMsc(time_msc),
            kind: DealKind::Trade(Side::Buy),
            entry: DealEntry::In,
            reason: Reason::Expert,
            volume: Volume::from_raw(1),
            price: Price::from_raw(1),
            profit: Money::ZERO,
            commission: Money::ZERO,
            swap: Money::ZERO,
            magic: Magic(0),
            comment: String::new(),
        }
    }

    fn reading(id: u64, as_of_msc: i64, history_deals: Vec<Deal>) -> BrokerSnapshot {
        let account = Account {
            login: 1,
            currency: "USD".into(),
            currency_digits: 2,
            leverage: 500,
            balance: Money::ZERO,
            margin: Money::ZERO,
            trade_allowed: true,
            margin_mode: MarginMode::Hedging,
            server: None,
            margin_call: false,
        };
        BrokerSnapshot {
            id: DataId(id),
            history_since_msc: None,
            as_of_msc: ServerMsc(as_of_msc),
            complete: true,
            account,
            positions: Vec::new(),
            orders: Vec::new(),
            history_orders: Vec::new(),
            history_deals: history_deals.into_iter().map(Arc::new).collect(),
        }
    }

    /// The tickets that a reading of deal 3 since 200 tells when it reaches back to `since_msc`,
    /// and whether it is complete.
    fn check(from_msc: i64, until_msc: i64, since_msc: i64) -> (Vec<u64>, bool) {
        let mut history = ReadHistory::default();
        history.ask(DataId(1), ServerMsc(from_msc));
        history.take(&reading(1, until_msc, vec![deal(1, 110), deal(2, 150)]));
        history.ask(DataId(2), ServerMsc(200));
        let mut last = reading(2, 300, vec![deal(3, 250)]);
        history.take(&last);
        history.reach_back(&mut last, ServerMsc(since_msc));
        (last.history_deals.iter().map(|deal| deal.ticket.0).collect(), last.complete)
    }

    #[test]
    fn a_reading_reaches_back_over_those_before_it_and_over_no_gap() {
        assert_eq!(check(100, 200, 120), (vec![2, 3], true));
        assert_eq!(check(100, 200, 100), (vec![1, 2, 3], true));
        assert_eq!(check(100, 200, 99), (vec![3], false), "nothing was read of that");
        assert_eq!(check(100, 199, 120), (vec![3], false), "nobody read what lies between");
    }
}
