//! Tick files of any readable layout, one after the other, into one file of the layout that is fast.

use crate::data::detect::{Format, detect};
use crate::data::error::DataError;
use crate::data::quality::Quality;
use crate::data::text::ticks::TickText;
use crate::data::tick_file::{TickFile, ZeroQuotes};
use crate::data::tick_writer::{PriceForm, TickWriter};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
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

/// Imports `files` in the order of their first ticks to `out`; `progress` hears the rows read so far.
///
/// # Errors
/// [`DataError`]: of reading, of writing, or [`DataError::Overlap`]; nothing is then written.
pub fn import(
    files: &[PathBuf],
    spec: &SymbolSpec,
    out: &Path,
    form: PriceForm,
    progress: &mut dyn FnMut(u64),
) -> Result<Quality, DataError> {
    let mut writer = TickWriter::create(out, spec.digits, form)?;
    let mut quality = Quality::default();
    let mut batch = Vec::new();
    let mut before: Option<(&Path, ServerMsc)> = None;
    for path in in_order(files, spec)? {
        let mut source = TickSource::open(path, SymbolId(0), spec)?;
        source.read(&mut batch)?;
        check_overlap(before, path, batch.first())?;
        while let Some(last) = batch.last() {
            before = Some((path, last.time_msc));
            quality.pass(&mut batch);
            writer.push(&batch)?;
            progress(quality.rows);
            source.read(&mut batch)?;
        }
        quality.add_one_sided(source.one_sided());
    }
    if quality.written == 0 {
        let path = files.first().map_or(out, PathBuf::as_path);
        return Err(DataError::Empty { path: path.into(), what: "tick with both sides" });
    }
    writer.finish()?;
    Ok(quality)
}

fn in_order<'a>(files: &'a [PathBuf], spec: &SymbolSpec) -> Result<Vec<&'a Path>, DataError> {
    let mut starts = Vec::with_capacity(files.len());
    let mut batch = Vec::new();
    for path in files {
        TickSource::open(path, SymbolId(0), spec)?.read(&mut batch)?;
        starts.push((batch.first().map(|tick| tick.time_msc), path.as_path()));
    }
    starts.sort_by_key(|&(first, _)| first);
    Ok(starts.into_iter().map(|(_, path)| path).collect())
}

fn check_overlap(before: Option<(&Path, ServerMsc)>, later: &Path, first: Option<&Tick>) -> Result<(), DataError> {
    match (before, first) {
        (Some((earlier, end)), Some(first)) if first.time_msc < end => {
            Err(DataError::Overlap { earlier: earlier.into(), later: later.into(), end, begin: first.time_msc })
        }
        _ => Ok(()),
    }
}
