//! A line of the journal: sixteen digits, a space, and a step as JSON.
//!
//! The digits are of a hash over the digits of the line before and this line's text, so that a line that was
//! torn, lost or moved ends what can be read.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::recording::lines::InputLine;
use serde::{Deserialize, Serialize};

/// The number of digits of a link.
pub const LINK_DIGITS: usize = 16;

/// The hash that links a line to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepLink(u64);

impl StepLink {
    /// The link of the line after this one, with this text.
    #[must_use]
    pub fn after(self, text: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.to_le_bytes());
        hasher.update(text);
        let hash = hasher.finalize();
        let first = hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
        Self(u64::from_le_bytes(*first))
    }

    /// The link that a line's digits tell.
    #[must_use]
    pub fn told(digits: &[u8]) -> Option<Self> {
        let digits = std::str::from_utf8(digits).ok().filter(|it| it.len() == LINK_DIGITS)?;
        u64::from_str_radix(digits, 16).ok().map(Self)
    }

    /// The digits of a line.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepLine {
    /// What came; one of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputLine>,
    /// A tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick: Option<TickLine>,
    /// The actions, without notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// How many of the steps before were durable when this one was written, where that were more than were told
    /// before: whatever tore the end off, they are not of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable: Option<u64>,
}

/// A tick: its number, when it came, its symbol, its time, Bid, Ask, last price, volume and flags. Prices are
/// whole numbers of 10⁻⁹.
pub type TickLine = (u64, Timestamp, SymbolId, ServerMsc, i64, i64, i64, u32, TickFlags);

/// The line of a tick.
#[must_use]
pub const fn tick_line(input_seq: u64, at: Timestamp, tick: &Tick) -> TickLine {
    let Tick { time_msc, bid, ask, last, volume, symbol, flags } = *tick;
    (input_seq, at, symbol, time_msc, bid.raw(), ask.raw(), last.raw(), volume, flags)
}

/// The tick of a line.
#[must_use]
pub const fn tick_event(line: &TickLine) -> (u64, Timestamp, Event) {
    let (input_seq, at, symbol, time_msc, bid, ask, last, volume, flags) = *line;
    let tick = Tick {
        time_msc,
        bid: Price::from_raw(bid),
        ask: Price::from_raw(ask),
        last: Price::from_raw(last),
        volume,
        symbol,
        flags,
    };
    (input_seq, at, Event::Tick(tick))
}
