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
    /// The key of the intent; all attempts at the same intent share it.
    pub key: IntentKey,
    /// The owner of the position or order concerned.
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
    /// A command that opened or placed it. Such trades carry the executor's own magic.
    Command(CommandId),
    /// No known strategy or command: a position of the account with the executor's own magic, or
    /// with none of ours.
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
    /// A position lacked the stops that it should have.
    RestoreStops = 4,
    /// A command about a position or an order.
    Command = 5,
    /// EMERGENCY_STOP, or the operator's kill.
    Emergency = 6,
    /// The rules' exit on conditions.
    ExitCondition = 7,
    /// The stop loss follows the price.
    Trailing = 8,
    /// The stop loss is drawn to the entry.
    BreakEven = 9,
    /// A part of the position that the rules close once it has gained enough.
    PartialClose = 10,
    /// The position was held as long as the rules allow.
    HoldingTime = 11,
    /// A time came at which the rules close what is open.
    ClosingTime = 12,
    /// The account has reached a limit on its losses.
    LimitReached = 13,
    /// The account is to hold nothing now: it is the weekend, or news is near.
    HoldingBan = 14,
    /// A strategy follows another, which has opened, closed or changed what is copied.
    Copied = 40,
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
    /// Remove a working order.
    Remove(RemoveRequest),
    /// Close a position against an opposite one.
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

    /// The positions that the request is about, by ticket; none for one about an order or a new
    /// position.
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

    /// Whether the request can open a position. Every other request reduces risk or leaves it
    /// unchanged.
    #[must_use]
    pub const fn enters(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_))
    }
}

/// A market order that opens a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// The symbol to trade, as its index in the session.
    pub symbol: SymbolId,
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The price at the decision; the server uses it in instant and request execution only.
    pub price: Price,
    /// The largest accepted deviation from `price`, in points; used in the same modes.
    pub deviation: Points,
    /// The price at which the server closes the position at a loss; none opens without a stop loss.
    pub sl: Option<Price>,
    /// The price at which the server closes the position at a profit; none opens without a take
    /// profit.
    pub tp: Option<Price>,
    /// How much must be filled at once.
    pub filling: FillingMode,
}

/// A market order that closes a position or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseRequest {
    /// The symbol of the position, as its index in the session.
    pub symbol: SymbolId,
    /// The ticket of the position.
    pub position: Ticket,
    /// The side of the closing order: the opposite of the position's.
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

/// A change of a position's stops. An absent stop is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyRequest {
    /// The symbol of the position, as its index in the session.
    pub symbol: SymbolId,
    /// The ticket of the position.
    pub position: Ticket,
    /// The new stop loss price; none removes it.
    pub sl: Option<Price>,
    /// The new take profit price; none removes it.
    pub tp: Option<Price>,
}

/// A pending order to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRequest {
    /// The symbol to trade, as its index in the session.
    pub symbol: SymbolId,
    /// Whether the order is a limit, stop or stop-limit order.
    pub kind: PendingKind,
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The price at which the order is triggered.
    pub price: Price,
    /// The price of the limit order that a stop-limit order becomes; none for other kinds.
    pub stop_limit: Option<Price>,
    /// The stop loss of the position to be opened; none opens without one.
    pub sl: Option<Price>,
    /// The take profit of the position to be opened; none opens without one.
    pub tp: Option<Price>,
    /// When the order expires.
    pub expiration: Expiration,
}

/// A change of a pending order; kind, side and volume cannot be changed (MT5 reference 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyOrderRequest {
    /// The symbol of the order, as its index in the session.
    pub symbol: SymbolId,
    /// The ticket of the order.
    pub order: Ticket,
    /// The price at which the order is triggered.
    pub price: Price,
    /// The price of the limit order that a stop-limit order becomes; none for other kinds.
    pub stop_limit: Option<Price>,
    /// The new stop loss; none removes it.
    pub sl: Option<Price>,
    /// The new take profit; none removes it.
    pub tp: Option<Price>,
    /// When the order expires.
    pub expiration: Expiration,
}

/// The removal of a working order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveRequest {
    /// The symbol of the order, as its index in the session.
    pub symbol: SymbolId,
    /// The ticket of the order.
    pub order: Ticket,
}

/// The close of a position against an opposite one of the same symbol. The smaller of their volumes
/// is closed on both (MT5 reference 4.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseByRequest {
    /// The symbol of both positions, as its index in the session.
    pub symbol: SymbolId,
    /// The ticket of the position. Its deal carries the profit.
    pub position: Ticket,
    /// The ticket of the opposite position.
    pub by: Ticket,
}
