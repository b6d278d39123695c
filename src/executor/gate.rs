//! What stops entries for everybody.

use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What stops entries: each field by another hand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stops entries by itself")]
pub struct Gate {
    /// The operator has paused entries.
    pub operator_paused: bool,
    /// The command PAUSE has paused entries.
    pub paused: bool,
    /// The server or the terminal refuses to trade; an operator's resume, or the account's word, clears it.
    pub trading_disabled: bool,
    /// An emergency: cleared by an operator alone.
    pub latch: Option<Latch>,
    /// The account that is connected is not the one that is to be traded.
    pub wrong_account: bool,
}

/// A latch on entries, set by an emergency or a kill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    /// When the latch was set.
    pub since: Timestamp,
    /// The reason, for people.
    pub reason: String,
}
