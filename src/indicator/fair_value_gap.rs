//! Fair value gap: prices that three bars in a row have left out.

use crate::domain::amount::Price;
use crate::domain::flaw::{Checked, must};
use crate::indicator::sound::Sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The largest number of open gaps of a kind that are remembered, a limit on memory. Older ones are
/// forgotten: they would matter only after so many newer ones have been filled.
const OPEN_MAX: usize = 256;

/// The most recent gap of each kind that is still open. A bullish one lies between the high of a bar
/// and the low of the second bar after it, where this low is higher; a bearish one between a low and
/// a later high that is lower. It opens at the close of its third bar. A bullish one is filled by a
/// later low at or below its bottom, a bearish one by a later high at or above its top; the most
/// recent one before it that is still open then takes its place.
///
/// While no gap of a kind is open, its lines have no value. That is no warm-up: a condition on them
/// does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairValueGap {
    /// The last two bars, older first; as many as there are.
    before: [Option<Span>; 2],
    bullish: Open,
    bearish: Open,
}

/// The low and the high of a bar, or the bottom and the top of a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    bottom: Price,
    top: Price,
}

/// The open gaps of one kind, oldest first. Each is filled before all older ones: one that is not
/// would never again be the most recent, and is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Open(VecDeque<Span>);

impl Open {
    fn new() -> Self {
        Self(VecDeque::with_capacity(OPEN_MAX))
    }

    /// Removes the gaps that are filled, the most recent ones.
    fn fill(&mut self, is_filled: impl Fn(&Span) -> bool) {
        while self.0.back().is_some_and(&is_filled) {
            self.0.pop_back();
        }
    }

    fn add(&mut self, gap: Span) {
        if self.0.len() == OPEN_MAX {
            self.0.pop_front();
        }
        self.0.push_back(gap);
    }

    /// A state that was read back has only the capacity for its gaps. This reserves the rest once,
    /// and later does nothing.
    fn reserve(&mut self) {
        self.0.reserve(OPEN_MAX - self.0.len());
    }

    fn check(&self, field: &str, fills_first: impl Fn(&Span, &Span) -> bool) -> Checked {
        let reason = format!("must not be more than {OPEN_MAX}");
        must(self.0.len() <= OPEN_MAX, field, &reason)?;
        must(self.0.iter().all(|gap| gap.bottom < gap.top), field, "must be above their bottoms")?;
        let mut pairs = self.0.iter().zip(self.0.iter().skip(1));
        let is_ordered = pairs.all(|(older, newer)| fills_first(newer, older));
        must(is_ordered, field, "must be in the order in which they would be filled")
    }

    /// Top and bottom of the most recent one.
    fn lines(&self) -> [Option<f64>; 2] {
        let gap = self.0.back();
        [gap.map(|gap| gap.top.to_f64()), gap.map(|gap| gap.bottom.to_f64())]
    }
}

impl Sound for FairValueGap {
    fn check(&self, _fresh: &Self) -> Checked {
        let Self { before, bullish, bearish } = self;
        let are_bars = before.iter().flatten().all(|bar| bar.bottom <= bar.top);
        must(are_bars, "before", "must have their highs above their lows")?;
        let [older, newer] = before;
        must(older.is_none() || newer.is_some(), "before", "must be the last two bars")?;
        bullish.check("bullish", |newer, older| newer.bottom > older.bottom)?;
        bearish.check("bearish", |newer, older| newer.top < older.top)
    }
}

impl Default for FairValueGap {
    fn default() -> Self {
        Self { before: [None; 2], bullish: Open::new(), bearish: Open::new() }
    }
}

impl FairValueGap {
    /// A new state that has seen no bar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a closed bar and returns top and bottom of the bullish gap, then of the bearish one.
    /// Each equals the double of the price itself.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 4] {
        let Self { before, bullish, bearish } = self;
        bullish.reserve();
        bearish.reserve();
        bullish.fill(|gap| bar.low <= gap.bottom);
        bearish.fill(|gap| bar.high >= gap.top);
        let [older, newer] = *before;
        if let Some(Span { bottom: low, top: high }) = older {
            if bar.low > high {
                let gap = Span { bottom: high, top: bar.low };
                bullish.fill(|older| gap.bottom <= older.bottom);
                bullish.add(gap);
            }
            if bar.high < low {
                let gap = Span { bottom: bar.high, top: low };
                bearish.fill(|older| gap.top >= older.top);
                bearish.add(gap);
            }
        }
        *before = [newer, Some(Span { bottom: bar.low, top: bar.high })];
        let ([bull_top, bull_bottom], [bear_top, bear_bottom]) = (bullish.lines(), bearish.lines());
        [bull_top, bull_bottom, bear_top, bear_bottom]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, text_and_back, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut gaps = FairValueGap::new();
        for (n, (prices, bullish, bearish)) in [
            ((10, 8, 9), None, None),
            ((12, 9, 11), None, None),
            // A low at the high of two bars ago leaves nothing out.
            ((14, 10, 13), None, None),
            ((16, 13, 15), Some((13, 12)), None),
            ((18, 15, 17), Some((15, 14)), None),
            // Into the gap, but not through it.
            ((17, 15, 15), Some((15, 14)), None),
            // The newer one is filled, the older one is not.
            ((15, 13, 13), Some((13, 12)), None),
            ((14, 12, 13), None, Some((15, 14))),
            ((13, 8, 8), None, Some((15, 14))),
            ((7, 6, 6), None, Some((12, 7))),
            ((12, 7, 12), None, Some((15, 14))),
            ((15, 8, 12), Some((8, 7)), None),
        ]
        .into_iter()
        .enumerate()
        {
            let of = |gap: Option<(i32, i32)>| {
                [gap.map(|(top, _)| f64::from(top)), gap.map(|(_, bottom)| f64::from(bottom))]
            };
            let ([a, b], [c, d]) = (of(bullish), of(bearish));
            assert_eq!(gaps.push(&whole(0, prices, 1)), [a, b, c, d], "bar {n}");
        }
    }

    /// All gaps that there ever were, each held against all later bars.
    fn naive(bars: &[Bar]) -> [Option<f64>; 4] {
        let last = |is_open: &dyn Fn(usize) -> bool| (2..bars.len()).rev().find(|at| is_open(*at));
        let bullish = last(&|at| {
            let bottom = bars[at - 2].high;
            bars[at].low > bottom && bars[at + 1..].iter().all(|bar| bar.low > bottom)
        });
        let bearish = last(&|at| {
            let top = bars[at - 2].low;
            bars[at].high < top && bars[at + 1..].iter().all(|bar| bar.high < top)
        });
        [
            bullish.map(|at| bars[at].low),
            bullish.map(|at| bars[at - 2].high),
            bearish.map(|at| bars[at - 2].low),
            bearish.map(|at| bars[at].high),
        ]
        .map(|price| price.map(Price::to_f64))
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), cut in 0_usize..150) {
            check(&FairValueGap::new(), &bars, cut, FairValueGap::push, naive);
        }

        #[test]
        fn every_state_is_sound(bars in walk()) {
            let mut gaps = FairValueGap::new();
            for bar in &bars {
                gaps.push(bar);
                prop_assert_eq!(text_and_back(&gaps).check(&FairValueGap::new()), Ok(()));
            }
        }
    }

    #[test]
    fn the_oldest_of_too_many_is_forgotten() {
        let mut gaps = FairValueGap::new();
        for n in 0..=i64::try_from(OPEN_MAX).unwrap() + 2 {
            gaps.push(&whole(n, (10 * n + 5, 10 * n, 10 * n), 1));
        }
        assert_eq!(gaps.bullish.0.len(), OPEN_MAX);
        assert_eq!(gaps.check(&FairValueGap::new()), Ok(()));
        assert_eq!(gaps.bullish.0[0].bottom, Price::from_raw(15_000_000_000));
    }

    #[test]
    fn the_largest_fit() {
        check_largest(FairValueGap::new(), FairValueGap::push);
    }

    #[test]
    fn gaps_that_bars_cannot_leave_are_refused() {
        let span =
            |bottom, top| Span { bottom: Price::from_raw(bottom), top: Price::from_raw(top) };
        let path = |gaps: &FairValueGap| gaps.check(&FairValueGap::new()).unwrap_err().path;
        let mut gaps = FairValueGap::new();
        gaps.bullish.0.extend([span(5, 6), span(4, 9)]);
        assert_eq!(path(&gaps), "bullish");
        let mut gaps = FairValueGap::new();
        gaps.bearish.0.push_back(span(5, 5));
        assert_eq!(path(&gaps), "bearish");
        let mut gaps = FairValueGap::new();
        gaps.bullish.0.extend((0..300).map(|n| span(n, n + 1)));
        assert_eq!(path(&gaps), "bullish");
        let mut gaps = FairValueGap::new();
        gaps.before[0] = Some(span(1, 2));
        assert_eq!(path(&gaps), "before");
    }
}
