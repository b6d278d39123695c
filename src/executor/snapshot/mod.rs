//! The executor's whole state, versioned, to go on from elsewhere (session 7). A state of this version comes back bit for
//! bit; an older one is brought up first ([`upgrade`]).

mod upgrade;

use super::Executor;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version that is written.
pub const VERSION: u32 = 3;
/// The oldest version that is read.
pub const VERSION_OLDEST: u32 = 2;

/// The whole state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    executor: Executor,
}

/// A state that cannot be gone on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Written by a version that is newer, or too old to be brought up.
    #[error("the state has version {found}, this program reads versions {VERSION_OLDEST} to {VERSION}")]
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

    /// From JSON text; an older state comes back as one of this version.
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
        match version {
            VERSION => serde_json::from_str(text).map_err(damaged),
            VERSION_OLDEST..VERSION => {
                let mut state: Value = serde_json::from_str(text).map_err(damaged)?;
                let executor = upgrade::upgrade(version, state["executor"].take()).map_err(damaged)?;
                Ok(Self { version: VERSION, executor: serde_json::from_value(executor).map_err(damaged)? })
            }
            _ => Err(RestoreError::Version { found: version }),
        }
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
