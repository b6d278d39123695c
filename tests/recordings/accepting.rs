//! What `replay --accept` makes the expectation, what it refuses, and the session of a recording run
//! again.

use crate::common::{root, tickdeck_in};
use std::fs;
use std::path::Path;
use std::process::Output;

/// The hash of the week, as its recording states it.
const WEEK: &str = "8aa1e94b44bd07f2";

/// A copy of the recorded week in a folder of its own, with something else in its rules.
fn edited(from: &str, to: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (week, copy) = (root().join("recordings/ema-cross-week"), dir.path().join("week"));
    fs::create_dir_all(copy.join("ticks")).unwrap();
    for name in
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"]
    {
        fs::copy(week.join(name), copy.join(name)).unwrap();
    }
    let path = copy.join("session.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(&path, text.replace(from, to)).unwrap();
    dir
}

fn run(dir: &Path, args: &[&str], status: i32) -> String {
    let Output { status: ended, stdout, stderr } = tickdeck_in(dir, args);
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    assert_eq!(ended.code(), Some(status), "{args:?}: {said}");
    said
}

fn bytes(dir: &Path) -> Vec<Vec<u8>> {
    let names = ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt"];
    names.map(|name| fs::read(dir.join("week").join(name)).unwrap()).to_vec()
}

/// Twice the volume: no recorded answer is about such a request.
#[test]
fn what_nobody_has_answered_is_no_expectation() {
    let dir = edited("lotSize = 0.1", "lotSize = 0.2");
    let dir = dir.path();
    let before = bytes(dir);
    let said = run(dir, &["replay", "week", "--accept"], 2);
    assert!(
        said.contains("no recorded answer") && said.contains("--broker sim --accept"),
        "{said}"
    );
    assert_eq!(bytes(dir), before, "nothing is written");

    let said = run(dir, &["replay", "week", "--broker", "sim", "--accept"], 0);
    assert!(said.contains("accepted"), "{said}");
    let text = fs::read_to_string(dir.join("week/orders.txt")).unwrap();
    assert!(text.contains(" 0.20 ") && !text.contains(" 0.10 "), "{text}");
    run(dir, &["replay", "week"], 0);
    run(dir, &["replay", "week", "--broker", "sim"], 0);
}

#[test]
fn the_session_of_a_recording_is_the_one_that_was_recorded() {
    let dir = edited("seed = 0", "seed = 0");
    let dir = dir.path();
    let said = run(dir, &["simulate", "week/session.toml", "--record", "again"], 0);
    assert!(said.contains(WEEK), "{said}");
    for name in ["inputs.jsonl", "actions.jsonl", "orders.txt"] {
        let read = |folder: &str| fs::read(dir.join(folder).join(name)).unwrap();
        assert!(read("again") == read("week"), "{name}");
    }
    // Other commands stand in the place of those that came from outside; the session's own remain.
    let ping =
        "{\"at\": \"2025-09-22T10:00:00Z\", \"body\": {\"id\": \"p\", \"command\": \"PING\"}}\n";
    fs::write(dir.join("ping.jsonl"), ping).unwrap();
    let said = run(dir, &["simulate", "week/session.toml", "--commands", "ping.jsonl"], 0);
    assert!(said.contains("commands     2"), "{said}");
    // It is not written over while it is read.
    let said = run(dir, &["simulate", "week/session.toml", "--record", "week", "--force"], 2);
    assert!(said.contains("--record would replace"), "{said}");
}
