//! `compare`: puts two runs beside one another, each a recording or a session that is run for it.

use crate::backtest;
use crate::backtest::starts::Starts;
use crate::backtest::ticks::Given;
use crate::cli::output::{ExitStatus, Output};
use crate::cli::simulate::allow_programs;
use crate::config;
use crate::domain::text::ShownPath;
use crate::domain::zone::ServerZone;
use crate::process::Programs;
use crate::recording::reader::Recording;
use crate::report::beside::Beside;
use crate::report::run_result::RunResult;
use clap::Args;
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

/// What a run came to, the deposit currency, and the server's clock.
fn outcome(path: &Path, allowed: bool) -> anyhow::Result<(RunResult, String, ServerZone)> {
    if path.is_dir() {
        let recording = Recording::open(path)?;
        let (currency, zone) =
            (recording.file.account.currency.clone(), recording.file.zone.clone());
        return Ok((RunResult::of_recording(&recording)?, currency, zone));
    }
    let mut session = config::load(path)?;
    allow_programs(&session.file, path, allowed)?;
    let streams = backtest::ticks::open(&mut session, &Given::default())?.streams;
    let mut programs = Programs::new(session.dir.clone());
    let mut outcome = RunResult::new(&session.file.symbols);
    let mut starts = Starts::default();
    backtest::simulate_asking(&session, streams, &mut programs, &mut starts, &mut outcome)?;
    starts.check().map_err(|error| anyhow::anyhow!("{}: {error}", path.shown()))?;
    Ok((outcome, session.file.account.currency, session.file.zone))
}

/// Runs the verb. The exit status says whether both did the same.
///
/// # Errors
/// When one of the two cannot be read or run, or they are in two currencies.
pub fn run(args: &CompareArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let (then, currency, zone) = outcome(&args.then, args.allow_programs)?;
    let (now, other, _) = outcome(&args.now, args.allow_programs)?;
    anyhow::ensure!(
        currency == other,
        "{} is in {currency} and {} in {other}: their sums cannot be compared",
        args.then.shown(),
        args.now.shown()
    );
    let beside = Beside::of(then, now, &currency);
    if output.json {
        output.object(&beside)?;
    } else {
        output.about(&zone).data(&beside.to_string())?;
    }
    let is_same = beside.paths.apart.is_empty();
    Ok(if is_same { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}
