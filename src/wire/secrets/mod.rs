//! Finds and replaces what looks like a secret in text from outside. A password in a command's metadata belongs neither in a
//! recording nor in the executor. It is replaced before the command is read, so that no result, refusal or file can quote it, and
//! a replay reads what the run read.
//!
//! It judges by names of fields (`names`) and by the shape of values (`shapes`). When in doubt it replaces, because what is
//! replaced is never part of a command. It must never print what it found. Start with [`replaced_body`].

mod names;
mod shapes;

use crate::domain::id::ContentHash;
use crate::wire::json;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The replacement for a secret, whether that was a text, a number, a list or an object.
pub const MARKER: &str = "[replaced]";

/// Fields that identify things: two ids that look like secrets must stay different.
const IDENTITIES: [&str; 2] = ["id", "strategyId"];
/// Fields that name the value in a neighbouring field, as in `{"name": "Authorization", "value": …}`.
const LABELS: [&str; 12] = ["name", "key", "header", "field", "label", "type", "kind", "k", "param", "parameter", "property", "variable"];
/// Fields that hold such a value.
const LABELLED: [&str; 7] = ["value", "values", "val", "v", "content", "data", "text"];

/// A command's body in which nothing looks like a secret any more. `value` is the body's JSON, if it is JSON. A body that is not
/// JSON and may hold a secret is replaced as a whole. Applying this to its own result changes nothing.
#[must_use]
pub fn replaced_body<'a>(body: &'a str, value: Option<&Value>) -> Cow<'a, str> {
    match value {
        Some(value) => replaced(value).map_or(Cow::Borrowed(body), |value| Cow::Owned(value.to_string())),
        None if holds_secret(body) => Cow::Borrowed(MARKER),
        None => Cow::Borrowed(body),
    }
}

/// The value with a [`MARKER`] for everything that looks like a secret; none when nothing does.
#[must_use]
pub fn replaced(value: &Value) -> Option<Value> {
    let mut walk = Walk { found: None };
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
    let mut walk = Walk { found: None };
    walk.visit(&mut value.clone(), "", "");
    walk.found
}

/// Whether a text is, or quotes, something that looks like a secret.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text != MARKER && (shapes::is_secret(text) || is_json_with_secret(text))
}

/// Whether a text that should have been JSON, but is not, may hold a secret: a word that names one is enough, or the beginning of
/// such a word where the text ends.
fn holds_secret(text: &str) -> bool {
    let text = shapes::unescaped(text);
    is_secret(&text) || shapes::may_hold_secret(&text)
}

/// Whether a text contains JSON with a secret.
fn is_json_with_secret(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && json::read(text).is_ok_and(|value| replaced(&value).is_some())
}

/// Whether a text that cannot be read may hold a secret, so that it must not be shown: the name of one is enough.
///
/// ```
/// use tickdeck::wire::secrets::may_hold;
/// assert!(may_hold("unknown field `password`") && !may_hold("seed: must be a number"));
/// ```
#[must_use]
pub fn may_hold(text: &str) -> bool {
    holds_secret(text)
}

/// Whether a secret may stand at `at` in a TOML text that cannot be read: in that line, or in those before it up to the name of
/// its value. A name in a comment does not count.
///
/// ```
/// use tickdeck::wire::secrets::may_hold_at;
/// let text = "seed = seven # the key\npassword =\n  hunter2";
/// assert!(may_hold_at(text, text.len()) && !may_hold_at(text, 8));
/// ```
#[must_use]
pub fn may_hold_at(text: &str, at: usize) -> bool {
    let until = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let begins = |line: &&str| line.trim_start().starts_with('[') || line.contains('=');
    let mut region: Vec<&str> = Vec::new();
    for line in text[..until].lines().rev() {
        region.push(line);
        if begins(&line) {
            break;
        }
    }
    region.into_iter().any(|line| is_secret(line) || may_hold(line.split_once(" #").map_or(line, |(said, _)| said)))
}

/// Replaces secrets while walking through a tree.
struct Walk {
    /// The path of the first replacement.
    found: Option<String>,
}

impl Walk {
    /// A value under the field `name`, at `path`.
    fn visit(&mut self, value: &mut Value, name: &str, path: &str) {
        match value {
            Value::Object(fields) => self.object(fields, path),
            Value::Array(items) => self.array(items, path),
            Value::String(text) if is_secret(text) => {
                let marker = if IDENTITIES.contains(&name) { distinct(text) } else { MARKER.to_owned() };
                self.replace(value, marker, path);
            }
            _ => {}
        }
    }

    fn object(&mut self, fields: &mut Map<String, Value>, path: &str) {
        let labelled = is_labelled(fields);
        let pair = fields.len() == 2;
        for (name, mut value) in std::mem::take(fields) {
            let renamed = is_secret(&name);
            let name = if renamed { distinct(&name) } else { name };
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let beside_label = labelled && (is_one_of(&LABELLED, &name) || (pair && !is_one_of(&LABELS, &name)));
            if (beside_label || names::is_secret(&name, &value)) && says_something(&value) {
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
        let mut behind_name = false;
        for (at, item) in items.iter_mut().enumerate() {
            let path = format!("{path}[{at}]");
            let is_name = is_secret_name(item);
            if behind_name && says_something(item) {
                self.replace(item, MARKER.to_owned(), &path);
            } else {
                self.visit(item, "", &path);
            }
            behind_name = is_name;
        }
    }

    fn replace(&mut self, value: &mut Value, marker: String, path: &str) {
        *value = Value::String(marker);
        self.found.get_or_insert_with(|| path.to_owned());
    }
}

/// Whether a field of the object says that its neighbour is a secret.
fn is_labelled(fields: &Map<String, Value>) -> bool {
    fields.iter().filter(|(name, _)| is_one_of(&LABELS, name)).any(|(_, value)| is_secret_name(value))
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_secret_name(value: &Value) -> bool {
    value.as_str().is_some_and(|text| names::is_header(text) && names::is_secret(text, &Value::Null))
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
