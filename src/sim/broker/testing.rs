//! Short words for the tests beside the models.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::{Expiration, Order, OrderState, PendingKind, Reason, Side};
use crate::domain::position::Position;
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::builtin;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use crate::valuation::quotes::Quote;

pub fn euro() -> SymbolSpec {
    builtin("EURUSD").unwrap()
}

pub fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub fn volume(text: &str) -> Volume {
    text.parse().unwrap()
}

pub fn quote(bid: &str, ask: &str) -> Quote {
    Quote { bid: price(bid), ask: price(ask) }
}

pub fn tick_of(symbol: u16, time_msc: i64, bid: &str, ask: &str) -> Tick {
    Tick {
        time_msc: ServerMsc(time_msc),
        bid: price(bid),
        ask: price(ask),
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(symbol),
        flags: TickFlags::QUOTE,
    }
}

/// A level, none where it is "0".
pub fn level(text: &str) -> Option<Price> {
    Some(price(text)).filter(|&level| level != Price::ZERO)
}

pub fn position(ticket: u64, side: Side, sl: &str, tp: &str) -> Position {
    Position {
        ticket: Ticket(ticket),
        symbol: SymbolId(0),
        side,
        volume: volume("0.1"),
        price_open: price("1.1"),
        sl: level(sl),
        tp: level(tp),
        time_msc: ServerMsc(0),
        magic: Magic(1),
        comment: String::new(),
        identifier: None,
        time_update_msc: None,
        swap: Money::ZERO,
    }
}

pub fn pending(ticket: u64, kind: PendingKind, side: Side, at: &str) -> Order {
    Order {
        ticket: Ticket(ticket),
        symbol: SymbolId(0),
        kind: kind.of(side),
        state: OrderState::Placed,
        reason: Reason::Expert,
        magic: Magic(1),
        position: None,
        volume_initial: volume("0.1"),
        volume_current: volume("0.1"),
        time_setup_msc: ServerMsc(0),
        comment: String::new(),
        price: Some(price(at)),
        stop_limit: None,
        sl: None,
        tp: None,
        expiration: Expiration::Gtc,
    }
}
