//! The program from outside: whole commands, what is refused, and what surrounds a run.

#[path = "../common/mod.rs"]
mod common;
#[path = "../dukascopy/mod.rs"]
mod dukascopy;

mod bad_input;
mod exits;
mod hostile_numbers;
mod hostile_secrets;
mod hostile_text;
mod keys;
mod readme;
mod refusals;
mod surroundings;
mod variants;
mod warnings;
mod whole_commands;
