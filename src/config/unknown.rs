//! Keys that no session has, and those that are missing: all of them at once, where there are several. Those
//! of settings, options and rules are found where these are read.

use crate::config::error::{ConfigError, SECRET};
use crate::config::keys::{Key, KeyDefault, sections};
use crate::domain::suggest::{hint, nearest};
use crate::wire::secrets;
use std::path::Path;
use toml::{Table, Value};

/// The tables that are read elsewhere, or that only tickdeck writes.
const ELSEWHERE: [&str; 5] =
    ["strategy[].rules", "strategy[].settings", "strategy[].options", "recording", "followed[]"];

/// Refuses a session in which several keys are unknown or missing. A single one is told by the parser, with
/// its line.
///
/// # Errors
/// All of them, with what is probably meant.
pub(super) fn refuse(path: &Path, text: &str) -> Result<(), ConfigError> {
    let Ok(table) = toml::from_str::<Table>(text) else { return Ok(()) };
    if table.contains_key("recording") {
        // What tickdeck has written has more than people write, such as whole specifications.
        return Ok(());
    }
    let mut flaws = Vec::new();
    look(&table, "", "", &mut flaws);
    if flaws.len() < 2 {
        return Ok(());
    }
    let value = serde_json::to_value(&table).unwrap_or_default();
    match secrets::find_in_session(&value) {
        Some(field) => Err(ConfigError::field(path, field, SECRET)),
        None => Err(ConfigError::several(path, flaws)),
    }
}

/// Looks at a table that stands at `place`; `shown` is its path for people.
fn look(table: &Table, place: &str, shown: &str, flaws: &mut Vec<String>) {
    if ELSEWHERE.contains(&place) {
        return;
    }
    let here: Vec<_> = sections().filter(|section| section.places.contains(&place)).collect();
    let keys = || here.iter().flat_map(|section| section.keys);
    let known: Vec<&str> = keys().map(|key| key.name).collect();
    let any = known.iter().find(|name| is_any(name));
    if known.is_empty() {
        return;
    }
    let at =
        |name: &str| if shown.is_empty() { name.to_owned() } else { format!("{shown}.{name}") };
    let is_missing = |key: &&Key| {
        key.default == KeyDefault::Needed && !is_any(key.name) && !table.contains_key(key.name)
    };
    let mut missing: Vec<&Key> = keys().filter(is_missing).collect();
    let mut unlike = 0;
    for (name, value) in table {
        let step = match any {
            Some(any) => any,
            None if known.contains(&name.as_str()) => name.as_str(),
            None => {
                flaws.push(format!("{}: is no key: {}", at(name), hint(name, &known)));
                // What is missing may be what was meant.
                match nearest(name, &known) {
                    Some(meant) => missing.retain(|key| key.name != meant),
                    None => unlike += 1,
                }
                continue;
            }
        };
        let place = if place.is_empty() { step.to_owned() } else { format!("{place}.{step}") };
        below(value, &place, &at(name), flaws);
    }
    if missing.len() > unlike {
        let needed = |key: &&Key| {
            format!("{}: is needed, such as {} = {}", at(key.name), key.name, key.example)
        };
        flaws.extend(missing.iter().map(needed));
    }
}

fn below(value: &Value, place: &str, shown: &str, flaws: &mut Vec<String>) {
    match value {
        Value::Table(table) if place == "symbol" => {
            for (name, own) in table {
                below(own, "symbol.NAME", &format!("{shown}.{name}"), flaws);
            }
        }
        Value::Table(table) => look(table, place, shown, flaws),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                below(item, &format!("{place}[]"), &format!("{shown}[{at}]"), flaws);
            }
        }
        _ => {}
    }
}

/// Whether a name stands for any.
fn is_any(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_uppercase())
}
