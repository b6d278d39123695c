//! What is open of a position, as far as its worth depends on it.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::position::Position;

/// What is open of a position, as far as its worth depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stake {
    /// The symbol that is held.
    pub symbol: SymbolId,
    /// Whether it was bought or sold.
    pub side: Side,
    /// What is open, in lots.
    pub volume: Volume,
    /// The average price at which it was opened.
    pub price_open: Price,
    /// The swap that it has gathered. It counts in the equity like the profit (MT5 reference 5.3).
    pub swap: Money,
}

impl From<&Position> for Stake {
    fn from(position: &Position) -> Self {
        let &Position { symbol, side, volume, price_open, swap, .. } = position;
        Self { symbol, side, volume, price_open, swap }
    }
}
