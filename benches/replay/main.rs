//! From Parquet to result: whole runs beside the bare loop that does the same, in one run on the same
//! files.
//!
//! Read the ratios, not the figures: machines differ. `TICKDECK_BENCH_TICKS` says how many ticks
//! there are. With `TICKDECK_BENCH_TABLE` set there is no bench but the [`table`] of the README, or, if it
//! is `limits`, what limits on losses cost; and an error when a row falls below nine tenths of what is
//! wanted.

mod broker;
mod cpu;
mod sessions;
mod table;
mod yardstick;

use criterion::{BenchmarkId, Criterion, Throughput};
use sessions::{Bench, Plan};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tempfile::TempDir;
use tickdeck::backtest;
use tickdeck::backtest::tally::Tally;
use tickdeck::backtest::ticks::Given;
use tickdeck::data::in_order::InOrder;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::time::Timestamp;
use tickdeck::executor::action::Action;
use tickdeck::market::columns::TickColumns;
use tickdeck::recording::folder::Existing;
use tickdeck::recording::hash::StepHasher;
use tickdeck::recording::player;
use tickdeck::recording::reader::Recording;
use tickdeck::recording::tick_files::Ticks;
use tickdeck::recording::writer::Recorder;
use tickdeck::session::ports::{Journal, Platform, PortError, TickStream};

const TICKS: u64 = 1_000_000;

/// A platform that wants nothing.
struct Deaf;

impl Platform for Deaf {
    fn deliver(&mut self, _at: Timestamp, _action: &Action) -> Result<(), PortError> {
        Ok(())
    }
}

fn simulate<J: Journal>(bench: &Bench, journal: J) -> (Tally, J) {
    let given = Given { ticks: bench.files.clone(), ..Given::default() };
    let mut session = bench.session.clone();
    let streams = backtest::ticks::open(&mut session, &given).unwrap().streams;
    let mut journals = (Tally::default(), journal);
    backtest::simulate(&session, streams, &mut Deaf, &mut journals).unwrap();
    assert_eq!(journals.0.ticks, bench.ticks);
    journals
}

fn record(bench: &Bench, folder: &Path) {
    let (file, specs) = (&bench.session.file, &bench.session.specs);
    let recorder =
        Recorder::create(folder, Existing::Replace, file, specs, None, Ticks::Write).unwrap();
    simulate(bench, recorder).1.finish().unwrap();
}

fn replay(bench: &Bench, recording: &Recording) {
    let mut executor = backtest::executor_of(&bench.session.file);
    let outcome = player::replay(recording, &mut executor, &mut ()).unwrap();
    assert!(outcome.divergence.is_none());
}

fn decode(bench: &Bench) -> u64 {
    let (path, spec) = (&bench.files["EURUSD"], &bench.session.specs[0]);
    let mut file = InOrder::open(path, SymbolId(0), spec).unwrap();
    let (mut batch, mut rows) = (TickColumns::default(), 0);
    loop {
        file.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            return rows;
        }
        rows += batch.len() as u64;
    }
}

/// Both must have traded alike, or comparing their times says nothing.
fn check_yardstick(bench: &Bench, path: &Path) {
    let (found, tally) = (yardstick::run(path), simulate(bench, StepHasher::default()).0);
    assert_eq!(
        (found.ticks, found.trades),
        (tally.ticks, tally.trades),
        "the yardstick does what the session does"
    );
    assert!(bench.ticks < TICKS || found.trades > 50, "there is something to do");
    eprintln!("{} ticks, {} trades in both", found.ticks, found.trades);
}

fn from_parquet_to_result(c: &mut Criterion, bench: &Bench, folder: &Path) {
    let path = &bench.files["EURUSD"];
    let recorded = folder.join("once");
    record(bench, &recorded);
    let recording = Recording::open(&recorded).unwrap();
    let again = folder.join("again");
    let mut group = c.benchmark_group("replay");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .throughput(Throughput::Elements(bench.ticks));
    group.bench_function("yardstick", |b| b.iter(|| yardstick::run(path)));
    group.bench_function("decode", |b| b.iter(|| decode(bench)));
    group.bench_function("simulate", |b| {
        b.iter(|| simulate(bench, StepHasher::default()).0.trades);
    });
    group.bench_function("simulate+record", |b| b.iter(|| record(bench, &again)));
    group.bench_function("replay", |b| b.iter(|| replay(bench, &recording)));
    group.finish();
}

fn quiet_ticks(c: &mut Criterion) {
    let mut group = c.benchmark_group("broker_quiet_tick");
    group.throughput(Throughput::Elements(1));
    for positions in [0, 1, 1_000] {
        let mut broker = broker::holding(positions);
        let (mut news, mut n) = (Vec::new(), 0);
        group.bench_function(BenchmarkId::from_parameter(positions), |b| {
            b.iter(|| {
                n += 1;
                broker::quiet_tick(&mut broker, n, &mut news);
                assert!(news.is_empty(), "a quiet tick");
            });
        });
    }
    group.finish();
}

#[expect(clippy::disallowed_methods, reason = "how large and how strict is said from outside")]
fn main() -> ExitCode {
    let ticks = std::env::var("TICKDECK_BENCH_TICKS")
        .map_or(TICKS, |ticks| ticks.parse().expect("TICKDECK_BENCH_TICKS is a number"));
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let bench = Plan::ONE.bench(folder.path(), ticks);
    check_yardstick(&bench, &bench.files["EURUSD"]);
    if let Some(which) = std::env::var_os("TICKDECK_BENCH_TABLE") {
        let table = if which == "limits" { table::limits } else { table::run };
        let reached = table(folder.path(), ticks);
        return if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut criterion = Criterion::default().configure_from_args();
    from_parquet_to_result(&mut criterion, &bench, folder.path());
    quiet_ticks(&mut criterion);
    criterion.final_summary();
    ExitCode::SUCCESS
}
