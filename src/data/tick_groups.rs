//! The row groups of a tick file: their schema, their encoding, and how one is written.

use crate::data::replace::Replacement;
use crate::data::table::constant_chunk::ConstantChunk;
use crate::data::tick_layout::{GROUP_ROWS, PageForm, SourceTimes, TickLayout};
use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::market::columns::{PointColumn, TickColumns};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type, ZstdLevel};
use parquet::data_type::{DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion,
};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, SchemaDescriptor, Type as SchemaType, TypePtr};
use std::io::Write;
use std::sync::Arc;

/// Rows in a page, which a reader decompresses at once.
const PAGE_ROWS: usize = 1 << 15;
const ZSTD_LEVEL: i32 = 3;
/// The column of the source's own times.
const SOURCE_TIME: &str = "source_time_msc";
/// The places of the columns that are mostly constant.
const LAST: usize = 3;
const VOLUME: usize = 4;
const FLAGS: usize = 5;

/// The form of a price column in this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceWidth {
    /// Decimals of 32 bits.
    Int32,
    /// Decimals of 64 bits.
    Int64,
    /// Doubles.
    Double,
}

/// A file to which row groups are written.
pub struct TickGroups {
    file: SerializedFileWriter<Replacement>,
    width: PriceWidth,
    unit_raw: i64,
    schema: SchemaDescriptor,
    properties: WriterPropertiesPtr,
    constants: Constants,
}

/// The columns that were the same throughout the last row group.
#[derive(Default)]
struct Constants {
    last_int32: Option<ConstantChunk<i32>>,
    last_int64: Option<ConstantChunk<i64>>,
    last_double: Option<ConstantChunk<f64>>,
    volume: Option<ConstantChunk<i64>>,
    flags: Option<ConstantChunk<i32>>,
}

impl TickGroups {
    /// Begins the file.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn create(
        replacement: Replacement,
        width: PriceWidth,
        layout: &TickLayout,
    ) -> Result<Self, ParquetError> {
        let (schema, properties) = (schema(width, layout)?, properties(width, layout)?);
        Ok(Self {
            file: SerializedFileWriter::new(replacement, schema.clone(), properties.clone())?,
            width,
            unit_raw: pow10(Price::SCALE - layout.digits),
            schema: SchemaDescriptor::new(schema),
            properties,
            constants: Constants::default(),
        })
    }

    /// The form of its prices.
    #[must_use]
    pub const fn width(&self) -> PriceWidth {
        self.width
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn into_inner(self) -> Result<Replacement, ParquetError> {
        self.file.into_inner()
    }

    /// Writes a row group. Its prices have been checked to fit.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn write(&mut self, ticks: &TickColumns, source_msc: &[i64]) -> Result<(), ParquetError> {
        let Self { file, width, unit_raw, .. } = self;
        let mut group = file.next_row_group()?;
        write_column::<Int64Type>(&mut group, ticks.time_msc())?;
        write_quotes(&mut group, *width, *unit_raw, ticks, ticks.bid())?;
        write_quotes(&mut group, *width, *unit_raw, ticks, ticks.ask())?;
        let Self { schema, properties, constants, .. } = self;
        let append = Append { group: &mut group, schema, properties, rows: ticks.len() };
        constants.write_rest(append, *width, *unit_raw, ticks)?;
        if !source_msc.is_empty() {
            write_column::<Int64Type>(&mut group, source_msc)?;
        }
        group.close().map(drop)
    }
}

/// A row group, and what is needed to encode a column of it apart.
struct Append<'a, 'b> {
    group: &'a mut SerializedRowGroupWriter<'b, Replacement>,
    schema: &'a SchemaDescriptor,
    properties: &'a WriterPropertiesPtr,
    rows: usize,
}

impl Append<'_, '_> {
    /// Writes the column at `place`, which has one value, from `encoded` if that is the same.
    fn constant<D: DataType<T: Copy + PartialEq>>(
        &mut self,
        place: usize,
        value: D::T,
        encoded: &mut Option<ConstantChunk<D::T>>,
    ) -> Result<(), ParquetError> {
        let (column, properties) = (self.schema.column(place), self.properties.clone());
        let chunk = match encoded.take().filter(|chunk| chunk.is(value, self.rows)) {
            Some(chunk) => chunk,
            None => ConstantChunk::encode::<D>(column, properties, value, self.rows)?,
        };
        chunk.append(self.group)?;
        // The last group of a file is the only one of another size.
        *encoded = Some(chunk).filter(|_| self.rows == GROUP_ROWS);
        Ok(())
    }
}

impl Constants {
    /// Writes last prices, volumes and flags.
    fn write_rest(
        &mut self,
        mut append: Append<'_, '_>,
        width: PriceWidth,
        unit_raw: i64,
        ticks: &TickColumns,
    ) -> Result<(), ParquetError> {
        if let Some(like) = ticks.like() {
            let units = like.last.raw() / unit_raw;
            match width {
                PriceWidth::Int32 => {
                    let units = i32::try_from(units).unwrap_or(i32::MAX);
                    append.constant::<Int32Type>(LAST, units, &mut self.last_int32)?;
                }
                PriceWidth::Int64 => {
                    append.constant::<Int64Type>(LAST, units, &mut self.last_int64)?;
                }
                PriceWidth::Double => {
                    append.constant::<DoubleType>(
                        LAST,
                        like.last.to_f64(),
                        &mut self.last_double,
                    )?;
                }
            }
            append.constant::<Int64Type>(VOLUME, like.volume.into(), &mut self.volume)?;
            return append.constant::<Int32Type>(FLAGS, like.flags.bits().into(), &mut self.flags);
        }
        let group = append.group;
        write_prices(group, width, unit_raw, ticks.iter().map(|tick| tick.last.raw()))?;
        let volumes: Vec<i64> = ticks.iter().map(|tick| i64::from(tick.volume)).collect();
        write_column::<Int64Type>(group, &volumes)?;
        let flags: Vec<i32> = ticks.iter().map(|tick| i32::from(tick.flags.bits())).collect();
        write_column::<Int32Type>(group, &flags)
    }
}

fn schema(width: PriceWidth, layout: &TickLayout) -> Result<TypePtr, ParquetError> {
    let plain = |name, physical| {
        SchemaType::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .build()
            .map(Arc::new)
    };
    let price = |name| {
        let (physical, precision) = match width {
            PriceWidth::Int32 => (Type::INT32, 9),
            PriceWidth::Int64 => (Type::INT64, 18),
            PriceWidth::Double => return plain(name, Type::DOUBLE),
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
fn properties(width: PriceWidth, layout: &TickLayout) -> Result<WriterPropertiesPtr, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by("tickdeck".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(match layout.pages {
            PageForm::Compressed => Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?),
            PageForm::Plain => Compression::UNCOMPRESSED,
        })
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(1 << 20)
        .set_write_batch_size(1 << 13)
        .set_key_value_metadata(layout.label.pairs());
    for name in ["time_msc", "volume", "flags", SOURCE_TIME] {
        builder =
            builder.set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
    }
    if layout.pages == PageForm::Plain {
        for name in ["time_msc", "bid", "ask"] {
            let column = ColumnPath::from(name);
            builder = builder.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
    }
    for name in ["bid", "ask", "last"] {
        let column = ColumnPath::from(name);
        builder = match width {
            // Delta encoding is for whole numbers; doubles repeat, so they use a dictionary.
            PriceWidth::Double => builder.set_column_dictionary_enabled(column, true),
            PriceWidth::Int32 | PriceWidth::Int64 => {
                builder.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
            }
        };
    }
    Ok(Arc::new(builder.build()))
}

/// Bids or Asks, as they are where the batch counts in the file's units.
fn write_quotes(
    group: &mut SerializedRowGroupWriter<'_, Replacement>,
    width: PriceWidth,
    unit_raw: i64,
    ticks: &TickColumns,
    prices: &PointColumn,
) -> Result<(), ParquetError> {
    match prices.narrow() {
        Some(points) if width == PriceWidth::Int32 && ticks.point_raw() == unit_raw => {
            write_column::<Int32Type>(group, points)
        }
        _ => {
            let raw = (0..prices.len()).map(|at| prices.get(at) * ticks.point_raw());
            write_prices(group, width, unit_raw, raw)
        }
    }
}

/// Prices in 10⁻⁹.
fn write_prices(
    group: &mut SerializedRowGroupWriter<'_, Replacement>,
    width: PriceWidth,
    unit_raw: i64,
    raw: impl Iterator<Item = i64>,
) -> Result<(), ParquetError> {
    match width {
        PriceWidth::Int64 => {
            let units: Vec<i64> = raw.map(|raw| raw / unit_raw).collect();
            write_column::<Int64Type>(group, &units)
        }
        // The whole group has been checked to fit.
        PriceWidth::Int32 => {
            let units = raw.map(|raw| i32::try_from(raw / unit_raw).unwrap_or(i32::MAX));
            write_column::<Int32Type>(group, &units.collect::<Vec<i32>>())
        }
        PriceWidth::Double => {
            let prices: Vec<f64> = raw.map(|raw| Price::from_raw(raw).to_f64()).collect();
            write_column::<DoubleType>(group, &prices)
        }
    }
}

/// Writes the next column of a row group.
///
/// # Errors
/// Those of the disk, and when the schema has no more columns.
pub fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has no such column".into()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}
