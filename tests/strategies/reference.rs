//! The reference runs: real ticks, trade for trade what two independent implementations found.

use crate::common::{data, tickdeck};
use serde_json::Value;
use std::fs;

struct Trade {
    side: String,
    open_time_msc: i64,
    open_price: f64,
    sl: f64,
    tp: f64,
    close_time_msc: i64,
    close_price: f64,
    reason: String,
    profit: f64,
}

fn trades_of(path: &std::path::Path) -> Vec<Trade> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let expected = "order,position,symbol,strategy,side,volume,open_time_msc,open_price,sl,tp,close_time_msc,close_price,reason,profit,commission,swap";
    assert_eq!(headers.iter().collect::<Vec<_>>().join(","), expected);
    let place = headers.iter().position(|header| header == "reason").unwrap();
    let rows = reader.records().map(Result::unwrap).filter(|row| &row[place] != "open");
    rows.map(|row| {
        let field =
            |name: &str| row[headers.iter().position(|header| header == name).unwrap()].to_owned();
        let number = |name: &str| field(name).parse::<f64>().unwrap();
        assert_eq!((number("volume"), number("commission"), number("swap")), (0.1, 0.0, 0.0));
        Trade {
            side: field("side"),
            open_time_msc: field("open_time_msc").parse().unwrap(),
            open_price: number("open_price"),
            sl: number("sl"),
            tp: number("tp"),
            close_time_msc: field("close_time_msc").parse().unwrap(),
            close_price: number("close_price"),
            reason: field("reason"),
            profit: number("profit"),
        }
    })
    .collect()
}

/// Runs a session of the fixtures over real ticks and compares it with `reference_run` of the
/// expected file.
fn check(session: &str, symbol: &str, ticks: &str, expected: &str, timeframe: &str) {
    let (Some(ticks), Some(expected)) = (data(ticks), data(expected)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("trades.csv");
    let given = format!("{symbol}={}", ticks.display());
    let run = tickdeck(&[
        "simulate",
        session,
        "--ticks",
        &given,
        "--trades",
        csv.to_str().unwrap(),
        "--json",
    ]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let summary: Value = serde_json::from_slice(&run.stdout).unwrap();

    let expected: Value = serde_json::from_str(&fs::read_to_string(expected).unwrap()).unwrap();
    let reference = &expected["reference_run"][timeframe];
    let wanted = reference["trades"].as_array().unwrap();
    let got = trades_of(&csv);
    for (n, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let same = |name: &str, value: f64| {
            let want = wanted[name].as_f64().unwrap();
            assert!((value - want).abs() < 1e-7, "trade {n}: {name} {value} instead of {want}");
        };
        assert_eq!(got.side, wanted["dir"], "trade {n}");
        assert_eq!(got.reason, wanted["reason"], "trade {n}");
        assert_eq!(got.open_time_msc, wanted["open_msc"].as_i64().unwrap(), "trade {n}");
        assert_eq!(got.close_time_msc, wanted["close_msc"].as_i64().unwrap(), "trade {n}");
        same("open_price", got.open_price);
        same("sl", got.sl);
        same("tp", got.tp);
        same("close_price", got.close_price);
        same("profit", got.profit);
    }
    assert_eq!(got.len(), wanted.len());
    assert_eq!(summary["trades"], reference["n"]);
    assert_eq!(summary["ticks"], expected["ticks"]["rows"]);
    let open = i64::from(!reference["open_at_end"].is_null());
    assert_eq!(summary["positions_open"], open);
    let booked: f64 = summary["balance"].as_f64().unwrap() - 10_000.0;
    assert!((booked - reference["net"].as_f64().unwrap()).abs() < 0.005, "{booked}");
}

const EURUSD: (&str, &str, &str) = (
    "EURUSD",
    "ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet",
    "expected/icmarkets_EURUSD_20250922-20250926.json",
);

#[test]
fn eurusd_m1() {
    check("fixtures/sessions/ema-cross-m1.toml", EURUSD.0, EURUSD.1, EURUSD.2, "M1");
}

#[test]
fn eurusd_m5() {
    check("fixtures/sessions/ema-cross-m5.toml", EURUSD.0, EURUSD.1, EURUSD.2, "M5");
}

/// The gold ticks lie compressed; a folder of their own keeps them for a test.
fn gold(session: &str, timeframe: &str) {
    let Some(compressed) = data("ticks/XAUUSD_20140506_mt5export.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("gold.csv");
    let unpacked = std::process::Command::new("gzip")
        .arg("-dc")
        .arg(&compressed)
        .output()
        .expect("gzip is on every machine this is built on");
    assert!(unpacked.status.success());
    fs::write(&text, unpacked.stdout).unwrap();
    check(
        session,
        "XAUUSD",
        text.to_str().unwrap(),
        "expected/lean_oanda_XAUUSD_20140506.json",
        timeframe,
    );
}

#[test]
fn xauusd_m1() {
    gold("fixtures/sessions/xauusd-m1.toml", "M1");
}

#[test]
fn xauusd_m5() {
    gold("fixtures/sessions/xauusd-m5.toml", "M5");
}
