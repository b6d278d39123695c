//! Questions to a recording: journals that look for something while it is replayed.
//!
//! They keep what was asked for, however long the recording is, and decide nothing. An order's life takes two replays:
//! [`finder`], then [`life`]; why there was (no) trade is told by [`explanation`], what is in a recording by [`overview`].

pub mod evaluation;
pub mod explanation;
pub mod finder;
pub mod life;
pub mod overview;
