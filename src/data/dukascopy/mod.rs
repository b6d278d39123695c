//! Dukascopy's files: an hour of ticks or a day of minute candles, LZMA around big-endian records (MT5 reference 7).
//!
//! The readers take any byte stream and a name for their messages; what time a file holds, only its place in the
//! vendor's tree says ([`place`]). The vendor's clock is UTC. Start with [`bi5_ticks`]; [`lzma`] is where the memory is
//! bounded, [`download`] where the files come from.

pub mod bi5_candles;
pub mod bi5_ticks;
pub mod content;
pub mod download;
pub mod fetch_error;
pub mod flaw;
pub mod hours;
pub mod http;
pub mod lzma;
pub mod place;
pub mod records;
pub mod unit;
