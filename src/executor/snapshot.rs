//! The executor's whole state, versioned, to go on from elsewhere (session 7).

use super::Executor;
use serde::{Deserialize, Serialize};

/// The version that is written; only this one is read.
pub const VERSION: u32 = 2;

/// The whole state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    executor: Executor,
}

/// A state that cannot be gone on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Written by another version.
    #[error("the state has version {found}, this program reads version {VERSION}")]
    Version {
        /// What it says.
        found: u32,
    },
    /// Not a state, or a damaged one.
    #[error("not an executor's state: {0}")]
    Damaged(String),
}

impl Snapshot {
    /// As JSON text; floats of indicators come back bit for bit.
    ///
    /// # Errors
    /// [`RestoreError::Damaged`] if the state cannot be written, which would be a bug.
    pub fn to_json(&self) -> Result<String, RestoreError> {
        serde_json::to_string(self).map_err(|error| RestoreError::Damaged(error.to_string()))
    }

    /// From JSON text.
    ///
    /// # Errors
    /// [`RestoreError`], by version first: a newer state is not called damaged.
    pub fn from_json(text: &str) -> Result<Self, RestoreError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let damaged = |error: serde_json::Error| RestoreError::Damaged(error.to_string());
        let Head { version } = serde_json::from_str(text).map_err(damaged)?;
        if version != VERSION {
            return Err(RestoreError::Version { found: version });
        }
        serde_json::from_str(text).map_err(damaged)
    }
}

impl Executor {
    /// The whole state.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { version: VERSION, executor: self.clone() }
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// [`RestoreError::Version`].
    pub fn restore(snapshot: Snapshot) -> Result<Self, RestoreError> {
        if snapshot.version == VERSION { Ok(snapshot.executor) } else { Err(RestoreError::Version { found: snapshot.version }) }
    }
}
