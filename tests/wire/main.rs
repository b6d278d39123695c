//! What comes over the wire and stands in files of sessions and rules: what is made of it, and what is refused.

#[path = "../common/mod.rs"]
mod common;

mod calendar;
mod commands;
mod config;
mod envelopes;
mod keys;
mod properties;
mod rule_files;
mod rules;
mod symbol_info;
