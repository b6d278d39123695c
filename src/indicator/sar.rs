//! Parabolic SAR: a stop that follows the trend ever faster, and turns when it is hit.

use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Parabolic stop and reverse, step for step as the stock ParabolicSAR.mq5.
///
/// Checked against its editions of 2017 and 2020. The first direction is always short. Its value is
/// the high of bar 0 and, from bar 1 on, the higher of the first two highs; the extreme is the low
/// of bar 1 (that of bar 0 does not count). On a turn the value becomes the extreme of all bars
/// from the previous turn to this one, both included. The next value never passes the lows or highs
/// of the last two bars. The direction turns only when a bar goes beyond the value, not when it
/// meets it.
///
/// TA-Lib takes its first direction from the first two bars, and also turns when the value is met.
/// Otherwise they are the same (12,000 minutes of EURUSD: 1,107 values differ; only the first 106
/// do if ours turns when met).
///
/// Not checked: whether the terminal's built-in iSAR, whose source is not public, gives the same;
/// in an early build it did not (entry 1118 of the MQL5 code base). For a bar still open the value
/// is the one before a possible turn; it has no place here, where bars are closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sar {
    step: f64,
    maximum: f64,
    trend: Option<Trend>,
}

sound!(Sar { step: same, maximum: same, trend: free });

impl Sar {
    /// A new state. The acceleration grows by `step` with each new extreme, up to `maximum`; 0.02
    /// and 0.2 are usual.
    ///
    /// # Panics
    /// If one of them is negative or not finite.
    #[must_use]
    pub fn new(step: f64, maximum: f64) -> Self {
        let fine = |value: f64| value.is_finite() && value >= 0.0;
        assert!(fine(step) && fine(maximum), "an acceleration is a number and not negative");
        Self { step, maximum, trend: None }
    }

    /// Takes a closed bar and returns its value, from the first bar on. The first turns depend on
    /// where the history begins.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let last = Span { high: bar.high.to_f64(), low: bar.low.to_f64() };
        let Some(trend) = &mut self.trend else {
            self.trend = Some(Trend::begin(last, self.step));
            return Some(last.high);
        };
        trend.go_on(last, self.step, self.maximum);
        let value = trend.value;
        trend.look_ahead(last);
        Some(value)
    }
}

/// The high and the low of a bar or of several.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Span {
    high: f64,
    low: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Long,
    Short,
}

/// The trend as the next bar meets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Trend {
    direction: Direction,
    /// The value for the next bar, unless that bar turns the direction.
    value: f64,
    /// The best price of the trend; none until bar 1, whose low begins it.
    extreme: Option<f64>,
    acceleration: f64,
    /// The previous bar.
    before: Span,
    /// All bars since the last turn, that bar included.
    since_turn: Span,
}

impl Trend {
    fn begin(first: Span, step: f64) -> Self {
        // Bar 1 will find the value at the higher of the first two highs: see `go_on`.
        Self {
            direction: Direction::Short,
            value: first.high,
            extreme: None,
            acceleration: step,
            before: first,
            since_turn: first,
        }
    }

    fn go_on(&mut self, bar: Span, step: f64, maximum: f64) {
        self.since_turn = Span {
            high: self.since_turn.high.max(bar.high),
            low: self.since_turn.low.min(bar.low),
        };
        let Some(extreme) = self.extreme else {
            (self.value, self.extreme) = (self.since_turn.high, Some(bar.low));
            return;
        };
        let (turns, further, price) = match self.direction {
            Direction::Long => (self.value > bar.low, bar.high > extreme, bar.high),
            Direction::Short => (self.value < bar.high, bar.low < extreme, bar.low),
        };
        if turns {
            self.turn(bar, step);
        } else if further {
            self.extreme = Some(price);
            self.acceleration = (self.acceleration + step).min(maximum);
        }
    }

    fn turn(&mut self, bar: Span, step: f64) {
        (self.direction, self.value, self.extreme) = match self.direction {
            Direction::Long => (Direction::Short, self.since_turn.high, Some(bar.low)),
            Direction::Short => (Direction::Long, self.since_turn.low, Some(bar.high)),
        };
        self.acceleration = step;
        self.since_turn = bar;
    }

    fn look_ahead(&mut self, bar: Span) {
        let extreme = self.extreme.unwrap_or(self.value);
        let next = self.value + self.acceleration * (extreme - self.value);
        self.value = match self.direction {
            Direction::Long => next.min(bar.low).min(self.before.low),
            Direction::Short => next.max(bar.high).max(self.before.high),
        };
        self.before = bar;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut sar = Sar::new(0.25, 0.5);
        for (n, (prices, expect)) in [
            ((20, 16, 18), 20.0),
            // The higher of two highs; extreme 12.
            ((18, 12, 14), 20.0),
            // 20 − ¼·8 = 18, but not below the last two highs; extreme 8, acceleration ½.
            ((16, 8, 10), 20.0),
            // 20 − ½·12 = 14, but not below 16 and 18; extreme 4, acceleration stays.
            ((14, 4, 6), 18.0),
            // 18 − ½·14 = 11, but not below 14 and 16; 16 is met, not passed.
            ((16, 6, 6), 16.0),
            // 16 − ½·12 = 10, but not below 14 and 16, and now passed: the lowest low since bar 0,
            // extreme 17.
            ((17, 5, 9), 4.0),
            // 4 + ¼·13 = 7.25, but not above 5 and 6; extreme 20, acceleration ½.
            ((20, 7, 9), 5.0),
            // 5 + ½·15 = 12.5, but not above 7 and 5; passed: the highest high since the turn,
            // extreme 3.
            ((19, 3, 9), 20.0),
            // 20 − ¼·17 = 15.75, but not below 19 and 20.
            ((18, 4, 9), 20.0),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(sar.push(&whole(0, prices, 1)), Some(expect), "bar {n}");
        }
    }

    /// The values over whole arrays, every step looked up by its bar's number.
    fn naive(bars: &[Bar], step: f64, maximum: f64) -> f64 {
        let high: Vec<_> = bars.iter().map(|bar| bar.high.to_f64()).collect();
        let low: Vec<_> = bars.iter().map(|bar| bar.low.to_f64()).collect();
        let top = |from: usize, to: usize| high[from..=to].iter().copied().fold(f64::MIN, f64::max);
        let bottom =
            |from: usize, to: usize| low[from..=to].iter().copied().fold(f64::MAX, f64::min);
        if bars.len() == 1 {
            return high[0];
        }
        let mut value = vec![top(0, 1); 2];
        let (mut rising, mut turned_at, mut extreme, mut factor) = (false, 0, low[1], step);
        for n in 1..bars.len() {
            if rising && low[n] < value[n] {
                (value[n], rising, turned_at, extreme, factor) =
                    (top(turned_at, n), false, n, low[n], step);
            } else if !rising && high[n] > value[n] {
                (value[n], rising, turned_at, extreme, factor) =
                    (bottom(turned_at, n), true, n, high[n], step);
            } else if (rising && high[n] > extreme) || (!rising && low[n] < extreme) {
                extreme = if rising { high[n] } else { low[n] };
                factor = f64::min(factor + step, maximum);
            }
            let next = value[n] + factor * (extreme - value[n]);
            value.push(if rising { next.min(bottom(n - 1, n)) } else { next.max(top(n - 1, n)) });
        }
        value[bars.len() - 1]
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), cut in 0_usize..150, step in 1_u8..30) {
            let step = f64::from(step) / 100.0;
            check(&Sar::new(step, 0.2), &bars, cut, |state, bar| [state.push(bar)], |bars| [Some(naive(bars, step, 0.2))]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Sar::new(0.02, 0.2), |state, bar| [state.push(bar)]);
    }
}
