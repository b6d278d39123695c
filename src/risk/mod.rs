//! What must hold before an order leaves: one small function a rule, each a pure answer from figures it is given.
//!
//! It keeps no state and knows no orders in flight; the executor counts and asks.

pub mod limits;
pub mod sizing;
pub mod stops;
