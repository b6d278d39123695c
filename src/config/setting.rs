//! Values that replace those of a session file: `strategy.0.rules.exit.stopLoss=15`.

use std::fmt;
use std::str::FromStr;
use toml::{Table, Value};

/// A value, and where in a session it belongs.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The names of the tables on the way, and places in lists, counted from 0.
    path: Vec<String>,
    value: Value,
}

/// A place in a session, and the values that are tried there.
///
/// ```
/// use tickdeck::config::setting::Variation;
/// let variation: Variation = "strategy.0.rules.exit.stopLoss=10,15".parse().unwrap();
/// let labels: Vec<String> = variation.settings().map(|setting| setting.to_string()).collect();
/// assert_eq!(labels, ["strategy.0.rules.exit.stopLoss=10", "strategy.0.rules.exit.stopLoss=15"]);
/// // A list in brackets is one value, as in the file.
/// let list: Variation = "strategy.0.rules.entry.indicators=[\"EMA_5\", \"EMA_9\"]".parse().unwrap();
/// assert_eq!(list.settings().count(), 1);
/// assert!("stopLoss".parse::<Variation>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    path: Vec<String>,
    values: Vec<Value>,
}

impl Variation {
    /// Where its values belong, as it is written.
    #[must_use]
    pub fn place(&self) -> String {
        self.path.join(".")
    }

    /// Each value with its place.
    pub fn settings(&self) -> impl Iterator<Item = Setting> + '_ {
        self.values.iter().map(|value| Setting { path: self.path.clone(), value: value.clone() })
    }
}

impl FromStr for Variation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, values) = text
            .split_once('=')
            .ok_or("must be KEY=VALUE, such as strategy.0.rules.exit.stopLoss=15")?;
        let path = keys(path.trim())?;
        let values = split(values, ',').into_iter().map(|value| read(value.trim()));
        Ok(Self { path, values: values.collect() })
    }
}

/// A value as the file would hold it; what is none there is text.
fn read(text: &str) -> Value {
    let table = toml::from_str::<Table>(&format!("value = {text}\n"));
    let value = table.ok().and_then(|mut table| table.remove("value"));
    match value {
        // Sessions have moments as text, with zones and without.
        None | Some(Value::Datetime(_)) => Value::String(text.to_owned()),
        Some(value) => value,
    }
}

/// The keys of a path; one with dots in it stands in double quotes.
fn keys(path: &str) -> Result<Vec<String>, String> {
    let keys: Vec<String> =
        split(path, '.').into_iter().map(|key| key.trim_matches('"').to_owned()).collect();
    if keys.iter().any(String::is_empty) {
        return Err(format!(
            "`{path}` is no key: write one such as strategy.0.rules.exit.stopLoss"
        ));
    }
    Ok(keys)
}

/// The parts of a text between separators that stand in no quotes and no brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) if letter == separator && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

impl Setting {
    /// Puts the value in its place.
    ///
    /// # Errors
    /// The part of the path that is not there.
    ///
    /// # Panics
    /// Never: a path has a key.
    pub fn apply(&self, session: &mut Table) -> Result<(), String> {
        let (last, way) = self.path.split_last().expect("a path has a key");
        let mut at = Place::Table(session);
        let mut walked = String::new();
        for key in way {
            walked = if walked.is_empty() { key.clone() } else { format!("{walked}.{key}") };
            let next = match at {
                Place::Table(table) => {
                    table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()))
                }
                Place::List(list) => {
                    let length = list.len();
                    let place = key.parse::<usize>().ok().and_then(|place| list.get_mut(place));
                    place.ok_or_else(|| format!("{walked}: there are {length}, counted from 0"))?
                }
            };
            at = match next {
                Value::Table(table) => Place::Table(table),
                Value::Array(list) => Place::List(list),
                _ => return Err(format!("{walked}: has a value, and nothing below it")),
            };
        }
        match at {
            Place::Table(table) => drop(table.insert(last.clone(), self.value.clone())),
            Place::List(list) => {
                let length = list.len();
                let place = last.parse::<usize>().ok().and_then(|place| list.get_mut(place));
                *place.ok_or_else(|| format!("{self}: there are {length}, counted from 0"))? =
                    self.value.clone();
            }
        }
        Ok(())
    }
}

/// Where a value is put.
enum Place<'a> {
    Table(&'a mut Table),
    List(&'a mut Vec<Value>),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path.join("."), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, setting: &str) -> Result<String, String> {
        let mut table: Table = toml::from_str(text).unwrap();
        let variation: Variation = setting.parse()?;
        variation.settings().next().unwrap().apply(&mut table)?;
        Ok(toml::to_string(&table).unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_value_goes_where_its_path_leads() {
        let file = "name = \"a\"\n[[strategy]]\nid = \"s\"\n";
        for (setting, expect) in [
            ("name=b", "name = \"b\" [[strategy]] id = \"s\""),
            ("seed=7", "name = \"a\" seed = 7 [[strategy]] id = \"s\""),
            ("strategy.0.id=t", "name = \"a\" [[strategy]] id = \"t\""),
            (
                "name=2025-10-15T00:00:00Z",
                "name = \"2025-10-15T00:00:00Z\" [[strategy]] id = \"s\"",
            ),
            (
                "strategy.0.rules.exit.stopLoss=1.5",
                "name = \"a\" [[strategy]] id = \"s\" [strategy.rules.exit] stopLoss = 1.5",
            ),
            (
                "symbol.\"EURUSD.x\".digits=3",
                "name = \"a\" [[strategy]] id = \"s\" [symbol.\"EURUSD.x\"] digits = 3",
            ),
        ] {
            assert_eq!(set(file, setting).unwrap(), expect, "{setting}");
        }
        for (setting, reason) in [
            ("strategy.1.id=t", "strategy.1: there are 1, counted from 0"),
            ("strategy.first.id=t", "strategy.first: there are 1, counted from 0"),
            ("name.deep=1", "name: has a value, and nothing below it"),
            ("=1", "`` is no key: write one such as strategy.0.rules.exit.stopLoss"),
            ("a..b=1", "`a..b` is no key: write one such as strategy.0.rules.exit.stopLoss"),
        ] {
            assert_eq!(set(file, setting).unwrap_err(), reason, "{setting}");
        }
    }
}
