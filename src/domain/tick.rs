//! A tick: one change of a quote, at the server's time.

use crate::domain::amount::{Points, Price};
use crate::domain::id::SymbolId;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// What changed in a tick: MT5's bits BID 2, ASK 4, LAST 8, VOLUME 16, BUY 32, SELL 64; and 128, which MT5 does not
/// document and terminals set on the ticks that count in a bar's tick volume. Measured on a week of EURUSD: of the
/// 292,682 ticks that begin a minute or change Bid all but one have it, no other has it, and the terminal's own bar of
/// that minute counts one tick fewer, too. Higher bits are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TickFlags(u8);

impl TickFlags {
    /// Bid and Ask changed.
    pub const QUOTE: Self = Self(6);

    /// Bid and Ask are stated, and the tick counts for the bar even where Bid stays.
    pub const COUNTED: Self = Self(0x80 | 6);

    /// MT5's flags, the documented bits and 128.
    #[must_use]
    pub const fn from_mt5(bits: u32) -> Self {
        Self((bits & 0xff) as u8)
    }

    /// The bits as MT5 numbers them.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The bits that MT5 documents: what changed.
    #[must_use]
    pub const fn documented(self) -> Self {
        Self(self.0 & 0x7f)
    }

    /// Whether the tick is marked as one that counts for the bar.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        self.0 >> 7 == 1
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
