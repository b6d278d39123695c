//! A bar: open, high, low, close, volume and spread of the ticks in one span of time.

use crate::domain::amount::{Points, Price};
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::run::Run;
use serde::{Deserialize, Serialize};

/// A bar of Bid prices, as MT5 draws them for Forex (executor 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// The start of the bar's span by the server's clock, which may be before its first tick.
    pub time_msc: ServerMsc,
    /// The first Bid.
    pub open: Price,
    /// The highest Bid.
    pub high: Price,
    /// The lowest Bid.
    pub low: Price,
    /// The last Bid.
    pub close: Price,
    /// The number of counted ticks, summed over the bar's minutes. In each minute it is 1 plus the
    /// number of changes of Bid (and of ticks marked as counted).
    pub tick_volume: u64,
    /// The smallest spread, in points.
    pub spread: Points,
    /// The volume of deals; 0 when there is none (Forex).
    pub real_volume: u64,
}

impl Bar {
    /// The bar that starts with `tick`; `point` is the size of the symbol's point, in which the
    /// spread is counted.
    #[must_use]
    pub const fn first(open_time_msc: ServerMsc, tick: &Tick, point: Price) -> Self {
        Self {
            time_msc: open_time_msc,
            open: tick.bid,
            high: tick.bid,
            low: tick.bid,
            close: tick.bid,
            tick_volume: 1,
            spread: tick.spread(point),
            real_volume: 0,
        }
    }

    /// Merges a later bar of a shorter timeframe into this one: first open, highest high, lowest
    /// low, last close, summed volumes, smallest spread.
    pub fn absorb(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.tick_volume += later.tick_volume;
        self.spread = self.spread.min(later.spread);
        self.real_volume += later.real_volume;
    }
}

/// A position in a stream of ticks: the time of the last tick included, and how many ticks of that
/// millisecond are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct TickCursor {
    /// The server time of the last tick.
    pub time_msc: ServerMsc,
    /// The number of ticks of that millisecond, because several may have the same time.
    pub count: u32,
}

impl TickCursor {
    /// The cursor after one more tick at `time_msc`.
    #[must_use]
    pub fn after(self, time_msc: ServerMsc) -> Self {
        let count = if time_msc == self.time_msc { self.count + 1 } else { 1 };
        Self { time_msc, count }
    }

    /// The cursor after a run.
    #[must_use]
    #[inline]
    pub fn after_run(self, run: &Run<'_>) -> Self {
        let (_, time_msc) = run.span_msc();
        let of_last_msc = run.count_of_last_msc();
        // Only a run within one millisecond can go on counting.
        let goes_on = time_msc == self.time_msc && run.first().time_msc == time_msc;
        let before = if goes_on { self.count } else { 0 };
        Self { time_msc, count: before + of_last_msc }
    }
}
