//! Classic pivot points: levels for today, computed from the previous day.

use crate::domain::amount::Price;
use crate::indicator::mean::mean_price;
use crate::indicator::server_day::ServerDay;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Pivot, three resistances and three supports from the high H, low L and close C of the previous
/// server day: P = (H + L + C)/3, R1 = 2P − L, R2 = P + (H − L), R3 = H + 2(P − L), S1 = 2P − H, S2
/// = P − (H − L), S3 = L − 2(H − P).
///
/// P to R2 and S2 are those of the stock Pivot Channel.mq5 (edition of 2025), which has no third
/// level; R3 and S3 are the most common definitions. The previous day is the last one that had
/// bars, even a short Sunday, like the terminal's last daily bar. A first day whose morning was not
/// seen sets no levels. Like the stock indicator it is for bars of a day or shorter; a longer bar
/// would count as a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pivots {
    day: ServerDay,
    /// High, low and close of the day so far.
    today: Option<[Price; 3]>,
    /// High, low and close of the previous day.
    before: Option<[Price; 3]>,
}

sound!(Pivots { day: free, today: free, before: free });

impl Pivots {
    /// A new state that has seen no bar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a closed bar and returns the levels of its day: P, R1, R2, R3, S1, S2, S3, in this
    /// order. None until a previous day is known.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 7] {
        let was_whole = self.day.is_whole();
        if self.day.enter(bar.time_msc) {
            self.before = self.today.take().filter(|_| was_whole);
        }
        let [high, low, _] = self.today.unwrap_or([bar.high, bar.low, bar.close]);
        self.today = Some([high.max(bar.high), low.min(bar.low), bar.close]);
        self.before.map_or([None; 7], levels)
    }
}

/// The levels, computed in thirds of raw prices so that only the last step rounds.
fn levels([high, low, close]: [Price; 3]) -> [Option<f64>; 7] {
    let [high, low, close] = [high, low, close].map(|price| i128::from(price.raw()));
    let (pivot, range) = (high + low + close, 3 * (high - low));
    let (first_up, first_down) = (2 * pivot - 3 * low, 2 * pivot - 3 * high);
    [
        pivot,
        first_up,
        pivot + range,
        first_up + range,
        first_down,
        pivot - range,
        first_down - range,
    ]
    .map(|thirds| mean_price(thirds, 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut pivots = Pivots::new();
        // H 12, L 6, C 9: P 9, R1 18 − 6, R2 9 + 6, R3 12 + 2·3, S1 18 − 12, S2 9 − 6, S3 6 − 2·3.
        let monday = [9.0, 12.0, 15.0, 18.0, 6.0, 3.0, 0.0].map(Some);
        // H 20, L 7, C 9: P 12, R1 24 − 7, R2 12 + 13, R3 20 + 2·5, S1 24 − 20, S2 12 − 13, S3 7 −
        // 2·8.
        let tuesday = [12.0, 17.0, 25.0, 30.0, 4.0, -1.0, -9.0].map(Some);
        for (hour, prices, expect) in [
            (0, (10, 8, 9), [None; 7]),
            (9, (12, 6, 11), [None; 7]),
            (23, (11, 8, 9), [None; 7]),
            (24, (20, 10, 15), monday),
            (47, (9, 7, 9), monday),
            (96, (1, 1, 1), tuesday),
        ] {
            assert_eq!(pivots.push(&whole(hour, prices, 1)), expect, "hour {hour}");
        }
    }

    #[test]
    fn a_day_without_its_morning_sets_no_levels() {
        let mut pivots = Pivots::new();
        for (hour, prices, known) in [
            (12, (10, 8, 9), false),
            (24, (12, 9, 9), false),
            (30, (9, 9, 9), false),
            (48, (1, 1, 1), true),
        ] {
            assert_eq!(
                pivots.push(&whole(hour, prices, 1))[0],
                known.then_some(10.0),
                "hour {hour}"
            );
        }
    }

    /// As the definitions read, in doubles, over the dates that occur.
    fn naive(bars: &[Bar]) -> [Option<f64>; 7] {
        let date = |bar: &Bar| bar.time_msc.civil().date();
        let today = date(&bars[bars.len() - 1]);
        let Some(last) = bars.iter().rev().find(|bar| date(bar) != today) else { return [None; 7] };
        let before: Vec<_> = bars.iter().filter(|bar| date(bar) == date(last)).collect();
        if date(&bars[0]) == date(last)
            && bars[0].time_msc.civil().time() > jiff::civil::time(1, 0, 0, 0)
        {
            return [None; 7];
        }
        let h = before.iter().map(|bar| bar.high.to_f64()).fold(f64::MIN, f64::max);
        let l = before.iter().map(|bar| bar.low.to_f64()).fold(f64::MAX, f64::min);
        let p = (h + l + last.close.to_f64()) / 3.0;
        [
            p,
            2.0 * p - l,
            p + (h - l),
            h + 2.0 * (p - l),
            2.0 * p - h,
            p - (h - l),
            l - 2.0 * (h - p),
        ]
        .map(Some)
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), cut in 0_usize..150) {
            check(&Pivots::new(), &bars, cut, Pivots::push, naive);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Pivots::new(), Pivots::push);
    }
}
