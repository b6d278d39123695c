//! What looks like a secret in a text from outside, and its replacement. A password in a command's
//! metadata has no business in a recording, and none in the executor: it is replaced before the
//! command is read, so that no result, no refusal and no file can quote it, and a replay reads what
//! the run read.
//!
//! Judges by names of fields (`names`) and by the shape of values (`shapes`); when in doubt it
//! replaces, since what is replaced was no part of any command. Must never print what it found.
//! Start with [`replaced_body`]; what people are told passes [`told`], and a line that cannot be
//! read is shown as [`lines`] allows.

pub mod lines;
mod names;
mod shapes;
pub mod told;

use crate::domain::id::ContentHash;
use crate::wire::json;
use crate::wire::start::START_ID;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The replacement for a secret, whether that was a text, a number, a list or an object.
pub const MARKER: &str = "[replaced]";

/// Fields that identify things: two ids that look like secrets must stay different.
const IDENTITIES: [&str; 2] = ["id", "strategyId"];
/// Fields that hold a name.
const NAMES: [&str; 4] = ["id", "name", "strategyId", "strategyName"];
/// Fields of a session that hold the path of a file, and those in which all are names or such
/// paths.
const FILES: [&str; 3] = ["specs", "commands", "news"];
const NAMED_LISTS: [&str; 4] = ["symbols", "subscribed", "ticks.files", "ticks.bars.files"];
/// Fields that name the value in a neighbouring field, as in `{"name": "Authorization", "value":
/// …}`.
const LABELS: [&str; 12] = [
    "name",
    "key",
    "header",
    "field",
    "label",
    "type",
    "kind",
    "k",
    "param",
    "parameter",
    "property",
    "variable",
];
/// Fields that hold such a value.
const LABELLED: [&str; 7] = ["value", "values", "val", "v", "content", "data", "text"];

/// A command's body in which nothing looks like a secret any more. `value` is the body's JSON, if
/// it is JSON. A body that is not JSON and may hold a secret is replaced as a whole. Applying this
/// to its own result changes nothing.
#[must_use]
pub fn replaced_body<'a>(body: &'a str, value: Option<&Value>) -> Cow<'a, str> {
    match value {
        Some(value) => {
            replaced(value).map_or(Cow::Borrowed(body), |value| Cow::Owned(value.to_string()))
        }
        None if holds_secret(body) => Cow::Borrowed(MARKER),
        None => Cow::Borrowed(body),
    }
}

/// The value with a [`MARKER`] for everything that looks like a secret; none when nothing does.
#[must_use]
pub fn replaced(value: &Value) -> Option<Value> {
    let mut walk = Walk::default();
    let mut value = value.clone();
    walk.visit(&mut value, "", "");
    walk.found.map(|_| value)
}

/// The path of the first field that looks like a secret.
///
/// ```
/// use tickdeck::wire::secrets::find;
/// let settings = serde_json::json!({ "lots": 1, "notify": { "apiKey": "abc" } });
/// assert_eq!(find(&settings).as_deref(), Some("notify.apiKey"));
/// ```
#[must_use]
pub fn find(value: &Value) -> Option<String> {
    let mut walk = Walk::default();
    walk.visit(&mut value.clone(), "", "");
    walk.found
}

/// As [`find`], in a session, where some names are those of symbols: one that is called `KEY` is no
/// secret.
///
/// ```
/// use tickdeck::wire::secrets::find_in_session;
/// let session = serde_json::json!({ "symbols": ["KEY", "EURUSD"], "symbol": { "KEY": { "digits": 2 } }, "specs": "password=abc" });
/// assert_eq!(find_in_session(&session).as_deref(), Some("specs"));
/// let session = serde_json::json!({ "name": "Token: launch fade", "ticks": { "files": { "EURUSD": "lake/key=EURUSD/t.parquet" } } });
/// assert_eq!(find_in_session(&session), None);
/// ```
#[must_use]
pub fn find_in_session(session: &Value) -> Option<String> {
    let mut walk = Walk { is_session: true, ..Walk::default() };
    walk.visit(&mut session.clone(), "", "");
    walk.found
}

/// Whether a field of this path in a session has names of symbols, or of their files, in it.
fn names_symbols(path: &str) -> bool {
    [
        "symbols",
        "subscribed",
        "symbol",
        "ticks.files",
        "ticks.bars.files",
        "account.rates",
        "recording.files",
    ]
    .contains(&path)
}

/// Whether the text of a field of this name and path is a name, or the path of a file.
fn is_named(name: &str, path: &str, is_session: bool) -> bool {
    let within =
        |list: &str| path.strip_prefix(list).is_some_and(|rest| rest.starts_with(['.', '[']));
    NAMES.contains(&name)
        || (is_session && (FILES.contains(&name) || NAMED_LISTS.iter().any(|list| within(list))))
}

/// As [`is_secret`], of a name or a path; a session's own START has its strategy's id in its own.
fn is_secret_in_name(text: &str) -> bool {
    let text = text.strip_prefix(START_ID).unwrap_or(text);
    text != MARKER && (shapes::is_secret_in_name(text) || is_json_with_secret(text))
}

/// Whether a text is, or quotes, something that looks like a secret.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text != MARKER && (shapes::is_secret(text) || is_json_with_secret(text))
}

/// Whether a text that should have been JSON, but is not, may hold a secret: a word that names one
/// is enough, or the beginning of such a word where the text ends.
fn holds_secret(text: &str) -> bool {
    let text = shapes::unescaped(text);
    is_secret(&text) || shapes::may_hold_secret(&text)
}

/// Whether a text contains JSON with a secret.
fn is_json_with_secret(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
        && json::read(text).is_ok_and(|value| replaced(&value).is_some())
}

/// Replaces secrets while walking through a tree.
#[derive(Debug, Default)]
struct Walk {
    /// Whether the tree is a session.
    is_session: bool,
    /// The path of the first replacement.
    found: Option<String>,
    /// What was replaced: texts and numbers.
    replaced: Vec<Value>,
}

impl Walk {
    /// A value under the field `name`, at `path`.
    fn visit(&mut self, value: &mut Value, name: &str, path: &str) {
        match value {
            Value::Object(fields) => self.object(fields, path),
            Value::Array(items) => self.array(items, path),
            Value::String(text) if self.is_secret(text, name, path) => {
                let marker =
                    if IDENTITIES.contains(&name) { distinct(text) } else { MARKER.to_owned() };
                self.replace(value, marker, path);
            }
            _ => {}
        }
    }

    fn is_secret(&self, text: &str, name: &str, path: &str) -> bool {
        if is_named(name, path, self.is_session) {
            is_secret_in_name(text)
        } else {
            is_secret(text)
        }
    }

    fn object(&mut self, fields: &mut Map<String, Value>, path: &str) {
        let names_symbols = self.is_session && names_symbols(path);
        let labelled = !names_symbols && is_labelled(fields);
        let pair = fields.len() == 2;
        for (name, mut value) in std::mem::take(fields) {
            let renamed = is_secret(&name);
            let name = if renamed { distinct(&name) } else { name };
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let beside_label =
                labelled && (is_one_of(&LABELLED, &name) || (pair && !is_one_of(&LABELS, &name)));
            let is_named = beside_label || (!names_symbols && names::is_secret(&name, &value));
            if is_named && says_something(&value) {
                self.replace(&mut value, MARKER.to_owned(), &path);
            } else {
                self.visit(&mut value, &name, &path);
            }
            if renamed {
                self.found.get_or_insert(path);
            }
            fields.insert(name, value);
        }
    }

    /// In an array, a header's value follows its name: `["Authorization", …]`.
    fn array(&mut self, items: &mut [Value], path: &str) {
        let names_symbols = self.is_session && names_symbols(path);
        let mut behind_name = false;
        for (at, item) in items.iter_mut().enumerate() {
            let path = format!("{path}[{at}]");
            let is_name = !names_symbols && is_secret_name(item);
            if behind_name && says_something(item) {
                self.replace(item, MARKER.to_owned(), &path);
            } else {
                self.visit(item, "", &path);
            }
            behind_name = is_name;
        }
    }

    fn replace(&mut self, value: &mut Value, marker: String, path: &str) {
        self.replaced.push(std::mem::replace(value, Value::String(marker)));
        self.found.get_or_insert_with(|| path.to_owned());
    }
}

/// Whether a field of the object says that its neighbour is a secret.
fn is_labelled(fields: &Map<String, Value>) -> bool {
    fields
        .iter()
        .filter(|(name, _)| is_one_of(&LABELS, name))
        .any(|(_, value)| is_secret_name(value))
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_secret_name(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| names::is_header(text) && names::is_secret(text, &Value::Null))
}

/// Whether a value can be a secret at all: an empty, switched-off or already replaced one cannot.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty() && text != MARKER,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// A marker that differs for different texts.
fn distinct(text: &str) -> String {
    format!("[replaced {}]", &ContentHash::of(text.as_bytes()).to_string()[..12])
}

#[cfg(test)]
mod tests;
