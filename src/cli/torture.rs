//! `torture`: runs random sessions with random faults, and judges them from the broker's side.

use crate::cli::import::progress_bar;
use crate::cli::output::{ExitStatus, Helped, Output, spare_recordings};
use crate::cli::started::Started;
use crate::data::replace::Replacement;
use crate::disk;
use crate::disk::unfinished::MadeFolders;
use crate::domain::text::{self, ShownPath};
use crate::torture::crew;
use crate::torture::drive::SessionOutcome;
use crate::torture::found::Violation;
use crate::torture::subject::Subject;
use crate::torture::{folder, keep_panics_quiet, marks, shrink};
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::thread::Builder;

/// Run random sessions with everything that goes wrong, and judge them from the broker's side.
#[derive(Debug, clap::Args)]
pub struct TortureArgs {
    /// How many sessions; 2,000 where absent.
    #[arg(long, value_name = "N", default_value_t = 2_000, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=SEEDS_MOST))]
    seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..SEEDS_MOST))]
    from: u64,
    /// Sessions that run at once, 1,024 at the most; as many as there are cores where absent.
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    jobs: Option<u16>,
    /// Make the first failing session of each invariant small, and write it as a folder that
    /// `simulate` runs.
    #[arg(long, conflicts_with = "plant")]
    shrink: bool,
    /// Where such folders are written.
    #[arg(long, value_name = "DIR", default_value = "torture", requires = "shrink")]
    out: PathBuf,
    /// Plant a mistake into the executor, or each in turn, and see whether it is found (a build
    /// with `--features plant`).
    #[arg(long, value_name = "NAME|all")]
    plant: Option<String>,
}

/// First seed and number of sessions have room for their sum.
const SEEDS_MOST: u64 = 1 << 62;

/// With fewer sessions a mark may be missing by chance.
const SEEDS_FOR_MARKS: u64 = 2_000;

/// What all the sessions came to.
#[derive(Debug, Default)]
struct Totals {
    sessions: u64,
    orders: u64,
    trades: u64,
    span_ms: i64,
    violations: Vec<Violation>,
    marks: BTreeMap<&'static str, u64>,
}

/// Runs the verb.
///
/// # Errors
/// When nothing can be written where what fails shall be, or mistakes are to be planted in a build
/// that has none.
pub fn run(args: &TortureArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    keep_panics_quiet();
    let jobs = jobs(args)?;
    let seeds = args.from..args.from + args.seeds;
    if let Some(name) = &args.plant {
        return plant(name, args, jobs, output);
    }
    let out = if args.shrink { Some(check_out(&args.out)?) } else { None };
    let started = Started::now();
    let bar = progress_bar(output, Some(args.seeds));
    let mut totals = Totals::default();
    crew::run(seeds, jobs, Subject::default(), |_, ran| {
        ran.found.violations.iter().for_each(|violation| output.note(&failure(violation)));
        totals.add(ran);
        bar.inc(1);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let elapsed_s = started.elapsed().as_secs_f64();
    let folders =
        if args.shrink { shrunk(&totals.violations, &args.out, output)? } else { Vec::new() };
    if let Some(out) = out.filter(|_| !folders.is_empty()) {
        out.keep();
    }
    let missing: Vec<&str> = marks::all().filter(|name| !totals.marks.contains_key(name)).collect();
    let is_clean =
        totals.violations.is_empty() && (missing.is_empty() || args.seeds < SEEDS_FOR_MARKS);
    if output.json {
        output.object(&object(args, &totals, &missing, elapsed_s, &folders))?;
    } else {
        output.data(&summary(args, &totals, &missing, elapsed_s, &folders))?;
    }
    Ok(if is_clean { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}

/// How many sessions run at once: as many as are asked for, or where the system starts fewer
/// threads, half as many as it starts, so that others have some.
fn jobs(args: &TortureArgs) -> anyhow::Result<NonZeroUsize> {
    let wanted = args.jobs.and_then(|jobs| NonZeroUsize::new(usize::from(jobs)));
    let wanted =
        wanted.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let over = RwLock::new(());
    // Each waits until all have been started: only then do they count at once.
    let until_all = over.write();
    let (mut started, mut refused) = (0, None);
    std::thread::scope(|scope| {
        while started < wanted.get() && refused.is_none() {
            match Builder::new().spawn_scoped(scope, || drop(over.read())) {
                Ok(_) => started += 1,
                Err(error) => refused = Some(error),
            }
        }
        drop(until_all);
    });
    match (refused, NonZeroUsize::new(started.div_ceil(2))) {
        (None, _) => Ok(wanted),
        (Some(_), Some(fewer)) => Ok(fewer),
        (Some(error), None) => {
            Err(error).context("no thread can be started to run sessions: end other programs, or raise the limit on processes")
        }
    }
}

/// Looks before the run whether folders can be written in `out`, by making it and a file in it: at
/// its end hours may have gone. What is made is taken away again, unless something comes to stand
/// there.
fn check_out(out: &Path) -> anyhow::Result<MadeFolders> {
    // Each folder is made in it.
    spare_recordings("--out", &out.join("violation"))?;
    anyhow::ensure!(
        !out.exists() || out.is_dir(),
        "--out: {} is no directory: name another place",
        out.shown()
    );
    anyhow::ensure!(
        !disk::is_write_protected(out),
        "--out: {} is write-protected: name another place",
        out.shown()
    );
    let failed = || format!("--out: cannot write in {}", out.shown());
    let made = MadeFolders::make(out).with_context(failed)?;
    // Under a name that the next look clears of what a killed run has left.
    Replacement::create(&out.join("violation")).with_context(failed)?;
    Ok(made)
}

impl Totals {
    fn add(&mut self, ran: SessionOutcome) {
        self.sessions += 1;
        self.orders += ran.orders;
        self.trades += ran.trades;
        self.span_ms += ran.span_ms;
        self.violations.extend(ran.found.violations);
        ran.found
            .marks
            .into_iter()
            .for_each(|(name, times)| *self.marks.entry(name).or_default() += times);
    }
}

fn failure(violation: &Violation) -> String {
    let Violation { seed, invariant, step, at, text } = violation;
    format!("seed {seed}, step {step} ({at}): {invariant}: {text}")
}

/// Makes the first session of each invariant small; gives the folders.
fn shrunk(violations: &[Violation], out: &Path, output: &Output) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for Violation { seed, invariant, .. } in violations {
        if seen.contains(invariant) {
            continue;
        }
        seen.push(invariant);
        output.note(&format!("making seed {seed} small, which violates {invariant}"));
        let Some(shrunk) = shrink::shrink(*seed, invariant, Subject::default()) else { continue };
        let folder = out.join(format!("{invariant}-{seed}"));
        folder::write(&folder, &shrunk)?;
        folders.push(folder);
    }
    Ok(folders)
}

#[expect(clippy::cast_precision_loss, reason = "days for people")]
fn days(totals: &Totals) -> f64 {
    totals.span_ms as f64 / 86_400_000.0
}

fn object(
    args: &TortureArgs,
    totals: &Totals,
    missing: &[&str],
    elapsed_s: f64,
    folders: &[PathBuf],
) -> Value {
    json!({
        "seeds": args.seeds,
        "from": args.from,
        "sessions": totals.sessions,
        "orders": totals.orders,
        "trades": totals.trades,
        "days": days(totals),
        "elapsed_s": elapsed_s,
        "violations": totals.violations,
        "marks": totals.marks,
        "marks_missing": missing,
        "folders": folders.iter().map(|folder| folder.shown()).collect::<Vec<_>>(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn summary(
    args: &TortureArgs,
    totals: &Totals,
    missing: &[&str],
    elapsed_s: f64,
    folders: &[PathBuf],
) -> String {
    let Totals { sessions, orders, trades, .. } = totals;
    let rate = *orders as f64 * 60.0 / elapsed_s.max(1e-9);
    let mut text =
        format!("{sessions} sessions, {orders} orders, {trades} trades, {:.1} days", days(totals));
    let _ = write!(text, " in {elapsed_s:.1} s ({rate:.0} orders a minute)");
    if args.seeds >= SEEDS_FOR_MARKS && !missing.is_empty() {
        let _ = write!(text, "\nnever reached: {}", missing.join(", "));
    }
    if totals.violations.is_empty() {
        text.push_str("\nno violation");
    }
    for violation in &totals.violations {
        let again = format!("tickdeck torture --from {} --seeds 1 --shrink", violation.seed);
        let _ = write!(text, "\n{}\n    again: {again}", failure(violation));
    }
    for folder in folders {
        let _ = write!(text, "\nwritten: {}", text::line(&folder.shown()));
    }
    text
}

#[cfg(not(feature = "plant"))]
fn plant(_: &str, _: &TortureArgs, _: NonZeroUsize, _: &Output) -> anyhow::Result<ExitStatus> {
    let help =
        "build it with `cargo run --release --features plant -- torture --plant all`".to_owned();
    Err(Helped { message: "this build has no mistakes to plant".to_owned(), help }.into())
}

#[cfg(feature = "plant")]
fn plant(
    name: &str,
    args: &TortureArgs,
    jobs: NonZeroUsize,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    use crate::executor::plant::Plant;
    let started = Started::now();
    let mut totals = Totals::default();
    let chosen: Vec<Plant> =
        Plant::ALL.iter().copied().filter(|plant| name == "all" || plant.name() == name).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = Plant::ALL.iter().map(|plant| plant.name()).collect();
        let help = format!("write all, or one of {}", names.join(", "));
        return Err(Helped {
            message: format!("`{name}` is no mistake that can be planted"),
            help,
        }
        .into());
    }
    let mut planted = serde_json::Map::new();
    let (mut all_found, mut text) = (true, String::new());
    for plant in chosen {
        let (mut ran, mut by) = (0, None);
        let seeds = args.from..args.from + args.seeds.min(PLANT_SEEDS_MAX);
        crew::run(seeds, jobs, Subject { plant: Some(plant) }, |seed, one| {
            ran += 1;
            by = first_of_plant(seed, &one);
            totals.add(one);
            if by.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        all_found &= by.is_some();
        planted.insert(
            plant.name().to_owned(),
            json!({ "found": by.is_some(), "seeds": ran, "invariant": by }),
        );
        let found = by.map_or("not found".to_owned(), |by| format!("found by {by}"));
        let _ = writeln!(text, "{:<40} {found} after {ran} seeds", plant.name());
        output.note(text.lines().last().unwrap_or_default());
    }
    if output.json {
        let mut object = object(args, &totals, &[], started.elapsed().as_secs_f64(), &[]);
        object["planted"] = planted.into();
        output.object(&object)?;
    } else {
        output.data(text.trim_end())?;
    }
    Ok(if all_found { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}

/// The first invariant that holds without the mistake and fails with it.
#[cfg(feature = "plant")]
fn first_of_plant(seed: u64, planted: &SessionOutcome) -> Option<&'static str> {
    if planted.found.violations.is_empty() {
        return None;
    }
    let without = crate::torture::try_seed(seed, Subject::default()).found.violations;
    let is_new = |one: &&Violation| without.iter().all(|other| other.invariant != one.invariant);
    planted.found.violations.iter().find(is_new).map(|violation| violation.invariant)
}

/// A mistake that so many sessions do not find is not found.
#[cfg(feature = "plant")]
const PLANT_SEEDS_MAX: u64 = 2_000;
