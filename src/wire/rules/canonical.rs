//! The canonical form: the checked rules themselves, as `rules convert` writes them. Whatever dialect
//! rules came in, they can be kept and compared in this one, and started from it.

use crate::strategy::advised::Advised;
use crate::strategy::condition::Signals;
use crate::strategy::distance::Distance;
use crate::strategy::management::BreakEven;
use crate::strategy::own::Own;
use crate::strategy::rules::{IndicatorCross, Rules};
use crate::wire::refusal::Refusal;
use serde::Deserialize;
use serde_json::Value;

/// Reads the rules at `path`. Whether they make sense is checked for every dialect alike.
///
/// # Errors
/// The field that is not one of the form, or has no such value.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    let mut unknown = None;
    let wrong = |field: &str, error: &serde_json::Error| {
        let reason = format!("is not in the canonical form of rules: {error}");
        Refusal::malformed(format!("{path}{field}"), reason)
    };
    // Of two forms none fits says little: the one that was meant says what is wrong.
    let entry = &value["entry"];
    if entry.get("fast").is_some() {
        IndicatorCross::deserialize(entry).map_err(|error| wrong(".entry", &error))?;
    } else if entry.get("command").is_some() {
        Advised::deserialize(entry).map_err(|error| wrong(".entry", &error))?;
    } else if entry.get("strategy").is_some() {
        Own::deserialize(entry).map_err(|error| wrong(".entry", &error))?;
    } else {
        Signals::deserialize(entry).map_err(|error| wrong(".entry", &error))?;
    }
    let rules = Rules::deserialize(value).map_err(|error| wrong("", &error))?;
    if let Some(BreakEven { trigger: Distance::Pips(trigger), lock: Some(lock) }) =
        &rules.exit.management.break_even
        && lock >= trigger
    {
        let path = format!("{path}.exit.management.break_even.lock");
        return Err(Refusal::malformed(path, "must be less than the trigger"));
    }
    // What is written again is everything that was understood.
    let again = serde_json::to_value(&rules).unwrap_or_default();
    find_unknown("", value, &again, &mut unknown);
    match unknown {
        Some(field) => Err(Refusal::malformed(
            format!("{path}{field}"),
            "is no field of the canonical form of rules, or says what is left out there",
        )),
        None => Ok(rules),
    }
}

/// The first field of `given` that `understood` does not have.
fn find_unknown(path: &str, given: &Value, understood: &Value, unknown: &mut Option<String>) {
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => {
            for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let path = format!("{path}.{name}");
                match understood.get(name) {
                    Some(own) => find_unknown(&path, value, own, unknown),
                    None => {
                        unknown.get_or_insert(path);
                    }
                }
            }
        }
        (Value::Array(given), Value::Array(understood)) => {
            for (place, (value, own)) in given.iter().zip(understood).enumerate() {
                find_unknown(&format!("{path}[{place}]"), value, own, unknown);
            }
        }
        _ => {}
    }
}
