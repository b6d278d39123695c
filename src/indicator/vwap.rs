//! The volume-weighted average price of the server's day.

use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::mean::mean_price;
use crate::indicator::plain::ticks;
use crate::indicator::server_day::ServerDay;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Σ(typical price × tick volume)/Σ(tick volume) since the server's midnight; typical is (H + L +
/// C)/3.
///
/// MT5 has no such indicator of its own. This is the usual definition of session VWAP, with days as
/// in the terminal's daily bars. There is no value while no volume was traded, and none on a first
/// day whose morning was not seen, because a part of a day has another average. Bars of a day or
/// longer have their own typical price as the value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Vwap {
    day: ServerDay,
    /// Three times the sum of typical price × volume.
    thirds: i128,
    volume: i128,
}

sound!(Vwap { day: free, thirds: figure, volume: figure });

impl Vwap {
    /// A new state that has seen no bar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a closed bar and returns the average of its day so far.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        if self.day.enter(bar.time_msc) {
            (self.thirds, self.volume) = (0, 0);
        }
        let volume = ticks(bar);
        self.thirds += AppliedPrice::Typical.of(bar).units * volume;
        self.volume += volume;
        if self.day.is_whole() { mean_price(self.thirds, 3 * self.volume) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, volume, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut vwap = Vwap::new();
        for (hour, prices, volume, expect) in [
            (0, (9, 3, 6), 0, None),
            (1, (9, 3, 6), 1, Some(6.0)),
            (5, (10, 10, 10), 3, Some(9.0)), // (6 + 30)/4
            (23, (3, 1, 2), 4, Some(5.5)),   // (36 + 8)/8
            (24, (4, 1, 1), 2, Some(2.0)),   // a new day
            (25, (2, 2, 2), 9, Some(2.0)),
            (72, (8, 8, 8), 0, None), // another one, silent so far
        ] {
            assert_eq!(vwap.push(&whole(hour, prices, volume)), expect, "hour {hour}");
        }
        let mut late = Vwap::new();
        assert_eq!(
            [2, 23, 24].map(|hour| late.push(&whole(hour, (7, 7, 7), 1))),
            [None, None, Some(7.0)]
        );
    }

    fn day(bar: &Bar) -> jiff::civil::Date {
        bar.time_msc.civil().date()
    }

    /// As the definition reads: the bars of the last one's date, summed in doubles.
    fn naive(bars: &[Bar]) -> Option<f64> {
        let today = day(&bars[bars.len() - 1]);
        if day(&bars[0]) == today && bars[0].time_msc.civil().time() > jiff::civil::time(1, 0, 0, 0)
        {
            return None;
        }
        let of_today = || bars.iter().filter(|bar| day(bar) == today);
        let traded: f64 = of_today().map(volume).sum();
        let typical = |bar: &Bar| (bar.high.to_f64() + bar.low.to_f64() + bar.close.to_f64()) / 3.0;
        let turnover: f64 = of_today().map(|bar| typical(bar) * volume(bar)).sum();
        (traded > 0.0).then(|| turnover / traded)
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), cut in 0_usize..150) {
            check(&Vwap::new(), &bars, cut, |state, bar| [state.push(bar)], |bars| [naive(bars)]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Vwap::new(), |state, bar| [state.push(bar)]);
    }
}
