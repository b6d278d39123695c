//! Deals: what was done at a price, and the money that it moved.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// What a deal did: a trade, or a change of the balance without one.
///
/// ```
/// use tickdeck::domain::deal::DealKind;
/// use tickdeck::domain::order::Side;
/// assert_ne!(DealKind::Trade(Side::Buy), DealKind::Balance);
/// assert_eq!(serde_json::to_string(&DealKind::Trade(Side::Sell))?, r#"{"trade":"sell"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealKind {
    /// A trade that bought or sold. The side is the deal's own: closing a long position is a sell.
    Trade(Side),
    /// A deposit (positive profit) or a withdrawal (negative profit); symbol, volume and price mean
    /// nothing then.
    Balance,
}

/// What a deal did to its position: MT5's `DEAL_ENTRY`, without the reversals of netting accounts.
///
/// ```
/// use tickdeck::domain::deal::DealEntry;
/// assert!(DealEntry::Out.closes() && DealEntry::OutBy.closes());
/// assert!(!DealEntry::In.closes());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealEntry {
    /// Opened the position or added volume to it. Deposits and withdrawals also have this value.
    In,
    /// Closed the position or took volume off it, at the market or by a stop.
    Out,
    /// Closed or reduced against an opposite position (close-by); there is one such deal for each
    /// of the two positions.
    OutBy,
}

impl DealEntry {
    /// Whether the deal took volume off a position.
    #[must_use]
    pub const fn closes(self) -> bool {
        matches!(self, Self::Out | Self::OutBy)
    }
}

/// A deal: the execution of an order at a price, or a change of the balance.
///
/// ```
/// # use tickdeck::domain::deal::{Deal, DealEntry, DealKind};
/// # use tickdeck::domain::id::{Magic, SymbolId, Ticket};
/// # use tickdeck::domain::order::{Reason, Side};
/// # use tickdeck::domain::time::ServerMsc;
/// // A long position hits its take profit: the closing deal sells.
/// let deal = Deal {
///     ticket: Ticket(31),
///     order: Ticket(22),
///     position: Ticket(21),
///     symbol: SymbolId(0),
///     time_msc: ServerMsc(1_758_499_200_000),
///     kind: DealKind::Trade(Side::Sell),
///     entry: DealEntry::Out,
///     reason: Reason::Tp,
///     volume: "0.1".parse()?,
///     price: "1.1750".parse()?,
///     profit: "5.00".parse()?,
///     commission: "-0.35".parse()?,
///     swap: "-0.12".parse()?,
///     magic: Magic(0),
///     comment: String::new(),
/// };
/// assert_eq!(deal.balance_change(), "4.53".parse()?);
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// The deal's ticket. Deals have their own number range, so that a deal and an order may have
    /// equal numbers.
    pub ticket: Ticket,
    /// Ticket of the order that the deal executed, in part or whole; 0 for a deposit or withdrawal.
    pub order: Ticket,
    /// Identifier of the position that the deal opened or changed, which links all deals of one
    /// trade; 0 for a deposit or withdrawal.
    pub position: Ticket,
    /// The symbol that was traded, as its index in the session.
    pub symbol: SymbolId,
    /// When the deal was made, by the server's clock.
    pub time_msc: ServerMsc,
    /// Whether the deal is a buy, a sell or a change of the balance.
    pub kind: DealKind,
    /// Whether the deal opened or closed.
    pub entry: DealEntry,
    /// What caused the deal: a person, a program, a stop loss, a take profit or a stop-out.
    pub reason: Reason,
    /// The traded volume in lots, always positive for a trade; the side is in `kind`.
    pub volume: Volume,
    /// The execution price.
    pub price: Price,
    /// Profit in the deposit currency from the price difference alone: 0 for an opening deal, the
    /// amount for a deposit.
    pub profit: Money,
    /// Commission in the deposit currency, negative when it is a cost.
    pub commission: Money,
    /// Swap of the closed part in the deposit currency, negative when it is a cost.
    pub swap: Money,
    /// The `magic` of the order; some brokers leave it out (0) on deals made by stops.
    pub magic: Magic,
    /// The comment of the order, perhaps cut or rewritten by the broker.
    pub comment: String,
}

impl Deal {
    /// The change of the balance that the deal caused: profit, commission and swap together.
    #[must_use]
    pub fn balance_change(&self) -> Money {
        self.profit + self.commission + self.swap
    }
}
