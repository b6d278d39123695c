//! A tick: one change of a quote, at the server's time.

use crate::domain::amount::{Points, Price};
use crate::domain::id::SymbolId;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// What changed in a tick: MT5's bits BID 2, ASK 4, LAST 8, VOLUME 16, BUY 32, SELL 64. Terminals set undocumented
/// bits too (128 stands on ticks that count for the bar); only these seven are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TickFlags(u8);

impl TickFlags {
    /// Bid and Ask changed.
    pub const QUOTE: Self = Self(6);

    /// The documented bits of MT5's flags.
    #[must_use]
    pub const fn from_mt5(bits: u32) -> Self {
        Self((bits & 0x7f) as u8)
    }

    /// The bits as MT5 numbers them.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// One tick. Every tick carries all last-known values; the flags say what changed (MT5 reference 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tick {
    /// The server's wall clock in milliseconds.
    pub time_msc: ServerMsc,
    /// What a seller gets.
    pub bid: Price,
    /// What a buyer pays.
    pub ask: Price,
    /// The last deal's price, zero where there is none (Forex).
    pub last: Price,
    /// The last deal's volume in whole units, zero where there is none.
    pub volume: u32,
    /// Whose tick.
    pub symbol: SymbolId,
    /// What changed.
    pub flags: TickFlags,
}

impl Tick {
    /// The spread in points of `point`; negative when the quote is crossed.
    ///
    /// # Panics
    /// If `point` is zero.
    #[must_use]
    pub const fn spread(&self, point: Price) -> Points {
        Points((self.ask.raw() - self.bid.raw()) / point.raw())
    }
}
