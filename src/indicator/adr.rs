//! Average daily range: the mean of the ranges of the last `n` bars.

use crate::indicator::applied_price::Sample;
use crate::indicator::sma::Sma;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The simple mean of high − low. It is meant for bars of a day, where it is called the average daily
/// range; on other bars it is the average range of these.
///
/// Unlike the average true range it leaves out what happens between two bars, so that a bar of its
/// own is all that a range needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adr {
    mean: Sma,
}

sound!(Adr { mean: part });

impl Adr {
    /// A new state over `period` bars; 10 is usual.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { mean: Sma::new(period) }
    }

    /// Takes a closed bar and returns the mean, in price, once `period` bars have closed.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let range = i128::from(bar.high.raw()) - i128::from(bar.low.raw());
        self.mean.push(Sample::raw(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut range = Adr::new(2);
        for (prices, expect) in [
            ((10, 8, 9), None),
            ((20, 19, 19), Some(1.5)),
            ((5, 5, 5), Some(0.5)),
            ((9, 5, 5), Some(2.0)),
        ] {
            assert_eq!(range.push(&whole(0, prices, 1)), expect, "{prices:?}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            let length = period as usize;
            check(&Adr::new(period), &bars, cut, |state, bar| [state.push(bar)], |bars| {
                let window = bars.len().checked_sub(length).map(|start| &bars[start..]);
                let sum = |window: &[Bar]| window.iter().map(|bar| bar.high.to_f64() - bar.low.to_f64()).sum::<f64>();
                [window.map(|window| sum(window) / f64::from(period))]
            });
            check_forgets(&Adr::new(period), &bars, length, |state, bar| [state.push(bar)]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Adr::new(10_000), |state, bar| [state.push(bar)]);
    }
}
