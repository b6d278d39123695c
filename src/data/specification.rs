//! The specification of the symbol of a file's prices.

use crate::data::error::DataError;
use crate::data::plain_file;
use crate::domain::amount::Price;
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::{NAMES, builtin};
use crate::wire::symbol_info;
use std::path::Path;

/// The built-in symbol of which `symbol` is a broker's: `EURUSD` of `EURUSD.r` and of
/// `EURUSD_Raw_Spread`. None when it is itself built in, or of none.
#[must_use]
pub fn base_of(symbol: &str) -> Option<&str> {
    let end = symbol.find(|char: char| !char.is_alphanumeric())?;
    NAMES.contains(&&symbol[..end]).then_some(&symbol[..end])
}

/// Whether two names are of one symbol: `EUR/USD` matches EURUSD, whatever a broker appends to either name: `EURUSD.r`, `EURUSDm`.
#[must_use]
pub fn is_same(found: &str, name: &str) -> bool {
    let found = found.replace('/', "");
    let begins = |long: &str, short: &str| {
        long.get(..short.len()).is_some_and(|start| start.eq_ignore_ascii_case(short))
    };
    let is_appended = |rest: &str| {
        rest.chars().next().is_none_or(|first| !first.is_alphanumeric() || first.is_lowercase())
    };
    !found.is_empty()
        && (begins(name, &found) || (begins(&found, name) && is_appended(&found[name.len()..])))
}

/// The specification of `symbol`: from the `symbol_info()` file if one is given, otherwise the
/// built-in one, or that of the symbol of which it is a broker's. `digits` overrides its digits, and then the tick size is one point.
///
/// # Errors
/// [`DataError::UnknownSymbol`], [`DataError::Specification`], or an error of reading the file.
pub fn find(
    symbol: &str,
    file: Option<&Path>,
    digits: Option<u32>,
) -> Result<SymbolSpec, DataError> {
    let spec = match file {
        Some(file) => from_file(symbol, file)?,
        None => builtin(symbol)
            .or_else(|| Some(SymbolSpec { name: symbol.into(), ..builtin(base_of(symbol)?)? }))
            .ok_or_else(|| unknown(symbol, NAMES.iter().map(|&name| name.to_owned()).collect()))?,
    };
    let Some(digits) = digits else { return Ok(spec) };
    let refused =
        || flawed(symbol, format!("--digits {digits}: a price has 0 to {} digits", Price::SCALE));
    spec.with_digits(digits).ok_or_else(refused)
}

fn from_file(symbol: &str, file: &Path) -> Result<SymbolSpec, DataError> {
    let text = plain_file::read_text(file)
        .map_err(|source| DataError::Open { path: file.into(), source })?;
    let refused = |error: symbol_info::SymbolInfoError| DataError::SpecificationFile {
        path: file.into(),
        flaw: error.to_string(),
    };
    symbol_info::read(&text).and_then(|book| book.get(symbol).cloned()).map_err(refused)
}

fn unknown(symbol: &str, known: Vec<String>) -> DataError {
    DataError::UnknownSymbol { symbol: symbol.to_owned(), known }
}

fn flawed(symbol: &str, flaw: String) -> DataError {
    DataError::Specification { symbol: symbol.to_owned(), flaw }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_what_a_broker_appends_is_the_same() {
        for (found, name, same) in [
            ("EUR/USD", "EURUSD", true),
            ("EURUSD", "EURUSD.r", true),
            ("EURUSD_Raw_Spread", "EURUSD", true),
            ("EURUSDm", "EURUSD", true),
            ("eurusd", "EURUSD", true),
            ("BTCUSDT", "BTCUSD", false),
            ("GBPUSD", "EURUSD", false),
            ("", "EURUSD", false),
        ] {
            assert_eq!(is_same(found, name), same, "{found} {name}");
        }
    }
}
