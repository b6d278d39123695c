//! Every command of the README, run as a reader would.

use crate::common::{root, tickdeck_in};
use crate::dukascopy::server::{Reply, Server};
use crate::dukascopy::{hour_of_ticks, pack};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::market::columns::TickColumns;
use tickdeck::session::ports::TickStream;
use tickdeck::sim::generate::Generator;

/// The lines of the shell blocks.
fn commands() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// A terminal's export of made-up ticks.
fn write_export(path: &Path) {
    let mut text = String::from("<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n");
    let (mut stream, mut batch) = (
        Generator::new(&builtin("EURUSD").unwrap(), SymbolId(0), 30_000, 3),
        TickColumns::default(),
    );
    loop {
        stream.next_batch(&mut batch).unwrap();
        for tick in batch.iter() {
            let time = tick.time_msc.to_string();
            let (date, clock) = time.split_once(' ').unwrap();
            write!(
                text,
                "{date}\t{clock}\t{}\t{}\t\t\t{}\r\n",
                tick.bid.with_digits(5),
                tick.ask.with_digits(5),
                tick.flags.bits()
            )
            .unwrap();
        }
        if batch.is_empty() {
            break;
        }
    }
    fs::write(path, text).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn every_command_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["fixtures", "python", "recordings"] {
        copy_folder(&root().join(name), &folder.path().join(name));
    }
    fs::copy(root().join("live.example.toml"), folder.path().join("live.example.toml")).unwrap();
    write_export(&folder.path().join("my-export.csv"));
    let server = Server::start(|_, _| Reply::File(pack(&hour_of_ticks(200, 109_500))));
    let base = server.base();
    let mut run = 0;
    for command in commands() {
        if command == "cargo test" {
            continue;
        }
        let args = command
            .strip_prefix("cargo run --release -- ")
            .or_else(|| command.strip_prefix("tickdeck "));
        let mut args: Vec<&str> = args
            .unwrap_or_else(|| panic!("`{command}` is no command of ours"))
            .split_whitespace()
            .collect();
        if args.starts_with(&["import", "dukascopy"]) {
            // The vendor's server is not for tests.
            args.extend(["--base", &base, "--pause-ms", "0"]);
        }
        let output = tickdeck_in(folder.path(), &args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{command}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            !output.stdout.is_empty() || !output.stderr.is_empty(),
            "{command} says what it did"
        );
        run += 1;
    }
    assert!(run >= 13, "the README's commands are found: {run}");
}

#[test]
fn the_two_commands_stand_there() {
    let commands = commands();
    assert!(commands[0].starts_with("cargo run --release -- replay recordings/"), "{commands:?}");
    assert_eq!(commands[1], "cargo test");
}

#[test]
fn the_order_sequence_shown_is_one_of_the_recordings() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let orders = fs::read_to_string(root().join("recordings/order-troubles/orders.txt")).unwrap();
    let shown: Vec<&str> = readme.lines().filter(|line| line.starts_with("2025-")).collect();
    assert!(shown.len() >= 4);
    for line in shown {
        assert!(orders.lines().any(|order| order.trim_end() == line.trim_end()), "{line}");
    }
}

/// The examples of rules are understood, and strategies start with them.
#[test]
fn every_example_of_rules_runs() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let rules: Vec<serde_json::Value> =
        blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    assert_eq!(rules.len(), 4, "the plainest, with conditions, by orders, and a built-in one");
    let folder = tempfile::tempdir().unwrap();
    for (number, rules) in rules.iter().enumerate() {
        let session = serde_json::json!({
            "format": 1,
            "name": "example",
            "symbols": ["EURUSD"],
            "zone": "America/New_York+7",
            "ticks": { "generate": { "ticks": 350_000, "seed": 7 } },
            "strategy": [{ "id": "example", "timeframe": "M1", "rules": rules }],
        });
        let name = format!("example{number}.toml");
        fs::write(folder.path().join(&name), toml::to_string(&session).unwrap()).unwrap();
        let run = tickdeck_in(folder.path(), &["simulate", &name, "--json"]);
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let summary: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        assert!(summary["trades"].as_u64().unwrap() > 0, "{summary}");
    }
}
