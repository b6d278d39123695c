//! The command line: one file a verb.

pub mod bars;
pub mod generate;
pub mod import;
pub mod output;
