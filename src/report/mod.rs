//! The figures of a run, for people and scripts. It only reads values that others computed.

pub mod beside;
pub mod run_result;
pub mod paths;
pub mod summary;
pub mod trades;
