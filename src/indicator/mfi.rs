//! Money flow index: the part of typical price × tick volume that came with a rising typical price,
//! from 0 to 100.

use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::mean::ratio;
use crate::indicator::plain::ticks;
use crate::indicator::sound::sound;
use crate::indicator::sum::Sum;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Money flow index of tick volume: 100 − 100/(1 + rising/falling) over `n` changes, with the first
/// value at bar `n`. It is 100 when nothing fell, also when nothing moved at all (MFI.mq5, edition
/// of 2020).
///
/// Typical prices are compared exactly. The terminal compares doubles, in which two equal ones may
/// differ in the last bit when their highs, lows and closes differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mfi {
    rising: Sum,
    falling: Sum,
    /// Three times the typical price of the previous bar.
    before: Option<i128>,
}

sound!(Mfi { rising: part, falling: part, before: figure });

impl Mfi {
    /// A new state over `period` changes of typical price.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { rising: Sum::new(period), falling: Sum::new(period), before: None }
    }

    /// Takes a closed bar and returns a value once `period` changes are known.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let typical = AppliedPrice::Typical.of(bar).units;
        let before = self.before.replace(typical)?;
        let flow = typical * ticks(bar);
        let rising = self.rising.push(if typical > before { flow } else { 0 });
        let falling = self.falling.push(if typical < before { flow } else { 0 });
        let (rising, falling) = (rising?, falling?);
        // The same quotient as 100 − 100/(1 + rising/falling), with one division.
        if falling == 0 { Some(100.0) } else { ratio(100 * rising, rising + falling) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, volume, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut mfi = Mfi::new(2);
        for (prices, volume, expect) in [
            ((3, 3, 3), 9, None),
            ((6, 6, 6), 2, None),         // rising 12
            ((4, 4, 4), 1, Some(75.0)),   // falling 4
            ((4, 4, 4), 50, Some(0.0)),   // neither
            ((5, 3, 4), 50, Some(100.0)), // the same typical price: nothing moved
            ((8, 8, 8), 0, Some(100.0)),  // rising, without volume
            ((6, 6, 6), 0, Some(100.0)),  // falling, without volume
        ] {
            assert_eq!(mfi.push(&whole(0, prices, volume)), expect, "{prices:?}");
        }
    }

    /// As the definition reads, in doubles; what is equal is decided by the raw prices.
    fn naive(bars: &[Bar], period: usize) -> Option<f64> {
        let start = (bars.len() - 1).checked_sub(period)?;
        let (mut rising, mut falling) = (0.0, 0.0);
        for pair in bars[start..].windows(2) {
            let [before, now] =
                [0, 1].map(|n: usize| pair[n].high.raw() + pair[n].low.raw() + pair[n].close.raw());
            let flow = (pair[1].high.to_f64() + pair[1].low.to_f64() + pair[1].close.to_f64())
                / 3.0
                * volume(&pair[1]);
            rising += if now > before { flow } else { 0.0 };
            falling += if now < before { flow } else { 0.0 };
        }
        Some(if falling == 0.0 { 100.0 } else { 100.0 - 100.0 / (1.0 + rising / falling) })
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            check(&Mfi::new(period), &bars, cut, |state, bar| [state.push(bar)], |bars| [naive(bars, period as usize)]);
            check_forgets(&Mfi::new(period), &bars, period as usize + 1, |state, bar| [state.push(bar)]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Mfi::new(10_000), |state, bar| [state.push(bar)]);
    }
}
