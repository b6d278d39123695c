//! What holds of every indicator in the registry, whatever it computes.

use proptest::prelude::*;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::time::ServerMsc;
use tickdeck::indicator::any::Indicator;
use tickdeck::indicator::applied_price::AppliedPrice;
use tickdeck::indicator::catalogue::IndicatorKind;
use tickdeck::indicator::named::{Named, names};
use tickdeck::indicator::parameter::{Grain, Parameter};
use tickdeck::indicator::spec::{IndicatorSpec, LineSpec};
use tickdeck::market::bar::Bar;

/// Monday 2025-09-22 00:00 by the server's clock.
const MONDAY_MSC: i64 = 1_758_499_200_000;
const HOUR_MS: i64 = 3_600_000;

/// Every indicator on every price that it can be applied to, with figures that `figure` gives.
fn all(figure: impl Fn(&Parameter, usize) -> String) -> Vec<IndicatorSpec> {
    let of = |kind: &IndicatorKind| {
        let row = kind.row();
        let figures = row.parameters.iter().enumerate();
        let figures = figures
            .fold(String::new(), |text, (place, parameter)| text + "_" + &figure(parameter, place));
        let prices = if row.price.is_some() {
            AppliedPrice::ALL.map(|price| format!("_{}", price.name())).to_vec()
        } else {
            vec![String::new()]
        };
        prices
            .into_iter()
            .map(|price| format!("{}{figures}{price}", row.name).parse::<IndicatorSpec>().unwrap())
            .collect::<Vec<_>>()
    };
    IndicatorKind::ALL.iter().flat_map(of).collect()
}

/// Whether its values begin with something that the market need not do.
fn is_drawn(spec: IndicatorSpec) -> bool {
    ["swing_high", "swing_low", "fair_value_gap"].contains(&spec.row().name)
}

/// Small figures that differ from place to place.
fn small(seed: u32) -> Vec<IndicatorSpec> {
    all(|parameter, place| match parameter.grain {
        Grain::Whole => (2 + (seed + 3 * u32::try_from(place).unwrap()) % 9).to_string(),
        Grain::Fine => parameter.default.unwrap().to_string(),
    })
}

fn bar(hour: i64, [open, high, low, close]: [i64; 4], tick_volume: u64) -> Bar {
    let [open, high, low, close] = [open, high, low, close].map(Price::from_raw);
    let time_msc = ServerMsc(MONDAY_MSC + hour * HOUR_MS);
    Bar { time_msc, open, high, low, close, tick_volume, spread: Points(0), real_volume: 0 }
}

/// Bars of a coarse walk, in which equal prices, flat bars, gaps and silent bars occur; `fine`
/// moves them off the grid.
fn walk() -> impl Strategy<Value = Vec<Bar>> {
    let step = (-3_i64..4, 0_i64..3, 0_i64..3, 0_u64..5, 1_i64..5);
    (prop::collection::vec(step, 1..120), 1_i64..40_000, 100_000_000_i64..3_000_000_000_000)
        .prop_map(|(steps, fine, start)| {
            let (mut close, mut hour) = (start, 0);
            let step = |(step, above, below, volume, hours): (i64, i64, i64, u64, i64)| {
                let open = close;
                close += step * fine;
                hour += hours;
                bar(
                    hour,
                    [open, open.max(close) + above * fine, open.min(close) - below * fine, close],
                    volume,
                )
            };
            steps.into_iter().map(step).collect()
        })
}

/// The bits of all values at the last bar.
fn bits(indicator: &Indicator, spec: IndicatorSpec) -> Vec<Option<u64>> {
    spec.lines().map(|line| indicator.value(line).map(f64::to_bits)).collect()
}

fn one_by_one(spec: IndicatorSpec, bars: &[Bar]) -> Vec<Vec<Option<u64>>> {
    let mut indicator = Indicator::new(spec);
    let push = |bar: &Bar| {
        indicator.push(bar);
        bits(&indicator, spec)
    };
    bars.iter().map(push).collect()
}

fn text_and_back(indicator: &Indicator) -> Indicator {
    serde_json::from_str(&serde_json::to_string(indicator).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// One by one, in two batches, written and read back between them: the same bits. And what was
    /// given before the cut is what is given when no later bar ever comes.
    #[test]
    fn history_is_history(bars in walk(), seed in 0_u32..9, cut in any::<prop::sample::Index>()) {
        let cut = cut.index(bars.len());
        for spec in small(seed) {
            let whole = one_by_one(spec, &bars);
            let mut early = Indicator::new(spec);
            bars[..cut].iter().for_each(|bar| early.push(bar));
            if cut > 0 {
                prop_assert_eq!(&bits(&early, spec), &whole[cut - 1], "{}: a later bar changed bar {}", spec, cut - 1);
            }
            let mut resumed = text_and_back(&early);
            prop_assert_eq!(&resumed, &early, "{}", spec);
            for (bar, expect) in bars[cut..].iter().zip(&whole[cut..]) {
                resumed.push(bar);
                prop_assert_eq!(&bits(&resumed, spec), expect, "{}: resumed after bar {}", spec, cut);
            }
        }
    }

    /// What a windowed indicator says hangs on its window alone: another history before it changes
    /// no bit.
    #[test]
    fn windows_forget(bars in walk(), other in walk(), seed in 0_u32..9) {
        const WINDOWED: [&str; 14] = ["sma", "lwma", "atr", "bands", "stddev", "stochastic", "stochastic_close", "cci", "momentum",
            "demarker", "mfi", "volume_average", "donchian", "adr"];
        for spec in small(seed).into_iter().filter(|spec| WINDOWED.contains(&spec.row().name)) {
            let mut together = other.clone();
            together.extend(&bars);
            let (fresh, later) = (one_by_one(spec, &bars), one_by_one(spec, &together));
            // Twice the figures are more than any window looks back.
            let deep = 2 * spec.warmup_bars() as usize + 2;
            for n in deep..bars.len() {
                prop_assert_eq!(&later[other.len() + n], &fresh[n], "{} at bar {}", spec, n);
            }
        }
    }
}

/// Whoever waits as long as an indicator asks for, and one bar more where changes are compared, has
/// all its values. What begins anew with the server's day waits by itself, and what the market must
/// draw first has no value before.
#[test]
fn a_warm_indicator_has_values() {
    for spec in small(0)
        .into_iter()
        .chain(small(5))
        .filter(|spec| !["vwap", "pivot"].contains(&spec.row().name) && !is_drawn(*spec))
    {
        let mut indicator = Indicator::new(spec);
        for n in 0..=i64::from(spec.warmup_bars()) {
            let open = 1_170_000_000 + n % 7 * 10_000;
            indicator.push(&bar(n, [open, open + 30_000, open - 20_000, open + 10_000], 5));
        }
        for line in spec.lines() {
            assert!(indicator.value(line).is_some(), "{line} after {} bars", spec.warmup_bars());
        }
    }
}

/// A value is a number: with the widest figures, the highest prices that a file can hold, and their
/// sudden changes.
#[test]
fn no_price_and_no_period_is_too_great() {
    for (low, high) in [
        (1, i64::MAX),
        (i64::MAX, i64::MAX),
        (1, 1),
        (10_000_000_000_000_000, 10_000_000_000_000_001),
    ] {
        let widest = |parameter: &Parameter, _| {
            if parameter.most.to_string() == "10000" {
                "9".to_owned()
            } else {
                parameter.most.to_string()
            }
        };
        for spec in all(widest) {
            let mut indicator = Indicator::new(spec);
            for n in 0..60 {
                let (open, close) = if n % 3 == 0 { (low, high) } else { (high, low) };
                let volume = [0, 1, u64::MAX][usize::try_from(n % 3).unwrap()];
                indicator.push(&bar(n, [open, high.max(low), low.min(high), close], volume));
                for line in spec.lines() {
                    assert!(
                        indicator.value(line).is_none_or(f64::is_finite),
                        "{line} {:?} at bar {n}",
                        indicator.value(line)
                    );
                }
            }
        }
    }
}

#[test]
fn the_longest_windows_of_the_highest_prices_add_up() {
    let longest = |parameter: &Parameter, _| {
        if parameter.grain == Grain::Whole { parameter.most } else { parameter.default.unwrap() }
            .to_string()
    };
    for spec in all(longest)
        .into_iter()
        .filter(|spec| [AppliedPrice::Close, AppliedPrice::Weighted].contains(&spec.price()))
    {
        let mut indicator = Indicator::new(spec);
        for n in 0..20_100 {
            let low = if n % 100 < 50 { i64::MAX - 1 } else { 1 };
            indicator.push(&bar(n / 100, [low, i64::MAX, low, i64::MAX], u64::MAX));
            for line in spec.lines() {
                assert!(indicator.value(line).is_none_or(f64::is_finite), "{line} at bar {n}");
            }
        }
    }
}

/// In a market that does not move, a price line is the price and every other line is a number.
#[test]
fn a_flat_market_gives_its_price_to_the_bit() {
    const PRICES: [&str; 9] =
        ["sma", "ema", "lwma", "smma", "ema_talib", "bands", "donchian", "ichimoku", "highest"];
    for raw in [1_i64, 1_170_010_000, 1_999_990_000_000, 9_999_999_999_999_999] {
        let price = Price::from_raw(raw).to_f64();
        for spec in small(3).into_iter().filter(|spec| spec.price() != AppliedPrice::Typical) {
            let mut indicator = Indicator::new(spec);
            (0..300).for_each(|n| indicator.push(&bar(n, [raw; 4], 7)));
            for line in spec.lines() {
                if is_drawn(spec) {
                    assert_eq!(indicator.value(line), None, "{line}");
                    continue;
                }
                let value = indicator.value(line).unwrap_or_else(|| panic!("{line} has a value"));
                assert!(value.is_finite(), "{line}: {value}");
                // An EMA may lose the last bit: k and 1 - k are rounded apart.
                let near = if spec.row().name.starts_with("ema") || spec.row().name == "smma" {
                    1e-15 * price
                } else {
                    0.0
                };
                assert!(
                    !PRICES.contains(&spec.row().name) || (value - price).abs() <= near,
                    "{line}: {value} instead of {price}"
                );
            }
        }
    }
}

#[test]
fn names_are_read_back_and_are_each_only_one() {
    let mut columns: Vec<String> = Vec::new();
    for spec in small(5) {
        assert_eq!(spec.to_string().parse(), Ok(spec));
        assert_eq!(spec.to_string().to_lowercase().replace('_', ":").parse(), Ok(spec), "{spec}");
        assert_eq!(
            serde_json::from_str::<IndicatorSpec>(&serde_json::to_string(&spec).unwrap()).unwrap(),
            spec
        );
        for line in spec.lines() {
            assert_eq!(line.to_string().parse::<Named>().unwrap().line(), Ok(line), "{line}");
            assert_eq!(
                serde_json::from_str::<LineSpec>(&serde_json::to_string(&line).unwrap()).unwrap(),
                line
            );
            columns.push(line.column());
        }
    }
    let count = columns.len();
    columns.sort();
    columns.dedup();
    assert_eq!(columns.len(), count, "no two lines have one name");
    let mut known = names();
    let count = known.len();
    known.sort();
    known.dedup();
    assert_eq!(known.len(), count, "no name stands for two things");
}

#[test]
fn columns_are_called_as_they_are() {
    for (name, expect) in [
        ("ema:20", "ema_20"),
        ("RSI", "rsi_14"),
        ("macd", "macd_12_26_9"),
        ("macd_signal", "macd_signal_12_26_9"),
        ("bb_lower:20:2.50", "bands_lower_20_2.5"),
        ("sma_50_median", "sma_50_median"),
        ("cci_typical", "cci_20"),
        ("sar", "sar_0.02_0.2"),
        ("swing", "swing_line"),
        ("swing_value", "swing_line"),
        ("swing_line:trend", "swing_line_trend"),
        ("swing_low", "swing_low_2"),
        ("fvg_bear_bottom", "fair_value_gap_bear_bottom"),
        ("adr", "adr_10"),
        ("stoch_talib_d_5", "stochastic_talib_d_5_3_3"),
    ] {
        assert_eq!(name.parse::<LineSpec>().unwrap().column(), expect);
    }
}

/// 5·n bars for a recursive indicator, n for a windowed one (executor 3.3).
#[test]
fn warm_ups_are_those_of_the_rule() {
    for (name, expect) in [
        ("EMA_20", 100),
        ("RSI_14", 70),
        ("SMA_50", 50),
        ("ATR_14", 14),
        ("ATR_WILDER_14", 70),
        ("CCI_20", 20),
        ("ADX_14", 70),
        ("MACD_12_26_9", 139),
        ("STOCHASTIC_K_14_3_3", 18),
        ("BANDS_UPPER_20_2", 20),
        ("ICHIMOKU_KIJUN_9_26_52", 52),
        ("PRICE", 1),
        ("SWING_LINE", 50),
        ("SWING_HIGH_2", 25),
        ("FVG_BULL_TOP", 50),
        ("ADR_10", 10),
        ("SAR_0.02_0.2", 50),
    ] {
        assert_eq!(name.parse::<LineSpec>().unwrap().warmup_bars(), expect, "{name}");
    }
}
