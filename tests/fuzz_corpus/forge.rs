//! Files whose headers claim what no writer would: Parquet and archives, put together byte by byte.
//!
//! Sources: Thrift, "Thrift compact protocol encoding"; parquet-format, `parquet.thrift`; PKWARE,
//! APPNOTE.TXT 4.3; RFC 8878 (zstd).

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "small files of our own making"
)]

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;

/// Kinds of Thrift's compact encoding.
pub const I32: u8 = 5;
pub const LIST: u8 = 9;
pub const STRUCT: u8 = 12;
/// Types of Parquet.
pub const INT64: i64 = 2;
pub const DOUBLE: i64 = 5;
/// Codecs of Parquet.
pub const PLAIN: i64 = 0;
pub const SNAPPY: i64 = 1;
pub const ZSTD: i64 = 6;

/// A struct in Thrift's compact encoding.
#[derive(Debug, Clone, Default)]
pub struct Struct {
    bytes: Vec<u8>,
    last: i16,
}

impl Struct {
    /// A field of any kind, its value as it is to stand there.
    pub fn raw(mut self, id: i16, kind: u8, value: &[u8]) -> Self {
        if let Ok(delta @ 1..=15) = u8::try_from(id - self.last) {
            self.bytes.push(delta << 4 | kind);
        } else {
            self.bytes.push(kind);
            self.bytes.extend(zigzag(id.into()));
        }
        self.bytes.extend(value);
        self.last = id;
        self
    }

    pub fn int(self, id: i16, value: i64) -> Self {
        self.raw(id, I32, &zigzag(value))
    }

    pub fn long(self, id: i16, value: i64) -> Self {
        self.raw(id, 6, &zigzag(value))
    }

    pub fn text(self, id: i16, text: &str) -> Self {
        self.raw(id, 8, &binary(text))
    }

    pub fn structure(self, id: i16, value: Self) -> Self {
        self.raw(id, STRUCT, &value.end())
    }

    pub fn list(self, id: i16, kind: u8, values: &[Vec<u8>]) -> Self {
        self.claim(id, kind, values.len() as u64, &values.concat())
    }

    /// A list that says that it has so many values.
    pub fn claim(self, id: i16, kind: u8, count: u64, values: &[u8]) -> Self {
        self.raw(id, LIST, &[&[0xf0 | kind], &varint(count)[..], values].concat())
    }

    pub fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

pub fn zigzag(number: i64) -> Vec<u8> {
    varint(((number << 1) ^ (number >> 63)).cast_unsigned())
}

pub fn binary(text: &str) -> Vec<u8> {
    [varint(text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// A column of a forged file: its pages, header and all.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: &'static str,
    pub kind: i64,
    pub codec: i64,
    pub values: i64,
    pub pages: Vec<u8>,
}

/// The header of a page of plain values.
pub fn data_page(unpacked: i64, packed: i64, values: i64, encoding: i64) -> Struct {
    let data = Struct::default().int(1, values).int(2, encoding).int(3, 3).int(4, 3);
    Struct::default().int(1, 0).int(2, unpacked).int(3, packed).structure(5, data)
}

/// The header of a dictionary.
pub fn dictionary_page(unpacked: i64, packed: i64, values: i64) -> Struct {
    Struct::default()
        .int(1, 2)
        .int(2, unpacked)
        .int(3, packed)
        .structure(7, Struct::default().int(1, values).int(2, 0))
}

/// A column of plain values in one page.
pub fn plain(name: &'static str, kind: i64, values: &[[u8; 8]]) -> Column {
    let (body, count) = (values.concat(), values.len() as i64);
    let header = data_page(body.len() as i64, body.len() as i64, count, 0);
    Column { name, kind, codec: PLAIN, values: count, pages: [header.end(), body].concat() }
}

pub fn times(count: i64) -> Column {
    plain(
        "time_msc",
        INT64,
        &(0..count).map(|n| (1_758_499_200_161 + n * 250).to_le_bytes()).collect::<Vec<_>>(),
    )
}

pub fn prices(name: &'static str, count: i64, first: f64) -> Column {
    plain(
        name,
        DOUBLE,
        &(0..count).map(|n| (first + (n % 3) as f64 / 1e5).to_le_bytes()).collect::<Vec<_>>(),
    )
}

/// A column in the schema.
pub fn element(name: &str, kind: i64) -> Struct {
    Struct::default().int(1, kind).int(3, 0).text(4, name)
}

/// A group of so many columns in the schema.
pub fn group(name: &str, children: i64) -> Struct {
    Struct::default().int(3, 0).text(4, name).int(5, children)
}

/// A file of one row group that says that it has so many rows.
pub fn table(columns: &[Column], rows: i64) -> Vec<u8> {
    let mut file = b"PAR1".to_vec();
    let mut chunks = Vec::new();
    for column in columns {
        let (start, size) = (file.len() as i64, column.pages.len() as i64);
        file.extend(&column.pages);
        let meta = Struct::default()
            .int(1, column.kind)
            .list(2, I32, &[zigzag(0)])
            .list(3, 8, &[binary(column.name)])
            .int(4, column.codec)
            .long(5, column.values)
            .long(6, size)
            .long(7, size)
            .long(9, start);
        chunks.push(Struct::default().long(2, start).structure(3, meta).end());
    }
    let schema: Vec<Vec<u8>> = std::iter::once(group("schema", columns.len() as i64))
        .chain(columns.iter().map(|column| element(column.name, column.kind)))
        .map(Struct::end)
        .collect();
    let row_group =
        Struct::default().list(1, STRUCT, &chunks).long(2, file.len() as i64).long(3, rows).end();
    let footer = Struct::default().int(1, 1).list(2, STRUCT, &schema).long(3, rows).list(
        4,
        STRUCT,
        &[row_group],
    );
    with_footer(file, &footer.end())
}

/// The beginning of a file, with a footer.
pub fn with_footer(mut file: Vec<u8>, footer: &[u8]) -> Vec<u8> {
    file.extend(footer);
    file.extend((footer.len() as u32).to_le_bytes());
    file.extend(b"PAR1");
    file
}

/// A file of nothing but a footer with this schema and so many row groups, as it says.
pub fn with_schema(schema: &[Vec<u8>]) -> Vec<u8> {
    let footer =
        Struct::default().int(1, 1).list(2, STRUCT, schema).long(3, 1).claim(4, STRUCT, 0, &[]);
    with_footer(b"PAR1".to_vec(), &footer.end())
}

/// So many zeros as a frame of zstd: blocks of 128 kB that repeat a byte (RFC 8878, 3.1.1).
pub fn zstd_zeros(mut count: u32) -> Vec<u8> {
    let mut frame = [&0xfd2f_b528_u32.to_le_bytes()[..], &[0xa0], &count.to_le_bytes()].concat();
    while count > 0 {
        let size = count.min(128 << 10);
        count -= size;
        frame.extend(&(u32::from(count == 0) | 1 << 1 | size << 3).to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An entry of an archive, and what the archive says of it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: &'static str,
    /// 0 stored, 8 deflated.
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub packed: u32,
    pub size: u32,
    /// Where the archive says that it begins.
    pub start: u32,
    /// Its own header and its bytes, where they are to be written.
    pub body: Option<Vec<u8>>,
}

/// A deflated entry, told as it is.
pub fn entry(name: &'static str, bytes: &[u8]) -> Entry {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    let packed = encoder.finish().unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let (crc, size) = (crc.sum(), bytes.len() as u32);
    Entry {
        name,
        method: 8,
        flags: 0,
        crc,
        packed: packed.len() as u32,
        size,
        start: 0,
        body: Some(packed),
    }
}

impl Entry {
    fn told(&self) -> Vec<u8> {
        let shorts = [20, self.flags, self.method, 0, 0x21].map(u16::to_le_bytes).concat();
        let longs = [self.crc, self.packed, self.size].map(u32::to_le_bytes).concat();
        [shorts, longs, (self.name.len() as u16).to_le_bytes().to_vec(), vec![0, 0]].concat()
    }
}

/// An archive of entries, in whose end `count` of them are told.
pub fn zip(entries: &[Entry], count: u16) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let start = if entry.body.is_some() { file.len() as u32 } else { entry.start };
        if let Some(body) = &entry.body {
            file.extend([b"PK\x03\x04", &entry.told()[..], entry.name.as_bytes(), body].concat());
        }
        directory.extend(
            [
                b"PK\x01\x02\x14\0",
                &entry.told()[..],
                &[0; 10],
                &start.to_le_bytes(),
                entry.name.as_bytes(),
            ]
            .concat(),
        );
    }
    let (size, start) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend([b"PK\x05\x06\0\0\0\0", &count.to_le_bytes()[..], &count.to_le_bytes()].concat());
    file.extend([size, start].map(u32::to_le_bytes).concat());
    file.extend([0, 0]);
    file
}
