//! Ticks of any readable file, by what the file holds.

use crate::data::detect::{Format, detect};
use crate::data::dukascopy::bi5_ticks::Bi5Ticks;
use crate::data::dukascopy::place;
use crate::data::error::DataError;
use crate::data::text::ticks::TickText;
use crate::data::tick_file::{TickFile, ZeroQuotes};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::session::ports::{PortError, TickStream};
use std::fs::File;
use std::path::Path;

/// Ticks of a file of any readable layout, quotes of zero included.
pub enum TickSource {
    /// From Parquet.
    Table(Box<TickFile>),
    /// From a text export.
    Text(Box<TickText>),
    /// From an hour of Dukascopy's; its place says which hour.
    Bi5(Box<Bi5Ticks>),
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
            Format::Bi5Ticks => {
                let hour = place::hour_of(path, None)?;
                let file = File::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
                Ok(Self::Bi5(Box::new(Bi5Ticks::new(Box::new(file), path.into(), hour, symbol, spec)?)))
            }
            Format::BarTable | Format::BarText | Format::Bi5Candles => {
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
            Self::Bi5(file) => file.read(batch),
        }
    }

    /// Rows so far that were no ticks because a side was not known yet.
    #[must_use]
    pub const fn one_sided(&self) -> u64 {
        match self {
            Self::Table(_) | Self::Bi5(_) => 0,
            Self::Text(text) => text.one_sided(),
        }
    }
}

impl TickStream for TickSource {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        Ok(self.read(batch)?)
    }
}
