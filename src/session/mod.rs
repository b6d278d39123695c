//! The ports and the one loop that drives the executor in every mode.
//!
//! What differs between a backtest and a live account stands behind [`ports`]. The loop
//! ([`run`](mod@run)), the order of events at one moment ([`schedule`]) and the order of ticks
//! ([`tick_merge`]) are the same for both.

pub mod description;
pub mod fault;
pub mod figured;
pub mod ports;
pub mod run;
pub mod schedule;
pub mod tick_merge;
