//! Conditions on real ticks, bar for bar what plain loops over the whole history say. The bars of
//! these loops are those that others made of the same ticks.

use crate::common;
use crate::common::data;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tickdeck::domain::order::Side;
use tickdeck::executor::action::{Action, Note, ResultStatus, Verdict};
use tickdeck::session::ports::{Journal, PortError, Step};

const WARMUP: usize = 20;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The bars of one timeframe, a column each.
struct Bars {
    time_msc: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

impl Bars {
    fn read(path: &std::path::Path) -> Self {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let column = |place: usize| rows.iter().map(|row| row[place].parse().unwrap()).collect();
        let time = |row: &csv::StringRecord| row[0].parse::<jiff::Timestamp>().unwrap();
        Self {
            time_msc: rows.iter().map(|row| time(row).as_millisecond()).collect(),
            open: column(1),
            high: column(2),
            low: column(3),
            close: column(4),
            volume: column(6),
        }
    }
}

/// How a value compares with the mean of the last `n` values up to index `at`, exactly: all are
/// whole numbers of 10^-5. None where there are fewer values.
fn to_mean(value: f64, of: &[f64], n: usize, at: usize) -> Option<Ordering> {
    let first = (at + 1).checked_sub(n)?;
    #[expect(clippy::cast_possible_truncation, reason = "prices and volumes are far from 2^63")]
    let scaled = |value: f64| (value * 1e5).round() as i64;
    let sum: i64 = of[first..=at].iter().map(|value| scaled(*value)).sum();
    Some((scaled(value) * i64::try_from(n).ok()?).cmp(&sum))
}

/// Whether a value is above the mean.
fn is_above(value: f64, of: &[f64], n: usize, at: usize) -> bool {
    to_mean(value, of, n, at) == Some(Ordering::Greater)
}

fn times(of: &[f64], factor: f64) -> Vec<f64> {
    of.iter().map(|value| value * factor).collect()
}

fn most(of: &[f64], n: usize, at: usize) -> Option<f64> {
    let first = (at + 1).checked_sub(n)?;
    of[first..=at].iter().copied().reduce(f64::max)
}

/// The last high above the two on each side of it, as it is known at index `at`.
fn swing_high(high: &[f64], at: usize) -> Option<f64> {
    let is_swing = |middle: &usize| {
        let [before, behind] = [&high[middle - 2..*middle], &high[middle + 1..=middle + 2]];
        before.iter().chain(behind).all(|other| *other < high[*middle])
    };
    (2..(at + 1).saturating_sub(2)).rev().find(is_swing).map(|middle| high[middle])
}

/// The top of the last gap between a high and the low two bars later that no low up to index `at`
/// has closed.
fn gap_top(bars: &Bars, at: usize) -> Option<f64> {
    let is_open =
        |third: &usize| bars.low[*third..=at].iter().all(|low| *low > bars.high[third - 2]);
    (2..=at).rev().find(is_open).map(|third| bars.low[third])
}

/// An EMA that begins with the first value.
fn ema(of: &[f64], n: u32) -> Vec<f64> {
    let k = 2.0 / (f64::from(n) + 1.0);
    let mut values = Vec::new();
    for price in of {
        let before = values.last().copied().unwrap_or(*price);
        values.push(price * k + before * (1.0 - k));
    }
    values
}

/// Everything that a case looks at: the bars, and for each minute the last closed hour.
struct World {
    m1: Bars,
    h1: Bars,
    /// The index of the hour that has closed when a minute is evaluated: by the tick that begins
    /// the next one.
    hour: Vec<Option<usize>>,
}

type Expect = Box<dyn Fn(&World) -> Vec<bool>>;

/// A case by its conditions, of which all must hold, and what a plain loop says of each minute.
fn each(of: impl Fn(&World, usize) -> bool + 'static) -> Expect {
    Box::new(move |world| (0..world.m1.close.len()).map(|at| of(world, at)).collect())
}

/// Where a difference comes to stand above zero after it was last below.
fn crossings(differences: impl Iterator<Item = Option<f64>>) -> Vec<bool> {
    let mut last = 0.0;
    let mut crossed = Vec::new();
    for difference in differences {
        let now = difference.unwrap_or(0.0);
        crossed.push(now > 0.0 && last < 0.0);
        if now != 0.0 {
            last = now;
        }
    }
    crossed
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(&'static str, Value, Expect)> {
    vec![
        (
            "greater_than",
            json!([{ "indicator": "close", "condition": "greater_than", "value": "sma_10" }]),
            each(|it, at| is_above(it.m1.close[at], &it.m1.close, 10, at)),
        ),
        (
            "gte_bars_ago",
            json!([{ "indicator": "close", "condition": "gte", "compareIndicator": "close", "compareBarsAgo": 5 }]),
            each(|it, at| at >= 5 && it.m1.close[at] >= it.m1.close[at - 5]),
        ),
        (
            "less_than_number",
            json!([{ "indicator": "low", "condition": "lt", "value": 1.172 }]),
            each(|it, at| it.m1.low[at] < 1.172),
        ),
        (
            "lte",
            json!([{ "indicator": "high", "condition": "less_than_or_equal", "compareIndicator": "high", "compareBarsAgo": 1 }]),
            each(|it, at| at >= 1 && it.m1.high[at] <= it.m1.high[at - 1]),
        ),
        (
            "equals",
            json!([{ "indicator": "close", "condition": "eq", "value": "open" }]),
            each(|it, at| it.m1.close[at].total_cmp(&it.m1.open[at]).is_eq()),
        ),
        (
            "between",
            json!([{ "indicator": "close", "condition": "between", "value": [1.17, 1.175] }]),
            each(|it, at| (1.17..=1.175).contains(&it.m1.close[at])),
        ),
        (
            "outside",
            json!([{ "indicator": "close", "condition": "outside", "value": [1.17, 1.175] }]),
            each(|it, at| it.m1.close[at] < 1.17 || it.m1.close[at] > 1.175),
        ),
        (
            "crosses_above",
            json!([{ "indicator": "ema", "period": 5, "condition": "crosses_above", "compareIndicator": "ema", "comparePeriod": 20 }]),
            Box::new(|it| {
                let (fast, slow) = (ema(&it.m1.close, 5), ema(&it.m1.close, 20));
                crossings(fast.iter().zip(&slow).map(|(fast, slow)| Some(fast - slow)))
            }),
        ),
        (
            "crosses_below_number",
            json!([{ "indicator": "close", "condition": "crosses_below", "value": 1.173 }]),
            Box::new(|it| crossings(it.m1.close.iter().map(|close| Some(1.173 - close)))),
        ),
        (
            "breaks_above_a_channel",
            json!([{ "indicator": "close", "condition": "breaks_above", "value": "donchian_upper_10" }]),
            each(|it, at| {
                let before = |at: usize| most(&it.m1.high, 10, at);
                at >= 1
                    && before(at - 1).is_some_and(|level| {
                        it.m1.close[at - 1] <= level && it.m1.close[at] > level
                    })
            }),
        ),
        (
            "breaks_structure",
            json!([{ "indicator": "close", "condition": "breaks_above", "value": "swing_high_2" }]),
            each(|it, at| {
                at >= 1
                    && swing_high(&it.m1.high, at - 1).is_some_and(|level| {
                        it.m1.close[at - 1] <= level && it.m1.close[at] > level
                    })
            }),
        ),
        (
            "into_a_gap",
            json!([{ "indicator": "low", "condition": "lt", "value": "fvg_bull_top" }]),
            each(|it, at| gap_top(&it.m1, at).is_some_and(|top| it.m1.low[at] < top)),
        ),
        (
            "breaks_below_a_number",
            json!([{ "indicator": "close", "condition": "breaks_below", "value": 1.173 }]),
            each(|it, at| at >= 1 && it.m1.close[at - 1] >= 1.173 && it.m1.close[at] < 1.173),
        ),
        (
            "bullish",
            json!([{ "condition": "bullish" }]),
            each(|it, at| it.m1.close[at] > it.m1.open[at]),
        ),
        (
            "bearish_under_an_average",
            json!([{ "indicator": "sma_20", "condition": "bearish" }]),
            each(|it, at| to_mean(it.m1.close[at], &it.m1.close, 20, at) == Some(Ordering::Less)),
        ),
        (
            "volume_times",
            json!([{ "indicator": "volume", "condition": "gt", "compareIndicator": "volume_ma", "comparePeriod": 10, "multiplier": 1.5 }]),
            each(|it, at| is_above(it.m1.volume[at] * 2.0, &times(&it.m1.volume, 3.0), 10, at)),
        ),
        (
            "above_the_average_of_hours",
            json!([{ "indicator": "close", "condition": "gt", "compareIndicator": "sma", "comparePeriod": 5, "compareTimeframe": "H1" }]),
            each(|it, at| {
                it.hour[at].is_some_and(|hour| is_above(it.m1.close[at], &it.h1.close, 5, hour))
            }),
        ),
        (
            "crossing_of_hours",
            json!([{ "indicator": "close", "condition": "crosses_above", "value": "ema_4", "timeframe": "H1" }]),
            Box::new(|it| {
                let slow = ema(&it.h1.close, 4);
                crossings(
                    it.hour.iter().map(|hour| hour.map(|hour| it.h1.close[hour] - slow[hour])),
                )
            }),
        ),
        (
            "hours_ago",
            json!([{ "indicator": "close", "condition": "lt", "compareIndicator": "close", "compareBarsAgo": 3, "timeframe": "1h" }]),
            each(|it, at| {
                it.hour[at]
                    .is_some_and(|hour| hour >= 3 && it.h1.close[hour] < it.h1.close[hour - 3])
            }),
        ),
        (
            "above_a_sum",
            json!({ "test": { "left": { "sum": [
                { "of": { "line": { "kind": "price" } }, "times": 2 },
                { "of": { "line": { "kind": "price" }, "bars_ago": 1 }, "times": -1 },
                { "of": { "line": { "kind": "price" }, "timeframe": "H1" }, "times": -1 },
            ] }, "is": "above", "right": { "number": 0.0001 } } }),
            each(|it, at| {
                let hour = it.hour[at].map(|hour| it.h1.close[hour]);
                at >= 1
                    && hour.is_some_and(|hour| {
                        2.0 * it.m1.close[at] - it.m1.close[at - 1] - hour > 0.0001
                    })
            }),
        ),
        (
            "all_of_them",
            json!([
                { "indicator": "close", "condition": "gt", "value": "sma_10" },
                { "condition": "bullish", "timeframe": "H1" },
                { "indicator": "high", "condition": "gt", "compareIndicator": "high", "compareBarsAgo": 2 },
            ]),
            each(|it, at| {
                let close = is_above(it.m1.close[at], &it.m1.close, 10, at);
                let hour = it.hour[at].is_some_and(|hour| it.h1.close[hour] > it.h1.open[hour]);
                close && hour && at >= 2 && it.m1.high[at] > it.m1.high[at - 2]
            }),
        ),
    ]
}

/// Whether the notes of each strategy name a side, bar for bar; none while it warms up.
#[derive(Default)]
struct Noted(BTreeMap<String, BTreeMap<i64, Option<bool>>>);

impl Journal for Noted {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        for action in step.actions {
            if let Action::Result(result) = action {
                assert_eq!(result.status, ResultStatus::Executed, "{result:?}");
            }
            let Action::Note(note) = action else { continue };
            let (strategy, _) = step.executor.judged(note).expect("it runs");
            let Note { bar_msc, side, verdict, .. } = *note;
            assert!(side.is_none_or(|side| side == Side::Buy), "the rules only buy");
            let seen = (verdict != Verdict::WarmingUp).then_some(side.is_some());
            self.0.entry(strategy.to_string()).or_default().insert(bar_msc.0, seen);
        }
        Ok(())
    }
}

/// Rules that buy on one condition.
fn in_canonical_form(condition: &Value) -> Value {
    json!({
        "entry": { "buy": condition },
        "exit": {
            "opposite_signal": "ignore",
            "stop_loss": { "whole": { "line": { "of": { "line": { "kind": "atr", "period": 14 } }, "times": 2 } } },
            "take_profit": { "ratio": 1.5 },
        },
        "risk": { "lots": 0.1, "max_open_trades": 1 },
    })
}

#[test]
fn each_condition_is_what_a_plain_loop_says() {
    let name = "icmarkets_EURUSD_20250922-20250926";
    let (Some(m1), Some(h1)) =
        (data(&format!("expected/{name}.M1.csv")), data(&format!("expected/{name}.H1.csv")))
    else {
        return;
    };
    let (m1, h1) = (Bars::read(&m1), Bars::read(&h1));
    let closed = |next_msc: &i64| {
        let hours = h1.time_msc.iter().filter(|hour| **hour + HOUR_MS <= *next_msc).count();
        hours.checked_sub(1)
    };
    let hour = m1.time_msc.iter().skip(1).map(closed).chain([None]).collect();
    let world = World { m1, h1, hour };
    let cases = cases();
    let strategy = |(name, conditions, _): &(&str, Value, Expect)| {
        let rules = if conditions.is_object() {
            in_canonical_form(conditions)
        } else {
            json!({
                "entry": { "groups": [{ "name": "long_entry", "logic": "AND", "conditions": conditions }] },
                "riskManagement": { "lotSize": 0.1 },
                "exit": {
                    "stopLoss": { "type": "atr", "value": 2 },
                    "takeProfit": { "type": "ratio", "value": 1.5 },
                },
            })
        };
        json!({
            "id": name,
            "timeframe": "M1",
            "options": { "warmupBars": WARMUP },
            "rules": rules,
        })
    };
    let strategies: Vec<Value> = cases.iter().map(strategy).collect();
    let run = common::over_the_week(&json!(strategies), json!({}), Noted::default());
    let Some(noted) = run else { return };
    for (name, conditions, expect) in &cases {
        let expected = expect(&world);
        let reads_hours =
            conditions.to_string().contains("H1") || conditions.to_string().contains("1h");
        let (mut held, mut not) = (0, 0);
        for (at, seen) in world.m1.time_msc.iter().map(|time| noted.0[*name].get(time)).enumerate()
        {
            // The last minute of the data is never closed.
            let Some(seen) = seen else {
                assert_eq!(at, expected.len() - 1, "{name} has a note for each minute");
                continue;
            };
            let is_warm = at >= WARMUP
                && (!reads_hours || world.hour[at].is_some_and(|hour| hour + 1 >= WARMUP));
            // An average true range of 14 bars, or a line of some bars ago, may need more.
            let may_be_cold =
                at < WARMUP + 5 || world.hour[at].is_none_or(|hour| hour < WARMUP + 3);
            match seen {
                Some(seen) => {
                    assert!(is_warm, "{name}: minute {at} is before the warm-up");
                    assert_eq!(*seen, expected[at], "{name}: minute {at}");
                    if *seen { held += 1 } else { not += 1 }
                }
                None => assert!(!is_warm || may_be_cold, "{name}: minute {at} is warm"),
            }
        }
        assert!(held > 2 && not > 100, "{name} held {held} times, and {not} times not");
    }
}
