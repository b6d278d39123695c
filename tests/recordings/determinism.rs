//! The determinism ladder: the same recording gives the same actions, bit for bit, whatever the
//! process, the profile, the machine's settings, and wherever the executor was stopped and gone on
//! with.
//!
//! The sessions run several different strategies on one symbol, so that an order of things that is
//! not fixed shows.

use crate::common::{fixture_with_ticks, record, root, simulate, tickdeck, tickdeck_in};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tickdeck::domain::id::ContentHash;
use tickdeck::executor::Executor;
use tickdeck::executor::action::Action;
use tickdeck::executor::event::Event;
use tickdeck::executor::snapshot::Snapshot;
use tickdeck::recording::folder::Existing;
use tickdeck::recording::hash::StepHasher;
use tickdeck::recording::inputs::Item;
use tickdeck::recording::reader::Recording;
use tickdeck::recording::tick_files::Ticks;
use tickdeck::recording::writer::Recorder;
use tickdeck::session::ports::{self, Step};

const RECORDINGS: [&str; 6] = [
    "busy-commands",
    "ema-cross-week",
    "manual-orders",
    "order-troubles",
    "six-strategies",
    "two-midnights",
];

fn recording(name: &str) -> PathBuf {
    root().join("recordings").join(name)
}

fn hash(session: &tickdeck::config::Session) -> ContentHash {
    simulate(session, StepHasher::default()).1.hash()
}

fn pinned(name: &str) -> ContentHash {
    Recording::open(&recording(name)).unwrap().recorded.actions_hash
}

#[test]
fn the_same_process_twice() {
    for name in ["busy-commands", "manual-orders", "order-troubles", "six-strategies"] {
        let session =
            tickdeck::config::load(&root().join(format!("fixtures/sessions/{name}.toml"))).unwrap();
        let (once, twice) = (hash(&session), hash(&session));
        assert_eq!(once, twice, "{name}");
        assert_eq!(once, pinned(name), "{name}: the recording was made from this session");
    }
}

#[test]
fn another_seed_is_another_session() {
    let mut session = fixture_with_ticks("order-troubles", 20_000);
    let before = hash(&session);
    session.file.seed += 1;
    assert_ne!(hash(&session), before, "latencies are drawn from the seed");
}

/// The hashes that a process of its own finds, by recording.
fn replayed(
    program: &Path,
    set: impl FnOnce(&mut Command) -> &mut Command,
) -> Vec<(String, String)> {
    let mut command = Command::new(program);
    command.arg("replay").args(RECORDINGS.map(recording)).arg("--json");
    set(&mut command);
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = summary["recordings"].as_array().unwrap().iter();
    lines
        .map(|line| {
            (line["path"].to_string(), line["counts"]["actions_hash"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn check_process(program: &Path, set: impl FnOnce(&mut Command) -> &mut Command) {
    let found: Vec<String> = replayed(program, set).into_iter().map(|(_, hash)| hash).collect();
    assert_eq!(found, RECORDINGS.map(|name| pinned(name).to_string()));
}

fn own_program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tickdeck"))
}

#[test]
fn a_fresh_process() {
    check_process(own_program(), |command| command);
}

/// Debug against release: `.ci/run` builds both before the tests.
#[test]
fn the_other_profile() {
    let own = own_program();
    let other = if own.components().any(|part| part.as_os_str() == "release") {
        "debug"
    } else {
        "release"
    };
    let program = own.parent().unwrap().with_file_name(other).join("tickdeck");
    if !program.exists() {
        eprintln!("SKIPPED: {} is not built", program.display());
        return;
    }
    check_process(&program, |command| command);
}

#[test]
fn zone_language_folder_cores_and_log_level() {
    let elsewhere = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("TZ", "Asia/Kolkata"),
        ("TZ", "America/St_Johns"),
        ("LANG", "de_DE.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
    ] {
        check_process(own_program(), |command| command.env(name, value));
    }
    check_process(own_program(), |command| command.current_dir(elsewhere.path()));
    check_process(own_program(), |command| command.env_clear());
    for level in ["-v", "-q"] {
        check_process(own_program(), |command| command.arg(level));
    }
    for cores in ["0", "0,1"] {
        let mut command = Command::new("taskset");
        command
            .args(["-c", cores])
            .arg(own_program())
            .arg("replay")
            .args(RECORDINGS.map(recording));
        match command.output() {
            Ok(output) => assert_eq!(
                output.status.code(),
                Some(0),
                "cores {cores}: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
            Err(error) => eprintln!("SKIPPED: cores {cores}: taskset: {error}"),
        }
    }
}

/// A simulation that is recorded is the same as one that is not, and as its replay with either
/// broker.
#[test]
fn recorded_replayed_and_simulated_again() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("again");
    let run = tickdeck(&[
        "simulate",
        "fixtures/sessions/order-troubles.toml",
        "--record",
        target.to_str().unwrap(),
        "--json",
    ]);
    let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(summary["actions_hash"], pinned("order-troubles").to_string());
    for broker in ["recorded", "sim"] {
        let replay = tickdeck_in(folder.path(), &["replay", "again", "--broker", broker]);
        assert_eq!(
            replay.status.code(),
            Some(0),
            "{broker}: {}",
            String::from_utf8_lossy(&replay.stdout)
        );
    }
    for file in ["inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"] {
        let (made, kept) = (
            std::fs::read(target.join(file)).unwrap(),
            std::fs::read(recording("order-troubles").join(file)).unwrap(),
        );
        assert!(made == kept, "{file} is not the same bytes");
    }
}

/// A short session in which everything is under way: commands, troubles, five strategies.
fn short_recording(folder: &Path) -> Recording {
    let mut session = fixture_with_ticks("order-troubles", 9_000);
    let more = fixture_with_ticks("busy-commands", 0);
    session
        .file
        .strategy
        .extend(more.file.strategy.into_iter().filter(|entry| entry.id != "ema-fast"));
    session.starts.extend(more.starts.into_iter().skip(1));
    session.stream = more.stream.into_iter().take(6).collect();
    let target = folder.join("short");
    record(&session, &target);
    let recording = Recording::open(&target).unwrap();
    assert!(
        recording.recorded.orders > 20,
        "enough is under way: {} orders",
        recording.recorded.orders
    );
    recording
}

fn fresh(recording: &Recording) -> Executor {
    tickdeck::backtest::executor_of(&recording.file)
}

fn items(recording: &Recording) -> Vec<(u64, tickdeck::domain::time::Timestamp, Event)> {
    let mut inputs = recording.inputs().unwrap();
    let mut items = Vec::new();
    while let Some(item) = inputs.read().unwrap() {
        items.push(match item {
            Item::Input { seq, at, event } => (seq, at, event),
            Item::Wakeup { after, at, .. } => (after, at, Event::Wakeup),
        });
    }
    items
}

/// After every step of a session: the state survives being written down, and what is read back is
/// the same in every field. As the next step depends on nothing but state and event, the rest is
/// then the same for every k.
#[test]
fn stopped_and_gone_on_with_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let recording = short_recording(folder.path());
    let mut running = fresh(&recording);
    let mut restored = running.clone();
    let (mut out, mut again) = (Vec::<Action>::new(), Vec::<Action>::new());
    for (seq, at, event) in items(&recording) {
        out.clear();
        again.clear();
        running.handle(at, &event, &mut out);
        restored.handle(at, &event, &mut again);
        assert_eq!(out, again, "step {seq}");
        let text = restored.snapshot().to_json().unwrap();
        restored = Executor::restore(Snapshot::from_json(&text).unwrap()).unwrap();
        assert_eq!(running, restored, "state after step {seq}");
    }
}

/// The rest of a session in a new process, from a state that was written down, for steps all over
/// the session.
#[test]
fn gone_on_with_in_a_new_process() {
    let folder = tempfile::tempdir().unwrap();
    let recording = short_recording(folder.path());
    let items = items(&recording);
    let cuts: Vec<usize> = (1..=12).map(|part| items.len() * part / 13).collect();
    for cut in cuts {
        let mut executor = fresh(&recording);
        let mut out = Vec::new();
        for (_, at, event) in &items[..cut] {
            executor.handle(*at, event, &mut out);
        }
        let state = executor.snapshot().to_json().unwrap();
        let target = folder.path().join(format!("from-{cut}"));
        let mut journal = Recorder::create(
            &target,
            Existing::Replace,
            &recording.file,
            &recording.specs,
            Some(&state),
            Ticks::Write,
        )
        .unwrap();
        let mut input_seq = 0;
        for (_, at, event) in &items[cut..] {
            out.clear();
            executor.handle(*at, event, &mut out);
            input_seq += u64::from(*event != Event::Wakeup);
            ports::Journal::step(
                &mut journal,
                &Step { input_seq, at: *at, event, actions: &out, executor: &executor },
            )
            .unwrap();
        }
        journal.finish().unwrap();
        let replay = tickdeck_in(folder.path(), &["replay", target.to_str().unwrap()]);
        assert_eq!(
            replay.status.code(),
            Some(0),
            "cut at {cut}: {}",
            String::from_utf8_lossy(&replay.stdout)
        );
    }
}
