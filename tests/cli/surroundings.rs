//! What surrounds a run may be short or gone: a reader of stdout that leaves, a limit on files or
//! threads. The real program then says so once, ends with the status of what it did, and keeps what
//! stood there.
#![cfg(unix)]

use crate::common;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const TICKS: [&str; 8] =
    ["generate", "--symbol", "EURUSD", "--ticks", "2000", "--seed", "1", "--out"];

/// A folder with a session and its recordings `same`, `other`, whose actions are not those that
/// come, and `torn`.
fn recorded() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let session =
        fs::read_to_string(common::root().join("fixtures/sessions/ema-cross-m1.toml")).unwrap();
    let mut table: toml::Table = toml::from_str(&session).unwrap();
    table["ticks"]["generate"]["ticks"] = toml::Value::Integer(5_000);
    fs::write(dir.path().join("session.toml"), toml::to_string(&table).unwrap()).unwrap();
    for name in ["same", "other", "torn"] {
        assert!(
            common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", name])
                .status
                .success()
        );
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
    assert_eq!(unread(at, &["replay", "same", "other", "--broker", "sim", "--accept"]).0, Some(0));
    assert!(
        common::tickdeck_in(at, &["replay", "same", "other"]).status.success(),
        "all was accepted"
    );
}

/// One message and the status of bad usage, or what was asked for.
fn said_once(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(
        !said.contains("panicked") && said.matches("error:").count() == usize::from(code == 2),
        "{said}"
    );
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
}

/// The program under a limit of the shell's.
fn limited(dir: &Path, limit: &str, args: &[&str]) -> Command {
    let mut command = Command::new("bash");
    let run = format!("ulimit {limit}; exec \"$0\" \"$@\"");
    command.current_dir(dir).args(["-c", &run, env!("CARGO_BIN_EXE_tickdeck")]).args(args);
    command
}

/// With stacks as large as this no thread starts, and with smaller ones in a bounded memory few do.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_cannot_be_started_are_an_error_or_done_without() {
    let dir = recorded();
    let at = dir.path();
    assert!(common::tickdeck_in(at, &[&TICKS[..], &["t.parquet"]].concat()).status.success());
    let without = |args: &[&str]| {
        common::command(at, args).env("RUST_MIN_STACK", (1_u64 << 50).to_string()).output().unwrap()
    };
    said_once(&without(&["simulate", "session.toml"]), 0, &[]);
    said_once(&without(&["replay", "same"]), 2, &["EURUSD.parquet", "thread"]);
    said_once(&without(&["simulate", "session.toml", "--record", "new"]), 2, &["ticks", "thread"]);
    let read_ahead = ["simulate", "session.toml", "--ticks", "EURUSD=t.parquet"];
    said_once(&without(&read_ahead), 2, &["t.parquet", "thread"]);
    said_once(&without(&["replay", "same", "--broker", "sim"]), 2, &["EURUSD.parquet", "thread"]);
    let fetch = [
        "import",
        "dukascopy",
        "EURUSD",
        "--from",
        "2024-01-02",
        "--to",
        "2024-01-03",
        "--out",
        "d.parquet",
    ];
    said_once(&without(&[&fetch[..], &["--base", "http://no.invalid"]].concat()), 2, &["thread"]);
    let torture = ["torture", "--seeds", "2", "--jobs", "300"];
    said_once(&without(&torture), 2, &["thread"]);
    let mut few = limited(at, "-v 8000000", &torture);
    said_once(&few.env("RUST_MIN_STACK", (1_u64 << 30).to_string()).output().unwrap(), 0, &[]);
}

/// A file that may not grow as it would is an error that is told, and nothing is left of it.
#[test]
fn a_limit_on_files_is_told() {
    let dir = recorded();
    let at = dir.path();
    fs::write(at.join("kept.parquet"), "mine").unwrap();
    let none =
        limited(at, "-f 0", &["simulate", "session.toml", "--trades", "t.csv"]).output().unwrap();
    let limited = |args: &[&str]| limited(at, "-f 1", args).output().unwrap();
    said_once(&limited(&[&TICKS[..], &["kept.parquet"]].concat()), 2, &["kept.parquet"]);
    said_once(&limited(&["simulate", "session.toml", "--record", "new"]), 2, &["new"]);
    said_once(&limited(&["replay", "other", "--broker", "sim", "--accept"]), 2, &["other"]);
    said_once(&none, 2, &["t.csv"]);
    let mut names: Vec<_> =
        fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["kept.parquet", "other", "same", "session.toml", "torn"]);
    assert_eq!(fs::read(at.join("kept.parquet")).unwrap(), b"mine");
}

/// Who may read what is replaced may read what replaces it, and nobody else.
#[test]
fn what_replaces_another_keeps_its_mode() {
    let dir = recorded();
    let at = dir.path();
    let modes = [
        ("same", 0o710),
        ("same/ticks", 0o770),
        ("same/inputs.jsonl", 0o640),
        ("same/session.toml", 0o600),
    ];
    let files = [("same/ticks/EURUSD.parquet", 0o604), ("t.csv", 0o620), ("t.parquet", 0o600)];
    for name in ["t.csv", "t.parquet"] {
        fs::write(at.join(name), "").unwrap();
    }
    for (name, mode) in modes.into_iter().chain(files) {
        fs::set_permissions(at.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    for args in [
        &[
            "simulate",
            "session.toml",
            "--record",
            "same",
            "--force",
            "--seed",
            "9",
            "--trades",
            "t.csv",
        ][..],
        &["replay", "same", "--accept"],
        &[&TICKS[..], &["t.parquet"]].concat(),
    ] {
        assert!(common::tickdeck_in(at, args).status.success(), "{args:?}");
        for (name, mode) in modes.into_iter().chain(files) {
            assert_eq!(
                fs::metadata(at.join(name)).unwrap().permissions().mode() & 0o7777,
                mode,
                "{name} after {args:?}"
            );
        }
    }
}

/// A name with a line break is one line, so that it cannot look like a verdict.
#[test]
fn a_name_is_on_one_line() {
    let dir = recorded();
    let at = dir.path();
    fs::rename(at.join("same"), at.join("q\nsame        recordings\u{1b}ok")).unwrap();
    fs::rename(at.join("torn"), at.join("r\nsame        recordings")).unwrap();
    let output = common::tickdeck_in(at, &["replay", "?*same*", "other"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("same        q\\nsame        recordings\\u{1b}ok  "), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("same")).count(), 1, "{text}");
    assert!(text.contains("\nUNREADABLE  r\\nsame        recordings\n"), "{text}");
    fs::rename(at.join("other"), at.join("s\nerror: forged")).unwrap();
    let output = common::tickdeck_in(at, &["inspect", "s\nerror: forged"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("replay s\\nerror: forged`")
            && !said.lines().any(|line| line.starts_with("error:")),
        "{said}"
    );
    let output = common::tickdeck_in(at, &[&TICKS[..], &["a\nb.parquet"]].concat());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "a\\nb.parquet\n");
    assert!(at.join("a\nb.parquet").exists());
}
