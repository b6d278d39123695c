//! The path of a bar: the order in which it reaches its prices.
//!
//! A rising bar goes to its low first and then to its high, a falling one to its high first.
//! MetaQuotes' help on tick generation shows this for the every-tick model. That it also holds in
//! the OHLC model follows from a real report of longs: 117 of 127 stop losses and 47 of 52 take
//! profits were filled by the third tick of their minute, as they must be when a bar that falls
//! onto a stop has its low second. A doji takes the direction opposite to that of the bar before
//! it.

use crate::domain::amount::Price;
use crate::market::bar::Bar;

/// The direction of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarDirection {
    /// The bar closes above its open.
    Rising,
    /// The bar closes below its open.
    Falling,
}

impl BarDirection {
    /// The direction of `bar` after one with the direction `before`.
    pub const fn of(bar: &Bar, before: Self) -> Self {
        let (open, close) = (bar.open.raw(), bar.close.raw());
        match before {
            _ if close > open => Self::Rising,
            _ if close < open => Self::Falling,
            Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
        }
    }
}

/// The four prices of a bar in the order in which they are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarPath {
    /// The first Bid.
    pub open: Price,
    /// The end of the opening shadow: the low of a rising bar, the high of a falling one.
    pub first: Price,
    /// The other extreme.
    pub second: Price,
    /// The last Bid.
    pub close: Price,
}

impl BarPath {
    /// The path of a bar.
    ///
    /// # Panics
    /// If the bar's prices contradict each other: readers refuse such bars.
    pub fn of(bar: &Bar, direction: BarDirection) -> Self {
        let Bar { open, high, low, close, .. } = *bar;
        assert!(
            low <= open.min(close) && high >= open.max(close),
            "a bar's open and close lie between its low and high"
        );
        let (first, second) = match direction {
            BarDirection::Rising => (low, high),
            BarDirection::Falling => (high, low),
        };
        Self { open, first, second, close }
    }

    /// The three legs of the path: the opening shadow, from extreme to extreme, the closing shadow.
    pub const fn legs(&self) -> [(Price, Price); 3] {
        [(self.open, self.first), (self.first, self.second), (self.second, self.close)]
    }
}
