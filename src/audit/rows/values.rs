//! Values of columns.

use crate::domain::amount::Price;
use crate::domain::id::StrategyId;
use rusqlite::types::Value;
use serde::Serialize;

/// Text.
pub fn text(text: &str) -> Value {
    text.to_owned().into()
}

/// The id of a strategy, if there is one.
pub fn name(strategy: Option<&StrategyId>) -> Value {
    strategy.map_or(Value::Null, |id| text(id.as_str()))
}

/// Tickets and magics have 64 bits without a sign, numbers of SQLite one with a sign.
pub fn number(number: u64) -> Value {
    number.cast_signed().into()
}

/// A price, if there is one.
pub fn price(price: Option<Price>) -> Value {
    price.map_or(Value::Null, |price| price.to_f64().into())
}

/// What actions are made of, as JSON.
pub fn json_of(value: &impl Serialize) -> Value {
    text(&serde_json::to_string(value).expect("actions are made of text, integers and lists"))
}
