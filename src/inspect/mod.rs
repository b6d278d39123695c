//! Questions about a recording: journals that look for something while it is replayed.
//!
//! They keep only what was asked for, however long the recording is, and decide nothing. An order's
//! life takes two replays: [`finder`], then [`life`]. [`explanation`] tells why there was (no)
//! trade, [`overview`] what is in a recording.

pub mod evaluation;
pub mod explanation;
pub mod finder;
pub mod life;
pub mod limits;
pub mod overview;
