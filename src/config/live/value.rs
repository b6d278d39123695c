//! The value of a setting, checked, from TOML or from the environment.

use super::keys::LiveKind;
use crate::domain::amount::{Percent, Volume};
use crate::domain::text::ShownPath;
use secrecy::SecretString;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Value;

/// The value of a setting.
#[derive(Debug, Clone)]
pub enum LiveValue {
    /// A text, or one of several words.
    Text(String),
    /// A text that is never shown.
    Secret(SecretString),
    /// A path.
    Path(PathBuf),
    /// A program and its arguments.
    Program(Vec<String>),
    /// Whether something holds.
    Flag(bool),
    /// A whole number.
    Whole(u64),
    /// A volume in lots.
    Lots(Volume),
    /// A part in percent.
    Percent(Percent),
}

impl LiveValue {
    /// The value that is written in TOML; relative paths begin at `dir`.
    ///
    /// # Errors
    /// What would be right. A secret is not quoted.
    pub fn of_toml(kind: LiveKind, value: &Value, dir: &Path) -> Result<Self, String> {
        let wrong = || format!("must be {}", kind.words());
        match (kind, value) {
            (LiveKind::Flag, Value::Boolean(is)) => Ok(Self::Flag(*is)),
            (LiveKind::Whole(..), Value::Integer(number)) => {
                Self::of_text(kind, &number.to_string(), dir)
            }
            (LiveKind::Lots | LiveKind::Percent, Value::Integer(_) | Value::Float(_)) => {
                Self::of_text(kind, &value.to_string(), dir)
            }
            (LiveKind::Program, Value::Array(parts)) => {
                let parts = parts.iter().map(|part| part.as_str().map(str::to_owned));
                let parts = parts.collect::<Option<Vec<_>>>().filter(|parts| is_program(parts));
                parts.map(Self::Program).ok_or_else(wrong)
            }
            (
                LiveKind::Text | LiveKind::Secret | LiveKind::Path | LiveKind::Choice(_),
                Value::String(text),
            ) => Self::of_text(kind, text, dir),
            _ => Err(wrong()),
        }
    }

    /// The value that the environment gives; relative paths begin at `dir`.
    ///
    /// # Errors
    /// As [`of_toml`](Self::of_toml).
    pub fn of_text(kind: LiveKind, text: &str, dir: &Path) -> Result<Self, String> {
        let wrong = || Err(format!("must be {}", kind.words()));
        if text.trim().is_empty() {
            return wrong();
        }
        // The mark stands for what was no Unicode.
        if text.chars().any(|it| it.is_control() || it == char::REPLACEMENT_CHARACTER) {
            return Err("must be plain text, without control characters".to_owned());
        }
        match kind {
            LiveKind::Text => Ok(Self::Text(text.to_owned())),
            LiveKind::Secret => Ok(Self::Secret(text.to_owned().into())),
            LiveKind::Path if is_of_windows(text) => Ok(Self::Path(text.into())),
            LiveKind::Path => Ok(Self::Path(dir.join(text))),
            LiveKind::Program => match serde_json::from_str::<Vec<String>>(text) {
                Ok(parts) if is_program(&parts) => Ok(Self::Program(parts)),
                Ok(_) => wrong(),
                Err(_) if text.starts_with('[') => wrong(),
                Err(_) => Ok(Self::Program(vec![text.to_owned()])),
            },
            LiveKind::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(Self::Flag(true)),
                "false" | "0" | "no" | "off" => Ok(Self::Flag(false)),
                _ => wrong(),
            },
            LiveKind::Whole(least, most) => match text.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(Self::Whole(number)),
                _ => wrong(),
            },
            LiveKind::Lots => match text.parse() {
                Ok(lots) if lots > Volume::ZERO => Ok(Self::Lots(lots)),
                _ => wrong(),
            },
            LiveKind::Percent => match text.parse() {
                Ok(part) if part > Percent::ZERO && part <= Percent::WHOLE => {
                    Ok(Self::Percent(part))
                }
                _ => wrong(),
            },
            LiveKind::Choice(words) => {
                let meant = words.iter().find(|word| word.eq_ignore_ascii_case(text));
                meant.map_or_else(wrong, |word| Ok(Self::Text((*word).to_owned())))
            }
        }
    }
}

fn is_program(parts: &[String]) -> bool {
    parts.first().is_some_and(|program| !program.trim().is_empty())
}

/// Whether a path is an absolute one of Windows, which a program under Wine is given as it is.
fn is_of_windows(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has_drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    text.starts_with(r"\\") || has_drive && matches!(bytes[2], b'\\' | b'/')
}

/// For people; of a secret it says only that there is one.
impl fmt::Display for LiveValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Secret(_) => f.write_str("(set, not shown)"),
            Self::Path(path) => f.write_str(&path.shown()),
            Self::Program(parts) => f.write_str(&parts.join(" ")),
            Self::Flag(is) => is.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Lots(lots) => lots.fmt(f),
            Self::Percent(part) => part.fmt(f),
        }
    }
}
