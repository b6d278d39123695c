//! From Parquet to result: a whole simulation beside the bare loop that does the same, in one run
//! on one file.
//!
//! Read the ratios, not the figures: machines differ. `TICKDECK_BENCH_TICKS` says how many ticks
//! the file has. With `TICKDECK_BENCH_RATIO_MIN` set there is no bench but a check: yardstick and
//! simulation in turn, the best of each, and an error when the simulation is below that part of the
//! yardstick's speed.

mod broker;
mod yardstick;

use criterion::{BenchmarkId, Criterion, Throughput};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tempfile::TempDir;
use tickdeck::backtest;
use tickdeck::backtest::tally::Tally;
use tickdeck::backtest::ticks::Given;
use tickdeck::config::{self, Session};
use tickdeck::data::tick_file::TickFile;
use tickdeck::data::tick_layout::TickLayout;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbols_builtin::builtin;
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
use tickdeck::sim::generate::Generator;

const TICKS: u64 = 1_000_000;
const ROUNDS: u32 = 5;

/// A platform that wants nothing.
struct Deaf;

impl Platform for Deaf {
    fn deliver(&mut self, _at: Timestamp, _action: &Action) -> Result<(), PortError> {
        Ok(())
    }
}

/// A session, a file of ticks for it, and a place for recordings.
struct Bench {
    session: Session,
    files: BTreeMap<String, PathBuf>,
    folder: TempDir,
    ticks: u64,
}

impl Bench {
    fn new(ticks: u64) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("ticks.parquet");
        generate(&path, ticks);
        let session =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions/ema-cross-m1.toml");
        let session = config::load(&session).unwrap();
        Self { session, files: BTreeMap::from([("EURUSD".to_owned(), path)]), folder, ticks }
    }

    fn file(&self) -> &Path {
        &self.files["EURUSD"]
    }

    fn decode(&self) -> u64 {
        let mut file = TickFile::open(self.file(), SymbolId(0), &self.session.specs[0]).unwrap();
        let (mut batch, mut bids) = (TickColumns::default(), 0);
        loop {
            file.read(&mut batch).unwrap();
            if batch.is_empty() {
                return bids;
            }
            bids += batch.iter().filter(|tick| tick.bid.raw() > 0).count() as u64;
        }
    }

    fn simulate<J: Journal>(&self, journal: J) -> (Tally, J) {
        let given = Given { ticks: self.files.clone(), ..Given::default() };
        let streams = backtest::ticks::open(&mut self.session.clone(), &given).unwrap().streams;
        let mut journals = (Tally::default(), journal);
        backtest::simulate(&self.session, streams, &mut Deaf, &mut journals).unwrap();
        assert_eq!(journals.0.ticks, self.ticks);
        journals
    }

    fn record(&self, folder: &Path) {
        let recorder = Recorder::create(
            folder,
            Existing::Replace,
            &self.session.file,
            &self.session.specs,
            None,
            Ticks::Write,
        )
        .unwrap();
        self.simulate(recorder).1.finish().unwrap();
    }

    fn replay(&self, recording: &Recording) {
        let outcome =
            player::replay(recording, &mut backtest::executor_of(&self.session.file), &mut ())
                .unwrap();
        assert!(outcome.divergence.is_none());
    }

    /// Both must have traded alike, or comparing their times says nothing.
    fn check_yardstick(&self) {
        let (found, tally) = (yardstick::run(self.file()), self.simulate(StepHasher::default()).0);
        assert_eq!(
            (found.ticks, found.trades),
            (tally.ticks, tally.trades),
            "the yardstick does what the session does"
        );
        assert!(self.ticks < TICKS || found.trades > 50, "there is something to do");
        eprintln!("{} ticks, {} trades in both", found.ticks, found.trades);
    }
}

fn generate(path: &Path, ticks: u64) {
    let spec = builtin("EURUSD").unwrap();
    let mut writer = TickWriter::create(path, TickLayout::exact(spec.digits)).unwrap();
    let mut generator = Generator::new(&spec, SymbolId(0), ticks, 7);
    let mut batch = TickColumns::default();
    loop {
        generator.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            break;
        }
        writer.push_columns(&batch, 0..batch.len()).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), ticks);
}

fn from_parquet_to_result(c: &mut Criterion, bench: &Bench) {
    let recorded = bench.folder.path().join("recorded");
    bench.record(&recorded);
    let recording = Recording::open(&recorded).unwrap();
    let again = bench.folder.path().join("again");
    let mut group = c.benchmark_group("replay");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .throughput(Throughput::Elements(bench.ticks));
    group.bench_function("yardstick", |b| b.iter(|| yardstick::run(bench.file())));
    group.bench_function("decode", |b| b.iter(|| bench.decode()));
    group.bench_function("simulate", |b| b.iter(|| bench.simulate(StepHasher::default()).0.trades));
    group.bench_function("simulate+record", |b| b.iter(|| bench.record(&again)));
    group.bench_function("replay", |b| b.iter(|| bench.replay(&recording)));
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

/// The simulation's speed as a part of the yardstick's: in turn, the best of each, so that a busy
/// machine harms neither.
#[expect(clippy::disallowed_types, reason = "a measurement")]
fn ratio(bench: &Bench) -> f64 {
    let timed = |run: &dyn Fn() -> u64| {
        let started = std::time::Instant::now();
        std::hint::black_box(run());
        started.elapsed()
    };
    let (mut bare, mut whole) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        bare = bare.min(timed(&|| yardstick::run(bench.file()).trades));
        whole = whole.min(timed(&|| bench.simulate(StepHasher::default()).0.trades));
    }
    let rate = |time: Duration| {
        format!(
            "{:.1} M ticks/s",
            f64::from(u32::try_from(bench.ticks).unwrap()) / 1e6 / time.as_secs_f64()
        )
    };
    println!("yardstick {}, simulate {}", rate(bare), rate(whole));
    bare.as_secs_f64() / whole.as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "how large and how strict is said from outside")]
fn main() -> ExitCode {
    let ticks = std::env::var("TICKDECK_BENCH_TICKS")
        .map_or(TICKS, |ticks| ticks.parse().expect("TICKDECK_BENCH_TICKS is a number"));
    let bench = Bench::new(ticks);
    bench.check_yardstick();
    if let Ok(min) = std::env::var("TICKDECK_BENCH_RATIO_MIN") {
        let min: f64 = min.parse().expect("TICKDECK_BENCH_RATIO_MIN is a number");
        let ratio = ratio(&bench);
        println!("simulate/yardstick {ratio:.2}, at least {min:.2} is wanted");
        return if ratio >= min { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut criterion = Criterion::default().configure_from_args();
    from_parquet_to_result(&mut criterion, &bench);
    quiet_ticks(&mut criterion);
    criterion.final_summary();
    ExitCode::SUCCESS
}
