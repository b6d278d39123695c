//! Dukascopy's files: an hour of ticks or a day of minute candles, LZMA around big-endian records
//! (MT5 reference 7).
//!
//! The readers take any byte stream, and a name for messages. The time of a file's content follows
//! only from its place in the vendor's tree ([`place`]). The vendor's clock is UTC. Start with
//! [`bi5_ticks`]; [`lzma`] bounds the memory, and [`download`] fetches the files.

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
