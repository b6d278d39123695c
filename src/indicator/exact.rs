//! Sums and quotients without creeping error: raw prices and volumes are integers, so a sum over a window is exact
//! however long it runs, and only the last step rounds.

use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The sum of the last `length` values; it allocates once, O(1) a value. A price of 10⁷ times a volume of 2⁴⁰, three
/// times and over 10,000 bars, is below 10³³ of the 10³⁸ that fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollingSum {
    length: usize,
    values: VecDeque<i128>,
    sum: i128,
}

impl RollingSum {
    /// Over `length` values, none in yet.
    ///
    /// # Panics
    /// If `length` is 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 0, "a sum is of at least one value");
        Self { length, values: VecDeque::with_capacity(length), sum: 0 }
    }

    /// Takes a value, the oldest leaves once `length` are in; gives the sum from then on.
    pub fn push(&mut self, value: i128) -> Option<i128> {
        if self.values.len() == self.length {
            self.sum -= self.values.pop_front().unwrap_or(0);
        }
        // One that was read back has room for what it held alone; this asks for the rest at once, and is nothing later.
        self.values.reserve(self.length - self.values.len());
        self.values.push_back(value);
        self.sum += value;
        (self.values.len() == self.length).then_some(self.sum)
    }
}

/// The quotient as the nearest double of two nearest doubles; none where the divisor is 0.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "the one place where integers become a value: at most three roundings")]
pub fn ratio(dividend: i128, divisor: i128) -> Option<f64> {
    (divisor != 0).then(|| dividend as f64 / divisor as f64)
}

/// The price that a sum of raw prices, each taken `weight` times in all, comes to; none where the weight is 0.
#[must_use]
pub fn mean_price(raw_sum: i128, weight: i128) -> Option<f64> {
    ratio(raw_sum, weight * i128::from(pow10(Price::SCALE)))
}

/// Three times a bar's typical price (H + L + C)/3, raw: an integer, where the third part need not be one.
#[must_use]
pub fn typical_thirds(bar: &Bar) -> i128 {
    i128::from(bar.high.raw()) + i128::from(bar.low.raw()) + i128::from(bar.close.raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::trial;

    #[test]
    fn the_oldest_leaves_and_nothing_creeps_in() {
        let mut sum = RollingSum::new(3);
        for (value, expect) in [(1, None), (2, None), (3, Some(6)), (10_i128.pow(33), Some(10_i128.pow(33) + 5)), (0, None)] {
            let total = sum.push(value);
            assert!(expect.is_none() || total == expect, "{value}: {total:?}");
        }
        sum.push(0);
        sum = trial::text_and_back(&sum);
        assert_eq!((sum.push(0), sum.push(-4)), (Some(0), Some(-4)));
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!((ratio(0, 0), ratio(1, 0), ratio(1, 4), ratio(-3, 2)), (None, None, Some(0.25), Some(-1.5)));
        assert_eq!(mean_price(3_000_000_001, 3), Some(3_000_000_001.0 / 3e9));
        // The price that a single raw price becomes is the price's own double.
        assert_eq!(mean_price(1_174_030_000, 1), Some(Price::from_raw(1_174_030_000).to_f64()));
    }
}
