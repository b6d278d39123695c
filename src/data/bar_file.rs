//! Bars from a Parquet file: the arrays of the MT5 API, or what this program wrote.

use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::data::label::Label;
use crate::data::table::column::{IntColumn, Table};
use crate::data::table::price_column::{Digits, PriceColumn};
use crate::domain::amount::{Points, Price};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use crate::market::columns::PointColumn;
use parquet::basic::{LogicalType, TimeUnit, Type};
use std::path::Path;

const BATCH_ROWS: u64 = 4_096;
const PRICES: [&str; 4] = ["open", "high", "low", "close"];
const COUNTS: [&str; 3] = ["tick_volume", "spread", "real_volume"];

/// The bars of a Parquet file.
pub struct BarFile {
    table: Table,
    label: Label,
    digits: Digits,
    time: usize,
    time_unit: Unit,
    prices: [usize; 4],
    counts: [usize; 3],
    group: usize,
    columns: Option<Columns>,
    group_left: u64,
    row: u64,
    /// The number of rows in the last batch.
    batch_rows: u64,
    last_msc: Option<ServerMsc>,
}

/// The unit of the column `time`.
#[derive(Debug, Clone, Copy)]
enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

struct Columns {
    time: IntColumn,
    prices: [PriceColumn; 4],
    counts: [IntColumn; 3],
}

impl BarFile {
    /// Opens a file whose prices are those of `spec`.
    ///
    /// # Errors
    /// [`DataError`]: not readable, no row, a column missing or of a wrong type, or it says that it is
    /// of another symbol or has other digits.
    pub fn open(path: &Path, spec: &SymbolSpec) -> Result<Self, DataError> {
        let table = Table::open(path)?;
        let label = table.label()?;
        label.check(path, spec)?;
        let time = table.find("time")?;
        let time_unit = unit(&table, time)?;
        let mut prices = [0; 4];
        for (place, name) in prices.iter_mut().zip(PRICES) {
            *place = table.find(name)?;
        }
        let mut counts = [0; 3];
        for (place, name) in counts.iter_mut().zip(COUNTS) {
            *place = table.find(name)?;
        }
        if table.rows() == 0 {
            return Err(DataError::Empty { path: path.into(), what: "bar" });
        }
        let digits = Digits::of(spec);
        Ok(Self {
            table,
            label,
            digits,
            time,
            time_unit,
            prices,
            counts,
            group: 0,
            columns: None,
            group_left: 0,
            row: 0,
            batch_rows: 0,
            last_msc: None,
        })
    }

    /// What the file says of itself.
    #[must_use]
    pub const fn label(&self) -> &Label {
        &self.label
    }

    /// The row of the n-th bar in the last batch.
    #[must_use]
    pub const fn place(&self, at: usize) -> FilePlace {
        FilePlace::Row(self.row - self.batch_rows + at as u64 + 1)
    }

    /// Replaces `batch` by the next bars; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`] naming the row and the column.
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        batch.clear();
        while self.group_left == 0 {
            if self.group == self.table.groups() {
                return Ok(());
            }
            self.open_group()?;
        }
        let rows = self.group_left.min(BATCH_ROWS);
        self.decode(usize::try_from(rows).unwrap_or(usize::MAX), batch)?;
        self.group_left -= rows;
        self.row += rows;
        self.batch_rows = rows;
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), DataError> {
        let (table, group) = (&self.table, self.group);
        let price = |index| PriceColumn::open(table, group, index, &self.digits);
        let [open, high, low, close] = self.prices;
        let count = |index| IntColumn::open(table, group, index);
        let [tick_volume, spread, real_volume] = self.counts;
        self.columns = Some(Columns {
            time: count(self.time)?,
            prices: [price(open)?, price(high)?, price(low)?, price(close)?],
            counts: [count(tick_volume)?, count(spread)?, count(real_volume)?],
        });
        self.group_left = table.group_rows(group)?;
        self.group += 1;
        Ok(())
    }

    fn decode(&mut self, rows: usize, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        let Some(columns) = self.columns.as_mut() else { return Ok(()) };
        let (path, row) = (self.table.path(), self.row + 1);
        let mut scratch = [const { Vec::new() }; 4];
        let [time_scratch, count_scratch @ ..] = &mut scratch;
        let mut prices = [const { PointColumn::new() }; 4];
        for ((column, out), name) in columns.prices.iter_mut().zip(&mut prices).zip(PRICES) {
            column.read(rows, out).map_err(|stop| stop.at(path, row, name))?;
        }
        let times =
            columns.time.read(rows, time_scratch).map_err(|stop| stop.at(path, row, "time"))?;
        let mut counts: [&[i64]; 3] = [&[]; 3];
        for (((column, scratch), name), out) in
            columns.counts.iter_mut().zip(count_scratch).zip(COUNTS).zip(&mut counts)
        {
            *out = column.read(rows, scratch).map_err(|stop| stop.at(path, row, name))?;
        }
        let point_raw = self.digits.point().raw();
        for at in 0..rows {
            let [open, high, low, close] =
                prices.each_ref().map(|prices| Price::from_raw(prices.get(at) * point_raw));
            let place = FilePlace::Row(row + at as u64);
            let count = |which: usize| {
                let value = counts[which][at];
                let flaw = |_| {
                    DataError::cell(
                        path,
                        place,
                        COUNTS[which],
                        CellFlaw::NotWhole(value.to_string()),
                    )
                };
                u64::try_from(value).map_err(flaw)
            };
            let bar = Bar {
                time_msc: self
                    .time_unit
                    .msc(times[at])
                    .map_err(|flaw| DataError::cell(path, place, "time", flaw))?,
                open,
                high,
                low,
                close,
                tick_volume: count(0)?,
                // A crossed quote makes it negative.
                spread: Points(counts[1][at]),
                real_volume: count(2)?,
            };
            check_bar(path, place, self.last_msc, &bar)?;
            self.last_msc = Some(bar.time_msc);
            batch.push(bar);
        }
        Ok(())
    }
}

fn unit(table: &Table, index: usize) -> Result<Unit, DataError> {
    let column = table.descriptor(index);
    match (column.physical_type(), column.logical_type_ref()) {
        // The MT5 API gives plain seconds.
        (Type::INT64, None | Some(LogicalType::Integer(_))) => Ok(Unit::Seconds),
        (Type::INT64, Some(LogicalType::Timestamp(stamp))) => Ok(match stamp.unit {
            TimeUnit::MILLIS => Unit::Milliseconds,
            TimeUnit::MICROS => Unit::Microseconds,
            TimeUnit::NANOS => Unit::Nanoseconds,
        }),
        _ => Err(table.wrong(index, "a timestamp, or seconds on INT64")),
    }
}

impl Unit {
    fn msc(self, value: i64) -> Result<ServerMsc, CellFlaw> {
        let msc = match self {
            Self::Seconds => value.checked_mul(1000),
            Self::Milliseconds => Some(value),
            Self::Microseconds => Some(value.div_euclid(1000)),
            Self::Nanoseconds => Some(value.div_euclid(1_000_000)),
        };
        // Bars reach further back than ticks: charts of gold begin in 1970.
        let seconds_by_mistake = |msc: &i64| (0..100_000_000_000_000).contains(msc);
        msc.filter(seconds_by_mistake).map(ServerMsc).ok_or(CellFlaw::LooksLikeMicroseconds(value))
    }
}

/// Checks that the prices of a bar agree, and that it comes after the bar before it.
///
/// # Errors
/// [`DataError`] at `place`.
pub fn check_bar(
    path: &Path,
    place: FilePlace,
    before: Option<ServerMsc>,
    bar: &Bar,
) -> Result<(), DataError> {
    if before == Some(bar.time_msc) {
        return Err(DataError::SecondBar { path: path.into(), place, time: bar.time_msc });
    }
    if let Some(before) = before.filter(|&before| bar.time_msc < before) {
        return Err(DataError::TimeBack { path: path.into(), place, before, after: bar.time_msc });
    }
    let (top, bottom) = (bar.open.max(bar.close), bar.open.min(bar.close));
    if bar.low > Price::ZERO && bar.low <= bottom && bar.high >= top {
        return Ok(());
    }
    let prices =
        format!("open {}, high {}, low {}, close {}", bar.open, bar.high, bar.low, bar.close);
    Err(DataError::BarShape { path: path.into(), place, prices })
}
