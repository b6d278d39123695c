//! A process that is told to end leaves nothing hidden, and one that is killed leaves the old
//! recording or the new one.
#![cfg(target_os = "linux")]

use crate::common;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tickdeck::recording::reader::Recording;

/// So many that a run takes longer than a test waits for its beginning.
const TICKS: u64 = 3_000_000;

/// A folder with a session of so many ticks.
fn folder(ticks: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let session =
        fs::read_to_string(common::root().join("fixtures/sessions/ema-cross-m1.toml")).unwrap();
    let mut table: toml::Table = toml::from_str(&session).unwrap();
    table["ticks"]["generate"]["ticks"] = toml::Value::try_from(ticks).unwrap();
    fs::write(dir.path().join("session.toml"), toml::to_string(&table).unwrap()).unwrap();
    dir
}

/// Begins a run that heeds signals, even where whoever runs the tests has them ignored.
fn start(dir: &Path, args: &[&str]) -> Child {
    start_ignoring(&[], dir, args)
}

/// Begins a run for which these signals alone are ignored.
fn start_ignoring(ignored: &[&str], dir: &Path, args: &[&str]) -> Child {
    let mut command = Command::new("env");
    command.current_dir(dir).arg("--default-signal");
    command.args(ignored.iter().map(|name| format!("--ignore-signal={name}")));
    command.arg(env!("CARGO_BIN_EXE_tickdeck")).args(args);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until something hidden stands in the folder: the process has begun its output.
fn wait_for_hidden(dir: &Path) {
    for _ in 0..2_000 {
        if dir.exists() && names(dir).iter().any(|name| name.starts_with('.')) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("nothing was begun in {}", dir.display());
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn what_is_begun_is_taken_away() {
    let ticks = TICKS.to_string();
    let generate = [
        "generate",
        "--symbol",
        "EURUSD",
        "--ticks",
        "30000000",
        "--seed",
        "1",
        "--out",
        "t.parquet",
    ];
    let table: [(&str, &[&str]); 3] = [
        ("-INT", &["simulate", "session.toml", "--record", "rec", "--trades", "trades.csv"]),
        ("-TERM", &generate),
        (
            "-HUP",
            &[
                "bars",
                "--ticks",
                "m.parquet",
                "--symbol",
                "EURUSD",
                "--timeframe",
                "M1",
                "--out",
                "b.csv",
            ],
        ),
    ];
    for (name, args) in table {
        let dir = folder(TICKS * 10);
        if args[0] == "bars" {
            let made = [
                "generate",
                "--symbol",
                "EURUSD",
                "--ticks",
                &ticks,
                "--seed",
                "1",
                "--out",
                "m.parquet",
            ];
            assert!(common::tickdeck_in(dir.path(), &made).status.success());
        }
        let before = names(dir.path());
        let mut child = start(dir.path(), args);
        wait_for_hidden(dir.path());
        signal(&child, name);
        assert_eq!(
            (child.wait().unwrap().code(), names(dir.path())),
            (Some(130), before),
            "{args:?}"
        );
    }
}

#[test]
fn directories_that_an_interrupted_run_made_go_with_it() {
    let dir = folder(TICKS * 10);
    fs::create_dir(dir.path().join("mine")).unwrap();
    let mut child = start(dir.path(), &["simulate", "session.toml", "--record", "mine/a/b/rec"]);
    wait_for_hidden(&dir.path().join("mine/a/b"));
    signal(&child, "-TERM");
    assert_eq!(
        (child.wait().unwrap().code(), names(&dir.path().join("mine"))),
        (Some(130), Vec::new())
    );
}

/// `nohup` has SIGHUP ignored, a shell that starts something in the background SIGINT: the others
/// are heeded all the same.
#[test]
fn a_signal_that_is_ignored_stays_so_and_the_others_end_the_run_in_order() {
    for (ignored, ends) in [("HUP", "TERM"), ("INT", "HUP"), ("TERM", "INT")] {
        let dir = folder(TICKS * 10);
        let mut child = start_ignoring(
            &[ignored],
            dir.path(),
            &["simulate", "session.toml", "--record", "rec"],
        );
        wait_for_hidden(dir.path());
        signal(&child, &format!("-{ignored}"));
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(child.try_wait().unwrap(), None, "{ignored} is ignored");
        signal(&child, &format!("-{ends}"));
        assert_eq!(
            (child.wait().unwrap().code(), names(dir.path())),
            (Some(130), vec!["session.toml".to_owned()]),
            "{ends}"
        );
    }
}

/// What stood there before the interrupted run is as it was.
#[test]
fn an_interrupted_run_leaves_the_older_recording() {
    let dir = folder(20_000);
    assert!(
        common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", "rec"])
            .status
            .success()
    );
    let before = fs::read(dir.path().join("rec/session.toml")).unwrap();
    let long = folder(TICKS * 10);
    let session = long.path().join("session.toml");
    let mut child =
        start(dir.path(), &["simulate", session.to_str().unwrap(), "--record", "rec", "--force"]);
    wait_for_hidden(dir.path());
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(dir.path()), ["rec", "session.toml"]);
    assert_eq!(fs::read(dir.path().join("rec/session.toml")).unwrap(), before);
    assert!(Recording::open(&dir.path().join("rec")).is_ok());
}

/// Killed at moments that are spread over the whole run, again and again over the same recording.
#[expect(clippy::disallowed_types, reason = "how long a run takes says when to kill one")]
#[test]
fn a_killed_run_leaves_the_old_or_the_new_recording() {
    let dir = folder(20_000);
    let run = |seed: u64| {
        start(
            dir.path(),
            &[
                "simulate",
                "session.toml",
                "--record",
                "rec",
                "--force",
                "--seed",
                &seed.to_string(),
            ],
        )
    };
    let begun = std::time::Instant::now();
    assert!(run(0).wait().unwrap().success());
    let whole = begun.elapsed();
    let mut last = 0;
    for seed in 1..=40 {
        let mut child = run(seed);
        std::thread::sleep(whole * u32::try_from(seed).unwrap() / 36);
        // One that has ended by itself is not there to be killed.
        let _ = child.kill();
        let ended = child.wait().unwrap().success();
        let recording = Recording::open(&dir.path().join("rec")).unwrap();
        let found = recording.file.seed;
        assert!(
            found == seed || (found == last && !ended),
            "seed {seed}: found {found}, before it {last}, ended {ended}"
        );
        assert!(recording.edited.is_empty(), "{:?}", recording.edited);
        last = found;
    }
    assert!(run(99).wait().unwrap().success());
    assert_eq!(names(dir.path()), ["rec", "session.toml"]);
}
