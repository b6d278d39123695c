//! Each symbol's specification: built-in, then the `specs` file, then the session's own fields.

use crate::config::error::ConfigError;
use crate::data::plain_file;
use crate::domain::symbol::{CalcMode, SymbolSpec};
use crate::domain::symbols_builtin::{NAMES, builtin};
use crate::session::description::SessionFile;
use crate::wire::suggest::hint;
use crate::wire::symbol_info::{self, SymbolBook};
use std::path::Path;
use toml::{Table, Value};

/// The fields of a specification that a session may state; the name is its key.
const FIELDS: [&str; 20] = [
    "digits",
    "tick_size",
    "contract_size",
    "calc_mode",
    "execution",
    "trade_mode",
    "stops_level",
    "freeze_level",
    "filling_mask",
    "volume_min",
    "volume_max",
    "volume_step",
    "margin_initial",
    "currency_base",
    "currency_profit",
    "currency_margin",
    "pip",
    "volume_limit",
    "order_mode",
    "sessions",
];

/// Fields that need not be stated.
const OPTIONAL: [&str; 5] = ["pip", "tick_size", "volume_limit", "order_mode", "sessions"];

/// The specification of each of the session's symbols, in their order.
pub(super) fn resolve(path: &Path, dir: &Path, file: &SessionFile) -> Result<Vec<SymbolSpec>, ConfigError> {
    let specs = file.specs.as_ref().map(|specs| dir.join(specs));
    let book = specs.as_deref().map(read_book).transpose()?.unwrap_or_default();
    let book_path = specs.as_deref().unwrap_or(path);
    file.symbols.iter().map(|name| one(path, book_path, &book, name, file.symbol.get(name))).collect()
}

fn read_book(path: &Path) -> Result<SymbolBook, ConfigError> {
    let text = plain_file::read_text(path).map_err(|source| ConfigError::read(path, source))?;
    symbol_info::read(&text).map_err(|error| ConfigError::field(path, "symbol_info", error.to_string()))
}

fn one(path: &Path, book_path: &Path, book: &SymbolBook, name: &str, own: Option<&Table>) -> Result<SymbolSpec, ConfigError> {
    let mut base = builtin(name);
    if book.contains(name) {
        let listed = book.get(name).map_err(|error| ConfigError::field(book_path, "symbol_info", error.to_string()))?;
        // MT5 states no pip: the built-in one stays.
        base = Some(SymbolSpec { pip: base.and_then(|spec| spec.pip), ..listed.clone() });
    }
    let spec = match (base, own) {
        (Some(spec), None) => spec,
        (base, Some(own)) => overlaid(path, name, base, own)?,
        (None, None) => {
            let known: Vec<&str> = NAMES.iter().copied().chain(book.names()).collect();
            return Err(ConfigError::UnknownSymbol { path: path.to_owned(), symbol: name.to_owned(), hint: hint(name, &known) });
        }
    };
    sound(path, name, spec)
}

/// `base` with the session's own fields laid over it.
fn overlaid(path: &Path, name: &str, base: Option<SymbolSpec>, own: &Table) -> Result<SymbolSpec, ConfigError> {
    let at = |field: &str| format!("symbol.{name}.{field}");
    if let Some(field) = own.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(ConfigError::field(path, at(field), format!("unknown field: {}", hint(field, &FIELDS))));
    }
    let complete = base.is_some();
    let missing: Vec<&str> = FIELDS.into_iter().filter(|field| !OPTIONAL.contains(field) && !own.contains_key(*field)).collect();
    if !complete && !missing.is_empty() {
        let reason = format!("nothing is built in for `{name}`, so that these are needed too: {}", missing.join(", "));
        return Err(ConfigError::field(path, format!("symbol.{name}"), reason));
    }
    // Any sound specification will do as the ground when every field is overlaid.
    let ground = base.or_else(|| builtin(NAMES[0])).map(|spec| SymbolSpec { name: name.to_owned(), ..spec });
    let mut table = ground.and_then(|spec| Table::try_from(spec).ok()).unwrap_or_default();
    for (field, value) in own {
        table.insert(field.clone(), value.clone());
        // One by one, so that the field at fault can be named.
        let read: Result<SymbolSpec, _> = Value::Table(table.clone()).try_into();
        read.map_err(|error| ConfigError::field(path, at(field), error.message().to_owned()))?;
    }
    let spec: SymbolSpec = Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::field(path, format!("symbol.{name}"), error.message()))?;
    let follows = own.contains_key("digits") && !own.contains_key("tick_size") && spec.digits <= crate::domain::amount::Price::SCALE;
    Ok(if follows || (!complete && !own.contains_key("tick_size")) { with_point(spec) } else { spec })
}

/// The tick size of most symbols is their point.
fn with_point(spec: SymbolSpec) -> SymbolSpec {
    if spec.digits > crate::domain::amount::Price::SCALE {
        return spec;
    }
    SymbolSpec { tick_size: spec.point(), ..spec }
}

/// Refuses what cannot be, and a pip that only a guess would give.
fn sound(path: &Path, name: &str, spec: SymbolSpec) -> Result<SymbolSpec, ConfigError> {
    if let Some(flaw) = spec.flaw() {
        return Err(ConfigError::field(path, format!("symbol.{name}"), flaw));
    }
    let is_pair = matches!(spec.calc_mode, CalcMode::Forex | CalcMode::ForexNoLeverage);
    if spec.pip.is_none() && !is_pair {
        let reason = format!("`{name}` is no currency pair, and brokers differ in its pip: state it, such as pip = {}", spec.point());
        return Err(ConfigError::field(path, format!("symbol.{name}.pip"), reason));
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Volume;
    use crate::domain::symbol::{OrderModes, TradeSession};

    #[test]
    fn every_field_of_a_specification_can_be_stated() {
        let spec = SymbolSpec {
            volume_limit: Some(Volume::from_raw(1)),
            order_mode: OrderModes(1),
            sessions: vec![TradeSession { day: 1, from_minute: 0, to_minute: 1 }],
            ..builtin("XAUUSD").unwrap()
        };
        let table = Table::try_from(spec).unwrap();
        let mut fields: Vec<&str> = table.keys().map(String::as_str).filter(|field| *field != "name").collect();
        let mut known = FIELDS.to_vec();
        fields.sort_unstable();
        known.sort_unstable();
        assert_eq!(fields, known);
    }
}
