//! Reads an object's fields one by one, with their paths for messages. A field that is null counts
//! as absent.

use crate::domain::amount::Points;
use crate::domain::decimal::{DecimalError, parse_scaled};
use crate::domain::id::Ticket;
use crate::domain::suggest::hint;
use crate::wire::refusal::{REQUIRED, Refusal, UNKNOWN_FIELD, UNKNOWN_TOO};
use serde_json::{Map, Number, Value};
use std::str::FromStr;

/// The longest id or name that is accepted: a limit on memory, far above any real one.
pub(super) const TEXT_CHARS_MAX: usize = 256;

/// How many unknown fields beside the first a message tells of.
const UNKNOWN_MORE_MAX: usize = 4;

/// An object somewhere in a body.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The object at `path`.
    pub(super) fn of(path: impl Into<String>, value: &'a Value) -> Result<Self, Refusal> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            other => {
                Err(Refusal::malformed(path, format!("must be an object, not {}", kind(other))))
            }
        }
    }

    /// The path of a field.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The path of the object itself.
    pub(super) fn own_path(&self) -> &str {
        &self.path
    }

    /// The fields but those to be left out and those that are null.
    pub(super) fn rest(&self, without: impl Fn(&str) -> bool) -> Map<String, Value> {
        let kept = self.map.iter().filter(|(name, value)| !without(name) && !value.is_null());
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// A field, unless it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A field with its value, null included: for the few fields in which null means something.
    pub(super) fn raw(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }

    /// Refuses fields that are neither in `known` nor in `later`, all of them at once, and those of `later`
    /// that ask for something.
    pub(super) fn only(&self, known: &[&str], later: &[&str]) -> Result<(), Refusal> {
        let (mut refused, mut more): (Option<Refusal>, usize) = (None, 0);
        for (name, value) in self.map {
            let is_later = later.contains(&name.as_str());
            if known.contains(&name.as_str()) || (is_later && asks_nothing(value)) {
                continue;
            }
            match &mut refused {
                None if is_later => {
                    return Err(Refusal::unsupported(self.path(name), format_args!("`{name}`")));
                }
                None => {
                    let reason = format!("{UNKNOWN_FIELD}: {}", hint(name, known));
                    refused = Some(self.wrong(name, reason));
                }
                Some(first) if !is_later && more < UNKNOWN_MORE_MAX && name.len() <= 40 => {
                    more += 1;
                    let hint = hint(name, known);
                    first.reason = format!("{}; `{name}{UNKNOWN_TOO}{hint}", first.reason);
                }
                Some(_) => {}
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// An object inside this one.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Refusal> {
        self.get(name).map(|value| Self::of(self.path(name), value)).transpose()
    }

    /// The objects of a list, with their paths; at least one.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Refusal> {
        let value = self.required(name, self.get(name))?;
        let Value::Array(items) = value else {
            return Err(self.wrong(name, format!("must be a list, not {}", kind(value))));
        };
        if items.is_empty() {
            return Err(self.wrong(name, "must not be empty"));
        }
        let path = self.path(name);
        let items = items.iter().enumerate();
        items.map(|(place, item)| Self::of(format!("{path}[{place}]"), item)).collect()
    }

    /// A text that is neither empty nor too long. Any character is allowed: a command must not be
    /// lost for one, and text is escaped where people read it.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value
            .as_str()
            .ok_or_else(|| self.wrong(name, format!("must be text, not {}", kind(value))))?;
        check_text(text).map_err(|reason| self.wrong(name, reason))?;
        Ok(Some(text))
    }

    /// An id, which may be a text or a whole number, as text.
    pub(super) fn id(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
            Some(Value::String(_)) => Ok(self.text(name)?.map(str::to_owned)),
            Some(other) => {
                Err(self
                    .wrong(name, format!("must be text or a whole number, not {}", kind(other))))
            }
            None => Ok(None),
        }
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value
            .as_bool()
            .map(Some)
            .ok_or_else(|| self.wrong(name, format!("must be true or false, not {}", kind(value))))
    }

    /// A whole number of at least `min`.
    pub(super) fn count(&self, name: &str, min: u32) -> Result<Option<u32>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let count = whole(value).filter(|count| *count >= min);
        count.map(Some).ok_or_else(|| {
            self.wrong(
                name,
                format!("must be a whole number from {min} to {}, not {}", u32::MAX, shown(value)),
            )
        })
    }

    /// A distance in points, such as the accepted deviation from a price.
    pub(super) fn points(&self, name: &str) -> Result<Option<Points>, Refusal> {
        let points = self.count(name, 0)?.map(|points| Points(i64::from(points)));
        match points.filter(|points| *points > Points::MOST) {
            Some(points) => {
                let most = Points::MOST.0;
                Err(self.wrong(name, format!("must be from 0 to {most} points, not {}", points.0)))
            }
            None => Ok(points),
        }
    }

    /// A decimal above zero, given as a number or as text.
    pub(super) fn above_zero<T>(&self, name: &str) -> Result<Option<T>, Refusal>
    where
        T: FromStr<Err = DecimalError> + PartialOrd + Default,
    {
        match self.decimal::<T>(name)? {
            Some(number) if number <= T::default() => {
                let value = self.get(name).map(shown).unwrap_or_default();
                Err(self.wrong(
                    name,
                    format!(
                        "must be above 0, not {}; leave it out for none",
                        value.trim_matches('"')
                    ),
                ))
            }
            found => Ok(found),
        }
    }

    /// A decimal, given as a number or as text.
    pub(super) fn decimal<T: FromStr<Err = DecimalError>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            other => return Err(self.wrong(name, format!("must be a number, not {}", kind(other)))),
        };
        let shown: &str = if text.chars().count() > 40 { "a long text" } else { &text };
        text.parse().map(Some).map_err(|error| self.wrong(name, format!("`{shown}`: {error}")))
    }

    /// MT5's number of an order or a position: a whole number from 1 to 2^64 - 1, as a number or as
    /// text. Beyond 2^53 only text is exact in every platform's language.
    pub(super) fn ticket(&self, name: &str) -> Result<Option<Ticket>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            // Up to this bound a float is exact.
            Value::Number(number) if number.is_f64() => {
                whole_number(number).filter(|whole| *whole < 1 << 53)
            }
            Value::Number(number) => number.as_u64(),
            // Rust's own parser would also accept a plus sign.
            Value::String(text) => {
                text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
            }
            _ => None,
        };
        let ticket = number.filter(|number| *number > 0).map(Ticket);
        let expected = "must be a ticket: a whole number above 0, as a number or as text";
        ticket
            .map(Some)
            .ok_or_else(|| self.wrong(name, format!("{expected}, not {}", shown(value))))
    }

    /// A figure with several spellings. Given twice, the values must be the same.
    pub(super) fn one_of<T: PartialEq + Copy>(
        &self,
        names: &[&'static str],
        read: impl Fn(&str) -> Result<Option<T>, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        let mut found: Option<(&str, T)> = None;
        for &name in names {
            match (found, read(name)?) {
                (Some((first, value)), Some(other)) if value != other => {
                    return Err(self.wrong(
                        name,
                        format!(
                            "says otherwise than `{first}`, which means the same: give one of them"
                        ),
                    ));
                }
                (None, Some(value)) => found = Some((name, value)),
                _ => {}
            }
        }
        Ok(found.map(|(_, value)| value))
    }

    /// The value, or a refusal that says it is required.
    pub(super) fn required<T>(&self, name: &str, found: Option<T>) -> Result<T, Refusal> {
        found.ok_or_else(|| self.wrong(name, REQUIRED))
    }

    /// The refusal of a field.
    pub(super) fn wrong(&self, name: &str, reason: impl Into<String>) -> Refusal {
        Refusal::malformed(self.path(name), reason)
    }
}

/// What a value is, in words.
pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A short value as it is written, a long one by its kind.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => kind(value).to_owned(),
        Value::String(text) if text.chars().count() > 40 => "a long text".to_owned(),
        plain => plain.to_string(),
    }
}

/// Whether a value asks for nothing: platforms send null, false or an empty object for what is
/// switched off.
pub(super) fn asks_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A whole number, also when it is written as `1.0`.
fn whole(value: &Value) -> Option<u32> {
    let Value::Number(number) = value else { return None };
    u32::try_from(whole_number(number)?).ok()
}

fn whole_number(number: &Number) -> Option<u64> {
    u64::try_from(parse_scaled(&number.to_string(), 0).ok()?).ok()
}

fn check_text(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else if text.chars().count() > TEXT_CHARS_MAX {
        Err(format!("must not be longer than {TEXT_CHARS_MAX} characters"))
    } else {
        Ok(())
    }
}
