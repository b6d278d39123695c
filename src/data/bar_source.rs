//! Bars from any readable file, by its content.

use crate::data::bar_file::BarFile;
use crate::data::detect::{format_of, plain};
use crate::data::dukascopy::bi5_candles::Bi5Candles;
use crate::data::dukascopy::place::day_of;
use crate::data::error::{DataError, FilePlace};
use crate::data::format::{Format, Stated};
use crate::data::input::Input;
use crate::data::label::{FileClock, Label};
use crate::data::text::bars::BarText;
use crate::data::text::layout::Layout;
use crate::data::text::symbols::SymbolsFound;
use crate::domain::symbol::SymbolSpec;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;

/// Bars of a file with any readable layout, in order of time.
pub enum BarSource {
    /// From Parquet.
    Table(Box<BarFile>),
    /// From a text.
    Text(Box<BarText>),
    /// From Dukascopy's binary file.
    Bi5(Box<Bi5Candles>),
}

impl BarSource {
    /// Opens a stream with the stated layout, or the one detected from its content.
    ///
    /// # Errors
    /// [`DataError`]; [`DataError::WrongKind`] when it holds ticks.
    pub fn open(input: &Input, stated: &Stated, spec: &SymbolSpec) -> Result<Self, DataError> {
        let format = format_of(input, stated)?;
        if format.is_ticks() {
            let expected = "bars; `tickdeck bars` makes them from ticks";
            return Err(DataError::WrongKind {
                path: input.name().into(),
                seen: format.kind(),
                expected,
            });
        }
        Ok(match (Layout::of(format), format) {
            (Some(layout), _) => Self::Text(Box::new(BarText::open(input, layout, stated, spec)?)),
            (None, Format::DukascopyCandles) => {
                let day = day_of(input.name(), stated.date)?;
                Self::Bi5(Box::new(Bi5Candles::new(input.open()?, input.name().into(), day, spec)?))
            }
            (None, _) => Self::Table(Box::new(BarFile::open(plain(input)?, spec)?)),
        })
    }

    /// The symbols of the rows so far; none when no column tells.
    #[must_use]
    pub const fn symbols(&self) -> Option<&SymbolsFound> {
        match self {
            Self::Text(text) => Some(text.symbols()),
            Self::Table(_) | Self::Bi5(_) => None,
        }
    }

    /// The place of a bar of the last batch in the file.
    #[must_use]
    pub fn place(&self, at: usize) -> FilePlace {
        match self {
            Self::Table(file) => file.place(at),
            Self::Text(text) => text.place(at),
            Self::Bi5(file) => file.place(at),
        }
    }

    /// The number of rows so far that were no bars: some vendors write minutes in which nothing was
    /// quoted.
    #[must_use]
    pub const fn without_ticks(&self) -> u64 {
        match self {
            Self::Table(_) => 0,
            Self::Text(text) => text.without_ticks(),
            Self::Bi5(file) => file.without_ticks(),
        }
    }

    /// Replaces `batch` by the next bars; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`] naming the place.
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        match self {
            Self::Table(file) => file.read(batch),
            Self::Text(text) => text.read(batch),
            Self::Bi5(file) => file.read(batch),
        }
    }

    /// The clock of its times, as far as the file says it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the stated clock does not exist.
    pub fn clock(&self) -> Result<Option<FileClock>, DataError> {
        match self {
            Self::Table(file) => Ok(file.label().clock.clone()),
            Self::Text(text) => Ok(text.clock()?.map(FileClock::Zone)),
            Self::Bi5(_) => Ok(Some(FileClock::Zone(ServerZone::utc()))),
        }
    }

    /// What a Parquet file says of itself.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        match self {
            Self::Table(file) => Some(file.label()),
            Self::Text(_) | Self::Bi5(_) => None,
        }
    }
}
