//! Tick files of any readable layout, one after the other, into one file of the layout that is fast.

use crate::data::error::DataError;
use crate::data::quality::Quality;
use crate::data::tick_source::TickSource;
use crate::data::tick_writer::{PriceForm, TickWriter};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use std::path::{Path, PathBuf};

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
