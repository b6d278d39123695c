//! Dukascopy's files: a real day against what an independent computation and the vendor made of it,
//! and what each malformed file is told.

use crate::common::data;
use crate::dukascopy::{DAY, candle, hour_of_ticks, pack, pack_open, tick};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use tickdeck::data::bar_writer::csv_line;
use tickdeck::data::detect::detect;
use tickdeck::data::dukascopy::bi5_candles::Bi5Candles;
use tickdeck::data::dukascopy::bi5_ticks::Bi5Ticks;
use tickdeck::data::dukascopy::content::{Content, look};
use tickdeck::data::dukascopy::flaw::Bi5Flaw;
use tickdeck::data::dukascopy::place;
use tickdeck::data::error::DataError;
use tickdeck::data::input::Input;
use tickdeck::data::specification::find;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::bar::Bar;
use tickdeck::market::builder::BarBuilder;
use tickdeck::market::columns::TickColumns;
use tickdeck::market::timeframe::Timeframe;

const T0: ServerMsc = ServerMsc(1_549_238_400_000); // 4 February 2019

fn eurusd() -> SymbolSpec {
    find("EURUSD", None, None).unwrap()
}

fn from(bytes: &[u8]) -> Box<dyn Read + Send> {
    Box::new(Cursor::new(bytes.to_vec()))
}

fn ticks_of(bytes: &[u8], spec: &SymbolSpec) -> Result<Vec<Tick>, DataError> {
    let mut file = Bi5Ticks::new(from(bytes), "a.bi5".into(), T0, SymbolId(0), spec)?;
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    loop {
        file.read(&mut batch)?;
        if batch.is_empty() {
            return Ok(all);
        }
        all.extend(batch.iter());
    }
}

/// The bars, and how many candles had no ticks.
fn candles_of(bytes: &[u8], spec: &SymbolSpec) -> Result<(Vec<Bar>, u64), DataError> {
    let mut file = Bi5Candles::new(from(bytes), "a.bi5".into(), T0, spec)?;
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        file.read(&mut batch)?;
        if batch.is_empty() {
            return Ok((all, file.without_ticks()));
        }
        all.append(&mut batch);
    }
}

/// The real day, hour by hour, each file's time told by its path.
fn real_day() -> Option<Vec<Tick>> {
    let folder = data(DAY)?;
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    for hour in 0..24 {
        let path = folder.join(format!("{hour:02}h_ticks.bi5"));
        assert_eq!(look(Box::new(File::open(&path).unwrap()), &path).unwrap(), Content::Ticks);
        let start = place::hour_of(&path, None).unwrap();
        let mut file = Bi5Ticks::new(
            Box::new(File::open(&path).unwrap()),
            path,
            start,
            SymbolId(0),
            &eurusd(),
        )
        .unwrap();
        file.read(&mut batch).unwrap();
        while !batch.is_empty() {
            all.extend(batch.iter());
            file.read(&mut batch).unwrap();
        }
    }
    Some(all)
}

#[test]
fn a_real_day_holds_the_ticks_counted_elsewhere() {
    let (Some(ticks), Some(expected)) =
        (real_day(), data("expected/dukascopy_EURUSD_20190204.json"))
    else {
        return;
    };
    let expected: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(expected).unwrap()).unwrap();
    let expected = &expected["ticks"];
    let price = |name: &str| Some(Price::from_f64(expected[name].as_f64().unwrap(), 5).unwrap());
    let (first, last) = (ticks.first().unwrap(), ticks.last().unwrap());
    assert_eq!(expected["rows"], ticks.len());
    assert_eq!(expected["first_time_msc"], first.time_msc.0);
    assert_eq!(expected["last_time_msc"], last.time_msc.0);
    assert_eq!((Some(first.bid), Some(first.ask)), (price("first_bid"), price("first_ask")));
    assert_eq!((Some(last.bid), Some(last.ask)), (price("last_bid"), price("last_ask")));
    assert_eq!(ticks.iter().map(|tick| tick.bid).min(), price("min_bid"));
    assert_eq!(ticks.iter().map(|tick| tick.bid).max(), price("max_bid"));
    assert_eq!(ticks.iter().map(|tick| tick.ask).min(), price("min_ask"));
    assert_eq!(ticks.iter().map(|tick| tick.ask).max(), price("max_ask"));
    assert!(ticks.is_sorted_by(|a, b| a.time_msc < b.time_msc));
    // Each file begins anew: the day's flags there were counted over the joined day.
    let mut counts = BTreeMap::new();
    flags_of_the_joined_day(&ticks)
        .into_iter()
        .for_each(|flags| *counts.entry(flags.to_string()).or_insert(0) += 1);
    assert_eq!(expected["flags"], serde_json::json!(counts));
}

/// The flags where the first row of an hour is compared with the last of the hour before.
fn flags_of_the_joined_day(ticks: &[Tick]) -> Vec<u8> {
    let hour = |tick: &Tick| tick.time_msc.0 / 3_600_000;
    let first = std::iter::once(ticks[0].flags.bits());
    let rest = ticks.windows(2).map(|pair| {
        let changed =
            u8::from(pair[0].bid != pair[1].bid) * 2 + u8::from(pair[0].ask != pair[1].ask) * 4;
        let joined = if changed == 0 { 6 } else { changed };
        assert!(
            hour(&pair[0]) != hour(&pair[1]) || pair[1].flags.bits() == joined,
            "{:?}",
            pair[1]
        );
        joined
    });
    first.chain(rest).collect()
}

#[test]
fn a_real_day_makes_the_vendors_own_candles() {
    let (Some(ticks), Some(expected)) =
        (real_day(), data("expected/dukascopy_EURUSD_20190204.M1.csv"))
    else {
        return;
    };
    let mut builder = BarBuilder::new(Timeframe::M1, eurusd().point());
    let mut bars: Vec<Bar> = ticks.iter().filter_map(|tick| builder.push_tick(tick)).collect();
    bars.extend(builder.forming());
    assert_eq!(bars.len(), 1_440);
    let expected = fs::read_to_string(expected).unwrap();
    for (bar, line) in bars.iter().zip(expected.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        let time = cells[0].replace('T', " ").replace('Z', "");
        let expect = [&[time.as_str()], &cells[1..5], &cells[6..8], &["0"]].concat().join(",");
        assert_eq!(csv_line(bar, 5), expect);
    }
    let path = data(DAY).unwrap().join("BID_candles_min_1.bi5");
    assert_eq!(look(Box::new(File::open(&path).unwrap()), &path).unwrap(), Content::Candles);
    let (candles, without_ticks) = candles_of(&fs::read(&path).unwrap(), &eurusd()).unwrap();
    assert_eq!(place::day_of(&path, None).unwrap(), T0);
    let prices = |bar: &Bar| (bar.time_msc, bar.open, bar.high, bar.low, bar.close);
    let equal =
        bars.iter().zip(&candles).filter(|(own, vendors)| prices(own) == prices(vendors)).count();
    assert_eq!((candles.len(), without_ticks, equal), (1_440, 0, 1_440));
}

#[test]
fn made_up_files_read_back() {
    let hour = hour_of_ticks(20_000, 114_500).into_iter().take(3_000 * 20).collect::<Vec<u8>>();
    for packed in [pack(&hour), pack_open(&hour)] {
        let ticks = ticks_of(&packed, &eurusd()).unwrap();
        assert_eq!(ticks.len(), 3_000);
        assert_eq!(
            (ticks[7].time_msc.0 - T0.0, ticks[7].bid.to_string(), ticks[7].ask.to_string()),
            (7_000, "1.14501".into(), "1.14504".into())
        );
    }
    // More than a batch, so that nothing is lost between two.
    let long: Vec<u8> =
        (0..30_001).flat_map(|n| tick(n, 114_502 + n % 7, 114_500, 0.0, 0.0)).collect();
    let ticks = ticks_of(&pack(&long), &eurusd()).unwrap();
    assert!((0_u32..).zip(&ticks).all(|(n, tick)| tick.time_msc.0 - T0.0 == i64::from(n)));
    assert_eq!(ticks.len(), 30_001);
    for nothing in [Vec::new(), pack(&[]), pack_open(&[])] {
        assert_eq!(ticks_of(&nothing, &eurusd()).unwrap(), []);
        assert_eq!(look(from(&nothing), Path::new("a.bi5")).unwrap(), Content::Nothing);
    }
}

#[test]
fn flags_say_what_changed_and_order_is_the_files() {
    let rows = [
        (5, 114_502, 114_500),
        (7, 114_502, 114_499),
        (7, 114_503, 114_499),
        (6, 114_501, 114_498),
        (6, 114_501, 114_498),
    ];
    let bytes: Vec<u8> =
        rows.iter().flat_map(|&(msc, ask, bid)| tick(msc, ask, bid, 1.0, 1.0)).collect();
    let ticks = ticks_of(&pack(&bytes), &eurusd()).unwrap();
    let got: Vec<(i64, u8)> =
        ticks.iter().map(|tick| (tick.time_msc.0 - T0.0, tick.flags.bits())).collect();
    assert_eq!(got, [(5, 6), (7, 2), (7, 4), (6, 6), (6, 6)]);
}

#[test]
fn the_unit_of_prices_follows_the_currencies_and_must_fit_the_digits() {
    let bytes = pack(&tick(0, 109_503, 109_501, 1.0, 1.0));
    let bid = |symbol: &str, digits| {
        let ticks = ticks_of(&bytes, &find(symbol, None, digits).unwrap());
        ticks.map_or_else(|error| error.to_string(), |ticks| ticks[0].bid.to_string())
    };
    assert_eq!(bid("EURUSD", None), "1.09501");
    assert_eq!(bid("USDJPY", None), "109.501");
    assert_eq!(bid("XAUUSD", Some(3)), "109.501");
    let told = |symbol: &str, digits, has| {
        format!(
            "a.bi5, column `ask`: prices of {digits} digits, but {symbol} has {has}; say --digits {digits} or give its specification with --spec (in a session, symbol.{symbol}.digits or specs)"
        )
    };
    assert_eq!(bid("XAUUSD", None), told("XAUUSD", 3, 2));
    assert_eq!(bid("USDJPY", Some(2)), told("USDJPY", 3, 2));
    assert_eq!(bid("EURUSD", Some(4)), told("EURUSD", 5, 4));
    let index = SymbolSpec { name: "US500".into(), currency_base: "USD".into(), ..eurusd() };
    let error = ticks_of(&bytes, &index).unwrap_err().to_string();
    assert_eq!(
        error,
        "a.bi5: in which unit Dukascopy keeps the prices of US500 is not known: known are pairs of the usual currencies and metals"
    );
    let suffixed = SymbolSpec { name: "EURUSD.raw".into(), ..eurusd() };
    assert_eq!(ticks_of(&bytes, &suffixed).unwrap()[0].bid.to_string(), "1.09501");
}

#[test]
fn minutes_without_a_tick_make_no_bar() {
    let rows = [
        candle([0, 114_500, 114_501, 114_499, 114_502], 3.5),
        candle([60, 114_501, 114_501, 114_501, 114_501], 0.0),
        candle([120, 114_501, 114_501, 114_501, 114_501], 1.0),
    ];
    let (bars, without_ticks) = candles_of(&pack(&rows.concat()), &eurusd()).unwrap();
    let minutes: Vec<i64> = bars.iter().map(|bar| (bar.time_msc.0 - T0.0) / 60_000).collect();
    assert_eq!((minutes, without_ticks), (vec![0, 2], 1));
    let weekend: Vec<u8> = (0..1_440)
        .flat_map(|minute| candle([minute * 60, 114_501, 114_501, 114_501, 114_501], 0.0))
        .collect();
    assert_eq!(candles_of(&pack(&weekend), &eurusd()).unwrap(), (Vec::new(), 1_440));
}

/// A header that claims so much, and some bytes after it.
fn header(dictionary: u32, size: u64) -> Vec<u8> {
    [&[0x5d], &dictionary.to_le_bytes()[..], &size.to_le_bytes(), &[0; 40]].concat()
}

/// What a file is told, read as ticks and as candles.
fn told(bytes: &[u8]) -> (String, String) {
    let ticks = ticks_of(bytes, &eurusd()).map(|ticks| ticks.len());
    let candles = candles_of(bytes, &eurusd()).map(|(bars, _)| bars.len());
    let tell = |result: Result<usize, DataError>| {
        result.map_or_else(|error| error.to_string(), |rows| format!("fine, {rows} rows"))
    };
    (tell(ticks), tell(candles))
}

#[test]
fn malformed_files_are_told_what_is_wrong() {
    let hour = pack(&hour_of_ticks(200, 114_500));
    let good = tick(0, 114_502, 114_500, 1.0, 1.0);
    let after = |bad: Vec<u8>| pack(&[good.clone(), bad].concat());
    let damaged = |at: usize| {
        let mut bytes = hour.clone();
        bytes[at] ^= 0x55;
        bytes
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("cut off in the header", hour[..9].to_vec()),
        ("header alone", hour[..13].to_vec()),
        ("cut off in the middle", hour[..hour.len() / 2].to_vec()),
        ("cut off at the end", hour[..hour.len() - 1].to_vec()),
        ("cut off, end marker", pack_open(&hour_of_ticks(200, 114_500))[..400].to_vec()),
        ("damaged in the middle", damaged(hour.len() / 2)),
        ("damaged at the end", damaged(hour.len() - 3)),
        ("two files in one", [hour.clone(), hour.clone()].concat()),
        ("dictionary of 4 GB", header(u32::MAX, 20)),
        ("dictionary of 17 MB", header(17 << 20, 20)),
        ("size of terabytes", header(4 << 20, 5 << 40)),
        ("size beyond all bounds", header(4 << 20, u64::MAX - 1)),
        ("HTML", b"<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>".to_vec()),
        ("JSON", b"{\"error\": \"rate limit\"}".to_vec()),
        ("gzip", vec![0x1f, 0x8b, 8, 0, 0, 0]),
        ("garbage", (0..200_u32).map(|n| (n * 37 % 251) as u8).collect()),
        ("19 bytes", pack(&good[..19])),
        ("last record cut off", pack(&[good.clone(), good[..19].to_vec()].concat())),
        ("past the hour", after(tick(3_600_000, 114_502, 114_500, 1.0, 1.0))),
        ("zero ask", after(tick(1, 0, 114_500, 1.0, 1.0))),
        ("zero bid", after(tick(1, 114_502, 0, 1.0, 1.0))),
        ("absurd", after(tick(1, 114_502, 11_450, 1.0, 1.0))),
        ("NaN", after(tick(1, 114_502, 114_500, f32::NAN, 1.0))),
        ("infinite", after(tick(1, 114_502, 114_500, 1.0, f32::INFINITY))),
        ("below zero", after(tick(1, 114_502, 114_500, 1.0, -1.0))),
        ("zeros", pack(&[0; 40])),
        ("candle of an odd second", pack(&candle([61, 114_500, 114_501, 114_499, 114_502], 3.5))),
        ("candle past the day", pack(&candle([86_400, 114_500, 114_501, 114_499, 114_502], 3.5))),
        ("candle below zero", pack(&candle([0, 114_500, 114_501, -1, 114_502], 3.5))),
        ("candle without shape", pack(&candle([0, 114_500, 114_503, 114_499, 114_502], 3.5))),
        ("candle twice", pack(&candle([0, 114_500, 114_501, 114_499, 114_502], 3.5).repeat(2))),
        (
            "too many candles",
            pack(&candle([0, 114_500, 114_501, 114_499, 114_502], 3.5).repeat(1_441)),
        ),
    ];
    let mut report = String::new();
    for (name, bytes) in cases {
        let (as_ticks, as_candles) = told(&bytes);
        let content = look(from(&bytes), Path::new("a.bi5"))
            .map_or_else(|error| error.to_string(), |content| format!("{content:?}"));
        writeln!(
            report,
            "{name}\n  ticks    {as_ticks}\n  candles  {as_candles}\n  content  {content}"
        )
        .unwrap();
    }
    insta::assert_snapshot!(report.replace("a.bi5, ", "").replace("a.bi5: ", ""));
}

/// A stream that unpacks to more ticks than an hour can hold ends there, whatever its header leaves
/// open.
#[test]
fn a_bomb_is_not_unpacked_to_its_end() {
    let bomb = pack_open(&tick(0, 114_502, 114_500, 1.0, 1.0).repeat(3_600_001));
    assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
    let mut file = Bi5Ticks::new(from(&bomb), "a.bi5".into(), T0, SymbolId(0), &eurusd()).unwrap();
    let (mut rows, mut batch) = (0, TickColumns::default());
    let error = loop {
        match file.read(&mut batch) {
            Ok(()) => rows += batch.len(),
            Err(error) => break error.to_string(),
        }
        assert!(batch.len() <= 16_384, "the batch grew to {}", batch.len());
    };
    assert_eq!(error, "a.bi5: unpacks to more; more than 72000000 bytes are no hour of ticks");
    assert!(rows <= 3_600_000, "{rows}");
}

/// Importing tells a hostile header for what it is, also where its bytes hide the usual beginning.
#[test]
fn a_hostile_file_is_refused_where_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("00h_ticks.bi5");
    for bytes in [header(u32::MAX, 20), header(4 << 20, 5 << 40), header(0x1020_3040, u64::MAX)] {
        fs::write(&path, bytes).unwrap();
        let error = detect(&Input::of(&path).unwrap()).unwrap_err();
        let told = matches!(&error, DataError::Bi5 { flaw, .. } if matches!(**flaw, Bi5Flaw::Dictionary { .. } | Bi5Flaw::TooLong { .. }));
        assert!(told, "{error}");
    }
}

/// A disk that fails is not told as a damaged file.
#[test]
fn a_failing_disk_is_told_as_such() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
                read => Ok(read),
            }
        }
    }
    let hour = pack(&hour_of_ticks(200, 114_500));
    for length in [0, 5, 13, hour.len() / 2] {
        let reader = Box::new(Failing(Cursor::new(hour[..length].to_vec())));
        let file = Bi5Ticks::new(reader, PathBuf::from("a.bi5"), T0, SymbolId(0), &eurusd());
        let error = file.and_then(|mut file| file.read(&mut TickColumns::default())).unwrap_err();
        assert!(matches!(error, DataError::Read { .. }), "{length}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), header in any::<bool>()) {
        let bytes = if header { [&[0x5d, 0, 0, 0x40, 0], &bytes[..]].concat() } else { bytes };
        told(&bytes);
        drop(look(from(&bytes), Path::new("a.bi5")));
    }

    #[test]
    fn no_damage_makes_a_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        open in any::<bool>(),
    ) {
        let hour = hour_of_ticks(100, 114_500);
        let mut bytes = if open { pack_open(&hour) } else { pack(&hour) };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        told(&bytes);
    }
}
