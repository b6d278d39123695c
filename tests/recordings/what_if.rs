//! What if? A recording that was edited, run by the simulated broker, beside what was recorded: the sums
//! are those of two separate simulations.

use crate::common::{root, tickdeck, tickdeck_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of a recording of one symbol.
const FILES: [&str; 5] =
    ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"];

/// What is replaced in the session of which recording, and by what.
const EDITS: [(&str, &str, &str); 21] = [
    ("ema-cross-week", "stopLoss = 10", "stopLoss = 8"),
    ("ema-cross-week", "stopLoss = 10", "stopLoss = 15"),
    ("ema-cross-week", "takeProfit = 20", "takeProfit = 30"),
    ("ema-cross-week", "takeProfit = 20", "takeProfit = 10"),
    ("ema-cross-week", "lotSize = 0.1", "lotSize = 0.3"),
    ("ema-cross-week", "direction = \"both\"", "direction = \"above\""),
    ("ema-cross-week", "direction = \"both\"", "direction = \"below\""),
    ("ema-cross-week", "commission_per_lot = \"0\"", "commission_per_lot = \"3.5\""),
    ("ema-cross-week", "request_latency]\nconstant_ms = 0", "request_latency]\nconstant_ms = 250"),
    ("ema-cross-week", "constant_points = 0", "constant_points = 3"),
    ("ema-cross-week", "maxOpenTrades = 1", "maxOpenTrades = 2"),
    ("ema-cross-week", "\"EMA_20\"", "\"EMA_10\""),
    ("ema-cross-week", "timeframe = \"M1\"", "timeframe = \"M5\""),
    ("busy-commands", "lotSize = 0.2", "lotSize = 0.4"),
    ("busy-commands", "stopLoss = 8", "stopLoss = 12"),
    ("busy-commands", "takeProfit = 18", "takeProfit = 36"),
    ("busy-commands", "direction = \"below\"", "direction = \"both\""),
    ("busy-commands", "commission_per_lot = \"3.5\"", "commission_per_lot = \"7\""),
    ("busy-commands", "max = 120", "max = 900"),
    ("busy-commands", "uniform_points]\nmax = 3", "uniform_points]\nmax = 0"),
    ("busy-commands", "maxOpenTrades = 3", "maxOpenTrades = 1"),
];

/// Trades, wins, earnings and the largest fall of the sum, in cents, from a file of closed trades.
type Sums = (u64, u64, i64, i64);

fn sums(trades: &Path) -> BTreeMap<String, Sums> {
    let mut found: BTreeMap<String, (Sums, i64)> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(trades).unwrap();
    // Those that are open earn nothing yet.
    for row in reader.records().map(Result::unwrap).filter(|row| &row[12] != "open") {
        let cents = |place: usize| row[place].replace('.', "").parse::<i64>().unwrap();
        let net = cents(13) + cents(14) + cents(15);
        for name in [&row[3], "all"] {
            let ((trades, won, sum, fall), peak) = found.entry(name.to_owned()).or_default();
            *trades += 1;
            *won += u64::from(net > 0);
            *sum += net;
            *peak = (*peak).max(*sum);
            *fall = (*fall).max(*peak - *sum);
        }
    }
    found.into_iter().map(|(name, (sums, _))| (name, sums)).collect()
}

/// The sums of a simulation of its own, the number of its requests and of what is still open.
fn simulated(dir: &Path, session: &Path) -> (BTreeMap<String, Sums>, u64, u64) {
    let trades = dir.join("trades.csv");
    let args = ["simulate", session.to_str().unwrap(), "--trades", "trades.csv", "--json"];
    let ran = tickdeck_in(dir, &args);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let summary: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let count = |name: &str| summary[name].as_u64().unwrap();
    (sums(&trades), count("orders"), count("positions_open"))
}

fn cents(money: &Value) -> i64 {
    let text = money.as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<2}").parse().unwrap()
}

fn told(side: &Value) -> (BTreeMap<String, Sums>, u64, u64) {
    let one = |sums: &Value| {
        let count = |name: &str| sums[name].as_u64().unwrap();
        (count("trades"), count("won"), cents(&sums["net"]), cents(&sums["drawdown"]))
    };
    let each = side["by_strategy"].as_object().unwrap().iter();
    let each = each.map(|(name, sums)| (name.clone(), one(sums)));
    let all = each.chain([("all".to_owned(), one(&side["all"]))]);
    let traded = all.filter(|(_, (trades, ..))| *trades > 0).collect();
    let count = |name: &str| side["all"][name].as_u64().unwrap();
    (traded, count("orders"), count("open"))
}

#[test]
fn the_sums_are_those_of_two_separate_simulations() {
    let mut recorded = BTreeMap::new();
    for (name, from, to) in EDITS {
        let dir = tempfile::tempdir().unwrap();
        let (own, copy) = (root().join("recordings").join(name), dir.path().join("edited"));
        fs::create_dir_all(copy.join("ticks")).unwrap();
        for file in FILES {
            fs::copy(own.join(file), copy.join(file)).unwrap();
        }
        let path = copy.join("session.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name}: {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();

        let ran = tickdeck_in(dir.path(), &["replay", "edited", "--broker", "sim", "--json"]);
        assert_eq!(ran.status.code(), Some(1), "{name}, {to}: {:?}", ran.stderr);
        let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
        let beside = &said["recordings"][0]["beside"];
        let then = recorded
            .entry(name)
            .or_insert_with(|| simulated(dir.path(), &own.join("session.toml")));
        assert_eq!(told(&beside["then"]), *then, "{name}, {to}");
        assert_eq!(told(&beside["now"]), simulated(dir.path(), &path), "{name}, {to}");
    }
}

#[test]
fn two_sessions_and_recordings_stand_beside_one_another() {
    let text = |args: &[&str], status| {
        let ran = tickdeck(args);
        let said = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(status), "{said}");
        said
    };
    let (week, session) = ("recordings/ema-cross-week", "fixtures/sessions/ema-cross-m5.toml");
    let same = text(&["compare", week, "recordings/ema-cross-week/session.toml"], 0);
    assert!(same.starts_with("the paths never part"), "{same}");
    insta::assert_snapshot!(text(&["compare", week, session], 1));
    let told = text(&["--json", "compare", week, session], 1);
    let told: serde_json::Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    let alone = text(&["--json", "simulate", session], 0);
    let alone: serde_json::Value = serde_json::from_str(&alone).unwrap();
    assert_eq!(told["warnings"]["now"], alone["warnings"]);
    assert_ne!(alone["warnings"], serde_json::json!([]));
    assert_eq!(told["warnings"]["then"], serde_json::json!([]));
    let wrong = text(&["compare", week, "nowhere.toml"], 2);
    assert!(wrong.contains("nowhere.toml"), "{wrong}");
}
