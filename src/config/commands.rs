//! The commands file: one JSON object per line, `{"at": …, "body": …}` or `{"at": …, "operator":
//! "pause"}` (or resume, kill, clear_kill).
//!
//! A line that is no such object is an error of the file. A body is not checked: it is delivered as
//! it is, readable or not, because refusing it is up to the executor.

use crate::config::error::ConfigError;
use crate::data::plain_file;
use crate::domain::suggest::{hint, list};
use crate::domain::time::Timestamp;
use crate::executor::command::CommandSource;
use crate::executor::event::{Event, Operator};
use crate::wire;
use crate::wire::json;
use crate::wire::secrets::lines::reason_of_json;
use serde_json::{Map, Value};
use std::path::Path;

const FIELDS: &[&str] = &["at", "body", "operator"];

/// The acts of a person at the controls.
const OPERATORS: [(&str, Operator); 4] = [
    ("pause", Operator::Pause),
    ("resume", Operator::Resume),
    ("kill", Operator::Kill),
    ("clear_kill", Operator::ClearKill),
];

/// Reads a commands file, in its own order.
pub(super) fn read(path: &Path) -> Result<Vec<(Timestamp, Event)>, ConfigError> {
    let text = plain_file::read_text(path).map_err(|source| ConfigError::read(path, source))?;
    let mut events = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            let wrong = |reason: String| {
                let reason = reason_of_json(line, reason);
                ConfigError::Line { path: path.to_owned(), line: index + 1, reason }
            };
            events.push(event(line).map_err(wrong)?);
        }
    }
    Ok(events)
}

fn event(line: &str) -> Result<(Timestamp, Event), String> {
    let value =
        json::read(line).map_err(|error| format!("is not JSON: {}", json::flaw_of_line(&error)))?;
    let Value::Object(map) = value else {
        return Err("must be an object such as {\"at\": \"2025-09-22T10:00:00Z\", \"body\": {…}}"
            .to_owned());
    };
    if let Some(name) = map.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("unknown field `{name}`: {}", hint(name, FIELDS)));
    }
    let at = at(&map)?;
    let epoch = Timestamp::default();
    if at < epoch {
        return Err(format!("at: {at} is before {epoch}, where the executor's time begins"));
    }
    let event = match (map.get("body"), map.get("operator")) {
        (Some(Value::String(body)), None) => command(body),
        (Some(body @ Value::Object(_)), None) => command(&body.to_string()),
        (Some(_), None) => return Err("body: must be a command's object, or its text".to_owned()),
        (None, Some(operator)) => Event::Operator(self::operator(operator)?),
        (Some(_), Some(_)) => return Err("body and operator exclude each other".to_owned()),
        (None, None) => return Err("body or operator is required".to_owned()),
    };
    Ok((at, event))
}

fn at(map: &Map<String, Value>) -> Result<Timestamp, String> {
    const EXPECTED: &str = "RFC 3339 with a zone, such as \"2025-09-22T10:00:00Z\"";
    match map.get("at") {
        Some(Value::String(text)) => match text.parse() {
            Ok(at) => Ok(at),
            Err(_) if is_far(text) => {
                Err(format!("at: {text} lies outside the years 1678 to 2261"))
            }
            Err(_) => Err(format!("at: `{text}` is not {EXPECTED}")),
        },
        Some(Value::Number(number)) => {
            Err(format!("at: {number} could be seconds or milliseconds: write it as {EXPECTED}"))
        }
        Some(_) => Err(format!("at: must be {EXPECTED}")),
        None => Err(format!("at: is required: {EXPECTED}")),
    }
}

/// Whether a text is a moment in a year that cannot be represented here. The calendar library has
/// no UTC for the last days of 9999.
fn is_far(text: &str) -> bool {
    let is_civil = |text: &str| text.parse::<jiff::civil::DateTime>().is_ok();
    text.parse::<jiff::Timestamp>().is_ok() || text.strip_suffix('Z').is_some_and(is_civil)
}

fn command(body: &str) -> Event {
    Event::Command(Box::new(wire::command::parse(CommandSource::Stream, body)))
}

fn operator(value: &Value) -> Result<Operator, String> {
    let words = OPERATORS.map(|(word, _)| word);
    let found = value.as_str().and_then(|word| OPERATORS.iter().find(|(known, _)| *known == word));
    found.map(|(_, operator)| *operator).ok_or_else(|| match value.as_str() {
        Some(word) => {
            format!("operator: `{word}` is nothing that an operator does: {}", hint(word, &words))
        }
        None => format!("operator: must be {}, not {value}", list(&words)),
    })
}
