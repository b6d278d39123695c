//! Whole numbers of 256 bits, with the operations that exact variances need.

use serde::{Deserialize, Serialize};

const HALF_BITS: u32 = 64;
const HALF: u128 = (1 << HALF_BITS) - 1;
const TWO_TO_128: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

/// A whole number from 0 to 2²⁵⁶ − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct U256 {
    high: u128,
    low: u128,
}

impl U256 {
    /// `a · b`.
    #[must_use]
    pub const fn product(a: u128, b: u128) -> Self {
        if a <= HALF && b <= HALF {
            return Self { high: 0, low: a * b };
        }
        let (a_high, a_low) = (a >> HALF_BITS, a & HALF);
        let (b_high, b_low) = (b >> HALF_BITS, b & HALF);
        let low = a_low * b_low;
        let cross = a_high * b_low + (low >> HALF_BITS);
        let other = a_low * b_high + (cross & HALF);
        let high = a_high * b_high + (cross >> HALF_BITS) + (other >> HALF_BITS);
        Self { high, low: (other << HALF_BITS) | (low & HALF) }
    }

    /// `self · factor`.
    ///
    /// # Panics
    /// If it does not fit: sums of squares of prices always do.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        let low = Self::product(self.low, u128::from(factor));
        Self { high: self.high * u128::from(factor) + low.high, low: low.low }
    }

    /// `self + other`.
    ///
    /// # Panics
    /// If it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (low, carried) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + u128::from(carried), low }
    }

    /// `self − other`.
    ///
    /// # Panics
    /// If `other` is greater.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        assert!(self >= other, "a variance is not negative");
        let (low, borrowed) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrowed), low }
    }

    /// The nearest double, or its neighbour.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "rounding is what it is for")]
    pub fn to_f64(self) -> f64 {
        if self.high == 0 {
            self.low as f64
        } else {
            self.high as f64 * TWO_TO_128 + self.low as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_greatest_product_is_right() {
        // (2^128 - 1)^2 = 2^256 - 2^129 + 1
        assert_eq!(U256::product(u128::MAX, u128::MAX), U256 { high: u128::MAX - 1, low: 1 });
    }

    proptest! {
        /// (a + b)² − (a² + b² + ab) = ab, with all the carries on the way.
        #[test]
        fn carries_and_borrows_are_right(a in 0..u128::MAX / 4, b in 0..u128::MAX / 4) {
            let square = U256::product(a + b, a + b);
            let rest = square.minus(U256::product(a, a)).minus(U256::product(b, b));
            prop_assert_eq!(rest, U256::product(a, b).times(2));
            prop_assert_eq!(U256::product(a, b).plus(U256::product(a, b)), rest);
        }
    }
}
