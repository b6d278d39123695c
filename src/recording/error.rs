//! What can be wrong with a recording: the file, the line, the field, and what would be right.

use crate::domain::id::ContentHash;
use crate::domain::text::ShownPath;
use crate::session::ports::PortError;
use crate::wire::suggest::nearest_in_message;
use std::path::{Path, PathBuf};

/// Why a recording cannot be written, read or replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file system refused.
    #[error("cannot {operation} {}", path.shown())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// There is something else where the recording should go.
    #[error("{} is there and is not a recording: name another directory, or remove it first", .0.shown())]
    Occupied(PathBuf),
    /// A place in the folder of another recording.
    #[error("{} lies in the directory of a recording, which holds its own files alone: name another directory", .0.shown())]
    Inside(PathBuf),
    /// A recording is there that is to be kept.
    #[error("{} is there already: give --force to replace it, or name another directory", .0.shown())]
    Exists(PathBuf),
    /// A folder that no rename can replace.
    #[error("another file system is mounted at {}, which cannot be replaced: name a directory in it", .0.shown())]
    Mounted(PathBuf),
    /// In the folder of the recording that is to be replaced stands something else.
    #[error("{} is no file of the recording in {}, and would be lost with it: move it away, or name another directory", path.shown(), recording.shown())]
    NotOurs {
        /// What.
        path: PathBuf,
        /// The recording's folder.
        recording: PathBuf,
    },
    /// Another run is recording to the same place.
    #[error("another run is recording to {}: wait for its end, or name another directory", .0.shown())]
    Busy(PathBuf),
    /// The recording that is to be replaced cannot be moved away.
    #[error("cannot replace {}: perhaps another program has a file of it open: close it, or name another directory", path.shown())]
    Replace {
        /// Which.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A session that has not been run.
    #[error("{} has no [recording] table: it is a session, not a recording; run it with `tickdeck simulate --record DIR`", .0.shown())]
    NotRecorded(PathBuf),
    /// A file that belongs to the recording is not there.
    #[error("{} is missing, though session.toml lists it", .0.shown())]
    Missing(PathBuf),
    /// Written by a later version.
    #[error("{} has format {found}; this version reads up to {supported}: use a newer tickdeck", path.shown())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest that is understood.
        supported: u32,
    },
    /// A text file cannot be understood.
    #[error("{}{}: {message}", path.shown(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Text {
        /// Which file.
        path: PathBuf,
        /// Counted from 1; none where the message tells it.
        line: Option<u64>,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A binary file is not the one that was written.
    #[error("{} is damaged: its BLAKE3 is {found}, session.toml says {expected}; restore it from a copy", path.shown())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was written.
        expected: ContentHash,
        /// What is there.
        found: ContentHash,
    },
    /// What session.toml counts is not what the files hold.
    #[error("{}: recording.{field} is {stated}, and the files of the recording come to {found}; restore it from a copy", path.shown())]
    Contradiction {
        /// The session file.
        path: PathBuf,
        /// The field of its `[recording]`.
        field: &'static str,
        /// What it says.
        stated: String,
        /// What the files say.
        found: String,
    },
    /// A tick file cannot be read or written.
    #[error("{}: ticks", path.shown())]
    Ticks {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: PortError,
    },
    /// Something that looks like a secret.
    #[error("{place} has a field `{field}` that looks like a secret: a recording is shared, take it out")]
    Secret {
        /// In what.
        place: String,
        /// Its path.
        field: String,
    },
    /// A tick that a replay could not bring again at the same place.
    #[error(
        "tick {input_seq} of {symbol} came at {at}, where a replay would bring it at {expected}: ticks must come in the order of their time, then of the symbols in the session"
    )]
    TickOrder {
        /// Number of the input.
        input_seq: u64,
        /// Whose.
        symbol: String,
        /// When it came.
        at: String,
        /// When it should have come.
        expected: String,
    },
    /// A symbol without a usable specification.
    #[error("symbol {symbol}: {message}")]
    Symbol {
        /// Which.
        symbol: String,
        /// What is wrong.
        message: String,
    },
}

impl RecordingError {
    /// Names an operation and its path; for `map_err`.
    pub(super) fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// A text file that cannot be understood, with the nearest name where a field is unknown.
    pub(super) fn text(path: &Path, line: Option<u64>, message: impl Into<String>) -> Self {
        let message = message.into();
        let hint = nearest_in_message(&message).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Self::Text { path: path.to_owned(), line, message: format!("{}{hint}", message.trim_end()) }
    }
}
