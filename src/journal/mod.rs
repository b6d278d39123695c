//! The journal of a live session: each step is in it before its actions are carried out, and durable before a
//! request leaves. It survives the death of the process at any byte; what is whole of it is sealed into a
//! recording, at the end or at the next start, which are one path.
//!
//! ```text
//! session.toml  the session
//! state.json    the executor's state at the start, if it did not start fresh
//! steps.jsonl   the steps (`line`)
//! ```
//!
//! Nothing here decides anything: the steps are what the executor was told and what it did. Start with
//! [`writer`] and [`seal`].

pub mod error;
mod line;
mod reader;
pub mod seal;
pub mod writer;

pub use error::JournalError;

/// The session, as the executor is configured.
const SESSION: &str = "session.toml";
/// The executor's state at the start, if it did not start fresh.
const STATE: &str = "state.json";
/// The steps.
const STEPS: &str = "steps.jsonl";
