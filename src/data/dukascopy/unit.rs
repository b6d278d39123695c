//! The unit of a symbol's prices in the vendor's files, which do not state it.

use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::dukascopy::records::flawed;
use crate::data::error::DataError;
use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::domain::symbol::SymbolSpec;
use std::path::Path;

const METALS: [&str; 4] = ["XAU", "XAG", "XPT", "XPD"];
/// Currencies whose pairs are quoted with five digits.
const FIVE_DIGITS: [&str; 17] = [
    "USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "HKD", "NOK", "SEK", "DKK", "PLN",
    "TRY", "MXN", "ZAR", "CNH",
];

/// Raw units of [`Price`] per unit of the vendor's: 10⁻³ for pairs in JPY and metals, 10⁻⁵ for
/// other pairs (MT5 reference 7). The currencies decide rather than the name, so that a broker's
/// suffix does not matter.
///
/// # Errors
/// [`DataError::Digits`] when the specification has fewer digits than the vendor;
/// [`Bi5Flaw::UnknownUnit`].
pub fn unit_raw(name: &Path, spec: &SymbolSpec) -> Result<i64, DataError> {
    let (base, quote) = (spec.currency_base.as_str(), spec.currency_profit.as_str());
    let found = if METALS.contains(&base) || (quote == "JPY" && FIVE_DIGITS.contains(&base)) {
        3
    } else if base != quote && FIVE_DIGITS.contains(&base) && FIVE_DIGITS.contains(&quote) {
        5
    } else {
        return Err(flawed(name, Bi5Flaw::UnknownUnit { symbol: spec.name.clone() }));
    };
    if spec.digits < found {
        let (path, column) = (name.into(), "ask".to_owned());
        return Err(DataError::Digits {
            path,
            column,
            found,
            symbol: spec.name.clone(),
            digits: spec.digits,
        });
    }
    Ok(pow10(Price::SCALE - found))
}
