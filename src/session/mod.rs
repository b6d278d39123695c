//! The ports and the one loop that drives the executor in every mode.
//!
//! What differs between a backtest and a live account stands behind [`ports`]; [`run`](mod@run) is the same for both, and so
//! is the order of what happens at one moment, in [`schedule`], and that of ticks, in [`tick_merge`].

pub mod description;
pub mod fault;
pub mod ports;
pub mod run;
pub mod schedule;
pub mod tick_merge;
