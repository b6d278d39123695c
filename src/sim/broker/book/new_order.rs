//! A new order as the server records it, with nothing filled, and the terms that can be changed.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::{Expiration, Order, OrderKind, OrderState, Reason, Side};
use crate::domain::time::ServerMsc;
use crate::executor::action::PlaceRequest;

/// What caused an order, and when.
#[derive(Debug, Clone)]
pub struct OrderCause {
    /// Who or what caused it.
    pub reason: Reason,
    /// The order's magic.
    pub magic: Magic,
    /// The order's comment.
    pub comment: String,
    /// When it was placed.
    pub time_msc: ServerMsc,
}

/// Everything that can be changed about a pending order (MT5 reference 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The price at which it is triggered.
    pub price: Price,
    /// The price of the limit order that a stop-limit order becomes.
    pub stop_limit: Option<Price>,
    /// The stop loss; none opens without one.
    pub sl: Option<Price>,
    /// The take profit; none opens without one.
    pub tp: Option<Price>,
    /// When the order expires.
    pub expiration: Expiration,
}

/// A market order as the server records it, with nothing filled.
pub fn market_order(
    ticket: Ticket,
    symbol: SymbolId,
    side: Side,
    asked: Volume,
    state: OrderState,
    cause: OrderCause,
) -> Order {
    Order {
        ticket,
        symbol,
        kind: OrderKind::Market(side),
        state,
        reason: cause.reason,
        magic: cause.magic,
        position: None,
        volume_initial: asked,
        volume_current: asked,
        time_setup_msc: cause.time_msc,
        comment: cause.comment,
        price: None,
        stop_limit: None,
        sl: None,
        tp: None,
        expiration: Expiration::Gtc,
    }
}

/// The pending order of a request, with nothing filled.
pub fn pending_order(
    ticket: Ticket,
    request: &PlaceRequest,
    state: OrderState,
    cause: OrderCause,
) -> Order {
    Order {
        ticket,
        symbol: request.symbol,
        kind: request.kind.of(request.side),
        state,
        reason: cause.reason,
        magic: cause.magic,
        position: None,
        volume_initial: request.volume,
        volume_current: request.volume,
        time_setup_msc: cause.time_msc,
        comment: cause.comment,
        price: Some(request.price),
        stop_limit: request.stop_limit,
        sl: request.sl,
        tp: request.tp,
        expiration: request.expiration,
    }
}
