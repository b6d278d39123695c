//! `replay`: runs recordings again and compares.
//!
//! Each recording gets a line on stdout, with the report of a difference below it; a summary ends
//! the output. The exit status is 0 when all are the same, 1 when one differs, 2 when one cannot be
//! read.

use crate::backtest;
use crate::cli::output::{ExitStatus, Output};
use crate::config;
use crate::config::recorded;
use crate::domain::text;
use crate::domain::text::ShownPath;
use crate::process::AskedAgain;
use crate::recording::advice::{RecordedAdvisor, recorded_answers};
use crate::recording::divergence::Divergence;
use crate::recording::files::SESSION;
use crate::recording::folder::{Existing, moved_from, moved_to};
use crate::recording::player::{FreshComparer, ReplayOutcome, replay, replay_asking};
use crate::recording::reader::Recording;
use crate::recording::tick_files::Ticks;
use crate::recording::writer::Recorder;
use crate::report::beside::Beside;
use crate::report::outcome::{Outcome, Sums};
use anyhow::Context;
use clap::{Args, ValueEnum};
use glob::MatchOptions;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// Run recordings again and compare.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// Directories of recordings, or patterns such as recordings/*.
    #[arg(required = true)]
    pub recordings: Vec<PathBuf>,
    /// Who answers requests.
    #[arg(long, value_enum, default_value_t = AnswerSource::Recorded)]
    pub broker: AnswerSource,
    /// Make what comes now the expectation, after review.
    #[arg(long)]
    pub accept: bool,
    /// Whether programs are asked again.
    #[command(flatten)]
    pub programs: ProgramArgs,
}

/// Whether the programs of strategies are asked again.
#[derive(Debug, Clone, Default, Args)]
pub struct ProgramArgs {
    /// Ask the programs of strategies again, and tell where they now answer otherwise.
    #[arg(long, requires = "allow_programs")]
    pub strategy_live: bool,
    /// Let --strategy-live start the programs that the recordings name.
    #[arg(long, requires = "strategy_live")]
    pub allow_programs: bool,
    /// The directory in which these programs are started.
    #[arg(long, value_name = "DIR", requires = "strategy_live", default_value = ".")]
    pub programs_in: PathBuf,
}

/// Who answers requests in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerSource {
    /// The recording, strictly.
    Recorded,
    /// The simulated broker: what if?
    Sim,
}

/// What came of asking the programs of strategies again.
#[derive(Debug, Serialize)]
struct Again {
    questions: u64,
    different: u64,
    differences: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

/// What came of one recording.
#[derive(Debug, Serialize)]
struct Line {
    path: String,
    status: Status,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edited: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    /// What programs say now, where they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_again: Option<Again>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    sums: Option<Sums>,
    #[serde(skip)]
    currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    divergence: Option<Box<Divergence>>,
    /// What it came to then and now, where it was run afresh and differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<Box<Beside>>,
}

#[derive(Debug, Serialize)]
struct Counts {
    inputs: u64,
    ticks: u64,
    steps: u64,
    actions_hash: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Same,
    Accepted,
    Differs,
    Unreadable,
}

/// The whole, for machines.
#[derive(Debug, Serialize)]
struct Summary {
    same: usize,
    accepted: usize,
    different: usize,
    unreadable: usize,
    recordings: Vec<Line>,
}

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written; what is wrong with a recording is told and becomes the
/// exit status.
pub fn run(args: &ReplayArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    anyhow::ensure!(
        !args.programs.strategy_live || args.broker == AnswerSource::Recorded && !args.accept,
        "--strategy-live asks programs beside a strict replay: leave out --broker sim and --accept"
    );
    let mut lines = Vec::new();
    for path in &folders(&args.recordings)? {
        let line = replay_one(path, args).unwrap_or_else(|error| {
            output.tell_error(&error);
            Line::unreadable(path, &error)
        });
        if !output.json {
            print_line(&line, output)?;
        }
        lines.push(line);
    }
    let count = |status| lines.iter().filter(|line| line.status == status).count();
    let summary = Summary {
        same: count(Status::Same),
        accepted: count(Status::Accepted),
        different: count(Status::Differs),
        unreadable: count(Status::Unreadable),
        recordings: lines,
    };
    let status = match (summary.unreadable, summary.different) {
        (0, 0) => ExitStatus::Fine,
        (0, _) => ExitStatus::CheckFailed,
        _ => ExitStatus::BadInput,
    };
    print_summary(&summary, output)?;
    Ok(status)
}

/// The folders that are meant, in the order of the command line; those of a pattern in the order of
/// their names. Shells on Windows hand patterns over as they are. What is there under its very name
/// is no pattern.
fn folders(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in given {
        let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
        let Some(pattern) = pattern else {
            found.push(path.clone());
            continue;
        };
        let options = MatchOptions {
            case_sensitive: !cfg!(windows),
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let matches = glob::glob_with(pattern, options)
            .with_context(|| format!("{pattern} is no pattern: write one such as recordings/*"))?;
        let mut meant = moved_away(path, options);
        for path in matches {
            let path = path.with_context(|| format!("cannot list what {pattern} stands for"))?;
            if path.is_dir() && hidden_names(&path) <= hidden_names(Path::new(pattern)) {
                meant.insert(path);
            }
        }
        anyhow::ensure!(
            !meant.is_empty(),
            "no folder matches {pattern}: name recordings, or a pattern such as recordings/*"
        );
        found.extend(meant);
    }
    Ok(found)
}

/// The recordings of a pattern that a killed run had moved away. They are put back when they are
/// opened.
fn moved_away(pattern: &Path, options: MatchOptions) -> BTreeSet<PathBuf> {
    let hidden = moved_to(pattern);
    // Not every pattern is one in a hidden name, too: `**` must stand alone.
    let matches = hidden.to_str().and_then(|hidden| glob::glob_with(hidden, options).ok());
    let places = matches.into_iter().flatten().flatten().filter_map(|hidden| moved_from(&hidden));
    places.filter(|place| !place.exists()).collect()
}

/// How many names in a path begin with a dot. A match with more of them than the pattern is not
/// meant.
fn hidden_names(path: &Path) -> usize {
    let is_hidden = |part: &Component<'_>| matches!(part, Component::Normal(name) if name.to_string_lossy().starts_with('.'));
    path.components().filter(is_hidden).count()
}

fn replay_one(path: &Path, args: &ReplayArgs) -> anyhow::Result<Line> {
    let recording = open(path)?;
    match args.broker {
        AnswerSource::Recorded if args.programs.strategy_live => ask_again(&recording, args),
        AnswerSource::Recorded => replay_recorded(&recording, args.accept),
        AnswerSource::Sim => replay_simulated(&recording, args.accept),
    }
}

fn replay_recorded(recording: &Recording, accept: bool) -> anyhow::Result<Line> {
    let mut executor = recording.executor()?;
    let ticks = Ticks::TakeOver(&recording.dir);
    let journal = if accept { Some(rewrite(recording, ticks)?) } else { None };
    let mut journals = (Outcome::new(&recording.file.symbols), journal);
    let outcome =
        replay(recording, &mut executor, &mut journals).map_err(anyhow::Error::from_boxed)?;
    let (made, journal) = journals;
    refuse_unanswered(recording, journal.is_some(), &outcome)?;
    let mut line = Line::of(recording, outcome, made.all);
    if let Some(journal) = journal {
        journal.finish()?;
        line.status = Status::Accepted;
    }
    Ok(line)
}

/// A run in which requests wait for answers that were never recorded is no expectation: what would have
/// become of them is not known.
fn refuse_unanswered(
    recording: &Recording,
    accepts: bool,
    outcome: &ReplayOutcome,
) -> anyhow::Result<()> {
    let unanswered = outcome.divergence.as_ref().map_or(0, |it| it.rest.requests_unanswered);
    let requests = if unanswered == 1 { "request has" } else { "requests have" };
    anyhow::ensure!(
        !accepts || unanswered == 0,
        "{}: {unanswered} {requests} no recorded answer, so that nobody knows what would have become of the trades: \
         let the simulated broker answer, with --broker sim --accept",
        recording.dir.shown()
    );
    Ok(())
}

/// A replay with the recorded answers, beside which the programs of strategies are asked again.
fn ask_again(recording: &Recording, args: &ReplayArgs) -> anyhow::Result<Line> {
    let dir = &args.programs.programs_in;
    anyhow::ensure!(dir.is_dir(), "--programs-in: {} is no directory", dir.shown());
    let mut executor = recording.executor()?;
    let answers = recorded_answers(recording)?;
    let mut again = AskedAgain::new(args.programs.programs_in.clone(), answers);
    let mut made = Outcome::new(&recording.file.symbols);
    let outcome = replay_asking(recording, &mut executor, &mut again, &mut made)
        .map_err(anyhow::Error::from_boxed)?;
    let mut line = Line::of(recording, outcome, made.all);
    if again.different > 0 {
        line.status = Status::Differs;
    }
    line.asked_again = Some(Again {
        questions: again.questions,
        different: again.different,
        remarks: again.remarks().to_vec(),
        differences: again.differences,
    });
    Ok(line)
}

/// The replay becomes the recording: its actions, and with them the wakeups and answers that it
/// really took.
fn rewrite(recording: &Recording, ticks: Ticks<'_>) -> anyhow::Result<Recorder> {
    let Recording { dir, file, specs, state, .. } = recording;
    Recorder::create(dir, Existing::Replace, file, specs, state.as_deref(), ticks)
        .context("cannot accept the replay")
}

/// The recorded ticks and commands through the executor and the simulated broker: what if?
fn replay_simulated(recording: &Recording, accept: bool) -> anyhow::Result<Line> {
    let session = recorded::afresh(recording)?;
    let journal = if accept { Some(rewrite(recording, Ticks::Write)?) } else { None };
    let counted = Outcome::new(&recording.file.symbols);
    let mut journals = (FreshComparer::new(recording)?, (counted, journal));
    let ran = backtest::simulate_asking(
        &session,
        backtest::ticks::of_recording(recording)?,
        &mut RecordedAdvisor::new(recording)?,
        &mut (),
        &mut journals,
    )?;
    let (comparer, (now, journal)) = journals;
    let mut line = Line::of(recording, comparer.finish(ran.inputs)?, now.all.clone());
    if line.divergence.is_some() {
        let then = Outcome::of_recording(recording)?;
        let currency = &recording.file.account.currency;
        line.beside = Some(Box::new(Beside::of(then, now, currency)));
    }
    if let Some(journal) = journal {
        journal.finish()?;
        line.status = Status::Accepted;
    }
    Ok(line)
}

/// A recording whose session can be run: it is held to what `simulate` asks of one.
pub(super) fn open(path: &Path) -> anyhow::Result<Recording> {
    let recording = Recording::open(path)?;
    config::check(&recording.dir.join(SESSION), &recording.file, &recording.specs)?;
    Ok(recording)
}

impl Line {
    fn of(recording: &Recording, outcome: ReplayOutcome, sums: Sums) -> Self {
        let ReplayOutcome { inputs, steps, actions_hash, divergence } = outcome;
        let ticks = recording.recorded.ticks;
        // Where every step is the same and the hash is not, the hash was edited.
        let other_hash = divergence.is_none() && actions_hash != recording.recorded.actions_hash;
        let error = other_hash.then(|| {
            format!(
                "no step differs, but session.toml gives {} as actions_hash",
                recording.recorded.actions_hash
            )
        });
        Self {
            path: recording.dir.shown().into_owned(),
            status: if divergence.is_some() || other_hash { Status::Differs } else { Status::Same },
            edited: recording.edited.clone(),
            warning: recording.other_zone_database(),
            asked_again: None,
            error,
            counts: Some(Counts { inputs, ticks, steps, actions_hash: actions_hash.to_string() }),
            sums: Some(sums),
            currency: recording.file.account.currency.clone(),
            divergence: divergence.map(Box::new),
            beside: None,
        }
    }

    fn unreadable(path: &Path, error: &anyhow::Error) -> Self {
        let (path, error) = (path.shown().into_owned(), Some(format!("{error:#}")));
        Self {
            path,
            status: Status::Unreadable,
            edited: Vec::new(),
            warning: None,
            asked_again: None,
            error,
            counts: None,
            sums: None,
            currency: String::new(),
            divergence: None,
            beside: None,
        }
    }
}

fn print_line(line: &Line, output: &Output) -> anyhow::Result<()> {
    let word = match line.status {
        Status::Same => "same",
        Status::Accepted => "accepted",
        Status::Differs => "DIFFERS",
        Status::Unreadable => "UNREADABLE",
    };
    let mut out = format!("{word:10}  {}", text::line(&line.path));
    if let Some(Counts { inputs, ticks, steps, actions_hash }) = &line.counts {
        write!(out, "  {inputs} inputs, {ticks} ticks, {steps} steps  {}", &actions_hash[..16])?;
    }
    if let Some(sums) = &line.sums {
        write!(out, "  {}", sums.in_words(&line.currency))?;
    }
    if !output.quiet {
        for name in &line.edited {
            write!(out, "\n            {} was edited after recording", text::name(name))?;
        }
        if let Some(warning) = &line.warning {
            write!(out, "\n            warning: {warning}")?;
        }
    }
    if let (Status::Differs, Some(error)) = (line.status, &line.error) {
        write!(out, "\n            {error}")?;
    }
    if let Some(again) = &line.asked_again {
        let Again { questions, different, differences, remarks } = again;
        write!(
            out,
            "\n            {questions} questions asked again, {different} answered otherwise"
        )?;
        for told in differences.iter().chain(remarks) {
            write!(out, "\n            {told}")?;
        }
    }
    if let Some(divergence) = &line.divergence {
        write!(out, "\n\n{divergence}")?;
    }
    if let Some(beside) = &line.beside {
        write!(out, "\n\n{beside}\n")?;
    }
    output.data(&out)
}

fn print_summary(summary: &Summary, output: &Output) -> anyhow::Result<()> {
    if output.json {
        return output.json_text(&serde_json::to_string_pretty(summary)?);
    }
    if !output.quiet {
        let Summary { same, accepted, different, unreadable, recordings } = summary;
        let count = recordings.len();
        let noun = if count == 1 { "recording" } else { "recordings" };
        let accepted = if *accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
        output.data(&format!(
            "{count} {noun}: {same} same, {different} different, {unreadable} unreadable{accepted}"
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_pattern_stands_for_the_folders_that_it_matches() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["b", "a", "a/inner", ".hidden", "[x]"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::write(path("notes.txt"), "").unwrap();
        #[cfg(target_os = "linux")]
        fs::write(
            dir.path()
                .join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"no\xfftext")),
            "",
        )
        .unwrap();
        assert_eq!(folders(&[path("*")]).unwrap(), [path("[x]"), path("a"), path("b")]);
        assert_eq!(folders(&[path("b"), path("?")]).unwrap(), [path("b"), path("a"), path("b")]);
        assert_eq!(folders(&[path("*").join("i*")]).unwrap(), [path("a").join("inner")]);
        assert_eq!(
            folders(&[path("[x]"), path("nowhere")]).unwrap(),
            [path("[x]"), path("nowhere")]
        );
        let refused = folders(&[path("*.toml")]).unwrap_err().to_string();
        assert!(refused.contains("*.toml") && refused.contains("recordings/*"), "{refused}");
        assert!(folders(&[path("[")]).is_err());
        assert_eq!(folders(&[path("**")]).unwrap().len(), 4);
    }

    /// A kill between the two renames that replace a recording leaves it under its hidden name.
    #[test]
    fn a_pattern_stands_for_a_recording_that_was_moved_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/ema-cross-week");
        for name in ["a", ".b.tickdeck-old"] {
            fs::create_dir(path(name)).unwrap();
            fs::copy(Path::new(own).join(SESSION), path(name).join(SESSION)).unwrap();
        }
        assert_eq!(folders(&[path("*")]).unwrap(), [path("a"), path("b")]);
        fs::create_dir(path("b")).unwrap();
        assert_eq!(folders(&[path("?")]).unwrap(), [path("a"), path("b")]);
    }
}
