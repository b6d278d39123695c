//! Sessions from bars alone: run, recorded, replayed; and what is refused.

use crate::common;
use crate::common::{record, root, tickdeck, tickdeck_in};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tickdeck::config::{Session, load};
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::order::Reason;
use tickdeck::executor::event::{BrokerEvent, Event};
use tickdeck::recording::inputs::Item;
use tickdeck::recording::reader::Recording;
use tickdeck::session::description::{StopFills, TickModel, TickSource};

const SESSION: &str = "fixtures/sessions/bars-ohlc.toml";
const BARS: &str = "EURUSD=fixtures/bars/EURUSD_M1.parquet";

fn session(model: TickModel) -> Session {
    let mut session = load(&root().join(SESSION)).unwrap();
    let Some(TickSource::Bars(bars)) = &mut session.file.ticks else {
        panic!("the session names bars")
    };
    bars.model = model;
    session
}

/// Bars of the fixture, and the sum of their tick volumes.
fn bars() -> (u64, u64) {
    let spec = &session(TickModel::Ohlc).specs[0];
    let mut source = common::bar_source(&root().join("fixtures/bars/EURUSD_M1.parquet"), spec);
    let mut batch = Vec::new();
    source.read(&mut batch).unwrap();
    (batch.len() as u64, batch.iter().map(|bar| bar.tick_volume).sum())
}

/// As a trader reads it: entries at the Open of a minute, stops at their level on 0, 20 and 40 s.
/// All 34 were worked out a second time, apart from this program: EMAs, four ticks a bar, levels.
#[test]
fn order_sequence_of_one_minute_ohlc() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("rec");
    record(&session(TickModel::Ohlc), &target);
    insta::assert_snapshot!("bars_ohlc", fs::read_to_string(target.join("orders.txt")).unwrap());
}

/// The ticks of a recording are those that were made, its session says how stops fill, and both
/// replays find the hash.
#[test]
fn recorded_and_replayed_in_every_model() {
    let (count, volume) = bars();
    assert_eq!(count, 640);
    for (model, ticks, fills) in [
        (TickModel::EveryTick, volume, None),
        (TickModel::Ohlc, 4 * count, Some(StopFills::Level)),
        (TickModel::OpenPrices, 4 * count, Some(StopFills::Level)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        record(&session(model), &folder.path().join("rec"));
        let recording = Recording::open(&folder.path().join("rec")).unwrap();
        assert_eq!(recording.recorded.ticks, ticks, "{model:?}");
        assert_eq!(
            recording.file.broker.stop_fills.filter(|fills| *fills != StopFills::Tick),
            fills,
            "{model:?}"
        );
        assert_eq!(recording.file.ticks, None, "a recording brings its own ticks");
        for broker in ["recorded", "sim"] {
            let replay = tickdeck_in(folder.path(), &["replay", "rec", "--broker", broker]);
            assert_eq!(
                replay.status.code(),
                Some(0),
                "{model:?} {broker}: {}",
                String::from_utf8_lossy(&replay.stdout)
            );
        }
        let (all, exact) = exits(&recording);
        assert!(
            all > 10 && (exact == all || model == TickModel::EveryTick),
            "{model:?}: {exact} of {all}"
        );
    }
}

/// How many stops the broker filled, and how many of them at the level that their comment names.
fn exits(recording: &Recording) -> (u64, u64) {
    let mut inputs = recording.inputs().unwrap();
    let mut found = (0, 0);
    while let Some(item) = inputs.read().unwrap() {
        if let Item::Input { event: Event::Broker(BrokerEvent::Deal(deal)), .. } = item
            && matches!(deal.reason, Reason::Sl | Reason::Tp)
        {
            let level =
                deal.comment.split_once(' ').unwrap().1.trim_end_matches(']').parse().unwrap();
            assert_eq!(deal.symbol, SymbolId(0));
            found = (found.0 + 1, found.1 + u64::from(deal.price == level));
        }
    }
    found
}

fn hash(args: &[&str]) -> String {
    let output = tickdeck(&[&["simulate"], args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    summary["actions_hash"].as_str().unwrap().to_owned()
}

/// What the command line gives goes before what the session names, and is the same run as if the
/// session named it.
#[test]
fn bars_and_model_on_the_command_line() {
    let named = hash(&[SESSION]);
    assert_eq!(hash(&[SESSION, "--bars", BARS]), named);
    assert_eq!(hash(&[SESSION, "--model", "ohlc", "--bars", BARS]), named);
    let every_tick = hash(&[SESSION, "--model", "every-tick"]);
    assert_ne!(every_tick, named);
    assert_ne!(hash(&[SESSION, "--model", "open-prices"]), named);
    let other = "fixtures/sessions/ema-cross-m1.toml";
    let (made, real) = (hash(&[other, "--bars", BARS, "--model", "every-tick"]), hash(&[other]));
    assert_ne!(made, real);
    // The ticks of a recorded run, as they are, are the same run again: also where the session
    // names bars.
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("rec");
    hash(&[SESSION, "--model", "every-tick", "--record", target.to_str().unwrap()]);
    let ticks = format!("EURUSD={}", target.join("ticks/EURUSD.parquet").display());
    assert_eq!(hash(&[SESSION, "--ticks", &ticks]), every_tick);
    assert_eq!(hash(&[SESSION, "--ticks", &ticks, "--model", "real-ticks"]), every_tick);
}

/// Ticks of several symbols share their moments: a recording still brings them again in their
/// order.
#[test]
fn two_symbols_of_the_same_bars() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root().join(SESSION)).unwrap();
    let file = root().join("fixtures/bars/EURUSD_M1.parquet").display().to_string();
    let text = text
        .replace("symbols = [\"EURUSD\"]", "symbols = [\"EURUSD\", \"GBPUSD\"]")
        .replace("timeframe = \"M1\"", "timeframe = \"M1\"\nsymbol = \"GBPUSD\"")
        .replace(
            "{ EURUSD = \"../bars/EURUSD_M1.parquet\" }",
            &format!("{{ EURUSD = {file:?}, GBPUSD = {file:?} }}"),
        );
    fs::write(folder.path().join("session.toml"), text).unwrap();
    for model in ["every-tick", "ohlc", "open-prices"] {
        let run = tickdeck_in(
            folder.path(),
            &["simulate", "session.toml", "--model", model, "--record", "rec", "--force"],
        );
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        for broker in ["recorded", "sim"] {
            let replay = tickdeck_in(folder.path(), &["replay", "rec", "--broker", broker]);
            assert_eq!(
                replay.status.code(),
                Some(0),
                "{model} {broker}: {}",
                String::from_utf8_lossy(&replay.stdout)
            );
        }
        let orders = fs::read_to_string(folder.path().join("rec/orders.txt")).unwrap();
        assert!(orders.lines().filter(|line| line.contains("GBPUSD")).count() > 30, "{orders}");
    }
}

/// A stop in the session goes before what the model would want.
#[test]
fn the_session_has_the_last_word_on_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = session(TickModel::Ohlc);
    told.file.broker.stop_fills = Some(StopFills::Tick);
    record(&told, &folder.path().join("rec"));
    let recording = Recording::open(&folder.path().join("rec")).unwrap();
    assert_eq!(recording.file.broker.stop_fills, Some(StopFills::Tick));
    let (all, exact) = exits(&recording);
    assert!(all > 10 && exact < all / 2, "{exact} of {all}");
}

#[track_caller]
fn refused(folder: &Path, args: &[&str], words: &[&str]) {
    let output = tickdeck_in(folder, &[&["simulate"], args].concat());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("error:")).count(), 1, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is missing for {args:?}\n{text}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ticks = folder.path().join("ticks.parquet");
    tickdeck(&[
        "generate",
        "--symbol",
        "EURUSD",
        "--ticks",
        "500",
        "--out",
        ticks.to_str().unwrap(),
    ]);
    let ticks = format!("EURUSD={}", ticks.display());
    let (other, ticks) = ("fixtures/sessions/ema-cross-m1.toml", ticks.as_str());
    #[rustfmt::skip]
    let table: &[(&[&str], &[&str])] = &[
        (&[other, "--bars", BARS], &["--bars needs a model", "every-tick, ohlc or open-prices"]),
        (&[other, "--model", "ohlc"], &["makes ticks from bars", "--bars SYMBOL=FILE", "[ticks.bars]"]),
        (&[other, "--bars", BARS, "--model", "real-ticks"], &["real-ticks", "--ticks SYMBOL=FILE instead of --bars"]),
        (&[other, "--ticks", ticks, "--model", "ohlc"], &["makes ticks from bars", "--bars SYMBOL=FILE instead of --ticks"]),
        (&[other, "--ticks", ticks, "--bars", BARS], &["--ticks and --bars exclude each other"]),
        (&[other, "--bars", BARS, "--bars", BARS, "--model", "ohlc"], &["--bars names EURUSD twice"]),
        (&[other, "--bars", "GBPUSD=x.csv", "--model", "ohlc"], &["no symbol `GBPUSD`", "EURUSD"]),
        (&[other, "--bars", ticks, "--model", "ohlc"], &["the bars of `EURUSD` cannot be read", "ticks.parquet", "ticks", "bars"]),
        (&[other, "--ticks", BARS], &["the ticks of `EURUSD` cannot be read", "EURUSD_M1.parquet", "bars", "ticks"]),
        (&[other, "--model", "hlc"], &["hlc", "every-tick", "ohlc", "open-prices", "real-ticks"]),
        (&[SESSION, "--model", "real-ticks"], &["the session makes its ticks from bars", "--ticks SYMBOL=FILE"]),
    ];
    for (args, words) in table {
        refused(root(), args, words);
    }
    let imported = folder.path().join("utc.parquet");
    let import = [
        "import",
        "fixtures/bars/EURUSD_M1.parquet",
        "--symbol",
        "EURUSD",
        "--zone",
        "UTC",
        "--clock",
        "UTC",
        "--out",
    ];
    assert!(tickdeck(&[&import[..], &[imported.to_str().unwrap()]].concat()).status.success());
    let bars = format!("EURUSD={}", imported.display());
    refused(
        root(),
        &[SESSION, "--bars", &bars],
        &["utc.parquet: its times are by the clock UTC, the session runs on America/New_York+7"],
    );
}

/// Bars in a folder of their own, with the session that names them.
fn with_bars(rows: &str, ticks: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root().join(SESSION)).unwrap();
    let (before, rest) = text.split_once("[ticks.bars]").unwrap();
    let after = rest.split_once("[[strategy]]").unwrap().1;
    fs::write(
        folder.path().join("session.toml"),
        format!("{before}[ticks.bars]\n{ticks}\n\n[[strategy]]{after}"),
    )
    .unwrap();
    fs::write(
        folder.path().join("bars.csv"),
        format!(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n{rows}"
        ),
    )
    .unwrap();
    folder
}

#[test]
fn bars_that_cannot_be_are_refused_and_odd_ones_are_told() {
    let named = "model = \"every_tick\"\nfiles = { EURUSD = \"bars.csv\" }";
    let two = "2025.09.22\t00:00:00\t1.17\t1.1701\t1.1699\t1.17\t9\t0\t2\n2025.09.22\t00:01:00\t1.17\t1.1701\t1.1699\t1.17\t1\t0\t2\n";
    let folder = with_bars(two, named);
    let session = folder.path().join("session.toml");
    let text = fs::read_to_string(&session).unwrap();
    fs::write(
        &session,
        text.replace("timeframe = \"M1\"", "timeframe = \"M1\"\noptions = { warmupBars = 1 }"),
    )
    .unwrap();
    let output = tickdeck_in(folder.path(), &["simulate", "session.toml"]);
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{err}");
    assert!(out.contains("ticks        13"), "9, and the 4 that prices need: {out}");
    assert!(
        out.contains(
            "1 bar of EURUSD needs more ticks than its tick volume says: its prices were kept"
        ),
        "{err}"
    );
    let one = two.lines().next().unwrap();
    for (rows, ticks, words) in [
        (
            one,
            named.to_owned(),
            &[
                "bars.csv gives no ticks",
                "the bars' timeframe cannot be told",
                "ticks.bars.timeframe",
            ][..],
        ),
        (two, format!("{named}\ntimeframe = \"M7\""), &["session.toml", "M7", "M15"]),
        (
            two,
            named.replace("every_tick", "all"),
            &["session.toml", "all", "every_tick", "ohlc", "open_prices"],
        ),
        (
            two,
            named.replace("EURUSD", "EURUSDX"),
            &["session.toml", "ticks.bars.files.EURUSDX", "did you mean `EURUSD`"],
        ),
        (
            two,
            named.replace("EURUSD = \"bars.csv\"", ""),
            &["session.toml", "ticks.bars.files", "says no file for `EURUSD`"],
        ),
        (two, named.replace("bars.csv", "none.csv"), &["none.csv"]),
    ] {
        refused(with_bars(rows, &ticks).path(), &["session.toml"], words);
    }
    let stated = format!("{}\ntimeframe = \"H1\"", named.replace("every_tick", "every-tick"));
    let told = with_bars(one, &stated);
    evaluate_on(told.path(), "H1");
    let output = tickdeck_in(told.path(), &["simulate", "session.toml"]);
    // A timeframe that is told need not be found; only that one bar is no warm-up is said.
    assert!(String::from_utf8_lossy(&output.stderr).contains("give longer data"));
    let misplaced = with_bars(two, &stated);
    evaluate_on(misplaced.path(), "H1");
    let words = ["bars.csv gives no ticks", "the bar of 2025.09.22 00:01:00.000 is no bar of H1"];
    refused(misplaced.path(), &["session.toml"], &words);
}

/// Lets the session's strategy be evaluated on other bars than M1.
fn evaluate_on(folder: &Path, timeframe: &str) {
    let path = folder.join("session.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, strategy) = text.split_once("[[strategy]]").unwrap();
    fs::write(
        &path,
        format!(
            "{before}[[strategy]]{}",
            strategy.replace("timeframe = \"M1\"", &format!("timeframe = {timeframe:?}"))
        ),
    )
    .unwrap();
}

/// Bars that are longer than those of a strategy, or do not divide them, would have it evaluated on
/// bars that never were.
#[test]
fn bars_that_do_not_make_those_of_a_strategy_are_refused() {
    let ticks = "model = \"ohlc\"\nfiles = { EURUSD = \"bars.csv\" }";
    let rows = |opens: [&str; 3]| {
        opens.map(|open| format!("{open}\t1.17\t1.1701\t1.1699\t1.17\t9\t0\t2\n")).concat()
    };
    let daily = rows(["2025.09.22\t00:00:00", "2025.09.23\t00:00:00", "2025.09.24\t00:00:00"]);
    let by_two = rows(["2025.09.22\t00:00:00", "2025.09.22\t00:02:00", "2025.09.22\t00:04:00"]);
    for (rows, bars, timeframe, fits) in [
        (&daily, "D1", "M1", false),
        (&daily, "D1", "D1", true),
        (&daily, "D1", "MN1", true),
        (&by_two, "M2", "M3", false),
        (&by_two, "M2", "H1", true),
    ] {
        let folder = with_bars(rows, ticks);
        evaluate_on(folder.path(), timeframe);
        if fits {
            let output = tickdeck_in(folder.path(), &["simulate", "session.toml"]);
            // So few bars are no warm-up, and that alone is said.
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(told.contains("give longer data"), "{timeframe} of {bars}: {told}");
        } else {
            let words = [
                &format!("bars.csv: bars of {bars}"),
                "strategy `",
                &format!("on bars of {timeframe}"),
            ];
            refused(folder.path(), &["session.toml"], &words);
        }
    }
    let folder = with_bars(&daily, ticks);
    evaluate_on(folder.path(), "D1");
    let start = r#"{"at":"2025-09-22T10:00:00Z","body":{"id":"c-1","command":"START_STRATEGY","parameters":{"strategyId":"late",
        "strategyName":"SMA 5/20 on H4","symbol":"EURUSD","timeframe":"H4","rules":{"entry":{"type":"indicator_cross",
        "indicators":["SMA_5","SMA_20"],"direction":"both"},"exit":{"type":"opposite_signal"}}}}}"#
        .replace('\n', "");
    fs::write(folder.path().join("commands.jsonl"), start).unwrap();
    let words = ["bars.csv: bars of D1", "strategy `late`", "on bars of H4"];
    refused(folder.path(), &["session.toml", "--commands", "commands.jsonl"], &words);
}
