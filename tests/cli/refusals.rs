//! What is refused: everything at once, by its name, and with what to write instead.

use crate::common;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

const TOP: &str = "format = 1\nname = \"a\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\n";
const TICKS: &str = "ticks.generate = { ticks = 1000, seed = 1 }\n";

/// Runs a command line in a folder, with a text as its stdin, and gives it with all that it wrote.
fn shown_with(folder: &Path, line: &str, stdin: &str) -> String {
    let mut command = common::command(folder, &line.split(' ').collect::<Vec<_>>());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who does not read it has left.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let code = output.status.code().unwrap();
    format!("$ tickdeck {line}\nexit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
}

fn shown(folder: &Path, line: &str) -> String {
    shown_with(folder, line, "")
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn refused(sessions: &[String]) -> String {
    let dir = folder();
    let one = |session: &String| {
        fs::write(dir.path().join("session.toml"), session).unwrap();
        shown(dir.path(), "simulate session.toml")
    };
    sessions.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn several_wrong_keys_are_told_at_once() {
    let sessions = [
        format!(
            "{TOP}{TICKS}sead = 1\n[broker]\ncommission = 3\nslipage = {{ constant_points = 1 }}\n"
        ),
        "format = 1\nname = \"a\"\n".to_owned(),
        format!(
            "{TOP}{TICKS}[account]\nleverage = 0\n[limits]\nlots_max = -1\n[[strategy]]\nid = \"\"\ntimeframe = \"M1\"\nrules = {{}}\n"
        ),
        format!(
            "{TOP}{TICKS}[[strategy]]\nid = \"a\"\ntimeframe = \"M1\"\nrules = {{ builtin = \"ema_crss\" }}\n[[strategy]]\nid = \"b\"\ntimeframe = \"M7\"\nrules = {{ builtin = \"ema_cross\" }}\n"
        ),
    ];
    insta::assert_snapshot!("several", refused(&sessions));
}

#[test]
fn names_of_other_programs_are_told_by_ours() {
    let rules = |exit: &str, risk: &str| {
        format!(
            "{TOP}{TICKS}[[strategy]]\nid = \"a\"\ntimeframe = \"M1\"\nrules.entry = {{ type = \"indicator_cross\", indicators = [\"EMA_5\", \"EMA_9\"], direction = \"both\" }}\nrules.exit = {exit}\nrules.risk = {risk}\n"
        )
    };
    let sessions = [
        rules("{ sl = 10, tp = 20 }", "{ lotSize = 0.1 }"),
        rules("{ stop_loss = 10 }", "{ lot = 0.1 }"),
        rules("{ stopLoss = 10 }", "{ lots = 0.1, slippage = 3, magic = 7 }"),
        format!("{TOP}{TICKS}[broker]\nfaults = [{{ request = 1, kind = \"delayed\" }}]\n"),
        // Keys that stand elsewhere, even a single one of them.
        format!("sl = 20\n{TOP}{TICKS}"),
        format!("sl = 20\nlots = 0.1\ntimeframe = \"M1\"\nsead = 3\n{TOP}{TICKS}"),
    ];
    insta::assert_snapshot!("other_names", refused(&sessions));
}

/// Wrong keys in several tables of several strategies come at once, with what is wrong beside them.
#[test]
fn wrong_keys_of_rules_are_refused_together() {
    let strategy = |id: &str, exit: &str| {
        format!(
            "[[strategy]]\nid = \"{id}\"\ntimeframe = \"M1\"\n[strategy.rules]\nflavour = 2\n\
             entry = {{ type = \"indicator_cross\", indicators = [\"SMA_3\", \"SMA_20\"], directionn = \"both\" }}\n\
             exit = {exit}\nrisk = {{ lotSizes = 0.1 }}\n"
        )
    };
    let head = "format = 1\nname = \"s\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC+3\"\n";
    let one = strategy("one", "{ type = \"none\", stopLos = 50, takeProfits = 2 }");
    let two = strategy("two", "{ type = \"none\", stopLoss = \"far\", a.b = 3 }");
    insta::assert_snapshot!("rules", refused(&[format!("{head}{one}{two}")]));
}

#[test]
fn files_of_other_kinds_are_refused_by_name() {
    let dir = folder();
    for name in
        ["ticks.xlsx", "ticks.json", "EURUSD.hcc", "report.html", "a.csv", "s.toml", "c.csv"]
    {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let bars = "--symbol EURUSD --timeframe M5 --out bars.csv";
    let lines = [
        format!("bars --ticks ticks.xlsx {bars}"),
        format!("bars --ticks ticks.json {bars}"),
        format!("bars --ticks - {bars}"),
        "bars --ticks a.csv --symbol EURUSD --timeframe M5 --out bars.xlsx".to_owned(),
        "indicators --bars EURUSD.hcc --symbol EURUSD --timeframe M5 --use rsi --out a.csv"
            .to_owned(),
        "import report.html --symbol EURUSD --out a.parquet".to_owned(),
        "import a.csv --symbol EURUSD --out -".to_owned(),
        "generate --symbol EURUSD --ticks 10 --seed 1 --out -".to_owned(),
        "simulate a.csv".to_owned(),
        "simulate s.json".to_owned(),
        "simulate s.toml --commands c.csv".to_owned(),
        "simulate s.toml --commands -".to_owned(),
        "simulate - --set seed=1,2".to_owned(),
        "rules check s.toml".to_owned(),
    ];
    let told: Vec<String> = lines.iter().map(|line| shown(dir.path(), line)).collect();
    insta::assert_snapshot!("other_kinds", told.join("\n"));
}

#[test]
fn a_dash_is_stdin_or_stdout() {
    let dir = folder();
    let made = shown(
        dir.path(),
        "generate --symbol EURUSD --ticks 300 --seed 1 --out EURUSD.parquet --quiet",
    );
    assert!(made.contains("exit 0"), "{made}");
    let rules = r#"{ "entry": { "type": "indicator_cross", "indicators": ["EMA_5", "EMA_9"], "direction": "both" }, "exit": { "stopLoss": 5 } }"#;
    let session = format!("{TOP}{TICKS}");
    let ran = shown_with(dir.path(), "simulate -", &session);
    let ran: Vec<&str> = ran.lines().filter(|line| !line.starts_with("took")).collect();
    let told = [
        shown(dir.path(), "bars --ticks EURUSD.parquet --timeframe M1 --out -"),
        shown(
            dir.path(),
            "indicators --bars EURUSD.parquet --timeframe M1 --use sma:2 --out - --quiet",
        ),
        shown(dir.path(), "bars --ticks EURUSD.parquet --timeframe M1 --out - --json"),
        shown_with(dir.path(), "rules check -", rules),
        ran.join("\n"),
    ];
    insta::assert_snapshot!("dash", told.join("\n"));
}
