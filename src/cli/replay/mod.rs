//! `replay`: runs recordings again and compares.
//!
//! Each recording gets a line on stdout, with the report of a difference below it; a summary ends
//! the output. The exit status is 0 when all are the same, 1 when one differs, 2 when one cannot be
//! read.

mod folders;
mod junit;
mod line;

use crate::backtest;
use crate::backtest::live_recording;
use crate::cli::output::{ExitStatus, Output, check_ending, spare_recordings};
use crate::config;
use crate::config::recorded;
use crate::domain::text::ShownPath;
use crate::process::AskedAgain;
use crate::recording::advice::{RecordedAdvisor, recorded_answers};
use crate::recording::files::SESSION;
use crate::recording::folder::Existing;
use crate::recording::player::{FreshComparer, ReplayOutcome, replay, replay_asking};
use crate::recording::reader::Recording;
use crate::recording::tick_files::Ticks;
use crate::recording::writer::Recorder;
use crate::report::beside::Beside;
use crate::report::run_result::RunResult;
use anyhow::Context;
use clap::{Args, ValueEnum};
use folders::folders;
use line::{Again, ReplayLine, ReplaySummary, Status, print_line, print_summary};
use std::path::{Path, PathBuf};

/// Run recordings again and compare.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// Directories of recordings, directories with recordings below, or patterns such as recordings/*.
    #[arg(required = true)]
    pub recordings: Vec<PathBuf>,
    /// Who answers requests.
    #[arg(long, value_enum, default_value_t = AnswerSource::Recorded)]
    pub broker: AnswerSource,
    /// Make what comes now the expectation, after review.
    #[arg(long)]
    pub accept: bool,
    /// Write what came of each recording as a JUnit file.
    #[arg(long, value_name = "FILE.xml")]
    pub junit: Option<PathBuf>,
    /// Annotate a workflow on GitHub with what is not the same.
    #[arg(long)]
    pub github: bool,
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
    anyhow::ensure!(
        !args.github || !output.json,
        "--github writes annotations where --json writes its object: leave one of them out"
    );
    if let Some(path) = &args.junit {
        spare_recordings("--junit", path)?;
        check_ending("--junit", path, "JUnit files are XML", "xml")?;
    }
    let mut lines = Vec::new();
    for path in &folders(&args.recordings)? {
        let line = replay_one(path, args).unwrap_or_else(|error| {
            output.tell_error(&error);
            ReplayLine::unreadable(path, &error)
        });
        if !output.json {
            print_line(&line, output)?;
        }
        lines.push(line);
    }
    if let Some(path) = &args.junit {
        junit::write(path, &lines, output)?;
    }
    let annotations = if args.github { junit::annotations(&lines, output) } else { String::new() };
    let count = |status| lines.iter().filter(|line| line.status == status).count();
    let summary = ReplaySummary {
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
    if !annotations.is_empty() {
        output.data(&annotations)?;
    }
    Ok(status)
}

fn replay_one(path: &Path, args: &ReplayArgs) -> anyhow::Result<ReplayLine> {
    let recording = open(path)?;
    match args.broker {
        AnswerSource::Recorded if args.programs.strategy_live => ask_again(&recording, args),
        AnswerSource::Recorded => replay_recorded(&recording, args.accept),
        AnswerSource::Sim => replay_simulated(&recording, args.accept),
    }
}

/// What is said of an edited session whose actions are the same.
const NOTHING_CHANGES: &str = "no action is another: what the broker does and costs is in the recorded answers, and --broker sim asks the simulated one";

fn replay_recorded(recording: &Recording, accept: bool) -> anyhow::Result<ReplayLine> {
    let mut executor = recording.executor()?;
    let ticks = Ticks::TakeOver(&recording.dir);
    let journal = if accept { Some(rewrite(recording, ticks)?) } else { None };
    let begun = RunResult::beginning(&recording.file.symbols, &executor);
    let mut journals = (begun, journal);
    let outcome =
        replay(recording, &mut executor, &mut journals).map_err(anyhow::Error::from_boxed)?;
    let (made, journal) = journals;
    refuse_unanswered(recording, journal.is_some(), &outcome)?;
    let mut line = ReplayLine::of(recording, outcome, made.all);
    if line.status == Status::Same && recording.edited.iter().any(|name| name == SESSION) {
        line.advice = Some(NOTHING_CHANGES);
    }
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
fn ask_again(recording: &Recording, args: &ReplayArgs) -> anyhow::Result<ReplayLine> {
    let dir = &args.programs.programs_in;
    anyhow::ensure!(dir.is_dir(), "--programs-in: {} is no directory", dir.shown());
    let mut executor = recording.executor()?;
    let answers = recorded_answers(recording)?;
    let mut again = AskedAgain::new(args.programs.programs_in.clone(), answers);
    let mut made = RunResult::beginning(&recording.file.symbols, &executor);
    let outcome = replay_asking(recording, &mut executor, &mut again, &mut made)
        .map_err(anyhow::Error::from_boxed)?;
    let mut line = ReplayLine::of(recording, outcome, made.all);
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
    // Before the folder of the new one is begun.
    let history = recording.history()?;
    let mut recorder =
        Recorder::create(dir, Existing::Replace, file, specs, state.as_deref(), ticks)
            .context("cannot accept the replay")?;
    recorder.keep_history(&history)?;
    Ok(recorder)
}

/// The recorded ticks and commands through the executor and the simulated broker: what if?
fn replay_simulated(recording: &Recording, accept: bool) -> anyhow::Result<ReplayLine> {
    if recording.is_live() {
        anyhow::ensure!(
            !accept,
            "{}: it is of a live session: what the simulated broker makes of it is no expectation",
            recording.dir.shown()
        );
        return replay_live_simulated(recording);
    }
    let session = recorded::afresh(recording)?;
    let journal = if accept { Some(rewrite(recording, Ticks::Write)?) } else { None };
    let counted = RunResult::new(&recording.file.symbols);
    let mut journals = (FreshComparer::new(recording)?, (counted, journal));
    let ran = backtest::simulate_asking(
        &session,
        backtest::ticks::of_recording(recording)?,
        &mut RecordedAdvisor::new(recording)?,
        &mut (),
        &mut journals,
    )?;
    let (comparer, (now, journal)) = journals;
    let mut line = beside_recorded(recording, comparer.finish(ran.inputs)?, now)?;
    if let Some(journal) = journal {
        journal.finish()?;
        line.status = Status::Accepted;
    }
    Ok(line)
}

/// A live session with the simulated broker in place of its account.
fn replay_live_simulated(recording: &Recording) -> anyhow::Result<ReplayLine> {
    let mut executor = recording.executor()?;
    let begun = RunResult::beginning(&recording.file.symbols, &executor);
    let mut journals = (FreshComparer::new(recording)?, begun);
    let mut advisor = RecordedAdvisor::new(recording)?;
    let ran = live_recording::simulate(recording, &mut executor, &mut advisor, &mut journals)?;
    let (comparer, now) = journals;
    beside_recorded(recording, comparer.finish(ran.inputs)?, now)
}

/// What a run came to, beside what was recorded where that was another.
fn beside_recorded(
    recording: &Recording,
    outcome: ReplayOutcome,
    now: RunResult,
) -> anyhow::Result<ReplayLine> {
    let mut line = ReplayLine::of(recording, outcome, now.all.clone());
    if line.divergence.is_some() {
        let then = RunResult::of_recording(recording)?;
        let currency = &recording.file.account.currency;
        line.beside = Some(Box::new(Beside::of(then, now, currency)));
    }
    Ok(line)
}

/// A recording whose session can be run: it is held to what `simulate` asks of one.
pub(super) fn open(path: &Path) -> anyhow::Result<Recording> {
    let recording = Recording::open(path)?;
    config::check(&recording.dir.join(SESSION), &recording.file, &recording.specs)?;
    Ok(recording)
}
