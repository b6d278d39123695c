//! The specifications of a session's symbols as its file has them: the built-in one, overlaid by
//! `[symbol.NAME]`. A recording writes every field there, so that it depends neither on another
//! file nor on a later version's built-in figures.

use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::builtin;
use crate::recording::error::RecordingError;
use crate::session::description::{SessionFile, TickSource};
use crate::wire::symbol_fields;
use std::path::Path;
use toml::Table;

/// The specifications, in the order of the session's symbols; `path` is that of the session, for
/// messages.
///
/// # Errors
/// A field that is unknown, missing or unusable.
pub fn resolve(path: &Path, file: &SessionFile) -> Result<Vec<SymbolSpec>, RecordingError> {
    file.symbols.iter().map(|name| resolve_one(path, file, name)).collect()
}

fn resolve_one(path: &Path, file: &SessionFile, name: &str) -> Result<SymbolSpec, RecordingError> {
    let wrong = |message: &str| RecordingError::text(path, None, format!("symbol.{name}{message}"));
    let mut own = file.symbol.get(name).cloned().unwrap_or_default();
    // A recording writes the name too; it must be that of the table.
    if let Some(other) = own.remove("name").filter(|own| own.as_str() != Some(name)) {
        return Err(wrong(&format!(".name: {other} stands under `{name}`")));
    }
    symbol_fields::overlay(name, builtin(name), &own).map_err(|flaw| {
        let field = flaw.field.map(|field| format!(".{field}")).unwrap_or_default();
        wrong(&format!("{field}: {}", flaw.reason))
    })
}

/// Writes the specifications into the file, and removes what only a session not yet recorded needs.
///
/// # Errors
/// [`RecordingError::Symbol`] for a specification that TOML cannot hold.
///
/// # Panics
/// If the ticks are to be made from bars that have not been opened yet.
pub fn embed(file: &mut SessionFile, specs: &[SymbolSpec]) -> Result<(), RecordingError> {
    for spec in specs {
        let fields = Table::try_from(spec).map_err(|error| RecordingError::Symbol {
            symbol: spec.name.clone(),
            message: error.to_string(),
        })?;
        file.symbol.insert(spec.name.clone(), fields);
    }
    let are_made = matches!(file.ticks, Some(TickSource::Bars(_)));
    assert!(
        !are_made || file.broker.stop_fills.is_some(),
        "ticks are opened, and their model settled, before they are recorded"
    );
    (file.specs, file.commands, file.ticks) = (None, None, None);
    file.assume_zone = false;
    Ok(())
}
