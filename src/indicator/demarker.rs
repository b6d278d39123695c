//! DeMarker: how much of the movement of highs and lows went up, from 0 to 1.

use crate::domain::amount::Price;
use crate::indicator::mean::ratio;
use crate::indicator::sound::sound;
use crate::indicator::sum::Sum;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// SMA(DeMax)/(SMA(DeMax) + SMA(DeMin)). DeMax is how far a high rose above the one before, DeMin
/// how far a low fell below the one before, and both are at least 0 (DeMarker.mq5, edition of
/// 2020).
///
/// Without any movement the value is 0, as there. The stock buffer has a value one bar earlier, in
/// which the first bar counts as one without movement, but it is not drawn. Here the first value is
/// the first one drawn, at bar `n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeMarker {
    rises: Sum,
    falls: Sum,
    /// The high and the low of the previous bar.
    before: Option<(Price, Price)>,
}

sound!(DeMarker { rises: part, falls: part, before: free });

impl DeMarker {
    /// A new state over `period` movements.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { rises: Sum::new(period), falls: Sum::new(period), before: None }
    }

    /// Takes a closed bar and returns a value once `period` movements are known.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let (high, low) = self.before.replace((bar.high, bar.low))?;
        let rises = self.rises.push(i128::from((bar.high - high).raw().max(0)));
        let falls = self.falls.push(i128::from((low - bar.low).raw().max(0)));
        let (rises, falls) = (rises?, falls?);
        Some(ratio(rises, rises + falls).unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut demarker = DeMarker::new(2);
        for (prices, expect) in [
            ((10, 8, 9), None),
            ((13, 9, 9), None),       // up 3
            ((12, 8, 9), Some(0.75)), // down 1
            ((14, 6, 9), Some(0.4)),  // up 2, down 2: 2 of 2 + 3
            ((14, 6, 9), Some(0.5)),
            ((13, 7, 9), Some(0.0)), // inside: nothing moved in two bars
        ] {
            assert_eq!(demarker.push(&whole(0, prices, 1)), expect, "{prices:?}");
        }
    }

    /// As the definition reads, in doubles.
    fn naive(bars: &[Bar], period: usize) -> Option<f64> {
        let start = (bars.len() - 1).checked_sub(period)?;
        let pairs = || bars[start..].windows(2);
        let rises: f64 =
            pairs().map(|pair| (pair[1].high.to_f64() - pair[0].high.to_f64()).max(0.0)).sum();
        let falls: f64 =
            pairs().map(|pair| (pair[0].low.to_f64() - pair[1].low.to_f64()).max(0.0)).sum();
        Some(if rises + falls > 0.0 { rises / (rises + falls) } else { 0.0 })
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            check(&DeMarker::new(period), &bars, cut, |state, bar| [state.push(bar)], |bars| [naive(bars, period as usize)]);
            check_forgets(&DeMarker::new(period), &bars, period as usize + 1, |state, bar| [state.push(bar)]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(DeMarker::new(10_000), |state, bar| [state.push(bar)]);
    }
}
