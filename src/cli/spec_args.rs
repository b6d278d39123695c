//! The options for a symbol's specification, shared by all verbs that read or write prices.

use crate::data::error::DataError;
use crate::data::specification;
use crate::domain::symbol::SymbolSpec;
use std::path::PathBuf;

/// Where a symbol's specification comes from.
#[derive(Debug, Clone, clap::Args)]
pub struct SpecArgs {
    /// Specifications as symbol_info() gives them, in JSON
    #[arg(long, value_name = "FILE.json")]
    pub spec: Option<PathBuf>,
    /// Digits of the prices, where they are not those of the specification
    #[arg(long, value_name = "N")]
    pub digits: Option<u32>,
}

impl SpecArgs {
    /// The specification of a symbol.
    ///
    /// # Errors
    /// As [`specification::find`].
    pub fn find(&self, symbol: &str) -> Result<SymbolSpec, DataError> {
        specification::find(symbol, self.spec.as_deref(), self.digits)
    }
}
