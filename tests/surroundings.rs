//! What surrounds a run may be short or gone: a reader of stdout that leaves, a limit on files or threads. The real program then
//! says so once, ends with the status of what it did, and keeps what stood there.
#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with a session and its recordings `same`, `other`, whose actions are not those that come, and `torn`.
fn recorded() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let session = fs::read_to_string(common::root().join("fixtures/sessions/ema-cross-m1.toml")).unwrap();
    let mut table: toml::Table = toml::from_str(&session).unwrap();
    table["ticks"]["generate"]["ticks"] = toml::Value::Integer(5_000);
    fs::write(dir.path().join("session.toml"), toml::to_string(&table).unwrap()).unwrap();
    for name in ["same", "other", "torn"] {
        assert!(common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", name]).status.success());
    }
    let actions = dir.path().join("other/actions.jsonl");
    let text = fs::read_to_string(&actions).unwrap();
    fs::write(&actions, text.split_inclusive('\n').skip(1).collect::<String>()).unwrap();
    fs::remove_file(dir.path().join("torn/inputs.jsonl")).unwrap();
    dir
}

/// Runs a command line whose stdout nobody reads any more.
fn unread(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = common::command(dir, args).stdout(writer).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_reader_that_leaves_takes_no_verdict_with_it() {
    let dir = recorded();
    let at = dir.path();
    for (args, code) in [
        (&["replay", "same", "other"][..], 1),
        (&["replay", "same", "other", "--json"], 1),
        (&["replay", "same", "torn", "other"], 2),
        (&["replay", "same"], 0),
        (&["inspect", "torn", "--json"], 2),
        (&["inspect", "same"], 0),
        (&["completions", "bash"], 0),
        (&["--help"], 0),
        (&["--no-such", "--json"], 2),
    ] {
        let (found, said) = unread(at, args);
        assert_eq!((found, said.contains("stdout")), (Some(code), false), "{args:?}\n{said}");
        assert_eq!(said.matches("error:").count(), usize::from(code == 2), "{args:?}\n{said}");
    }
    assert_eq!(unread(at, &["replay", "same", "other", "--accept"]).0, Some(0));
    assert!(common::tickdeck_in(at, &["replay", "same", "other"]).status.success(), "all was accepted");
}
