//! Williams' %R: the position of the close in the range of the last `n` bars, from −100 (at the
//! low) to 0 (at the high).

use crate::indicator::extremes::Extremes;
use crate::indicator::mean::ratio;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Williams' percent range: 100·(close − HH)/(HH − LL).
///
/// As in the stock indicator (WPR.mq5, checked in its editions of 2017 and 2026), the first value
/// is at bar `n`−1. When the range is 0, the previous value is repeated, or 0 if there is none
/// (2026; 2017 left that open). The stock indicator takes 14 for a period below 3; here a period is
/// taken as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Williams {
    extremes: Extremes,
    last: f64,
}

sound!(Williams { extremes: part, last: figure });

impl Williams {
    /// A new state over `period` bars.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { extremes: Extremes::new(period as usize), last: 0.0 }
    }

    /// Takes a closed bar and returns a value once `period` bars have closed.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        self.extremes.push(bar.high.raw(), bar.low.raw());
        let (highest, lowest) =
            (i128::from(self.extremes.highest()?), i128::from(self.extremes.lowest()?));
        self.last = ratio(100 * (i128::from(bar.close.raw()) - highest), highest - lowest)
            .unwrap_or(self.last);
        Some(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut williams = Williams::new(2);
        for (prices, expect) in [
            ((10, 8, 9), None),
            ((12, 10, 11), Some(-25.0)),
            ((12, 8, 8), Some(-100.0)),
            ((9, 9, 9), Some(-75.0)),
            // A flat range repeats what was.
            ((9, 9, 9), Some(-75.0)),
            ((10, 9, 10), Some(0.0)),
        ] {
            assert_eq!(williams.push(&whole(0, prices, 1)), expect, "{prices:?}");
        }
        // Nothing to repeat.
        let mut flat = Williams::new(1);
        assert_eq!(flat.push(&whole(0, (5, 5, 5), 1)), Some(0.0));
    }

    /// As the definition reads, bar by bar.
    fn naive(bars: &[Bar], period: usize) -> Option<f64> {
        let last = bars.last().filter(|_| bars.len() >= period)?;
        let window = &bars[bars.len() - period..];
        let highest = window.iter().map(|bar| bar.high.to_f64()).fold(f64::MIN, f64::max);
        let lowest = window.iter().map(|bar| bar.low.to_f64()).fold(f64::MAX, f64::min);
        if highest > lowest {
            return Some((last.close.to_f64() - highest) * 100.0 / (highest - lowest));
        }
        Some(naive(&bars[..bars.len() - 1], period).unwrap_or(0.0))
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            check(&Williams::new(period), &bars, cut, |state, bar| [state.push(bar)], |bars| [naive(bars, period as usize)]);
            let moving: Vec<_> = bars.into_iter().filter(|bar| bar.high > bar.low).collect();
            check_forgets(&Williams::new(period), &moving, period as usize, |state, bar| [state.push(bar)]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Williams::new(10_000), |state, bar| [state.push(bar)]);
    }
}
