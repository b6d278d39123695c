//! What each fuzz target does with its bytes: one reader, held to what must be so whatever the
//! bytes are.
//!
//! The fuzzing binaries run them on bytes without end, `tests/fuzz_corpus.rs` on the files of
//! `corpus/`.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tickdeck::data::bar_file::BarFile;
use tickdeck::data::bar_source::BarSource;
use tickdeck::data::column_map::{ColumnMap, MappedColumn};
use tickdeck::data::detect::detect;
use tickdeck::data::dukascopy::bi5_candles::Bi5Candles;
use tickdeck::data::dukascopy::bi5_ticks::Bi5Ticks;
use tickdeck::data::dukascopy::content;
use tickdeck::data::error::DataError;
use tickdeck::data::format::{Format, Stated};
use tickdeck::data::input::{Input, inputs};
use tickdeck::data::specification::find;
use tickdeck::data::text::layout::Layout;
use tickdeck::data::tick_file::{Rows, TickFile, check_unit};
use tickdeck::data::tick_source::TickReader;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::bar::Bar;
use tickdeck::market::columns::TickColumns;

/// A target: gives the rows that were read, or what the reader said.
pub type Target = fn(&[u8]) -> Result<u64, String>;

/// All of them, by the names of their binaries and of their corpora.
pub const TARGETS: [(&str, Target); 7] = [
    ("tick_text", tick_text),
    ("bar_text", bar_text),
    ("detect", detection),
    ("bi5_ticks", bi5_ticks),
    ("bi5_candles", bi5_candles),
    ("parquet_ticks", parquet_ticks),
    ("parquet_bars", parquet_bars),
];

/// Rows after which a target has seen enough: a few bytes of Parquet or of an archive may hold
/// millions.
const ROWS_MAX: u64 = 100_000;
/// Rows of a batch at most, of any reader.
const BATCH_MAX: usize = 8_192;
/// The day that a name begins with, for files whose rows say the time of day alone.
const NAME: &str = "20140506_quote.csv";
/// Midnight of 2019-02-04.
const DAY: ServerMsc = ServerMsc(1_549_238_400_000);
const SYMBOL: SymbolId = SymbolId(3);

/// A text of ticks. The first byte picks layout and symbol.
pub fn tick_text(bytes: &[u8]) -> Result<u64, String> {
    text(bytes, Format::is_ticks, |input, format, spec| ticks_of(input, Some(format), spec))
}

/// A text of bars. The first byte picks layout and symbol.
pub fn bar_text(bytes: &[u8]) -> Result<u64, String> {
    text(
        bytes,
        |format| !format.is_ticks(),
        |input, format, spec| bars_of(input, Some(format), spec),
    )
}

/// A file of no stated kind: of any layout, packed or not.
pub fn detection(bytes: &[u8]) -> Result<u64, String> {
    in_file(bytes, |path| {
        let mut seen = Seen::default();
        for input in inputs(&[path])?.iter().take(8) {
            let one = match detect(input)? {
                format if format.is_ticks() => ticks_of(input, None, &symbol(0))?,
                _ => bars_of(input, None, &symbol(0))?,
            };
            seen.rows += one.rows;
            seen.note(one.sum.cast_signed());
            for mapped in mapped(input) {
                seen.note(mapped.map_or(0, |mapped| mapped.sum.cast_signed()));
            }
        }
        Ok(seen)
    })
}

/// Columns that are said by number or by name, as a person says them to `import`.
const TICK_MAPS: [&str; 3] = [
    "time=1,bid=2,ask=3,last=-",
    "date=1,time=2,bid=3,ask=4,volume=5,flags=6",
    "time=timestamp,symbol=symbol,ask=2,bid=3",
];
const BAR_MAPS: [&str; 3] = [
    "time=1,open=2,high=3,low=4,close=5",
    "date=1,time=2,open=3,high=4,low=5,close=6,tick_volume=7,real_volume=8,spread=9",
    "time=2,close=3,low=4,high=5,open=6,volume=-",
];

/// A table whose columns are said: ticks and bars, each in a few ways.
fn mapped(input: &Input) -> Vec<Result<Seen, DataError>> {
    let stated = |map: &str, format| Stated {
        map: ColumnMap(map.split(',').flat_map(str::parse::<MappedColumn>).collect()),
        format: Some(format),
        ..Stated::default()
    };
    let ticks = TICK_MAPS.iter().map(|map| {
        let stated = stated(map, Format::CsvTicks);
        let mut source = TickReader::open(input, &stated, SYMBOL, &symbol(0))?;
        read_ticks(|batch| source.read(batch))
    });
    let bars = BAR_MAPS.iter().map(|map| {
        let mut source = BarSource::open(input, &stated(map, Format::CsvBars), &symbol(0))?;
        read(Seen::bar, |batch| source.read(batch))
    });
    ticks.chain(bars).collect()
}

/// Dukascopy's ticks: the file as it is, or its records packed here.
pub fn bi5_ticks(bytes: &[u8]) -> Result<u64, String> {
    twice(|| {
        let file = bi5(bytes);
        drop(content::look(reader(&file), Path::new(NAME)));
        let mut source = Bi5Ticks::new(reader(&file), NAME.into(), DAY, SYMBOL, &symbol(0))?;
        let seen = read_ticks(|batch| source.read(batch))?;
        assert!(seen.rows >= ROWS_MAX || seen.rows <= 3_600_000);
        Ok(seen)
    })
}

/// Dukascopy's candles: the file as it is, or its records packed here.
pub fn bi5_candles(bytes: &[u8]) -> Result<u64, String> {
    twice(|| {
        let file = bi5(bytes);
        drop(content::look(reader(&file), Path::new(NAME)));
        let mut source = Bi5Candles::new(reader(&file), NAME.into(), DAY, &symbol(0))?;
        let seen = read(Seen::bar, |batch| source.read(batch))?;
        assert!(seen.rows + source.without_ticks() <= 1_440, "more minutes than a day has");
        Ok(seen)
    })
}

/// Ticks in Parquet, all rows and those that can be traded.
pub fn parquet_ticks(bytes: &[u8]) -> Result<u64, String> {
    let ticks = |rows| {
        in_file(bytes, |path| {
            let mut file = TickFile::open_with(path, SYMBOL, &symbol(0), rows)?;
            assert!(file.rows() > 0);
            drop(file.label().clone());
            read_ticks(|batch| file.read(batch))
        })
    };
    let (raw, tradable) = (ticks(Rows::Raw), ticks(Rows::Tradable));
    if let Ok(rows) = tradable {
        assert_eq!(raw, Ok(rows), "what can be traded is there");
    }
    raw
}

/// Bars in Parquet.
pub fn parquet_bars(bytes: &[u8]) -> Result<u64, String> {
    in_file(bytes, |path| {
        let mut file = BarFile::open(path, &symbol(0))?;
        drop(file.label().clone());
        read(Seen::bar, |batch| file.read(batch))
    })
}

/// What was read, in short: two readings of the same must be the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    rows: u64,
    sum: u64,
    last_msc: Option<i64>,
}

impl Seen {
    const fn note(&mut self, value: i64) {
        self.sum =
            (self.sum ^ value.cast_unsigned()).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }

    fn tick(&mut self, tick: &Tick) {
        assert!(check_unit(tick.time_msc.0).is_ok(), "{tick:?}");
        assert!(
            [tick.bid, tick.ask, tick.last].iter().all(|&price| price >= Price::ZERO),
            "{tick:?}"
        );
        assert_eq!(tick.symbol, SYMBOL);
        for value in [
            tick.time_msc.0,
            tick.bid.raw(),
            tick.ask.raw(),
            tick.last.raw(),
            tick.volume.into(),
            tick.flags.bits().into(),
        ] {
            self.note(value);
        }
    }

    fn bar(&mut self, bar: &Bar) {
        assert!(
            bar.time_msc.0 >= 0 && self.last_msc.is_none_or(|last| last < bar.time_msc.0),
            "{bar:?} after {:?}",
            self.last_msc
        );
        assert!(
            bar.low > Price::ZERO
                && bar.low <= bar.open.min(bar.close)
                && bar.high >= bar.open.max(bar.close),
            "{bar:?}"
        );
        self.last_msc = Some(bar.time_msc.0);
        let counts = [bar.spread.0, bar.tick_volume.cast_signed(), bar.real_volume.cast_signed()];
        for value in
            [bar.time_msc.0, bar.open.raw(), bar.high.raw(), bar.low.raw(), bar.close.raw()]
                .into_iter()
                .chain(counts)
        {
            self.note(value);
        }
        // Whoever is told of a bar is told its time.
        assert!(!bar.time_msc.to_string().is_empty());
    }
}

/// Reads ticks to the end, or until enough was seen.
fn read_ticks(
    mut next: impl FnMut(&mut TickColumns) -> Result<(), DataError>,
) -> Result<Seen, DataError> {
    let mut columns = TickColumns::default();
    read(Seen::tick, |batch| {
        next(&mut columns)?;
        batch.clear();
        batch.extend(columns.iter());
        Ok(())
    })
}

/// Reads to the end, or until enough was seen.
fn read<T>(
    each: fn(&mut Seen, &T),
    mut next: impl FnMut(&mut Vec<T>) -> Result<(), DataError>,
) -> Result<Seen, DataError> {
    let (mut seen, mut batch) = (Seen::default(), Vec::new());
    while seen.rows < ROWS_MAX {
        next(&mut batch)?;
        if batch.is_empty() {
            // Who asks again is told the same.
            next(&mut batch)?;
            assert!(batch.is_empty(), "rows after the end");
            break;
        }
        assert!(batch.len() <= BATCH_MAX, "a batch of {} rows", batch.len());
        for row in &batch {
            each(&mut seen, row);
        }
        seen.rows += batch.len() as u64;
    }
    Ok(seen)
}

fn stated(format: Option<Format>) -> Stated {
    Stated { format, ..Stated::default() }
}

fn ticks_of(input: &Input, format: Option<Format>, spec: &SymbolSpec) -> Result<Seen, DataError> {
    let mut source = TickReader::open(input, &stated(format), SYMBOL, spec)?;
    let seen = read_ticks(|batch| source.read(batch))?;
    drop(source.clock());
    Ok(seen)
}

fn bars_of(input: &Input, format: Option<Format>, spec: &SymbolSpec) -> Result<Seen, DataError> {
    let mut source = BarSource::open(input, &stated(format), spec)?;
    let seen = read(Seen::bar, |batch| source.read(batch))?;
    drop(source.clock());
    Ok(seen)
}

fn text(
    bytes: &[u8],
    is_kind: fn(Format) -> bool,
    read: impl Fn(&Input, Format, &SymbolSpec) -> Result<Seen, DataError>,
) -> Result<u64, String> {
    let Some((&pick, bytes)) = bytes.split_first() else { return Err("nothing picked".into()) };
    let is_text = |format: &Format| is_kind(*format) && Layout::of(*format).is_some();
    let formats: Vec<Format> = Format::ALL.into_iter().filter(is_text).collect();
    let (format, spec) =
        (formats[usize::from(pick) % formats.len()], symbol(usize::from(pick) / formats.len()));
    // What is packed is another target's: here, each row takes bytes.
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("packed".into());
    }
    let rows = in_file(bytes, |path| read(&Input::of(path)?, format, &spec))?;
    assert!(rows <= bytes.len() as u64 / 4, "{rows} rows of {} bytes", bytes.len());
    Ok(rows)
}

/// Five digits and three.
fn symbol(which: usize) -> SymbolSpec {
    let name = if which.is_multiple_of(2) { "EURUSD" } else { "USDJPY" };
    find(name, None, None).unwrap_or_else(|error| panic!("{error}"))
}

/// The first byte says whether what follows is a file, or records to be packed as Dukascopy packs
/// them.
fn bi5(bytes: &[u8]) -> Vec<u8> {
    let Some((&pick, bytes)) = bytes.split_first() else { return Vec::new() };
    if pick.is_multiple_of(2) {
        return bytes.into();
    }
    let options =
        lzma_rust2::LzmaOptions { dict_size: 1 << 12, ..lzma_rust2::LzmaOptions::with_preset(0) };
    let packed =
        lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, Some(bytes.len() as u64))
            .and_then(|mut writer| {
                writer.write_all(bytes)?;
                writer.finish()
            });
    packed.unwrap_or_else(|error| panic!("{error}"))
}

fn reader(file: &[u8]) -> Box<dyn std::io::Read + Send> {
    Box::new(std::io::Cursor::new(file.to_vec()))
}

/// Reads twice; both must say the same. An error names the file and is told with all its causes.
fn twice(mut once: impl FnMut() -> Result<Seen, DataError>) -> Result<u64, String> {
    let mut tell = || once().map_err(|error| told(&error));
    let (first, second) = (tell(), tell());
    assert_eq!(first, second, "read twice, it is not the same");
    if let Err(error) = &first {
        assert!(error.contains(NAME), "which file? {error}");
    }
    first.map(|seen| seen.rows)
}

fn told(error: &DataError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        write!(text, ": {cause}").unwrap_or_default();
        source = cause.source();
    }
    text
}

/// As [`twice`], from a file of the bytes.
fn in_file(
    bytes: &[u8],
    mut once: impl FnMut(&Path) -> Result<Seen, DataError>,
) -> Result<u64, String> {
    thread_local! {
        static SCRATCH: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
    }
    let path: PathBuf = SCRATCH.with(|cell| {
        cell.get_or_init(|| tempfile::tempdir().unwrap_or_else(|error| panic!("{error}")))
            .path()
            .join(NAME)
    });
    fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    twice(|| once(&path))
}
