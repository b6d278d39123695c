//! Prices at which something happens at the server, in price order, so that a quiet tick costs a few
//! comparisons however many there are, and a quiet run none. What happens at a level is up to its
//! owner.

use crate::domain::amount::Price;
use crate::domain::id::Ticket;
use crate::market::quiet::QuoteBounds;
use std::collections::BTreeSet;

/// Levels in price order, and by ticket at the same price.
pub type PriceLevels = BTreeSet<(Price, Ticket)>;

/// The nearest levels of four sets: those reached when Bid falls, when it rises, when Ask falls, and
/// when it rises.
pub fn nearest(
    bid_falls: &PriceLevels,
    bid_rises: &PriceLevels,
    ask_falls: &PriceLevels,
    ask_rises: &PriceLevels,
) -> QuoteBounds {
    let price = |level: Option<&(Price, Ticket)>, none| level.map_or(none, |level| level.0);
    let none = QuoteBounds::UNBOUNDED;
    QuoteBounds {
        bid_low: price(bid_falls.last(), none.bid_low),
        bid_high: price(bid_rises.first(), none.bid_high),
        ask_low: price(ask_falls.last(), none.ask_low),
        ask_high: price(ask_rises.first(), none.ask_high),
        ..none
    }
}

/// Tickets of the levels that a price has fallen to.
pub fn fallen_to(levels: &PriceLevels, price: Price) -> impl Iterator<Item = Ticket> {
    levels.iter().rev().take_while(move |level| price <= level.0).map(|level| level.1)
}

/// Tickets of the levels that a price has risen to.
pub fn risen_to(levels: &PriceLevels, price: Price) -> impl Iterator<Item = Ticket> {
    levels.iter().take_while(move |level| price >= level.0).map(|level| level.1)
}
