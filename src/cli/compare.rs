//! `compare`: puts two runs beside one another, each a recording or a session that is run for it.

use crate::backtest;
use crate::backtest::ticks::Given;
use crate::cli::output::{ExitStatus, Output};
use crate::cli::simulate::{allow_programs, run_and_warn};
use crate::config;
use crate::domain::text::{self, ShownPath};
use crate::domain::zone::ServerZone;
use crate::recording::reader::Recording;
use crate::report::beside::Beside;
use crate::report::run_result::RunResult;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Put two runs beside one another: where their paths part and meet again, and what each came to.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// The first: the directory of a recording, or a session file, which is run.
    then: PathBuf,
    /// The second.
    now: PathBuf,
    /// Let strategies start the programs that session files name.
    #[arg(long)]
    allow_programs: bool,
}

/// One of the two runs.
struct Side {
    result: RunResult,
    currency: String,
    zone: ServerZone,
    /// What the run of a session warns of.
    warnings: Vec<String>,
}

impl Side {
    fn of(path: &Path, allowed: bool) -> anyhow::Result<Self> {
        if path.is_dir() {
            let recording = Recording::open(path)?;
            let result = RunResult::of_recording(&recording)?;
            let (currency, zone) = (recording.file.account.currency, recording.file.zone);
            return Ok(Self { result, currency, zone, warnings: Vec::new() });
        }
        let mut session = config::load(path)?;
        allow_programs(&session.file, path, allowed)?;
        let opened = backtest::ticks::open(&mut session, &Given::default())?;
        let (result, warnings) = run_and_warn(&session, opened, &mut ())
            .map_err(|error| error.context(path.shown().to_string()))?;
        let (currency, zone) = (session.file.account.currency, session.file.zone);
        Ok(Self { result, currency, zone, warnings })
    }
}

/// What is told of both.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    beside: Beside,
    warnings: Warnings,
}

/// What to know before believing the figures of runs.
#[derive(Serialize)]
struct Warnings {
    then: Vec<String>,
    now: Vec<String>,
}

impl Warnings {
    fn lines(&self) -> impl Iterator<Item = String> {
        let of = |side: &'static str, told: &[String]| {
            let line = |warning: &String| format!("\nwarning      {side}: {}", text::line(warning));
            told.iter().map(line).collect::<Vec<_>>()
        };
        of("then", &self.then).into_iter().chain(of("now", &self.now))
    }
}

/// Runs the verb. The exit status says whether both did the same.
///
/// # Errors
/// When one of the two cannot be read or run, or they are in two currencies.
pub fn run(args: &CompareArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let then = Side::of(&args.then, args.allow_programs)?;
    let now = Side::of(&args.now, args.allow_programs)?;
    anyhow::ensure!(
        then.currency == now.currency,
        "{} is in {} and {} in {}: their sums cannot be compared",
        args.then.shown(),
        then.currency,
        args.now.shown(),
        now.currency
    );
    let told = Told {
        beside: Beside::of(then.result, now.result, &then.currency),
        warnings: Warnings { then: then.warnings, now: now.warnings },
    };
    if output.json {
        output.object(&told)?;
    } else {
        let warnings: String = told.warnings.lines().collect();
        output.about(&then.zone).data(&format!("{}{warnings}", told.beside))?;
    }
    let is_same = told.beside.paths.apart.is_empty();
    Ok(if is_same { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}
