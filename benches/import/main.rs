//! Readers of ticks beside bare ones: our reader of text against the `csv` crate that cuts the same
//! file and parses its numbers, our reader of Parquet against bare decoding of the same columns.
//!
//! Read the ratios, not the figures: machines differ. `TICKDECK_BENCH_TICKS` says how many ticks
//! the files have. With `TICKDECK_BENCH_RATIO_MIN` set there is no bench but a check: bare reader
//! and ours in turn, the best of each, and an error when ours is below that part of the bare speed.

mod bare;

use criterion::{BenchmarkId, Criterion, Throughput};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tempfile::TempDir;
use tickdeck::data::format::Stated;
use tickdeck::data::import::{Import, import};
use tickdeck::data::input::Input;
use tickdeck::data::label::FileClock;
use tickdeck::data::tick_layout::{PriceForm, TickLayout};
use tickdeck::data::tick_source::TickReader;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::Tick;
use tickdeck::market::columns::TickColumns;
use tickdeck::session::ports::TickStream;
use tickdeck::sim::generate::Generator;

const TICKS: u64 = 1_000_000;
const ROUNDS: u32 = 5;
const BID: u8 = 2;
const ASK: u8 = 4;

/// A file and the bare reader of its kind, which gives the number of its rows.
struct Case {
    name: &'static str,
    path: PathBuf,
    bare: fn(&Path) -> u64,
}

struct Bench {
    folder: TempDir,
    spec: SymbolSpec,
    cases: Vec<Case>,
    ticks: u64,
}

/// Which sides a text has.
#[derive(Clone, Copy, PartialEq)]
enum Sides {
    /// Those that changed, as the terminal exports them.
    Changed,
    Both,
}

impl Bench {
    fn new(ticks: u64) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let spec = builtin("EURUSD").unwrap();
        let path = |name: &str| folder.path().join(name);
        let cases = vec![
            Case { name: "text", path: path("changed.csv"), bare: bare::text },
            Case { name: "text, both sides", path: path("both.csv"), bare: bare::text },
            Case { name: "parquet", path: path("decimal.parquet"), bare: bare::table },
            Case { name: "parquet, doubles", path: path("double.parquet"), bare: bare::table },
        ];
        write_text(&cases[0].path, &spec, ticks, Sides::Changed);
        write_text(&cases[1].path, &spec, ticks, Sides::Both);
        write_table(&cases[2].path, &spec, ticks, PriceForm::Decimal);
        write_table(&cases[3].path, &spec, ticks, PriceForm::Double);
        Self { folder, spec, cases, ticks }
    }

    fn read(&self, path: &Path) -> u64 {
        let mut source = TickReader::open(
            &Input::of(path).unwrap(),
            &Stated::default(),
            SymbolId(0),
            &self.spec,
        )
        .unwrap();
        let (mut batch, mut rows) = (TickColumns::default(), 0);
        loop {
            source.read(&mut batch).unwrap();
            if batch.is_empty() {
                return rows;
            }
            rows += batch.iter().filter(|tick| tick.bid.raw() > 0).count() as u64;
        }
    }

    fn import(&self, path: &Path) -> u64 {
        let (files, out) = ([path.to_owned()], self.folder.path().join("out.parquet"));
        import(
            &Import { zone: Some(FileClock::Unknown), ..Import::new(&files, &self.spec, &out) },
            &mut |_| {},
        )
        .unwrap()
        .quality
        .written
    }

    /// Our speed as a part of the bare one: in turn, the best of each, so that a busy machine harms
    /// neither.
    #[expect(clippy::disallowed_types, reason = "a measurement")]
    fn ratio(&self, case: &Case) -> f64 {
        let timed = |run: &dyn Fn() -> u64| {
            let started = std::time::Instant::now();
            assert_eq!(run(), self.ticks);
            started.elapsed()
        };
        let (mut bare, mut ours) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            bare = bare.min(timed(&|| (case.bare)(&case.path)));
            ours = ours.min(timed(&|| self.read(&case.path)));
        }
        let rate = |time: Duration| {
            format!(
                "{:.1} M ticks/s",
                f64::from(u32::try_from(self.ticks).unwrap()) / 1e6 / time.as_secs_f64()
            )
        };
        let ratio = bare.as_secs_f64() / ours.as_secs_f64();
        println!(
            "{:<18} bare {}, ours {}, ours/bare {ratio:.2}",
            case.name,
            rate(bare),
            rate(ours)
        );
        ratio
    }
}

fn each_batch(spec: &SymbolSpec, ticks: u64, mut take: impl FnMut(&[Tick])) {
    let (mut generator, mut batch) =
        (Generator::new(spec, SymbolId(0), ticks, 7), TickColumns::default());
    loop {
        generator.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            return;
        }
        take(&batch.iter().collect::<Vec<_>>());
    }
}

fn write_text(path: &Path, spec: &SymbolSpec, ticks: u64, sides: Sides) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(b"<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n").unwrap();
    let mut line = String::new();
    each_batch(spec, ticks, |batch| {
        for tick in batch {
            line.clear();
            let written = |bit: u8| sides == Sides::Both || tick.flags.bits() & bit != 0;
            write!(line, "{}\t", tick.time_msc.to_string().replace(' ', "\t")).unwrap();
            for (bit, price) in [(BID, tick.bid), (ASK, tick.ask)] {
                line.push_str(&if written(bit) { price.with_digits(5) } else { String::new() });
                line.push('\t');
            }
            write!(line, "\t\t{}\r\n", tick.flags.bits()).unwrap();
            file.write_all(line.as_bytes()).unwrap();
        }
    });
    file.flush().unwrap();
}

fn write_table(path: &Path, spec: &SymbolSpec, ticks: u64, form: PriceForm) {
    let mut writer =
        TickWriter::create(path, TickLayout { form, ..TickLayout::exact(spec.digits) }).unwrap();
    each_batch(spec, ticks, |batch| writer.push(batch).unwrap());
    assert_eq!(writer.finish().unwrap(), ticks);
}

fn readers(c: &mut Criterion, bench: &Bench) {
    let mut group = c.benchmark_group("import");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .throughput(Throughput::Elements(bench.ticks));
    for case in &bench.cases {
        group.bench_function(BenchmarkId::new("bare", case.name), |b| {
            b.iter(|| (case.bare)(&case.path));
        });
        group.bench_function(BenchmarkId::new("read", case.name), |b| {
            b.iter(|| bench.read(&case.path));
        });
        group.bench_function(BenchmarkId::new("import", case.name), |b| {
            b.iter(|| bench.import(&case.path));
        });
    }
    group.finish();
}

#[expect(clippy::disallowed_methods, reason = "how large and how strict is said from outside")]
fn main() -> ExitCode {
    let ticks = std::env::var("TICKDECK_BENCH_TICKS")
        .map_or(TICKS, |ticks| ticks.parse().expect("TICKDECK_BENCH_TICKS is a number"));
    let bench = Bench::new(ticks);
    if let Ok(min) = std::env::var("TICKDECK_BENCH_RATIO_MIN") {
        let min: f64 = min.parse().expect("TICKDECK_BENCH_RATIO_MIN is a number");
        let least = bench.cases.iter().map(|case| bench.ratio(case)).fold(f64::MAX, f64::min);
        println!("the least ratio is {least:.2}, at least {min:.2} is wanted");
        return if least >= min { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut criterion = Criterion::default().configure_from_args();
    readers(&mut criterion, &bench);
    criterion.final_summary();
    ExitCode::SUCCESS
}
