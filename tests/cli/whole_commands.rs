//! Whole commands: command line, exit code, stdout, stderr. What differs from run to run is
//! replaced by words.

use crate::common;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SESSION: &str = r#"format = 1
name = "small"
symbols = ["EURUSD"]
seed = 7
zone = "America/New_York+7"

[broker]
commission_per_lot = 3.5
request_latency = { constant_ms = 20 }
answer_latency = { constant_ms = 20 }

[ticks.generate]
ticks = 20000
seed = 1

[[strategy]]
id = "alpha"
timeframe = "M1"

[strategy.rules.entry]
type = "indicator_cross"
indicators = ["SMA_5", "SMA_20"]
direction = "both"

[strategy.rules.exit]
type = "opposite_signal"
stopLoss = 3
takeProfit = 12

[strategy.rules.risk]
lotSize = 0.1
maxOpenTrades = 1
"#;

/// A folder with the session, and with a recording of it as `rec`.
fn recorded() -> TempDir {
    let dir = folder();
    let output = common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", "rec"]);
    assert!(output.status.success(), "{output:?}");
    dir
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("session.toml"), SESSION).unwrap();
    dir
}

/// Runs a command line in a folder and gives it with all that it wrote.
fn shown(dir: &Path, line: &str) -> String {
    shown_args(dir, &line.split(' ').collect::<Vec<_>>())
}

fn shown_args(dir: &Path, args: &[&str]) -> String {
    let output = common::tickdeck_in(dir, args);
    let text = |bytes: Vec<u8>| steady(&String::from_utf8(bytes).unwrap());
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    format!(
        "$ tickdeck {}\nexit {}\n--- stdout\n{stdout}--- stderr\n{stderr}",
        args.join(" "),
        output.status.code().unwrap()
    )
}

/// Without what depends on the machine.
fn steady(text: &str) -> String {
    text.lines().map(|line| steady_line(line) + "\n").collect()
}

fn steady_line(line: &str) -> String {
    if line.starts_with("took ") {
        return "took         [elapsed]".to_owned();
    }
    let mut line = line.to_owned();
    for name in ["\"elapsed_s\":", "\"ticks_per_s\":"] {
        if let Some(at) = line.find(name) {
            let from = at + name.len();
            let until = line[from..].find([',', '}']).unwrap() + from;
            line.replace_range(from..until, "[elapsed]");
        }
    }
    line
}

#[test]
fn help_of_every_verb() {
    let dir = folder();
    insta::assert_snapshot!("help", shown(dir.path(), "--help"));
    for verb in [
        "simulate",
        "replay",
        "inspect",
        "import",
        "bars",
        "indicators",
        "rules",
        "generate",
        "init",
        "explain",
        "completions",
    ] {
        insta::assert_snapshot!(
            format!("help_{verb}"),
            shown(dir.path(), &format!("{verb} --help"))
        );
    }
}

#[test]
fn simulate() {
    let dir = folder();
    insta::assert_snapshot!(
        "simulate",
        shown(dir.path(), "simulate session.toml --trades trades.csv")
    );
    insta::assert_snapshot!("simulate_json", shown(dir.path(), "simulate session.toml --json"));
    insta::assert_snapshot!(
        "simulate_trades",
        fs::read_to_string(dir.path().join("trades.csv")).unwrap()
    );
}

#[test]
fn replay_of_what_was_recorded() {
    let dir = recorded();
    insta::assert_snapshot!("replay_same", shown(dir.path(), "replay rec"));
    insta::assert_snapshot!("replay_json", shown(dir.path(), "replay rec --json"));
}

#[test]
fn replay_of_another_stop_loss_differs() {
    let dir = recorded();
    let path = dir.path().join("rec/session.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches("stopLoss = 3").count(), 1, "{text}");
    fs::write(&path, text.replace("stopLoss = 3", "stopLoss = 4")).unwrap();
    insta::assert_snapshot!("replay_differs", shown(dir.path(), "replay rec"));
    insta::assert_snapshot!("inspect_differs", shown(dir.path(), "inspect rec --order 1"));
}

#[test]
fn replay_of_damaged_ticks_is_refused() {
    let dir = recorded();
    let path = dir.path().join("rec/ticks/EURUSD.parquet");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    insta::assert_snapshot!("replay_damaged", shown(dir.path(), "replay rec"));
}

#[test]
fn inspect() {
    let dir = recorded();
    let check = |name: &str, line: &str| insta::assert_snapshot!(name, shown(dir.path(), line));
    check("inspect_overview", "inspect rec");
    check("inspect_overview_json", "inspect rec --json");
    check("inspect_order_closed_by_stop", "inspect rec --order 3");
    check("inspect_order_closed_by_signal", "inspect rec --order 1");
    check("inspect_order_json", "inspect rec --json --order 3");
    check("inspect_no_such_order", "inspect rec --order 99");
    check("inspect_at_warming_up", "inspect rec --strategy alpha --at 2025-09-22T00:10:30");
    check("inspect_at_entered", "inspect rec --strategy alpha --at 2025-09-21T21:40:30Z");
    let args = ["inspect", "rec", "--json", "--strategy", "alpha", "--at", "2025-09-22 00:40"];
    insta::assert_snapshot!("inspect_at_json", shown_args(dir.path(), &args));
    check("inspect_at_outside", "inspect rec --strategy alpha --at 2025-09-23T00:39");
    check("inspect_at_no_such_strategy", "inspect rec --strategy beta --at 2025-09-22T00:39");
    check("inspect_at_no_time", "inspect rec --strategy alpha --at noon");
}

/// Lost and repeated answers, a requote, stops that the broker dropped: each belongs to the life of
/// its order.
#[test]
fn inspect_orders_that_went_wrong() {
    let dir = folder();
    let faults = r#"faults = [
    { request = 1, kind = "executed_unanswered" },
    { request = 3, kind = "requote" },
    { request = 6, kind = "stops_dropped" },
    { request = 9, kind = "timeout_executed" },
    { request = 11, kind = "duplicate_answer" },
]

[ticks.generate]"#;
    fs::write(dir.path().join("session.toml"), SESSION.replace("[ticks.generate]", faults))
        .unwrap();
    assert!(
        common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", "rec"])
            .status
            .success()
    );
    let check = |name: &str, line: &str| insta::assert_snapshot!(name, shown(dir.path(), line));
    check("inspect_order_unanswered", "inspect rec --order 1");
    check("inspect_order_requoted", "inspect rec --order 2");
    check("inspect_order_without_stops", "inspect rec --order 3");
    check("inspect_order_timed_out", "inspect rec --order 4");
    check("inspect_order_answered_twice", "inspect rec --order 5");
}

/// Stops that are never reached: every signal after the first finds its position still open.
#[test]
fn inspect_names_the_limit_that_stood_against_an_entry() {
    let dir = folder();
    let session = SESSION
        .replace("opposite_signal", "none")
        .replace("stopLoss = 3", "stopLoss = 50")
        .replace("takeProfit = 12", "takeProfit = 90");
    fs::write(dir.path().join("session.toml"), session).unwrap();
    assert!(
        common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", "rec"])
            .status
            .success()
    );
    insta::assert_snapshot!("inspect_overview_limited", shown(dir.path(), "inspect rec"));
    insta::assert_snapshot!(
        "inspect_at_limit",
        shown(dir.path(), "inspect rec --strategy alpha --at 2025-09-22T00:45")
    );
}

#[test]
fn ticks_and_bars() {
    let dir = folder();
    let check = |name: &str, line: &str| insta::assert_snapshot!(name, shown(dir.path(), line));
    check("generate", "generate --symbol EURUSD --ticks 3000 --seed 1 --out ticks.parquet");
    check(
        "generate_json",
        "generate --symbol EURUSD --ticks 3000 --seed 1 --out again.parquet --json",
    );
    assert_eq!(
        fs::read(dir.path().join("ticks.parquet")).unwrap(),
        fs::read(dir.path().join("again.parquet")).unwrap()
    );
    check("bars", "bars --ticks ticks.parquet --symbol EURUSD --timeframe H1 --out bars.csv");
    insta::assert_snapshot!("bars_file", fs::read_to_string(dir.path().join("bars.csv")).unwrap());
    check(
        "bars_json",
        "bars --ticks ticks.parquet --symbol EURUSD --timeframe M5 --out bars.parquet --json",
    );
    fs::write(dir.path().join("export.csv"), EXPORT).unwrap();
    check(
        "import",
        "import export.csv --symbol EURUSD --zone America/New_York+7 --out imported.parquet",
    );
    check(
        "import_json",
        "import export.csv --symbol EURUSD --zone America/New_York+7 --out imported.parquet --json",
    );
}

/// As the terminal exports ticks: a blank price is that of the row before.
const EXPORT: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n\
    2025.09.22\t00:00:00.161\t1.17403\t1.17405\t\t\t6\n\
    2025.09.22\t00:00:01.161\t1.17404\t\t\t\t2\n\
    2025.09.22\t00:02:02.161\t\t1.17407\t\t\t4\n";

#[test]
fn completions() {
    let dir = folder();
    for shell in ["bash", "zsh", "fish"] {
        let output = common::tickdeck_in(dir.path(), &["completions", shell]);
        let first =
            String::from_utf8(output.stdout).unwrap().lines().next().unwrap_or_default().to_owned();
        insta::assert_snapshot!(
            format!("completions_{shell}"),
            format!("exit {}\n{first}", output.status.code().unwrap())
        );
    }
}
