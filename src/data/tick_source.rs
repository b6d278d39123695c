//! Ticks of any readable file, by what the file holds.

use crate::data::detect::{detect, plain};
use crate::data::error::{DataError, Place};
use crate::data::format::Format;
use crate::data::input::Input;
use crate::data::text::layout::Layout;
use crate::data::text::ticks::TickText;
use crate::data::tick_file::{Rows, TickFile};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::session::ports::{PortError, TickStream};
use std::path::{Path, PathBuf};

/// Ticks of a file of any readable layout, in its order, quotes of zero included.
pub struct TickSource {
    path: PathBuf,
    kind: Kind,
    /// Rows of tables before the last batch, and in it.
    rows: (u64, u64),
    last_msc: ServerMsc,
}

enum Kind {
    Table(Box<TickFile>),
    Text(Box<TickText>),
}

impl TickSource {
    /// Opens a stream, by its content or as what it is said to be.
    ///
    /// # Errors
    /// [`DataError`]; [`DataError::WrongKind`] when it holds bars.
    pub fn open(input: &Input, format: Option<Format>, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        let format = format.map_or_else(|| detect(input), Ok)?;
        if !format.is_ticks() {
            let expected = "ticks (bars go to `tickdeck bars`)";
            return Err(DataError::WrongKind { path: input.name().into(), seen: format.kind(), expected });
        }
        let kind = match Layout::of(format) {
            Some(layout) => Kind::Text(Box::new(TickText::open(input, layout, symbol, spec)?)),
            None => Kind::Table(Box::new(TickFile::open_with(plain(input)?, symbol, spec, Rows::Raw)?)),
        };
        Ok(Self { path: input.name().into(), kind, rows: (0, 0), last_msc: ServerMsc(i64::MIN) })
    }

    /// Opens the one stream of a path, by its content.
    ///
    /// # Errors
    /// As [`TickSource::open`]; [`DataError::Several`].
    pub fn of(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        Self::open(&Input::of(path)?, None, symbol, spec)
    }

    /// Replaces `batch` by the next ticks, in the order of the file; none when it has ended.
    ///
    /// # Errors
    /// [`DataError`] naming the place.
    pub fn read(&mut self, batch: &mut Vec<Tick>) -> Result<(), DataError> {
        match &mut self.kind {
            Kind::Table(file) => file.read(batch)?,
            Kind::Text(text) => text.read(batch)?,
        }
        self.rows = (self.rows.0 + self.rows.1, batch.len() as u64);
        Ok(())
    }

    /// As [`TickSource::read`], for those who can do nothing with a time that goes back.
    ///
    /// # Errors
    /// As [`TickSource::read`]; [`DataError::TimeBack`].
    pub fn read_in_order(&mut self, batch: &mut Vec<Tick>) -> Result<(), DataError> {
        self.read(batch)?;
        for (at, tick) in batch.iter().enumerate() {
            if tick.time_msc < self.last_msc {
                let (path, place) = (self.path.clone(), self.place(at));
                return Err(DataError::TimeBack { path, place, before: self.last_msc, after: tick.time_msc });
            }
            self.last_msc = tick.time_msc;
        }
        Ok(())
    }

    /// Where a tick of the last batch stands in the file.
    #[must_use]
    pub fn place(&self, at: usize) -> Place {
        match &self.kind {
            Kind::Table(_) => Place::Row(self.rows.0 + at as u64 + 1),
            Kind::Text(text) => text.place(at),
        }
    }

    /// The clock of the times, where the file or its layout says it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when what the file says is no clock.
    pub fn clock(&self) -> Result<Option<ServerZone>, DataError> {
        match &self.kind {
            Kind::Table(file) => file.clock(),
            Kind::Text(text) => Ok(text.clock()),
        }
    }

    /// Rows so far that were no ticks because a side was not known yet.
    #[must_use]
    pub fn one_sided(&self) -> u64 {
        match &self.kind {
            Kind::Table(_) => 0,
            Kind::Text(text) => text.one_sided(),
        }
    }

    /// Rows so far with bits in their flags that nobody documents; none where that was not counted.
    #[must_use]
    pub fn unknown_flags(&self) -> Option<u64> {
        match &self.kind {
            Kind::Table(_) => None,
            Kind::Text(text) => Some(text.unknown_flags()),
        }
    }
}

impl TickStream for TickSource {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        Ok(self.read_in_order(batch)?)
    }
}
