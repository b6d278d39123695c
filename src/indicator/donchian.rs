//! Donchian channel: the range of the last `n` bars and its middle.

use crate::indicator::extremes::Extremes;
use crate::indicator::mean::mean_price;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The highest high, the lowest low and the middle between them (the stock Donchian Channel.mq5,
/// edition of 2025; its Price_Channel.mq5 is the same).
///
/// The bar that has just closed is in the window, as in the stock buffers. The terminal draws them
/// one bar further right: a rule that waits for a close to break out compares it with the value of
/// the previous bar. The stock buffers begin one or two bars later and are the same from there on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Donchian {
    extremes: Extremes,
}

sound!(Donchian { extremes: part });

impl Donchian {
    /// A new state over `period` bars; 20 is usual.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { extremes: Extremes::new(period as usize) }
    }

    /// Takes a closed bar and returns the upper, middle and lower line, in this order, once
    /// `period` bars have closed.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 3] {
        self.extremes.push(bar.high.raw(), bar.low.raw());
        let [upper, lower] =
            [self.extremes.highest(), self.extremes.lowest()].map(|raw| raw.map(i128::from));
        let middle = upper.zip(lower).and_then(|(upper, lower)| mean_price(upper + lower, 2));
        let line = |raw: Option<i128>| raw.and_then(|raw| mean_price(raw, 1));
        [line(upper), middle, line(lower)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Price;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut channel = Donchian::new(2);
        for (prices, expect) in [
            ((10, 8, 9), [None, None, None]),
            ((9, 7, 8), [Some(10.0), Some(8.5), Some(7.0)]),
            ((8, 8, 8), [Some(9.0), Some(8.0), Some(7.0)]),
            ((8, 8, 8), [Some(8.0), Some(8.0), Some(8.0)]),
        ] {
            assert_eq!(channel.push(&whole(0, prices, 1)), expect, "{prices:?}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            let length = period as usize;
            check(&Donchian::new(period), &bars, cut, Donchian::push, |bars| {
                let window = bars.len().checked_sub(length).map(|start| &bars[start..]);
                let upper = window.and_then(|window| window.iter().map(|bar| bar.high).max()).map(Price::to_f64);
                let lower = window.and_then(|window| window.iter().map(|bar| bar.low).min()).map(Price::to_f64);
                [upper, upper.zip(lower).map(|(upper, lower)| f64::midpoint(upper, lower)), lower]
            });
            check_forgets(&Donchian::new(period), &bars, length, Donchian::push);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Donchian::new(10_000), Donchian::push);
    }
}
