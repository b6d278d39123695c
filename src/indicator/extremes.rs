//! The highest high and the lowest low of the last `n` bars, without looking at all of them again
//! for each bar.
//!
//! Each side keeps only the values that can still become the extreme: a value older than a better
//! one cannot. The values kept are in order, so the oldest is the extreme, and each value is added
//! and removed once.

use crate::domain::flaw::{Checked, must};
use crate::indicator::sound::{Sound, same};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Rolling extremes of `length` bars; it allocates once, O(1) a bar on average.
///
/// Two states that have seen the same bars are equal, and so is one that was read back from its
/// text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extremes {
    length: usize,
    /// The number of bars seen, which is also the number of the next bar.
    seen: u64,
    highs: Waiting,
    lows: Waiting,
}

impl Extremes {
    /// A state over `length` bars that has seen none.
    ///
    /// # Panics
    /// If `length` is 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 0, "extremes are of at least one bar");
        Self { length, seen: 0, highs: Waiting::new(length), lows: Waiting::new(length) }
    }

    /// Takes a bar's high and low, raw prices of 10⁻⁹; the oldest bar leaves once `length` are in.
    pub fn push(&mut self, high: i64, low: i64) {
        self.highs.push(self.length, self.seen, high, |kept, new| kept > new);
        self.lows.push(self.length, self.seen, low, |kept, new| kept < new);
        self.seen += 1;
    }

    /// The highest high of the last `length` bars, raw; none until there are as many.
    #[must_use]
    pub fn highest(&self) -> Option<i64> {
        if self.is_full() { self.highs.best() } else { None }
    }

    /// The lowest low of the last `length` bars, raw; none until there are as many.
    #[must_use]
    pub fn lowest(&self) -> Option<i64> {
        if self.is_full() { self.lows.best() } else { None }
    }

    const fn is_full(&self) -> bool {
        self.seen >= self.length as u64
    }
}

/// The values of one side that can still become the extreme, oldest and best first, each with its
/// bar's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Waiting(VecDeque<(u64, i64)>);

impl Waiting {
    fn new(length: usize) -> Self {
        Self(VecDeque::with_capacity(length))
    }

    /// Takes the value of bar `number`. Values that it equals or beats are removed, and so is that
    /// of a bar that is now too old.
    fn push(&mut self, length: usize, number: u64, value: i64, beats: impl Fn(i64, i64) -> bool) {
        if self.0.front().is_some_and(|(oldest, _)| number - oldest >= length as u64) {
            self.0.pop_front();
        }
        while self.0.back().is_some_and(|(_, kept)| !beats(*kept, value)) {
            self.0.pop_back();
        }
        // A state that was read back has only the capacity for its values. This reserves the rest
        // once, and later does nothing.
        self.0.reserve(length - self.0.len());
        self.0.push_back((number, value));
    }

    fn best(&self) -> Option<i64> {
        self.0.front().map(|(_, value)| *value)
    }
}

/// More bars than any state has seen.
const SEEN_MOST: u64 = 1 << 48;

impl Sound for Extremes {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { length, seen, highs, lows } = self;
        same("length", length, &fresh.length)?;
        must(*seen < SEEN_MOST, "seen", "is beyond what bars lead to")?;
        let waits = |side: &Waiting, beats: fn(i64, i64) -> bool| {
            let in_order = |(older, newer): (&(u64, i64), &(u64, i64))| {
                older.0 < newer.0 && beats(older.1, newer.1)
            };
            let (first, last) = (side.0.front().map(|it| it.0), side.0.back().map(|it| it.0));
            side.0.iter().zip(side.0.iter().skip(1)).all(in_order)
                && last == seen.checked_sub(1)
                && first.is_none_or(|first| seen - first <= *length as u64)
        };
        let reason =
            "must hold the bars that can still become the extreme, the last one among them";
        must(waits(highs, |older, newer| older > newer), "highs", reason)?;
        must(waits(lows, |older, newer| older < newer), "lows", reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut extremes = Extremes::new(3);
        for (high, low, highest, lowest) in [
            (5, 4, None, None),
            (9, 2, None, None),
            (7, 3, Some(9), Some(2)),
            (6, 5, Some(9), Some(2)),
            (6, 5, Some(7), Some(3)),
            (4, 1, Some(6), Some(1)),
            (i64::MAX, i64::MIN, Some(i64::MAX), Some(i64::MIN)),
        ] {
            extremes.push(high, low);
            assert_eq!((extremes.highest(), extremes.lowest()), (highest, lowest), "{high} {low}");
        }
    }

    #[test]
    fn it_allocates_once_and_once_more_after_it_was_read_back() {
        let mut extremes = Extremes::new(50);
        extremes.push(0, 0);
        let mut again: Extremes =
            serde_json::from_str(&serde_json::to_string(&extremes).unwrap()).unwrap();
        let room = extremes.highs.0.capacity();
        for n in 0..500 {
            // Falling highs and rising lows: nothing is ever beaten, so that both sides hold all
            // they can.
            extremes.push(-n, n);
            again.push(-n, n);
            assert_eq!((extremes.highs.0.capacity(), extremes.lows.0.capacity()), (room, room));
            assert_eq!(again.highs.0.capacity(), again.lows.0.capacity());
            assert!(again.highs.0.capacity() >= 50);
        }
        assert_eq!(extremes.highs.0.len(), 50);
    }

    proptest! {
        /// The extremes are those of the bars looked at one by one, and a state read back from its
        /// text goes on alike.
        #[test]
        fn the_bars_one_by_one_agree(bars in prop::collection::vec((-9_i64..10, 0_i64..9), 1..120), length in 1_usize..20, cut in 0_usize..120) {
            let mut extremes = Extremes::new(length);
            for n in 0..bars.len() {
                extremes.push(bars[n].0, bars[n].0 - bars[n].1);
                if n == cut {
                    let back: Extremes = serde_json::from_str(&serde_json::to_string(&extremes).unwrap()).unwrap();
                    prop_assert_eq!(&back, &extremes);
                    extremes = back;
                }
                let last = (n + 1 >= length).then(|| &bars[n + 1 - length..=n]);
                prop_assert_eq!(extremes.highest(), last.and_then(|bars| bars.iter().map(|(high, _)| *high).max()));
                prop_assert_eq!(extremes.lowest(), last.and_then(|bars| bars.iter().map(|(high, range)| high - range).min()));
            }
        }
    }
}
