//! Ticks from any readable file, by its content.

use crate::data::detect::{format_of, plain};
use crate::data::dukascopy::bi5_ticks::Bi5Ticks;
use crate::data::dukascopy::place::hour_of;
use crate::data::error::{DataError, FilePlace};
use crate::data::format::{Format, Stated};
use crate::data::input::Input;
use crate::data::label::{FileClock, Label};
use crate::data::text::layout::Layout;
use crate::data::text::symbols::SymbolsFound;
use crate::data::text::ticks::TickText;
use crate::data::tick_file::{Rows, TickFile};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::zone::ServerZone;
use crate::market::columns::TickColumns;
use std::path::Path;

/// Ticks of a file with any readable layout, in the order of the file, including zero quotes.
pub enum TickReader {
    /// From Parquet.
    Table(Box<TickFile>),
    /// From a text.
    Text(Box<TickText>),
    /// From Dukascopy's binary file.
    Bi5(Box<Hour>),
}

/// An hour of Dukascopy's ticks, with counts.
pub struct Hour {
    ticks: Bi5Ticks,
    /// The number of records before the last batch.
    before: u64,
    /// The number of records in the last batch.
    batch: u64,
}

impl TickReader {
    /// Opens a stream with the stated layout, or the one detected from its content.
    ///
    /// # Errors
    /// [`DataError`]; [`DataError::WrongKind`] when it holds bars.
    pub fn open(
        input: &Input,
        stated: &Stated,
        symbol: SymbolId,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let format = format_of(input, stated)?;
        if !format.is_ticks() {
            let expected = "ticks; bars are imported apart, and run with --bars and --model";
            return Err(DataError::WrongKind {
                path: input.name().into(),
                seen: format.kind(),
                expected,
            });
        }
        Ok(match (Layout::of(format), format) {
            (Some(layout), _) => {
                Self::Text(Box::new(TickText::open(input, layout, stated, symbol, spec)?))
            }
            (None, Format::DukascopyTicks) => {
                let hour = hour_of(input.name(), stated.date)?;
                let ticks = Bi5Ticks::new(input.open()?, input.name().into(), hour, symbol, spec)?;
                Self::Bi5(Box::new(Hour { ticks, before: 0, batch: 0 }))
            }
            (None, _) => {
                Self::Table(Box::new(TickFile::open_with(plain(input)?, symbol, spec, Rows::Raw)?))
            }
        })
    }

    /// Opens the one file that a path names or an archive holds, by its content.
    ///
    /// # Errors
    /// As [`TickReader::open`]; [`DataError::Several`].
    pub fn of(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        Self::open(&Input::of(path)?, &Stated::default(), symbol, spec)
    }

    /// Replaces `batch` by the next ticks; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`], with the place.
    pub fn read(&mut self, batch: &mut TickColumns) -> Result<(), DataError> {
        match self {
            Self::Table(file) => file.read(batch),
            Self::Text(text) => text.read(batch),
            Self::Bi5(hour) => {
                hour.ticks.read(batch)?;
                (hour.before, hour.batch) = (hour.before + hour.batch, batch.len() as u64);
                Ok(())
            }
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

    /// The place of the row of the n-th tick in the last batch.
    #[must_use]
    pub fn place(&self, at: usize) -> FilePlace {
        match self {
            Self::Table(file) => file.place(at),
            Self::Text(text) => text.place(at),
            Self::Bi5(hour) => FilePlace::Row(hour.before + at as u64 + 1),
        }
    }

    /// Leaves blank cells of a text to the caller, who puts rows in order of time.
    pub fn leave_blanks(&mut self) {
        if let Self::Text(text) = self {
            text.leave_blanks();
        }
    }

    /// What is blank in the n-th tick of the last batch, where blanks are left.
    #[must_use]
    pub fn blanks(&self, at: usize) -> u8 {
        match self {
            Self::Text(text) => text.blanks(at),
            Self::Table(_) | Self::Bi5(_) => 0,
        }
    }

    /// The symbols of the rows so far; none when no column tells.
    #[must_use]
    pub const fn symbols(&self) -> Option<&SymbolsFound> {
        match self {
            Self::Text(text) => Some(text.symbols()),
            Self::Table(_) | Self::Bi5(_) => None,
        }
    }

    /// The number of rows so far that were no ticks because a side was not known yet.
    #[must_use]
    pub const fn one_sided(&self) -> u64 {
        match self {
            Self::Table(_) | Self::Bi5(_) => 0,
            Self::Text(text) => text.one_sided(),
        }
    }

    /// The number of rows so far with undocumented bits in their flags.
    #[must_use]
    pub const fn unknown_flags(&self) -> u64 {
        match self {
            Self::Table(file) => file.unknown_flags(),
            Self::Text(text) => text.unknown_flags(),
            Self::Bi5(_) => 0,
        }
    }
}
