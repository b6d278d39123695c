//! A Parquet file as columns, decoded a batch at a time. Nothing is allocated on the strength of a
//! header's claims.
//!
//! It bypasses Arrow and stands between the file and the crate's decoders, which panic on some
//! damage and allocate what headers claim. Start with [`column`](mod@column) (the file), then
//! [`pages`] (what is refused, and when).

pub mod column;
pub mod constant_chunk;
pub mod headers;
pub mod packed;
pub mod pages;
pub mod price_column;
pub mod thrift;
