//! Writes bars to a file: CSV for people and spreadsheets, or Parquet with exact decimals, by the
//! ending of its name.

use crate::data::error::DataError;
use crate::data::label::Label;
use crate::data::replace::Replacement;
use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::market::bar::Bar;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type, ZstdLevel};
use parquet::data_type::Int64Type;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type as SchemaType, TypePtr};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

/// The first line of a CSV file of bars.
pub const CSV_HEADER: &str = "time,open,high,low,close,tick_volume,spread,real_volume";
const GROUP_ROWS: usize = 1 << 16;
const ZSTD_LEVEL: i32 = 3;

/// Writes bars to a file that appears at [`BarWriter::finish`].
pub struct BarWriter {
    digits: u32,
    sink: Sink,
    bars: u64,
}

enum Sink {
    Csv(BufWriter<Replacement>),
    Parquet { file: Box<SerializedFileWriter<Replacement>>, pending: Vec<Bar> },
}

impl BarWriter {
    /// Begins a file for prices of `digits` digits: `.csv` or `.parquet`. A Parquet file has
    /// the `label`; CSV is a plain table.
    ///
    /// # Errors
    /// [`DataError`] when it cannot be written or has another ending.
    pub fn create(path: &Path, digits: u32, label: &Label) -> Result<Self, DataError> {
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let failed = |source| DataError::Write { path: path.into(), source };
        let sink = match ending.as_str() {
            "csv" => {
                let mut file = BufWriter::new(Replacement::create(path)?);
                writeln!(file, "{CSV_HEADER}").map_err(failed)?;
                Sink::Csv(file)
            }
            "parquet" => {
                let file = open_parquet(Replacement::create(path)?, digits, label);
                let file =
                    file.map_err(|source| DataError::WriteParquet { path: path.into(), source })?;
                Sink::Parquet { file: Box::new(file), pending: Vec::new() }
            }
            _ => {
                return Err(failed(io::Error::other(format!(
                    "bars are written to .csv or .parquet, not to `.{ending}`"
                ))));
            }
        };
        Ok(Self { digits, sink, bars: 0 })
    }

    /// The number of bars so far.
    #[must_use]
    pub const fn bars(&self) -> u64 {
        self.bars
    }

    /// Appends a bar.
    ///
    /// # Errors
    /// [`DataError::Write`].
    pub fn push(&mut self, bar: &Bar) -> Result<(), DataError> {
        self.bars += 1;
        match &mut self.sink {
            Sink::Csv(file) => {
                if bar.time_msc.0 % 1000 != 0 {
                    let path = file.get_ref().target().to_owned();
                    let what = format!(
                        "CSV has whole seconds, and a bar begins at {}: write .parquet",
                        bar.time_msc
                    );
                    return Err(DataError::Write { path, source: io::Error::other(what) });
                }
                let written = writeln!(file, "{}", csv_line(bar, self.digits));
                written.map_err(|source| DataError::Write {
                    path: file.get_ref().target().into(),
                    source,
                })
            }
            Sink::Parquet { file, pending } => {
                pending.push(*bar);
                if pending.len() == GROUP_ROWS {
                    write_group(file, pending, self.digits)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Moves the file to its place and returns the number of bars.
    ///
    /// # Errors
    /// [`DataError`]. What was at the path before is then untouched.
    pub fn finish(self) -> Result<u64, DataError> {
        match self.sink {
            Sink::Csv(file) => {
                let path = file.get_ref().target().to_owned();
                let file = file
                    .into_inner()
                    .map_err(|error| DataError::Write { path, source: error.into_error() })?;
                file.finish()?;
            }
            Sink::Parquet { mut file, mut pending } => {
                write_group(&mut file, &mut pending, self.digits)?;
                let path = file.inner().target().to_owned();
                file.into_inner()
                    .map_err(|source| DataError::WriteParquet { path, source })?
                    .finish()?;
            }
        }
        Ok(self.bars)
    }
}

/// A bar as a line of CSV. Its time is by the clock of the file that it came from.
#[must_use]
pub fn csv_line(bar: &Bar, digits: u32) -> String {
    let time = bar.time_msc.civil();
    let mut line = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    for price in [bar.open, bar.high, bar.low, bar.close] {
        line.push(',');
        line.push_str(&price.with_digits(digits));
    }
    let written = write!(line, ",{},{},{}", bar.tick_volume, bar.spread.0, bar.real_volume);
    debug_assert!(written.is_ok(), "writing to a string does not fail");
    line
}

fn open_parquet(
    file: Replacement,
    digits: u32,
    label: &Label,
) -> Result<SerializedFileWriter<Replacement>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by("tickdeck".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_offset_index_disabled(true)
        .set_key_value_metadata(label.pairs())
        .build();
    SerializedFileWriter::new(file, schema(digits)?, Arc::new(properties))
}

fn schema(digits: u32) -> Result<TypePtr, ParquetError> {
    let column = |name, logical: Option<LogicalType>| {
        let decimal = matches!(logical, Some(LogicalType::Decimal(_)));
        let builder = SchemaType::primitive_type_builder(name, Type::INT64)
            .with_repetition(Repetition::REQUIRED);
        let builder = if decimal {
            builder.with_precision(18).with_scale(digits.cast_signed())
        } else {
            builder
        };
        builder.with_logical_type(logical).build().map(Arc::new)
    };
    let price = |name| column(name, Some(LogicalType::decimal(digits.cast_signed(), 18)));
    let mut fields = vec![column("time", Some(LogicalType::timestamp(false, TimeUnit::MILLIS)))?];
    for name in ["open", "high", "low", "close"] {
        fields.push(price(name)?);
    }
    for name in ["tick_volume", "spread", "real_volume"] {
        fields.push(column(name, None)?);
    }
    SchemaType::group_type_builder("bars").with_fields(fields).build().map(Arc::new)
}

fn write_group(
    file: &mut SerializedFileWriter<Replacement>,
    bars: &mut Vec<Bar>,
    digits: u32,
) -> Result<(), DataError> {
    if bars.is_empty() {
        return Ok(());
    }
    let written = write_columns(file, bars, pow10(Price::SCALE - digits));
    bars.clear();
    written.map_err(|source| DataError::WriteParquet { path: file.inner().target().into(), source })
}

fn write_columns(
    file: &mut SerializedFileWriter<Replacement>,
    bars: &[Bar],
    unit_raw: i64,
) -> Result<(), ParquetError> {
    let counts = |bar: &Bar| -> Result<[i64; 2], ParquetError> {
        let signed = |count: u64| {
            i64::try_from(count)
                .map_err(|_| ParquetError::General(format!("the volume {count} is too large")))
        };
        Ok([signed(bar.tick_volume)?, signed(bar.real_volume)?])
    };
    let mut columns = [const { Vec::new() }; 8];
    for bar in bars {
        let [tick_volume, real_volume] = counts(bar)?;
        let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| price.raw() / unit_raw);
        let [open, high, low, close] = prices;
        let row = [bar.time_msc.0, open, high, low, close, tick_volume, bar.spread.0, real_volume];
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    let mut group = file.next_row_group()?;
    for values in &columns {
        let mut column = group
            .next_column()?
            .ok_or_else(|| ParquetError::General("the schema has no such column".into()))?;
        column.typed::<Int64Type>().write_batch(values, None, None)?;
        column.close()?;
    }
    group.close().map(drop)
}
