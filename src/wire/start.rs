//! The START command of a strategy that a session file starts itself.

use crate::session::description::{SessionFile, StrategyEntry};
use crate::wire::suggest::hint;
use serde_json::{Map, Value, json};

/// A strategy of a session file of which no START can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The file has fewer strategies.
    #[error("there is no strategy {index}: the session has {count}")]
    NoSuchStrategy {
        /// Asked for, from 0.
        index: usize,
        /// There are.
        count: usize,
    },
    /// No symbol is named and there is no only one.
    #[error("symbol: is required, since the session has several: {symbols}")]
    NoSymbol {
        /// The session's.
        symbols: String,
    },
    /// A symbol is named that is not the session's.
    #[error("symbol: `{symbol}` is not one of the session's symbols: {hint}")]
    UnknownSymbol {
        /// Named.
        symbol: String,
        /// What was probably meant.
        hint: String,
    },
}

/// With this the ids of the session's own STARTs begin.
pub const START_ID: &str = "session-start-";

/// The body of START for the strategy at `index` of the file: envelope A, with the id `session-start-<strategy id>`.
///
/// # Errors
/// When there is no such strategy, or it has no symbol of the session's.
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
    Ok(json!({ "id": id, "command": "START_STRATEGY", "parameters": Value::Object(parameters) }).to_string())
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
