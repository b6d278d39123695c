//! Which intents of a follower copy which positions of its source.

use super::goal::Levels;
use crate::domain::amount::Volume;
use crate::domain::id::{IntentKey, Ticket};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a follower has made of a position of its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyLink {
    /// The intent that copies it; none where it is not copied.
    pub key: Option<IntentKey>,
    /// The volume of the source's position of whose close the copy knows.
    pub closed: Volume,
    /// The source's stops that the copy was given last.
    pub stops: Levels,
}

/// What a follower has made of its source's positions, by their identifiers.
pub type Links = BTreeMap<Ticket, CopyLink>;
