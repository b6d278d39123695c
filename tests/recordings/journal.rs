//! Journals of live sessions: what is whole of one is sealed into a recording that replays, wherever it was torn.

use crate::common;
use crate::common::{fixture_with_ticks, tickdeck_in};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use tickdeck::journal::error::JournalError;
use tickdeck::journal::seal::{Sealed, is_journal, remove, seal};
use tickdeck::journal::writer::JournalWriter;
use tickdeck::recording::player::replay;
use tickdeck::recording::reader::Recording;
use tickdeck::recording::specs;

/// A journal of a session with requests, commands and much that goes wrong.
struct Written {
    folder: tempfile::TempDir,
    steps: Vec<u8>,
}

static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let session = fixture_with_ticks("order-troubles", 12_000);
    let mut file = session.file.clone();
    specs::embed(&mut file, &session.specs).unwrap();
    let journal = folder.path().join("j");
    let mut writer = JournalWriter::create(&journal, &file, None).unwrap();
    common::simulate(&session, &mut writer);
    writer.sync().unwrap();
    let steps = fs::read(journal.join("steps.jsonl")).unwrap();
    Written { folder, steps }
});

/// The journal with these bytes of its steps, sealed.
fn sealed(steps: &[u8]) -> (tempfile::TempDir, Sealed) {
    let (dir, sealed) = sealing(steps);
    (dir, sealed.unwrap())
}

fn sealing(steps: &[u8]) -> (tempfile::TempDir, Result<Sealed, JournalError>) {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("j");
    fs::create_dir(&journal).unwrap();
    fs::copy(WRITTEN.folder.path().join("j/session.toml"), journal.join("session.toml")).unwrap();
    fs::write(journal.join("steps.jsonl"), steps).unwrap();
    let sealed = seal(&journal, &dir.path().join("r"), &mut ());
    (dir, sealed)
}

/// For each line how many lines it says were durable, none where it says nothing.
fn told_durable(steps: &[u8]) -> Vec<Option<usize>> {
    let lines = steps.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let told = |line: &[u8]| {
        let step: serde_json::Value = serde_json::from_slice(&line[17..]).unwrap();
        step["durable"].as_u64().map(|lines| usize::try_from(lines).unwrap())
    };
    lines.map(told).collect()
}

#[test]
fn lines_tell_what_was_durable_before_them() {
    let told = told_durable(&WRITTEN.steps);
    let said: Vec<(usize, usize)> =
        told.iter().enumerate().filter_map(|(line, told)| Some((line, (*told)?))).collect();
    assert!(said.len() > 20, "{said:?}");
    assert!(said.windows(2).all(|pair| pair[0].1 < pair[1].1));
    // What was durable had been written.
    assert!(said.iter().all(|(line, durable)| durable <= line));
}

fn replays(dir: &Path) -> u64 {
    let recording = Recording::open(&dir.join("r")).unwrap();
    let mut executor = recording.executor().unwrap();
    let outcome = replay(&recording, &mut executor, &mut ()).unwrap();
    assert!(outcome.divergence.is_none(), "{:?}", outcome.divergence);
    assert_eq!(outcome.actions_hash, recording.recorded.actions_hash);
    outcome.inputs
}

#[test]
fn a_whole_journal_becomes_a_recording_and_goes() {
    let (dir, whole) = sealed(&WRITTEN.steps);
    assert_eq!(whole.lost_bytes, 0);
    assert!(whole.recorded.orders > 10);
    assert_eq!(replays(dir.path()), whole.recorded.inputs);
    let ran = tickdeck_in(dir.path(), &["replay", "r"]);
    assert_eq!(ran.status.code(), Some(0));
    // Sealed a second time, as after a death in between, it comes to the same.
    let again = seal(&dir.path().join("j"), &dir.path().join("r"), &mut ()).unwrap();
    assert_eq!(again.recorded, whole.recorded);
    remove(&dir.path().join("j")).unwrap();
    assert!(!is_journal(&dir.path().join("j")));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_journal_without_a_step_is_an_empty_recording() {
    let (dir, empty) = sealed(b"");
    assert_eq!((empty.lost_bytes, empty.recorded.inputs), (0, 0));
    assert_eq!(replays(dir.path()), 0);
}

#[test]
fn what_the_executor_would_not_do_is_no_recording() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("j");
    fs::create_dir(&journal).unwrap();
    let path = WRITTEN.folder.path().join("j/session.toml");
    let other = fs::read_to_string(path).unwrap().replace("EMA_4", "EMA_5");
    fs::write(journal.join("session.toml"), other).unwrap();
    fs::write(journal.join("steps.jsonl"), &WRITTEN.steps).unwrap();
    let refused = seal(&journal, &dir.path().join("r"), &mut ()).unwrap_err();
    let told = format!("{:#}", anyhow::Error::from(refused));
    assert!(told.contains("the executor acts in another way than it did"), "{told}");
    assert!(!dir.path().join("r").exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Torn anywhere, the whole steps before it are recovered, and no more.
    #[test]
    fn torn_at_any_byte_the_whole_steps_before_it_are_recovered(at in 0.0..1.0_f64) {
        let steps = &WRITTEN.steps;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in it")]
        let cut = (at * steps.len() as f64) as usize;
        let whole = steps[..cut].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (dir, sealed) = sealed(&steps[..cut]);
        prop_assert_eq!(sealed.lost_bytes, (cut - whole) as u64);
        let lines = steps[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let inputs = lines.filter(|line| !line.windows(9).any(|part| part == b"{\"after\":")).count();
        prop_assert_eq!(sealed.recorded.inputs, inputs as u64);
        replays(dir.path());
    }

    /// A byte that was changed, a block that was lost: nothing from there on is believed; and where a line after it says
    /// that what was there had been durable, it is not taken for the torn end of a session.
    #[test]
    fn what_is_damaged_ends_what_is_believed(at in 0.0..1.0_f64, lost in 0_usize..5_000) {
        let mut steps = WRITTEN.steps.clone();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in it")]
        let place = (at * (steps.len() - 1) as f64) as usize;
        let end = (place + lost.max(1)).min(steps.len());
        let line_of = |place: usize| WRITTEN.steps[..place].split(|byte| *byte == b'\n').count() - 1;
        let (first, last) = (line_of(place), line_of(end));
        if lost == 0 {
            steps[place] ^= 1;
        } else {
            steps.drain(place..end);
        }
        let told = told_durable(&WRITTEN.steps);
        let tells = |from: usize| told.iter().skip(from).flatten().any(|durable| *durable > first);
        let (dir, sealed) = sealing(&steps);
        match sealed {
            Ok(sealed) => {
                // The line after what is damaged follows on nothing that can be known.
                prop_assert!(!tells(last + 2), "lines {} to {} of {}", first, last, told.len());
                let before = WRITTEN.steps[..place].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                prop_assert!(steps.len() as u64 - sealed.lost_bytes <= before as u64);
                replays(dir.path());
            }
            Err(JournalError::DurableLost { line, durable, .. }) => {
                prop_assert!(tells(last), "lines {} to {} of {}", first, last, told.len());
                prop_assert_eq!(line, first as u64 + 1);
                prop_assert!(durable > first as u64);
                prop_assert!(!dir.path().join("r").exists());
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
