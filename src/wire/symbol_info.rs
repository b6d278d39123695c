//! Stands in for the reader of `symbol_info()` files until it is merged.

use crate::domain::symbol::SymbolSpec;
use std::collections::BTreeMap;

/// The text is no specification.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SymbolInfoError(String);

/// Reads specifications by symbol.
///
/// # Errors
/// [`SymbolInfoError`].
pub fn read(text: &str) -> Result<BTreeMap<String, SymbolSpec>, SymbolInfoError> {
    serde_json::from_str(text).map_err(|error| SymbolInfoError(error.to_string()))
}
