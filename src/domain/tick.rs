//! A tick: one change of a quote, at the server's time.

use crate::domain::amount::{Points, Price};
use crate::domain::id::SymbolId;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// What changed in a tick: MT5's bits BID 2, ASK 4, LAST 8, VOLUME 16, BUY 32, SELL 64, and bit
/// 128, which MT5 does not document. Terminals set it on the ticks that count in a bar's tick
/// volume. Measured on a week of EURUSD: 292,682 ticks begin a minute or change Bid. All but one of
/// them have the bit, and no other tick has it; the terminal's own bar of that one minute also
/// counts one tick fewer. Higher bits are not kept.
///
/// ```
/// use tickdeck::domain::tick::TickFlags;
/// // Bid 2, Ask 4, and the mark of a tick that counts.
/// let flags = TickFlags::from_mt5(2 + 4 + 128);
/// assert!(flags.is_counted());
/// assert_eq!(flags.documented(), TickFlags::QUOTE);
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TickFlags(u8);

impl TickFlags {
    /// Bid and Ask changed: MT5's bits 2 and 4.
    pub const QUOTE: Self = Self(6);

    /// Bid and Ask changed, and the tick is marked as counted in its bar's tick volume, even when
    /// Bid did not move.
    pub const COUNTED: Self = Self(0x80 | 6);

    /// Reads MT5's flags: the documented bits and 128. Higher bits are dropped.
    #[must_use]
    pub const fn from_mt5(bits: u32) -> Self {
        Self((bits & 0xff) as u8)
    }

    /// The bits as MT5 numbers them.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The flags without 128: the bits that MT5 documents, which say what changed.
    #[must_use]
    pub const fn documented(self) -> Self {
        Self(self.0 & 0x7f)
    }

    /// Whether the tick is marked as counted in its bar's tick volume (bit 128).
    #[must_use]
    pub const fn is_counted(self) -> bool {
        self.0 >> 7 == 1
    }
}

/// One tick. Every tick carries all last-known values; the flags say what changed (MT5 reference
/// 1.5).
///
/// ```
/// use tickdeck::domain::amount::Points;
/// use tickdeck::domain::tick::Tick;
/// let tick = Tick { bid: "1.17000".parse()?, ask: "1.17007".parse()?, ..Tick::default() };
/// assert_eq!(tick.spread("0.00001".parse()?), Points(7));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tick {
    /// When the quote changed, by the server's clock.
    pub time_msc: ServerMsc,
    /// The price at which one can sell.
    pub bid: Price,
    /// The price at which one can buy.
    pub ask: Price,
    /// The price of the last deal; zero when there is none (Forex).
    pub last: Price,
    /// The volume of the last deal in whole units; zero when there is none.
    pub volume: u32,
    /// The symbol the tick belongs to, as its index in the session.
    pub symbol: SymbolId,
    /// Which of the values changed in this tick.
    pub flags: TickFlags,
}

impl Tick {
    /// Ask minus Bid in units of `point`, the size of the symbol's point, rounded towards zero;
    /// negative when the quote is crossed.
    ///
    /// # Panics
    /// If `point` is zero.
    #[must_use]
    pub const fn spread(&self, point: Price) -> Points {
        Points((self.ask.raw() - self.bid.raw()) / point.raw())
    }

    /// Whether it has a Bid and an Ask. MT5 sends zeros when the book is empty (MT5 reference 1.5): that is no
    /// price, and no bar is made of it.
    #[inline]
    #[must_use]
    pub const fn has_quotes(&self) -> bool {
        self.bid.raw() > 0 && self.ask.raw() > 0
    }
}
