//! What can be wrong with the settings of live mode.

use crate::domain::text::ShownPath;
use std::io;
use std::path::PathBuf;

/// Something is wrong with the settings of live mode. No error quotes a value: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A file could not be read.
    #[error("cannot read {}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{}:{line}: is no TOML: {reason}", path.shown())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What the parser says, without the text of the line.
        reason: String,
    },
    /// A line of `.env` cannot be read, or may be read in two ways.
    #[error("{}:{line}: {reason}", path.shown())]
    EnvLine {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong and what would be right.
        reason: &'static str,
    },
    /// Several keys or variables are wrong.
    #[error("{}", flaws.join("\n"))]
    Flaws {
        /// Each with where it stands, and what would be right.
        flaws: Vec<String>,
    },
}
