//! A column of a row group in which all rows have the same value: encoded once, and appended to each
//! row group that has the same. The bytes are those that would have been written directly.

use bytes::Bytes;
use parquet::column::writer::{ColumnCloseResult, get_column_writer, get_typed_column_writer};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::io::Write;

/// An encoded column of one value.
#[derive(Debug)]
pub struct ConstantChunk<T> {
    value: T,
    rows: usize,
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl<T: Copy + PartialEq> ConstantChunk<T> {
    /// Encodes `rows` times `value`.
    ///
    /// # Errors
    /// Those of the encoder.
    pub fn encode<D: DataType<T = T>>(
        column: ColumnDescPtr,
        properties: WriterPropertiesPtr,
        value: T,
        rows: usize,
    ) -> Result<Self, ParquetError> {
        let mut sink = TrackedWrite::new(Vec::new());
        let pages = Box::new(SerializedPageWriter::new(&mut sink));
        let mut writer = get_typed_column_writer::<D>(get_column_writer(column, properties, pages));
        writer.write_batch(&vec![value; rows], None, None)?;
        let close = writer.close()?;
        Ok(Self { value, rows, bytes: sink.into_inner()?.into(), close })
    }

    /// Whether it has so many rows of this value.
    #[must_use]
    pub fn is(&self, value: T, rows: usize) -> bool {
        self.value == value && self.rows == rows
    }

    /// Appends it to a row group as its next column.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn append<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        group.append_column(&self.bytes, self.close.clone())
    }
}
