//! What the executor knows about a symbol: its specification, its last quote, and which of its
//! ticks are believable.

use crate::domain::amount::Price;
use crate::domain::flaw::{Checked, Flaw, must};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::bounds::{Bounds, count_short};
use crate::executor::event::{SERVER_MSC_MAX, is_price};
use crate::executor::triggers::Triggers;
use crate::market::bar::TickCursor;
use crate::market::quiet::QuoteBounds;
use serde::{Deserialize, Serialize};

/// How much further a tick may move on than the time that has passed since the last one: clocks are
/// set, and news is delayed.
const AHEAD_MS: i64 = 2 * 3_600_000;
/// A time that is too far ahead is believed once nothing else has come for this long.
const DOUBT_MS: u64 = 60_000;

/// The time after an impossible tick in which nothing is entered and no alert about the next one is
/// raised, in milliseconds.
const FLAWED_MS: u64 = 60_000;

/// Quotes beyond which the account is weighed. They follow from the rest of a state, and do not count
/// when states are compared.
#[derive(Debug, Clone, Copy)]
pub struct WatchedQuotes(pub QuoteBounds);

impl Default for WatchedQuotes {
    fn default() -> Self {
        Self(QuoteBounds::UNBOUNDED)
    }
}

impl PartialEq for WatchedQuotes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is known about a symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SymbolState {
    /// The broker's name of the symbol.
    pub name: String,
    /// The last sound specification; none until the broker sends one.
    pub spec: Option<SymbolSpec>,
    /// The last Bid; zero before the first quote.
    pub bid: Price,
    /// The last Ask; zero before the first quote.
    pub ask: Price,
    /// The last tick that was taken.
    pub cursor: TickCursor,
    /// When that tick came, by the executor's time.
    pub heard_at: Option<Timestamp>,
    /// The indices of its feeds that are in use.
    pub feeds: Vec<u16>,
    /// Whether a goal waits for the next quote.
    pub awaited: bool,
    /// Where something is to be done about open positions.
    #[serde(skip)]
    pub triggers: Triggers,
    /// Beyond these quotes the account is weighed.
    #[serde(skip)]
    pub watched: WatchedQuotes,
    /// Whether the broker has sent its specification since the process started, so that its quotes
    /// come.
    pub subscribed: bool,
    /// Whether the last reported specification makes no sense. No entries are made until a sound
    /// one comes.
    pub unsound: bool,
    /// When the last impossible tick came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flawed_at: Option<Timestamp>,
    /// A server time that was too far ahead to be believed, and when it came. Nothing believable
    /// has come since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubted: Option<(ServerMsc, Timestamp)>,
}

impl SymbolState {
    /// A symbol of which only the name is known.
    pub const fn new(name: String) -> Self {
        let cursor = TickCursor { time_msc: ServerMsc(0), count: 0 };
        Self {
            name,
            spec: None,
            bid: Price::ZERO,
            ask: Price::ZERO,
            cursor,
            heard_at: None,
            feeds: Vec::new(),
            awaited: false,
            triggers: Triggers::NONE,
            watched: WatchedQuotes(QuoteBounds::UNBOUNDED),
            subscribed: false,
            unsound: false,
            flawed_at: None,
            doubted: None,
        }
    }

    /// Whether no tick of the symbol has come, in this process or in those that wrote its state.
    pub const fn is_unheard(&self) -> bool {
        self.heard_at.is_none()
    }

    /// The latest time that is not far ahead of the last tick's.
    #[inline]
    pub const fn latest(&self) -> ServerMsc {
        ServerMsc(self.cursor.time_msc.0.wrapping_add(AHEAD_MS))
    }

    /// Whether a time that is far ahead of the last tick's can be believed: it is the first, or as
    /// much time has passed, or no other time has come for a while. A wrong time, once accepted,
    /// would keep every bar from closing until then.
    pub fn is_believable(&mut self, time_msc: ServerMsc, now: Timestamp) -> bool {
        let Some(heard) = self.heard_at else { return true };
        let passed_ms = (now.nanos() - heard.nanos()) / 1_000_000;
        if time_msc.0 - self.cursor.time_msc.0 <= passed_ms + AHEAD_MS {
            return true;
        }
        let doubted = self.doubted.filter(|(doubted, at)| *at >= heard && *doubted <= time_msc);
        let (_, since) = *self.doubted.insert(doubted.unwrap_or((time_msc, now)));
        now >= since.plus_ms(DOUBT_MS)
    }

    /// Forgets the quote until the next one comes.
    pub const fn forget_quote(&mut self) {
        (self.bid, self.ask) = (Price::ZERO, Price::ZERO);
    }

    /// Whether an impossible tick came less than [`FLAWED_MS`] ago.
    pub fn is_flawed(&self, now: Timestamp) -> bool {
        self.flawed_at.is_some_and(|told| now < told.plus_ms(FLAWED_MS))
    }

    /// Specification and quote, when both are known.
    pub fn quoted(&self) -> Option<(&SymbolSpec, Price, Price)> {
        let spec = self.spec.as_ref()?;
        (self.bid > Price::ZERO && self.ask > Price::ZERO).then_some((spec, self.bid, self.ask))
    }
}

impl SymbolState {
    /// Checks a symbol's state that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        if let Some(flaw) = self.spec.as_ref().and_then(|spec| spec.flaw()) {
            return Err(Flaw::of("spec", flaw));
        }
        must(is_price(self.bid), "bid", "is no quote")?;
        must(is_price(self.ask), "ask", "is no quote")?;
        check_cursor("cursor", self.cursor)?;
        bounds.past("heard_at", self.heard_at)?;
        bounds.past("flawed_at", self.flawed_at)?;
        bounds.past("doubted", self.doubted.map(|(_, at)| at))?;
        self.feeds.iter().try_for_each(|&feed| bounds.feed("feeds", feed))?;
        must(
            (1..self.feeds.len()).all(|place| !self.feeds[..place].contains(&self.feeds[place])),
            "feeds",
            "name one twice",
        )
    }
}

/// Checks a cursor that was read.
///
/// # Errors
/// A flaw of `path`.
pub fn check_cursor(path: &str, cursor: TickCursor) -> Checked {
    must(cursor.time_msc.0 < SERVER_MSC_MAX, path, "is beyond the year 3084")?;
    count_short(path, cursor.count)
}
