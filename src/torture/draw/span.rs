//! The span of a session, and the moments in it at which something may happen.

use crate::domain::time::Timestamp;
use crate::torture::draw::dice::Dice;

/// Faults cease after so many thousandths of the session.
pub const CEASE: u64 = 750;
/// Nothing is done from outside after so many thousandths of it.
pub const TO: u64 = 800;

/// The moment after so many thousandths of a span; never at a whole millisecond, where ticks are.
#[must_use]
pub fn at(from: Timestamp, until: Timestamp, thousandths: u64) -> Timestamp {
    let length = i128::from(until.nanos() - from.nanos());
    let nanos = from.nanos() + i64::try_from(length * i128::from(thousandths) / 1_000).unwrap_or(0);
    Timestamp::from_nanos(nanos - nanos % 1_000_000 + 500_000)
}

/// From when to when something may happen, and when faults cease.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The first moment.
    pub from: Timestamp,
    /// The last one.
    pub until: Timestamp,
}

impl Span {
    /// A moment after so many thousandths; never at a whole millisecond, where ticks are.
    #[must_use]
    pub fn at(self, thousandths: u64) -> Timestamp {
        at(self.from, self.until, thousandths)
    }

    /// A moment of it, by chance, from so many thousandths to so many.
    pub fn draw(self, dice: &mut Dice, from: u64, to: u64) -> Timestamp {
        let at = self.at(dice.between(from, to));
        Timestamp::from_nanos(at.nanos() + i64::try_from(dice.between(0, 59_999)).unwrap_or(0) * 1_000_000)
    }
}
