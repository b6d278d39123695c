//! What `simulate` warns of: each provocation is shown, in words and in JSON, and with `--strict` it is the
//! exit code.

use crate::common::tickdeck_in;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Two hours of ticks, one every ten seconds.
fn ticks(from: &str, minutes: u32) -> String {
    let (day, clock) = from.split_once(' ').unwrap();
    let (hour, minute) = clock.split_once(':').unwrap();
    let begins: u32 = hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap();
    let mut text = String::new();
    for step in 0..minutes * 6 {
        let (at, second) = (begins + step / 6, step % 6 * 10);
        let price = 110_000 + (step / 40) % 2 * 30 + step % 7;
        let (hour, minute, bid, ask) = (at / 60, at % 60, price - 100_000, price - 99_990);
        let row = format!("{day}\t{hour:02}:{minute:02}:{second:02}.000\t1.{bid:05}\t1.{ask:05}");
        text.extend([&row, "\t\t\t6\n"]);
    }
    text
}

const HEAD: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n";
const STRATEGY: &str = "[[strategy]]\nid = \"s\"\ntimeframe = \"M1\"\n[strategy.rules]\n\
    entry = { type = \"indicator_cross\", indicators = [\"SMA_2\", \"SMA_4\"], direction = \"both\" }\n\
    exit = { type = \"opposite_signal\", stopLoss = 50 }\nrisk = { lotSize = 0.1, maxOpenTrades = 1 }\n";

/// A session of two hours on a Monday.
#[derive(Clone, Default)]
struct Room {
    session: String,
    strategies: String,
    commands: String,
    ticks: String,
    /// How the ticks come to the session: the name of the export, and the options of its import; none
    /// reads the export itself.
    file: &'static str,
    imported: Option<&'static [&'static str]>,
}

/// Its ticks are imported, so that all is known of them.
fn room() -> Room {
    Room {
        ticks: ticks("2025.09.22 10:00", 120),
        file: "t.csv",
        imported: Some(&["--symbol", "EURUSD", "--zone", "UTC"]),
        ..Room::default()
    }
}

/// Writes the ticks of a room, and gives the file that its session names.
fn write_ticks(room: &Room, folder: &Path) -> &'static str {
    fs::write(folder.join(room.file), format!("{HEAD}{}", room.ticks)).unwrap();
    let Some(options) = room.imported else { return room.file };
    let import = ["import", room.file, "--out", "t.parquet"];
    let imported = tickdeck_in(folder, &[&import[..], options].concat());
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    "t.parquet"
}

/// The warnings of a run, and its exit codes without and with `--strict`.
fn run(room: &Room) -> (Vec<String>, [i32; 2]) {
    let dir = tempfile::tempdir().unwrap();
    let file = write_ticks(room, dir.path());
    let session = format!(
        "format = 1\nname = \"w\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\ncommands = \"c.jsonl\"\n{}\n\
         [ticks.files]\nEURUSD = \"{file}\"\n{}",
        room.session, room.strategies
    );
    fs::write(dir.path().join("w.toml"), session).unwrap();
    fs::write(dir.path().join("c.jsonl"), &room.commands).unwrap();
    let code = |more: &[&str]| {
        let ran = tickdeck_in(dir.path(), &[&["simulate", "w.toml"], more].concat());
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap(), ran.stderr)
    };
    let (plain, words, told) = code(&[]);
    assert_eq!(plain, 0, "{}", String::from_utf8_lossy(&told));
    let (strict, json, _) = code(&["--json", "--strict"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let warnings: Vec<String> = serde_json::from_value(json["warnings"].clone()).unwrap();
    // A table of variants tells the same of each.
    let (_, json, _) = code(&["--json", "--set", "seed=0,1"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["variants"][0]["warnings"], serde_json::json!(warnings));
    for warning in &warnings {
        // Times are written by another clock.
        let begins = warning.split(", 20").next().unwrap();
        assert!(words.contains(&format!("warning      {begins}")), "{warning} in\n{words}");
    }
    (warnings, [plain, strict])
}

fn command(at: &str, id: &str, name: &str, parameters: &str) -> String {
    let body =
        format!("{{\"id\": \"{id}\", \"command\": \"{name}\", \"parameters\": {parameters}}}");
    format!("{{\"at\": \"2025-09-22T{at}Z\", \"body\": {body}}}\n")
}

/// A session that says that its files are by its own clock.
fn stated() -> Room {
    Room { session: "assume_zone = true".to_owned(), ..room() }
}

/// The provocations, each with what is told of it.
fn provocations() -> Vec<(Room, &'static [&'static str])> {
    let commanded = |commands: String| Room { commands, ..room() };
    let traded = |session: &str| Room {
        session: session.to_owned(),
        strategies: STRATEGY.to_owned(),
        ..room()
    };
    let at = "10:30:00.5";
    let many = (0..7).map(|n| command(at, &format!("c{n}"), "NO_SUCH", "{}")).collect();
    let second = STRATEGY.replace("\"s\"", "\"t\"");
    vec![
        (commanded(command(at, "x", "NO_SUCH", "{}")), &["command x failed: "]),
        (commanded(command(at, "x", "CLOSE_POSITION", "{\"ticket\": 7}")), &["command x failed: "]),
        (commanded(command(at, "x", "PAUSE_STRATEGY", "{\"strategyId\": \"s\"}")), &["command x failed: "]),
        (commanded(command(at, "x", "COPY_ADD", "{\"sourceStrategyId\": \"s\"}")), &["command x failed: "]),
        (commanded(command(at, "x", "GET_SYMBOL_INFO", "{\"symbol\": \"GBPUSD\"}")), &["command x failed: "]),
        (commanded(command(at, "x", "OPEN_POSITION", "{\"symbol\": \"EURUSD\", \"type\": \"BUY\", \"volume\": 0.001}")), &["command x failed: "]),
        (commanded(many), &["command c4 failed: ", "and 2 more like these"]),
        (commanded(command("09:59:00", "x", "PING", "{}")), &["1 command comes before the first tick, 2025-09-22T10:00:00Z"]),
        (commanded(command("12:30:00", "x", "PING", "{}")), &["1 command comes after the last tick, 2025-09-22T11:59:50Z"]),
        (commanded("{\"at\": \"2025-09-22T13:00:00Z\", \"operator\": \"pause\"}\n{\"at\": \"2025-09-22T14:00:00Z\", \"operator\": \"resume\"}\n".to_owned()), &["2 commands come after the last tick"]),
        (traded(""), &["s had no values yet on 4 of "]),
        (Room { strategies: format!("{STRATEGY}{second}"), ..room() }, &["s had no values yet on 4 of ", "t had no values yet on 4 of "]),
        (
            traded("broker.fault_rates = [{ kind = \"reject\", per_mille = 1000 }]"),
            &["requests were refused for good: 10006 REJECT"],
        ),
        (
            Room {
                strategies: STRATEGY.replace("stopLoss = 50", "stopLoss = 0.2"),
                ..traded("limits.near_stops = \"send\"")
            },
            &["requests were refused for good: 10016 INVALID_STOPS"],
        ),
        (traded("broker.faults = [{ kind = \"requote\", request = 900 }]"), &["broker.faults[0] never happened: it is for request 900"]),
        (Room { session: "broker.faults = [{ kind = \"lost\", request = 1 }]".to_owned(), ..room() }, &["broker.faults[0] never happened: it is for request 1, and 0 requests were made"]),
        (Room { ticks: ticks("2025.09.22 02:00", 30) + &ticks("2025.09.22 10:00", 60), ..room() }, &["no tick of EURUSD for 7 hours, from 2025.09.22 02:29:50.000 to 2025.09.22 10:00:00.000"]),
        (Room { ticks: ticks("2025.09.18 10:00", 30) + &ticks("2025.09.22 10:00", 60), ..room() }, &["no tick of EURUSD for 95 hours"]),
        (Room { ticks: (15..23).map(|day| ticks(&format!("2025.09.{day} 10:00"), 10)).collect(), ..room() }, &["no tick of EURUSD for 23 hours", "and 1 more like these"]),
        // Nobody says by which clock the times are.
        (Room { imported: None, ..room() }, &["EURUSD: its clock is not stated: taken to be the session's, UTC"]),
        (Room { imported: Some(&["--symbol", "EURUSD.r", "--zone", "UTC"]), ..room() }, &["EURUSD: its file is of EURUSD.r"]),
        (
            Room { file: "GBPUSD_2025.csv", imported: None, ..stated() },
            &["EURUSD: its file's name says GBPUSD, and nothing in it says of which symbol it is"],
        ),
        (Room { commands: command("12:30:00", "x", "NO_SUCH", "{}"), ..traded("") }, &["command x failed: ", "s had no values yet", "1 command comes after the last tick"]),
    ]
}

#[test]
fn no_provocation_goes_unseen() {
    let all = provocations();
    assert_eq!(all.len(), 23);
    for (room, expected) in all {
        let (warnings, codes) = run(&room);
        for begins in expected {
            assert!(warnings.iter().any(|it| it.contains(begins)), "{begins} in {warnings:#?}");
        }
        assert_eq!(codes, [0, 1], "{warnings:#?}");
    }
    // Nothing to be said: all is known, or the session says what nobody else does.
    let unknown = Some(&["--symbol", "EURUSD", "--zone", "unknown"][..]);
    for quiet in
        [room(), Room { imported: None, ..stated() }, Room { imported: unknown, ..stated() }]
    {
        let (warnings, codes) = run(&quiet);
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(codes, [0, 0]);
    }
}
