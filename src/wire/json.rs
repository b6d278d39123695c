//! JSON read strictly and written canonically.

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Reads one JSON value. A key that occurs twice in an object is an error, because nobody knows
/// which of the two was meant.
///
/// # Errors
/// serde_json's, with line and column.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// What is wrong with one line of a file. The caller names the line, because serde_json counts
/// every line as the first.
#[must_use]
pub fn flaw_of_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())) {
        Some(flaw) => format!("{flaw} at column {}", error.column()),
        None => text,
    }
}

/// The canonical text of a value: keys sorted, no spaces. Values that differ only in the order of
/// keys have the same text.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut sorted: Vec<_> = map.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            write_list(out, ['{', '}'], sorted, |(key, value), out| {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(value, out);
            });
        }
        Value::Array(items) => write_list(out, ['[', ']'], items, write_canonical),
        plain => out.push_str(&plain.to_string()),
    }
}

fn write_list<T>(
    out: &mut String,
    brackets: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) {
    out.push(brackets[0]);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(brackets[1]);
}

/// Reads a value and refuses a key that occurs twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number beyond all bounds"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(Self)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the field `{key}` stands twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_of_a_line_names_the_column_alone() {
        let flaw = |text| flaw_of_line(&read(text).unwrap_err());
        assert_eq!(flaw("{"), "EOF while parsing an object at column 1");
        assert_eq!(flaw("[1, x]"), "expected value at column 5");
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = read(r#"{"b": [{"d": 1, "c": "\n"}], "a": 0.10}"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":0.1,"b":[{"c":"\n","d":1}]}"#);
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let error = read(r#"{"a": {"lots": 1, "lots": 2}}"#).unwrap_err().to_string();
        assert!(error.starts_with("the field `lots` stands twice"), "{error}");
        assert!(read("1 2").is_err());
    }
}
