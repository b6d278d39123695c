//! Files in the shape of those that people reported: each is read as it is, or refused by name.
//! `TICKDECK_DATA/reported/README.md` says what is right for each.

use crate::common::{data, tickdeck_in};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What a file comes to.
enum Right {
    /// It is imported: these fields of the report are so, and these words stand in it.
    Read(Value, &'static [&'static str]),
    /// It is refused with these words.
    Refused(&'static [&'static str]),
}

/// An import of a reported file.
struct Case {
    file: &'static str,
    options: &'static str,
    right: Right,
}

fn case(file: &'static str, options: &'static str, right: Right) -> Case {
    Case { file, options, right }
}

fn read(fields: Value, words: &'static [&'static str]) -> Right {
    Right::Read(fields, words)
}

/// What is said where nothing says the clock.
const UNSTATED: &[&str] = &["does not say by which clock", "--zone UTC", "--zone unknown"];

fn bars() -> Vec<Case> {
    vec![
        // Bars of whole numbers, which once passed as ticks.
        case(
            "headerless-seven-columns/smallest.csv",
            "--symbol JP225 --spec JP225.json --zone unknown",
            read(json!({"bars": 2, "timeframe": "M1", "clock": null, "without_volume": 0}), &[]),
        ),
        case(
            "headerless-seven-columns/smallest.csv",
            "--symbol JP225 --spec JP225.json --format mt5-ticks --zone unknown",
            read(json!({"rows": 2, "written": 2}), &[]),
        ),
        case(
            "headerless-seven-columns/EURUSD_M1.csv",
            "--zone America/New_York+7",
            read(json!({"bars": 30, "clock": "America/New_York+7"}), &[]),
        ),
        case(
            "decimals-lost/high_lost_point.csv",
            "--symbol EURUSD --zone UTC+2",
            read(json!({"bars": 3, "spike": {"rows": 1, "treatment": "kept"}}), &["kept (line 3)"]),
        ),
        case(
            "decimals-lost/high_lost_point.csv",
            "--symbol EURUSD --on-spike drop --zone UTC+2",
            read(
                json!({"bars": 2, "spike": {"rows": 1, "treatment": "dropped"}}),
                &["dropped (line 3)"],
            ),
        ),
        case(
            "decimals-lost/high_lost_point.csv",
            "--symbol EURUSD --on-spike fail --zone UTC+2",
            Right::Refused(&["line 3", "high 1057", "--on-spike fail"]),
        ),
        case(
            "generic-ohlc-clock/smallest.csv",
            "--symbol EURUSD --zone unknown",
            read(json!({"bars": 2, "clock": null, "without_volume": 0}), &["not stated"]),
        ),
        // Nobody says the clock: it is asked for.
        case("generic-ohlc-clock/smallest.csv", "--symbol EURUSD", Right::Refused(UNSTATED)),
        case(
            "pandas-index-header/datetime_column.csv",
            "--symbol EURUSD",
            Right::Refused(UNSTATED),
        ),
        case("finam-ticker/EURUSD_240102_240102.txt", "", Right::Refused(UNSTATED)),
        case(
            "generic-ohlc-clock/smallest.csv",
            "--symbol EURUSD --zone America/New_York+7",
            read(json!({"bars": 2, "clock": "America/New_York+7"}), &[]),
        ),
        case(
            "generic-ohlc-clock/one_day.csv",
            "--symbol EURUSD --zone unknown",
            read(json!({"bars": 60, "clock": null, "without_volume": 0}), &[]),
        ),
        case(
            "dukascopy-local-time/eurusd-m1-bid-kiev.csv",
            "--zone Europe/Kiev",
            read(json!({"bars": 30, "clock": "Europe/Kiev", "without_volume": 30}), &[]),
        ),
        case(
            "dukascopy-etc-utc/EUR-USD_1Minute_BID_2026-06-17_00_00-23_59_Etc_UTC.csv",
            "--symbol EURUSD",
            read(json!({"bars": 3, "clock": "UTC", "timeframe": "M1"}), &[]),
        ),
        case(
            "pandas-index-header/unnamed_index_h1.csv",
            "--symbol EURUSD --zone America/New_York+7",
            read(
                json!({"bars": 30, "clock": "America/New_York+7", "timeframe": "H1", "without_volume": 0}),
                &[],
            ),
        ),
        case(
            "pandas-index-header/datetime_column.csv",
            "--symbol EURUSD --zone unknown",
            read(json!({"bars": 30, "clock": null}), &["not stated"]),
        ),
        case(
            "finam-ticker/EURUSD_240102_240102.txt",
            "--zone unknown",
            read(json!({"bars": 15, "clock": null, "timeframe": "M1", "other_symbol": 0}), &[]),
        ),
        case(
            "finam-ticker/EURUSD_240102_240102.txt",
            "--symbol GBPUSD",
            Right::Refused(&["holds no row of GBPUSD", "EURUSD"]),
        ),
        case(
            "histdata-mt/DAT_MT_EURUSD_M1_201202.csv",
            "",
            read(json!({"bars": 20, "clock": "UTC-5", "timeframe": "M1"}), &[]),
        ),
    ]
}

fn ticks() -> Vec<Case> {
    vec![
        case(
            "two-symbols-one-file/smallest.csv",
            "--symbol EURUSD --zone UTC",
            read(
                json!({"rows": 3, "written": 2, "other_symbol": {"rows": 1, "treatment": "dropped"}}),
                &["GBPUSD"],
            ),
        ),
        case(
            "two-symbols-one-file/smallest.csv",
            "",
            Right::Refused(&["EURUSD, GBPUSD", "--symbol"]),
        ),
        case(
            "crypto-weekend/BTCUSD_starts_sunday.csv",
            "--symbol BTCUSD --spec BTCUSD.json --zone Europe/Athens",
            read(json!({"written": 96, "clock": "Europe/Athens", "wrong_clock": null}), &[]),
        ),
        case(
            "unix-ms-ticks/ticks.csv",
            "--symbol EURUSD",
            read(
                json!({"written": 10, "clock": "UTC", "first_time_msc": 1_688_342_627_212_i64}),
                &[],
            ),
        ),
        case(
            "birt-csv/2014-01-01--22h_ticks.csv",
            "--symbol EURUSD --zone unknown",
            read(
                json!({"written": 9, "clock": null, "crossed": {"rows": 0, "treatment": "kept"}}),
                &[],
            ),
        ),
        case(
            "short-rows-oanda/ticks_USDJPY_2024-09.csv",
            "--zone unknown",
            read(json!({"rows": 9, "written": 9, "clock": null}), &[]),
        ),
        case(
            "exness-csv/Exness_EURUSD_Raw_Spread.csv",
            "--symbol EURUSD_Raw_Spread",
            read(json!({"written": 10, "clock": "UTC"}), &["specification of EURUSD is taken"]),
        ),
        case(
            "exness-csv/Exness_EURUSD_Raw_Spread.csv",
            "--symbol EURUSD",
            read(json!({"written": 10, "clock": "UTC"}), &["its rows say EURUSD_Raw_Spread"]),
        ),
        case(
            "exness-csv/Exness_EURUSD_Raw_Spread.csv",
            "--symbol GBPUSD",
            Right::Refused(&["holds no row of GBPUSD", "EURUSD_Raw_Spread"]),
        ),
        case(
            "out-of-order-blank-sides/ooo.csv",
            "--symbol EURUSD --on-out-of-order fix --zone UTC",
            read(json!({"written": 4, "out_of_order": {"rows": 1, "treatment": "fixed"}}), &[]),
        ),
        case(
            "early-feed-clock/fx.csv",
            "--symbol EURUSD --zone UTC-5",
            read(json!({"written": 2, "clock": "UTC-5", "wrong_clock": null}), &[]),
        ),
        // Far off, and the nearest clock that fits is advised.
        case(
            "early-feed-clock/fx.csv",
            "--symbol EURUSD --zone UTC",
            read(json!({"written": 2}), &["`--zone UTC-5` would fit"]),
        ),
    ]
}

/// The folder of a reported file, its name and the words of its options, with whole paths.
fn command(case: &Case) -> Option<(PathBuf, Vec<String>)> {
    let path = data(&format!("reported/{}", case.file))?;
    let folder = path.parent().unwrap().to_owned();
    let options = case.options.split_whitespace().map(str::to_owned);
    let words = [path.display().to_string()].into_iter().chain(options).collect();
    Some((folder, words))
}

fn check(case: &Case) {
    let Some((folder, words)) = command(case) else { return };
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.parquet").display().to_string();
    let run = |more: &[&str]| {
        let words = words.iter().map(String::as_str);
        let args: Vec<&str> = ["import", "--out", &out]
            .into_iter()
            .chain(words)
            .chain(more.iter().copied())
            .collect();
        tickdeck_in(&folder, &args)
    };
    let (told, shown) = (run(&["--json"]), run(&[]));
    let name = format!("{} {}", case.file, case.options);
    let words = String::from_utf8_lossy(&shown.stderr).into_owned();
    match &case.right {
        Right::Read(fields, expect) => {
            assert!(told.status.success(), "{name}: {words}");
            let report: Value = serde_json::from_slice(&told.stdout).unwrap();
            for (field, value) in fields.as_object().unwrap() {
                assert_eq!(&report[field], value, "{name}: {field} of {report}");
            }
            for word in *expect {
                assert!(words.contains(word), "{name}: no `{word}` in {words}");
            }
        }
        Right::Refused(expect) => {
            assert_eq!(shown.status.code(), Some(2), "{name}: {words}");
            for word in *expect {
                assert!(words.contains(word), "{name}: no `{word}` in {words}");
            }
            assert!(!Path::new(&out).exists(), "{name}");
        }
    }
}

#[test]
fn bars_are_read_or_refused_by_name() {
    bars().iter().for_each(check);
}

#[test]
fn ticks_are_read_or_refused_by_name() {
    ticks().iter().for_each(check);
}

/// The bars that a verb makes of a reported file, as CSV, and what it says.
fn bars_of(file: &str, options: &[&str]) -> Option<(Vec<String>, String)> {
    let path = data(&format!("reported/{file}"))?.display().to_string();
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out.csv");
    let shown = out.display().to_string();
    let args = [&["bars", "--ticks", &path, "--out", &shown][..], options].concat();
    let output = tickdeck_in(scratch.path(), &args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{file}: {said}");
    let text = fs::read_to_string(out).unwrap();
    Some((text.lines().skip(1).map(str::to_owned).collect(), said))
}

#[test]
fn the_volumes_of_a_table_are_kept() {
    let Some((rows, _)) =
        bars_of("generic-ohlc-clock/smallest.csv", &["--symbol", "EURUSD", "--timeframe", "M1"])
    else {
        return;
    };
    let volumes: Vec<&str> = rows.iter().map(|row| row.split(',').nth(5).unwrap()).collect();
    assert_eq!(volumes, ["42", "37"], "{rows:?}");
    let etc = "dukascopy-etc-utc/EUR-USD_1Minute_BID_2026-06-17_00_00-23_59_Etc_UTC.csv";
    let (rows, _) = bars_of(etc, &["--symbol", "EURUSD", "--timeframe", "M1"]).unwrap();
    assert_eq!(
        rows[0], "2026-06-17 00:00:00,1.15687,1.15699,1.15680,1.15690,0,0,122310000",
        "what was quoted, and no count of ticks"
    );
}

/// Whoever reads a file that was not imported is told the same.
#[test]
fn a_spike_is_told_by_every_verb() {
    let file = "decimals-lost/high_lost_point.csv";
    let Some((rows, said)) = bars_of(file, &["--symbol", "EURUSD", "--timeframe", "M1"]) else {
        return;
    };
    assert_eq!(rows.len(), 3);
    assert!(said.contains("1 row with prices far off those around them (line 3), kept"), "{said}");
    let (path, scratch) =
        (data(&format!("reported/{file}")).unwrap(), tempfile::tempdir().unwrap());
    let out = scratch.path().join("x.csv").display().to_string();
    let path = path.display().to_string();
    let indicators = ["indicators", "--bars", &path, "--symbol", "EURUSD", "--timeframe", "M1"];
    let output = tickdeck_in(
        scratch.path(),
        &[&indicators[..], &["--use", "ema:2", "--out", &out]].concat(),
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("(line 3), kept"), "{said}");
    let session = data("reported/decimals-lost/session.toml").unwrap().display().to_string();
    let bars = format!("EURUSD={path}");
    let output = tickdeck_in(scratch.path(), &["simulate", &session, "--bars", &bars]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("EURUSD: 1 row with prices far off"),
        "{said}"
    );
    assert!(said.contains("(line 3), kept"), "{said}");
}

/// Volumes that are no counts of ticks are no tick volumes: what needs those refuses.
#[test]
fn an_indicator_of_volumes_is_refused_without_them() {
    let Some(path) = data("reported/dukascopy-local-time/eurusd-m1-bid-kiev.csv") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let (path, out) =
        (path.display().to_string(), scratch.path().join("x.csv").display().to_string());
    let indicators = ["indicators", "--bars", &path, "--timeframe", "M1", "--out", &out, "--use"];
    let output = tickdeck_in(scratch.path(), &[&indicators[..], &["mfi:5"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("mfi_5 needs tick volumes"), "{said}");
    assert!(tickdeck_in(scratch.path(), &[&indicators[..], &["ema:5"]].concat()).status.success());
}

#[test]
fn a_blank_side_is_that_of_the_row_before_it_in_time() {
    let Some(path) = data("reported/out-of-order-blank-sides/ooo.csv") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let (path, out) = (path.display().to_string(), scratch.path().join("x.parquet"));
    let shown = out.display().to_string();
    let import = ["import", &path, "--symbol", "EURUSD", "--zone", "UTC", "--out", &shown];
    let args = [&import[..], &["--on-out-of-order", "fix"]].concat();
    let output = tickdeck_in(scratch.path(), &args);
    assert!(output.status.success(), "{output:?}");
    let spec = tickdeck::data::specification::find("EURUSD", None, None).unwrap();
    let symbol = tickdeck::domain::id::SymbolId(0);
    let mut file = tickdeck::data::tick_file::TickFile::open(&out, symbol, &spec).unwrap();
    let mut batch = tickdeck::market::columns::TickColumns::default();
    file.read(&mut batch).unwrap();
    let ticks: Vec<String> = batch
        .iter()
        .map(|tick| {
            let sides = [tick.bid, tick.ask].map(|price| price.with_digits(5)).join("/");
            format!("{} {sides}", tick.time_msc.civil().strftime("%S"))
        })
        .collect();
    // Not 1.10040, which is of 10:00:03.
    assert_eq!(
        ticks,
        ["00 1.10000/1.10010", "01 1.10005/1.10010", "03 1.10030/1.10040", "04 1.10050/1.10060"]
    );
}
