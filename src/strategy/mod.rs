//! Rules in their one checked form, and the signals that they produce from closed bars.
//!
//! It knows nothing of orders, money or the platform's dialects. Start with [`rules`]; [`watch`]
//! evaluates them.

pub mod monitor;
pub mod rules;
pub mod watch;
