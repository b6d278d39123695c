//! `simulate`: runs a session with the simulated broker.

mod args;
mod variants;
mod warnings;

pub use args::SimulateArgs;
pub(super) use args::allow_programs;
use args::prepared;
pub(super) use warnings::run_and_warn;

use crate::backtest;
use crate::backtest::starts::Starts;
use crate::backtest::tally::Tally;
use crate::backtest::warnings::Watchful;
use crate::cli::import::progress_bar;
use crate::cli::output::{ExitStatus, Output, check_ending, spare_recordings};
use crate::cli::started::Started;
use crate::cli::streams::is_dash;
use crate::config::Session;
use crate::data::error::DataError;
use crate::data::replace::Replacement;
use crate::disk;
use crate::domain::amount::Money;
use crate::domain::id::ContentHash;
use crate::domain::money::currency_digits;
use crate::domain::swap::SwapMode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::text::ShownPath;
use crate::executor::event::Event;
use crate::process::Programs;
use crate::recording::error::RecordingError;
use crate::recording::folder::{Existing, recover};
use crate::recording::hash::StepHasher;
use crate::recording::tick_files::Ticks;
use crate::recording::writer::Recorder;
use crate::report::summary::{Cash, Summary};
use crate::report::trades::TradeList;
use crate::session::ports::{Journal, Passed, PortError, Step};
use crate::sim::broker::SimSummary;
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::time::Duration;

/// Refuses to write over what the run reads, and over a recording unless that is wanted.
fn keep_what_is_there(args: &SimulateArgs, session: &Session) -> anyhow::Result<()> {
    // One that a run had moved away when it was killed is there, too.
    args.record.iter().try_for_each(|folder| recover(folder))?;
    if let Some(folder) =
        args.record.as_ref().filter(|folder| folder.join("session.toml").exists() && !args.force)
    {
        anyhow::bail!(
            "{} is there already: give --force to replace it, or name another directory",
            folder.shown()
        );
    }
    let named =
        session.file.commands.iter().chain(&session.file.specs).map(|path| session.dir.join(path));
    let given = args.ticks.iter().chain(&args.bars).map(|(_, path)| path.clone());
    let ticks = session.file.tick_files().map(|path| session.dir.join(path));
    let inputs =
        named.chain(given).chain(ticks).chain(args.commands.clone()).chain([args.session.clone()]);
    let inputs = inputs.chain(session.sources.clone());
    let inputs: Vec<(PathBuf, PathBuf)> = inputs.map(|path| (disk::place(&path), path)).collect();
    let (record, trades) =
        (args.record.as_deref().map(disk::place), args.trades.as_deref().map(disk::place));
    if let Some((_, path)) = inputs.iter().find(|(place, _)| Some(place) == trades.as_ref()) {
        anyhow::bail!(
            "--trades would write over {}, which the run reads: name another file",
            path.shown()
        );
    }
    args.trades.iter().try_for_each(|path| spare_recordings("--trades", path))?;
    let Some(record) = record else { return Ok(()) };
    if let Some((_, path)) = inputs.iter().find(|(place, _)| place.starts_with(&record)) {
        anyhow::bail!(
            "--record would replace {}, which the run reads: name another directory",
            path.shown()
        );
    }
    let is_one =
        trades.is_some_and(|place| place.starts_with(&record) || record.starts_with(place));
    anyhow::ensure!(
        !is_one,
        "--trades names a place in the directory of --record, or the other way round: name one outside of it"
    );
    Ok(())
}

/// Runs the verb.
///
/// # Errors
/// When the session, its ticks or its commands cannot be read, or a result cannot be written.
pub fn run(args: &SimulateArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let variants = variants::all(&args.set)?;
    anyhow::ensure!(
        variants.len() == 1 || !is_dash(&args.session),
        "-: a session from stdin is run once: give --set one value, or name a file"
    );
    let [settings] = variants.as_slice() else { return variants::run(args, &variants, output) };
    let (session, opened) = prepared(args, settings)?;
    let output = &output.about(&session.file.zone);
    keep_what_is_there(args, &session)?;
    // A directory is refused as such, whatever its name.
    let mut files = args.trades.iter().filter(|path| !path.is_dir());
    files
        .try_for_each(|path| check_ending("--trades", path, "trades are written as CSV", "csv"))?;
    allow_programs(&session.file, &args.session, args.allow_programs)?;
    let steps = Steps::begin(args, &session)?;
    let bar = progress_bar(output, None);
    let shown = Watched { bar: bar.clone(), ticks: 0 };
    let watchful = Watchful::new(&session);
    let trades_file = args.trades.as_ref().map(|path| Replacement::create(path)).transpose()?;
    let trades = trades_file.is_some().then(|| TradeList::new(&session.file.symbols));
    let mut journal = (Tally::default(), (watchful, (trades, (shown, steps))));
    let currency = &session.file.account.currency;
    let started = Started::now();
    let mut starts = Starts::default();
    let mut programs = Programs::new(session.dir.clone());
    let ran = backtest::simulate_asking(
        &session,
        opened.streams,
        &mut programs,
        &mut starts,
        &mut journal,
    )?;
    let elapsed = started.elapsed();
    bar.finish_and_clear();
    // Before anything is put in its place or told: what was not done as asked leaves older results
    // as they were.
    let (tally, (watchful, (trades, (_, steps)))) = journal;
    let checked = starts.check().and_then(|()| watchful.check_warmth(&session));
    checked.map_err(|error| anyhow::anyhow!("{}: {error}", args.session.shown()))?;
    let trades = trades_file.zip(trades).map(|(file, trades)| written(file, trades, &session));
    let trades = trades.transpose()?;
    let actions_hash = steps.finish()?;
    let mut summary =
        summary((&session.file.name, currency), &tally, actions_hash, &ran.account, elapsed);
    summary.clock = output.clock.words(&session.file.zone);
    summary.warnings = warnings::all(&session, watchful, &programs, tally.orders, &opened.files);
    if let Some(trades) = trades {
        trades.finish()?;
    }
    note_what_brokers_do(&session, &ran.account, output);
    if output.json {
        output.object(&summary)?;
    } else {
        output.data(&summary.to_string())?;
    }
    let is_strict = args.strict && !summary.warnings.is_empty();
    Ok(if is_strict { ExitStatus::CheckFailed } else { ExitStatus::Fine })
}

/// Tells what the broker does by itself and a person may not expect.
fn note_what_brokers_do(session: &Session, account: &SimSummary, output: &Output) {
    let is_swapped =
        |spec: &SymbolSpec| spec.swap.is_some_and(|swap| swap.mode != SwapMode::Disabled);
    if !session.file.broker.swaps && account.deals > 0 && session.specs.iter().any(is_swapped) {
        output.note(
            "no swaps were charged, although the specifications state some: set broker.swaps = true",
        );
    }
    let positions = match account.stop_outs {
        0 => return,
        1 => "1 position was".to_owned(),
        count => format!("{count} positions were"),
    };
    output.note(&format!("{positions} stopped out: the margin level was below account.margin_so"));
}

/// What becomes of the steps of a run.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a run")]
enum Steps {
    /// They are recorded.
    Recorded(Recorder),
    /// They are hashed only.
    Hashed(StepHasher),
}

impl Steps {
    fn begin(args: &SimulateArgs, session: &Session) -> Result<Self, RecordingError> {
        let Some(folder) = &args.record else { return Ok(Self::Hashed(StepHasher::default())) };
        let existing = if args.force { Existing::Replace } else { Existing::Keep };
        let Session { file, specs, history, .. } = session;
        let mut recorder = Recorder::create(folder, existing, file, specs, None, Ticks::Write)?;
        recorder.keep_history(history)?;
        Ok(Self::Recorded(recorder))
    }

    /// The hash of all steps; a recording is put in its place.
    fn finish(self) -> Result<ContentHash, RecordingError> {
        match self {
            Self::Recorded(recorder) => Ok(recorder.finish()?.actions_hash),
            Self::Hashed(hasher) => Ok(hasher.hash()),
        }
    }
}

impl Journal for Steps {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        match self {
            Self::Recorded(recorder) => recorder.step(step),
            Self::Hashed(hasher) => hasher.step(step),
        }
    }

    fn takes_runs(&self) -> bool {
        true
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        match self {
            Self::Recorded(recorder) => recorder.pass(passed),
            Self::Hashed(hasher) => hasher.pass(passed),
        }
    }
}

/// Shows how far the run has come, now and then.
struct Watched {
    bar: ProgressBar,
    ticks: u64,
}

/// Ticks between two looks at the bar: it reads a clock.
const TICKS_SHOWN: u64 = 1 << 17;

impl Watched {
    #[inline]
    fn count(&mut self, ticks: u64) {
        let before = self.ticks;
        self.ticks += ticks;
        if before / TICKS_SHOWN != self.ticks / TICKS_SHOWN {
            self.bar.set_position(self.ticks);
        }
    }
}

impl Journal for Watched {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if matches!(step.event, Event::Tick(_)) {
            self.count(1);
        }
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.count(passed.run.count() as u64);
        Ok(())
    }
}

/// Writes the trades; the file is not in its place yet.
fn written(
    file: Replacement,
    trades: TradeList,
    session: &Session,
) -> Result<Replacement, DataError> {
    let path = file.target().to_owned();
    let written = trades.write(file, &session.specs, &session.file.account.currency);
    written.map_err(|error| DataError::Write { path, source: error.into() })
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn summary(
    (name, currency): (&str, &str),
    tally: &Tally,
    actions_hash: ContentHash,
    outcome: &SimSummary,
    elapsed: Duration,
) -> Summary {
    let cash = |amount: Money| Cash { amount, digits: currency_digits(currency) };
    let elapsed_s = elapsed.as_secs_f64();
    Summary {
        name: name.to_owned(),
        ticks: tally.ticks,
        clock: String::new(),
        first_time: tally.span.map(|(first, _)| first),
        last_time: tally.span.map(|(_, last)| last),
        commands: tally.commands,
        evaluations: tally.evaluations,
        signals: tally.signals,
        orders: tally.orders,
        deals: outcome.deals,
        trades: tally.trades,
        positions_open: outcome.open_positions as u64,
        balance: cash(outcome.balance),
        equity: cash(outcome.equity),
        net_profit: cash(outcome.net_profit),
        max_drawdown_pct: outcome.max_equity_drawdown_percent,
        actions_hash,
        elapsed_s,
        ticks_per_s: tally.ticks as f64 / elapsed_s.max(1e-9),
        warnings: Vec::new(),
    }
}
