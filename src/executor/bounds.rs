//! The bounds of what a state may hold, for the checks of its parts.

use crate::domain::amount::Volume;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::SymbolId;
use crate::domain::time::Timestamp;

/// More of anything that is counted than there ever was, and far from what the counter holds.
const COUNT_MOST: u64 = 1 << 62;
const COUNT_MOST_SHORT: u32 = 1 << 30;
/// Volumes below this add up.
const VOLUME_RAW_MOST: i64 = 1 << 60;

/// Far more filling modes than a symbol takes.
pub const FILLINGS_MAX: usize = 64;

/// What other parts of the state allow.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The moment of the state: nothing in it happened later.
    pub now: Timestamp,
    /// Events so far.
    pub step: u64,
    /// Symbols that there are.
    pub symbols: usize,
    /// Feeds that there are.
    pub feeds: usize,
}

impl Bounds {
    /// Something that has happened.
    pub fn past(&self, path: &str, at: impl Into<Option<Timestamp>>) -> Checked {
        let now = self.now;
        must(at.into().is_none_or(|at| at <= now), path, &format!("must not be after the state's own moment, {now}"))
    }

    /// The step in which something happened.
    pub fn step(&self, path: &str, step: impl Into<Option<u64>>) -> Checked {
        let own = self.step;
        must(step.into().is_none_or(|step| step <= own), path, &format!("must not be after the state's own step, {own}"))
    }

    /// A symbol's place.
    pub fn symbol(&self, path: &str, symbol: SymbolId) -> Checked {
        must(symbol.index() < self.symbols, path, &format!("must be below {}: there are no more symbols", self.symbols))
    }

    /// A feed's place.
    pub fn feed(&self, path: &str, feed: u16) -> Checked {
        must(usize::from(feed) < self.feeds, path, &format!("must be below {}: there are no more feeds", self.feeds))
    }
}

/// Something that is counted up.
pub fn count(path: &str, number: u64) -> Checked {
    must(number < COUNT_MOST, path, "is beyond what can be counted")
}

/// The same in 32 bits.
pub fn count_short(path: &str, number: u32) -> Checked {
    must(number < COUNT_MOST_SHORT, path, "is beyond what can be counted")
}

/// A volume that others are added to.
pub fn volume(path: &str, volume: Volume) -> Checked {
    must((0..VOLUME_RAW_MOST).contains(&volume.raw()), path, "must be a volume, 0 or more")
}
