//! tickdeck: an executor for MetaTrader 5 that traders can rewind.

// The order is the order of the layers: a module uses only those above it.
pub mod cli;
pub mod config;
pub mod data;
pub mod domain;
pub mod executor;
pub mod indicator;
pub mod market;
pub mod recording;
pub mod report;
pub mod session;
pub mod sim;
pub mod strategy;
pub mod wire;
