//! A Parquet file as columns, decoded a batch at a time, with nothing reserved by what a header claims.
//!
//! Around Arrow, and between the file and the crate's decoders: those panic on some damage and reserve memory by what
//! headers say. Start with [`column`](mod@column) (the file), then [`pages`] (what is refused, and when).

pub mod column;
pub mod headers;
pub mod packed;
pub mod pages;
pub mod price_column;
pub mod thrift;
