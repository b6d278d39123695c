//! What is wrong with a recording is named: the file, the line, the field, and what would be right.

use crate::recording::{Toy, record, record_as, replay, session};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tickdeck::backtest;
use tickdeck::domain::id::{DataId, SymbolId};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::event::{Bars, Event};
use tickdeck::market::bar::{Bar, TickCursor};
use tickdeck::market::timeframe::Timeframe;
use tickdeck::recording::error::RecordingError;
use tickdeck::recording::folder::{Existing, Folder};
use tickdeck::recording::lines::LINE_BYTES_MAX;
use tickdeck::recording::reader::Recording;
use tickdeck::recording::tick_files::Ticks;
use tickdeck::recording::writer::Recorder;
use tickdeck::session::description::SessionFile;
use tickdeck::session::ports::{Journal, Step};

struct Room {
    _root: tempfile::TempDir,
    dir: PathBuf,
}

fn room() -> Room {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("toy");
    record(&dir, Toy::default());
    Room { _root: root, dir }
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let before = fs::read_to_string(path).unwrap();
    let after = change(before.clone());
    assert_ne!(before, after, "the edit must change something");
    fs::write(path, after).unwrap();
}

/// Edits a file of a recording and gives what opening it says.
fn check(name: &str, change: impl FnOnce(String) -> String, expect: &[&str]) {
    let room = room();
    edit(&room.dir.join(name), change);
    let error = Recording::open(&room.dir).unwrap_err().to_string();
    for part in expect.iter().chain(&[name]) {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

fn without_line(text: &str, number: usize) -> String {
    let kept: Vec<&str> =
        text.lines().enumerate().filter(|(at, _)| at + 1 != number).map(|(_, line)| line).collect();
    kept.join("\n")
}

#[test]
fn a_flipped_byte_in_a_tick_file_is_damage() {
    let room = room();
    let path = room.dir.join("ticks/EURUSD.parquet");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = Recording::open(&room.dir).unwrap_err();
    assert!(
        matches!(&error, RecordingError::Damaged { path, .. } if path.ends_with("ticks/EURUSD.parquet")),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let room = room();
    fs::remove_file(room.dir.join("ticks/USDJPY.parquet")).unwrap();
    let error = Recording::open(&room.dir).unwrap_err();
    assert!(error.to_string().contains("ticks/USDJPY.parquet is missing"), "{error}");
}

#[test]
fn a_newer_format_is_refused() {
    check(
        "session.toml",
        |text| text.replace("format = 1", "format = 2"),
        &["format 2", "up to 1", "newer tickdeck"],
    );
    check("session.toml", |text| text.replace("format = 1", "format = 0"), &["from 1 to 1"]);
}

#[test]
fn an_unknown_field_is_named_with_the_nearest_known_one() {
    check(
        "session.toml",
        |text| text.replace("symbols = [", "simbols = ["),
        &["line 3", "`simbols`", "did you mean `symbols`?"],
    );
    check(
        "inputs.jsonl",
        |text| text.replacen("\"source\"", "\"sorce\"", 1),
        &["line 1", "`sorce`", "did you mean `source`?"],
    );
}

#[test]
fn a_truncated_line_is_named() {
    check("inputs.jsonl", |text| text[..text.len() - 20].to_owned(), &["line 12", "EOF"]);
    check("actions.jsonl", |text| text[..text.len() - 20].to_owned(), &["line 7", "EOF"]);
}

#[test]
fn numbers_and_moments_must_go_up() {
    check(
        "inputs.jsonl",
        |text| text.replace("\"seq\":18", "\"seq\":3"),
        &["line 4", "input 3 comes after 3"],
    );
    check(
        "inputs.jsonl",
        |text| text.replace("{\"after\":53", "{\"after\":20"),
        &["line 8", "after input 20", "behind input 34"],
    );
    check(
        "inputs.jsonl",
        |text| text.replacen("21:00:10Z", "20:00:10Z", 1),
        &["line 4", "time must not go back"],
    );
    check(
        "inputs.jsonl",
        |text| text.replacen("\"seq\":1,", "", 1),
        &["line 1", "must have `seq`"],
    );
    check(
        "actions.jsonl",
        |text| text.replace("\"seq\":32", "\"seq\":5"),
        &["line 2", "step 5 comes after step 16"],
    );
}

/// Every tick is later by the other clock than the answers between them.
#[test]
fn lines_must_not_come_before_the_ticks_above_them() {
    let room = room();
    edit(&room.dir.join("session.toml"), |text| text.replace("America/New_York+7", "UTC"));
    let mut inputs = Recording::open(&room.dir).unwrap().inputs().unwrap();
    let error =
        std::iter::from_fn(|| inputs.read().transpose()).find_map(Result::err).unwrap().to_string();
    assert!(
        error.contains("is before the tick above") && error.contains("time must not go back"),
        "{error}"
    );
}

#[test]
fn a_start_must_name_a_strategy_of_the_session() {
    let command = r#"{"command":"{\"command_type\":\"PING\"}"}"#;
    check(
        "inputs.jsonl",
        |text| text.replace(command, r#"{"start":7}"#),
        &["line 3", "start 7", "has 1 strategies"],
    );
}

#[test]
fn a_hash_of_a_body_belongs_to_a_command() {
    let hash = format!("\"body_hash\":\"{}\",\"event\":{{\"link\"", "0".repeat(64));
    check(
        "inputs.jsonl",
        |text| text.replacen("\"event\":{\"link\"", &hash, 1),
        &["line 1", "`body_hash` belongs to a command"],
    );
}

#[test]
fn an_input_is_taken_out_by_name_not_by_deleting_its_line() {
    check(
        "inputs.jsonl",
        |text| without_line(&text, 3),
        &["session.toml counts 91", "\"event\":null"],
    );
    let room = room();
    let command = r#"{"command":"{\"command_type\":\"PING\"}"}"#;
    edit(&room.dir.join("inputs.jsonl"), |text| text.replace(command, "null"));
    let recording = Recording::open(&room.dir).unwrap();
    assert_eq!(recording.edited, ["inputs.jsonl"]);
    assert_eq!(replay(&recording, Toy::default()).1, None, "the toy does not heed commands");
}

#[test]
fn counts_and_times_are_held_to_the_files() {
    for (field, stated, found) in [
        ("inputs", "92", "91"),
        ("ticks", "81", "80"),
        ("steps", "8", "7"),
        ("orders", "5", "6"),
        ("first_time_msc", "1758499200001", "1758499200000"),
        ("last_time_msc", "1758499258999", "1758499259000"),
    ] {
        let change = |text: String| {
            text.replace(&format!("\n{field} = {found}\n"), &format!("\n{field} = {stated}\n"))
        };
        check(
            "session.toml",
            change,
            &[&format!("recording.{field} is {stated}, "), &format!(" come to {found};")],
        );
    }
    check(
        "session.toml",
        |text| text.replace("\nlast_time_msc = 1758499259000\n", "\n"),
        &["recording.last_time_msc is absent"],
    );
}

/// What was edited by hand may count otherwise: the replay tells the difference.
#[test]
fn a_step_that_was_taken_out_by_hand_is_a_difference() {
    let room = room();
    edit(&room.dir.join("actions.jsonl"), |text| without_line(&text, 2));
    let recording = Recording::open(&room.dir).unwrap();
    assert_eq!(recording.edited, ["actions.jsonl"]);
    assert_eq!(replay(&recording, Toy::default()).1.unwrap().seq, 32);
}

#[test]
fn an_edited_text_is_told_and_its_effect_found() {
    let room = room();
    edit(&room.dir.join("actions.jsonl"), |text| {
        text.replacen("\"price\":\"1.17411\"", "\"price\":\"1.17400\"", 1)
    });
    let recording = Recording::open(&room.dir).unwrap();
    assert_eq!(recording.edited, ["actions.jsonl"]);
    let found = replay(&recording, Toy::default()).1.unwrap();
    assert_eq!(
        (found.seq, found.fields[0].path.as_str()),
        (16, "actions[0].trade.request.open.price")
    );
}

#[test]
fn a_step_that_does_not_come_again_is_found_at_its_place() {
    for (from, to, at) in [
        ("\"seq\":53,\"wakeup\":1", "\"seq\":53,\"wakeup\":2", 53),
        ("\"seq\":91", "\"seq\":99", 91),
    ] {
        let room = room();
        edit(&room.dir.join("actions.jsonl"), |text| text.replace(from, to));
        let found = replay(&Recording::open(&room.dir).unwrap(), Toy::default()).1.unwrap();
        assert_eq!(found.seq, at);
    }
    let room = room();
    edit(&room.dir.join("actions.jsonl"), |text| text.replace("\"seq\":32", "\"seq\":33"));
    let found = replay(&Recording::open(&room.dir).unwrap(), Toy::default()).1.unwrap();
    assert_eq!((found.seq, found.expected.len(), found.got.len()), (32, 0, 1));
}

#[test]
fn edited_rules_are_told() {
    let room = room();
    edit(&room.dir.join("session.toml"), |text| text.replace("SMA_20", "SMA_50"));
    assert_eq!(Recording::open(&room.dir).unwrap().edited, ["session.toml"]);
}

#[test]
fn a_session_is_no_recording() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("session.toml"), toml::to_string(&session()).unwrap()).unwrap();
    let error = Recording::open(root.path()).unwrap_err().to_string();
    assert!(error.contains("--record"), "{error}");
    let error = Recording::open(&root.path().join("nowhere")).unwrap_err();
    assert!(error.to_string().contains("nowhere") && error.source().is_some(), "{error}");
}

fn create(dir: &Path, file: &SessionFile) -> Result<Recorder, RecordingError> {
    let specs = [builtin("EURUSD").unwrap(), builtin("USDJPY").unwrap()];
    Recorder::create(dir, Existing::Replace, file, &specs, None, Ticks::Write)
}

#[test]
fn nothing_but_a_recording_is_replaced_and_nothing_half_is_left() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("mine");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("letter.txt"), "keep me").unwrap();
    assert!(matches!(create(&dir, &session()), Err(RecordingError::Occupied(_))));
    assert!(dir.join("letter.txt").exists());

    let dir = root.path().join("toy");
    record(&dir, Toy::default());
    drop(create(&dir, &session()).unwrap());
    assert!(Recording::open(&dir).is_ok(), "a run that broke off leaves the older recording");
    record(&dir, Toy { every: 20, ..Toy::default() });
    assert_eq!(Recording::open(&dir).unwrap().recorded.orders, 3);
    let mut left: Vec<_> =
        fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["mine", "toy"]);
}

#[test]
fn a_secret_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let mut file = session();
    file.strategy[0].options = Some(serde_json::json!({"notify": {"botToken": "abc"}}));
    let error = create(&root.path().join("x"), &file).unwrap_err().to_string();
    assert!(
        error.contains("strategy[0].options.notify.botToken") && !error.contains("abc"),
        "{error}"
    );
}

/// Not on every file system are two names that differ in nothing else two files.
#[test]
fn symbols_whose_files_would_be_one_are_kept_apart() {
    for names in [["GER/40", "GER:40"], ["eurusd", "EURUSD"]] {
        let root = tempfile::tempdir().unwrap();
        record_as(root.path(), names, Toy::default());
        let mut files: Vec<String> = fs::read_dir(root.path().join("ticks"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_lowercase())
            .collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), 2, "{files:?}");
        let recording = Recording::open(root.path()).unwrap();
        assert_eq!(recording.recorded.ticks, 80);
        assert_eq!(replay(&recording, Toy::default()).1, None);
    }
}

#[test]
fn a_specification_travels_with_the_recording() {
    let room = room();
    edit(&room.dir.join("session.toml"), |text| text.replacen("digits = 5", "digits = 6", 1));
    assert_eq!(Recording::open(&room.dir).unwrap().specs[0].digits, 6);
    edit(&room.dir.join("session.toml"), |text| text.replacen("digits = 6", "digitz = 6", 1));
    let error = Recording::open(&room.dir).unwrap_err().to_string();
    assert!(error.contains("EURUSD") && error.contains("digitz"), "{error}");
}

#[test]
fn a_byte_order_mark_of_an_editor_is_none_of_the_text() {
    let room = room();
    for name in ["session.toml", "inputs.jsonl", "actions.jsonl"] {
        edit(&room.dir.join(name), |text| format!("\u{feff}{text}"));
    }
    Recording::open(&room.dir).unwrap();
}

/// What has no end would be read until no memory is left.
#[test]
fn a_line_has_an_end() {
    let endless = "x".repeat(LINE_BYTES_MAX + 1);
    for name in ["inputs.jsonl", "actions.jsonl"] {
        check(name, |text| text + &endless, &["line", "longer than 67108864 bytes"]);
        check(name, |text| text + &"é".repeat(LINE_BYTES_MAX), &["longer than"]);
        check(name, |text| text + &" ".repeat(LINE_BYTES_MAX - 1) + "x", &["line"]);
    }
}

/// What could not be read again is not written.
#[test]
fn no_line_is_written_that_is_too_long_to_be_read() {
    let root = tempfile::tempdir().unwrap();
    let file = session();
    let mut recorder = create(&root.path().join("r"), &file).unwrap();
    let at = Timestamp::from_nanos(0);
    let bars = |count: usize| {
        let price = builtin("EURUSD").unwrap().point();
        let tick = Tick {
            time_msc: ServerMsc(0),
            bid: price,
            ask: price,
            last: price,
            volume: 0,
            symbol: SymbolId(0),
            flags: TickFlags::QUOTE,
        };
        let closed = vec![Bar::first(ServerMsc(0), &tick, price); count];
        let as_of = TickCursor::default();
        Event::Bars(Box::new(Bars {
            id: DataId::default(),
            symbol: SymbolId(0),
            timeframe: Timeframe::M1,
            closed,
            forming: None,
            as_of,
        }))
    };
    let executor = backtest::executor_of(&file);
    let mut take = |input_seq, event: &Event| {
        recorder.step(&Step { input_seq, at, event, actions: &[], executor: &executor })
    };
    take(1, &bars(50_000)).unwrap();
    let error = take(2, &bars(800_000)).unwrap_err().to_string();
    assert!(error.contains("inputs.jsonl") && error.contains("longer than"), "{error}");
}

/// Copies a recording to where another one is, as a run would put it there.
fn put(from: &Path, target: &Path) {
    let folder = Folder::create(target, Existing::Replace).unwrap();
    fs::create_dir(folder.path("ticks")).unwrap();
    let names =
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"];
    for name in names {
        fs::copy(from.join(name), folder.path(name)).unwrap();
    }
    folder.finish().unwrap();
}

/// Whoever reads while it is replaced reads the older or the newer one, and never a damaged one.
#[test]
fn a_recording_can_be_read_while_it_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    let own = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(name);
    let both = [own("manual-orders"), own("order-troubles")];
    put(&both[0], &target);
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let is_wanted = |time: &usize| *time < 60 || !is_done.load(Ordering::Relaxed);
            (0..6_000).take_while(is_wanted).for_each(|time| put(&both[time % 2], &target));
        });
        scope.spawn(|| {
            let mut names = BTreeSet::new();
            // Until both were seen, however the threads take turns.
            for time in 0..6_000 {
                if time >= 60 && names.len() == 2 {
                    break;
                }
                match Recording::open(&target) {
                    Ok(recording) => drop(names.insert(recording.file.name)),
                    Err(error) => assert!(matches!(error, RecordingError::Busy(_)), "{error}"),
                }
            }
            is_done.store(names.len() == 2, Ordering::Relaxed);
        });
    });
    assert!(is_done.into_inner(), "both were read");
}
