//! Every real file against the figures that were computed from it independently, and every layout
//! against its publisher's rows.

use crate::common::{build, data};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tickdeck::data::bar_source::BarSource;
use tickdeck::data::detect::detect;
use tickdeck::data::error::DataError;
use tickdeck::data::format::{Format, Stated};
use tickdeck::data::input::{Input, inputs};
use tickdeck::data::specification::find;
use tickdeck::data::tick_source::TickReader;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::zone::ServerZone;
use tickdeck::market::bar::Bar;
use tickdeck::market::builder::BarBuilder;
use tickdeck::market::columns::TickColumns;
use tickdeck::market::timeframe::Timeframe;

fn eurusd() -> SymbolSpec {
    find("EURUSD", None, None).unwrap()
}

fn ticks_as(
    input: &Input,
    stated: &Stated,
    spec: &SymbolSpec,
) -> Result<(Vec<Tick>, TickReader), DataError> {
    let mut source = TickReader::open(input, stated, SymbolId(0), spec)?;
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    loop {
        source.read(&mut batch)?;
        if batch.is_empty() {
            return Ok((all, source));
        }
        all.extend(batch.iter());
    }
}

/// The ticks of all files of a path, one after the other. A file's first tick states both sides;
/// where the file before is known, its flags say what changed since.
fn ticks(path: &Path, spec: &SymbolSpec) -> Vec<Tick> {
    let mut all: Vec<Tick> = Vec::new();
    for input in
        inputs(&[path]).unwrap().into_iter().filter(|input| detect(input).unwrap().is_ticks())
    {
        let (mut ticks, _) = ticks_as(&input, &Stated::default(), spec).unwrap();
        if let (Some(before), Some(first)) = (all.last(), ticks.first_mut()) {
            assert_eq!(first.flags.bits(), 6);
            let changed =
                2 * u32::from(first.bid != before.bid) + 4 * u32::from(first.ask != before.ask);
            first.flags = TickFlags::from_mt5(if changed == 0 { 6 } else { changed });
        }
        all.append(&mut ticks);
    }
    all
}

fn bars_as(
    input: &Input,
    stated: &Stated,
    spec: &SymbolSpec,
) -> Result<(Vec<Bar>, Option<ServerZone>), DataError> {
    let mut source = BarSource::open(input, stated, spec)?;
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        source.read(&mut batch)?;
        if batch.is_empty() {
            return Ok((all, source.clock()?.and_then(|clock| clock.zone().cloned())));
        }
        all.append(&mut batch);
    }
}

fn json(name: &str) -> Option<Value> {
    Some(
        serde_json::from_str(&fs::read_to_string(data(&format!("expected/{name}.json"))?).unwrap())
            .unwrap(),
    )
}

/// What the tick sets' expectations count, computed here from the ticks alone.
fn figures(ticks: &[Tick], spec: &SymbolSpec) -> BTreeMap<&'static str, Value> {
    let price = |price: tickdeck::domain::amount::Price| Value::from(price.to_f64());
    let (first, last) = (ticks.first().unwrap(), ticks.last().unwrap());
    let pairs = || ticks.iter().zip(&ticks[1..]);
    let count =
        |test: &dyn Fn(&Tick) -> bool| Value::from(ticks.iter().filter(|tick| test(tick)).count());
    let pauses: Vec<i64> =
        pairs().map(|(before, after)| after.time_msc.0 - before.time_msc.0).collect();
    let mut spreads: Vec<i64> = ticks.iter().map(|tick| tick.spread(spec.point()).0).collect();
    spreads.sort_unstable();
    BTreeMap::from([
        ("rows", Value::from(ticks.len())),
        ("first_time_msc", Value::from(first.time_msc.0)),
        ("last_time_msc", Value::from(last.time_msc.0)),
        ("first_bid", price(first.bid)),
        ("first_ask", price(first.ask)),
        ("last_bid", price(last.bid)),
        ("last_ask", price(last.ask)),
        ("min_bid", price(ticks.iter().map(|tick| tick.bid).min().unwrap())),
        ("max_bid", price(ticks.iter().map(|tick| tick.bid).max().unwrap())),
        ("min_ask", price(ticks.iter().map(|tick| tick.ask).min().unwrap())),
        ("max_ask", price(ticks.iter().map(|tick| tick.ask).max().unwrap())),
        ("sorted", Value::from(pauses.iter().all(|&pause| pause >= 0))),
        ("duplicate_time_msc", Value::from(pauses.iter().filter(|&&pause| pause == 0).count())),
        ("ask_below_bid", count(&|tick| tick.ask < tick.bid)),
        ("zero_spread", count(&|tick| tick.ask == tick.bid)),
        ("spread_points_median", Value::from(middle(&spreads))),
        ("spread_points_max", Value::from(spreads[spreads.len() - 1])),
        ("gaps_over_60s", Value::from(pauses.iter().filter(|&&pause| pause > 60_000).count())),
        ("max_gap_ms", Value::from(pauses.iter().max().copied().unwrap())),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "points of a spread")]
fn middle(sorted: &[i64]) -> f64 {
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) as f64 / 2.0
}

/// Holds ticks against an expectation; of its flags the documented bits: text exports state no
/// others.
fn check_ticks(name: &str, ticks: &[Tick], spec: &SymbolSpec, expected: &Value) {
    let expected = expected.get("ticks").unwrap_or(expected);
    for (what, found) in figures(ticks, spec) {
        let expect = &expected[what];
        // 6 % of the raw doubles are not the nearest to their price.
        let near = |a: &Value, b: &Value| {
            a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() < 1e-9)
        };
        assert!(
            found == *expect || near(&found, expect),
            "{name}, {what}: found {found}, expected {expect}"
        );
    }
    let mut flags = BTreeMap::new();
    for tick in ticks {
        *flags.entry(tick.flags.documented().bits()).or_insert(0) += 1;
    }
    let mut expect = BTreeMap::new();
    for (bits, rows) in expected["flags"].as_object().unwrap() {
        let kept = TickFlags::from_mt5(bits.parse().unwrap()).documented().bits();
        *expect.entry(kept).or_insert(0) += rows.as_u64().unwrap();
    }
    assert_eq!(flags, expect, "{name}: flags");
}

/// Rows that are identical to an earlier row of their millisecond.
fn identical(ticks: &[Tick]) -> usize {
    let twin = |at: usize| {
        let same =
            ticks[..at].iter().rev().take_while(|before| before.time_msc == ticks[at].time_msc);
        same.into_iter().any(|before| *before == ticks[at])
    };
    (0..ticks.len()).filter(|&at| twin(at)).count()
}

#[test]
fn every_real_tick_file_gives_the_expected_ticks() {
    for (path, expected, symbol, digits) in [
        (
            "ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet",
            "icmarkets_EURUSD_20250922-20250926",
            "EURUSD",
            None,
        ),
        ("ticks/EURUSD_20250922_mt5export.csv", "EURUSD_20250922_mt5export", "EURUSD", None),
        ("ticks/XAUUSD_20140506_mt5export.csv.gz", "lean_oanda_XAUUSD_20140506", "XAUUSD", Some(3)),
        ("ticks/dukascopy_EURUSD_20190204", "dukascopy_EURUSD_20190204", "EURUSD", None),
        ("ticks/lean_oanda_EURUSD", "lean_oanda_EURUSD_20140504-09", "EURUSD", None),
        ("ticks/lean_oanda_XAUUSD", "lean_oanda_XAUUSD_20140506", "XAUUSD", Some(3)),
    ] {
        let (Some(path), Some(expected)) = (data(path), json(expected)) else { return };
        let spec = find(symbol, None, digits).unwrap();
        let ticks = ticks(&path, &spec);
        check_ticks(&path.display().to_string(), &ticks, &spec, &expected);
    }
}

#[test]
fn lean_files_of_fxcm_are_on_new_york_winter_time_all_year() {
    let (Some(path), Some(expected)) =
        (data("ticks/lean_fxcm_EURUSD"), json("lean_fxcm_EURUSD_20140506"))
    else {
        return;
    };
    let mut zone: ServerZone = "UTC-5".parse().unwrap();
    let mut ticks = ticks(&path, &eurusd());
    for tick in &mut ticks {
        tick.time_msc.0 = zone.to_utc(tick.time_msc).nanos() / 1_000_000;
    }
    check_ticks("FXCM", &ticks, &eurusd(), &expected);
    assert_eq!(identical(&ticks), 0);
}

#[test]
fn repeated_rows_are_kept() {
    for (path, symbol, digits, expect) in [
        ("ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet", "EURUSD", None, 30),
        ("ticks/lean_oanda_EURUSD", "EURUSD", None, 6),
        ("ticks/XAUUSD_20140506_mt5export.csv.gz", "XAUUSD", Some(3), 109),
    ] {
        let Some(path) = data(path) else { return };
        assert_eq!(
            identical(&ticks(&path, &find(symbol, None, digits).unwrap())),
            expect,
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_filled_export_is_an_hour_of_the_week() {
    let (Some(hour), Some(week)) = (
        data("ticks/EURUSD_20250924_16h_mt5export_filled.csv"),
        data("ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet"),
    ) else {
        return;
    };
    let (hour, mut week) = (ticks(&hour, &eurusd()), ticks(&week, &eurusd()));
    week.iter_mut().for_each(|tick| tick.flags = tick.flags.documented());
    assert_eq!(hour.len(), 5_131);
    let start = week.iter().position(|tick| *tick == hour[0]).unwrap();
    assert!(hour[..] == week[start..start + hour.len()]);
}

/// The gold of Lean is written with fractions of a millisecond; the export of it was made by
/// cutting them off.
#[test]
fn fractions_of_a_millisecond_are_cut_off() {
    let (Some(lean), Some(export)) =
        (data("ticks/lean_oanda_XAUUSD"), data("ticks/XAUUSD_20140506_mt5export.csv.gz"))
    else {
        return;
    };
    let spec = find("XAUUSD", None, Some(3)).unwrap();
    assert!(ticks(&lean, &spec) == ticks(&export, &spec));
}

/// What an expectation of bars counts.
fn check_bars(name: &str, bars: &[Bar], expected: &Value) {
    let near = |found: f64, what: &str| {
        let expect = expected[what].as_f64().unwrap();
        assert!((found - expect).abs() < 1e-6, "{name}, {what}: found {found}, expected {expect}");
    };
    let time = |bar: &Bar| format!("{}+00:00", bar.time_msc.civil().strftime("%Y-%m-%d %H:%M:%S"));
    let prices = |bar: &Bar| [bar.open, bar.high, bar.low, bar.close].map(|price| price.to_f64());
    let (first, last) = (bars.first().unwrap(), bars.last().unwrap());
    assert_eq!(Value::from(bars.len()), expected["bars"], "{name}");
    assert_eq!(
        (Value::from(time(first)), Value::from(time(last))),
        (expected["first"].clone(), expected["last"].clone()),
        "{name}"
    );
    for (what, found) in [("first_ohlc", prices(first)), ("last_ohlc", prices(last))] {
        let expect: Vec<f64> = expected[what]
            .as_array()
            .unwrap()
            .iter()
            .map(|price| price.as_f64().unwrap())
            .collect();
        assert!(
            found.iter().zip(&expect).all(|(a, b)| (a - b).abs() < 1e-9),
            "{name}, {what}: found {found:?}, expected {expect:?}"
        );
    }
    assert_eq!(
        Value::from(bars.iter().map(|bar| bar.tick_volume).sum::<u64>()),
        expected["sum_tick_volume"],
        "{name}"
    );
    near(bars.iter().map(|bar| bar.high.to_f64()).fold(f64::MIN, f64::max), "high_max");
    near(bars.iter().map(|bar| bar.low.to_f64()).fold(f64::MAX, f64::min), "low_min");
    near(bars.iter().map(|bar| bar.close.to_f64()).sum(), "sum_close");
}

#[test]
fn every_real_bar_file_gives_the_expected_bars() {
    let (Some(folder), Some(expected), Some(darwinex)) =
        (data("bars"), json("bars"), json("darwinex_EURUSD_M1_202401"))
    else {
        return;
    };
    for input in inputs(&[folder]).unwrap() {
        let name = input.name().file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with("_minute_quote.csv") {
            continue;
        }
        let spec = find(name.split('_').find(|word| word.len() == 6).unwrap(), None, None).unwrap();
        let (bars, clock) = bars_as(&input, &Stated::default(), &spec).unwrap();
        assert!(clock.is_none(), "{name}: a broker's file does not name its clock");
        let twin = name.replace("_mt5export.csv", ".parquet");
        let expect = if name.starts_with("darwinex") {
            &darwinex["M1"]
        } else {
            expected.get(&name).unwrap_or(&expected[&format!("icmarkets_{twin}")])
        };
        check_bars(&name, &bars, expect);
    }
}

/// Lean's minutes are the minutes of Lean's ticks, as far as a minute knows them: the count of
/// ticks is not told, and the spread only at the first and the last quote.
#[test]
fn lean_minutes_are_those_of_lean_ticks() {
    let (Some(ticks), Some(minutes), Some(expected)) = (
        data("ticks/lean_oanda_EURUSD"),
        data("bars/lean_oanda_EURUSD_minute"),
        json("lean_oanda_EURUSD_20140504-09"),
    ) else {
        return;
    };
    let mut from_ticks = Vec::new();
    build(&ticks, &eurusd(), Timeframe::M1, &mut |bar| {
        from_ticks.push(*bar);
        Ok(())
    })
    .unwrap();
    check_bars("Lean ticks", &from_ticks, &expected["bars"]["M1"]);
    let mut read = Vec::new();
    for input in inputs(&[minutes]).unwrap() {
        assert_eq!(detect(&input).unwrap(), Format::LeanMinutes);
        read.append(&mut bars_as(&input, &Stated::default(), &eurusd()).unwrap().0);
    }
    let prices = |bar: &Bar| (bar.time_msc, bar.open, bar.high, bar.low, bar.close);
    let differ = read.iter().zip(&from_ticks).filter(|(a, b)| prices(a) != prices(b)).count();
    eprintln!("{} minutes read, {} made, {differ} differ", read.len(), from_ticks.len());
    for (read, made) in read.iter().zip(&from_ticks) {
        assert_eq!(prices(read), prices(made));
        assert!(
            read.spread >= made.spread && read.tick_volume == 0 && read.real_volume == 0,
            "{read:?} {made:?}"
        );
    }
    assert_eq!(read.len(), from_ticks.len());
}

/// M1 and H1 of each tick set, against bars computed without this program. Hourly tick volumes
/// there count the changes within the hour, ours sum the minutes as the terminal does.
#[test]
fn ticks_make_the_expected_bars() {
    for (path, expected, symbol, digits, minutes) in [
        (
            "ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet",
            "icmarkets_EURUSD_20250922-20250926",
            "EURUSD",
            None,
            7_189,
        ),
        ("ticks/dukascopy_EURUSD_20190204", "dukascopy_EURUSD_20190204", "EURUSD", None, 1_440),
        ("ticks/lean_oanda_XAUUSD", "lean_oanda_XAUUSD_20140506", "XAUUSD", Some(3), 1_385),
    ] {
        let spec = find(symbol, None, digits).unwrap();
        for timeframe in [Timeframe::M1, Timeframe::H1] {
            let (Some(path), Some(table)) =
                (data(path), data(&format!("expected/{expected}.{timeframe}.csv")))
            else {
                return;
            };
            let mut builder = BarBuilder::new(timeframe, spec.point());
            let mut bars: Vec<Bar> =
                ticks(&path, &spec).iter().filter_map(|tick| builder.push_tick(tick)).collect();
            bars.extend(builder.forming().copied());
            let table = fs::read_to_string(table).unwrap();
            let expect: Vec<[f64; 6]> = table.lines().skip(1).map(expected_bar).collect();
            assert_eq!(bars.len(), expect.len(), "{expected} {timeframe}");
            assert!(timeframe != Timeframe::M1 || bars.len() == minutes);
            for (bar, expect) in bars.iter().zip(&expect) {
                let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| price.to_f64());
                assert!(
                    prices.iter().zip(expect).all(|(found, expect)| (found - expect).abs() < 1e-9),
                    "{expected} {timeframe}: {bar:?} {expect:?}"
                );
                #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
                let counts = [bar.tick_volume as f64, bar.spread.0 as f64];
                let same_volume =
                    timeframe != Timeframe::M1 || counts[0].total_cmp(&expect[4]).is_eq();
                assert!(
                    same_volume && counts[1].total_cmp(&expect[5]).is_eq(),
                    "{expected} {timeframe}: {bar:?} {expect:?}"
                );
            }
        }
    }
}

/// Open, high, low, close, tick volume and spread of a row
/// `time,open,high,low,close,ticks,tick_volume,spread_min`.
fn expected_bar(line: &str) -> [f64; 6] {
    let cells: Vec<f64> = line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect();
    [cells[0], cells[1], cells[2], cells[3], cells[5], cells[6]]
}

#[test]
fn dukascopys_candles_are_the_minutes_of_its_ticks() {
    let (Some(folder), Some(expected)) =
        (data("ticks/dukascopy_EURUSD_20190204"), json("dukascopy_EURUSD_20190204"))
    else {
        return;
    };
    let input = Input::of(&folder.join("BID_candles_min_1.bi5")).unwrap();
    let (bars, clock) = bars_as(&input, &Stated::default(), &eurusd()).unwrap();
    assert_eq!(clock, Some(ServerZone::utc()));
    let mut builder = BarBuilder::new(Timeframe::M1, eurusd().point());
    let mut made: Vec<Bar> =
        ticks(&folder, &eurusd()).iter().filter_map(|tick| builder.push_tick(tick)).collect();
    made.extend(builder.forming().copied());
    check_bars("Dukascopy", &made, &expected["bars"]["M1"]);
    let prices = |bar: &Bar| (bar.time_msc, bar.open, bar.high, bar.low, bar.close);
    assert_eq!(bars.len(), 1_440);
    assert!(bars.iter().map(prices).eq(made.iter().map(prices)));
}
