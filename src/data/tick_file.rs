//! Ticks from a Parquet file: the path that every simulated tick takes.
//!
//! One reader for our own layout (exact decimals), for the arrays of the MT5 API (doubles) and for
//! anything in between: each column is read according to its type. Rows keep the order of the file,
//! also when they share a millisecond or are identical. Memory is bounded by a batch and a page of
//! each column.

use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::data::label::Label;
use crate::data::table::column::{Chunk, IntColumn, Stop, Table};
use crate::data::table::price_column::{Digits, PriceColumn};
use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::TickFlags;
use crate::domain::time::{NANOS_PER_MS, ServerMsc};
use crate::market::columns::{PointColumn, TickColumns, TickRest};
use crate::session::ports::{PortError, TickStream};
use parquet::basic::{LogicalType, TimeUnit, Type};
use parquet::data_type::Int64Type;
use std::path::Path;

/// The number of rows decoded at once: large enough to make calls cheap, small enough for all
/// columns to stay in the cache.
const BATCH_ROWS: u64 = 8_192;
/// Numbers below this (1973 in milliseconds) are taken for seconds.
const MSC_MIN: i64 = 100_000_000_000;
/// Numbers above this (2262 in milliseconds) are taken for microseconds, or cannot be represented
/// in nanoseconds.
const MSC_MAX: i64 = i64::MAX / NANOS_PER_MS;

/// Which rows are accepted as ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Only ticks that can be traded: a zero quote, which MT5 sends for an empty book, or a time
    /// that goes back is an error.
    Tradable,
    /// All rows, for code that counts and cleans them.
    Raw,
}

/// A stream of the ticks of one file.
pub struct TickFile {
    table: Table,
    label: Label,
    symbol: SymbolId,
    digits: Digits,
    kind: Rows,
    places: Places,
    /// The next row group.
    group: usize,
    columns: Option<FileColumns>,
    /// The number of rows of the open row group that have not been read yet.
    group_left: u64,
    /// The number of rows read.
    row: u64,
    /// The number of rows in the last batch.
    batch_rows: u64,
    last_msc: i64,
    unknown_flags: u64,
    lasts: PointColumn,
    volumes: Vec<i64>,
    flags: Vec<i64>,
}

/// The indices of the columns in the file.
struct Places {
    time: usize,
    bid: usize,
    ask: usize,
    last: Option<usize>,
    volume: Option<usize>,
    flags: Option<usize>,
}

/// The columns of the open row group.
struct FileColumns {
    time: Chunk<Int64Type>,
    bid: PriceColumn,
    ask: PriceColumn,
    last: Option<PriceColumn>,
    volume: IntColumn,
    flags: IntColumn,
}

impl TickFile {
    /// Opens a file whose prices are those of `spec`.
    ///
    /// # Errors
    /// [`DataError`]: not readable, no row, a column missing or of a wrong type, or it says that it is
    /// of another symbol or has other digits.
    pub fn open(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        Self::open_with(path, symbol, spec, Rows::Tradable)
    }

    /// As [`TickFile::open`], with the kind of rows to accept.
    ///
    /// # Errors
    /// As [`TickFile::open`].
    pub fn open_with(
        path: &Path,
        symbol: SymbolId,
        spec: &SymbolSpec,
        kind: Rows,
    ) -> Result<Self, DataError> {
        let table = Table::open(path)?;
        let label = table.label()?;
        label.check(path, spec)?;
        let places = Places::find(&table)?;
        if table.rows() == 0 {
            return Err(DataError::Empty { path: path.into(), what: "tick" });
        }
        let mut file = Self {
            table,
            label,
            symbol,
            digits: Digits::of(spec),
            kind,
            places,
            group: 0,
            columns: None,
            group_left: 0,
            row: 0,
            batch_rows: 0,
            last_msc: 0,
            unknown_flags: 0,
            lasts: PointColumn::default(),
            volumes: Vec::new(),
            flags: Vec::new(),
        };
        // Opened here rather than at the first batch, so that a wrong type is found before anything
        // runs.
        file.open_group()?;
        Ok(file)
    }

    /// The number of rows in the file.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.table.rows()
    }

    /// The times of the first and the last tick, found without reading the rows in between.
    ///
    /// # Errors
    /// [`DataError`], with the row.
    pub fn span(&self) -> Result<Option<(ServerMsc, ServerMsc)>, DataError> {
        let groups = self.table.groups();
        let first = (0..groups).find_map(|group| self.ends(group).transpose()).transpose()?;
        let last = (0..groups).rev().find_map(|group| self.ends(group).transpose()).transpose()?;
        Ok(first.zip(last).map(|((first, _), (_, last))| (ServerMsc(first), ServerMsc(last))))
    }

    /// The first and the last time of a row group; none when it has no row.
    fn ends(&self, group: usize) -> Result<Option<(i64, i64)>, DataError> {
        let before =
            (0..group).map(|group| self.table.group_rows(group)).sum::<Result<u64, _>>()?;
        let rows = self.table.group_rows(group)?;
        let mut times: Chunk<Int64Type> = self.table.chunk(group, self.places.time)?;
        let (mut read, mut ends) = (0, None);
        while read < rows {
            let count = (rows - read).min(BATCH_ROWS);
            let batch = times.read(usize::try_from(count).unwrap_or(usize::MAX));
            let batch =
                batch.map_err(|stop| stop.at(self.table.path(), before + read + 1, "time_msc"))?;
            if let (Some(&first), Some(&last)) = (batch.first(), batch.last()) {
                ends = Some((ends.map_or(first, |(first, _)| first), last));
            }
            read += count;
        }
        Ok(ends)
    }

    /// What the file says of itself.
    #[must_use]
    pub const fn label(&self) -> &Label {
        &self.label
    }

    /// Replaces `batch` by the next ticks; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`], with the row and the column.
    pub fn read(&mut self, batch: &mut TickColumns) -> Result<(), DataError> {
        batch.begin(self.symbol, self.digits.point());
        while self.group_left == 0 {
            if self.group == self.table.groups() {
                return Ok(());
            }
            self.open_group()?;
        }
        let rows = self.group_left.min(BATCH_ROWS);
        self.decode(rows, batch)?;
        self.group_left -= rows;
        self.row += rows;
        self.batch_rows = rows;
        Ok(())
    }

    /// With [`Rows::Raw`]: the number of rows so far with undocumented bits in their flags.
    #[must_use]
    pub const fn unknown_flags(&self) -> u64 {
        self.unknown_flags
    }

    /// The row of the n-th tick in the last batch.
    #[must_use]
    pub const fn place(&self, at: usize) -> FilePlace {
        FilePlace::Row(self.row - self.batch_rows + at as u64 + 1)
    }

    fn open_group(&mut self) -> Result<(), DataError> {
        if self.group < self.table.groups() {
            self.group_left = self.table.group_rows(self.group)?;
            self.columns =
                Some(FileColumns::open(&self.table, self.group, &self.places, &self.digits)?);
            self.group += 1;
        }
        Ok(())
    }

    fn decode(&mut self, rows: u64, batch: &mut TickColumns) -> Result<(), DataError> {
        let Some(columns) = self.columns.as_mut() else { return Ok(()) };
        let path = self.table.path();
        let row = self.row + 1;
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let (kind, last_msc) = (self.kind, &mut self.last_msc);
        batch.fill(|times, bids, asks| {
            let read = columns.time.read_into(rows, times);
            read.map_err(|stop| stop.at(path, row, "time_msc"))?;
            let checked = match kind {
                Rows::Tradable => check_times(times, *last_msc),
                Rows::Raw => check_units(times),
            };
            checked.map_err(|wrong| wrong.at(path, row))?;
            *last_msc = times.last().copied().unwrap_or(*last_msc);
            for (column, name, out) in
                [(&mut columns.bid, "bid", bids), (&mut columns.ask, "ask", asks)]
            {
                let read = column.read(rows, out).and_then(|()| match kind {
                    Rows::Tradable => check_quotes(out),
                    Rows::Raw => Ok(()),
                });
                read.map_err(|stop| stop.at(path, row, name))?;
            }
            Ok(())
        })?;
        self.decode_rest(rows, batch)
    }

    /// What a tick says beside its time and quotes: mostly the same for all rows.
    fn decode_rest(&mut self, rows: usize, batch: &mut TickColumns) -> Result<(), DataError> {
        let Some(columns) = self.columns.as_mut() else { return Ok(()) };
        let path = self.table.path();
        let row = self.row + 1;
        if let (None, IntColumn::Constant(volume), IntColumn::Constant(flags)) =
            (&columns.last, &columns.volume, &columns.flags)
        {
            let volume =
                whole(*volume).map_err(|flaw| Stop::Value(0, flaw).at(path, row, "volume"))?;
            let bits = whole(*flags).map_err(|flaw| Stop::Value(0, flaw).at(path, row, "flags"))?;
            let flags = TickFlags::from_mt5(bits);
            if u32::from(flags.bits()) != bits {
                self.unknown_flags += rows as u64;
            }
            batch.fill_like(TickRest { last: Price::ZERO, volume, flags });
            return Ok(());
        }
        self.lasts.clear();
        if let Some(last) = columns.last.as_mut() {
            last.read(rows, &mut self.lasts).map_err(|stop| stop.at(path, row, "last"))?;
        }
        let volumes = read_whole(&mut columns.volume, rows, &mut self.volumes)
            .map_err(|stop| stop.at(path, row, "volume"))?;
        let flags = read_whole(&mut columns.flags, rows, &mut self.flags)
            .map_err(|stop| stop.at(path, row, "flags"))?;
        if self.kind == Rows::Raw {
            self.unknown_flags +=
                flags.iter().filter(|&&flags| has_unknown_bits(flags)).count() as u64;
        }
        let (lasts, point_raw) = (&self.lasts, self.digits.point().raw());
        let last = |at| if lasts.is_empty() { 0 } else { lasts.get(at) * point_raw };
        batch.fill_rest(volumes.iter().zip(flags).enumerate().map(|(at, (&volume, &flags))| {
            let flags = TickFlags::from_mt5(low(flags));
            TickRest { last: Price::from_raw(last(at)), volume: low(volume), flags }
        }));
        Ok(())
    }
}

impl TickStream for TickFile {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        Ok(self.read(batch)?)
    }
}

impl Places {
    fn find(table: &Table) -> Result<Self, DataError> {
        let time = table.find("time_msc")?;
        let column = table.descriptor(time);
        let in_msc = match column.logical_type_ref() {
            None | Some(LogicalType::Integer(_)) => true,
            Some(LogicalType::Timestamp(stamp)) => stamp.unit == TimeUnit::MILLIS,
            Some(_) => false,
        };
        if column.physical_type() != Type::INT64 || !in_msc {
            return Err(table.wrong(time, "milliseconds on INT64"));
        }
        let optional = |name| if table.has(name) { table.find(name).map(Some) } else { Ok(None) };
        Ok(Self {
            time,
            bid: table.find("bid")?,
            ask: table.find("ask")?,
            last: optional("last")?,
            volume: optional("volume")?,
            flags: optional("flags")?,
        })
    }
}

impl FileColumns {
    fn open(
        table: &Table,
        group: usize,
        places: &Places,
        digits: &Digits,
    ) -> Result<Self, DataError> {
        let ints = |place: Option<usize>, absent| match place {
            Some(index) => IntColumn::open(table, group, index),
            None => Ok(IntColumn::Constant(absent)),
        };
        let last = match places.last {
            Some(index) if table.constant(group, index) != Some(0) => {
                Some(PriceColumn::open(table, group, index, digits)?)
            }
            _ => None,
        };
        Ok(Self {
            time: table.chunk(group, places.time)?,
            bid: PriceColumn::open(table, group, places.bid, digits)?,
            ask: PriceColumn::open(table, group, places.ask, digits)?,
            last,
            volume: ints(places.volume, 0)?,
            // Rows of a file without flags are full quotes.
            flags: ints(places.flags, i64::from(TickFlags::QUOTE.bits()))?,
        })
    }
}

/// What is wrong with the times of a batch.
enum WrongTime {
    Back { at: usize, before: i64, after: i64 },
    Unit(Stop),
}

impl WrongTime {
    fn at(self, path: &Path, row: u64) -> DataError {
        match self {
            Self::Back { at, before, after } => DataError::TimeBack {
                path: path.into(),
                place: FilePlace::Row(row + at as u64),
                before: ServerMsc(before),
                after: ServerMsc(after),
            },
            Self::Unit(stop) => stop.at(path, row, "time_msc"),
        }
    }
}

fn check_times(times: &[i64], last_msc: i64) -> Result<(), WrongTime> {
    let (Some(&first), Some(&end)) = (times.first(), times.last()) else { return Ok(()) };
    // The sign bits collect every step back without a branch or a comparison per row. No step wraps
    // if no time is below zero or far above the limit. If no step goes back, the first and the last
    // time bound all others.
    let bits = times.iter().fold(0, |all, time| all | time);
    let steps = times
        .iter()
        .zip(&times[1..])
        .fold(0, |all, (before, after)| all | after.wrapping_sub(*before));
    if (0..1 << 48).contains(&bits)
        && steps >= 0
        && first >= last_msc
        && first >= MSC_MIN
        && end < MSC_MAX
    {
        return Ok(());
    }
    let mut before = last_msc;
    for (at, &after) in times.iter().enumerate() {
        check_unit(after).map_err(|flaw| WrongTime::Unit(Stop::Value(at, flaw)))?;
        if after < before {
            return Err(WrongTime::Back { at, before, after });
        }
        before = after;
    }
    Ok(())
}

fn check_units(times: &[i64]) -> Result<(), WrongTime> {
    // The sign bit collects every time out of range, also one so far out that a difference wraps:
    // then the other one is below zero.
    let out = |time: i64| time.wrapping_sub(MSC_MIN) | (MSC_MAX - 1).wrapping_sub(time);
    if times.iter().fold(0, |all, &time| all | out(time)) >= 0 {
        return Ok(());
    }
    let wrong = |(at, &time): (usize, &i64)| {
        check_unit(time).err().map(|flaw| WrongTime::Unit(Stop::Value(at, flaw)))
    };
    times.iter().enumerate().find_map(wrong).map_or(Ok(()), Err)
}

/// Checks that a number can be milliseconds since 1970.
///
/// # Errors
/// The unit that it looks like instead.
pub fn check_unit(time_msc: i64) -> Result<(), CellFlaw> {
    match time_msc {
        ..MSC_MIN => Err(CellFlaw::LooksLikeSeconds(time_msc)),
        MSC_MAX.. => Err(CellFlaw::LooksLikeMicroseconds(time_msc)),
        _ => Ok(()),
    }
}

fn check_quotes(prices: &PointColumn) -> Result<(), Stop> {
    match prices.first_not_positive() {
        None => Ok(()),
        Some(at) => Err(Stop::Value(at, CellFlaw::NotPositive("0".into()))),
    }
}

/// Volumes or flags of the next rows: whole numbers of 32 bits.
fn read_whole<'a>(
    column: &'a mut IntColumn,
    rows: usize,
    scratch: &'a mut Vec<i64>,
) -> Result<&'a [i64], Stop> {
    let values = column.read(rows, scratch)?;
    check_whole(values)?;
    Ok(values)
}

fn has_unknown_bits(flags: i64) -> bool {
    i64::from(TickFlags::from_mt5(low(flags)).bits()) != flags
}

fn check_whole(values: &[i64]) -> Result<(), Stop> {
    if values.iter().fold(0, |all, &value| all | value) >> 32 == 0 {
        return Ok(());
    }
    let found = values
        .iter()
        .enumerate()
        .find_map(|(at, &value)| whole(value).err().map(|flaw| Stop::Value(at, flaw)));
    found.map_or(Ok(()), Err)
}

fn whole(value: i64) -> Result<u32, CellFlaw> {
    u32::try_from(value).map_err(|_| {
        if value < 0 {
            CellFlaw::NotWhole(value.to_string())
        } else {
            CellFlaw::TooLarge(value.to_string())
        }
    })
}

/// The low 32 bits of a value that has been checked to fit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked a batch at a time"
)]
const fn low(value: i64) -> u32 {
    value as u32
}
