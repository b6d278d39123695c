//! Deals: what was done at a price, and the money that it moved.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// What a deal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealKind {
    /// Bought or sold.
    Trade(Side),
    /// A deposit or withdrawal.
    Balance,
}

/// Whether a deal opened or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealEntry {
    /// Opened or added.
    In,
    /// Closed or reduced.
    Out,
    /// Closed or reduced by an opposite position.
    OutBy,
}

impl DealEntry {
    /// Whether it took volume off a position.
    #[must_use]
    pub const fn closes(self) -> bool {
        matches!(self, Self::Out | Self::OutBy)
    }
}

/// A deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Its number; deals are counted apart from orders.
    pub ticket: Ticket,
    /// The order that led to it.
    pub order: Ticket,
    /// Identifier of the position that it opened or changed: how the deals of a trade are found.
    pub position: Ticket,
    /// Whose.
    pub symbol: SymbolId,
    /// When it was made.
    pub time_msc: ServerMsc,
    /// Bought, sold or booked.
    pub kind: DealKind,
    /// In or out.
    pub entry: DealEntry,
    /// Who or what caused it.
    pub reason: Reason,
    /// How much.
    pub volume: Volume,
    /// At what price.
    pub price: Price,
    /// Profit in the deposit currency, price difference alone.
    pub profit: Money,
    /// Commission, negative when it costs.
    pub commission: Money,
    /// Swap of the closed part, negative when it costs.
    pub swap: Money,
    /// The `magic` of its order; brokers may leave it out on stops.
    pub magic: Magic,
    /// The comment of its order.
    pub comment: String,
}

impl Deal {
    /// What it moved on the balance: profit, commission and swap.
    #[must_use]
    pub fn balance_change(&self) -> Money {
        self.profit + self.commission + self.swap
    }
}
