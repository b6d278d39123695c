//! A bar: what a stretch of ticks came to.

use crate::domain::amount::{Points, Price};
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// A bar of Bid prices (executor 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Open time by the server's clock.
    pub time_msc: ServerMsc,
    /// First Bid.
    pub open: Price,
    /// Highest Bid.
    pub high: Price,
    /// Lowest Bid.
    pub low: Price,
    /// Last Bid.
    pub close: Price,
    /// In each minute 1 + the changes of Bid inside it (and ticks marked as counted), summed over the bar.
    pub tick_volume: u64,
    /// Smallest spread, in points.
    pub spread: Points,
    /// Volume of deals, 0 where there is none (Forex).
    pub real_volume: u64,
}

impl Bar {
    /// The bar that a first tick begins.
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

    /// Takes a later bar of a shorter timeframe into this one: first, max, min, last, sums, smallest spread.
    pub fn absorb(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.tick_volume += later.tick_volume;
        self.spread = self.spread.min(later.spread);
        self.real_volume += later.real_volume;
    }
}

/// Up to which tick something is known: a time, and how many ticks of that millisecond are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct TickCursor {
    /// The time of the last tick.
    pub time_msc: ServerMsc,
    /// How many ticks of that millisecond.
    pub count: u32,
}

impl TickCursor {
    /// The cursor after one more tick, at `time_msc`.
    #[must_use]
    pub fn after(self, time_msc: ServerMsc) -> Self {
        let count = if time_msc == self.time_msc { self.count + 1 } else { 1 };
        Self { time_msc, count }
    }
}
