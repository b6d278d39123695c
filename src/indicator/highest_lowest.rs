//! Resistance and support: the highest high and the lowest low of the last `n` closed bars.

use crate::domain::amount::Price;
use crate::indicator::extremes::Extremes;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The highest high and the lowest low, including the bar that has just closed.
///
/// No close can be above the one or below the other: a rule that waits for a close to break out
/// compares it with the value of the previous bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighestLowest {
    extremes: Extremes,
}

sound!(HighestLowest { extremes: part });

impl HighestLowest {
    /// A new state over `period` bars.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { extremes: Extremes::new(period as usize) }
    }

    /// Takes a closed bar and returns resistance and support, in this order, once `period` bars
    /// have closed. Each equals the double of the price itself.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 2] {
        self.extremes.push(bar.high.raw(), bar.low.raw());
        [self.extremes.highest(), self.extremes.lowest()]
            .map(|raw| raw.map(|raw| Price::from_raw(raw).to_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut levels = HighestLowest::new(2);
        for (prices, expect) in [
            ((10, 8, 9), [None, None]),
            ((9, 7, 8), [Some(10.0), Some(7.0)]),
            ((8, 8, 8), [Some(9.0), Some(7.0)]),
            ((8, 8, 8), [Some(8.0), Some(8.0)]),
        ] {
            assert_eq!(levels.push(&whole(0, prices, 1)), expect, "{prices:?}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            let length = period as usize;
            check(&HighestLowest::new(period), &bars, cut, HighestLowest::push, |bars| {
                let window = bars.len().checked_sub(length).map(|start| &bars[start..]);
                let highest = window.and_then(|window| window.iter().map(|bar| bar.high).max());
                [highest, window.and_then(|window| window.iter().map(|bar| bar.low).min())].map(|price| price.map(Price::to_f64))
            });
            check_forgets(&HighestLowest::new(period), &bars, length, HighestLowest::push);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(HighestLowest::new(10_000), HighestLowest::push);
    }
}
