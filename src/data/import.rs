//! Tick files of any readable layout, one after the other, into one file of the layout that is fast.

use crate::data::error::DataError;
use crate::data::input::{Input, inputs};
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
    let inputs = inputs(files)?;
    for input in in_order(&inputs, spec)? {
        let mut source = TickSource::open(input, None, SymbolId(0), spec)?;
        source.read_in_order(&mut batch)?;
        let path = input.name();
        check_overlap(before, path, batch.first())?;
        while let Some(last) = batch.last() {
            before = Some((path, last.time_msc));
            quality.pass(&mut batch);
            writer.push(&batch)?;
            progress(quality.rows);
            source.read_in_order(&mut batch)?;
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

fn in_order<'a>(inputs: &'a [Input], spec: &SymbolSpec) -> Result<Vec<&'a Input>, DataError> {
    let mut starts = Vec::with_capacity(inputs.len());
    let mut batch = Vec::new();
    for input in inputs {
        TickSource::open(input, None, SymbolId(0), spec)?.read_in_order(&mut batch)?;
        starts.push((batch.first().map(|tick| tick.time_msc), input));
    }
    starts.sort_by_key(|&(first, _)| first);
    Ok(starts.into_iter().map(|(_, input)| input).collect())
}

fn check_overlap(before: Option<(&Path, ServerMsc)>, later: &Path, first: Option<&Tick>) -> Result<(), DataError> {
    match (before, first) {
        (Some((earlier, end)), Some(first)) if first.time_msc < end => {
            Err(DataError::Overlap { earlier: earlier.into(), later: later.into(), end, begin: first.time_msc })
        }
        _ => Ok(()),
    }
}
