//! `init` and `explain` as whole commands.

use crate::common;
use std::fs;
use std::path::Path;
use tickdeck::config;
use tickdeck::config::keys::all;

/// Runs a command line in a folder and gives it with all that it wrote.
fn shown(folder: &Path, line: &str) -> String {
    let output = common::tickdeck_in(folder, &line.split(' ').collect::<Vec<_>>());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let code = output.status.code().unwrap();
    format!("$ tickdeck {line}\nexit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
}

#[test]
fn what_a_key_stands_for() {
    let dir = tempfile::tempdir().unwrap();
    let asked = [
        "explain broker.commission_per_lot",
        "explain strategy.0.rules.exit.stopLoss",
        "explain trailingStop",
        "explain symbol.GOLD.pip",
        "explain risk.daily_loss",
        "explain symbols",
        "explain closeAt --json",
    ];
    let told: Vec<String> = asked.iter().map(|line| shown(dir.path(), line)).collect();
    insta::assert_snapshot!("explain", told.join("\n"));
}

#[test]
fn a_word_that_is_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let asked = [
        "explain sl",
        "explain broker.slipage",
        "explain lot",
        "explain magic",
        "explain",
        "explain a --all",
    ];
    let told: Vec<String> = asked.iter().map(|line| shown(dir.path(), line)).collect();
    insta::assert_snapshot!("explain_unknown", told.join("\n"));
}

#[test]
fn the_indicators_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("explain_indicators", shown(dir.path(), "explain indicators"));
}

#[test]
fn a_session_to_begin_with_has_every_key_and_runs() {
    let dir = tempfile::tempdir().unwrap();
    let told = [
        shown(dir.path(), "init"),
        shown(dir.path(), "init"),
        shown(dir.path(), "init gold.toml --symbol XAUUSD --json"),
        shown(dir.path(), "init suffixed.toml --symbol EURUSD.m"),
        shown(dir.path(), "init index.toml --symbol US500"),
        shown(dir.path(), "init session.json"),
    ];
    insta::assert_snapshot!("init", told.join("\n"));
    for (file, symbol) in [("session.toml", "EURUSD"), ("gold.toml", "XAUUSD")] {
        let text = fs::read_to_string(dir.path().join(file)).unwrap();
        for found in all().filter(|found| !found.key.example.is_empty()) {
            let name = if found.key.name == "SYMBOL" {
                format!("\"{symbol}\"")
            } else {
                found.key.name.to_owned()
            };
            let is_there =
                |line: &str| line.trim_start_matches("# ").starts_with(&format!("{name} = "));
            assert!(text.lines().any(is_there), "{file}: {name}");
        }
        let session = config::load(&dir.path().join(file)).unwrap();
        assert_eq!(session.file.symbols, [symbol]);
        let ran = common::tickdeck_in(dir.path(), &["simulate", file]);
        let said = String::from_utf8(ran.stdout).unwrap();
        assert!(ran.status.success() && !said.contains("  0 closed"), "{said}");
    }
}

#[test]
fn a_session_goes_to_stdout_where_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let output = common::tickdeck_in(dir.path(), &["init", "-"]);
    let (told, file) = (String::from_utf8(output.stdout).unwrap(), dir.path().join("a.toml"));
    common::tickdeck_in(dir.path(), &["init", "a.toml"]);
    assert_eq!(told, fs::read_to_string(file).unwrap());
}

/// The parts that a session begins with, and one that is commented out.
#[test]
fn a_session_to_begin_with_says_units_and_defaults() {
    let text = config::init::session("GBPUSD");
    let part = |title: &str| {
        let from = text.find(&format!("# == {title}")).unwrap();
        let rest = &text[from..];
        rest.split("\n\n").next().unwrap().to_owned()
    };
    let parts = [
        "The session",
        "Ticks that are made up",
        "Ticks from files",
        "The simulated broker",
        "Exits: a signal",
    ];
    insta::assert_snapshot!("init_parts", parts.map(part).join("\n\n"));
}
