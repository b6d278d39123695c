//! Strategies in other processes: programs that are started, asked and ended.
//!
//! A program reads one question a line from its standard input and writes one answer a line to its
//! standard output ([`wire::advice`](crate::wire::advice)); what it writes to its standard error is
//! for people and goes where ours goes. Nothing that a program does, or fails to do, holds up the run
//! for much longer than its deadline: its pipes have threads of their own.
//!
//! Nobody here decides whether a program may be started: whoever makes [`Programs`] has.

mod again;
mod lost;
mod program;
mod programs;

pub use again::AskedAgain;
pub use program::end_all;
pub use programs::Programs;
