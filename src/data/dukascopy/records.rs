//! The records of a .bi5 file, all of one length, counted from 1.

use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::dukascopy::lzma::{Limit, Lzma, LzmaStop};
use crate::data::error::{DataError, FilePlace, LineFlaw};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The number of records unpacked at once.
const BATCH: usize = 8_192;

/// Records of `SIZE` bytes.
pub struct Records<const SIZE: usize> {
    lzma: Lzma,
    name: PathBuf,
    buffer: Vec<u8>,
    /// The number of records returned so far.
    row: u64,
}

impl<const SIZE: usize> Records<SIZE> {
    /// Opens a file, called `name` in messages, with at most `most` records.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not LZMA, or a header that claims too much.
    pub fn open(
        reader: Box<dyn Read + Send>,
        name: PathBuf,
        most: u64,
        what: &'static str,
    ) -> Result<Self, DataError> {
        let limit = Limit { bytes: most * SIZE as u64, what };
        match Lzma::open(reader, limit) {
            Ok(lzma) => Ok(Self { lzma, name, buffer: Vec::new(), row: 0 }),
            Err(stop) => Err(at(&name, stop)),
        }
    }

    /// The next records, with the row of the first; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`]: not readable, damaged, or an incomplete record.
    pub fn read(&mut self) -> Result<(u64, &[[u8; SIZE]]), DataError> {
        // Allocated once, and no larger than a batch.
        self.buffer.resize(BATCH * SIZE, 0);
        let filled = self.lzma.fill(&mut self.buffer).map_err(|stop| at(&self.name, stop))?;
        let (records, rest) = self.buffer[..filled].as_chunks::<SIZE>();
        let first = self.row + 1;
        self.row += records.len() as u64;
        if !rest.is_empty() {
            let flaw = LineFlaw::PartRecord { found: rest.len(), expected: SIZE };
            return Err(DataError::Line {
                path: self.name.clone(),
                place: FilePlace::Row(self.row + 1),
                flaw,
            });
        }
        Ok((first, records))
    }

    /// The file.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }
}

/// Adds the name of the file to an error.
pub(super) fn at(name: &Path, stop: LzmaStop) -> DataError {
    match stop {
        LzmaStop::Io(source) => DataError::Read { path: name.into(), source },
        LzmaStop::Flaw(flaw) => flawed(name, flaw),
    }
}

/// Adds the name of the file to a flaw.
pub(super) fn flawed(name: &Path, flaw: Bi5Flaw) -> DataError {
    DataError::Bi5 { path: name.into(), flaw: Box::new(flaw) }
}

/// The bytes of the field at `at`. Both lengths are known at compile time.
pub(super) fn field<const SIZE: usize>(record: &[u8; SIZE], at: usize) -> [u8; 4] {
    [record[at], record[at + 1], record[at + 2], record[at + 3]]
}
