//! The bounds of what a state may hold, for the checks of its parts.

use crate::domain::amount::Volume;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::SymbolId;
use crate::domain::time::Timestamp;

/// No real count gets near this number, and it is far from the limit of the type.
const COUNT_MOST: u64 = 1 << 62;
const COUNT_MOST_SHORT: u32 = 1 << 30;
/// Volumes below this can be summed up.
const VOLUME_RAW_MOST: i64 = 1 << 60;

/// Far more filling modes than any symbol has.
pub const FILLINGS_MAX: usize = 64;

/// Limits that follow from other parts of the state.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The time of the state. Nothing in it happened later.
    pub now: Timestamp,
    /// The number of events so far.
    pub step: u64,
    /// The number of symbols.
    pub symbols: usize,
    /// The number of feeds.
    pub feeds: usize,
}

impl Bounds {
    /// Checks the time of something that has happened.
    pub fn past(&self, path: &str, at: impl Into<Option<Timestamp>>) -> Checked {
        let now = self.now;
        must(
            at.into().is_none_or(|at| at <= now),
            path,
            &format!("must not be after the state's own moment, {now}"),
        )
    }

    /// Checks the step in which something happened.
    pub fn step(&self, path: &str, step: impl Into<Option<u64>>) -> Checked {
        let own = self.step;
        must(
            step.into().is_none_or(|step| step <= own),
            path,
            &format!("must not be after the state's own step, {own}"),
        )
    }

    /// Checks a symbol's index.
    pub fn symbol(&self, path: &str, symbol: SymbolId) -> Checked {
        must(
            symbol.index() < self.symbols,
            path,
            &format!("must be below {}: there are no more symbols", self.symbols),
        )
    }

    /// Checks a feed's index.
    pub fn feed(&self, path: &str, feed: u16) -> Checked {
        must(
            usize::from(feed) < self.feeds,
            path,
            &format!("must be below {}: there are no more feeds", self.feeds),
        )
    }
}

/// Checks a counter.
pub fn count(path: &str, number: u64) -> Checked {
    must(number < COUNT_MOST, path, "is beyond what can be counted")
}

/// Checks a counter of 32 bits.
pub fn count_short(path: &str, number: u32) -> Checked {
    must(number < COUNT_MOST_SHORT, path, "is beyond what can be counted")
}

/// Checks a volume to which others are added.
pub fn volume(path: &str, volume: Volume) -> Checked {
    must((0..VOLUME_RAW_MOST).contains(&volume.raw()), path, "must be a volume, 0 or more")
}
