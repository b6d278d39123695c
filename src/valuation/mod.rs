//! What open positions are worth, for the core and for the simulated broker alike: quotes, currencies
//! converted into the deposit currency, and profits summed without looking at each position.
//!
//! [`totals`] bounds the sum of profits by exact numbers; [`exposure`] says how far quotes may move
//! before a sum leaves a span. [`swap`] says what a position costs or earns overnight.

pub mod conversion;
pub mod exposure;
pub mod quotes;
pub mod stake;
pub mod swap;
pub mod totals;
