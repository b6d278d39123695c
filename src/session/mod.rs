//! The ports and the one loop that drives the executor in every mode.
//!
//! What differs between a desk and a live account stands behind [`ports`]; [`run`](mod@run) is the same for both.

pub mod description;
pub mod ports;
pub mod run;
