//! The usual volume: the mean tick volume of the last `n` bars.

use crate::indicator::mean::ratio;
use crate::indicator::plain::ticks;
use crate::indicator::sound::sound;
use crate::indicator::sum::Sum;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The simple mean of the tick volume (MT5's moving average applied to its Volumes).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeAverage {
    period: u32,
    sum: Sum,
}

sound!(VolumeAverage { period: same, sum: part });

impl VolumeAverage {
    /// A new state over `period` bars.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { period, sum: Sum::new(period) }
    }

    /// Takes a closed bar and returns the mean, in ticks a bar, once `period` bars have closed.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        ratio(self.sum.push(ticks(bar))?, i128::from(self.period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, volume, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut average = VolumeAverage::new(4);
        for (volume, expect) in
            [(1, None), (2, None), (3, None), (5, Some(2.75)), (0, Some(2.5)), (0, Some(2.0))]
        {
            assert_eq!(average.push(&whole(0, (1, 1, 1), volume)), expect, "{volume}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            let length = period as usize;
            check(&VolumeAverage::new(period), &bars, cut, |state, bar| [state.push(bar)], |bars| {
                let window = bars.len().checked_sub(length).map(|start| &bars[start..]);
                [window.map(|window| window.iter().map(volume).sum::<f64>() / f64::from(period))]
            });
            check_forgets(&VolumeAverage::new(period), &bars, length, |state, bar| [state.push(bar)]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(VolumeAverage::new(10_000), |state, bar| [state.push(bar)]);
    }
}
