//! `tickdeck indicators` on files, and rules on lines of indicators from a session to its replay.

use crate::common::{data, tickdeck_in};
use std::fs;
use std::path::Path;
use std::process::Output;

fn run(folder: &Path, line: &str) -> Output {
    tickdeck_in(folder, &line.split(' ').collect::<Vec<_>>())
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The columns of a CSV file by their names.
fn column(path: &Path, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let at = reader
        .headers()
        .unwrap()
        .iter()
        .position(|header| header == name)
        .unwrap_or_else(|| panic!("a column {name}"));
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}

/// The whole way of a user: the terminal's own bars in, the columns of the vectors out.
#[test]
fn the_terminals_bars_have_the_values_of_the_vectors() {
    let (Some(bars), Some(vectors)) = (
        data("bars/icmarkets_EURUSD_H1_202504-202509.parquet"),
        data("indicators/EURUSD_H1_202504-202509_indicators.csv"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    let names = "ema:20,sma_20,rsi,atr:14,atr_wilder:14,macd,macd_talib,bb:20:2,stoch_talib:5:3:3,adx_talib,cci:14";
    let line = format!(
        "indicators --bars {} --timeframe H1 --use {names} --out {}",
        bars.display(),
        out.display()
    );
    let output = run(folder.path(), &line);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), out.display().to_string());
    for (ours, theirs) in [
        ("ema_20", "ema20_seedfirst"),
        ("sma_20", "sma20"),
        ("rsi_14", "rsi14_wilder"),
        ("atr_14", "atr14_sma_mt5"),
        ("atr_wilder_14", "atr14_wilder_talib"),
        ("macd_12_26_9", "macd_mt5"),
        ("macd_signal_12_26_9", "macdsig_mt5"),
        ("macd_talib_signal_12_26_9", "macdsig_talib"),
        ("bands_upper_20_2", "bb20_2_upper"),
        ("bands_lower_20_2", "bb20_2_lower"),
        ("stochastic_talib_k_5_3_3", "stoch_k_5_3"),
        ("adx_talib_14", "adx14_talib"),
        ("cci_14", "cci14_talib"),
    ] {
        let (ours, theirs) = (column(&out, ours), column(&vectors, theirs));
        assert_eq!(ours.len(), theirs.len());
        for (row, (value, wanted)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(value.is_empty(), wanted.is_empty(), "row {row}");
            if let (Ok(value), Ok(wanted)) = (value.parse::<f64>(), wanted.parse::<f64>()) {
                assert!(
                    (value - wanted).abs() <= 1e-9 * wanted.abs() + 1e-15,
                    "row {row}: {value} instead of {wanted}"
                );
            }
        }
    }
    assert_eq!(column(&out, "time")[1], "2025-04-01 01:00:00");
    assert_eq!(column(&out, "close")[0], "1.08189");
}

#[test]
fn ticks_give_bars_and_what_was_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(
        run(folder, "generate --symbol EURUSD --ticks 5000 --seed 1 --out ticks.parquet")
            .status
            .success()
    );
    let json = run(
        folder,
        "indicators --bars ticks.parquet --symbol EURUSD --timeframe M1 --use macd,pivot_r1 --out a.csv --json",
    );
    let object: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        object["columns"],
        serde_json::json!([
            "macd_12_26_9",
            "macd_signal_12_26_9",
            "macd_histogram_12_26_9",
            "pivot_r1"
        ])
    );
    assert_eq!((object["symbol"].as_str(), object["read"].as_u64()), (Some("EURUSD"), Some(5000)));
    let text = fs::read_to_string(folder.join("a.csv")).unwrap();
    assert_eq!(Some(text.lines().count() as u64), object["bars"].as_u64().map(|bars| bars + 1));
    assert!(
        text.lines().nth(1).unwrap().ends_with(",0,,,"),
        "main from the first bar on, the others empty: {text:.200}"
    );
    // Each value is a double again, the same one: main − signal is the histogram to the bit.
    let read = |name: &str| {
        column(&folder.join("a.csv"), name)
            .into_iter()
            .map(|cell| cell.parse::<f64>().ok())
            .collect::<Vec<_>>()
    };
    let (main, signal, histogram) =
        (read("macd_12_26_9"), read("macd_signal_12_26_9"), read("macd_histogram_12_26_9"));
    for ((main, signal), histogram) in main.into_iter().zip(signal).zip(histogram) {
        assert_eq!(signal.map(|signal| main.unwrap() - signal), histogram);
    }
    assert!(
        run(folder, "indicators --bars ticks.parquet --symbol EURUSD --timeframe M1 --use ema:5 --out b.csv --quiet").stdout.is_empty()
    );
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(
        run(folder, "generate --symbol EURUSD --ticks 500 --seed 1 --out ticks.parquet")
            .status
            .success()
    );
    for (rest, expect) in [
        ("--symbol EURUSD --use emma:20", "`emma:20` is no indicator: did you mean `ema`?"),
        ("--symbol EURUSD --use ema", "`ema` needs a period from 1 to 10000, such as EMA_20"),
        ("--symbol EURUSD --use bb:20:0", "`bb:20:0` needs a `deviation` above 0 and up to 1000"),
        ("--symbol EURUSD --use ema:20,EMA_20", "ema_20 is asked for twice"),
        ("--symbol EURUSD --use macd,macd_signal", "macd_signal_12_26_9 is asked for twice"),
        ("--symbol EURUDS --use ema:20", "did you mean `EURUSD`?"),
    ] {
        let output = run(
            folder,
            &format!("indicators --bars ticks.parquet --timeframe M1 --out c.csv {rest}"),
        );
        assert!(error(&output).contains(expect), "{rest}: {}", error(&output));
        assert!(!folder.join("c.csv").exists());
    }
    // A generated file says its symbol itself; a plain table does not.
    assert!(
        run(folder, "bars --ticks ticks.parquet --timeframe M1 --out plain.csv").status.success()
    );
    let output = run(folder, "indicators --bars plain.csv --timeframe M1 --out c.csv --use ema:20");
    assert!(error(&output).contains("say --symbol NAME"), "{}", error(&output));
    assert!(!folder.join("c.csv").exists());
}

const SESSION: &str = r#"format = 1
name = "lines"
symbols = ["EURUSD"]
seed = 7
zone = "America/New_York+7"

[ticks.generate]
ticks = 30000
seed = 1
"#;

const STRATEGY: &str = r#"
[[strategy]]
id = "ID"
timeframe = "M1"
rules.entry = { type = "indicator_cross", direction = "both", indicators = LINES }
rules.exit = { type = "opposite_signal" }
rules.risk = { lotSize = 0.1, maxOpenTrades = 1 }
"#;

/// Rules on lines of one indicator, on a price and a band, on objects: they run, are recorded, and
/// replay the same.
#[test]
fn rules_cross_lines_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut session = SESSION.to_owned();
    for (id, lines) in [
        ("macd", r#"["macd", "MACD_SIGNAL_12_26_9"]"#),
        ("bands", r#"["close", "bb_middle_20"]"#),
        (
            "stoch",
            r#"[{ indicator = "stochastic", line = "k", k = 5 }, { indicator = "stochastic", line = "d", k = 5 }]"#,
        ),
        ("directions", r#"["adx_plus", "adx_minus"]"#),
    ] {
        session += &STRATEGY.replace("ID", id).replace("LINES", lines);
    }
    fs::write(folder.join("session.toml"), session).unwrap();
    let output = run(folder, "simulate session.toml --record rec");
    assert!(output.status.success(), "{output:?}");
    let orders = fs::read_to_string(folder.join("rec/orders.txt")).unwrap();
    for id in ["macd", "bands", "stoch", "directions"] {
        assert!(
            orders.lines().filter(|line| line.contains(&format!(" {id} "))).count() > 10,
            "{id} trades:\n{orders:.2000}"
        );
    }
    let replay = run(folder, "replay rec");
    assert_eq!(replay.status.code(), Some(0), "{replay:?}");
    let why = run(folder, "inspect rec --json --strategy stoch --at 2025-09-22T02:00:00");
    let text = String::from_utf8(why.stdout).unwrap();
    assert!(text.contains("STOCHASTIC_K_5_3_3 crosses STOCHASTIC_D_5_3_3 (both)"), "{text}");
}
