//! The pending orders of one symbol, in the order of their trigger prices (MT5 reference 4.1). It
//! tells which of them a quote has reached and never activates one.

use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderKind, Side};
use crate::market::quiet::QuoteBounds;
use crate::sim::broker::levels::{PriceLevels, fallen_to, nearest, risen_to};
use crate::valuation::quotes::Quote;

/// The trigger prices of a symbol's pending orders.
#[derive(Debug, Default)]
pub struct Pendings {
    /// Buy limits, triggered when Ask falls to them.
    ask_falls: PriceLevels,
    /// Buy stops and buy stop-limits, triggered when Ask rises to them.
    ask_rises: PriceLevels,
    /// Sell stops and sell stop-limits, triggered when Bid falls to them.
    bid_falls: PriceLevels,
    /// Sell limits, triggered when Bid rises to them.
    bid_rises: PriceLevels,
}

impl Pendings {
    /// The nearest prices.
    pub fn bounds(&self) -> QuoteBounds {
        nearest(&self.bid_falls, &self.bid_rises, &self.ask_falls, &self.ask_rises)
    }

    /// Watches the price of `order`.
    ///
    /// # Panics
    /// If it is not a pending order, or is watched already.
    pub fn insert(&mut self, order: &Order) {
        let level = (order.price.expect("a pending order has a price"), order.ticket);
        let fresh = self.levels(order.kind).insert(level);
        assert!(fresh, "a pending order is watched once");
    }

    /// Forgets `order`, which must be as it was inserted.
    ///
    /// # Panics
    /// If it is not watched.
    pub fn remove(&mut self, order: &Order) {
        let level = (order.price.expect("a pending order has a price"), order.ticket);
        let known = self.levels(order.kind).remove(&level);
        assert!(known, "a pending order is watched as long as it works");
    }

    fn levels(&mut self, kind: OrderKind) -> &mut PriceLevels {
        match kind {
            OrderKind::Limit(Side::Buy) => &mut self.ask_falls,
            OrderKind::Limit(Side::Sell) => &mut self.bid_rises,
            OrderKind::Stop(Side::Buy) | OrderKind::StopLimit(Side::Buy) => &mut self.ask_rises,
            OrderKind::Stop(Side::Sell) | OrderKind::StopLimit(Side::Sell) => &mut self.bid_falls,
            OrderKind::Market(_) | OrderKind::CloseBy => {
                unreachable!("only pending orders wait for a price")
            }
        }
    }

    /// The orders whose price the quote has reached, in ticket order.
    pub fn reached(&self, quote: Quote) -> Vec<Ticket> {
        let by_ask =
            fallen_to(&self.ask_falls, quote.ask).chain(risen_to(&self.ask_rises, quote.ask));
        let by_bid =
            fallen_to(&self.bid_falls, quote.bid).chain(risen_to(&self.bid_rises, quote.bid));
        let mut reached: Vec<Ticket> = by_ask.chain(by_bid).collect();
        reached.sort_unstable();
        assert!(
            self.bounds().hold(quote.bid, quote.ask) == reached.is_empty(),
            "the bounds are the nearest prices"
        );
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::PendingKind;
    use crate::sim::broker::testing::{pending, quote};

    #[test]
    fn limits_wait_for_a_better_price_and_stops_for_a_worse_one() {
        use {
            PendingKind::Limit, PendingKind::Stop, PendingKind::StopLimit, Side::Buy, Side::Sell,
        };
        for (kind, side, bid, ask, expect) in [
            (Limit, Buy, "1.0999", "1.1001", false),
            (Limit, Buy, "1.0998", "1.1000", true),
            (Limit, Sell, "1.0999", "1.1001", false),
            (Limit, Sell, "1.1000", "1.1002", true),
            (Stop, Buy, "1.0997", "1.0999", false),
            (Stop, Buy, "1.0998", "1.1000", true),
            (StopLimit, Buy, "1.2", "1.2", true),
            (Stop, Sell, "1.1001", "1.1003", false),
            (Stop, Sell, "1.1000", "1.1002", true),
            (StopLimit, Sell, "1.0", "1.0", true),
        ] {
            let (mut pendings, order) = (Pendings::default(), pending(7, kind, side, "1.1"));
            pendings.insert(&order);
            assert_eq!(
                pendings.reached(quote(bid, ask)).len(),
                usize::from(expect),
                "{kind:?} {side:?} {bid}/{ask}"
            );
            pendings.remove(&order);
            assert!(pendings.reached(quote(bid, ask)).is_empty());
        }
    }

    #[test]
    fn what_is_reached_comes_by_ticket() {
        let mut pendings = Pendings::default();
        for (ticket, kind, side, at) in [
            (9, PendingKind::Limit, Side::Buy, "1.2"),
            (4, PendingKind::Stop, Side::Buy, "1.1"),
            (6, PendingKind::Limit, Side::Sell, "1.0"),
            (5, PendingKind::Limit, Side::Sell, "1.3"),
        ] {
            pendings.insert(&pending(ticket, kind, side, at));
        }
        assert_eq!(pendings.reached(quote("1.15", "1.15")), [4, 6, 9].map(Ticket));
    }
}
