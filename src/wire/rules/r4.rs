//! Dialect R4: lists of conditions for entry and exit that can be switched off one by one, for the
//! side that the rules or each condition name (executor 3.1).

use super::comparison::{self, Spelling};
use super::sides::{self, Sides};
use super::{entry_order, exit, filters, sizing};
use crate::domain::suggest::hint;
use crate::strategy::condition::{Condition, Signals};
use crate::strategy::rules::{EntryRule, Exit, OppositeSignal, Rules};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use serde_json::{Value, json};

const SPELLING: Spelling =
    Spelling { operator: "comparison", beside: &["id", "type", "enabled", "side", "description"] };
const TYPES: &[&str] = &["indicator", "price"];
const KNOWN: &[&str] = &[
    "entryConditions",
    "entryLogic",
    "entryOrder",
    "exitConditions",
    "exitLogic",
    "side",
    "stopLoss",
    "takeProfit",
    "positionSizing",
    "trailingStop",
    "breakeven",
    "partialClose",
    "maxHoldingMinutes",
    "closeAt",
    "closeBeforeWeekend",
    "filters",
];

/// Reads the rules at `path`.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value, remarks: &mut Vec<String>) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(KNOWN, &[])?;
    let said = sides::said(&rules, "side")?;
    let entry = signals(&rules, ["entryConditions", "entryLogic"], said, remarks)?;
    let entry = entry.ok_or_else(|| rules.wrong("entryConditions", "none of them is enabled"))?;
    // An exit that names no side closes whatever the rules hold.
    let leaves = said.or(Some(Sides::Both));
    let conditions = match rules.get("exitConditions") {
        None => None,
        Some(Value::Array(none)) if none.is_empty() => None,
        Some(_) => signals(&rules, ["exitConditions", "exitLogic"], leaves, remarks)?,
    };
    let (stop_loss, take_profit) = exit::stops(&rules)?;
    let management = exit::management(&rules, "trailingStop")?;
    let risk = sizing::read(&rules, stop_loss.is_some())?;
    Ok(Rules {
        entry: EntryRule::When(Box::new(entry)),
        order: entry_order::read(&rules, "entryOrder")?,
        exit: Exit {
            opposite_signal: OppositeSignal::Ignore,
            stop_loss,
            take_profit,
            conditions,
            management,
        },
        risk,
        filters: filters::list(&rules)?,
        timeframe: None,
    })
}

/// The conditions of a list that are switched on, if any.
fn signals(
    rules: &Fields<'_>,
    [list, logic]: [&str; 2],
    otherwise: Option<Sides>,
    remarks: &mut Vec<String>,
) -> Result<Option<Signals>, Refusal> {
    let mut conditions = Vec::new();
    for item in rules.objects(list)? {
        if let Some(condition) = condition(&item)? {
            conditions.push((sides::of(&item, otherwise, remarks)?, condition));
        }
    }
    let are_all = match (sides::logic(rules, logic)?, conditions.len()) {
        (Some(are_all), _) => are_all,
        (None, 0 | 1) => true,
        (None, _) => rules.required(logic, None)?,
    };
    Ok((!conditions.is_empty()).then(|| sides::split(&conditions, are_all)))
}

/// A condition, unless it is switched off. One that is off must be understood all the same.
fn condition(fields: &Fields<'_>) -> Result<Option<Condition>, Refusal> {
    match fields.text("type")? {
        None => {}
        Some(kind) if TYPES.contains(&kind) => {}
        Some(other) => {
            let reason = format!("`{other}` is no kind of condition: {}", hint(other, TYPES));
            return Err(fields.wrong("type", reason));
        }
    }
    let condition = if fields.text("type")? == Some("price") && fields.get("indicator").is_none() {
        let mut with = fields.rest(|_| false);
        with.insert("indicator".into(), json!("close"));
        comparison::read(&Fields::of(fields.own_path(), &Value::Object(with))?, SPELLING)?
    } else {
        comparison::read(fields, SPELLING)?
    };
    Ok((fields.flag("enabled")? != Some(false)).then_some(condition))
}
