//! A bar as four ticks: 1-minute OHLC and open prices.
//!
//! OHLC: at the open, after one third, after two thirds, and in the last second. The thirds are
//! measured: the stops of the real report fall on 0, 20 and 40 s of their minutes and nowhere else.
//! The time of the Close cannot be seen in a report, because every level that it could reach has
//! been reached before; the last second is our choice.
//!
//! Open prices: the Open at the bar's open, the rest in the bar's last three milliseconds, where
//! they only serve to check stops. MT5 hides those ticks from an expert and shows it only bar
//! opens. Nothing needs to be hidden here. The executor evaluates closed bars only, on the first
//! tick of the next bar, which is its Open. Whatever else falls inside the bar (a command, a
//! request under way) finds the Open as the current quote.

use crate::domain::amount::Price;
use crate::sim::model::bar_path::BarPath;

const SECOND_MS: i64 = 1_000;

/// The four ticks of a bar.
#[derive(Debug)]
pub struct OhlcTicks {
    prices: [Price; 4],
    /// The times of the ticks, in milliseconds after the open.
    after_ms: [i64; 4],
}

impl OhlcTicks {
    /// The number of ticks.
    pub const TICKS: u64 = 4;

    /// 1-minute OHLC.
    pub const fn spread_out(path: &BarPath, span_ms: i64) -> Self {
        Self::new(path, [0, span_ms / 3, 2 * (span_ms / 3), span_ms - SECOND_MS])
    }

    /// Open prices.
    pub const fn at_the_end(path: &BarPath, span_ms: i64) -> Self {
        Self::new(path, [0, span_ms - 3, span_ms - 2, span_ms - 1])
    }

    const fn new(path: &BarPath, after_ms: [i64; 4]) -> Self {
        Self { prices: [path.open, path.first, path.second, path.close], after_ms }
    }

    /// The time of a tick after the open, in milliseconds, and its Bid.
    ///
    /// # Panics
    /// If `place` is not below 4.
    pub fn at(&self, place: u64) -> (i64, Price) {
        let place = usize::try_from(place).expect("a bar has four such ticks");
        (self.after_ms[place], self.prices[place])
    }
}
