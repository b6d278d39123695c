//! What is filled of an order, and what becomes of its rest.

use crate::domain::amount::{Price, Volume};
use crate::domain::order::Order;
use crate::domain::time::ServerMsc;

/// An order that is filled, or a part of it.
#[derive(Debug, Clone)]
pub struct Fill {
    /// The order as it stood before.
    pub order: Order,
    /// Volume filled.
    pub volume: Volume,
    /// At what price.
    pub price: Price,
    /// When.
    pub time_msc: ServerMsc,
    /// What becomes of the rest.
    pub rest: Remainder,
}

/// What becomes of the rest of an order that is filled in part (MT5 reference 3.1: IOC and RETURN).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// It is over; the order goes to history as filled in part.
    Ends,
    /// It works on.
    Works,
}
