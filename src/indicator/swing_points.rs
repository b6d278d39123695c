//! Swing points: the last high above all its neighbours, and the last low below all of them.

use crate::domain::amount::Price;
use crate::domain::flaw::{Checked, must};
use crate::indicator::extremes::Extremes;
use crate::indicator::sound::{Sound, derived, part, same};
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The prices of the last confirmed swing high and swing low: a high with `n` strictly lower highs
/// on each side, a low with `n` strictly higher lows. MT5's Fractals are those of two bars on each
/// side, but let the older neighbours be equal.
///
/// A swing is confirmed by the `n`-th bar after it and stays until the next one is. Before the first
/// there is no value, however long the history; once there is one, older bars change nothing. A
/// close beyond it is a break of structure: `close breaks_above swing_high_2` compares the close with
/// what the swing was at the bar before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwingPoints {
    period: u32,
    /// The extremes of the last `n` bars, those that a new swing must leave behind.
    extremes: Extremes,
    high: Swings,
    low: Swings,
}

/// The swings of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Swings {
    /// A bar beyond all before it; no other can become a swing until it is confirmed or passed.
    waits: Option<Waits>,
    confirmed: Option<Price>,
}

/// A swing that is not confirmed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Waits {
    price: Price,
    /// The number of bars that must still stay behind it.
    bars: u32,
}

impl Sound for SwingPoints {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { period, extremes, high, low } = self;
        same("period", period, &fresh.period)?;
        part("extremes", extremes, &fresh.extremes)?;
        for (side, swings, most) in
            [("high", high, extremes.highest()), ("low", low, extremes.lowest())]
        {
            let Some(Waits { price, bars }) = swings.waits else { continue };
            let reason = format!("must be from 1 to {period}");
            must((1..=*period).contains(&bars), &format!("{side}.waits.bars"), &reason)?;
            derived(most == Some(price.raw()), &format!("{side}.waits.price"))?;
        }
        Ok(())
    }
}

impl SwingPoints {
    /// A new state of swings with `period` bars on each side; 2 is usual.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        let extremes = Extremes::new(period as usize);
        Self { period, extremes, high: Swings::default(), low: Swings::default() }
    }

    /// Takes a closed bar and returns the last swing high and swing low, in this order. Each equals
    /// the double of the price itself.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 2] {
        let before = |raw: Option<i64>| raw.map(Price::from_raw);
        let (highest, lowest) = (before(self.extremes.highest()), before(self.extremes.lowest()));
        self.high.push(bar.high, highest, self.period, |price, other| price > other);
        self.low.push(bar.low, lowest, self.period, |price, other| price < other);
        self.extremes.push(bar.high.raw(), bar.low.raw());
        [self.high, self.low].map(|side| side.confirmed.map(Price::to_f64))
    }
}

impl Swings {
    /// Takes the price of a bar, and the extreme of the `period` bars before it if there are as
    /// many.
    fn push(
        &mut self,
        price: Price,
        before: Option<Price>,
        period: u32,
        is_beyond: impl Fn(Price, Price) -> bool,
    ) {
        if let Some(waits) = &mut self.waits {
            waits.bars -= 1;
            if !is_beyond(waits.price, price) {
                self.waits = None;
            } else if waits.bars == 0 {
                self.confirmed = Some(waits.price);
                self.waits = None;
            }
        }
        if before.is_some_and(|before| is_beyond(price, before)) {
            self.waits = Some(Waits { price, bars: period });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, text_and_back, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut points = SwingPoints::new(2);
        for (n, (prices, expect)) in [
            ((10, 8, 9), [None, None]),
            ((11, 7, 9), [None, None]),
            ((14, 6, 9), [None, None]),
            ((12, 7, 9), [None, None]),
            // Two lower highs after 14, two higher lows after 6.
            ((13, 8, 9), [Some(14.0), Some(6.0)]),
            ((15, 9, 9), [Some(14.0), Some(6.0)]),
            // An equal high is not lower.
            ((15, 9, 9), [Some(14.0), Some(6.0)]),
            ((12, 9, 9), [Some(14.0), Some(6.0)]),
            ((12, 5, 9), [Some(14.0), Some(6.0)]),
            ((16, 6, 9), [Some(14.0), Some(6.0)]),
            ((12, 7, 9), [Some(14.0), Some(5.0)]),
            ((15, 7, 9), [Some(16.0), Some(5.0)]),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(points.push(&whole(0, prices, 1)), expect, "bar {n}");
        }
    }

    /// Every bar held against all its neighbours.
    fn naive(bars: &[Bar], n: usize) -> [Option<f64>; 2] {
        let last = |is_beyond: &dyn Fn(&Bar, &Bar) -> bool| {
            (n..bars.len().saturating_sub(n)).rev().find(|at| {
                (at - n..=at + n).all(|other| other == *at || is_beyond(&bars[*at], &bars[other]))
            })
        };
        [
            last(&|bar, other| bar.high > other.high).map(|at| bars[at].high.to_f64()),
            last(&|bar, other| bar.low < other.low).map(|at| bars[at].low.to_f64()),
        ]
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..6, cut in 0_usize..150) {
            let length = period as usize;
            check(&SwingPoints::new(period), &bars, cut, SwingPoints::push, |bars| naive(bars, length));
        }

        #[test]
        fn every_state_is_sound(bars in walk(), period in 1_u32..6) {
            let mut points = SwingPoints::new(period);
            for bar in &bars {
                points.push(bar);
                prop_assert_eq!(points.check(&SwingPoints::new(period)), Ok(()));
            }
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(SwingPoints::new(10_000), SwingPoints::push);
    }

    #[test]
    fn a_swing_that_bars_cannot_lead_to_is_refused() {
        let mut points = SwingPoints::new(2);
        for high in [10, 11, 14] {
            points.push(&whole(0, (high, 8, 9), 1));
        }
        assert_eq!(text_and_back(&points).check(&SwingPoints::new(2)), Ok(()));
        let path = |points: &SwingPoints| points.check(&SwingPoints::new(2)).unwrap_err().path;
        let mut wrong = points.clone();
        wrong.high.waits.as_mut().unwrap().bars = 0;
        assert_eq!(path(&wrong), "high.waits.bars");
        wrong.high.waits = Some(Waits { price: Price::from_raw(1), bars: 2 });
        assert_eq!(path(&wrong), "high.waits.price");
        assert_eq!(points.check(&SwingPoints::new(3)).unwrap_err().path, "period");
    }
}
