//! Prices at which something happens at the server, in price order, so that a quiet tick costs four
//! comparisons however many there are. What happens at a level is up to its owner.

use crate::domain::amount::Price;
use crate::domain::id::Ticket;
use crate::sim::broker::quotes::Quote;
use std::collections::BTreeSet;

/// Below every price, and above every price: the bounds of an empty set.
const LOWEST: Price = Price::from_raw(i64::MIN);
const HIGHEST: Price = Price::from_raw(i64::MAX);

/// Levels in price order, and by ticket at the same price.
pub type PriceLevels = BTreeSet<(Price, Ticket)>;

/// The nearest levels on each side of Bid and Ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteBounds {
    /// Bid must stay above this.
    pub bid_low: Price,
    /// Bid must stay below this.
    pub bid_high: Price,
    /// Ask must stay above this.
    pub ask_low: Price,
    /// Ask must stay below this.
    pub ask_high: Price,
}

impl QuoteBounds {
    /// No levels.
    pub const UNBOUNDED: Self =
        Self { bid_low: LOWEST, bid_high: HIGHEST, ask_low: LOWEST, ask_high: HIGHEST };

    /// No quote is within them.
    pub const NONE: Self =
        Self { bid_low: HIGHEST, bid_high: LOWEST, ask_low: HIGHEST, ask_high: LOWEST };

    /// The nearest levels of four sets: those reached when Bid falls, when it rises, when Ask
    /// falls, and when it rises.
    pub fn of(
        bid_falls: &PriceLevels,
        bid_rises: &PriceLevels,
        ask_falls: &PriceLevels,
        ask_rises: &PriceLevels,
    ) -> Self {
        let price = |level: Option<&(Price, Ticket)>, none| level.map_or(none, |level| level.0);
        Self {
            bid_low: price(bid_falls.last(), LOWEST),
            bid_high: price(bid_rises.first(), HIGHEST),
            ask_low: price(ask_falls.last(), LOWEST),
            ask_high: price(ask_rises.first(), HIGHEST),
        }
    }

    /// Whether no level is reached: a level is reached by the quote that equals it.
    #[inline]
    pub const fn quiet(self, quote: Quote) -> bool {
        let (bid, ask) = (quote.bid.raw(), quote.ask.raw());
        (bid > self.bid_low.raw())
            & (bid < self.bid_high.raw())
            & (ask < self.ask_high.raw())
            & (ask > self.ask_low.raw())
    }

    /// The tighter of these bounds and `other`.
    pub fn tightened(self, other: Self) -> Self {
        Self {
            bid_low: self.bid_low.max(other.bid_low),
            bid_high: self.bid_high.min(other.bid_high),
            ask_low: self.ask_low.max(other.ask_low),
            ask_high: self.ask_high.min(other.ask_high),
        }
    }
}

/// Tickets of the levels that a price has fallen to.
pub fn fallen_to(levels: &PriceLevels, price: Price) -> impl Iterator<Item = Ticket> {
    levels.iter().rev().take_while(move |level| price <= level.0).map(|level| level.1)
}

/// Tickets of the levels that a price has risen to.
pub fn risen_to(levels: &PriceLevels, price: Price) -> impl Iterator<Item = Ticket> {
    levels.iter().take_while(move |level| price >= level.0).map(|level| level.1)
}
