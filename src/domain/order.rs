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

/// What kind of order, in MT5's order types 0 to 8 (MT5 reference 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// At once, at the market.
    Market(Side),
    /// At its price or better: below the market for a buy, above it for a sell.
    Limit(Side),
    /// At the market once its price is reached: above the market for a buy, below it for a sell.
    Stop(Side),
    /// Becomes a limit order at its second price once its first is reached.
    StopLimit(Side),
    /// Closes one position by an opposite one.
    CloseBy,
}

impl OrderKind {
    /// The side on which it deals; none for a close-by, which deals on both.
    #[must_use]
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::Market(side) | Self::Limit(side) | Self::Stop(side) | Self::StopLimit(side) => Some(side),
            Self::CloseBy => None,
        }
    }

    /// Whether it waits at the server for its price.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Limit(_) | Self::Stop(_) | Self::StopLimit(_))
    }
}

/// A kind of pending order, without its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// At its price or better.
    Limit,
    /// At the market once its price is reached.
    Stop,
    /// A limit order once its price is reached.
    StopLimit,
}

impl PendingKind {
    /// The kind of order with a side.
    #[must_use]
    pub const fn of(self, side: Side) -> OrderKind {
        match self {
            Self::Limit => OrderKind::Limit(side),
            Self::Stop => OrderKind::Stop(side),
            Self::StopLimit => OrderKind::StopLimit(side),
        }
    }
}

/// How long a pending order stands: MT5's `type_time` with its `expiration`, which is by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiration {
    /// Until it is removed.
    #[default]
    Gtc,
    /// To the end of the server's day.
    Day,
    /// Up to this moment.
    Specified(ServerMsc),
    /// To the end of the day that this moment belongs to.
    SpecifiedDay(ServerMsc),
}

impl Expiration {
    /// Whether it is none: what files leave out.
    #[must_use]
    pub const fn is_gtc(&self) -> bool {
        matches!(self, Self::Gtc)
    }
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

impl OrderState {
    /// Whether the order is over: nothing more can come of it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Canceled | Self::Filled | Self::Rejected | Self::Expired)
    }
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
    /// Price of a pending order; none for a market order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Price of the limit order that a stop-limit order becomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_limit: Option<Price>,
    /// Stop loss of the position that it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sl: Option<Price>,
    /// Take profit of the position that it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tp: Option<Price>,
    /// How long it stands.
    #[serde(default, skip_serializing_if = "Expiration::is_gtc")]
    pub expiration: Expiration,
}
