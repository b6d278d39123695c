//! Bars of any readable file, by what the file holds.

use crate::data::bar_file::BarFile;
use crate::data::detect::{Format, detect};
use crate::data::dukascopy::bi5_candles::Bi5Candles;
use crate::data::dukascopy::place;
use crate::data::error::DataError;
use crate::data::text::bars::BarText;
use crate::domain::symbol::SymbolSpec;
use crate::market::bar::Bar;
use std::fs::File;
use std::path::Path;

/// Bars of a text that are given at once.
const BATCH_ROWS: usize = 4_096;

/// Bars of a file of any readable layout, in the order of time.
pub enum BarSource {
    /// From Parquet.
    Table(Box<BarFile>),
    /// From a text export.
    Text(Box<BarText>),
    /// From a day of Dukascopy's minutes; its place says which day.
    Bi5(Box<Bi5Candles>),
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
            Format::Bi5Candles => {
                let day = place::day_of(path, None)?;
                let file = File::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
                Ok(Self::Bi5(Box::new(Bi5Candles::new(Box::new(file), path.into(), day, spec)?)))
            }
            Format::Ticks | Format::TickArrays | Format::TickText | Format::Bi5Ticks => {
                Err(DataError::WrongKind { path: path.into(), seen: "ticks", expected: "bars (`tickdeck bars` makes them from ticks)" })
            }
        }
    }

    /// Replaces `batch` by the next bars; none when the file has ended.
    ///
    /// # Errors
    /// [`DataError`] naming the place.
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        match self {
            Self::Table(file) => file.read(batch),
            Self::Bi5(file) => file.read(batch),
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
