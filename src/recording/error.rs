//! What can be wrong with a recording. Each message names the file, the line, the field, and what
//! would be right.

use crate::domain::id::ContentHash;
use crate::domain::suggest::nearest_in_message;
use crate::domain::text::ShownPath;
use crate::session::ports::PortError;
use std::path::{Path, PathBuf};

/// Why a recording cannot be written, read or replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file system refused.
    #[error("cannot {operation} {}", path.shown())]
    Io {
        /// The operation that failed.
        operation: &'static str,
        /// The path of the file or folder.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// Something else is in the place of the recording.
    #[error("{} is there and is not a recording: name another directory, or remove it first", .0.shown())]
    Occupied(PathBuf),
    /// The place is inside the folder of another recording.
    #[error("{} lies in the directory of a recording, which holds its own files alone: name another directory", .0.shown())]
    Inside(PathBuf),
    /// There is a recording that is to be kept.
    #[error("{} is there already: give --force to replace it, or name another directory", .0.shown())]
    Exists(PathBuf),
    /// The folder cannot be replaced by a rename.
    #[error("another file system is mounted at {}, which cannot be replaced: name a directory in it", .0.shown())]
    Mounted(PathBuf),
    /// The folder is the current one, or above it.
    #[error("{} is the current directory or one above it, which cannot be replaced: name another directory", .0.shown())]
    Current(PathBuf),
    /// The folder of the recording to be replaced holds something else.
    #[error("{} is no file of the recording in {}, and would be lost with it: move it away, or name another directory", path.shown(), recording.shown())]
    NotOurs {
        /// The path of what does not belong there.
        path: PathBuf,
        /// The recording's folder.
        recording: PathBuf,
    },
    /// The recording that is to be replaced, or something in it, may not be written to by its
    /// owner.
    #[error("{} is write-protected, so that {} is kept: allow its owner to write to it, or name another directory", path.shown(), recording.shown())]
    WriteProtected {
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
        /// The path of the recording.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The session has not been run.
    #[error("{} has no [recording] table: it is a session, not a recording; run it with `tickdeck simulate --record DIR`", .0.shown())]
    NotRecorded(PathBuf),
    /// A file that belongs to the recording is missing.
    #[error("{} is missing, though session.toml lists it", .0.shown())]
    Missing(PathBuf),
    /// The recording was written by a later version.
    #[error("{} has format {found}; this version reads up to {supported}: use a newer tickdeck", path.shown())]
    Newer {
        /// The path of the file.
        path: PathBuf,
        /// The format stated in the file.
        found: i64,
        /// The newest format that this version reads.
        supported: u32,
    },
    /// A text file cannot be understood.
    #[error("{}{}: {message}", path.shown(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Text {
        /// The path of the file.
        path: PathBuf,
        /// The line, counted from 1; none when the message says it.
        line: Option<u64>,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A binary file is not the one that was written.
    #[error("{} is damaged: its BLAKE3 is {found}, session.toml says {expected}; restore it from a copy", path.shown())]
    Damaged {
        /// The path of the file.
        path: PathBuf,
        /// The hash of what was written.
        expected: ContentHash,
        /// The hash of what is there.
        found: ContentHash,
    },
    /// A count in session.toml is not that of the files.
    #[error("{}: recording.{field} is {stated}, and the files of the recording come to {found}; restore it from a copy", path.shown())]
    Contradiction {
        /// The session file.
        path: PathBuf,
        /// The field in the table `[recording]`.
        field: &'static str,
        /// The stated value.
        stated: String,
        /// The value found in the files.
        found: String,
    },
    /// A tick file cannot be read or written.
    #[error("{}: ticks", path.shown())]
    Ticks {
        /// The path of the file.
        path: PathBuf,
        /// The error of the reader or writer.
        source: PortError,
    },
    /// Something looks like a secret.
    #[error(
        "{place} has a field `{field}` that looks like a secret: a recording is shared, take it out"
    )]
    Secret {
        /// The place where it was found.
        place: String,
        /// The path of the field.
        field: String,
    },
    /// A replay could not bring the tick again at the same place.
    #[error(
        "tick {input_seq} of {symbol} came at {at}, where a replay would bring it at {expected}: ticks must come in the order of their time, then of the symbols in the session"
    )]
    TickOrder {
        /// The number of the input.
        input_seq: u64,
        /// The symbol of the tick.
        symbol: String,
        /// The time at which it came.
        at: String,
        /// The time at which a replay would bring it.
        expected: String,
    },
    /// A symbol has no usable specification.
    #[error("symbol {symbol}: {message}")]
    Symbol {
        /// The name of the symbol.
        symbol: String,
        /// What is wrong.
        message: String,
    },
}

impl RecordingError {
    /// An [`Io`](Self::Io) error with an operation and its path, for `map_err`.
    pub(super) fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// A text file that cannot be understood, with the nearest name where a field is unknown.
    pub(crate) fn text(path: &Path, line: Option<u64>, message: impl Into<String>) -> Self {
        let message = message.into();
        let hint = nearest_in_message(&message)
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        Self::Text { path: path.to_owned(), line, message: format!("{}{hint}", message.trim_end()) }
    }
}
