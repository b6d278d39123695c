//! Files know what they are: what an import, a download or `generate` says of a file stands in it, and is
//! checked wherever the file is used.

use crate::common::tickdeck_in;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tickdeck::data::label::{FileClock, Label};
use tickdeck::data::specification::find;
use tickdeck::data::table::column::Table;
use tickdeck::data::tick_layout::TickLayout;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::ServerMsc;

/// As the terminal exports ticks, and M1 bars: neither says of which symbol it is, nor its clock.
const TICKS: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n\
    2025.09.22\t00:00:00.161\t1.17403\t1.17405\t\t\t6\n\
    2025.09.22\t00:01:02.161\t1.17404\t1.17407\t\t\t6\n";
const BARS: &str = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n\
    2025.09.22\t00:00:00\t1.17403\t1.17410\t1.17400\t1.17405\t4\t0\t2\n\
    2025.09.22\t00:01:00\t1.17405\t1.17411\t1.17402\t1.17409\t4\t0\t2\n";
const SESSION: &str = "format = 1\nname = \"s\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\n";

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("export.csv", TICKS), ("bars.csv", BARS), ("session.toml", SESSION)] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn label(dir: &Path, name: &str) -> Label {
    Table::open(&dir.join(name)).unwrap().label().unwrap()
}

fn said(clock: &str, source: &str) -> Label {
    let clock = Some(clock.parse::<FileClock>().unwrap());
    Label::of(&find("EURUSD", None, None).unwrap(), clock, source.to_owned())
}

fn runs(dir: &Path, line: &str) -> String {
    let output = tickdeck_in(dir, &line.split(' ').collect::<Vec<_>>());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// A command line and all that it wrote; how long it took is left out.
fn shown(dir: &Path, line: &str) -> String {
    let output = tickdeck_in(dir, &line.split(' ').collect::<Vec<_>>());
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let lines: Vec<&str> = stdout.lines().filter(|line| !line.starts_with("took ")).collect();
    let stdout = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    let code = output.status.code().unwrap();
    format!("$ tickdeck {line}\nexit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
}

#[test]
fn each_verb_says_what_it_writes() {
    let dir = folder();
    let dir = dir.path();
    runs(dir, "import export.csv --symbol EURUSD --zone UTC+3 --out ticks.parquet");
    assert_eq!(label(dir, "ticks.parquet"), said("UTC+3", "mt5-ticks export.csv"));
    runs(dir, "import bars.csv --symbol EURUSD --zone UTC+3 --clock UTC --out bars.parquet");
    assert_eq!(label(dir, "bars.parquet"), said("UTC", "mt5-bars bars.csv"));
    runs(dir, "import export.csv --symbol EURUSD --zone unknown --out unknown.parquet");
    assert_eq!(label(dir, "unknown.parquet"), said("unknown", "mt5-ticks export.csv"));
    runs(dir, "generate --symbol EURUSD --ticks 200 --seed 3 --out made.parquet");
    let made = said("any", "generate --ticks 200 --seed 3");
    assert_eq!(label(dir, "made.parquet"), made);
    // What is made of a file has its clock and its source; the symbol need not be said again.
    runs(dir, "bars --ticks made.parquet --timeframe M1 --out made-bars.parquet");
    assert_eq!(label(dir, "made-bars.parquet"), made);
    runs(dir, "bars --ticks unknown.parquet --timeframe M1 --out unknown-bars.parquet");
    assert_eq!(label(dir, "unknown-bars.parquet"), said("unknown", "mt5-ticks export.csv"));
    runs(dir, "bars --ticks unknown.parquet --zone UTC --timeframe M1 --out utc-bars.parquet");
    assert_eq!(label(dir, "utc-bars.parquet"), said("UTC", "mt5-ticks export.csv"));
    runs(dir, "import ticks.parquet --on-spike drop --out again.parquet");
    assert_eq!(label(dir, "again.parquet"), said("UTC+3", "mt5-ticks export.csv"));
    runs(dir, "import made.parquet --zone UTC --out pinned.parquet");
    assert_eq!(label(dir, "pinned.parquet"), said("UTC", "generate --ticks 200 --seed 3"));
    // A table for everybody says nothing of itself.
    runs(dir, "bars --ticks ticks.parquet --timeframe M1 --out plain.csv");
    let header = "time,open,high,low,close,tick_volume,spread,real_volume\n";
    assert!(fs::read_to_string(dir.join("plain.csv")).unwrap().starts_with(header));
}

#[test]
fn a_clock_is_asked_for_and_an_unknown_one_needs_the_sessions_word() {
    let dir = folder();
    let check = |name: &str, line: &str| insta::assert_snapshot!(name, shown(dir.path(), line));
    check("asked", "import export.csv --symbol EURUSD --out t.parquet");
    check("asked_of_bars", "import bars.csv --symbol EURUSD --out t.parquet");
    check("unknown", "import export.csv --symbol EURUSD --zone unknown --out t.parquet");
    check("unknown_refused", "simulate session.toml --ticks EURUSD=t.parquet");
    // What is advised works.
    runs(dir.path(), "import t.parquet --zone UTC --out known.parquet");
    check("known_not_unknown", "import known.parquet --zone unknown --out again.parquet");
    let told =
        runs(dir.path(), "simulate session.toml --ticks EURUSD=known.parquet --strict --json");
    assert!(told.contains("\"warnings\":[]"), "{told}");
    check(
        "unknown_by_the_session",
        "simulate session.toml --ticks EURUSD=t.parquet --set assume_zone=true --strict",
    );
    runs(dir.path(), "import bars.csv --symbol EURUSD --zone unknown --out b.parquet");
    check("unknown_bars_refused", "simulate session.toml --bars EURUSD=b.parquet --model ohlc");
    check("not_stated", "simulate session.toml --ticks EURUSD=export.csv --strict");
    check("not_stated_bars", "simulate session.toml --bars EURUSD=bars.csv --model ohlc --strict");
}

#[test]
fn a_file_of_another_symbol_or_other_digits_is_refused_by_every_verb() {
    let dir = folder();
    let check = |name: &str, line: &str| insta::assert_snapshot!(name, shown(dir.path(), line));
    runs(dir.path(), "import export.csv --symbol GBPUSD --zone UTC --out gbp.parquet");
    runs(dir.path(), "import bars.csv --symbol GBPUSD --zone UTC --out gbp-bars.parquet");
    check("symbol_simulate", "simulate session.toml --ticks EURUSD=gbp.parquet");
    check(
        "symbol_simulate_bars",
        "simulate session.toml --bars EURUSD=gbp-bars.parquet --model ohlc",
    );
    check("symbol_bars", "bars --ticks gbp.parquet --symbol EURUSD --timeframe M1 --out x.csv");
    check(
        "symbol_indicators",
        "indicators --bars gbp-bars.parquet --symbol EURUSD --timeframe M1 --use ema:2 --out x.csv",
    );
    check("symbol_import", "import gbp.parquet --symbol EURUSD --out x.parquet");
    runs(dir.path(), "import export.csv --symbol EURUSD --digits 6 --zone UTC --out six.parquet");
    check("digits_simulate", "simulate session.toml --ticks EURUSD=six.parquet");
    check("digits_bars", "bars --ticks six.parquet --timeframe M1 --out x.csv");
    // What is advised works.
    runs(
        dir.path(),
        "simulate session.toml --ticks EURUSD=six.parquet --set symbol.EURUSD.digits=6",
    );
    runs(dir.path(), "bars --ticks six.parquet --digits 6 --timeframe M1 --out x.csv");
}

/// A file that an earlier version wrote says at most its clock.
#[test]
fn a_file_without_a_label_still_works() {
    let dir = folder();
    let tick = |msc| Tick {
        time_msc: ServerMsc(msc),
        bid: Price::from_raw(1_174_030_000),
        ask: Price::from_raw(1_174_050_000),
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(0),
        flags: TickFlags::QUOTE,
    };
    let file = |name: &str, label: Label| {
        let layout = TickLayout { label, ..TickLayout::exact(5) };
        let mut writer = TickWriter::create(&dir.path().join(name), layout).unwrap();
        writer.push(&[tick(1_758_499_200_161), tick(1_758_499_260_161)]).unwrap();
        writer.finish().unwrap();
    };
    file("old.parquet", Label::none());
    file("utc.parquet", Label { clock: Some("UTC".parse().unwrap()), ..Label::none() });
    // What a stranger's file says is cut, and nothing that a terminal obeys.
    let loud = Some("\u{1b}[31mGOLD\n".repeat(1_000));
    file("loud.parquet", Label { symbol: loud.clone(), source: loud, ..Label::none() });
    let line = ["simulate", "session.toml", "--ticks", "EURUSD=loud.parquet"];
    let told = String::from_utf8(tickdeck_in(dir.path(), &line).stderr).unwrap();
    assert!(told.len() < 1_000 && !told.contains('\u{1b}'), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
    let told = runs(dir.path(), "simulate session.toml --ticks EURUSD=old.parquet");
    assert!(told.contains("warning      EURUSD: its clock is not stated"), "{told}");
    let told = runs(dir.path(), "simulate session.toml --ticks EURUSD=utc.parquet --strict");
    assert!(!told.contains("warning"), "{told}");
    runs(dir.path(), "bars --ticks old.parquet --symbol EURUSD --timeframe M1 --out x.parquet");
    assert_eq!(label(dir.path(), "x.parquet").clock, None);
}
