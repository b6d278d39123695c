//! Changes that keep to the structure of what they change: a value here, a key there, a line twice.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde_json::{Map, Value, json};

/// Makes changes, the same for the same seed.
pub struct Mutator {
    random: ChaCha8Rng,
}

/// Texts that were trouble somewhere.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "1e-2147483648",
    "1e2147483647",
    "1e400",
    "9223372036854775807",
    "-9223372036854775808",
    "92233720368.54775807",
    "99999999999999999999999999",
    "NaN",
    "inf",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}txt",
    "\n2025-09-21 21:50:01.242Z  forged",
    "..",
    "../../etc/passwd",
    "/dev/zero",
    "CON",
    "EURUSD",
    "2025-09-21T21:20:00Z",
    "1600-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "-262143-01-01T00:00:00Z",
    "UTC+99",
    "America/New_York+7",
    "Europe/Nowhere",
    "M1",
    "EMA_0",
    "EMA_4294967296",
    "password",
];

/// Figures that were trouble somewhere.
const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    2,
    255,
    65_535,
    65_536,
    1_000_000,
    2_147_483_647,
    2_147_483_648,
    4_294_967_296,
    9_007_199_254_740_993,
    i64::MAX,
    i64::MIN,
    i64::MAX / 1_000_000,
];

const FLOATS: &[f64] =
    &[0.0, -0.0, 1e-300, 1e300, -1e300, 0.1, 1e18, 1e19, 0.000_000_001, 123_456_789.123_456_79];

impl Mutator {
    /// Changes drawn from `random`.
    pub const fn new(random: ChaCha8Rng) -> Self {
        Self { random }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random.next_u64() % end as u64).unwrap()
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// TOML with one to three changes; now and then it is no TOML any more.
    pub fn toml(&mut self, text: &str) -> String {
        let parsed = toml::from_str::<toml::Value>(text)
            .ok()
            .and_then(|value| serde_json::to_value(value).ok());
        let Some(mut value) = parsed.filter(|_| self.below(6) > 0) else { return self.text(text) };
        for _ in 0..=self.below(3) {
            self.change(&mut value);
        }
        toml::to_string(&value).unwrap_or_else(|_| self.text(text))
    }

    /// JSON lines of which one to three are changed, doubled, left out, or moved.
    pub fn json_lines(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..=self.below(3) {
            if lines.is_empty() {
                break;
            }
            let at = self.below(lines.len());
            match self.below(10) {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at].clone()),
                2 => {
                    let to = self.below(lines.len());
                    lines.swap(at, to);
                }
                3 => lines[at] = self.text(&lines[at].clone()),
                _ => lines[at] = self.json(&lines[at].clone()),
            }
        }
        lines.join("\n") + "\n"
    }

    fn json(&mut self, line: &str) -> String {
        let Ok(mut value) = serde_json::from_str::<Value>(line) else { return self.text(line) };
        self.change(&mut value);
        value.to_string()
    }

    /// Bytes with some of them changed, cut off, or doubled.
    pub fn bytes(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self.below(4) {
            0 => bytes.truncate(self.below(bytes.len())),
            1 => bytes.extend_from_within(..),
            _ => {
                for _ in 0..=self.below(8) {
                    let at = self.below(bytes.len());
                    bytes[at] = u8::try_from(self.below(256)).unwrap();
                }
            }
        }
        bytes
    }

    /// One argument changed, left out, doubled, or one that is unknown.
    pub fn arguments(&mut self, arguments: &mut Vec<String>) {
        for _ in 0..=self.below(2) {
            let at = 1 + self.below(arguments.len() - 1);
            match self.below(6) {
                0 => drop(arguments.remove(at)),
                1 => arguments.insert(at, arguments[at].clone()),
                2 => arguments.insert(at, "--no-such-option".to_owned()),
                _ => {
                    let text = if self.below(2) == 0 {
                        (*self.pick(NUMBERS)).to_string()
                    } else {
                        (*self.pick(TEXTS)).to_owned()
                    };
                    arguments[at] = text.replace('\0', "");
                }
            }
            if arguments.len() < 2 {
                break;
            }
        }
    }

    /// Text with a piece cut out, doubled or put in.
    fn text(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        if chars.is_empty() {
            return (*self.pick(TEXTS)).to_owned();
        }
        let from = self.below(chars.len());
        let to = (from + 1 + self.below(12)).min(chars.len());
        match self.below(4) {
            0 => drop(chars.drain(from..to)),
            1 => {
                let piece = chars[from..to].to_vec();
                chars.splice(from..from, piece);
            }
            2 => chars.truncate(from),
            _ => {
                let piece: Vec<char> = self.pick(TEXTS).chars().collect();
                chars.splice(from..from, piece);
            }
        }
        chars.into_iter().collect()
    }

    /// Changes one value of a tree, somewhere.
    fn change(&mut self, value: &mut Value) {
        let count = count(value);
        let place = self.below(count);
        let mut at = 0;
        self.change_at(value, place, &mut at);
    }

    fn change_at(&mut self, value: &mut Value, place: usize, at: &mut usize) -> bool {
        if *at == place {
            *value = self.another(value);
            return true;
        }
        *at += 1;
        match value {
            Value::Array(items) => items.iter_mut().any(|item| self.change_at(item, place, at)),
            Value::Object(fields) => {
                fields.values_mut().any(|field| self.change_at(field, place, at))
            }
            // A body is JSON within JSON.
            Value::String(text) if text.starts_with('{') => {
                let Ok(mut inner) = serde_json::from_str::<Value>(text) else { return false };
                let done = self.change_at(&mut inner, place, at);
                if done {
                    *text = inner.to_string();
                }
                done
            }
            _ => false,
        }
    }

    fn another(&mut self, value: &Value) -> Value {
        match (self.below(8), value) {
            (0..=2, Value::Object(fields)) => self.another_object(fields),
            (0..=2, Value::Array(items)) => self.another_list(items),
            (0..=2, Value::String(text)) => json!(self.text(text)),
            (0..=4, Value::Number(_)) | (3, _) => json!(self.pick(NUMBERS)),
            (4, _) => json!(self.pick(FLOATS)),
            (5, _) => json!(self.below(2) == 0),
            (6, _) => json!([value, value]),
            _ => json!(self.pick(TEXTS)),
        }
    }

    fn another_object(&mut self, fields: &Map<String, Value>) -> Value {
        let mut fields = fields.clone();
        let names: Vec<String> = fields.keys().cloned().collect();
        match self.below(3) {
            0 if !names.is_empty() => drop(fields.remove(self.pick(&names))),
            1 if !names.is_empty() => {
                let name = self.pick(&names).clone();
                let value = fields.remove(&name).unwrap();
                fields.insert(self.text(&name), value);
            }
            _ => drop(fields.insert((*self.pick(TEXTS)).to_owned(), json!(self.pick(NUMBERS)))),
        }
        Value::Object(fields)
    }

    fn another_list(&mut self, items: &[Value]) -> Value {
        match self.below(3) {
            0 => json!([]),
            1 => Value::Array(items.iter().chain(items).cloned().collect()),
            _ => Value::Array(items.iter().rev().cloned().collect()),
        }
    }
}

/// How many values a tree has.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        Value::String(text) if text.starts_with('{') => {
            serde_json::from_str::<Value>(text).map_or(0, |inner| count(&inner))
        }
        _ => 0,
    }
}
