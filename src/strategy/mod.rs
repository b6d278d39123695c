//! Rules in their one checked form, and what they make of closed bars: signals.
//!
//! Knows nothing of orders, money or the platform's dialects. Start with [`rules`].

pub mod monitor;
pub mod rules;
