//! `from` and `to`: what comes before a session is its history, as MT5's tester has it; nothing comes after.

use crate::common::tickdeck_in;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// 2025.09.22 12:00 by the server's clock, in milliseconds.
const NOON: &str = "1758542400000";

const HEAD: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n";

/// Four hours of a Monday, a tick every ten seconds, of which the price swings.
fn ticks() -> String {
    let mut text = HEAD.to_owned();
    for step in 0_i32..4 * 360 {
        let (minute, second) = (600 + step / 6, step % 6 * 10);
        let swing = (step % 251 - 125).abs() + (step % 97 - 48).abs() * 2 + step % 7;
        let (bid, ask) = (10_000 + swing, 10_010 + swing);
        let (hour, minute) = (minute / 60, minute % 60);
        let time = format!("2025.09.22\t{hour:02}:{minute:02}:{second:02}.000");
        text.extend([&format!("{time}\t1.{bid:05}\t1.{ask:05}"), "\t\t\t6\n"]);
    }
    text
}

fn session(keys: &str, slow: u32) -> String {
    format!(
        "format = 1\nname = \"w\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC+3\"\nassume_zone = true\n{keys}\n[ticks.files]\nEURUSD = \"t.csv\"\n\
         [[strategy]]\nid = \"s\"\ntimeframe = \"M1\"\n[strategy.rules]\n\
         entry = {{ type = \"indicator_cross\", indicators = [\"SMA_3\", \"SMA_{slow}\"], direction = \"both\" }}\n\
         exit = {{ type = \"none\", stopLoss = 50, takeProfit = 2 }}\nrisk = {{ lotSize = 0.1, maxOpenTrades = 50 }}\n"
    )
}

fn room(keys: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("w.toml"), session(keys, 20)).unwrap();
    fs::write(dir.path().join("t.csv"), ticks()).unwrap();
    dir
}

fn simulated(dir: &Path, more: &[&str]) -> Value {
    let args = [&["simulate", "w.toml", "--json", "--trades", "trades.csv"], more].concat();
    let ran = tickdeck_in(dir, &args);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// The moments of entry, direction and price of all closed trades, in order.
fn entries(dir: &Path) -> Vec<[String; 3]> {
    let mut rows = csv::Reader::from_path(dir.join("trades.csv")).unwrap();
    let names = rows.headers().unwrap().clone();
    let place = |name: &str| names.iter().position(|known| known == name).unwrap();
    let places = ["open_time_msc", "side", "open_price"].map(place);
    let mut all: Vec<[String; 3]> =
        rows.records().map(|row| places.map(|at| row.as_ref().unwrap()[at].to_owned())).collect();
    all.sort();
    all
}

fn refused(dir: &Path, args: &[&str]) -> String {
    let ran = tickdeck_in(dir, args);
    assert_eq!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(ran.stdout.is_empty());
    String::from_utf8(ran.stderr).unwrap()
}

#[test]
fn a_session_that_begins_later_trades_as_the_whole_one_does_from_then_on() {
    let dir = room("");
    let whole = simulated(dir.path(), &[]);
    // Of 239 closed minutes the slow average takes the first 20: it crosses from the 20th on.
    assert_eq!(
        whole["warnings"][0],
        "s had no values yet on 20 of 239 bars: warm-up, SMA_20 takes 20 bars"
    );
    let all = entries(dir.path());
    let later: Vec<_> = all.into_iter().filter(|[at, ..]| at.as_str() >= NOON).collect();
    assert!(later.len() > 5, "{later:?}");
    let cut = simulated(dir.path(), &["--from", "2025-09-22 12:00"]);
    assert_eq!(cut["warnings"], serde_json::json!([]));
    // Half of 1,440 ticks; the first bar that closes is that of 12:00.
    assert_eq!((&cut["ticks"], &cut["evaluations"]), (&720.into(), &119.into()));
    assert_eq!(entries(dir.path()), later);
    // The same moment with its zone, and in the middle of a minute, whose bar is whole.
    let zoned = simulated(dir.path(), &["--from", "2025-09-22T09:00:00Z"]);
    assert_eq!(zoned["actions_hash"], cut["actions_hash"]);
    simulated(dir.path(), &["--from", "2025-09-22 11:59:30"]);
    let mut around = entries(dir.path());
    around.retain(|[at, ..]| at.as_str() >= NOON);
    assert_eq!(around, later);
}

#[test]
fn nothing_comes_from_the_end_on() {
    let dir = room("to = \"2025-09-22 12:00\"");
    let cut = simulated(dir.path(), &[]);
    assert_eq!((&cut["ticks"], &cut["last_time"]), (&720.into(), &"2025-09-22T08:59:50Z".into()));
    let both = simulated(dir.path(), &["--from", "2025-09-22 11:00", "--to", "2025-09-22 11:30"]);
    assert_eq!(both["ticks"], 180);
}

#[test]
fn a_recording_keeps_its_history() {
    let dir = room("from = \"2025-09-22 12:00:30\"");
    let cut = simulated(dir.path(), &["--record", "r"]);
    let history = fs::read_to_string(dir.path().join("r/history.csv")).unwrap();
    let lines: Vec<&str> = history.lines().collect();
    // 120 minutes, and the half of one that begins before the session does.
    assert_eq!(lines.len(), 122);
    assert_eq!(lines[0], "symbol,time,open,high,low,close,tick_volume,spread,real_volume");
    // The ticks of 12:00:00, :10 and :20 are those of steps 720 to 722: 720 is 218 in the first swing
    // (93), 41 in the second (7 · 2), 6 in the third: 113; then 94 + 12 + 0 and 95 + 10 + 1.
    assert_eq!(lines[121], "EURUSD,2025.09.22 12:00:00.000,1.10113,1.10113,1.10106,1.10106,2,10,0");
    for args in [&["replay", "r"] as &[&str], &["replay", "r", "--broker", "sim"]] {
        let ran = tickdeck_in(dir.path(), args);
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stdout));
    }
    let again = tickdeck_in(dir.path(), &["simulate", "r/session.toml", "--json"]);
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["actions_hash"], cut["actions_hash"]);
    // A later beginning within the recording: what it holds of the time before is history, too.
    let ran = tickdeck_in(
        dir.path(),
        &["simulate", "r/session.toml", "--json", "--from", "2025-09-22 12:30"],
    );
    let later: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let direct = simulated(dir.path(), &["--from", "2025-09-22 12:30"]);
    assert_eq!(later["actions_hash"], direct["actions_hash"]);
    assert_eq!((&direct["ticks"], &later["ticks"]), (&540.into(), &540.into()));
    // Of an earlier one it holds no tick.
    let told = refused(dir.path(), &["simulate", "r/session.toml", "--from", "2025-09-22 11:59"]);
    assert!(
        told.contains(
            "from: must not be before 2025.09.22 12:00:30.000, where the recording begins"
        ),
        "{told}"
    );
    // What is accepted keeps it.
    for more in [&["--accept"] as &[&str], &["--broker", "sim", "--accept"]] {
        let ran = tickdeck_in(dir.path(), &[&["replay", "r"], more].concat());
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stdout));
        assert_eq!(fs::read_to_string(dir.path().join("r/history.csv")).unwrap(), history);
    }
    // What was edited is said, and it changes what the simulator answers, not what was recorded.
    let path = dir.path().join("r/history.csv");
    fs::write(&path, history.replace(",1.10113,1.10113,1.10106,", ",1.10113,1.10213,1.10106,"))
        .unwrap();
    let ran = tickdeck_in(dir.path(), &["replay", "r"]);
    assert_eq!(ran.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&ran.stdout).contains("history.csv was edited"));
    fs::write(&path, history.replace("12:00:00", "12:00:01")).unwrap();
    let ran = tickdeck_in(dir.path(), &["replay", "r"]);
    assert_eq!(ran.status.code(), Some(2));
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(
        told.contains("history.csv, line 122: 2025.09.22 12:00:01.000 is not the beginning"),
        "{told}"
    );
}

#[test]
fn a_span_without_ticks_or_with_its_end_first_is_refused() {
    let dir = room("");
    let told = refused(dir.path(), &["simulate", "w.toml", "--from", "2025-09-23"]);
    assert!(told.contains("there is no tick from 2025.09.23 00:00:00.000: the last one is of 2025.09.22 13:59:00.000"), "{told}");
    let told = refused(dir.path(), &["simulate", "w.toml", "--to", "2025-09-22"]);
    assert!(told.contains("there is no tick to 2025.09.22 00:00:00.000: the first one is of 2025.09.22 10:00:00.000"), "{told}");
    let told =
        refused(dir.path(), &["simulate", "w.toml", "--from", "2025-09-23", "--to", "2025-09-22"]);
    assert!(told.contains("to: must be after `from`"), "{told}");
    let told = refused(dir.path(), &["simulate", "w.toml", "--from", "yesterday"]);
    assert!(told.contains("neither a time by the server's clock"), "{told}");
}

#[test]
fn an_indicator_that_is_longer_than_the_data_is_refused() {
    let dir = room("");
    fs::write(dir.path().join("w.toml"), session("", 240)).unwrap();
    let told = refused(dir.path(), &["simulate", "w.toml", "--record", "r"]);
    assert!(
        told.contains("strategy `s`: SMA_240 takes 240 bars on M1 before the first that it judges, and the data of EURUSD hold 239 at the most"),
        "{told}"
    );
    assert!(!dir.path().join("r").exists());
    // As many bars as it takes are not enough: the one after them is the first that is judged.
    fs::write(dir.path().join("w.toml"), session("", 239)).unwrap();
    let told = refused(dir.path(), &["simulate", "w.toml"]);
    assert!(
        told.contains("SMA_239 takes 239 bars") && told.contains("options.warmupBars"),
        "{told}"
    );
    fs::write(dir.path().join("w.toml"), session("", 238)).unwrap();
    let warm = simulated(dir.path(), &[]);
    assert_eq!(
        warm["warnings"][0],
        "s had no values yet on 238 of 239 bars: warm-up, SMA_238 takes 238 bars"
    );
}

/// Days on which nothing is traded have no bars, however long they take.
#[test]
fn a_weekend_has_no_bars() {
    let dir = room("");
    // Four hours of a Friday and four of the Monday after it: 480 minutes are held, and three days have passed.
    let friday = ticks().replace("2025.09.22", "2025.09.19");
    let monday = ticks();
    let monday = monday.strip_prefix(HEAD).unwrap();
    fs::write(dir.path().join("t.csv"), friday + monday).unwrap();
    fs::write(dir.path().join("w.toml"), session("", 479)).unwrap();
    let told = refused(dir.path(), &["simulate", "w.toml"]);
    assert!(told.contains("SMA_479 takes 479 bars on M1 before the first that it judges, and the data of EURUSD hold 479 at the most, from 2025.09.19 10:00:00.000 to 2025.09.22"), "{told}");
    fs::write(dir.path().join("w.toml"), session("", 478)).unwrap();
    simulated(dir.path(), &[]);
    // What lies before the session counts, and what lies on a weekend does not.
    fs::write(dir.path().join("w.toml"), session("from = \"2025-09-22 12:00\"", 1_000)).unwrap();
    let told = refused(dir.path(), &["simulate", "w.toml"]);
    assert!(told.contains("hold 479 at the most, from 2025.09.19 10:00:00.000"), "{told}");
    fs::write(dir.path().join("w.toml"), session("from = \"2025-09-22 12:00\"", 478)).unwrap();
    simulated(dir.path(), &[]);
}

/// Of a longer timeframe no more bars are waited for than its line takes.
#[test]
fn a_line_of_another_timeframe_is_warm_once_it_has_its_bars() {
    let dir = room("");
    let text = session("", 20);
    let (head, _) = text.split_once("entry = ").unwrap();
    let rules = r#"
entry = { groups = [{ name = "long_entry", logic = "AND", conditions = [
    { indicator = "sma_2", condition = "gt", value = 0, timeframe = "H1" }] }] }
exit = { stopLoss = { type = "fixed", value = 50 }, takeProfit = { type = "fixed", value = 2 } }
riskManagement = { lotSize = 0.1 }
"#;
    fs::write(dir.path().join("w.toml"), format!("{head}{rules}")).unwrap();
    simulated(dir.path(), &[]);
    // The hours of 10:00 and 11:00 have closed with the first tick of 12:00, as has the minute before.
    assert_eq!(entries(dir.path())[0][0], NOON);
}

#[test]
fn commands_outside_of_the_span_are_left_out_and_counted() {
    let dir = room("commands = \"c.jsonl\"");
    let command = |at: &str, id: &str| {
        format!(
            "{{\"at\": \"2025-09-22T{at}Z\", \"body\": {{\"id\": \"{id}\", \"command\": \"PING\", \"parameters\": {{}}}}}}\n"
        )
    };
    let commands = [("07:30:00", "a"), ("08:30:00", "b"), ("09:00:00", "c"), ("09:30:00", "d")];
    let commands: String = commands.iter().map(|(at, id)| command(at, id)).collect();
    fs::write(dir.path().join("c.jsonl"), commands).unwrap();
    let span = ["--from", "2025-09-22 11:00", "--to", "2025-09-22 12:00"];
    let cut = simulated(dir.path(), &span);
    let span = "(from 2025.09.22 11:00:00.000 to 2025.09.22 12:00:00.000)";
    assert_eq!(cut["commands"], 2, "the strategy's own START, and one of the others");
    assert_eq!(
        cut["warnings"],
        serde_json::json!([
            format!("1 command before the session's span {span} was left out"),
            format!("2 commands after the session's span {span} were left out"),
        ])
    );
}
