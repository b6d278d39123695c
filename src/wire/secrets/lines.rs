//! A line of a file that cannot be read, and what is wrong with it: whether they may be shown. What
//! is wrong may quote the line, and the name of what it quotes may stand elsewhere, in the line or
//! above it.

use super::told::{is_hidden, told};
use super::{LABELLED, LABELS, Walk, is_one_of, is_secret_name, names, names_symbols, shapes};
use crate::wire::json;
use serde_json::Value;
use std::ops::Range;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// The reason given for a line that cannot be quoted.
pub const HIDDEN: &str =
    "cannot be read, and is not shown because it looks like a secret: take it out";

/// What is wrong with a line of JSON, or [`HIDDEN`] where that would tell what looks like a secret.
///
/// ```
/// use tickdeck::wire::secrets::lines::{HIDDEN, reason_of_json};
/// let line = r#"{"password": "hunter2"}"#;
/// assert_eq!(reason_of_json(line, "unknown field `password`".to_owned()), "unknown field `password`");
/// assert_eq!(reason_of_json(line, "invalid type: string \"hunter2\"".to_owned()), HIDDEN);
/// ```
#[must_use]
pub fn reason_of_json(line: &str, reason: String) -> String {
    let quotes = json::read(line).is_ok_and(|value| mentions(&value, &reason));
    if quotes || told(&reason) != reason { HIDDEN.to_owned() } else { reason }
}

/// Whether the line at the place `at` of a text in TOML may hold a secret, or what is wrong with it
/// does.
///
/// ```
/// use tickdeck::wire::secrets::lines::hides_toml;
/// let text = "seed = seven # the key\npassword =\n  hunter2";
/// assert!(hides_toml(text, text.len(), "expected a value") && !hides_toml(text, 8, "expected a number"));
/// ```
#[must_use]
pub fn hides_toml(text: &str, at: usize, reason: &str) -> bool {
    let begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let line = &text[begin..end];
    let table =
        toml::from_str::<toml::Table>(text).ok().and_then(|table| serde_json::to_value(table).ok());
    let quotes = table.is_some_and(|table| mentions(&table, line) || mentions(&table, reason));
    quotes
        || told(reason) != reason
        || is_hidden_line(line)
        || secrets(text).iter().any(|found| found.start < end && begin < found.end)
}

/// Whether a text has what was replaced in the value.
fn mentions(value: &Value, text: &str) -> bool {
    let mut walk = Walk { is_session: true, ..Walk::default() };
    walk.visit(&mut value.clone(), "", "");
    walk.replaced.iter().any(|replaced| any_leaf(replaced, &|leaf| has_word(text, leaf)))
}

fn any_leaf(value: &Value, found: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_leaf(item, found)),
        Value::Object(fields) => fields.values().any(|item| any_leaf(item, found)),
        Value::String(text) => found(text) || found(&text.escape_debug().to_string()),
        Value::Number(number) => found(&number.to_string()),
        Value::Null | Value::Bool(_) => false,
    }
}

/// Whether a text has a part, and not within a longer word.
fn has_word(text: &str, part: &str) -> bool {
    let is_end = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
    !part.is_empty()
        && text.match_indices(part).any(|(at, part)| {
            is_end(text[..at].chars().next_back()) && is_end(text[at + part.len()..].chars().next())
        })
}

/// Whether a line holds a secret by itself. What it assigns is judged with the names above it.
fn is_hidden_line(line: &str) -> bool {
    let has_name = line.split_once('#').map_or(line, |(said, _)| said).contains('=');
    shapes::secrets(line).next().is_some() || (!has_name && is_hidden(line))
}

/// Where values stand in a text, be it TOML or not, that look like secrets.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut reader = Reader {
        text,
        within: vec![Level::default()],
        word: Vec::new(),
        is_header: false,
        begins_line: true,
        waits: false,
        found: Vec::new(),
    };
    for token in Source::new(text).lex() {
        reader.take(token.kind(), token.span().start()..token.span().end());
    }
    reader.found
}

/// Goes through the tokens of a text, with the names of what they are in.
struct Reader<'a> {
    text: &'a str,
    /// The table, and each list and inline table in it.
    within: Vec<Level>,
    /// What may become a name: all since the last mark.
    word: Vec<String>,
    /// Between the brackets of a table's name.
    is_header: bool,
    begins_line: bool,
    /// Behind a `=`, before its value.
    waits: bool,
    found: Vec<Range<usize>>,
}

/// A table or a list.
#[derive(Debug, Clone, Default)]
struct Level {
    is_list: bool,
    path: Vec<String>,
    /// Whether all that is in it is secret.
    is_secret: bool,
    /// The name of the value that stands here.
    name: Option<Vec<String>>,
    /// Whether the value that stands here is secret, and whether it would be as a number.
    value_is_secret: (bool, bool),
    /// Whether a neighbour says so of the values that follow.
    is_labelled: bool,
}

impl Reader<'_> {
    fn take(&mut self, kind: TokenKind, place: Range<usize>) {
        let begins_line = std::mem::replace(&mut self.begins_line, false);
        match kind {
            TokenKind::Whitespace => self.begins_line = begins_line,
            TokenKind::Newline => self.end_line(),
            TokenKind::Equals => self.name(),
            TokenKind::Comma => self.next_value(),
            TokenKind::LeftSquareBracket if self.begins_header(begins_line) => self.begin_header(),
            TokenKind::LeftSquareBracket => self.open(true),
            TokenKind::LeftCurlyBracket => self.open(false),
            TokenKind::RightSquareBracket if self.is_header => self.end_header(),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => self.close(),
            TokenKind::Comment if super::is_secret(&self.text[place.clone()]) => {
                self.found.push(place);
            }
            TokenKind::Comment | TokenKind::Dot | TokenKind::Eof => {}
            _ => self.word(place),
        }
    }

    fn level(&mut self) -> &mut Level {
        // The outermost one is never closed.
        let last = self.within.len() - 1;
        &mut self.within[last]
    }

    fn end_line(&mut self) {
        self.begins_line = true;
        if self.within.len() == 1 && !self.waits {
            self.next_value();
        }
    }

    fn next_value(&mut self) {
        self.word.clear();
        let level = self.level();
        if !level.is_list {
            (level.name, level.value_is_secret) = (None, (false, false));
        }
    }

    /// What stood before a `=` is the name of what follows.
    fn name(&mut self) {
        let name = std::mem::take(&mut self.word);
        self.waits = true;
        let level = self.level();
        let labelled =
            level.is_labelled && name.last().is_some_and(|last| is_one_of(&LABELLED, last));
        level.value_is_secret = (
            labelled || is_secret(&level.path, &name, &Value::Null),
            labelled || is_secret(&level.path, &name, &0.into()),
        );
        level.name = Some(name);
    }

    fn word(&mut self, place: Range<usize>) {
        let text = self.text;
        let said = shapes::unescaped(text[place.clone()].trim_matches(['"', '\'']));
        self.word.push(said.clone().into_owned());
        if self.is_header {
            return;
        }
        self.waits = false;
        let level = self.level();
        let (as_text, as_number) = level.value_is_secret;
        let by_name = if said.parse::<f64>().is_ok() { as_number } else { as_text };
        let is_value = level.is_list || level.name.is_some();
        if is_value && (level.is_secret || by_name || super::is_secret(&said)) {
            self.found.push(place);
        }
        let level = self.level();
        let names_symbols = names_symbols(&level.path.join("."));
        if !names_symbols && is_secret_name(&Value::from(&*said)) {
            let is_label = level
                .name
                .as_ref()
                .and_then(|name| name.last())
                .is_some_and(|name| is_one_of(&LABELS, name));
            level.is_labelled |= is_label;
            level.is_secret |= level.is_list;
        }
    }

    fn open(&mut self, is_list: bool) {
        self.waits = false;
        self.word.clear();
        let level = self.level();
        let path = level.path.iter().chain(level.name.iter().flatten()).cloned().collect();
        let inner = Level {
            is_list,
            path,
            is_secret: level.is_secret || level.value_is_secret.0,
            ..Level::default()
        };
        self.within.push(inner);
    }

    fn close(&mut self) {
        self.word.clear();
        if self.within.len() > 1 {
            self.within.pop();
        }
    }

    /// Whether a `[` opens a table rather than a list.
    fn begins_header(&self, begins_line: bool) -> bool {
        begins_line && !self.waits && self.within.len() == 1
    }

    fn begin_header(&mut self) {
        (self.is_header, self.begins_line) = (true, true);
        self.within = vec![Level::default()];
        self.word.clear();
    }

    fn end_header(&mut self) {
        self.is_header = false;
        let path = std::mem::take(&mut self.word);
        self.within = vec![Level {
            is_secret: is_secret(&[], &path, &Value::Null),
            path,
            ..Level::default()
        }];
    }
}

/// Whether a name within a path says that its value is secret. Names of symbols say nothing.
fn is_secret(path: &[String], name: &[String], value: &Value) -> bool {
    let mut above = path.to_vec();
    name.iter().any(|part| {
        let is_secret = !names_symbols(&above.join(".")) && names::is_secret(part, value);
        above.push(part.clone());
        is_secret
    })
}
