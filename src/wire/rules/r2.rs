//! Dialect R2: a list of conditions, each for a side (executor 3.1).

use super::comparison::{self, Spelling, confirmed};
use super::sides::{self, Sides};
use super::{entry_order, exit, filters, sizing};
use crate::strategy::condition::{Condition, Signals};
use crate::strategy::rules::{EntryRule, Rules};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use serde_json::Value;

const SPELLING: Spelling = Spelling {
    operator: "condition",
    beside: &["side", "description", "and", "volumeConfirmation"],
};
/// What later versions will carry out.
const LATER: &[&str] = &["multiTimeframeAnalysis"];

/// Reads the rules at `path`.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value, remarks: &mut Vec<String>) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(&[&["entry", "exit", "riskManagement"], filters::R2_NAMES].concat(), LATER)?;
    let entry = rules.required("entry", rules.object("entry")?)?;
    entry.only(&["logic", "conditions", "order"], &[])?;
    let conditions = conditions(&entry, remarks)?;
    let logic = sides::logic(&entry, "logic")?;
    let are_all = match (logic, conditions.len()) {
        (Some(are_all), _) => are_all,
        (None, 1) => true,
        (None, _) => entry.required("logic", None)?,
    };
    let signals: Signals = sides::split(&conditions, are_all);
    let exit = exit::read(&rules)?;
    let risk = sizing::management(&rules, &exit)?;
    Ok(Rules {
        entry: EntryRule::When(Box::new(signals)),
        order: entry_order::read(&entry, "order")?,
        exit,
        risk,
        filters: filters::beside(&rules)?,
        timeframe: None,
    })
}

fn conditions(
    entry: &Fields<'_>,
    remarks: &mut Vec<String>,
) -> Result<Vec<(Sides, Condition)>, Refusal> {
    let mut read = Vec::new();
    for item in entry.objects("conditions")? {
        let sides = sides::of(&item, None, remarks)?;
        read.push((sides, condition(&item)?));
    }
    Ok(read)
}

/// A condition with those that must hold beside it.
fn condition(fields: &Fields<'_>) -> Result<Condition, Refusal> {
    let mut parts = vec![comparison::read(fields, SPELLING)?];
    match fields.get("and") {
        None => {}
        Some(Value::Array(_)) => {
            for item in fields.objects("and")? {
                parts.push(inner(&item)?);
            }
        }
        Some(_) => parts.push(inner(&fields.required("and", fields.object("and")?)?)?),
    }
    parts.extend(confirmed(fields, "volumeConfirmation")?);
    Ok(Condition::all(parts))
}

/// A condition inside another one, which has its side.
fn inner(fields: &Fields<'_>) -> Result<Condition, Refusal> {
    if fields.get("side").is_some() {
        return Err(fields.wrong("side", "is that of the condition around it: leave it out"));
    }
    condition(fields)
}
