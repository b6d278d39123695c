//! The span of a session, and the moments at which something may happen in it.

use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::torture::draw::dice::Dice;
use std::ops::Deref;

/// The thousandth of the session after which faults cease.
pub const CEASE: u64 = 750;
/// The thousandth of the session after which nothing is done from outside.
pub const TO: u64 = 800;

/// The span in which something may happen.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The first moment.
    pub from: Timestamp,
    /// The last one.
    pub until: Timestamp,
}

impl Span {
    /// From the first tick of any symbol to the last tick before which all symbols have ticks.
    pub fn of(mut zone: ServerZone, ticks: &[impl Deref<Target = [Tick]>]) -> Self {
        let firsts = ticks.iter().filter_map(|ticks| ticks.first());
        let lasts = ticks.iter().filter_map(|ticks| ticks.last());
        let from = firsts.map(|tick| tick.time_msc).min().unwrap_or_default();
        let until = lasts.map(|tick| tick.time_msc).min().unwrap_or_default();
        Self { from: zone.to_utc(from), until: zone.to_utc(until) }
    }

    /// A moment after so many thousandths of the span. It is never at a whole millisecond, where
    /// ticks are.
    #[must_use]
    pub fn at(self, thousandths: u64) -> Timestamp {
        let length = i128::from(self.until.nanos() - self.from.nanos());
        let after = i64::try_from(length * i128::from(thousandths) / 1_000).unwrap_or(0);
        let nanos = self.from.nanos() + after;
        Timestamp::from_nanos(nanos - nanos % 1_000_000 + 500_000)
    }

    /// A random moment between two thousandths of the span.
    pub fn draw(self, dice: &mut Dice, from: u64, to: u64) -> Timestamp {
        let at = self.at(dice.between(from, to));
        Timestamp::from_nanos(
            at.nanos() + i64::try_from(dice.between(0, 59_999)).unwrap_or(0) * 1_000_000,
        )
    }
}
