//! The exact sum of the last `n` values: O(1) per value, without drift, and with the same bits
//! whatever the ring's position.

use crate::domain::flaw::Checked;
use crate::indicator::mean::mean;
use crate::indicator::ring::Ring;
use crate::indicator::sound::{Sound, derived, part};
use serde::{Deserialize, Serialize};

/// A sliding sum of whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    ring: Ring<i128>,
    total: i128,
}

impl Sum {
    /// A new state of `length` values.
    #[must_use]
    pub fn new(length: u32) -> Self {
        Self { ring: Ring::new(length), total: 0 }
    }

    /// Takes a value and returns the sum of the last `length` once so many are in.
    pub fn push(&mut self, value: i128) -> Option<i128> {
        let leaving = self.ring.push(value).unwrap_or(0);
        self.total += value - leaving;
        self.ring.is_full().then_some(self.total)
    }

    /// The number of values that are summed.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.ring.length()
    }
}

impl Sound for Sum {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { ring, total } = self;
        part("ring", ring, &fresh.ring)?;
        let sum = ring.oldest_first().try_fold(0_i128, i128::checked_add);
        derived(sum == Some(*total), "total")
    }
}

/// A value of an indicator is kept in units of 2⁻⁸⁰, as a whole number again, so that sums are
/// exact. A double above 10⁻⁸ loses nothing by this, a smaller one less than 10⁻²⁴.
const FINENESS: f64 = 1_208_925_819_614_629_174_706_176.0;

/// More than any price or difference of prices. 10,000 such values still add up.
const MOST: f64 = 1.2e10;

/// The sliding mean of an indicator's values (a signal line, %D).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlidingMean {
    sum: Sum,
}

impl Sound for SlidingMean {
    fn check(&self, fresh: &Self) -> Checked {
        // It is written as its sum only.
        self.sum.check(&fresh.sum)
    }
}

impl SlidingMean {
    /// A new state of `length` values.
    #[must_use]
    pub fn new(length: u32) -> Self {
        Self { sum: Sum::new(length) }
    }

    /// Takes a value and returns the mean of the last `length` once so many are in.
    ///
    /// # Panics
    /// If the value is not one that comes from prices.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    pub fn push(&mut self, value: f64) -> Option<f64> {
        assert!(value.abs() < MOST, "{value} is no value of an indicator");
        let total = self.sum.push((value * FINENESS) as i128)?;
        Some(mean(total, i128::from(self.sum.length()), FINENESS))
    }
}
