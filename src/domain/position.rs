//! Positions of a hedging account: one for each opening order.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// An open position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its number, by which requests name it.
    pub ticket: Ticket,
    /// The number by which its deals name it, where it is another than the ticket ([`Position::identifier`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Ticket>,
    /// Whose.
    pub symbol: SymbolId,
    /// Long or short.
    pub side: Side,
    /// What is still open.
    pub volume: Volume,
    /// Opened at.
    pub price_open: Price,
    /// Stop loss, none when there is none (MT5 writes 0.0).
    pub sl: Option<Price>,
    /// Take profit, none when there is none.
    pub tp: Option<Price>,
    /// When it was opened.
    pub time_msc: ServerMsc,
    /// The `magic` of its opening order.
    pub magic: Magic,
    /// The comment of its opening order.
    pub comment: String,
    /// When its volume last changed, by the server's clock; none where that was its opening ([`Position::updated_msc`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_update_msc: Option<ServerMsc>,
}

impl Position {
    /// The number by which its deals name it: it stays when a swap by re-opening or a reversal changes the ticket.
    #[must_use]
    pub fn identifier(&self) -> Ticket {
        self.identifier.unwrap_or(self.ticket)
    }

    /// When its volume last changed (MT5's `time_update_msc`, which a change of stops leaves as it is).
    #[must_use]
    pub fn updated_msc(&self) -> ServerMsc {
        self.time_update_msc.unwrap_or(self.time_msc).max(self.time_msc)
    }
}
