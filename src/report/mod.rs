//! The figures of a run, for people and scripts. It only reads values that others computed.

pub mod summary;
pub mod trades;
