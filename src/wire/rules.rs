//! Rules in any dialect: finds the dialect and calls its reader.
//!
//! Each dialect has one reader, which maps it onto the one checked form or refuses it by the path of
//! what it does not understand. None is ever read as another one.

pub mod builtin;
pub mod canonical;
mod closing;
mod comparison;
mod entry_order;
mod exit;
mod filters;
pub(in crate::wire) mod limits;
pub mod own;
mod parts;
pub mod r1;
pub mod r2;
pub mod r3;
pub mod r4;
pub mod r5;
mod sides;
pub(in crate::wire) mod sizing;
pub mod words;

use crate::domain::id::ContentHash;
use crate::strategy::rules::Rules;
use crate::wire::json;
use crate::wire::refusal::Refusal;
use serde_json::Value;

/// The fields by which a dialect other than R1 is recognised (executor 3.1); dotted paths are inner
/// fields.
const TELLTALES: [(Dialect, &str); 16] = [
    (Dialect::Builtin, "builtin"),
    (Dialect::Canonical, "entry.buy"),
    (Dialect::Canonical, "entry.sell"),
    (Dialect::Canonical, "entry.fast"),
    (Dialect::Canonical, "entry.strategy"),
    (Dialect::Canonical, "entry.command"),
    (Dialect::Own, "strategy"),
    (Dialect::R4, "entryConditions"),
    (Dialect::R4, "exitConditions"),
    (Dialect::R4, "entryLogic"),
    (Dialect::R4, "exitLogic"),
    (Dialect::R5, "primaryTimeframe"),
    (Dialect::R5, "confirmationTimeframes"),
    (Dialect::R5, "entry.primary"),
    (Dialect::R3, "entry.groups"),
    (Dialect::R2, "entry.conditions"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Builtin,
    R2,
    R3,
    R4,
    R5,
    Own,
    Canonical,
}

/// Reads the rules at `path` of a body.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    understand(path, value).map(|(rules, _)| rules)
}

/// Reads the rules at `path` of a body, and says what should be written more clearly.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn understand(path: &str, value: &Value) -> Result<(Rules, Vec<String>), Refusal> {
    let is_there = |telltale: &str| {
        let found = telltale.split('.').try_fold(value, |at, name| at.get(name));
        found.is_some_and(|field| !field.is_null())
    };
    let mut remarks = Vec::new();
    let dialect = TELLTALES.iter().find(|(_, telltale)| is_there(telltale));
    let rules = match dialect.map(|(dialect, _)| dialect) {
        None => r1::read(path, value)?,
        Some(Dialect::Builtin) => builtin::read(path, value)?,
        Some(Dialect::R2) => r2::read(path, value, &mut remarks)?,
        Some(Dialect::R3) => r3::read(path, value)?,
        Some(Dialect::R4) => r4::read(path, value, &mut remarks)?,
        Some(Dialect::R5) => r5::read(path, value, &mut remarks)?,
        Some(Dialect::Own) => own::read(path, value)?,
        Some(Dialect::Canonical) => canonical::read(path, value)?,
    };
    rules
        .check()
        .map_err(|flaw| Refusal::malformed(format!("{path}.{}", flaw.path), flaw.reason))?;
    Ok((rules, remarks))
}

/// The hash of the checked rules: equal for equal rules, whatever they were written like.
///
/// # Panics
/// Never: checked rules can always be written as JSON.
#[must_use]
pub fn hash(rules: &Rules) -> ContentHash {
    match serde_json::to_value(rules) {
        Ok(value) => ContentHash::of(json::canonical(&value).as_bytes()),
        Err(error) => unreachable!("checked rules are plain data: {error}"),
    }
}
