//! The executor's whole state, versioned, so that another process can continue it (session 7). A
//! state of this version comes back bit for bit; an older one is upgraded first ([`upgrade`]).

mod upgrade;

use super::Executor;
use crate::domain::flaw::Flaw;
use serde::{Deserialize, Serialize};
use serde_json::Value;
pub use upgrade::{VERSION, VERSION_OLDEST};

/// The whole state of an executor, with the version of its format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    executor: Executor,
}

/// Why a state cannot be continued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The state was written by a newer version, or is too old to be upgraded.
    #[error(
        "the state has version {found}, this program reads versions {VERSION_OLDEST} to {VERSION}"
    )]
    Version {
        /// The version stated in the file.
        found: u32,
    },
    /// The text is not a state, or is damaged. It holds the reason.
    #[error("not an executor's state: {0}")]
    Damaged(String),
    /// A field has an impossible value.
    #[error("not a state that a run can continue from: {0}")]
    Unsound(Flaw),
}

impl Snapshot {
    /// Writes the state as JSON text. Floats of indicators come back bit for bit.
    ///
    /// # Errors
    /// [`RestoreError::Damaged`] if the state cannot be written, which would be a bug.
    pub fn to_json(&self) -> Result<String, RestoreError> {
        serde_json::to_string(self).map_err(|error| RestoreError::Damaged(error.to_string()))
    }

    /// Reads a state from JSON text. An older state comes back as one of this version.
    ///
    /// # Errors
    /// [`RestoreError`]. The version is checked first, so that a newer state is not called damaged.
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
                let executor =
                    upgrade::upgrade(version, state["executor"].take()).map_err(damaged)?;
                Ok(Self {
                    version: VERSION,
                    executor: serde_json::from_value(executor).map_err(damaged)?,
                })
            }
            _ => Err(RestoreError::Version { found: version }),
        }
    }
}

impl Executor {
    /// Makes anew what a state does not hold because it follows from the rest.
    fn reindex(&mut self) {
        self.book.reindex();
        self.flows.reindex();
        self.strategies.reindex();
        self.set_next_cut();
    }

    /// A copy of the whole state.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { version: VERSION, executor: self.clone() }
    }

    /// An executor that continues `snapshot`. Its next event is the start of a process.
    ///
    /// # Errors
    /// [`RestoreError::Version`] when the state is not of [`VERSION`]. [`RestoreError::Unsound`],
    /// with the path of the field, for a state that no executor can have left: it could cause a
    /// panic, or a huge allocation, long after it was read.
    pub fn restore(snapshot: Snapshot) -> Result<Self, RestoreError> {
        let Snapshot { version, mut executor } = snapshot;
        if version != VERSION {
            return Err(RestoreError::Version { found: version });
        }
        executor.reindex();
        executor
            .resume_conditions()
            .and_then(|()| executor.check())
            .map_err(|flaw| RestoreError::Unsound(flaw.under("executor")))?;
        executor.set_triggers();
        executor.reweigh();
        Ok(executor)
    }
}
