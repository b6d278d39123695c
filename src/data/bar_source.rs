//! Bars of any readable file, by what the file holds.

use crate::data::bar_file::BarFile;
use crate::data::detect::{Format, detect};
use crate::data::error::DataError;
use crate::data::text::bars::BarText;
use crate::domain::symbol::SymbolSpec;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;
use std::path::Path;

/// Bars of a text that are given at once.
const BATCH_ROWS: usize = 4_096;

/// Bars of a file of any readable layout, in the order of time.
pub enum BarSource {
    /// From Parquet.
    Table(Box<BarFile>),
    /// From a text export.
    Text(Box<BarText>),
}

impl BarSource {
    /// Opens a file, by its content.
    ///
    /// # Errors
    /// [`DataError`]; [`DataError::WrongKind`] when it holds ticks.
    pub fn open(path: &Path, spec: &SymbolSpec) -> Result<Self, DataError> {
        match detect(path)? {
            Format::BarTable => Ok(Self::Table(Box::new(BarFile::open(path, spec)?))),
            Format::BarText => Ok(Self::Text(Box::new(BarText::open(path, spec)?))),
            Format::Ticks | Format::TickArrays | Format::TickText => {
                Err(DataError::WrongKind { path: path.into(), seen: "ticks", expected: "bars (`tickdeck bars` makes them from ticks)" })
            }
        }
    }

    /// The clock of its times, where the file says it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when what it says is no clock.
    pub fn clock(&self) -> Result<Option<ServerZone>, DataError> {
        match self {
            Self::Table(file) => file.clock(),
            Self::Text(_) => Ok(None),
        }
    }

    /// Replaces `batch` by the next bars; none when the file has ended.
    ///
    /// # Errors
    /// [`DataError`] naming the place.
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        match self {
            Self::Table(file) => file.read(batch),
            Self::Text(text) => {
                batch.clear();
                while batch.len() < BATCH_ROWS {
                    let Some(bar) = text.next_bar()? else { break };
                    batch.push(bar);
                }
                Ok(())
            }
        }
    }
}
