//! Random sessions, judged from the broker's side: that the harness runs, says the same each time,
//! and writes down what fails so that it can be run again.

use crate::common;
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use tickdeck::recording::reader::Recording;
use tickdeck::torture::drive::SessionOutcome;
use tickdeck::torture::found::Violation;
use tickdeck::torture::plan::Telling;
use tickdeck::torture::shrink::Shrunk;
use tickdeck::torture::subject::Subject;
use tickdeck::torture::{crew, draw, folder, judge, marks, try_plan, try_seed};

/// What a seed came to, as far as anybody is told.
type Told = (u64, u64, u64, Vec<Violation>, BTreeMap<&'static str, u64>);

fn told(seed: u64, ran: SessionOutcome) -> Told {
    (seed, ran.orders, ran.trades, ran.found.violations, ran.found.marks)
}

fn with_jobs(jobs: usize) -> Vec<Told> {
    let mut all = Vec::new();
    crew::run(0..24, NonZeroUsize::new(jobs).unwrap(), Subject::default(), |seed, ran| {
        all.push(told(seed, ran));
        ControlFlow::Continue(())
    });
    all
}

#[test]
fn the_same_comes_of_it_each_time_and_with_any_number_of_hands() {
    let one = with_jobs(1);
    assert_eq!(one, with_jobs(3));
    assert_eq!(one.iter().map(|(seed, ..)| *seed).collect::<Vec<_>>(), (0..24).collect::<Vec<_>>());
    assert!(
        one.iter().map(|(_, orders, ..)| orders).sum::<u64>() > 500,
        "there is something to judge"
    );
    assert_eq!(told(7, try_seed(7, Subject::default())), one[7]);
}

/// The core keeps every promise. The program of a release tries thousands (`.ci/run`), and a
/// hundred thousand (`.ci/long`).
#[cfg(not(feature = "plant"))]
#[test]
fn random_sessions_break_no_promise() {
    let mut broken = Vec::new();
    crew::run(1_000..1_200, NonZeroUsize::new(2).unwrap(), Subject::default(), |_, ran| {
        broken.extend(ran.found.violations);
        ControlFlow::Continue(())
    });
    assert_eq!(broken, []);
}

#[test]
fn every_invariant_and_every_mark_has_its_own_name() {
    let mut names: Vec<&str> = judge::ALL.iter().copied().chain(marks::all()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// Sessions that are written down run with `simulate`, and send the same requests.
#[test]
fn what_is_written_down_can_be_simulated() {
    let mut simulated = 0;
    for seed in 1..=24 {
        let (mut plan, _) = draw::plan(seed);
        // What a session file cannot say.
        plan.restarts.clear();
        plan.empty_books.clear();
        if !plan.file.programs().is_empty() || !plan.file.followed.is_empty() {
            continue;
        }
        plan.telling = Telling::Told;
        let is_trade = |action: &String| action.starts_with("Trade(");
        let ticks = plan.make_ticks();
        let ran = try_plan(&plan, &ticks, Subject::default());
        let sent: Vec<String> = ran
            .story
            .lines()
            .filter_map(|line| line.trim().strip_prefix("-> "))
            .map(String::from)
            .filter(is_trade)
            .collect();
        let at = "2025-09-22T00:00:00Z".parse().unwrap();
        let violation =
            Violation { seed, invariant: judge::PANICS, step: 1, at, text: "none".to_owned() };
        let dir = tempfile::tempdir().unwrap();
        folder::write(dir.path(), &Shrunk { plan, ticks, ran, violation }).unwrap();
        let page = std::fs::read_to_string(dir.path().join(folder::PAGE)).unwrap();
        let again = format!("tickdeck torture --from {seed} --seeds 1");
        assert!(page.contains("never-panics") && page.contains(&again), "{page}");
        let output =
            common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", "r"]);
        // A command may have started a strategy before its session does, with other rules: that is
        // told as the error that it is, and nothing is recorded.
        if String::from_utf8_lossy(&output.stderr).contains("strategies were not all started") {
            continue;
        }
        assert!(output.status.success(), "{output:?}");
        simulated += 1;
        let mut expected = Recording::open(&dir.path().join("r")).unwrap().expected().unwrap();
        let mut recorded = Vec::new();
        while let Some(line) = expected.pop().unwrap() {
            recorded
                .extend(line.actions.iter().map(|action| format!("{action:?}")).filter(is_trade));
        }
        assert_eq!(recorded, sent, "seed {seed}");
    }
    assert!(simulated > 12, "{simulated} of 24 without an error, programs or sources");
}

#[test]
fn json_has_its_keys() {
    let output = common::tickdeck(&["torture", "--seeds", "3", "--jobs", "2", "--json"]);
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(keys.join(" "), @"days elapsed_s folders from marks marks_missing orders seeds sessions trades violations");
    let has_failed = !object["violations"].as_array().unwrap().is_empty();
    assert_eq!(output.status.code(), Some(i32::from(has_failed)));
}

#[test]
fn what_no_machine_runs_is_refused_by_name() {
    for (name, value, least_and_most) in [
        ("--seeds", "18446744073709551615", "1..=4611686018427387904"),
        ("--jobs", "1000000000000000000", "1..=1024"),
        ("--jobs", "0", "1..=1024"),
    ] {
        let output = common::tickdeck(&["torture", "--from", "1", name, value]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!([name, value, least_and_most].iter().all(|part| text.contains(part)), "{text}");
    }
}

#[cfg(not(feature = "plant"))]
#[test]
fn mistakes_are_only_planted_in_a_build_made_for_it() {
    let output = common::tickdeck(&["torture", "--plant", "all"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("help: build it with `cargo run --release --features plant"), "{text}");
}
