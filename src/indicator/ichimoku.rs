//! Ichimoku Kinko Hyo: the middles of the ranges over three windows.

use crate::indicator::extremes::Extremes;
use crate::indicator::mean::mean_price;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Tenkan, Kijun and the two spans as MT5's buffers hold them (Ichimoku.mq5, edition of 2017).
///
/// The terminal draws the spans `kijun` bars further right and the Chikou as many further left. It
/// does so in the plot, not in the buffers, and neither is it done here: the cloud above today's
/// bar is the value of `kijun` bars ago. Chikou is the close itself and has no line here. The stock
/// buffers begin with shorter windows, which are not drawn; here a line has no value until its
/// window is full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ichimoku {
    tenkan: Extremes,
    kijun: Extremes,
    senkou: Extremes,
}

sound!(Ichimoku { tenkan: part, kijun: part, senkou: part });

impl Ichimoku {
    /// A new state with windows of `tenkan`, `kijun` and `senkou` bars; 9, 26 and 52 are usual.
    ///
    /// # Panics
    /// If one of them is 0.
    #[must_use]
    pub fn new(tenkan: u32, kijun: u32, senkou: u32) -> Self {
        let [tenkan, kijun, senkou] =
            [tenkan, kijun, senkou].map(|period| Extremes::new(period as usize));
        Self { tenkan, kijun, senkou }
    }

    /// Takes a closed bar and returns Tenkan, Kijun, Senkou A and Senkou B, in this order.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 4] {
        let [tenkan, kijun, senkou] =
            [&mut self.tenkan, &mut self.kijun, &mut self.senkou].map(|extremes| {
                extremes.push(bar.high.raw(), bar.low.raw());
                extremes
                    .highest()
                    .zip(extremes.lowest())
                    .map(|(highest, lowest)| i128::from(highest) + i128::from(lowest))
            });
        let middle = |doubled: Option<i128>| doubled.and_then(|doubled| mean_price(doubled, 2));
        let span_a = tenkan.zip(kijun).and_then(|(tenkan, kijun)| mean_price(tenkan + kijun, 4));
        [middle(tenkan), middle(kijun), span_a, middle(senkou)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut ichimoku = Ichimoku::new(1, 2, 3);
        for (prices, expect) in [
            ((10, 8, 9), [Some(9.0), None, None, None]),
            ((13, 9, 9), [Some(11.0), Some(10.5), Some(10.75), None]),
            ((12, 11, 9), [Some(11.5), Some(11.0), Some(11.25), Some(10.5)]),
            ((12, 11, 9), [Some(11.5), Some(11.5), Some(11.5), Some(11.0)]),
        ] {
            assert_eq!(ichimoku.push(&whole(0, prices, 1)), expect, "{prices:?}");
        }
    }

    fn middle(bars: &[Bar], period: usize) -> Option<f64> {
        let window = &bars[bars.len().checked_sub(period)?..];
        let highest = window.iter().map(|bar| bar.high.to_f64()).fold(f64::MIN, f64::max);
        Some(f64::midpoint(
            highest,
            window.iter().map(|bar| bar.low.to_f64()).fold(f64::MAX, f64::min),
        ))
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), periods in [1_u32..9, 1_u32..9, 1_u32..20], cut in 0_usize..150) {
            let fresh = Ichimoku::new(periods[0], periods[1], periods[2]);
            check(&fresh, &bars, cut, Ichimoku::push, |bars| {
                let [tenkan, kijun, senkou] = periods.map(|period| middle(bars, period as usize));
                [tenkan, kijun, tenkan.zip(kijun).map(|(tenkan, kijun)| f64::midpoint(tenkan, kijun)), senkou]
            });
            check_forgets(&fresh, &bars, 20, Ichimoku::push);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Ichimoku::new(9, 26, 10_000), Ichimoku::push);
    }
}
