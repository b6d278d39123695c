//! Writes ticks to a Parquet file: the same bytes for the same ticks on every machine.
//!
//! It uses exact decimals with delta encoding and zstd, about 2.5 bytes per quote tick, and no
//! Arrow schema, because older readers would refuse the decimals. Columns that never change cost
//! nothing: the statistics say so and readers skip them.

use crate::data::error::DataError;
use crate::data::replace::Replacement;
use crate::data::table::column::CLOCK_KEY;
use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::domain::zone::ServerZone;
use crate::market::columns::{PointColumn, TickColumns};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type, ZstdLevel};
use parquet::data_type::{DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion,
};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type as SchemaType, TypePtr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows in a row group, which is held in memory before it is written.
const GROUP_ROWS: usize = 1 << 18;
/// Rows in a page, which a reader decompresses at once.
const PAGE_ROWS: usize = 1 << 15;
const ZSTD_LEVEL: i32 = 3;
/// The column of the source's own times.
const SOURCE_TIME: &str = "source_time_msc";
/// Largest unscaled decimal that 32 bits hold in Parquet (9 digits).
const INT32_MAX: i64 = 999_999_999;

/// How prices are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceForm {
    /// Exact decimals of the symbol's digits.
    Decimal,
    /// Doubles, for tools that know no decimals.
    Double,
}

/// The layout of a tick file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickLayout {
    /// Digits of the prices.
    pub digits: u32,
    /// How prices are kept.
    pub form: PriceForm,
    /// The clock of the times, if it is known.
    pub clock: Option<ServerZone>,
    /// Whether each time is also kept as it was in the source.
    pub source_times: SourceTimes,
}

/// Whether the source's times are kept next to the written ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceTimes {
    /// They are the same.
    Same,
    /// They are kept in a column `source_time_msc`.
    Kept,
}

impl TickLayout {
    /// Exact decimals of `digits` digits, without a stated clock.
    #[must_use]
    pub const fn exact(digits: u32) -> Self {
        Self { digits, form: PriceForm::Decimal, clock: None, source_times: SourceTimes::Same }
    }
}

/// The form of a price column in this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Int32,
    Int64,
    Double,
}

/// Writes ticks to a file that appears at [`TickWriter::finish`].
pub struct TickWriter {
    path: PathBuf,
    layout: TickLayout,
    /// None once the first row group is full: its prices decide the width of the columns.
    unopened: Option<Replacement>,
    file: Option<(SerializedFileWriter<Replacement>, Kept)>,
    pending: TickColumns,
    /// The times of the source, if they are kept.
    pending_source_msc: Vec<i64>,
    rows: u64,
}

impl std::fmt::Debug for TickWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TickWriter {{ path: {:?}, rows: {}, .. }}", self.path, self.rows)
    }
}

impl TickWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// [`DataError::Write`].
    pub fn create(path: &Path, layout: TickLayout) -> Result<Self, DataError> {
        let unopened = Some(Replacement::create(path)?);
        let (pending, pending_source_msc) = (TickColumns::default(), Vec::new());
        Ok(Self {
            path: path.into(),
            layout,
            unopened,
            file: None,
            pending,
            pending_source_msc,
            rows: 0,
        })
    }

    /// Appends ticks. Their prices must have no more than the file's digits, and their times are
    /// those of the source.
    ///
    /// # Errors
    /// [`DataError`]: of the disk, or a price that does not fit the width that the first rows
    /// decided.
    pub fn push(&mut self, ticks: &[Tick]) -> Result<(), DataError> {
        self.append(ticks, |tick, _| tick.time_msc.0)
    }

    /// Appends ticks, each with its time in the source.
    ///
    /// # Errors
    /// As [`TickWriter::push`].
    ///
    /// # Panics
    /// If there is not one time for each tick.
    pub fn push_from(&mut self, ticks: &[Tick], source_msc: &[i64]) -> Result<(), DataError> {
        assert_eq!(ticks.len(), source_msc.len(), "one time for each tick");
        self.append(ticks, |_, at| source_msc[at])
    }

    fn append(
        &mut self,
        ticks: &[Tick],
        source_msc: impl Fn(&Tick, usize) -> i64,
    ) -> Result<(), DataError> {
        for (at, tick) in ticks.iter().enumerate() {
            self.begin_group(tick.symbol);
            self.pending.push(tick);
            if self.layout.source_times == SourceTimes::Kept {
                self.pending_source_msc.push(source_msc(tick, at));
            }
            self.end_group()?;
        }
        Ok(())
    }

    /// Appends the ticks of `range` of a batch, all of one symbol. The source's times are theirs.
    ///
    /// # Errors
    /// As [`TickWriter::push`].
    pub fn push_columns(
        &mut self,
        ticks: &TickColumns,
        range: Range<usize>,
    ) -> Result<(), DataError> {
        let mut from = range.start;
        while from < range.end {
            self.begin_group(ticks.symbol());
            let until = range.end.min(from + GROUP_ROWS - self.pending.len());
            self.pending.extend(ticks, from..until);
            if self.layout.source_times == SourceTimes::Kept {
                self.pending_source_msc.extend_from_slice(&ticks.time_msc()[from..until]);
            }
            from = until;
            self.end_group()?;
        }
        Ok(())
    }

    fn begin_group(&mut self, symbol: SymbolId) {
        if self.pending.is_empty() {
            self.pending.begin(symbol, Price::from_raw(pow10(Price::SCALE - self.layout.digits)));
        }
    }

    fn end_group(&mut self) -> Result<(), DataError> {
        if self.pending.len() == GROUP_ROWS { self.write_group() } else { Ok(()) }
    }

    /// Writes what is left, moves the file to its place and returns the number of rows.
    ///
    /// # Errors
    /// [`DataError`]. What was at the path before is then untouched.
    pub fn finish(mut self) -> Result<u64, DataError> {
        if !self.pending.is_empty() || self.file.is_none() {
            self.write_group()?;
        }
        if let Some((file, _)) = self.file.take() {
            let path = self.path.clone();
            let replacement =
                file.into_inner().map_err(|source| DataError::WriteParquet { path, source })?;
            replacement.finish()?;
        }
        Ok(self.rows)
    }

    fn write_group(&mut self) -> Result<(), DataError> {
        if let Some(replacement) = self.unopened.take() {
            let kept = self.choose();
            let schema = schema(kept, &self.layout).map_err(|source| self.failed(source))?;
            let file = SerializedFileWriter::new(
                replacement,
                schema,
                properties(kept, &self.layout).map_err(|source| self.failed(source))?,
            );
            self.file = Some((file.map_err(|source| self.failed(source))?, kept));
        }
        let (path, unit_raw) = (self.path.clone(), pow10(Price::SCALE - self.layout.digits));
        let Some((file, kept)) = self.file.as_mut() else { return Ok(()) };
        if *kept == Kept::Int32
            && let Some(largest) = first_above(&self.pending, unit_raw, INT32_MAX)
        {
            let value = largest.to_string();
            return Err(DataError::TooLarge { path, what: "the price", value, rows: self.rows });
        }
        if !self.pending.is_empty() {
            let written =
                write_columns(file, *kept, unit_raw, &self.pending, &self.pending_source_msc);
            written.map_err(|source| DataError::WriteParquet { path, source })?;
        }
        self.rows += self.pending.len() as u64;
        self.pending.clear();
        self.pending_source_msc.clear();
        Ok(())
    }

    fn failed(&self, source: ParquetError) -> DataError {
        DataError::WriteParquet { path: self.path.clone(), source }
    }

    /// 32 bits if the prices leave room to grow fourfold.
    fn choose(&self) -> Kept {
        let unit_raw = pow10(Price::SCALE - self.layout.digits);
        match self.layout.form {
            PriceForm::Double => Kept::Double,
            PriceForm::Decimal => match first_above(&self.pending, unit_raw, INT32_MAX / 4) {
                None => Kept::Int32,
                Some(_) => Kept::Int64,
            },
        }
    }
}

/// The largest price of the first tick with one of more than `units_max` units; none when all are
/// smaller.
fn first_above(ticks: &TickColumns, unit_raw: i64, units_max: i64) -> Option<Price> {
    let largest = |tick: Tick| tick.bid.max(tick.ask).max(tick.last);
    ticks.iter().map(largest).find(|price| price.raw() / unit_raw > units_max)
}

fn schema(kept: Kept, layout: &TickLayout) -> Result<TypePtr, ParquetError> {
    let plain = |name, physical| {
        SchemaType::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .build()
            .map(Arc::new)
    };
    let price = |name| {
        let (physical, precision) = match kept {
            Kept::Int32 => (Type::INT32, 9),
            Kept::Int64 => (Type::INT64, 18),
            Kept::Double => return plain(name, Type::DOUBLE),
        };
        let scale = layout.digits.cast_signed();
        SchemaType::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(Some(LogicalType::decimal(scale, precision)))
            .with_precision(precision)
            .with_scale(scale)
            .build()
            .map(Arc::new)
    };
    let mut fields = vec![
        plain("time_msc", Type::INT64)?,
        price("bid")?,
        price("ask")?,
        price("last")?,
        plain("volume", Type::INT64)?,
        plain("flags", Type::INT32)?,
    ];
    if layout.source_times == SourceTimes::Kept {
        fields.push(plain(SOURCE_TIME, Type::INT64)?);
    }
    SchemaType::group_type_builder("ticks").with_fields(fields).build().map(Arc::new)
}

/// Everything that affects the bytes is set here; nothing is left to defaults of the library, which
/// may change.
fn properties(kept: Kept, layout: &TickLayout) -> Result<WriterPropertiesPtr, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by("tickdeck".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(1 << 20)
        .set_write_batch_size(1 << 13);
    if let Some(clock) = &layout.clock {
        builder = builder.set_key_value_metadata(Some(vec![KeyValue::new(
            CLOCK_KEY.to_owned(),
            clock.to_string(),
        )]));
    }
    for name in ["time_msc", "volume", "flags", SOURCE_TIME] {
        builder =
            builder.set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in ["bid", "ask", "last"] {
        let column = ColumnPath::from(name);
        builder = match kept {
            // Delta encoding is for whole numbers; doubles repeat, so they use a dictionary.
            Kept::Double => builder.set_column_dictionary_enabled(column, true),
            Kept::Int32 | Kept::Int64 => {
                builder.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
            }
        };
    }
    Ok(Arc::new(builder.build()))
}

fn write_columns(
    file: &mut SerializedFileWriter<Replacement>,
    kept: Kept,
    unit_raw: i64,
    ticks: &TickColumns,
    source_msc: &[i64],
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    write_column::<Int64Type>(&mut group, ticks.time_msc())?;
    write_quotes(&mut group, kept, unit_raw, ticks, ticks.bid())?;
    write_quotes(&mut group, kept, unit_raw, ticks, ticks.ask())?;
    let lasts = ticks.iter().map(|tick| tick.last.raw());
    write_prices(&mut group, kept, unit_raw, lasts)?;
    let volumes: Vec<i64> = ticks.iter().map(|tick| i64::from(tick.volume)).collect();
    write_column::<Int64Type>(&mut group, &volumes)?;
    let flags: Vec<i32> = ticks.iter().map(|tick| i32::from(tick.flags.bits())).collect();
    write_column::<Int32Type>(&mut group, &flags)?;
    if !source_msc.is_empty() {
        write_column::<Int64Type>(&mut group, source_msc)?;
    }
    group.close().map(drop)
}

/// Bids or Asks, as they are where the batch counts in the file's units.
fn write_quotes(
    group: &mut SerializedRowGroupWriter<'_, Replacement>,
    kept: Kept,
    unit_raw: i64,
    ticks: &TickColumns,
    prices: &PointColumn,
) -> Result<(), ParquetError> {
    match prices.narrow() {
        Some(points) if kept == Kept::Int32 && ticks.point_raw() == unit_raw => {
            write_column::<Int32Type>(group, points)
        }
        _ => {
            let raw = (0..prices.len()).map(|at| prices.get(at) * ticks.point_raw());
            write_prices(group, kept, unit_raw, raw)
        }
    }
}

/// Prices in 10⁻⁹.
fn write_prices(
    group: &mut SerializedRowGroupWriter<'_, Replacement>,
    kept: Kept,
    unit_raw: i64,
    raw: impl Iterator<Item = i64>,
) -> Result<(), ParquetError> {
    match kept {
        Kept::Int64 => {
            let units: Vec<i64> = raw.map(|raw| raw / unit_raw).collect();
            write_column::<Int64Type>(group, &units)
        }
        // The whole group has been checked to fit.
        Kept::Int32 => {
            let units = raw.map(|raw| i32::try_from(raw / unit_raw).unwrap_or(i32::MAX));
            write_column::<Int32Type>(group, &units.collect::<Vec<i32>>())
        }
        Kept::Double => {
            let prices: Vec<f64> = raw.map(|raw| Price::from_raw(raw).to_f64()).collect();
            write_column::<DoubleType>(group, &prices)
        }
    }
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Replacement>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has no such column".into()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}
