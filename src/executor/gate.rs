//! What stops entries for everybody.

use crate::domain::time::{ServerMsc, Timestamp};
use serde::{Deserialize, Serialize};

/// What stops entries. Each field is set and cleared by a different party.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stops entries by itself")]
pub struct Gate {
    /// The operator has paused entries.
    pub operator_paused: bool,
    /// The command PAUSE has paused entries.
    pub paused: bool,
    /// The server or the terminal refuses to trade. An operator's resume clears it, and so does
    /// news that the account may trade.
    pub trading_disabled: bool,
    /// An emergency. Only an operator clears it.
    pub latch: Option<Latch>,
    /// The connected account is not the configured one.
    pub wrong_account: bool,
    /// Server time of the last emergency. What is ours and was there by then is closed whenever it
    /// is found, also once the latch has been cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_msc: Option<ServerMsc>,
}

/// A latch on entries, set by an emergency or a kill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    /// When the latch was set.
    pub since: Timestamp,
    /// The reason, for people.
    pub reason: String,
}
