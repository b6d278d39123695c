//! Requests to the trade server (MT5 reference 3.2).

use crate::domain::amount::{Points, Price, Volume};
use crate::domain::id::{Cid, CommandId, IntentKey, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::{Expiration, FillingMode, PendingKind, Side};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A request on its way to the trade server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// The number of this attempt, which the answer names.
    pub cid: Cid,
    /// The intent behind it; attempts at the same intent share it.
    pub key: IntentKey,
    /// The owner of the position or order that the request is about.
    #[serde(flatten)]
    pub owner: Owner,
    /// The `magic` of the owner, which the order carries.
    pub magic: Magic,
    /// What the request is for.
    pub why: RequestReason,
    /// What the trade server is to do.
    pub request: Request,
    /// The moment after which the request must not be sent to the trade server any more.
    pub not_after: Timestamp,
}

/// The owner of a request, a position or an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A strategy, by its magic.
    Strategy(StrategyId),
    /// A command that opened or placed it; such trades carry the executor's own magic.
    Command(CommandId),
    /// No strategy and no command that is known: a position of the account with the executor's own magic, or with none
    /// of ours.
    Account,
}

impl Owner {
    /// The strategy; none for other owners.
    #[must_use]
    pub const fn strategy(&self) -> Option<&StrategyId> {
        match self {
            Self::Strategy(id) => Some(id),
            Self::Command(_) | Self::Account => None,
        }
    }

    /// The command; none for other owners.
    #[must_use]
    pub const fn command(&self) -> Option<&CommandId> {
        match self {
            Self::Command(id) => Some(id),
            Self::Strategy(_) | Self::Account => None,
        }
    }

    /// The name for people: the id, or `account`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Strategy(id) => id.as_str(),
            Self::Command(id) => id.as_str(),
            Self::Account => "account",
        }
    }
}

/// Why a request was made.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestReason {
    /// The rules' entry.
    Signal = 1,
    /// The rules' exit on the opposite crossing.
    OppositeSignal = 2,
    /// STOP of the strategy, or of all.
    StopCommand = 3,
    /// A position was without the stops that it should have.
    RestoreStops = 4,
    /// A command about a position or an order.
    Command = 5,
    /// EMERGENCY_STOP, or the operator's kill.
    Emergency = 6,
}

/// What the trade server is to do (MT5 reference 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Open a position at the market.
    Open(OpenRequest),
    /// Close a position, or part of it, at the market.
    Close(CloseRequest),
    /// Set a position's stops.
    Modify(ModifyRequest),
    /// Place a pending order.
    Place(PlaceRequest),
    /// Change a pending order.
    ModifyOrder(ModifyOrderRequest),
    /// Remove an order that works at the server.
    Remove(RemoveRequest),
    /// Close a position by an opposite one.
    CloseBy(CloseByRequest),
}

impl Request {
    /// The symbol of the order or position.
    #[must_use]
    pub const fn symbol(&self) -> SymbolId {
        match self {
            Self::Open(one) => one.symbol,
            Self::Close(one) => one.symbol,
            Self::Modify(one) => one.symbol,
            Self::Place(one) => one.symbol,
            Self::ModifyOrder(one) => one.symbol,
            Self::Remove(one) => one.symbol,
            Self::CloseBy(one) => one.symbol,
        }
    }

    /// The positions that the request is about, by ticket; none for one about an order or a new position.
    pub fn positions(&self) -> impl Iterator<Item = Ticket> + use<> {
        let (one, other) = match self {
            Self::Close(one) => (Some(one.position), None),
            Self::Modify(one) => (Some(one.position), None),
            Self::CloseBy(one) => (Some(one.position), Some(one.by)),
            Self::Open(_) | Self::Place(_) | Self::ModifyOrder(_) | Self::Remove(_) => (None, None),
        };
        one.into_iter().chain(other)
    }

    /// Whether the server makes an order of the request.
    #[must_use]
    pub const fn makes_order(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_) | Self::Close(_) | Self::CloseBy(_))
    }

    /// Whether the request can open a position. Every other request reduces risk or leaves it as it is.
    #[must_use]
    pub const fn enters(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_))
    }
}

/// A market order that opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// What is bought or sold, by its number in the session.
    pub symbol: SymbolId,
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The price at the decision; the server uses it in instant and request execution only.
    pub price: Price,
    /// The largest accepted deviation from `price`, in points; used in the same modes.
    pub deviation: Points,
    /// Price at which the server closes it at a loss, on the losing side of the quote; none: without.
    pub sl: Option<Price>,
    /// Price at which the server closes it at a profit, on the winning side of the quote; none: without.
    pub tp: Option<Price>,
    /// How much must be filled at once.
    pub filling: FillingMode,
}

/// A market order that closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseRequest {
    /// The symbol of the position: the number that the position carries.
    pub symbol: SymbolId,
    /// Ticket of the position.
    pub position: Ticket,
    /// Side of the closing order: the opposite of the position's.
    pub side: Side,
    /// The volume to close in lots, at most the open volume.
    pub volume: Volume,
    /// The price at the decision: Bid to close a long position, Ask to close a short one.
    pub price: Price,
    /// The largest accepted deviation from `price`, in points.
    pub deviation: Points,
    /// How much must be filled at once.
    pub filling: FillingMode,
}

/// A change of a position's stops; what is none is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyRequest {
    /// The symbol of the position: the number that the position carries.
    pub symbol: SymbolId,
    /// Ticket of the position.
    pub position: Ticket,
    /// Where the stop loss is to stand from now on; none removes it.
    pub sl: Option<Price>,
    /// Where the take profit is to stand from now on; none removes it.
    pub tp: Option<Price>,
}

/// A pending order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRequest {
    /// What is to be bought or sold, by its number in the session.
    pub symbol: SymbolId,
    /// Whether the order is a limit, stop or stop-limit order.
    pub kind: PendingKind,
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The price at which it is triggered.
    pub price: Price,
    /// The price of the limit order that a stop-limit order becomes; none for other kinds.
    pub stop_limit: Option<Price>,
    /// The stop loss of the position to be opened; none means none.
    pub sl: Option<Price>,
    /// The take profit of the position to be opened; none means none.
    pub tp: Option<Price>,
    /// When the order expires.
    pub expiration: Expiration,
}

/// A change of a pending order; kind, side and volume cannot be changed (MT5 reference 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyOrderRequest {
    /// The symbol of the order: it cannot be changed.
    pub symbol: SymbolId,
    /// Ticket of the order.
    pub order: Ticket,
    /// The price at which it is triggered.
    pub price: Price,
    /// The price of the limit order that a stop-limit order becomes; none for other kinds.
    pub stop_limit: Option<Price>,
    /// The stop loss from now on; none removes it.
    pub sl: Option<Price>,
    /// The take profit from now on; none removes it.
    pub tp: Option<Price>,
    /// When the order expires.
    pub expiration: Expiration,
}

/// The removal of an order that works at the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveRequest {
    /// The symbol of the order: the number that the order carries.
    pub symbol: SymbolId,
    /// Ticket of the order.
    pub order: Ticket,
}

/// The closing of a position by an opposite one of the same symbol: the smaller volume of both goes (MT5 reference 4.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseByRequest {
    /// The symbol of both positions.
    pub symbol: SymbolId,
    /// Ticket of the position; the deal on it carries the profit.
    pub position: Ticket,
    /// Ticket of the opposite one.
    pub by: Ticket,
}
