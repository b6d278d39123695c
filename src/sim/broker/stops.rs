//! The stop losses and take profits of one symbol, in price order (MT5 reference 4.1, 4.3). It
//! tells which levels a quote has reached and never closes anything.

use crate::domain::id::Ticket;
use crate::domain::order::{Reason, Side};
use crate::domain::position::Position;
use crate::market::quiet::QuoteBounds;
use crate::sim::broker::levels::{PriceLevels, fallen_to, nearest, risen_to};
use crate::valuation::quotes::Quote;

/// The levels of a symbol's positions.
#[derive(Debug, Default)]
pub struct StopLevels {
    buy_sl: PriceLevels,
    buy_tp: PriceLevels,
    sell_sl: PriceLevels,
    sell_tp: PriceLevels,
}

impl StopLevels {
    /// The nearest levels. A long is compared with Bid, a short with Ask.
    pub fn bounds(&self) -> QuoteBounds {
        nearest(&self.buy_sl, &self.buy_tp, &self.sell_tp, &self.sell_sl)
    }

    /// Watches the levels of `position`.
    pub fn insert(&mut self, position: &Position) {
        let (sl, tp) = self.sides(position.side);
        let fresh_sl = position.sl.is_none_or(|level| sl.insert((level, position.ticket)));
        let fresh_tp = position.tp.is_none_or(|level| tp.insert((level, position.ticket)));
        assert!(fresh_sl && fresh_tp, "a position's levels are watched once");
    }

    /// Forgets the levels of `position`, which must be as they were inserted.
    pub fn remove(&mut self, position: &Position) {
        let (sl, tp) = self.sides(position.side);
        let known_sl = position.sl.is_none_or(|level| sl.remove(&(level, position.ticket)));
        let known_tp = position.tp.is_none_or(|level| tp.remove(&(level, position.ticket)));
        assert!(known_sl && known_tp, "a position's levels were watched");
    }

    const fn sides(&mut self, side: Side) -> (&mut PriceLevels, &mut PriceLevels) {
        match side {
            Side::Buy => (&mut self.buy_sl, &mut self.buy_tp),
            Side::Sell => (&mut self.sell_sl, &mut self.sell_tp),
        }
    }

    /// The positions whose level the quote has reached: stop losses before take profits, each in
    /// ticket order, and each position once (MT5 reference 4.3).
    pub fn reached(&self, quote: Quote) -> Vec<(Ticket, Reason)> {
        let mut losses: Vec<Ticket> =
            fallen_to(&self.buy_sl, quote.bid).chain(risen_to(&self.sell_sl, quote.ask)).collect();
        losses.sort_unstable();
        let mut profits: Vec<Ticket> =
            risen_to(&self.buy_tp, quote.bid).chain(fallen_to(&self.sell_tp, quote.ask)).collect();
        profits.sort_unstable();
        // With a crossed quote or crossed levels, both may be reached.
        profits.retain(|ticket| losses.binary_search(ticket).is_err());
        assert!(
            self.bounds().hold(quote.bid, quote.ask) == (losses.is_empty() && profits.is_empty()),
            "the bounds are the nearest levels"
        );
        let losses = losses.into_iter().map(|ticket| (ticket, Reason::Sl));
        losses.chain(profits.into_iter().map(|ticket| (ticket, Reason::Tp))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{position, price, quote};

    fn watched(positions: &[(u64, Side, &str, &str)]) -> StopLevels {
        let mut stops = StopLevels::default();
        for &(ticket, side, sl, tp) in positions {
            stops.insert(&position(ticket, side, sl, tp));
        }
        stops
    }

    #[test]
    fn a_level_is_reached_by_the_closing_side_alone() {
        for (side, bid, ask, expect) in [
            (Side::Buy, "1.1001", "1.1003", None),
            (Side::Buy, "1.1000", "1.1002", Some(Reason::Sl)),
            (Side::Buy, "1.0990", "1.0992", Some(Reason::Sl)),
            (Side::Buy, "1.1199", "1.1201", None),
            (Side::Buy, "1.1200", "1.1202", Some(Reason::Tp)),
            (Side::Sell, "1.0999", "1.1001", None),
            (Side::Sell, "1.0998", "1.1000", Some(Reason::Tp)),
            (Side::Sell, "1.1199", "1.1200", Some(Reason::Sl)),
        ] {
            let stops = match side {
                Side::Buy => watched(&[(7, side, "1.1", "1.12")]),
                Side::Sell => watched(&[(7, side, "1.12", "1.1")]),
            };
            let quote = quote(bid, ask);
            let expect: Vec<_> = expect.into_iter().map(|reason| (Ticket(7), reason)).collect();
            assert_eq!(stops.reached(quote), expect, "{side:?} {bid}/{ask}");
            assert_eq!(stops.bounds().hold(quote.bid, quote.ask), expect.is_empty());
        }
    }

    #[test]
    fn losses_go_before_profits_and_each_in_ticket_order() {
        let stops = watched(&[
            (9, Side::Buy, "1.2", "1.3"),
            (2, Side::Buy, "1.1", "1.15"),
            (4, Side::Sell, "1.12", "1.05"),
            // Both of its levels are reached: the loss counts.
            (3, Side::Buy, "1.17", "1.15"),
        ]);
        let reached = stops.reached(quote("1.16", "1.16"));
        let expect = [(3, Reason::Sl), (4, Reason::Sl), (9, Reason::Sl), (2, Reason::Tp)];
        assert_eq!(reached, expect.map(|(ticket, reason)| (Ticket(ticket), reason)));
    }

    #[test]
    fn what_is_removed_is_not_reached() {
        let mut stops = watched(&[(2, Side::Buy, "1.1", "1.3"), (3, Side::Buy, "1.05", "0")]);
        stops.remove(&position(2, Side::Buy, "1.1", "1.3"));
        assert!(stops.bounds().hold(price("1.1"), price("1.1")));
        assert_eq!(stops.bounds().bid_low, price("1.05"));
        stops.remove(&position(3, Side::Buy, "1.05", "0"));
        assert!(stops.bounds().hold(price("0.00001"), price("9")));
    }
}
