//! The START command of a strategy that a session file starts by itself.

use crate::domain::suggest::hint;
use crate::session::description::{SessionFile, StrategyEntry};
use serde_json::{Map, Value, json};

/// Why no START can be made for a strategy of a session file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The file has fewer strategies.
    #[error("there is no strategy {index}: the session has {count}")]
    NoSuchStrategy {
        /// The requested index, from 0.
        index: usize,
        /// The number of strategies.
        count: usize,
    },
    /// No symbol is named, and the session has more than one.
    #[error("symbol: is required, since the session has several: {symbols}")]
    NoSymbol {
        /// The session's symbols.
        symbols: String,
    },
    /// The named symbol is not one of the session's.
    #[error("symbol: `{symbol}` is not one of the session's symbols: {hint}")]
    UnknownSymbol {
        /// The named symbol.
        symbol: String,
        /// What was probably meant.
        hint: String,
    },
}

/// The beginning of the ids of the session's own STARTs.
pub const START_ID: &str = "session-start-";

/// The body of START for the strategy at `index` of the file: envelope A, with the id
/// `session-start-<strategy id>`.
///
/// # Errors
/// When there is no such strategy, or it has no symbol of the session.
pub fn body(file: &SessionFile, index: usize) -> Result<String, StartError> {
    let no_such = StartError::NoSuchStrategy { index, count: file.strategy.len() };
    let entry = file.strategy.get(index).ok_or(no_such)?;
    let mut parameters = Map::new();
    parameters.insert("strategyId".into(), json!(entry.id));
    parameters.insert("strategyName".into(), json!(entry.name.as_ref().unwrap_or(&entry.id)));
    parameters.insert("symbol".into(), json!(symbol(file, entry)?));
    parameters.insert("timeframe".into(), json!(entry.timeframe));
    parameters.insert("rules".into(), entry.rules.clone());
    for (name, value) in [("settings", &entry.settings), ("options", &entry.options)] {
        if let Some(value) = value {
            parameters.insert(name.into(), value.clone());
        }
    }
    let id = format!("{START_ID}{}", entry.id);
    Ok(json!({ "id": id, "command": "START_STRATEGY", "parameters": Value::Object(parameters) })
        .to_string())
}

fn symbol<'a>(file: &'a SessionFile, entry: &'a StrategyEntry) -> Result<&'a str, StartError> {
    match (&entry.symbol, file.symbols.as_slice()) {
        (Some(symbol), symbols) if symbols.contains(symbol) => Ok(symbol),
        (Some(symbol), symbols) => {
            let known: Vec<&str> = symbols.iter().map(String::as_str).collect();
            Err(StartError::UnknownSymbol { symbol: symbol.clone(), hint: hint(symbol, &known) })
        }
        (None, [only]) => Ok(only),
        (None, symbols) => Err(StartError::NoSymbol { symbols: symbols.join(", ") }),
    }
}
