//! Looks for what must not be shared. A recording has no secrets by construction; this is for what somebody put into
//! a free field (settings, options, a command's parameters) all the same.
//!
//! Judges names of fields, not values: it must never print a value.

use crate::recording::error::RecordingError;
use serde_json::Value;

/// A name that contains one of these, whatever its case and its separators.
const INSIDE: &[&str] = &["password", "passwd", "secret", "apikey", "accesskey", "privatekey", "token", "authorization", "credential"];
/// A name that is one of these.
const WHOLE: &[&str] = &["key", "pwd", "pass", "auth", "bearer"];

/// Refuses a value in which a field's name looks like that of a secret and the field is not empty.
///
/// # Errors
/// [`RecordingError::Secret`] with the field's path.
pub fn check(place: &str, value: &Value) -> Result<(), RecordingError> {
    match find(value, "") {
        Some(field) => Err(RecordingError::Secret { place: place.to_owned(), field }),
        None => Ok(()),
    }
}

/// Refuses a command's body likewise. One that is no JSON is judged word by word.
///
/// # Errors
/// [`RecordingError::Secret`] with the field's path or the word.
pub fn check_body(place: &str, body: &str) -> Result<(), RecordingError> {
    if let Ok(value) = serde_json::from_str(body) {
        return check(place, &value);
    }
    let mut words = body.split(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter));
    match words.find(|word| is_inside(&plain(word))) {
        Some(word) => Err(RecordingError::Secret { place: place.to_owned(), field: word.to_owned() }),
        None => Ok(()),
    }
}

fn find(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let said = matches!(value, Value::Number(_)) || value.as_str().is_some_and(|text| !text.is_empty());
            if said && looks_secret(name) { Some(path) } else { find(value, &path) }
        }),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, value)| find(value, &format!("{path}[{at}]"))),
        _ => None,
    }
}

fn looks_secret(name: &str) -> bool {
    let name = plain(name);
    WHOLE.contains(&name.as_str()) || is_inside(&name)
}

fn is_inside(name: &str) -> bool {
    INSIDE.iter().any(|word| name.contains(word))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(body: &str, expect: Option<&str>) {
        let found = match check_body("a command", body) {
            Err(RecordingError::Secret { field, .. }) => Some(field),
            _ => None,
        };
        assert_eq!(found.as_deref(), expect, "{body}");
    }

    #[test]
    fn a_field_that_looks_like_a_secret_is_named() {
        check_text(r#"{"parameters":{"apiKey":"x"}}"#, Some("parameters.apiKey"));
        check_text(r#"{"list":[{"Access_Token":"x"}]}"#, Some("list[0].Access_Token"));
        check_text(r#"{"key":"x"}"#, Some("key"));
        check_text(r#"{"password":""}"#, None);
        check_text(r#"{"keyword":"x","rules":{"monkey":1}}"#, None);
        check_text(r#"{"strategyId":"password"}"#, None);
        check_text(r#"{"broken": "api_key=abc"#, Some("api_key"));
        check_text("not JSON at all", None);
    }
}
