//! Swing line: a level that follows the market from one side and changes sides when the market
//! leaves it behind (executor 3.5).

use crate::domain::amount::Price;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The swing line: rising, it is the highest low since the turn, and a bar whose high stays below it
/// turns it; falling, it is the lowest high since the turn, and a bar whose low stays above it turns
/// it. It begins falling, at the high of the first bar.
///
/// The definition (executor 3.5) has two more figures, the highest high of a rise and the lowest low
/// of a fall. They decide nothing and are no line, so they are not kept.
///
/// How long the first direction matters depends on the market: until the first turn, after which
/// nothing is left of where the history begins. The warm-up of 50 bars stands for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SwingLine {
    swing: Option<Swing>,
}

sound!(SwingLine { swing: free });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Swing {
    /// Rising, with the highest low.
    Up(Price),
    /// Falling, with the lowest high.
    Down(Price),
}

impl SwingLine {
    /// A new state that has seen no bar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a closed bar and returns three lines: the level; the direction, 1 or −1; the trend, 2
    /// where the line rises and the bar has closed above it, 1 where it only rises, and −1 and −2
    /// likewise where it falls.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 3] {
        let swing = self.swing.map_or(Swing::Down(bar.high), |swing| swing.next(bar));
        self.swing = Some(swing);
        let (level, direction, beyond) = match swing {
            Swing::Up(level) => (level, 1.0, Ordering::Greater),
            Swing::Down(level) => (level, -1.0, Ordering::Less),
        };
        let trend = if bar.close.cmp(&level) == beyond { 2.0 * direction } else { direction };
        [level.to_f64(), direction, trend].map(Some)
    }
}

impl Swing {
    fn next(self, bar: &Bar) -> Self {
        match self {
            Self::Up(level) => {
                let level = level.max(bar.low);
                if bar.high < level { Self::Down(bar.high) } else { Self::Up(level) }
            }
            Self::Down(level) => {
                let level = level.min(bar.high);
                if bar.low > level { Self::Up(bar.low) } else { Self::Down(level) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut line = SwingLine::new();
        for (n, (prices, expect)) in [
            ((20, 16, 18), [20.0, -1.0, -2.0]),
            // A lower high draws the level down.
            ((18, 14, 18), [18.0, -1.0, -1.0]),
            // A low at the level turns nothing.
            ((22, 18, 21), [18.0, -1.0, -1.0]),
            // A low above it does, and is the level.
            ((23, 19, 22), [19.0, 1.0, 2.0]),
            ((22, 20, 20), [20.0, 1.0, 1.0]),
            // The level does not fall with the market, and a high at it turns nothing.
            ((20, 15, 16), [20.0, 1.0, 1.0]),
            ((19, 15, 19), [19.0, -1.0, -1.0]),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(line.push(&whole(0, prices, 1)), expect.map(Some), "bar {n}");
        }
    }

    /// The whole machine of the specification, over the whole history.
    fn naive(bars: &[Bar]) -> [Option<f64>; 3] {
        let (h0, l0) = (bars[0].high, bars[0].low);
        let (mut dir, mut hh, mut ll, mut lh, mut hl) = (-1, h0, l0, h0, l0);
        for bar in &bars[1..] {
            let (h, l) = (bar.high, bar.low);
            if dir == 1 {
                (hh, hl) = (hh.max(h), hl.max(l));
                if h < hl {
                    (dir, ll, lh) = (-1, l, h);
                }
            } else {
                (ll, lh) = (ll.min(l), lh.min(h));
                if l > lh {
                    (dir, hh, hl) = (1, h, l);
                }
            }
        }
        assert!(hh >= hl || ll <= lh);
        let close = bars[bars.len() - 1].close;
        let value = if dir == 1 { hl } else { lh };
        let strong = if dir == 1 { close > value } else { close < value };
        let trend = if strong { 2 * dir } else { dir };
        [value.to_f64(), f64::from(dir), f64::from(trend)].map(Some)
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), cut in 0_usize..150) {
            check(&SwingLine::new(), &bars, cut, SwingLine::push, naive);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(SwingLine::new(), SwingLine::push);
    }
}
