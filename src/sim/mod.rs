//! The simulated world: virtual time, a broker that behaves (and misbehaves) like MT5, generated
//! ticks, ticks from bars.
//!
//! All randomness is here. Nothing may look at the machine's clock or draw from a stream without a
//! name: the same session file gives the same events everywhere. Start with [`clock`], then
//! [`broker`].

pub mod account;
pub mod broker;
pub mod clock;
pub mod generate;
pub mod model;
pub mod random;
