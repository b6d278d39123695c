//! A terminal to rehearse live mode with: it speaks the gateway's protocol ([`crate::live::mt5::lines`]), and the
//! simulated broker of a session stands behind it, with the session's ticks, its account, and everything that the
//! session says goes wrong.
//!
//! What the executor cannot see of it is real: a process of its own, pipes or a socket, the wall clock. Start with
//! [`terminal`]; [`serve`] gives it a voice.

mod requests;
mod rows;
pub mod serve;
pub mod terminal;
