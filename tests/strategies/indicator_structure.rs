//! Indicators of market structure on the terminal's own bars, against plain loops over the whole
//! history.

use crate::common::{build, data};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::indicator::any::Indicator;
use tickdeck::indicator::named::Named;
use tickdeck::market::bar::Bar;
use tickdeck::market::timeframe::Timeframe;

/// A value a bar, as it is at its close.
type Series = Vec<Option<f64>>;

/// Bars as columns of doubles.
struct Table {
    bars: Vec<Bar>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
}

impl Table {
    fn read(name: &str, timeframe: Timeframe) -> Option<Self> {
        let mut bars: Vec<Bar> = Vec::new();
        build(&data(name)?, &builtin("EURUSD").unwrap(), timeframe, &mut |bar| {
            bars.push(*bar);
            Ok(())
        })
        .unwrap();
        let high = bars.iter().map(|bar| bar.high.to_f64()).collect();
        let low = bars.iter().map(|bar| bar.low.to_f64()).collect();
        let close = bars.iter().map(|bar| bar.close.to_f64()).collect();
        Some(Self { bars, high, low, close })
    }

    fn len(&self) -> usize {
        self.bars.len()
    }
}

/// Five-minute bars of a month, and hours of half a year.
fn tables() -> Vec<Table> {
    let files = [
        ("bars/icmarkets_EURUSD_M5_202509.parquet", Timeframe::M5),
        ("bars/icmarkets_EURUSD_H1_202504-202509.parquet", Timeframe::H1),
    ];
    files.into_iter().filter_map(|(name, timeframe)| Table::read(name, timeframe)).collect()
}

/// All lines of an indicator are what the loops say, bar for bar and to the last bit. Gives back how
/// many values there are.
fn check<const N: usize>(name: &str, table: &Table, expect: &[Series; N]) -> usize {
    let named: Named = name.parse().unwrap();
    let lines: Vec<_> = named.lines().collect();
    assert_eq!(lines.len(), N, "{name}");
    let mut indicator = Indicator::new(named.indicator);
    let fresh = indicator.clone();
    let mut values = 0;
    for (at, bar) in table.bars.iter().enumerate() {
        indicator.push(bar);
        for (line, series) in lines.iter().zip(expect) {
            assert_eq!(indicator.value(*line), series[at], "{line} at bar {at}");
            values += usize::from(series[at].is_some());
        }
    }
    assert_eq!(indicator.check(named.indicator), Ok(()), "{name}");
    assert_ne!(indicator, fresh, "{name}");
    values
}

#[test]
fn the_swing_line_is_the_machine_of_the_specification() {
    for table in tables() {
        let (mut dir, mut hh, mut ll) = (-1.0, table.high[0], table.low[0]);
        let (mut lh, mut hl) = (hh, ll);
        let mut lines: [Series; 3] = Default::default();
        let mut turns = 0;
        for at in 0..table.len() {
            let (h, l, close) = (table.high[at], table.low[at], table.close[at]);
            if at > 0 && dir > 0.0 {
                (hh, hl) = (f64::max(hh, h), f64::max(hl, l));
                if h < hl {
                    (dir, ll, lh) = (-1.0, l, h);
                    turns += 1;
                }
            } else if at > 0 {
                (ll, lh) = (f64::min(ll, l), f64::min(lh, h));
                if l > lh {
                    (dir, hh, hl) = (1.0, h, l);
                    turns += 1;
                }
            }
            let value = if dir > 0.0 { hl } else { lh };
            let is_strong = if dir > 0.0 { close > value } else { close < value };
            let trend = if is_strong { 2.0 * dir } else { dir };
            for (line, value) in lines.iter_mut().zip([value, dir, trend]) {
                line.push(Some(value));
            }
        }
        assert!(turns > 50, "{turns} turns");
        assert!([-2.0, -1.0, 1.0, 2.0].iter().all(|trend| lines[2].contains(&Some(*trend))));
        check("swing_line", &table, &lines);
    }
}

/// The value of the last index up to `at` - `n` that is strictly beyond its `n` neighbours on each
/// side, for each `at`.
fn swings(prices: &[f64], n: usize, is_beyond: fn(f64, f64) -> bool) -> Series {
    let is_swing = |middle: usize| {
        let around = (middle - n..middle).chain(middle + 1..=middle + n);
        around.into_iter().all(|other| is_beyond(prices[middle], prices[other]))
    };
    let value = |at: usize| {
        let mut middle = at.checked_sub(n)?;
        while middle >= n {
            if is_swing(middle) {
                return Some(prices[middle]);
            }
            middle -= 1;
        }
        None
    };
    (0..prices.len()).map(value).collect()
}

#[test]
fn swing_points_are_beyond_all_their_neighbours() {
    for table in tables() {
        for n in [1, 2, 3, 8] {
            let highs = swings(&table.high, n, |price, other| price > other);
            let lows = swings(&table.low, n, |price, other| price < other);
            let found = check(&format!("swing_high_{n}"), &table, &[highs])
                + check(&format!("swing_low_{n}"), &table, &[lows]);
            assert!(found > 2 * table.len() - 200, "{found} values");
        }
    }
}

#[test]
fn gaps_are_those_that_no_later_bar_has_filled() {
    for table in tables() {
        let Table { high, low, .. } = &table;
        let mut lines: [Series; 4] = Default::default();
        // Every gap that ever opened, with whether it is still open.
        let (mut bullish, mut bearish) = (Vec::new(), Vec::new());
        for at in 0..table.len() {
            for (_, bottom, is_open) in &mut bullish {
                *is_open &= low[at] > *bottom;
            }
            for (top, _, is_open) in &mut bearish {
                *is_open &= high[at] < *top;
            }
            if at >= 2 && low[at] > high[at - 2] {
                bullish.push((low[at], high[at - 2], true));
            }
            if at >= 2 && high[at] < low[at - 2] {
                bearish.push((low[at - 2], high[at], true));
            }
            let last = |gaps: &[(f64, f64, bool)]| {
                let open = gaps.iter().rev().find(|(.., is_open)| *is_open);
                open.map(|(top, bottom, _)| (*top, *bottom)).unzip()
            };
            let ((bull_top, bull_bottom), (bear_top, bear_bottom)) =
                (last(&bullish), last(&bearish));
            let values = [bull_top, bull_bottom, bear_top, bear_bottom];
            lines.iter_mut().zip(values).for_each(|(line, value)| line.push(value));
        }
        assert!(bullish.len() > 100 && bearish.len() > 100, "there are gaps of both kinds");
        assert!(lines.iter().all(|line| line.iter().filter(|it| it.is_none()).count() > 2));
        check("fair_value_gap", &table, &lines);
    }
}

#[test]
fn the_average_daily_range_is_a_mean_of_ranges() {
    let name = "bars/icmarkets_EURUSD_H1_202504-202509.parquet";
    let Some(table) = Table::read(name, Timeframe::D1) else { return };
    let named: Named = "adr".parse().unwrap();
    let mut indicator = Indicator::new(named.indicator);
    assert!(table.len() > 120, "{} days", table.len());
    for (at, bar) in table.bars.iter().enumerate() {
        indicator.push(bar);
        let value = indicator.value(named.line().unwrap());
        assert_eq!(value.is_some(), at >= 9, "day {at}");
        let Some(value) = value else { continue };
        let mut sum = 0.0;
        for day in at - 9..=at {
            sum += table.high[day] - table.low[day];
        }
        assert!((value - sum / 10.0).abs() < 1e-12, "day {at}: {value}");
    }
}
