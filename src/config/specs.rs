//! Each symbol's specification: the built-in one, overridden by the `specs` file
//! ([`SymbolBook::or_builtin`]), overridden by the session's own fields ([`symbol_fields`]).

use crate::config::error::ConfigError;
use crate::data::plain_file;
use crate::domain::suggest::hint_of;
use crate::domain::symbol::{CalcMode, SymbolSpec};
use crate::domain::symbols_builtin::NAMES;
use crate::session::description::SessionFile;
use crate::wire::symbol_fields;
use crate::wire::symbol_info::{self, SymbolBook};
use std::path::Path;

/// The specification of each of the session's symbols, in their order.
pub(super) fn resolve(
    path: &Path,
    dir: &Path,
    file: &SessionFile,
) -> Result<Vec<SymbolSpec>, ConfigError> {
    let specs = file.specs.as_ref().map(|specs| dir.join(specs));
    let book = specs.as_deref().map(read_book).transpose()?.unwrap_or_default();
    let book_path = specs.as_deref().unwrap_or(path);
    let one = |name: &String| {
        let base = book
            .or_builtin(name)
            .map_err(|error| ConfigError::field(book_path, "symbol_info", error.to_string()))?;
        match (base, file.symbol.get(name)) {
            (Some(spec), None) => Ok(spec),
            (base, Some(own)) => {
                symbol_fields::overlay(name, base, own).map_err(|flaw| flawed(path, name, flaw))
            }
            (None, None) => Err(unknown(path, name, &book)),
        }
    };
    file.symbols.iter().map(one).collect()
}

fn read_book(path: &Path) -> Result<SymbolBook, ConfigError> {
    let text = plain_file::read_text(path).map_err(|source| ConfigError::read(path, source))?;
    symbol_info::read(&text)
        .map_err(|error| ConfigError::field(path, "symbol_info", error.to_string()))
}

fn unknown(path: &Path, name: &str, book: &SymbolBook) -> ConfigError {
    let known: Vec<&str> = NAMES.iter().copied().chain(book.names()).collect();
    ConfigError::UnknownSymbol {
        path: path.to_owned(),
        symbol: name.to_owned(),
        hint: hint_of(name, &known, "`tickdeck explain symbols`"),
    }
}

fn flawed(path: &Path, name: &str, flaw: symbol_fields::SpecFlaw) -> ConfigError {
    let field = flaw.field.map(|field| format!(".{field}")).unwrap_or_default();
    ConfigError::field(path, format!("symbol.{name}{field}"), flaw.reason)
}

/// Refuses a symbol whose pip could only be guessed.
pub(super) fn check_pip(path: &Path, spec: &SymbolSpec) -> Result<(), ConfigError> {
    let is_pair = matches!(spec.calc_mode, CalcMode::Forex | CalcMode::ForexNoLeverage);
    if spec.pip.is_some() || is_pair {
        return Ok(());
    }
    let (name, point) = (&spec.name, spec.point());
    let reason = format!(
        "`{name}` is no currency pair, and brokers differ in its pip: state it, such as pip = {point}"
    );
    Err(ConfigError::field(path, format!("symbol.{name}.pip"), reason))
}
