//! At which quotes, and from which time on, something is to be done about the open positions of a
//! symbol ([`manage`](super::manage)).

use crate::domain::amount::Price;
use crate::domain::order::Side;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::quiet::{Quiet, QuoteBounds};

/// Where something is to be done about open positions of a symbol: nothing within, something at
/// these quotes and from this time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triggers(Quiet);

impl Default for Triggers {
    fn default() -> Self {
        Self::NONE
    }
}

impl Triggers {
    /// Nothing is to be done at any quote.
    pub const NONE: Self = Self(Quiet::EVER);

    /// Whether a tick reaches one of them.
    #[inline]
    pub const fn are_reached(&self, tick: &Tick) -> bool {
        tick.time_msc.0 >= self.0.until.0 || !self.0.quotes.hold(tick.bid, tick.ask)
    }

    /// How far none of them is reached.
    #[inline]
    pub const fn quiet(&self) -> Quiet {
        self.0
    }

    /// Something is to be done once a position of `side` could be closed at `price` or better.
    pub fn gain(&mut self, side: Side, price: Price) {
        let quotes = match side {
            Side::Buy => QuoteBounds { bid_high: price, ..QuoteBounds::UNBOUNDED },
            Side::Sell => QuoteBounds { ask_low: price, ..QuoteBounds::UNBOUNDED },
        };
        self.0.quotes = self.0.quotes.tightened(quotes);
    }

    /// Something is to be done once it could be closed at `price` or worse only.
    pub fn loss(&mut self, side: Side, price: Price) {
        let quotes = match side {
            Side::Buy => QuoteBounds { bid_low: price, ..QuoteBounds::UNBOUNDED },
            Side::Sell => QuoteBounds { ask_high: price, ..QuoteBounds::UNBOUNDED },
        };
        self.0.quotes = self.0.quotes.tightened(quotes);
    }

    pub fn begin(&mut self, time_msc: ServerMsc) {
        self.0.until = self.0.until.min(time_msc);
    }
}
