//! Text exports: the encoding, delimiter, header and line ends of a file make no difference to its
//! values.
//!
//! [`layout`] describes each vendor's lines as data; there is one reader of ticks and one of bars.

pub mod bars;
pub mod carried;
pub mod cell;
pub mod evidence;
pub mod field;
pub mod header;
pub mod layout;
pub mod lines;
pub mod moment;
pub mod rows;
pub mod sample;
pub mod symbols;
pub mod ticks;
