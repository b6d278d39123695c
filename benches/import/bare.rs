//! What a reader costs at least: cutting lines and parsing their numbers, or decoding columns, and
//! nothing else.

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::str::from_utf8;

const BATCH_ROWS: usize = 8_192;

/// Rows of a text, cut by the `csv` crate into byte records, their prices, volume and flags parsed
/// by the standard library.
pub fn text(path: &Path) -> u64 {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_path(path).unwrap();
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).unwrap() {
        for column in 2..5 {
            let cell = from_utf8(&record[column]).unwrap();
            if !cell.is_empty() {
                black_box(cell.parse::<f64>().unwrap());
            }
        }
        for column in 5..7 {
            let cell = from_utf8(&record[column]).unwrap();
            if !cell.is_empty() {
                black_box(cell.parse::<u32>().unwrap());
            }
        }
        rows += 1;
    }
    rows
}

/// Rows of a table, each column decoded to values of its physical type.
pub fn table(path: &Path) -> u64 {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut rows = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).unwrap();
        for column in ["time_msc", "bid", "ask", "last", "volume", "flags"] {
            let Some(index) = schema.columns().iter().position(|known| known.name() == column)
            else {
                continue;
            };
            assert!(schema.column(index).physical_type() != Type::BYTE_ARRAY);
            let decoded = match group.get_column_reader(index).unwrap() {
                ColumnReader::Int32ColumnReader(reader) => decode(reader),
                ColumnReader::Int64ColumnReader(reader) => decode(reader),
                ColumnReader::DoubleColumnReader(reader) => decode(reader),
                _ => panic!("no column of ticks"),
            };
            rows += if column == "time_msc" { decoded } else { 0 };
        }
    }
    rows
}

fn decode<T: DataType>(mut reader: ColumnReaderImpl<T>) -> u64 {
    let (mut values, mut rows) = (Vec::new(), 0);
    loop {
        values.clear();
        let (read, ..) = reader.read_records(BATCH_ROWS, None, None, &mut values).unwrap();
        if read == 0 {
            return rows;
        }
        rows += black_box(&values).len() as u64;
    }
}
