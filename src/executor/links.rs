//! Which intents of a follower copy which positions of its source.

use super::goal::Levels;
use crate::domain::id::{IntentKey, Ticket};
use crate::executor::action::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a follower has made of a position of its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyLink {
    /// The intent that copies it; none where it is not copied.
    pub key: Option<IntentKey>,
    /// The source's stops that the copy was given last.
    pub stops: Levels,
    /// What stood against copying it so far: it is tried again, until the position is too old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Verdict>,
}

/// What a follower has made of its source's positions, by their identifiers.
pub type Links = BTreeMap<Ticket, CopyLink>;
