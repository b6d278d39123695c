//! Rules in any dialect: finds the dialect and calls its reader.
//!
//! A dialect without a reader is refused by name, and never read as another one.

use crate::domain::id::ContentHash;
use crate::strategy::rules::Rules;
use crate::wire::json::canonical;
use crate::wire::refusal::Refusal;
use crate::wire::rules_r1;
use serde_json::Value;

/// The fields by which a dialect without a reader is recognised (executor 3.1); dotted paths are
/// inner fields.
const TELLTALES: [(&str, &str); 9] = [
    ("R4", "entryConditions"),
    ("R4", "exitConditions"),
    ("R4", "entryLogic"),
    ("R4", "exitLogic"),
    ("R5", "primaryTimeframe"),
    ("R5", "confirmationTimeframes"),
    ("R5", "entry.primary"),
    ("R3", "entry.groups"),
    ("R2", "entry.conditions"),
];

/// Reads the rules at `path` of a body.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    for (dialect, telltale) in TELLTALES {
        let found = telltale.split('.').try_fold(value, |at, name| at.get(name));
        if found.is_some_and(|field| !field.is_null()) {
            return Err(Refusal::unsupported(
                format!("{path}.{telltale}"),
                format_args!("dialect {dialect} of the rules"),
            ));
        }
    }
    rules_r1::read(path, value)
}

/// The hash of the checked rules: equal for equal rules, whatever they were written like.
///
/// # Panics
/// Never: checked rules can always be written as JSON.
#[must_use]
pub fn hash(rules: &Rules) -> ContentHash {
    match serde_json::to_value(rules) {
        Ok(value) => ContentHash::of(canonical(&value).as_bytes()),
        Err(error) => unreachable!("checked rules are plain data: {error}"),
    }
}
