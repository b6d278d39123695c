//! Text of the outside world to domain values and back: commands, rule dialects, specifications, results. Pure: no files, no clock.

pub mod symbol_info;
