//! Figures beyond all reason, through the real program: each is refused with file and field, or
//! runs as it should.

use crate::common;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SESSION: &str = r#"format = 1
name = "figures"
symbols = ["EURUSD"]
zone = "UTC"
account.balance = 10000
broker.commission_per_lot = 3
symbol.EURUSD = { digits = 5, tick_size = 0.00001 }
ticks.generate = { ticks = 3000, seed = 1 }

[[strategy]]
id = "alpha"
timeframe = "M1"
rules.entry = { type = "indicator_cross", indicators = ["EMA_2", "EMA_5"], direction = "both" }
rules.exit = { type = "opposite_signal" }
rules.risk = { lotSize = 1 }
"#;

fn folder(from: &str, to: &str) -> TempDir {
    assert!(SESSION.contains(from), "{from}");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.toml"), SESSION.replace(from, to)).unwrap();
    dir
}

/// Runs a command line in a folder; gives its exit code and standard error.
fn told(dir: &Path, line: &str) -> String {
    let output = common::tickdeck_in(dir, &line.split(' ').collect::<Vec<_>>());
    format!("exit {}\n{}", output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn figures_beyond_reason_are_refused_with_file_and_field() {
    let mut all = String::new();
    for (from, to) in [
        ("balance = 10000", "balance = \"1e-2147483648\""),
        ("balance = 10000", "balance = \"1e2147483648\""),
        ("balance = 10000", "balance = 92233720368"),
        ("per_lot = 3", "per_lot = 92233720368"),
        ("per_lot = 3", "per_lot = -40000000000"),
        ("zone = \"UTC\"", "zone = \"UTC-9223372036854775808\""),
        ("zone = \"UTC\"", "zone = \"-9223372036854775808\""),
        ("zone = \"UTC\"", "zone = \"-99\""),
        ("tick_size = 0.00001", "tick_size = 9999999"),
        ("digits = 5", "digits = 3"),
    ] {
        write!(all, "{to}\n{}\n", told(folder(from, to).path(), "simulate s.toml")).unwrap();
    }
    let dir = folder("figures", "text");
    fs::write(dir.path().join("t.csv"), "time,bid,ask\n2025-09-22 00:00:00,1e-2147483648,1.2\n")
        .unwrap();
    write!(all, "t.csv\n{}", told(dir.path(), "import t.csv --symbol EURUSD --out t.parquet"))
        .unwrap();
    insta::assert_snapshot!(all);
}

#[test]
fn a_command_with_an_endless_exponent_is_answered_and_the_session_goes_on() {
    let dir = folder("ticks = 3000", "ticks = 900");
    let body = r#"{"id":"c","command":"UPDATE_STRATEGY","parameters":{"strategyId":"alpha","settings":{"lotSize":"1e-2147483648"}}}"#;
    fs::write(
        dir.path().join("c.jsonl"),
        format!("{{\"at\":\"2025-09-22T00:01:00Z\",\"body\":{body}}}\n"),
    )
    .unwrap();
    assert_eq!(told(dir.path(), "simulate s.toml --commands c.jsonl --record r"), "exit 0\n");
    let orders = fs::read_to_string(dir.path().join("r/orders.txt")).unwrap();
    assert!(
        orders.contains(
            "parameters.settings.lotSize: `1e-2147483648`: more than 8 digits after the point"
        ),
        "{orders}"
    );
    assert_eq!(told(dir.path(), "replay r"), "exit 0\n");
}

/// 60 lots of a rupiah pair: each leg is worth more rupiahs than an amount holds, the profit is
/// not.
#[test]
fn a_position_whose_legs_hold_more_than_money_does_is_closed() {
    let rupiah = r#"symbol.USDIDR = { digits = 0, tick_size = 1, contract_size = 100000, calc_mode = "forex", execution = "market",
        trade_mode = "full", stops_level = 0, freeze_level = 0, filling_mask = 3, volume_min = 0.01, volume_max = 100, volume_step = 0.01,
        margin_initial = 0, currency_base = "USD", currency_profit = "IDR", currency_margin = "USD", pip = 1 }"#;
    let rupiah = rupiah.replace('\n', " ");
    let dir = folder("symbol.EURUSD = { digits = 5, tick_size = 0.00001 }", &rupiah);
    let path = dir.path().join("s.toml");
    let session = fs::read_to_string(&path)
        .unwrap()
        .replace("EURUSD", "USDIDR")
        .replace("lotSize = 1 ", "lotSize = 60 ");
    fs::write(
        &path,
        session.replace("balance = 10000", "balance = 50000").replace("per_lot = 3", "per_lot = 0"),
    )
    .unwrap();
    let mut ticks = String::from("time,bid,ask\n");
    for second in 0..3600_u32 {
        let bid = 16_500 + (second / 60 % 14).abs_diff(7) * 3;
        writeln!(ticks, "2025-09-22 00:{:02}:{:02},{bid},{}", second / 60, second % 60, bid + 5)
            .unwrap();
    }
    fs::write(dir.path().join("idr.csv"), ticks).unwrap();
    assert_eq!(
        told(dir.path(), "simulate s.toml --ticks USDIDR=idr.csv --record r --trades t.csv"),
        "exit 0\n"
    );
    assert_eq!(told(dir.path(), "replay r"), "exit 0\n");
    let trades = fs::read_to_string(dir.path().join("t.csv")).unwrap();
    let first = trades.lines().nth(1).unwrap();
    insta::assert_snapshot!(first);
}
