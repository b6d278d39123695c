//! Ticks of any readable file, by what the file holds.

use crate::data::detect::{Format, detect};
use crate::data::error::DataError;
use crate::data::text::ticks::TickText;
use crate::data::tick_file::{TickFile, ZeroQuotes};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::session::ports::{PortError, TickStream};
use std::path::Path;

/// Ticks of a file of any readable layout, quotes of zero included.
pub enum TickSource {
    /// From Parquet.
    Table(Box<TickFile>),
    /// From a text export.
    Text(Box<TickText>),
}

impl TickSource {
    /// Opens a file, by its content.
    ///
    /// # Errors
    /// [`DataError`]; [`DataError::WrongKind`] when it holds bars.
    pub fn open(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        match detect(path)? {
            Format::Ticks | Format::TickArrays => Ok(Self::Table(Box::new(TickFile::open_with(path, symbol, spec, ZeroQuotes::Keep)?))),
            Format::TickText => Ok(Self::Text(Box::new(TickText::open(path, symbol, spec)?))),
            Format::BarTable | Format::BarText => {
                Err(DataError::WrongKind { path: path.into(), seen: "bars", expected: "ticks (bars go to `tickdeck bars`)" })
            }
        }
    }

    /// Replaces `batch` by the next ticks; none when the file has ended.
    ///
    /// # Errors
    /// [`DataError`] naming the place.
    pub fn read(&mut self, batch: &mut Vec<Tick>) -> Result<(), DataError> {
        match self {
            Self::Table(file) => file.read(batch),
            Self::Text(text) => text.read(batch),
        }
    }

    /// Rows so far that were no ticks because a side was not known yet.
    #[must_use]
    pub const fn one_sided(&self) -> u64 {
        match self {
            Self::Table(_) => 0,
            Self::Text(text) => text.one_sided(),
        }
    }
}

impl TickStream for TickSource {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        Ok(self.read(batch)?)
    }
}
