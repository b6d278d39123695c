//! Keltner channel: an average price, and a multiple of the usual range above and below it.

use crate::indicator::applied_price::Sample;
use crate::indicator::atr::Atr;
use crate::indicator::ema::Ema;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// EMA(n) of a price ± factor × ATR(m), the ATR being the terminal's simple mean of true ranges.
///
/// The stock Keltner Channel.mq5 (edition of 2025) takes the EMA of the close, and 20, 10 and 2.
/// Keltner's own channel of 1960 used the typical price with simple averages; the EMA and the ATR
/// make the modern form. The stock indicator draws one bar further right, which is not in its
/// buffers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keltner {
    average: Ema,
    range: Atr,
    factor: f64,
}

sound!(Keltner { average: part, range: part, factor: same });

impl Keltner {
    /// The average over `ema_period` bars, the range over `atr_period`, `factor` times.
    ///
    /// # Panics
    /// If a period is 0 or the factor not finite.
    #[must_use]
    pub fn new(ema_period: u32, atr_period: u32, factor: f64) -> Self {
        assert!(
            ema_period > 0 && factor.is_finite(),
            "an average is of at least one bar, a factor is a number"
        );
        Self { average: Ema::new(ema_period), range: Atr::new(atr_period), factor }
    }

    /// Takes a closed bar and the price of it that is averaged. Returns the upper, the middle and
    /// the lower line, in this order: the middle from the first bar on, as an EMA has it, the
    /// others once `atr_period` true ranges are known, of which the first bar has none.
    pub fn push(&mut self, bar: &Bar, price: Sample) -> [Option<f64>; 3] {
        let middle = self.average.push(price.to_f64());
        let band = self.range.push(bar).map(|atr| self.factor * atr);
        let line = |sign: f64| middle.zip(band).map(|(middle, band)| middle + sign * band);
        [line(1.0), middle, line(-1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::applied_price::AppliedPrice;
    use crate::indicator::testing::{check, check_largest, walk, whole};
    use proptest::prelude::*;

    fn push(price: AppliedPrice) -> impl Fn(&mut Keltner, &Bar) -> [Option<f64>; 3] {
        move |keltner, bar| keltner.push(bar, price.of(bar))
    }

    #[test]
    fn a_table_worked_by_hand() {
        // k = 2/(3 + 1) = 1/2.
        let mut typical = Keltner::new(3, 2, 2.0);
        let mut close = Keltner::new(3, 2, 1.5);
        for (prices, of_typical, of_close) in [
            ((10, 6, 8), [None, Some(8.0), None], [None, Some(8.0), None]),
            // A true range of 16 − 8, over the close before.
            ((16, 10, 16), [None, Some(11.0), None], [None, Some(12.0), None]),
            // 16 − 8 again: an ATR of 8.
            (
                (12, 8, 10),
                [Some(26.5), Some(10.5), Some(-5.5)],
                [Some(23.0), Some(11.0), Some(-1.0)],
            ),
            // 11 − 10: an ATR of 4.5.
            (
                (11, 11, 11),
                [Some(19.75), Some(10.75), Some(1.75)],
                [Some(17.75), Some(11.0), Some(4.25)],
            ),
        ] {
            assert_eq!(
                push(AppliedPrice::Typical)(&mut typical, &whole(0, prices, 1)),
                of_typical,
                "{prices:?}"
            );
            assert_eq!(
                push(AppliedPrice::Close)(&mut close, &whole(0, prices, 1)),
                of_close,
                "{prices:?}"
            );
        }
    }

    /// As the definition reads, from the first bar, in doubles.
    fn naive(bars: &[Bar], typical: bool, ema: u32, atr: u32, factor: f64) -> [Option<f64>; 3] {
        let (k, count) = (2.0 / f64::from(ema + 1), f64::from(atr));
        let price = |bar: &Bar| {
            let close = bar.close.to_f64();
            if typical { (bar.high.to_f64() + bar.low.to_f64() + close) / 3.0 } else { close }
        };
        let middle = bars[1..]
            .iter()
            .fold(price(&bars[0]), |average, bar| average + k * (price(bar) - average));
        let range = |pair: &[Bar]| {
            pair[1].high.max(pair[0].close).to_f64() - pair[1].low.min(pair[0].close).to_f64()
        };
        let start = (bars.len() - 1).checked_sub(atr as usize);
        let band =
            start.map(|start| factor * bars[start..].windows(2).map(range).sum::<f64>() / count);
        [band.map(|band| middle + band), Some(middle), band.map(|band| middle - band)]
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), ema in 1_u32..30, atr in 1_u32..12, cut in 0_usize..150, typical in any::<bool>()) {
            let price = if typical { AppliedPrice::Typical } else { AppliedPrice::Close };
            check(&Keltner::new(ema, atr, 2.5), &bars, cut, push(price), |bars| naive(bars, typical, ema, atr, 2.5));
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Keltner::new(10_000, 10_000, 2.0), push(AppliedPrice::Typical));
    }
}
