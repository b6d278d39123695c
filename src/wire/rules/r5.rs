//! Dialect R5: conditions on a primary timeframe, confirmed on others (executor 3.1).

use super::comparison::{self, Spelling};
use super::sides::{self, Sides};
use super::{entry_order, exit, filters, sizing};
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::{Condition, Signals};
use crate::strategy::rules::{EntryRule, Rules};
use crate::wire::fields::{Fields, kind};
use crate::wire::refusal::Refusal;
use serde_json::Value;

const PRIMARY: Spelling = Spelling { operator: "condition", beside: &["side", "description"] };
const CONFIRMATION: Spelling =
    Spelling { operator: "condition", beside: &["side", "description", "required"] };

/// Reads the rules at `path`.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value, remarks: &mut Vec<String>) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(
        &[
            "primaryTimeframe",
            "confirmationTimeframes",
            "entry",
            "exit",
            "riskManagement",
            "filters",
        ],
        &[],
    )?;
    let primary = timeframe(&rules, "primaryTimeframe")?;
    let primary = rules.required("primaryTimeframe", primary)?;
    let others = others(&rules)?;
    let entry = rules.required("entry", rules.object("entry")?)?;
    entry.only(&["primary", "confirmation", "logic", "order"], &[])?;
    let mut conditions = Vec::new();
    for item in entry.objects("primary")? {
        let sides = sides::of(&item, None, remarks)?;
        conditions.push((sides, comparison::read(&item, PRIMARY)?));
    }
    let are_all = match sides::logic(&entry, "logic")? {
        Some(are_all) => are_all,
        None if conditions.len() == 1 => true,
        // The dialect names no logic: signals that each would enter.
        None => entry.required("logic", None)?,
    };
    let mut signals = sides::split(&conditions, are_all);
    let confirmations = confirmations(&entry, &others, &signals, remarks)?;
    for (side, own) in [(&mut signals.buy, true), (&mut signals.sell, false)] {
        let confirming = sides::split(&confirmations, true);
        let confirming = if own { confirming.buy } else { confirming.sell };
        if let (Some(condition), Some(confirming)) = (side.as_mut(), confirming) {
            *condition = Condition::all(vec![condition.clone(), confirming]);
        }
    }
    let exit = exit::read(&rules)?;
    let risk = sizing::management(&rules, &exit)?;
    Ok(Rules {
        entry: EntryRule::When(Box::new(signals)),
        order: entry_order::read(&entry, "order")?,
        exit,
        risk,
        filters: filters::read(&rules)?,
        timeframe: Some(primary),
    })
}

fn timeframe(fields: &Fields<'_>, name: &str) -> Result<Option<Timeframe>, Refusal> {
    let read = fields.text(name)?.map(str::parse::<Timeframe>).transpose();
    read.map_err(|error| fields.wrong(name, error.to_string()))
}

/// The timeframes that may confirm.
fn others(rules: &Fields<'_>) -> Result<Vec<Timeframe>, Refusal> {
    let name = "confirmationTimeframes";
    let Some(value) = rules.get(name) else { return Ok(Vec::new()) };
    let Value::Array(items) = value else {
        let reason = format!("must be a list of timeframes, not {}", kind(value));
        return Err(rules.wrong(name, reason));
    };
    let read = |(place, item): (usize, &Value)| {
        let name = format!("{name}[{place}]");
        let text = item.as_str().ok_or_else(|| {
            rules.wrong(&name, format!("must be a timeframe such as H1, not {}", kind(item)))
        })?;
        text.parse::<Timeframe>().map_err(|error| rules.wrong(&name, error.to_string()))
    };
    items.iter().enumerate().map(read).collect()
}

fn confirmations(
    entry: &Fields<'_>,
    others: &[Timeframe],
    signals: &Signals,
    remarks: &mut Vec<String>,
) -> Result<Vec<(Sides, Condition)>, Refusal> {
    let mut read = Vec::new();
    if entry.get("confirmation").is_none() {
        return Ok(read);
    }
    for item in entry.objects("confirmation")? {
        let on = timeframe(&item, "timeframe")?;
        let on = item.required("timeframe", on)?;
        if !others.contains(&on) {
            let reason = format!("{on} is not among confirmationTimeframes");
            return Err(item.wrong("timeframe", reason));
        }
        if item.flag("required")? == Some(false) {
            let reason = "a confirmation that is not required decides nothing: leave it out";
            return Err(item.wrong("required", reason));
        }
        if item.get("side").is_none() && signals.are_both() {
            remarks.push(format!(
                "{}: it names no side, and so it must hold for buys and for sells",
                item.own_path()
            ));
        }
        let sides = sides::said(&item, "side")?.unwrap_or(Sides::Both);
        if let Sides::One(side) = sides
            && !signals.has(side)
        {
            let reason = format!("no primary condition is for a {}", side.name());
            return Err(item.wrong("side", reason));
        }
        read.push((sides, comparison::read(&item, CONFIRMATION)?));
    }
    Ok(read)
}
