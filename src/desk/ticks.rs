//! Where a session's ticks come from: files given, files named, or made up.

use crate::config::Session;
use crate::data::error::DataError;
use crate::data::prefetch::Prefetch;
use crate::data::tick_file::TickFile;
use crate::data::tick_source::InOrder;
use crate::desk::error::DeskError;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::recording::reader::Recording;
use crate::recording::writer::tick_file;
use crate::session::description::TickSource;
use crate::session::ports::TickStream;
use crate::sim::generate::Generator;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tick streams of a session's symbols, in their order. Files `given` by symbol go before what the session names.
///
/// # Errors
/// [`DeskError`] when a symbol has no ticks, ticks have no symbol, or a file cannot be read.
pub fn open(session: &Session, given: &BTreeMap<String, PathBuf>) -> Result<Vec<Box<dyn TickStream>>, DeskError> {
    let symbols = &session.file.symbols;
    if let Some(symbol) = given.keys().find(|symbol| !symbols.contains(symbol)) {
        return Err(DeskError::ForeignTicks { symbol: symbol.clone(), known: symbols.join(", ") });
    }
    (0..symbols.len()).map(|place| open_one(session, place, given)).collect()
}

fn open_one(session: &Session, place: usize, given: &BTreeMap<String, PathBuf>) -> Result<Box<dyn TickStream>, DeskError> {
    let (symbol, spec) = (&session.file.symbols[place], &session.specs[place]);
    let id = SymbolId(u16::try_from(place).unwrap_or(u16::MAX));
    let open_file = |path: &Path| {
        let refused = |source| DeskError::Ticks { symbol: symbol.clone(), source: Box::new(source) };
        let ticks = InOrder::open(path, id, spec).map_err(refused)?;
        match ticks.clock().map_err(refused)? {
            Some(clock) if clock != session.file.zone => {
                let (own, session) = (clock.to_string(), session.file.zone.to_string());
                Err(refused(DataError::SessionClock { path: path.into(), own, session }))
            }
            _ => Ok(ticks),
        }
    };
    let missing = || DeskError::NoTicks { symbol: symbol.clone() };
    match (given.get(symbol), &session.file.ticks) {
        (Some(path), _) => Ok(Box::new(Prefetch::new(open_file(path)?))),
        (None, Some(TickSource::Files(files))) => {
            let path = session.dir.join(files.get(symbol).ok_or_else(missing)?);
            Ok(Box::new(Prefetch::new(open_file(&path)?)))
        }
        (None, Some(TickSource::Generate { ticks, seed })) => Ok(Box::new(Generator::new(spec, id, *ticks, *seed))),
        (None, None) => Err(missing()),
    }
}

/// The tick streams of a recording, in the order of its symbols.
///
/// # Errors
/// [`DeskError::Ticks`] naming the file.
pub fn of_recording(recording: &Recording) -> Result<Vec<Box<dyn TickStream>>, DeskError> {
    let open = |(place, (symbol, spec)): (usize, (&String, &SymbolSpec))| {
        let path = recording.dir.join(tick_file(symbol));
        let file = TickFile::open(&path, SymbolId(u16::try_from(place).unwrap_or(u16::MAX)), spec);
        let file = file.map_err(|source| DeskError::Ticks { symbol: symbol.clone(), source: Box::new(source) })?;
        Ok(Box::new(Prefetch::new(file)) as Box<dyn TickStream>)
    };
    recording.file.symbols.iter().zip(&recording.specs).enumerate().map(open).collect()
}
