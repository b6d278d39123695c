//! A Parquet file as columns, each decoded a batch at a time into a buffer that is reused.
//!
//! It bypasses Arrow: the plain column readers return typed values without arrays in between. It
//! never allocates by a count that the file claims, only by the size of a batch or of a page.

use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::data::label::Label;
use crate::data::table::headers::{FOOTER_MAX, check_footer};
use crate::data::table::pages::{CheckedPages, PageFile};
use parquet::basic::{LogicalType, Type};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Magic bytes at both ends of a Parquet file.
pub const MAGIC: &[u8; 4] = b"PAR1";

/// An open Parquet file.
pub struct Table {
    path: PathBuf,
    file: Arc<PageFile>,
    metadata: ParquetMetaData,
    names: Vec<String>,
    rows: u64,
}

impl Table {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// [`DataError`]: the file does not exist, is empty, cut off or damaged, or a column occurs
    /// twice.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = crate::data::plain_file::open(path)
            .map_err(|source| DataError::Open { path: path.into(), source })?;
        let footer = read_footer(path, &mut file)?;
        let decoded =
            check_footer(&footer).and_then(|()| ParquetMetaDataReader::decode_metadata(&footer));
        let metadata = decoded.map_err(|source| DataError::Damaged {
            path: path.into(),
            row: None,
            source,
        })?;
        check_extents(path, &metadata)?;
        let meta = metadata.file_metadata();
        let names: Vec<String> =
            meta.schema_descr().columns().iter().map(|column| column.path().string()).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name))
        {
            return Err(DataError::DoubleColumn { path: path.into(), column: twice.1.clone() });
        }
        let in_groups = metadata
            .row_groups()
            .iter()
            .try_fold(0_i64, |sum, group| sum.checked_add(group.num_rows()));
        let rows =
            u64::try_from(meta.num_rows()).ok().filter(|_| in_groups == Some(meta.num_rows()));
        let rows = rows.ok_or_else(|| {
            damaged(path, None, "the row groups do not sum to the number of rows")
        })?;
        Ok(Self { path: path.into(), file: Arc::new(PageFile(file)), metadata, names, rows })
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of rows that the file claims.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether there is a column of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|column| column == name)
    }

    /// The names of the columns, in the file's order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The index of a column.
    ///
    /// # Errors
    /// [`DataError::MissingColumn`]; [`DataError::WrongColumn`] when it is nested.
    pub fn find(&self, name: &str) -> Result<usize, DataError> {
        let missing = || DataError::MissingColumn {
            path: self.path.clone(),
            column: name.into(),
            found: self.names.clone(),
        };
        let index = self.names.iter().position(|column| column == name).ok_or_else(missing)?;
        let column = self.descriptor(index);
        if column.max_rep_level() > 0 || column.max_def_level() > 1 {
            return Err(self.wrong(index, "a plain column"));
        }
        Ok(index)
    }

    /// What the file says of itself.
    ///
    /// # Errors
    /// [`DataError::Clock`] when its clock does not exist, [`DataError::LabelDigits`].
    pub fn label(&self) -> Result<Label, DataError> {
        Label::read(&self.path, self.metadata.file_metadata().key_value_metadata())
    }

    /// What the schema says of a column.
    #[must_use]
    pub fn descriptor(&self, index: usize) -> &ColumnDescriptor {
        &self.metadata.file_metadata().schema_descr().columns()[index]
    }

    /// The error that a column is of another type than `expected`.
    #[must_use]
    pub fn wrong(&self, index: usize, expected: &'static str) -> DataError {
        let column = self.descriptor(index);
        let found = match column.logical_type_ref() {
            Some(LogicalType::Timestamp(stamp)) => {
                format!("{} (a timestamp in {:?})", column.physical_type(), stamp.unit)
            }
            Some(logical) => format!("{} ({logical:?})", column.physical_type()),
            None => column.physical_type().to_string(),
        };
        DataError::WrongColumn {
            path: self.path.clone(),
            column: self.names[index].clone(),
            found,
            expected,
        }
    }

    /// The number of row groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// The rows of a row group.
    ///
    /// # Errors
    /// [`DataError::Damaged`] when the number is negative.
    pub fn group_rows(&self, group: usize) -> Result<u64, DataError> {
        let rows = self.metadata.row_group(group).num_rows();
        u64::try_from(rows)
            .map_err(|_| damaged(&self.path, None, "a row group with a negative number of rows"))
    }

    /// Opens a column of a row group; `T` is its physical type, which the caller has checked.
    ///
    /// # Errors
    /// [`DataError::Damaged`].
    pub fn chunk<T: DataType>(&self, group: usize, index: usize) -> Result<Chunk<T>, DataError> {
        let damaged = |source| DataError::Damaged { path: self.path.clone(), row: None, source };
        let chunk = self.metadata.row_group(group).column(index);
        // It would need the number of rows only with an index of pages.
        let pages =
            SerializedPageReader::new(self.file.clone(), chunk, 0, None).map_err(damaged)?;
        let descriptor = self.metadata.file_metadata().schema_descr().column(index);
        let pages =
            CheckedPages::new(Box::new(pages), T::get_type_size(), descriptor.max_def_level());
        let optional = descriptor.max_def_level() > 0;
        Ok(Chunk {
            reader: ColumnReaderImpl::new(descriptor, Box::new(pages)),
            optional,
            levels: Vec::new(),
            values: Vec::new(),
        })
    }

    /// The value of an integer column that is the same throughout a row group, if the file's
    /// statistics say so. Such a column need not be decoded.
    #[must_use]
    pub fn constant(&self, group: usize, index: usize) -> Option<i64> {
        let chunk = self.metadata.row_group(group).column(index);
        let statistics = chunk.statistics()?;
        let nulls_out =
            self.descriptor(index).max_def_level() == 0 || statistics.null_count_opt() == Some(0);
        let (min, max) = match statistics {
            Statistics::Int32(values) => {
                (i64::from(*values.min_opt()?), i64::from(*values.max_opt()?))
            }
            Statistics::Int64(values) => (*values.min_opt()?, *values.max_opt()?),
            _ => return None,
        };
        (nulls_out && min == max).then_some(min)
    }
}

/// The bytes of the footer. An empty file, or one without a Parquet end, is refused before anything
/// is read from it.
fn read_footer(path: &Path, file: &mut File) -> Result<Vec<u8>, DataError> {
    /// After the footer: its length and the magic bytes.
    const TAIL: u32 = 8;
    let failed = |source| DataError::Read { path: path.into(), source };
    let length = file.metadata().map_err(failed)?.len();
    if length == 0 {
        return Err(DataError::Empty { path: path.into(), what: "byte" });
    }
    let mut tail = [0; TAIL as usize];
    if length >= MAGIC.len() as u64 + u64::from(TAIL) {
        file.seek(SeekFrom::End(-i64::from(TAIL))).map_err(failed)?;
        file.read_exact(&mut tail).map_err(failed)?;
    }
    let [a, b, c, d, magic @ ..] = tail;
    if magic != *MAGIC {
        return Err(DataError::Truncated { path: path.into() });
    }
    let size = u32::from_le_bytes([a, b, c, d]);
    let back = i64::from(size) + i64::from(TAIL);
    if u64::try_from(back).is_ok_and(|back| back > length) {
        return Err(damaged(path, None, "the footer claims to be longer than the file"));
    }
    if size > FOOTER_MAX {
        return Err(damaged(
            path,
            None,
            &format!(
                "a footer of {size} bytes; more than {FOOTER_MAX} are not read: write larger row groups"
            ),
        ));
    }
    let mut footer = vec![0; size as usize];
    file.seek(SeekFrom::End(-back)).map_err(failed)?;
    file.read_exact(&mut footer).map_err(failed)?;
    Ok(footer)
}

/// Refuses columns that claim to lie outside the file: the decoder trusts their offsets and would
/// panic.
fn check_extents(path: &Path, meta: &ParquetMetaData) -> Result<(), DataError> {
    let length = std::fs::metadata(path)
        .map_err(|source| DataError::Read { path: path.into(), source })?
        .len();
    for column in meta.row_groups().iter().flat_map(RowGroupMetaData::columns) {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let end =
            start.checked_add(column.compressed_size()).and_then(|end| u64::try_from(end).ok());
        let sound = start >= 0
            && column.data_page_offset() >= 0
            && column.compressed_size() >= 0
            && column.num_values() >= 0;
        if !sound || end.is_none_or(|end| end > length) {
            let what = format!(
                "column `{}` claims to lie outside the file",
                column.column_path().string()
            );
            return Err(damaged(path, None, &what));
        }
    }
    Ok(())
}

/// An error about damage, in our own words.
#[must_use]
pub fn damaged(path: &Path, row: Option<u64>, what: &str) -> DataError {
    DataError::Damaged { path: path.into(), row, source: ParquetError::General(what.to_owned()) }
}

/// Why a batch cannot be read.
#[derive(Debug)]
pub enum Stop {
    /// The value at this index of the batch is wrong.
    Value(usize, CellFlaw),
    /// The column has fewer values than the row group has rows.
    Short,
    /// The decoder's own error.
    Parquet(ParquetError),
}

impl Stop {
    /// The error for a batch of `column` whose first row is `row` (counted from 1).
    #[must_use]
    pub fn at(self, path: &Path, row: u64, column: &str) -> DataError {
        match self {
            Self::Value(at, flaw) => {
                DataError::cell(path, FilePlace::Row(row + at as u64), column, flaw)
            }
            Self::Short => damaged(
                path,
                Some(row),
                &format!("column `{column}` has fewer values than the file has rows"),
            ),
            Self::Parquet(source) => {
                DataError::Damaged { path: path.into(), row: Some(row), source }
            }
        }
    }
}

/// A column of one row group.
pub struct Chunk<T: DataType> {
    reader: ColumnReaderImpl<T>,
    optional: bool,
    levels: Vec<i16>,
    values: Vec<T::T>,
}

impl<T: DataType> Chunk<T> {
    /// The next `rows` values.
    ///
    /// # Errors
    /// [`Stop`]: a null, too few values, or a damaged page.
    pub fn read(&mut self, rows: usize) -> Result<&[T::T], Stop> {
        let mut values = std::mem::take(&mut self.values);
        let read = self.read_into(rows, &mut values);
        self.values = values;
        read.map(|()| &*self.values)
    }

    /// Replaces `out` by the next `rows` values.
    ///
    /// # Errors
    /// As [`Chunk::read`].
    pub fn read_into(&mut self, rows: usize, out: &mut Vec<T::T>) -> Result<(), Stop> {
        self.levels.clear();
        out.clear();
        let levels = self.optional.then_some(&mut self.levels);
        let (records, values, _) =
            self.reader.read_records(rows, levels, None, out).map_err(Stop::Parquet)?;
        if values < records {
            let null = self.levels.iter().position(|&level| level == 0).unwrap_or(values);
            return Err(Stop::Value(null, CellFlaw::Null));
        }
        if records < rows { Err(Stop::Short) } else { Ok(()) }
    }
}

/// An integer column of one row group, widened to 64 bits.
pub enum IntColumn {
    /// The same value throughout; the column is not decoded.
    Constant(i64),
    /// 32 bits, and whether they are unsigned.
    Int32(Chunk<Int32Type>, bool, Vec<i64>),
    /// 64 bits.
    Int64(Chunk<Int64Type>),
}

impl IntColumn {
    /// Opens a column of a row group.
    ///
    /// # Errors
    /// [`DataError::WrongColumn`] when it does not hold integers.
    pub fn open(table: &Table, group: usize, index: usize) -> Result<Self, DataError> {
        let column = table.descriptor(index);
        let unsigned =
            matches!(column.logical_type_ref(), Some(LogicalType::Integer(int)) if !int.is_signed);
        if let Some(value) = table.constant(group, index) {
            return Ok(Self::Constant(
                if unsigned && value < 0 && column.physical_type() == Type::INT32 {
                    value & 0xffff_ffff
                } else {
                    value
                },
            ));
        }
        match column.physical_type() {
            Type::INT32 => Ok(Self::Int32(table.chunk(group, index)?, unsigned, Vec::new())),
            Type::INT64 => Ok(Self::Int64(table.chunk(group, index)?)),
            _ => Err(table.wrong(index, "whole numbers (INT32 or INT64)")),
        }
    }

    /// The next `rows` values; `scratch` holds those of a constant column.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn read<'a>(
        &'a mut self,
        rows: usize,
        scratch: &'a mut Vec<i64>,
    ) -> Result<&'a [i64], Stop> {
        match self {
            Self::Constant(value) => {
                scratch.clear();
                scratch.resize(rows, *value);
                Ok(scratch)
            }
            Self::Int32(chunk, unsigned, wide) => {
                let mask = if *unsigned { 0xffff_ffff } else { -1 };
                wide.clear();
                wide.extend(chunk.read(rows)?.iter().map(|&value| i64::from(value) & mask));
                Ok(wide)
            }
            Self::Int64(chunk) => chunk.read(rows),
        }
    }
}
