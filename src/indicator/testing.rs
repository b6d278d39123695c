//! Bars to try indicators on, and what must hold of each of them.

use crate::domain::amount::{Points, Price};
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Monday 2025-09-22 00:00 by the server's clock.
pub const MONDAY: i64 = 1_758_499_200_000;
const HOUR_MS: i64 = 3_600_000;

/// The bar of hour `hour` since [`MONDAY`]; it opens at its close, which no indicator tried here
/// looks at.
pub fn bar(hour: i64, (high, low, close): (i64, i64, i64), tick_volume: u64) -> Bar {
    let (high, low, close) = (Price::from_raw(high), Price::from_raw(low), Price::from_raw(close));
    let time_msc = ServerMsc(MONDAY + hour * HOUR_MS);
    Bar { time_msc, open: close, high, low, close, tick_volume, spread: Points(0), real_volume: 0 }
}

/// The same in whole units of price, as a table worked by hand has them.
pub fn whole(hour: i64, (high, low, close): (i64, i64, i64), tick_volume: u64) -> Bar {
    bar(hour, (high * 1_000_000_000, low * 1_000_000_000, close * 1_000_000_000), tick_volume)
}

/// Bars of a coarse random walk: equal prices, flat bars, gaps over hours and silent bars all
/// occur.
pub fn walk() -> impl Strategy<Value = Vec<Bar>> {
    prop::collection::vec((-3_i64..4, 0_i64..4, 0_i64..4, 0_u64..5, 1_i64..5), 1..150).prop_map(
        |steps| {
            let (mut close, mut hour) = (1_170_000_000, 0);
            let walked = steps.into_iter().map(|(step, above, below, volume, hours)| {
                close += step * 10_000;
                hour += hours;
                bar(hour, (close + above * 10_000, close - below * 10_000, close), volume)
            });
            walked.collect()
        },
    )
}

/// The tick volume of a bar of [`walk`], as a double.
pub fn volume(bar: &Bar) -> f64 {
    f64::from(u32::try_from(bar.tick_volume).unwrap())
}

/// Written as text and read back.
pub fn text_and_back<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// After each bar the values are those that `naive` makes of all bars so far; and one that is
/// written and read back after bar `cut` goes on with the same bits.
pub fn check<T: Clone + Serialize + DeserializeOwned, const N: usize>(
    fresh: &T,
    bars: &[Bar],
    cut: usize,
    push: impl Fn(&mut T, &Bar) -> [Option<f64>; N],
    naive: impl Fn(&[Bar]) -> [Option<f64>; N],
) {
    let (mut running, mut resumed) = (fresh.clone(), fresh.clone());
    for (n, bar) in bars.iter().enumerate() {
        let values = push(&mut running, bar);
        assert_eq!(
            bits(values),
            bits(push(&mut resumed, bar)),
            "bar {n}: read back after bar {cut}"
        );
        for (line, (value, wanted)) in values.into_iter().zip(naive(&bars[..=n])).enumerate() {
            assert_eq!(
                value.is_some(),
                wanted.is_some(),
                "bar {n}, line {line}: {value:?} instead of {wanted:?}"
            );
            if let (Some(value), Some(wanted)) = (value, wanted) {
                assert!(
                    (value - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                    "bar {n}, line {line}: {value} instead of {wanted}"
                );
            }
        }
        if n == cut {
            resumed = text_and_back(&resumed);
        }
    }
}

/// What came before the last `needs` bars leaves no trace, not in one bit.
pub fn check_forgets<T: Clone, const N: usize>(
    fresh: &T,
    bars: &[Bar],
    needs: usize,
    push: impl Fn(&mut T, &Bar) -> [Option<f64>; N],
) {
    let mut running = fresh.clone();
    for (n, bar) in bars.iter().enumerate() {
        let values = push(&mut running, bar);
        let Some(start) = (n + 1).checked_sub(needs) else { continue };
        let mut short = fresh.clone();
        let last = bars[start..=n].iter().fold([None; N], |_, bar| push(&mut short, bar));
        assert_eq!(bits(values), bits(last), "bar {n}");
    }
}

/// The largest prices and volumes there are, rising, falling and standing still, in the longest
/// window: every value is finite, and nothing overflows.
pub fn check_largest<T, const N: usize>(
    mut state: T,
    push: impl Fn(&mut T, &Bar) -> [Option<f64>; N],
) {
    const TEN_MILLION: i64 = 10_i64.pow(16);
    for n in 0..25_000_i64 {
        let (high, low) = match n / 3_000 % 4 {
            0 => (TEN_MILLION, TEN_MILLION),
            1 => (TEN_MILLION - n % 2, 1),
            2 => (1 + n % 2, 1),
            _ => (TEN_MILLION - n * 1_000_000, n),
        };
        let bar = bar(n, (high, low, if n % 2 == 0 { high } else { low }), 1 << 40);
        for value in push(&mut state, &bar).into_iter().flatten() {
            assert!(value.is_finite(), "bar {n}");
        }
    }
}

fn bits<const N: usize>(values: [Option<f64>; N]) -> [Option<u64>; N] {
    values.map(|value| value.map(f64::to_bits))
}
