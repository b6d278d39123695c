//! A recorded session comes again as it was, or the first difference is found and told.

use crate::common;
use crate::recording::{Toy, drive, record, replay, session};
use std::fs;
use std::path::Path;
use tickdeck::cli::output::{ExitStatus, Output};
use tickdeck::cli::replay::{AnswerSource, ProgramArgs, ReplayArgs, run};
use tickdeck::executor::Executor;
use tickdeck::recording::divergence::Divergence;
use tickdeck::recording::folder::Existing;
use tickdeck::recording::player::{Comparer, player};
use tickdeck::recording::reader::Recording;
use tickdeck::recording::tick_files::Ticks;
use tickdeck::recording::writer::Recorder;
use tickdeck::session::ports::{self, PortError, Step};

fn recorded(dir: &Path) -> Recording {
    record(&dir.join("toy"), Toy::default());
    Recording::open(&dir.join("toy")).unwrap()
}

fn difference(toy: Toy) -> Divergence {
    let dir = tempfile::tempdir().unwrap();
    let mut found = replay(&recorded(dir.path()), toy).1.expect("a difference");
    found.command = found.command.replace(&dir.path().display().to_string(), "recordings");
    found
}

/// Replays it with another toy and writes that down in the recording's place.
fn accept(recording: &Recording, mut toy: Toy) {
    let (mut clock, comparer) = player(recording).unwrap();
    let mut journal = Recorder::create(
        &recording.dir,
        Existing::Replace,
        &recording.file,
        &recording.specs,
        None,
        Ticks::TakeOver(&recording.dir),
    )
    .unwrap();
    drive(&mut toy, &mut clock, None, &mut Two(comparer, &mut journal)).unwrap();
    journal.finish().unwrap();
}

struct Two<'a>(Comparer, &'a mut Recorder);

impl ports::Journal for Two<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.0.step(step)?;
        ports::Journal::step(self.1, step)
    }
}

#[test]
fn the_same_executor_does_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let recording = recorded(dir.path());
    assert_eq!(recording.recorded.orders, 6);
    assert_eq!(recording.recorded.ticks, 80);
    assert!(recording.edited.is_empty(), "{:?}", recording.edited);
    let (hash, divergence) = replay(&recording, Toy::default());
    assert_eq!(divergence, None);
    assert_eq!(hash, recording.recorded.actions_hash.to_string());
}

#[test]
fn the_files_are_readable() {
    let dir = tempfile::tempdir().unwrap();
    let recording = recorded(dir.path());
    let text = |name| fs::read_to_string(recording.dir.join(name)).unwrap();
    insta::assert_snapshot!("inputs", text("inputs.jsonl"));
    insta::assert_snapshot!("actions", text("actions.jsonl"));
    insta::assert_snapshot!("orders", text("orders.txt"));
}

#[test]
fn changed_rules_change_every_key_and_are_no_difference() {
    let dir = tempfile::tempdir().unwrap();
    let (hash, divergence) = replay(&recorded(dir.path()), Toy { rules: 2, ..Toy::default() });
    assert_eq!(divergence, None);
    assert_ne!(hash, replay(&recorded(dir.path()), Toy::default()).0, "the hash sees the keys");
}

#[test]
fn another_price_is_told_field_by_field_and_gets_the_recorded_answer() {
    let found = difference(Toy { shift: 3, ..Toy::default() });
    let paths: Vec<_> = found.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["actions[0].trade.request.open.price"]);
    assert_eq!((found.rest.requests_unanswered, found.rest.news_dropped), (0, 0));
    // The six requests differ; the alert about the one that was never answered comes as recorded.
    assert_eq!((found.rest.steps, found.rest.different), (7, 6));
}

#[test]
fn a_price_beyond_the_deviation_is_another_request() {
    let found = difference(Toy { shift: 30, ..Toy::default() });
    assert_eq!(found.rest.requests_unanswered, 6);
    assert_eq!(
        found.rest.news_dropped, 8,
        "a position and an answer for each of the four that were answered"
    );
}

#[test]
fn a_left_out_request_drops_its_answer_and_the_paths_meet_again() {
    let found = difference(Toy { skips: 20, ..Toy::default() });
    assert_eq!(found.got, Vec::<String>::new());
    assert_eq!(
        (found.rest.different, found.rest.news_dropped, found.rest.requests_unanswered),
        (1, 2, 0)
    );
    assert!(found.rest.reconverged());
    insta::assert_snapshot!(found.to_string());
    assert!(serde_json::to_string(&found).unwrap().contains("\"news_dropped\":2"));
}

#[test]
fn another_deadline_is_a_difference_though_no_action_came_yet() {
    // Request 3, which is never answered, is given up at 21:00:34 in the recording.
    for (patience, at) in [(4, "2025-09-21T21:00:33Z"), (8, "2025-09-21T21:00:34Z")] {
        let found = difference(Toy { patience, ..Toy::default() });
        assert_eq!((found.fields[0].path.as_str(), found.at.to_string().as_str()), ("wakeup", at));
        assert_eq!(found.rest.different, 3, "the wakeup, the alert here and the alert there");
    }
    // Request 1 would be given up at once, where the recording has no wakeup at all.
    let found = difference(Toy { patience: 0, ..Toy::default() });
    assert_eq!(
        (found.fields[0].path.as_str(), found.at.to_string().as_str()),
        ("wakeup", "2025-09-21T21:00:09Z")
    );
}

#[test]
fn accepted_it_is_the_expectation() {
    let dir = tempfile::tempdir().unwrap();
    let changed = Toy { skips: 20, rules: 3, ..Toy::default() };
    let recording = recorded(dir.path());
    accept(&recording, changed.clone());
    let again = Recording::open(&recording.dir).unwrap();
    assert_eq!(again.recorded.orders, 5);
    assert_eq!(again.recorded.ticks, 80);
    assert_eq!(replay(&again, changed).1, None);
    assert!(replay(&again, Toy::default()).1.is_some());
}

#[test]
fn two_recordings_of_one_session_are_equal_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    assert_eq!(record(&one, Toy::default()), record(&two, Toy::default()));
    for name in
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"]
    {
        assert_eq!(fs::read(one.join(name)).unwrap(), fs::read(two.join(name)).unwrap(), "{name}");
    }
    assert_eq!(session().strategy.len(), 1);
}

fn status(paths: &[&Path], accept: bool) -> ExitStatus {
    let recordings = paths.iter().map(|path| path.to_path_buf()).collect();
    let args = ReplayArgs {
        recordings,
        broker: AnswerSource::Recorded,
        accept,
        junit: None,
        github: false,
        programs: ProgramArgs::default(),
    };
    run(
        &args,
        &Output {
            json: true,
            quiet: true,
            verbose: 0,
            color: tickdeck::cli::output::ColorChoice::Never,
            ..Output::default()
        },
    )
    .unwrap()
}

/// The executor itself knows nothing of the toy's rules, so that it does nothing where the toy
/// bought.
#[test]
fn the_exit_status_tells_same_different_and_unreadable_apart() {
    let dir = tempfile::tempdir().unwrap();
    let (toy, broken) = (recorded(dir.path()).dir, dir.path().join("broken"));
    record(&broken, Toy::default());
    fs::remove_file(broken.join("inputs.jsonl")).unwrap();
    assert_eq!(status(&[&toy], false), ExitStatus::CheckFailed);
    assert_eq!(status(&[&toy, &broken], false), ExitStatus::BadInput);
    assert_eq!(status(&[&toy], true), ExitStatus::Fine);
    assert_eq!(status(&[&toy], false), ExitStatus::Fine);
    assert_eq!(Recording::open(&toy).unwrap().recorded.orders, 0);
}

/// What the executor asks for again and again, because nothing recorded answers it, is one
/// difference, and what the recording says is still heard.
#[test]
fn a_question_without_an_answer_is_one_difference() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("rec");
    common::record(&common::fixture_with_ticks("order-troubles", 20_000), &target);
    let path = target.join("inputs.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let answer = text.lines().filter(|line| line.contains(r#"{"snapshot":"#)).nth(3).unwrap();
    let without = format!("{}\"event\":null}}", answer.split_once("\"event\"").unwrap().0);
    fs::write(&path, text.replacen(answer, &without, 1)).unwrap();
    let recording = Recording::open(&target).unwrap();
    let mut executor = Executor::new(recording.file.executor_config());
    let found =
        tickdeck::recording::player::replay(&recording, &mut executor, &mut None::<Recorder>)
            .unwrap()
            .divergence
            .unwrap();
    assert_eq!(found.fields[0].path, "wakeup");
    assert!(
        found.rest.steps < 2 * recording.recorded.steps,
        "{} steps, {} recorded",
        found.rest,
        recording.recorded.steps
    );
}
