//! Rules in whichever dialect they come: which one it is, and its reader.
//!
//! A dialect that has no reader yet is refused by name; it is never read as another one.

use crate::domain::id::ContentHash;
use crate::strategy::rules::Rules;
use crate::wire::json::canonical;
use crate::wire::refusal::Refusal;
use crate::wire::rules_r1;
use serde_json::Value;

/// By which field each dialect without a reader gives itself away (executor 3.1), inner fields by a dotted path.
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

/// Reads the rules that stand at `path` of a body.
///
/// # Errors
/// The first field that is wrong, not known, or not carried out by this version.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    for (dialect, telltale) in TELLTALES {
        let found = telltale.split('.').try_fold(value, |at, name| at.get(name));
        if found.is_some_and(|field| !field.is_null()) {
            return Err(Refusal::unsupported(format!("{path}.{telltale}"), format_args!("dialect {dialect} of the rules")));
        }
    }
    rules_r1::read(path, value)
}

/// The hash of the checked rules: equal for equal rules, whatever they looked like.
///
/// # Panics
/// Never: checked rules hold nothing that JSON cannot.
#[must_use]
pub fn hash(rules: &Rules) -> ContentHash {
    match serde_json::to_value(rules) {
        Ok(value) => ContentHash::of(canonical(&value).as_bytes()),
        Err(error) => unreachable!("checked rules are plain data: {error}"),
    }
}
