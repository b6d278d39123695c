//! A Parquet file whose page headers are looked at before the decoder believes them: it allocates what they claim.
//!
//! A header is Thrift's compact form. Its first three fields are the page's kind and its two sizes; every writer puts them
//! there in this order, so that nothing more of it need be understood.

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes that a page may unpack to. Writers' pages have a megabyte; this is 4 million prices.
pub const PAGE_MAX: u64 = 32 << 20;
/// The length of the footer and the magic bytes, at the end of the file.
const TAIL: u64 = 8;
/// Thrift's mark of a 32-bit field whose number is one above that of the field before.
const NEXT_I32: u8 = 0x15;

/// The file.
pub struct GuardedFile(pub File);

impl Length for GuardedFile {
    fn len(&self) -> u64 {
        Length::len(&self.0)
    }
}

impl ChunkReader for GuardedFile {
    type T = GuardedReader;

    /// Only headers of pages, and the end of the file, are read so.
    fn get_read(&self, start: u64) -> Result<GuardedReader> {
        let checked = start.saturating_add(TAIL) >= self.len();
        Ok(GuardedReader { bytes: ChunkReader::get_read(&self.0, start)?, checked })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.saturating_add(length as u64) > self.len() {
            return Err(ParquetError::EOF(format!("{length} bytes from {start} on lie beyond the end of the file")));
        }
        self.0.get_bytes(start, length)
    }
}

/// Bytes from the beginning of a header on.
pub struct GuardedReader {
    bytes: BufReader<File>,
    /// Whether the header has been looked at.
    checked: bool,
}

impl Read for GuardedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.checked {
            self.checked = true;
            check_header(self.bytes.fill_buf()?).map_err(|flaw| io::Error::new(io::ErrorKind::InvalidData, flaw))?;
        }
        self.bytes.read(buffer)
    }
}

/// Checks the size that a page claims to unpack to.
fn check_header(header: &[u8]) -> std::result::Result<(), String> {
    let damaged = || "a page header that is none".to_owned();
    let (_, rest) = next_i32(header).ok_or_else(damaged)?;
    let (unpacked, rest) = next_i32(rest).ok_or_else(damaged)?;
    next_i32(rest).ok_or_else(damaged)?;
    let unpacked = u64::try_from(unpacked).map_err(|_| damaged())?;
    if unpacked > PAGE_MAX {
        return Err(format!(
            "a page claims to unpack to {unpacked} bytes; more than {PAGE_MAX} are not given: write the file with smaller pages"
        ));
    }
    Ok(())
}

/// The 32-bit value of the next field, and what follows it.
fn next_i32(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let [NEXT_I32, rest @ ..] = bytes else { return None };
    let length = rest.iter().take(5).position(|byte| byte & 0x80 == 0)? + 1;
    let zigzag = rest[..length].iter().rev().fold(0_i64, |sum, byte| sum << 7 | i64::from(byte & 0x7f));
    Some(((zigzag >> 1) ^ -(zigzag & 1), &rest[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header as a writer puts it: the kind, the unpacked size, the packed one, and more.
    fn header(unpacked: i64) -> Vec<u8> {
        let mut bytes = vec![NEXT_I32, 0, NEXT_I32];
        let mut zigzag = (unpacked << 1) ^ (unpacked >> 63);
        while zigzag > 0x7f {
            bytes.push(u8::try_from(zigzag & 0x7f).unwrap() | 0x80);
            zigzag >>= 7;
        }
        bytes.extend([u8::try_from(zigzag).unwrap(), NEXT_I32, 8, 0x2c]);
        bytes
    }

    #[test]
    fn sizes_are_read_and_bounded() {
        for size in [0, 1, 63, 64, 8_191, 1 << 20, 32 << 20] {
            assert_eq!(check_header(&header(size)), Ok(()), "{size}");
        }
        for size in [(32 << 20) + 1, i64::from(i32::MAX)] {
            let told = check_header(&header(size)).unwrap_err();
            assert!(told.starts_with(&format!("a page claims to unpack to {size} bytes; more than 33554432 are not given")), "{told}");
        }
        for bytes in
            [&[][..], &[NEXT_I32], &[0x25, 0, NEXT_I32, 0, NEXT_I32, 0], &[NEXT_I32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &header(-1)]
        {
            assert_eq!(check_header(bytes), Err("a page header that is none".to_owned()), "{bytes:?}");
        }
    }
}
