//! The real world: a clock that waits, and later the gateway to MT5 and the platform's channels.
//!
//! Only what stands behind a port lives here; no decision is made in it.

pub mod clock;
pub mod inbox;
pub mod mt5;
pub mod time;
pub mod watch;
