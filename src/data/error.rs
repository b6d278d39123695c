//! What can be wrong with a tick or bar file. Every message names the file, the place in it and
//! what would be right.

use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::format::Format;
use crate::domain::text::ShownPath;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ZoneError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum DataError {
    /// The file is not there or may not be read.
    #[error("cannot open {}", path.shown())]
    Open { path: PathBuf, source: io::Error },
    /// Reading failed part-way.
    #[error("cannot read {}", path.shown())]
    Read { path: PathBuf, source: io::Error },
    /// The system starts no thread to read the file ahead.
    #[error("{}: no thread can be started that reads it: end other programs, or raise the limit on processes", path.shown())]
    NoThread { path: PathBuf, source: io::Error },
    /// Writing failed. What was there before is untouched.
    #[error("cannot write {}", path.shown())]
    Write { path: PathBuf, source: io::Error },
    /// The Parquet writer failed. What was there before is untouched.
    #[error("cannot write {}", path.shown())]
    WriteParquet { path: PathBuf, source: parquet::errors::ParquetError },
    /// A zip archive is inconsistent.
    #[error("{}: damaged zip archive", path.shown())]
    Archive { path: PathBuf, source: zip::result::ZipError },
    /// An archive, or an entry of one, cannot be read.
    #[error("{}: {flaw}", path.shown())]
    ArchiveEntry { path: PathBuf, flaw: String },
    /// There are several files where one is expected.
    #[error("{}: {files} files where one is read; make one of them with `tickdeck import` first", path.shown())]
    Several { path: PathBuf, files: usize },
    /// The file has no byte, or no row.
    #[error("{}: holds no {what}", path.shown())]
    Empty { path: PathBuf, what: &'static str },
    /// The file begins like Parquet, but does not end like it.
    #[error("{}: cut off: a Parquet file ends with PAR1, this one does not; copy or download it again", path.shown())]
    Truncated { path: PathBuf },
    /// The structure of a Parquet file is inconsistent.
    #[error("{}: damaged Parquet file{}", path.shown(), after_comma(*row))]
    Damaged { path: PathBuf, row: Option<u64>, source: parquet::errors::ParquetError },
    /// A required column is missing.
    #[error("{}: no column `{column}`{}; the columns are {}", path.shown(), meant(column, found), found.join(", "))]
    MissingColumn { path: PathBuf, column: String, found: Vec<String> },
    /// A table by name has no column of a meaning.
    #[error("{}: no column of the {word}; the columns are {}; `tickdeck import` takes --map {word}=NAME", path.shown(), found.join(", "))]
    UnmappedColumn { path: PathBuf, word: &'static str, found: Vec<String> },
    /// Rows without a header can be ticks or bars.
    #[error("{}: a row such as `{row}` can be one of {one} or of {other}: `tickdeck import` takes --format {one} or --format {other}", path.shown())]
    Ambiguous { path: PathBuf, row: String, one: Format, other: Format },
    /// No row is of the symbol.
    #[error("{}: holds no row of {symbol}; its rows are of {}", path.shown(), found.join(", "))]
    OtherSymbol { path: PathBuf, symbol: String, found: Vec<String> },
    /// Rows of several symbols.
    #[error("{}: its rows are of {}: say which with --symbol", path.shown(), found.join(", "))]
    Symbols { path: PathBuf, found: Vec<String> },
    /// Columns are said of a file that is no table by name.
    #[error("{}: --map says what the columns of a table by name mean; those of {format} are known", path.shown())]
    Mapped { path: PathBuf, format: Format },
    /// A column occurs twice.
    #[error("{}: more than one column `{column}`", path.shown())]
    DoubleColumn { path: PathBuf, column: String },
    /// A column holds another type than expected.
    #[error("{}, column `{column}`: found {found}, expected {expected}", path.shown())]
    WrongColumn { path: PathBuf, column: String, found: String, expected: &'static str },
    /// A file keeps more digits than the symbol has.
    #[error(
        "{}, column `{column}`: prices of {found} digits, but {symbol} has {digits}; say --digits {found} or give its specification with --spec (in a session, symbol.{symbol}.digits or specs)",
        path.shown()
    )]
    Digits { path: PathBuf, column: String, found: u32, symbol: String, digits: u32 },
    /// A value is wrong.
    #[error("{}, {place}, column `{column}`: {flaw}", path.shown())]
    Cell { path: PathBuf, place: FilePlace, column: String, flaw: Box<CellFlaw> },
    /// A line of a text is wrong as a whole.
    #[error("{}, {place}: {flaw}", path.shown())]
    Line { path: PathBuf, place: FilePlace, flaw: LineFlaw },
    /// Rows are not in order of time.
    #[error("{}, {place}: time goes back from {before} to {after}; rows must be in the order of time", path.shown())]
    TimeBack { path: PathBuf, place: FilePlace, before: ServerMsc, after: ServerMsc },
    /// A row is too far from its place in time to be moved there.
    #[error("{}, {place}: {time} comes more than {rows} rows too late to be put in order", path.shown())]
    TooLate { path: PathBuf, place: FilePlace, time: ServerMsc, rows: usize },
    /// A policy refuses a row.
    #[error("{}, {place}: {what} ({option} fail)", path.shown())]
    Refused { path: PathBuf, place: FilePlace, what: String, option: &'static str },
    /// The file states a clock that does not exist.
    #[error("{}: cannot tell its clock", path.shown())]
    Clock { path: PathBuf, source: ZoneError },
    /// Files have different clocks.
    #[error("{}: its clock is {own}, that of the rest is {other}; import them apart with one --clock, and with --zone what says none", path.shown())]
    OtherClock { path: PathBuf, own: String, other: String },
    /// Neither a file nor the user says by which clock its times are.
    #[error(
        "{}: does not say by which clock its times are: state it with --zone, such as --zone America/New_York+7 (many MT5 servers) or --zone UTC, or say --zone unknown",
        path.shown()
    )]
    UnstatedClock { path: PathBuf },
    /// Nobody knows the clock of a file, and the session does not say that it is its own.
    #[error(
        "{}: its clock is not known, as was said when it was imported: import it again with --zone ZONE; or the session says that it is its own, {session}, with assume_zone = true (or --set assume_zone=true)",
        path.shown()
    )]
    UnknownClock { path: PathBuf, session: String },
    /// A file says that it is of another symbol.
    #[error(
        "{}: holds {own}, as it says itself{}, and not {symbol}: give the file of {symbol}, or import its source again with --symbol {symbol}",
        path.shown(),
        .origin.as_ref().map(|origin| format!(" (made from {origin})")).unwrap_or_default()
    )]
    FileSymbol { path: PathBuf, own: String, origin: Option<String>, symbol: String },
    /// A file says that its prices have other digits.
    #[error(
        "{}: its prices have {own} digits, as it says itself, and {symbol} has {digits}: say --digits {own} or give its specification with --spec (in a session, symbol.{symbol}.digits or specs)",
        path.shown()
    )]
    FileDigits { path: PathBuf, own: u32, symbol: String, digits: u32 },
    /// A file says no number where it says its digits.
    #[error("{}: says `{value}` where it says the digits of its prices", path.shown())]
    LabelDigits { path: PathBuf, value: String },
    /// A file states another clock than the user.
    #[error("{}: its clock is {own}, as it says itself, and not {stated}: leave --zone out; --clock {stated} turns its times", path.shown())]
    StatedClock { path: PathBuf, own: String, stated: String },
    /// A session has another clock than its ticks.
    #[error("{}: its times are by the clock {own}, the session runs on {session}; import it with --clock {session}", path.shown())]
    SessionClock { path: PathBuf, own: String, session: String },
    /// Times cannot be converted to another clock when their own is not known.
    #[error("{}: cannot tell its clock, so its times cannot become those of {to}: state it with --zone", path.shown())]
    NoClock { path: PathBuf, to: String },
    /// Bars have another length than those before.
    #[error("{}: bars of {own}, those before are of {before}: import them apart", path.shown())]
    OtherTimeframe { path: PathBuf, own: String, before: String },
    /// A file is no table by its very name.
    #[error("{}: is {what}: {instead}", path.shown())]
    NoTable { path: PathBuf, what: &'static str, instead: &'static str },
    /// The output would replace an input.
    #[error("{}: is read and would be replaced by what is written: name another file with --out", path.shown())]
    OverInput { path: PathBuf },
    /// The clock of the output is set back while there are bars.
    #[error("{}: by the clock {clock} the bar after {before} would be of {after}: that clock is set back there", path.shown())]
    SetBack { path: PathBuf, clock: String, before: ServerMsc, after: ServerMsc },
    /// Bars would begin at other times by another clock.
    #[error("{}: bars of {timeframe} cannot be turned to another clock: they would begin elsewhere; turn ticks, or bars up to H1", path.shown())]
    LongBars { path: PathBuf, timeframe: String },
    /// An indicator needs tick volumes, and the bars have none.
    #[error("{}: {column} needs tick volumes, and the bar of {time} has none", path.shown())]
    NoVolume { path: PathBuf, time: ServerMsc, column: String },
    /// Two bars have the same time.
    #[error("{}, {place}: a second bar of {time}", path.shown())]
    SecondBar { path: PathBuf, place: FilePlace, time: ServerMsc },
    /// The prices of a bar contradict each other.
    #[error("{}, {place}: {prices}: the high must be the highest and the low the lowest", path.shown())]
    BarShape { path: PathBuf, place: FilePlace, prices: String },
    /// The file is in no readable format.
    #[error(
        "{}: {seen}; readable are exports of MT5, arrays of the MT5 API (Parquet or CSV), files of Dukascopy, HistData, TrueFX and Lean, tickdeck's \
         own, and any table with time, bid, ask or time, open, high, low, close, also in .gz, .zip and folders; `tickdeck import` takes \
         --format where the content of a file does not say what it is, --map where the names of its columns do not say what they mean",
        path.shown()
    )]
    UnknownFormat { path: PathBuf, seen: String },
    /// The file is readable, but of the other kind.
    #[error("{}: holds {seen}, expected {expected}", path.shown())]
    WrongKind { path: PathBuf, seen: &'static str, expected: &'static str },
    /// Two files cover the same time.
    #[error("{} ends at {end}, after {} begins at {begin}: files to be joined must not overlap", earlier.shown(), later.shown())]
    Overlap { earlier: PathBuf, later: PathBuf, end: ServerMsc, begin: ServerMsc },
    /// The file has times of day but no day.
    #[error(
        "{}: holds times of day and no date; its name, or that of its archive, must begin with the date, such as 20140506_quote.csv, or `tickdeck import` takes it: --date 2014-05-06",
        path.shown()
    )]
    NoDay { path: PathBuf },
    /// Bars are longer than the requested ones, or do not divide them.
    #[error("{}: bars of {from_minutes} minutes do not make bars of {timeframe}", path.shown())]
    Timeframe { path: PathBuf, from_minutes: i64, timeframe: String },
    /// A price or volume is too large for the layout of the output.
    #[error("{}: {what} {value} does not fit beside the {rows} rows before it; import the files apart", path.shown())]
    TooLarge { path: PathBuf, what: &'static str, value: String, rows: u64 },
    /// A tick has a price of more digits than the output keeps.
    #[error(
        "{}: the price {value} of the tick at {time} has more than {digits} digits; give the symbol's own digits",
        path.shown()
    )]
    TooFine { path: PathBuf, value: String, time: ServerMsc, digits: u32 },
    /// There is no such symbol.
    #[error(
        "no specification of `{symbol}`{}; give one with --spec FILE.json, as symbol_info() writes it",
        meant(symbol, known)
    )]
    UnknownSymbol { symbol: String, known: Vec<String> },
    // Dukascopy's files.
    /// A .bi5 file is wrong as a whole.
    #[error("{}: {flaw}", path.shown())]
    Bi5 { path: PathBuf, flaw: Box<Bi5Flaw> },
    // Specifications.
    /// A specification cannot be used.
    #[error("{symbol}: {flaw}")]
    Specification { symbol: String, flaw: String },
    /// A file of specifications cannot be read.
    #[error("{}: {flaw}", path.shown())]
    SpecificationFile { path: PathBuf, flaw: String },
}

impl DataError {
    /// An error about a value.
    #[must_use]
    pub fn cell(path: &Path, place: FilePlace, column: &str, flaw: CellFlaw) -> Self {
        Self::Cell { path: path.into(), place, column: column.into(), flaw: Box::new(flaw) }
    }
}

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePlace {
    /// A row of a table, the header not counted.
    Row(u64),
    /// A line of a text, the header counted.
    Line(u64),
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum CellFlaw {
    /// Nothing there.
    #[error("no value (null)")]
    Null,
    /// An empty cell where one must be filled.
    #[error("empty")]
    Blank,
    /// NaN or an infinity.
    #[error("{0} is not a finite number")]
    NotFinite(f64),
    /// A price below zero, or zero where a quote must stand.
    #[error("price {0} is not above 0")]
    NotPositive(String),
    /// A price finer than the symbol's digits.
    #[error("{value} has more than the {digits} digits of {symbol}")]
    TooManyDigits { value: String, digits: u32, symbol: String },
    /// Beyond what is kept.
    #[error("{0} is too large")]
    TooLarge(String),
    /// Not a number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// A volume, count or mask with a fraction or a sign.
    #[error("`{0}` is not a whole number from 0 on")]
    NotWhole(String),
    /// A volume with a fraction, after those of the first rows had none.
    #[error(
        "`{0}` is not whole, as the volumes of the first rows are: `tickdeck import` takes --map volume=- to leave them out"
    )]
    Fraction(String),
    /// Not a date.
    #[error("`{0}` is not a date such as 2025.09.22")]
    NotADate(String),
    /// Not a time of day.
    #[error("`{0}` is not a time of day such as 16:00:00.073")]
    NotATime(String),
    /// Not a date and a time.
    #[error("`{0}` is not a date and time such as {1}")]
    NotAMoment(String, &'static str),
    /// A year far from now.
    #[error("`{0}`: no tick and no bar is of a year from 2100 on")]
    FarYear(String),
    /// Not a time of the day in the file's name.
    #[error("`{0}` is not a number of milliseconds since midnight")]
    NotSinceMidnight(String),
    /// A time with an offset from UTC when the earlier rows had none, or without one when they had.
    #[error("`{0}`: the rows must all say their distance from UTC or none")]
    OtherOffset(String),
    /// A row of another pair.
    #[error("`{found}` is not {symbol}")]
    OtherPair { found: String, symbol: String },
    /// A decimal comma.
    #[error("`{0}` has a comma in it; a decimal point belongs there")]
    Comma(String),
    /// Seconds instead of milliseconds.
    #[error("{0} looks like seconds; milliseconds since 1970 belong here")]
    LooksLikeSeconds(i64),
    /// Micro- or nanoseconds instead of milliseconds.
    #[error("{0} looks like microseconds or less; milliseconds since 1970 belong here")]
    LooksLikeMicroseconds(i64),
    /// A binary field has an impossible value.
    #[error("{value} is not {expected}")]
    Outside { value: String, expected: &'static str },
}

impl CellFlaw {
    /// The flaw of a value where `expected` belongs.
    pub(super) fn outside(value: impl fmt::Display, expected: &'static str) -> Self {
        Self::Outside { value: value.to_string(), expected }
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum LineFlaw {
    /// Bytes that are no text.
    #[error("not {0} text")]
    Encoding(&'static str),
    /// A line that does not end.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// A number of cells that fits no layout.
    #[error("{found} cells, expected {expected}")]
    Cells { found: usize, expected: usize },
    /// The last line, without an end, has too few cells.
    #[error(
        "cut off: the last line has {found} of {expected} cells and no end; copy or export the file again"
    )]
    CutOff { found: usize, expected: usize },
    /// No header where a layout has one.
    #[error("no header, with which {0} begins")]
    NoHeader(&'static str),
    /// A header where a row should be.
    #[error("a second header: files were joined into one; import them apart")]
    SecondHeader,
    /// A file that was laid out and not filled.
    #[error(
        "bytes of zero instead of text: the file was not written to its end; copy or export it again"
    )]
    Nul,
    /// A binary record that is cut off.
    #[error("{found} bytes, where a record has {expected}: cut off, or a file of another kind")]
    PartRecord { found: usize, expected: usize },
}

fn after_comma(row: Option<u64>) -> String {
    row.map(|row| format!(" near row {row}")).unwrap_or_default()
}

/// `, did you mean ...?` for the nearest of the names that are there.
fn meant(wanted: &str, found: &[String]) -> String {
    let wanted = wanted.to_lowercase();
    let nearest =
        found.iter().map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name)).min();
    match nearest {
        Some((distance, name)) if distance * 2 <= wanted.len() => {
            format!(" (did you mean `{name}`?)")
        }
        _ => String::new(),
    }
}
