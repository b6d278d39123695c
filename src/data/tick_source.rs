//! Ticks of any readable file, by what the file holds.

use crate::data::detect::{Format, detect};
use crate::data::error::{DataError, Place};
use crate::data::text::ticks::TickText;
use crate::data::tick_file::{Rows, TickFile};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::session::ports::{PortError, TickStream};
use std::path::{Path, PathBuf};

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
            Format::Ticks | Format::TickArrays => Ok(Self::Table(Box::new(TickFile::open_with(path, symbol, spec, Rows::Raw)?))),
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

    /// Where the row of the n-th tick of the last batch stands.
    #[must_use]
    pub fn place(&self, at: usize) -> Place {
        match self {
            Self::Table(file) => file.place(at),
            Self::Text(text) => text.place(at),
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

/// The ticks of a file for a session: in the order of time, or refused.
pub struct InOrder {
    path: PathBuf,
    source: TickSource,
    latest: ServerMsc,
}

impl InOrder {
    /// Opens a file, by its content.
    ///
    /// # Errors
    /// As [`TickSource::open`].
    pub fn open(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        Ok(Self { path: path.into(), source: TickSource::open(path, symbol, spec)?, latest: ServerMsc(i64::MIN) })
    }

    /// The clock of its times, where the file says it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when what it says is no clock.
    pub fn clock(&self) -> Result<Option<ServerZone>, DataError> {
        self.source.clock()
    }
}

impl TickStream for InOrder {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        self.source.read(batch)?;
        if !batch.is_sorted_by_key(|tick| tick.time_msc) || batch.first().is_some_and(|first| first.time_msc < self.latest) {
            for (at, tick) in batch.iter().enumerate() {
                if tick.time_msc < self.latest {
                    let (path, place) = (self.path.clone(), self.source.place(at));
                    return Err(DataError::TimeBack { path, place, before: self.latest, after: tick.time_msc }.into());
                }
                self.latest = tick.time_msc;
            }
        }
        self.latest = batch.last().map_or(self.latest, |last| last.time_msc);
        Ok(())
    }
}
