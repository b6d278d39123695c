//! What can be wrong with a session's files.

use crate::domain::suggest::{nearest_in_message, shortened};
use crate::domain::text::ShownPath;
use crate::recording::error::RecordingError;
use crate::session::description::FORMAT;
use crate::wire::secrets::lines::hides_toml;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with a field that looks like a secret.
pub(super) const SECRET: &str = "looks like a secret: a session needs none, take it out";

/// Something is wrong with a session's files.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// The file is not TOML, or has other fields than a session.
    #[error("{} is no session file", path.shown())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The error of the parser, with its place.
        source: Box<TomlFlaw>,
    },
    /// As [`Syntax`](Self::Syntax), in a line that may hold a secret and is not shown.
    #[error("{}:{line}: cannot be read, and is not shown because it looks like a secret: a session needs none, take it out", path.shown())]
    Secret {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The file was written by a later version.
    #[error("{}: format {format} is newer than this version reads (up to {FORMAT})", path.shown())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format stated in the file.
        format: i64,
    },
    /// A field has a value that is not allowed.
    #[error("{}: {field}: {reason}", path.shown())]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// Several things are wrong.
    #[error("{}: {} things are wrong:\n{}", path.shown(), flaws.len(), flaws.join("\n"))]
    Several {
        /// The file.
        path: PathBuf,
        /// Each with its field, what is wrong, and what would be right.
        flaws: Vec<String>,
    },
    /// A strategy cannot be started.
    #[error("{}: strategy `{strategy}`: {reason}", path.shown())]
    Strategy {
        /// The file.
        path: PathBuf,
        /// The strategy.
        strategy: String,
        /// The field, what is wrong, and what would be right.
        reason: String,
    },
    /// Nothing is known about a symbol.
    #[error("{}: symbols: nothing is known of `{symbol}`: {hint}", path.shown())]
    UnknownSymbol {
        /// The file.
        path: PathBuf,
        /// The symbol.
        symbol: String,
        /// What was probably meant.
        hint: String,
    },
    /// The file is that of a recording, which goes on from a state.
    #[error("{} goes on from a state: the simulated broker cannot know what the account held then", .0.shown())]
    BeginsInside(PathBuf),
    /// The file is that of a recording, which cannot be read.
    #[error(transparent)]
    Recording(Box<RecordingError>),
    /// A line of a commands file is wrong.
    #[error("{}:{line}: {reason}", path.shown())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl From<RecordingError> for ConfigError {
    fn from(error: RecordingError) -> Self {
        Self::Recording(Box::new(error))
    }
}

impl ConfigError {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(super) fn field(path: &Path, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Field { path: path.to_owned(), field: field.into(), reason: reason.into() }
    }

    pub(super) fn several(path: &Path, flaws: Vec<String>) -> Self {
        Self::Several { path: path.to_owned(), flaws }
    }

    /// The error of a text that is no session, without the line if a secret may stand in it.
    pub(super) fn syntax(path: &Path, text: &str, source: toml::de::Error) -> Self {
        let path = path.to_owned();
        match source
            .span()
            .map(|span| span.start)
            .filter(|at| hides_toml(text, *at, source.message()))
        {
            Some(at) => Self::Secret {
                path,
                line: text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1,
            },
            None => Self::Syntax { path, source: Box::new(TomlFlaw(source)) },
        }
    }

    /// What the user may do about it, if there is more to say than the message does.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Newer { .. } => {
                Some("use the version of tickdeck that wrote it, or a later one".to_owned())
            }
            Self::UnknownSymbol { symbol, .. } => Some(format!(
                "give its specification: a `symbol_info()` file with `specs = \"symbols.json\"`, or every field under `[symbol.\"{symbol}\"]`"
            )),
            Self::Syntax { source, .. } if is_about_backslash(source.0.message()) => Some(
                r"a backslash begins an escape: write paths of Windows in single quotes, such as 'C:\ticks\eurusd.csv'"
                    .to_owned(),
            ),
            Self::Syntax { source, .. } => {
                nearest_in_message(source.0.message()).map(|name| format!("did you mean `{name}`?"))
            }
            _ => None,
        }
    }
}

/// What a parser of TOML says, with the line and its place there. Of a long list of names the nearest stand.
#[derive(Debug)]
pub struct TomlFlaw(toml::de::Error);

impl fmt::Display for TomlFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (said, message) = (self.0.to_string(), self.0.message());
        match shortened(message) {
            Some(short) => f.write_str(&said.replace(message, &short)),
            None => f.write_str(&said),
        }
    }
}

impl std::error::Error for TomlFlaw {}

/// Whether a parser's message is about what follows a backslash.
fn is_about_backslash(message: &str) -> bool {
    ["escape", "unicode"].iter().any(|word| message.contains(word))
}
