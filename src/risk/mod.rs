//! What must hold before an order is sent: one small pure function for each rule.
//!
//! It keeps no state and knows no orders in flight; the executor counts and asks.

pub mod account;
pub mod correlated;
pub mod flat_weekend;
pub mod limit;
pub mod limits;
pub mod loss;
pub mod sizing;
pub mod stops;
mod time_of_day;
