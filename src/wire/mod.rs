//! Translates between text of the outside world and domain values: commands, rule dialects,
//! specifications, results.
//!
//! It is pure: no files, no clock, no state. Reading a command never fails: what cannot be read
//! becomes an event that says which field is wrong and what would be right. Nothing that is not
//! understood is silently dropped, but what looks like a secret is replaced before anything is read
//! ([`secrets`]). Start with [`command::parse`].

pub mod advice;
pub mod command;
mod envelope;
mod fields;
pub mod flaws;
pub mod indicator;
pub mod json;
mod moment;
mod parameters;
pub mod refusal;
pub mod report;
pub mod result;
pub mod result_data;
mod row;
pub mod rules;
pub mod secrets;
mod settings;
pub mod start;
pub mod symbol_fields;
pub mod symbol_info;
mod vocabulary;
