//! The real world: a clock that waits, and the gateway to MT5.
//!
//! Only what stands behind a port lives here; no decision is made in it.

pub mod clock;
pub mod inbox;
pub mod mt5;
pub mod offset;
pub mod time;
pub mod watch;
