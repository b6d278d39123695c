//! Orders in MT5's words and numbers (MT5 reference 3.1).

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// Which way: a buy opens at Ask and closes at Bid, a sell the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Long.
    Buy,
    /// Short.
    Sell,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// `+1` for a buy, `-1` for a sell.
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }

    /// The price at which a deal of this side is made: Ask for a buy, Bid for a sell.
    #[must_use]
    pub const fn entry_price(self, bid: Price, ask: Price) -> Price {
        match self {
            Self::Buy => ask,
            Self::Sell => bid,
        }
    }

    /// The price at which a position of this side is closed and valued.
    #[must_use]
    pub const fn exit_price(self, bid: Price, ask: Price) -> Price {
        self.opposite().entry_price(bid, ask)
    }

    /// `buy` or `sell`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// How much of an order must be filled at once. MT5 numbers them FOK 0, IOC 1, RETURN 2; the symbol's *mask* numbers
/// them otherwise (FOK 1, IOC 2, none for RETURN): see [`crate::domain::symbol::SymbolSpec::filling_modes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillingMode {
    /// All or nothing.
    Fok,
    /// What there is, the rest cancelled.
    Ioc,
    /// What there is, the rest stays.
    Return,
}

/// What kind of order; pending orders follow when something places them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// A market order of the side.
    Market(Side),
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Checked, not yet with the broker.
    Started,
    /// Accepted and working.
    Placed,
    /// Withdrawn.
    Canceled,
    /// Filled in part.
    Partial,
    /// Filled.
    Filled,
    /// Refused.
    Rejected,
    /// Lapsed.
    Expired,
}

/// Who or what caused an order or a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person at the terminal.
    Client,
    /// A program.
    Expert,
    /// The position's stop loss.
    Sl,
    /// The position's take profit.
    Tp,
    /// A stop-out.
    So,
}

/// An order as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub ticket: Ticket,
    /// Whose.
    pub symbol: SymbolId,
    /// What kind.
    pub kind: OrderKind,
    /// Where it stands.
    pub state: OrderState,
    /// Who caused it.
    pub reason: Reason,
    /// The `magic` it was sent with.
    pub magic: Magic,
    /// The position that it opens or closes, once known.
    pub position: Option<Ticket>,
    /// Volume asked for.
    pub volume_initial: Volume,
    /// Volume not yet filled.
    pub volume_current: Volume,
    /// When the server took it.
    pub time_setup_msc: ServerMsc,
    /// The comment, perhaps cut or rewritten by the broker.
    pub comment: String,
}
