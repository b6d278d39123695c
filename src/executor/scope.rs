//! What a command is about.

use crate::domain::id::Magic;
use serde::{Deserialize, Serialize};

/// The positions and orders that a command concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Those of one strategy, by its magic.
    Strategy(Magic),
    /// Those of all strategies.
    Strategies,
    /// All of ours, including those of commands.
    Ours,
}
