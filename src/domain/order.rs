//! Orders in MT5's words and numbers (MT5 reference 3.1).

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// The side of an order, deal or position. A buy opens at Ask and closes at Bid, a sell the other
/// way round.
///
/// ```
/// use tickdeck::domain::amount::Price;
/// use tickdeck::domain::order::Side;
/// let (bid, ask): (Price, Price) = ("1.17000".parse()?, "1.17007".parse()?);
/// assert_eq!((Side::Buy.entry_price(bid, ask), Side::Buy.exit_price(bid, ask)), (ask, bid));
/// assert_eq!((Side::Sell.entry_price(bid, ask), Side::Sell.exit_price(bid, ask)), (bid, ask));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Long: gains when the price rises.
    Buy = 1,
    /// Short: gains when the price falls.
    Sell = 2,
}

impl Side {
    /// The other side: that of an order that closes a position of this side.
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

    /// What belongs to this side of two things, that of a buy and that of a sell.
    #[must_use]
    pub fn of<T>(self, buy: T, sell: T) -> T {
        match self {
            Self::Buy => buy,
            Self::Sell => sell,
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

    /// The word in files and messages: `buy` or `sell`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// How much of an order must be filled at once. MT5 numbers them FOK 0, IOC 1, RETURN 2; the
/// symbol's *mask* numbers them otherwise (FOK 1, IOC 2, none for RETURN): see
/// [`crate::domain::symbol::SymbolSpec::filling_modes`].
///
/// ```
/// use tickdeck::domain::order::FillingMode;
/// use tickdeck::domain::symbols_builtin::builtin;
/// let mut spec = builtin("EURUSD").unwrap();
/// // With market execution the mask alone decides: 2 is IOC.
/// spec.filling_mask = 2;
/// assert_eq!(spec.filling_modes(), [FillingMode::Ioc]);
/// ```
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillingMode {
    /// Fill or kill: the whole volume is filled, or nothing.
    Fok = 1,
    /// Immediate or cancel: the available volume is filled, the rest is cancelled.
    Ioc = 2,
    /// The available volume is filled, the rest stays as a working order.
    Return = 3,
}

/// The kind of an order with its side: MT5's order types 0 to 8 (MT5 reference 3.1).
///
/// ```
/// use tickdeck::domain::order::{OrderKind, Side};
/// assert!(OrderKind::Limit(Side::Buy).is_pending() && !OrderKind::Market(Side::Buy).is_pending());
/// assert_eq!(OrderKind::CloseBy.side(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// Executed at once, at the market.
    Market(Side),
    /// Waits for its price and is filled there or better: below the market for a buy, above it for
    /// a sell.
    Limit(Side),
    /// Executed at the market once its price is reached: above the market for a buy, below it for a
    /// sell.
    Stop(Side),
    /// Becomes a limit order at its second price (`stop_limit`) once its first one is reached.
    StopLimit(Side),
    /// Closes a position against an opposite one of the same symbol.
    CloseBy,
}

impl OrderKind {
    /// The side of the deals that the order makes; none for a close-by, which makes one on each
    /// side.
    #[must_use]
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::Market(side) | Self::Limit(side) | Self::Stop(side) | Self::StopLimit(side) => {
                Some(side)
            }
            Self::CloseBy => None,
        }
    }

    /// Whether the order waits at the server for its price.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Limit(_) | Self::Stop(_) | Self::StopLimit(_))
    }
}

/// The kind of a pending order, without its side.
///
/// ```
/// use tickdeck::domain::order::{OrderKind, PendingKind, Side};
/// assert_eq!(PendingKind::StopLimit.of(Side::Sell), OrderKind::StopLimit(Side::Sell));
/// ```
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// Filled at its price or better.
    Limit = 1,
    /// Executed at the market once its price is reached.
    Stop = 2,
    /// Becomes a limit order once its price is reached.
    StopLimit = 3,
}

impl PendingKind {
    /// The kind of order that this is on `side`.
    #[must_use]
    pub const fn of(self, side: Side) -> OrderKind {
        match self {
            Self::Limit => OrderKind::Limit(side),
            Self::Stop => OrderKind::Stop(side),
            Self::StopLimit => OrderKind::StopLimit(side),
        }
    }
}

/// How long a pending order stays at the server: MT5's `type_time` with its `expiration`, which is
/// by the server's clock.
///
/// ```
/// use tickdeck::domain::order::Expiration;
/// let noon = "2025-09-22 12:00".parse().unwrap();
/// assert!(Expiration::default().is_gtc());
/// assert_ne!(Expiration::Specified(noon), Expiration::SpecifiedDay(noon));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiration {
    /// Until it is filled or removed (good till cancelled).
    #[default]
    Gtc,
    /// To the end of the current day of the server's clock.
    Day,
    /// Up to this moment of the server's clock.
    Specified(ServerMsc),
    /// To the end of the day of the server's clock that contains this moment.
    SpecifiedDay(ServerMsc),
}

impl Expiration {
    /// Whether the order does not expire: the default that files leave out.
    #[must_use]
    pub const fn is_gtc(&self) -> bool {
        matches!(self, Self::Gtc)
    }
}

/// The state of an order: MT5's `ORDER_STATE`, without the states in which a change is under way.
///
/// ```
/// use tickdeck::domain::order::OrderState;
/// assert!(!OrderState::Partial.is_final(), "the rest may still be filled");
/// assert!(OrderState::Expired.is_final());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Checked, not yet accepted by the broker.
    Started,
    /// Accepted; the order works at the broker.
    Placed,
    /// Removed by its owner or by the broker before it was filled whole; part of it may have been
    /// filled.
    Canceled,
    /// Filled in part; the rest still works.
    Partial,
    /// Filled whole.
    Filled,
    /// Refused by the broker.
    Rejected,
    /// Its expiration came before the fill.
    Expired,
}

impl OrderState {
    /// Whether the order is over: no further deal can come from it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Canceled | Self::Filled | Self::Rejected | Self::Expired)
    }
}

/// What caused an order or a deal: MT5's `ORDER_REASON` and `DEAL_REASON`, as far as they are told
/// apart here.
///
/// ```
/// use tickdeck::domain::order::Reason;
/// use tickdeck::executor::action::CloseReason;
/// // What a position was closed for follows from the reason of its last deal.
/// assert_eq!(CloseReason::of(Reason::Tp, None), CloseReason::Tp);
/// assert_eq!(CloseReason::of(Reason::Client, None), CloseReason::External);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person at the terminal; also deposits and withdrawals.
    Client,
    /// A program: this executor or another one.
    Expert,
    /// The position's stop loss.
    Sl,
    /// The position's take profit.
    Tp,
    /// A stop-out: the broker closed for lack of margin.
    So,
}

/// An order as the trade server reports it (MT5 reference 3.1).
///
/// ```
/// # use tickdeck::domain::id::{Magic, SymbolId, Ticket};
/// # use tickdeck::domain::order::{Expiration, Order, OrderKind, OrderState, Reason, Side};
/// // A limit order for 0.3 lots, of which 0.1 are filled.
/// let order = Order {
///     ticket: Ticket(21),
///     symbol: SymbolId(0),
///     kind: OrderKind::Limit(Side::Buy),
///     state: OrderState::Partial,
///     reason: Reason::Expert,
///     magic: Magic(1_234),
///     position: Some(Ticket(21)),
///     volume_initial: "0.3".parse()?,
///     volume_current: "0.2".parse()?,
///     time_setup_msc: "2025-09-22 00:00".parse()?,
///     comment: String::new(),
///     price: Some("1.1650".parse()?),
///     stop_limit: None,
///     sl: None,
///     tp: None,
///     expiration: Expiration::Day,
/// };
/// assert_eq!(order.volume_initial - order.volume_current, "0.1".parse()?);
/// assert!(order.kind.is_pending() && !order.state.is_final());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order's ticket. A position that the order opens has the same one.
    pub ticket: Ticket,
    /// The symbol that is traded, as its index in the session.
    pub symbol: SymbolId,
    /// Market, pending or close-by, with its side.
    pub kind: OrderKind,
    /// How far the order has come.
    pub state: OrderState,
    /// What caused the order.
    pub reason: Reason,
    /// The `magic` that the order was sent with; 0 when no program placed it.
    pub magic: Magic,
    /// The position that the order opens or closes; none while the server has not named it.
    pub position: Option<Ticket>,
    /// The requested volume in lots.
    pub volume_initial: Volume,
    /// The volume in lots that is not filled yet: 0 when the order is filled whole.
    pub volume_current: Volume,
    /// When the server accepted the order, by the server's clock.
    pub time_setup_msc: ServerMsc,
    /// The comment, perhaps cut or rewritten by the broker.
    pub comment: String,
    /// The price at which a pending order is triggered; none for a market order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The price of the limit order that a stop-limit order becomes; none for the other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_limit: Option<Price>,
    /// Stop loss of the position that the order opens; none when there is none (MT5 writes 0.0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sl: Option<Price>,
    /// Take profit of the position that the order opens; none when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tp: Option<Price>,
    /// When a pending order expires.
    #[serde(default, skip_serializing_if = "Expiration::is_gtc")]
    pub expiration: Expiration,
}
