//! Why a text from outside was refused: one place, one reason.

use crate::executor::command::MalformedKind;

/// How the reason begins where nobody asks for a field.
pub const UNKNOWN_FIELD: &str = "unknown field";

/// What follows the name of another such field in it.
pub const UNKNOWN_TOO: &str = "` is unknown, too: ";

/// The reason where a field is not there.
pub const REQUIRED: &str = "is required";

/// A field that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Refusal {
    /// The field, as a path from the body's root (`parameters.rules.entry.indicators[1]`).
    pub path: String,
    /// What is wrong with it and what would be right.
    pub reason: String,
    /// Whether the field is not understood at all, or only not supported by this version.
    pub kind: MalformedKind,
}

impl Refusal {
    /// The refusal of a field that is not understood.
    pub fn malformed(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into(), kind: MalformedKind::Malformed }
    }

    /// The refusal of a field that is understood but not supported by this version.
    pub fn unsupported(path: impl Into<String>, what: impl std::fmt::Display) -> Self {
        Self {
            path: path.into(),
            reason: format!("{what} is known, not carried out by this version"),
            kind: MalformedKind::Unsupported,
        }
    }
}
