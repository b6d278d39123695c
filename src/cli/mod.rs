//! The command line: one file a verb.

pub mod output;
pub mod replay;
