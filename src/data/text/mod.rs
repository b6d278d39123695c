//! Text exports: whatever encoding, delimiter, header and line ends a file has, its values come out the same.
//!
//! [`layout`] says as data what the lines of each vendor mean; there is one reader of ticks and one of bars.

pub mod bars;
pub mod cell;
pub mod header;
pub mod layout;
pub mod lines;
pub mod moment;
pub mod rows;
pub mod ticks;
