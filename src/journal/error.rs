//! Why a journal cannot be written or sealed.

use crate::domain::text::ShownPath;
use crate::session::ports::PortError;
use std::path::{Path, PathBuf};

/// Why a journal cannot be written or sealed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
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
    /// A file of it is not what was written.
    #[error("{}: {reason}", path.shown())]
    Damaged {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A step that was durable is not what was written.
    #[error(
        "{}: line {line} is damaged, and {durable} lines were safe on the disk: this is no end that a dying process tore off. Put the file \
         back from a copy; or rename its folder, and the session begins without what it did, as with an account that it has never \
         seen",
        path.shown()
    )]
    DurableLost {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// How many lines were durable.
        durable: u64,
    },
    /// Its steps could not be run again or recorded.
    #[error("{}: it cannot be sealed into a recording", path.shown())]
    Seal {
        /// The path of the journal.
        path: PathBuf,
        /// What failed.
        source: PortError,
    },
}

impl JournalError {
    pub(super) fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path, reason: &impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}
