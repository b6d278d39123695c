//! Keys that no session has, and those that are missing: all of them at once, where there are several. Those
//! of settings, options and rules are found where these are read.

use crate::config::error::{ConfigError, SECRET};
use crate::config::keys::{Key, KeyDefault, sections};
use crate::domain::suggest::{hint, nearest, other_names};
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
    let mut flaws = Flaws::default();
    look(&table, "", "", &mut flaws);
    let Flaws { told: flaws, misplaced } = flaws;
    if flaws.len() < 2 && !misplaced {
        return Ok(());
    }
    let value = serde_json::to_value(&table).unwrap_or_default();
    match secrets::find_in_session(&value) {
        // The parser names the line, and does not show it.
        Some(_) if flaws.len() < 2 => Ok(()),
        None if flaws.len() < 2 => {
            let only = flaws.first().and_then(|flaw| flaw.split_once(": "));
            let (field, reason) = only.unwrap_or_default();
            Err(ConfigError::field(path, field, reason))
        }
        Some(field) => Err(ConfigError::field(path, field, SECRET)),
        None => Err(ConfigError::several(path, flaws)),
    }
}

/// What is wrong, in words.
#[derive(Debug, Default)]
struct Flaws {
    told: Vec<String>,
    /// Whether one of the keys stands elsewhere, which the parser does not know.
    misplaced: bool,
}

/// Where a key stands that is none here, such as `strategy[].rules.exit.stopLoss`.
fn elsewhere(name: &str) -> Option<String> {
    let names = || other_names(name).iter().copied().chain([name]);
    let is_of_strategies = |place: &&str| place.starts_with("strategy[]");
    let place = |meant: &str, is_likely: &dyn Fn(&&str) -> bool| {
        let with_it = sections().filter(|one| one.keys.iter().any(|key| key.name == meant));
        let place = with_it.flat_map(|one| one.places).copied().find(is_likely)?;
        Some(format!("{place}.{meant}"))
    };
    // What people write at the top is nearly always of their strategy.
    let likely = names().find_map(|meant| place(meant, &is_of_strategies));
    likely.or_else(|| names().find_map(|meant| place(meant, &|_| true)))
}

/// Looks at a table that stands at `place`; `shown` is its path for people.
fn look(table: &Table, place: &str, shown: &str, flaws: &mut Flaws) {
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
                // What is missing may be what was meant.
                let meant = nearest(name, &known);
                match meant {
                    Some(meant) => missing.retain(|key| key.name != meant),
                    None => unlike += 1,
                }
                let place = elsewhere(name).filter(|_| meant.is_none());
                flaws.misplaced |= place.is_some();
                let advice = match place {
                    Some(place) => format!("write it as {place}"),
                    None => hint(name, &known),
                };
                flaws.told.push(format!("{}: is no key: {advice}", at(name)));
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
        flaws.told.extend(missing.iter().map(needed));
    }
}

fn below(value: &Value, place: &str, shown: &str, flaws: &mut Flaws) {
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
