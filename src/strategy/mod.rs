//! Rules in their one checked form, and the signals that they produce from closed bars.
//!
//! It knows nothing of orders, money or the platform's dialects. Start with [`rules`]; [`watch`]
//! evaluates them.

pub mod advised;
pub mod close_time;
pub mod condition;
pub mod copying;
pub mod correlation;
pub mod distance;
pub mod entry_order;
pub mod filter;
pub mod limits;
pub mod management;
pub mod monitor;
pub mod news_window;
pub mod own;
pub mod program;
pub mod rules;
pub mod sizing;
mod sound;
pub mod watch;
