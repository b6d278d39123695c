//! The fill of an order, and what happens to its rest.

use crate::domain::amount::{Price, Volume};
use crate::domain::order::Order;
use crate::domain::time::ServerMsc;

/// A fill of an order, whole or in part.
#[derive(Debug, Clone)]
pub struct Fill {
    /// The order as it was before the fill.
    pub order: Order,
    /// The filled volume.
    pub volume: Volume,
    /// The price of the fill.
    pub price: Price,
    /// The server time of the fill.
    pub time_msc: ServerMsc,
    /// What happens to the rest.
    pub rest: Remainder,
}

/// What happens to the rest of a partly filled order (MT5 reference 3.1: IOC and RETURN).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// It is cancelled; the order goes to the history as filled in part.
    Ends,
    /// It keeps working.
    Works,
}
