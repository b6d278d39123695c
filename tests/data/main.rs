//! Market data: what is read of every file, what is written, and what is made up.

#[path = "../common/mod.rs"]
mod common;
#[path = "../dukascopy/mod.rs"]
mod dukascopy;

mod bad_input;
mod bars;
mod by_name;
mod clock;
mod bi5;
mod fetching;
mod generate;
mod import;
mod import_bars;
mod inputs;
mod labels;
mod layouts;
mod memory;
mod models;
mod readers;
mod reported;
mod verbs;
