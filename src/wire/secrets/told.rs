//! Messages for people, from which secrets are removed.
//!
//! A message mixes our words with quotations from files and commands, and does not say which is
//! which. So the rules are narrower than for a command: a name alone is no secret (``unknown field
//! `password` ``), nor is one of our words after it (`parameters.token: unknown field`). Text in
//! quotation marks is judged like a command's.

use super::{MARKER, names, shapes};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// Text between two of these is a quotation.
const QUOTES: [char; 2] = ['`', '"'];

/// A text of ours, of one line or more, with a [`MARKER`] for whatever looks like a secret.
///
/// ```
/// use tickdeck::wire::secrets::told::told;
/// assert_eq!(told("cannot read https://me:hunter2@host/c.jsonl"), "cannot read [replaced]");
/// assert_eq!(told("unknown field `password`: expected `name`"), "unknown field `password`: expected `name`");
/// ```
#[must_use]
pub fn told(text: &str) -> Cow<'_, str> {
    let mut hidden: Vec<Range<usize>> = Vec::new();
    hidden.extend(shapes::private_key(text));
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        hidden.extend(
            hidden_in(line).into_iter().map(|found| begin + found.start..begin + found.end),
        );
        begin += line.len();
    }
    without(text, hidden)
}

/// JSON of ours, with a [`MARKER`] within its texts for whatever looks like a secret.
#[must_use]
pub fn told_json(json: &str) -> Cow<'_, str> {
    let (mut out, mut done) = (String::new(), 0);
    let mut at = 0;
    while let Some(begin) = json[at..].find('"').map(|found| at + found) {
        at = begin + literal_len(&json[begin..]);
        let text: String = serde_json::from_str(&json[begin..at]).unwrap_or_default();
        if let Cow::Owned(plain) = told(&text) {
            out.push_str(&json[done..begin]);
            out.push_str(&Value::from(plain).to_string());
            done = at;
        }
    }
    if done == 0 { Cow::Borrowed(json) } else { Cow::Owned(out + &json[done..]) }
}

/// How long the literal is with which JSON begins, its quotes included.
fn literal_len(json: &str) -> usize {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// Whether a line that somebody wrote says something that is not to be told.
pub(super) fn is_hidden(line: &str) -> bool {
    says_password(line) || !hidden_in(line).is_empty()
}

/// What looks like a secret in a line.
fn hidden_in(line: &str) -> Vec<Range<usize>> {
    let quoted = quoted(line);
    let is_name = |found: &Range<usize>| {
        shapes::is_behind_scheme(line, found) && shapes::is_word(&line[found.clone()])
    };
    let mut hidden: Vec<Range<usize>> =
        shapes::secrets(line).filter(|found| !is_name(found)).collect();
    hidden.extend(quoted.iter().filter(|span| is_quoted_secret(&line[(*span).clone()])).cloned());
    hidden.extend(assigned(line, &quoted));
    hidden
}

fn is_quoted_secret(text: &str) -> bool {
    says_password(text) || super::is_json_with_secret(text)
}

/// What stands between quotes.
fn quoted(line: &str) -> Vec<Range<usize>> {
    let (mut spans, mut at) = (Vec::new(), 0);
    while let Some((begin, quote)) = line[at..]
        .find(QUOTES)
        .and_then(|found| Some((at + found, line[at + found..].chars().next()?)))
    {
        let inner = begin + 1;
        let Some(end) = closing(&line[inner..], quote).map(|end| inner + end) else {
            at = inner;
            continue;
        };
        spans.push(inner..end);
        at = end + 1;
    }
    spans
}

/// Where a quote ends; one behind a backslash ends nothing.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let mut ends = text.char_indices().filter(|(_, letter)| {
        let ends = *letter == quote && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    ends.next().map(|(at, _)| at)
}

/// The values behind names of secrets: `password: x1`, `api_key=x`, `"token":"x"`.
fn assigned(line: &str, quoted: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut values: Vec<Range<usize>> = Vec::new();
    let mut quoted = quoted.iter().peekable();
    for (name, mark, begin) in shapes::assigned(line) {
        let is_in_value = values.last().is_some_and(|value| name.start < value.end);
        if is_in_value
            || line[begin..].starts_with(MARKER)
            || !names::is_secret(&line[name.clone()], &Value::Null)
        {
            continue;
        }
        let part = shapes::first_part(&line[begin..]);
        let is_in_path =
            line[..name.start].ends_with('/') || line[begin + part.len()..].starts_with('/');
        if (is_in_path || shapes::is_word(part)) && shapes::is_honest(line, &name, begin) {
            continue;
        }
        while quoted.next_if(|span| span.end <= begin).is_some() {}
        let around = quoted.peek().filter(|span| span.start <= name.start);
        let quote = line[..begin]
            .chars()
            .next_back()
            .filter(|letter| QUOTES.contains(letter) || *letter == '\'');
        let is_inside = names::is_inside(&line[name.clone()]);
        // A path may have names in it, whose values are names again.
        let ends = |letter: char| {
            letter.is_whitespace()
                || "`\"',;&)]}\\".contains(letter)
                || (letter == '/' && !is_inside)
        };
        let end = match (quote, around) {
            (Some(quote), _) => line[begin..].find([quote, '\\']),
            (None, Some(span)) if mark == ':' => Some(span.end - begin),
            _ => line[begin..].find(ends),
        };
        let value = begin..end.map_or(line.trim_end().len().max(begin), |end| begin + end);
        let found = Assigned {
            value: &line[value.clone()],
            mark,
            is_of_others: quote.is_some() || around.is_some(),
            is_json: quote.is_some() && line[name.end..].starts_with(['"', '\\']),
            name: &line[name],
        };
        if found.is_secret() {
            values.push(value);
        }
    }
    values
}

/// A name, a mark and a value, as they stand in a message.
struct Assigned<'a> {
    name: &'a str,
    value: &'a str,
    mark: char,
    /// Whether they stand in quotes: no value there is a word of ours.
    is_of_others: bool,
    is_json: bool,
}

impl Assigned<'_> {
    /// Whether the value is a secret. One of others is, by a name that is hardly ever anything
    /// else; where it may be a word of ours, or the name is a short one, it must look as no word
    /// does.
    fn is_secret(&self) -> bool {
        let number = self.value.trim().parse::<u64>().map_or(Value::Null, Value::from);
        let has_digit = self.value.bytes().any(|byte| byte.is_ascii_digit());
        let is_likely = match (names::is_inside(self.name), self.mark) {
            (true, '=') => true,
            (true, _) => self.is_of_others || has_digit,
            (false, '=') => has_digit,
            (false, _) => self.is_json,
        };
        is_likely && names::is_secret(self.name, &number)
    }
}

/// `password hunter2`, `token s3cr3t`: a password may be a word, another secret is none. So
/// nobody's name of something is hidden, but for that of a password.
fn says_password(text: &str) -> bool {
    let mut words =
        text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).peekable();
    while let Some(word) = words.next() {
        let Some(next) = words.peek() else { return false };
        let is_bare = !word.ends_with([',', ';', '.', '?', '!']);
        let is_odd = next.bytes().any(|byte| byte.is_ascii_digit());
        if is_bare && (names::is_password(word) || (is_odd && names::is_inside(word))) {
            return true;
        }
    }
    false
}

/// A text with a marker in the place of each of these parts.
fn without(text: &str, mut hidden: Vec<Range<usize>>) -> Cow<'_, str> {
    hidden.retain(|part| !matches!(&text[part.clone()], MARKER | ""));
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    hidden.sort_by_key(|part| part.start);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for part in hidden {
        if part.start >= done {
            out.push_str(&text[done..part.start]);
            out.push_str(MARKER);
        }
        done = done.max(part.end);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}
