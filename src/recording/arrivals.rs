//! The order in which the ticks of a live session came, and when: `arrivals.parquet`.
//!
//! Ticks of a simulated session come at their own moments, so that their files say when they come. Live, a
//! tick comes a while after its time, and ticks of several symbols come in any order. Then the recording has
//! one row for each tick of all its files:
//!
//! ```text
//! symbol     INT32  the symbol's place in the session; its next tick is the one that came
//! input_seq  INT64  the number of the input
//! at_ns      INT64  when it came, in nanoseconds of UTC since 1970
//! ```

use crate::data::tick_groups::write_column;
use crate::domain::id::{ContentHash, SymbolId};
use crate::domain::time::Timestamp;
use crate::recording::error::RecordingError;
use crate::recording::hashed_file::hash_file;
use parquet::basic::{Compression, Encoding, Repetition, Type, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type as SchemaType;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the file.
pub const ARRIVALS: &str = "arrivals.parquet";

const COLUMNS: [(&str, Type); 3] =
    [("symbol", Type::INT32), ("input_seq", Type::INT64), ("at_ns", Type::INT64)];
const GROUP_ROWS: usize = 1 << 16;
const ZSTD_LEVEL: i32 = 3;

/// The arrival of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The symbol, whose next tick it is.
    pub symbol: SymbolId,
    /// The number of the input.
    pub input_seq: u64,
    /// When it came.
    pub at: Timestamp,
}

/// Rows of the file, as columns.
#[derive(Debug, Default)]
struct Rows {
    symbols: Vec<i32>,
    numbers: Vec<i64>,
    at_ns: Vec<i64>,
}

/// Writes the file.
pub struct ArrivalWriter {
    path: PathBuf,
    file: SerializedFileWriter<File>,
    rows: Rows,
}

impl std::fmt::Debug for ArrivalWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ArrivalWriter {{ path: {:?}, .. }}", self.path)
    }
}

impl ArrivalWriter {
    /// Begins the file.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(path: PathBuf) -> Result<Self, RecordingError> {
        let file = File::create(&path).map_err(RecordingError::io("create", &path))?;
        match begun(file) {
            Ok(file) => Ok(Self { path, file, rows: Rows::default() }),
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// Takes the arrival of a tick.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, arrival: Arrival) -> Result<(), RecordingError> {
        let Arrival { symbol, input_seq, at } = arrival;
        self.rows.symbols.push(i32::from(symbol.0));
        self.rows.numbers.push(input_seq.cast_signed());
        self.rows.at_ns.push(at.nanos());
        if self.rows.symbols.len() < GROUP_ROWS { Ok(()) } else { self.write_group() }
    }

    fn write_group(&mut self) -> Result<(), RecordingError> {
        let rows = std::mem::take(&mut self.rows);
        rows.write(&mut self.file).map_err(|error| failed(&self.path, error))
    }

    /// Ends the file, makes it durable and returns its hash.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<ContentHash, RecordingError> {
        if !self.rows.symbols.is_empty() {
            self.write_group()?;
        }
        let Self { path, file, .. } = self;
        let file = file.into_inner().map_err(|error| failed(&path, error))?;
        file.sync_all().map_err(RecordingError::io("write", &path))?;
        hash_file(&path)
    }
}

/// Reads the file, a row group at a time.
pub struct ArrivalReader {
    path: PathBuf,
    file: SerializedFileReader<File>,
    group: usize,
    rows: Rows,
    /// How many of the rows have been read.
    read: usize,
}

impl ArrivalReader {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be read, or has other columns.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let file = File::open(path).map_err(RecordingError::io("open", path))?;
        let file = SerializedFileReader::new(file).map_err(|error| failed(path, error))?;
        let schema = file.metadata().file_metadata().schema_descr();
        let found: Vec<_> = schema
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), column.physical_type()))
            .collect();
        if !found.iter().map(|(name, kind)| (name.as_str(), *kind)).eq(COLUMNS) {
            let names = COLUMNS.map(|(name, _)| name).join(", ");
            return Err(RecordingError::text(path, None, format!("its columns must be {names}")));
        }
        Ok(Self { path: path.to_owned(), file, group: 0, rows: Rows::default(), read: 0 })
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.file.metadata().file_metadata().num_rows().max(0).cast_unsigned()
    }

    /// The next arrival, which is not taken; none after the last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn peek(&mut self) -> Result<Option<Arrival>, RecordingError> {
        while self.read == self.rows.symbols.len() {
            if self.group == self.file.num_row_groups() {
                return Ok(None);
            }
            let rows = Rows::read(&self.file, self.group);
            self.rows = rows.map_err(|error| failed(&self.path, error))?;
            (self.group, self.read) = (self.group + 1, 0);
        }
        let Rows { symbols, numbers, at_ns } = &self.rows;
        let at = Timestamp::from_nanos(at_ns[self.read]);
        let input_seq = numbers[self.read].cast_unsigned();
        let symbol = SymbolId(u16::try_from(symbols[self.read]).unwrap_or(u16::MAX));
        Ok(Some(Arrival { symbol, input_seq, at }))
    }

    /// Takes the arrival that [`ArrivalReader::peek`] has shown.
    pub const fn take(&mut self) {
        self.read += 1;
    }
}

impl Rows {
    fn write(&self, file: &mut SerializedFileWriter<File>) -> Result<(), ParquetError> {
        let mut group = file.next_row_group()?;
        write_column::<Int32Type>(&mut group, &self.symbols)?;
        write_column::<Int64Type>(&mut group, &self.numbers)?;
        write_column::<Int64Type>(&mut group, &self.at_ns)?;
        group.close().map(drop)
    }

    fn read(file: &SerializedFileReader<File>, group: usize) -> Result<Self, ParquetError> {
        let group = file.get_row_group(group)?;
        let count = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let mut rows = Self::default();
        for place in 0..COLUMNS.len() {
            let read = match (group.get_column_reader(place)?, place) {
                (ColumnReader::Int32ColumnReader(mut reader), 0) => {
                    reader.read_records(count, None, None, &mut rows.symbols)?
                }
                (ColumnReader::Int64ColumnReader(mut reader), 1) => {
                    reader.read_records(count, None, None, &mut rows.numbers)?
                }
                (ColumnReader::Int64ColumnReader(mut reader), _) => {
                    reader.read_records(count, None, None, &mut rows.at_ns)?
                }
                _ => return Err(ParquetError::General("a column of another type".into())),
            };
            if read.0 != count {
                return Err(ParquetError::General(format!("{} of {count} rows", read.0)));
            }
        }
        Ok(rows)
    }
}

fn begun(file: File) -> Result<SerializedFileWriter<File>, ParquetError> {
    let fields = COLUMNS.map(|(name, kind)| {
        SchemaType::primitive_type_builder(name, kind)
            .with_repetition(Repetition::REQUIRED)
            .build()
            .map(Arc::new)
    });
    let fields = fields.into_iter().collect::<Result<_, _>>()?;
    let schema = SchemaType::group_type_builder("arrivals").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_created_by("tickdeck".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_encoding(Encoding::DELTA_BINARY_PACKED)
        .build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

fn failed(path: &Path, error: ParquetError) -> RecordingError {
    RecordingError::Ticks { path: path.to_owned(), source: error.into() }
}
