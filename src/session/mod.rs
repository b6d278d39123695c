//! The ports and the one loop that drives the executor in every mode.
//!
//! What differs between a backtest and a live account stands behind [`ports`]; [`run`](mod@run) is the same for both, and so
//! is the order of what happens at one moment, in [`schedule`].

pub mod description;
pub mod fault;
pub mod ports;
pub mod run;
pub mod schedule;
