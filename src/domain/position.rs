//! Positions of a hedging account: one for each opening order.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// An open position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its number: the ticket of the order that opened it.
    pub ticket: Ticket,
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
}
