//! MT5's text exports, read line by line: tab, comma or semicolon, with or without a header, UTF-8 or UTF-16.
//!
//! Start with [`header`] (which column is what), then [`ticks`] and [`bars`].

pub mod bars;
pub mod cell;
pub mod header;
pub mod lines;
pub mod ticks;
