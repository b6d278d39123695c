//! The records of a .bi5 file, of one length and counted from 1.

use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::dukascopy::lzma::{Limit, Lzma, LzmaStop};
use crate::data::error::{DataError, FilePlace, LineFlaw};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Records unpacked at once.
const BATCH: usize = 8_192;

/// Records of `SIZE` bytes.
pub struct Records<const SIZE: usize> {
    lzma: Lzma,
    name: PathBuf,
    buffer: Vec<u8>,
    /// Records given out.
    row: u64,
}

impl<const SIZE: usize> Records<SIZE> {
    /// Opens a file, known as `name`, that may hold `most` records.
    ///
    /// # Errors
    /// [`DataError`]: not readable, no LZMA, or a header that claims too much.
    pub fn open(reader: Box<dyn Read + Send>, name: PathBuf, most: u64, what: &'static str) -> Result<Self, DataError> {
        let limit = Limit { bytes: most * SIZE as u64, what };
        match Lzma::open(reader, limit) {
            Ok(lzma) => Ok(Self { lzma, name, buffer: Vec::new(), row: 0 }),
            Err(stop) => Err(at(&name, stop)),
        }
    }

    /// The next records and the row of the first; none when the file has ended.
    ///
    /// # Errors
    /// [`DataError`]: not readable, damaged, or a record that is cut off.
    pub fn read(&mut self) -> Result<(u64, &[[u8; SIZE]]), DataError> {
        // Reserved once and no larger than a batch.
        self.buffer.resize(BATCH * SIZE, 0);
        let filled = self.lzma.fill(&mut self.buffer).map_err(|stop| at(&self.name, stop))?;
        let (records, rest) = self.buffer[..filled].as_chunks::<SIZE>();
        let first = self.row + 1;
        self.row += records.len() as u64;
        if !rest.is_empty() {
            let flaw = LineFlaw::PartRecord { found: rest.len(), expected: SIZE };
            return Err(DataError::Line { path: self.name.clone(), place: FilePlace::Row(self.row + 1), flaw });
        }
        Ok((first, records))
    }

    /// The file.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }
}

/// Names the file.
pub(super) fn at(name: &Path, stop: LzmaStop) -> DataError {
    match stop {
        LzmaStop::Io(source) => DataError::Read { path: name.into(), source },
        LzmaStop::Flaw(flaw) => flawed(name, flaw),
    }
}

/// Names the file.
pub(super) fn flawed(name: &Path, flaw: Bi5Flaw) -> DataError {
    DataError::Bi5 { path: name.into(), flaw: Box::new(flaw) }
}

/// The bytes of the field at `at`; the compiler knows both lengths.
pub(super) fn field<const SIZE: usize>(record: &[u8; SIZE], at: usize) -> [u8; 4] {
    [record[at], record[at + 1], record[at + 2], record[at + 3]]
}
