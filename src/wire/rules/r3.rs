//! Dialect R3: groups of conditions, one or more for each side (executor 3.1).

use super::comparison::{self, Spelling, confirmed};
use super::sides::{self, Sides};
use super::{entry_order, exit, filters, sizing};
use crate::domain::order::Side;
use crate::domain::suggest::hint;
use crate::strategy::condition::Condition;
use crate::strategy::rules::{EntryRule, Rules};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use serde_json::Value;

const SPELLING: Spelling =
    Spelling { operator: "condition", beside: &["description", "volumeConfirmation"] };
const GROUPS: &[&str] = &["long_entry", "short_entry"];

/// Reads the rules at `path`.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(&["entry", "exit", "riskManagement", "filters"], &[])?;
    let entry = rules.required("entry", rules.object("entry")?)?;
    entry.only(&["logic", "groups", "order"], &[])?;
    let mut groups = Vec::new();
    for item in entry.objects("groups")? {
        groups.push(group(&item)?);
    }
    // Groups of one side: any of them, unless it says otherwise.
    let are_all = sides::logic(&entry, "logic")?.unwrap_or(false);
    let exit = exit::read(&rules)?;
    let risk = sizing::management(&rules, &exit)?;
    Ok(Rules {
        entry: EntryRule::When(Box::new(sides::split(&groups, are_all))),
        order: entry_order::read(&entry, "order")?,
        exit,
        risk,
        filters: filters::read(&rules)?,
        timeframe: None,
    })
}

fn group(fields: &Fields<'_>) -> Result<(Sides, Condition), Refusal> {
    fields.only(&["name", "logic", "conditions", "description"], &[])?;
    let name = fields.required("name", fields.text("name")?)?;
    let side = match name {
        "long_entry" => Side::Buy,
        "short_entry" => Side::Sell,
        other => {
            let reason = format!("`{other}` is no group of these rules: {}", hint(other, GROUPS));
            return Err(fields.wrong("name", reason));
        }
    };
    let mut conditions = Vec::new();
    for item in fields.objects("conditions")? {
        let mut parts = vec![comparison::read(&item, SPELLING)?];
        parts.extend(confirmed(&item, "volumeConfirmation")?);
        conditions.push(Condition::all(parts));
    }
    let are_all = match sides::logic(fields, "logic")? {
        Some(are_all) => are_all,
        None if conditions.len() == 1 => true,
        None => fields.required("logic", None)?,
    };
    Ok((Sides::One(side), sides::joined(conditions, are_all)))
}
