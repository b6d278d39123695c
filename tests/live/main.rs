//! Live mode: whole sessions with a gateway as a process of its own, and what befalls them.

#[path = "../common/mod.rs"]
mod common;
#[cfg(unix)]
mod market;
#[cfg(unix)]
mod peers;

mod clock;
#[cfg(unix)]
mod closing;
#[cfg(unix)]
mod control;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod losses;
#[cfg(unix)]
mod programs;
mod protocol;
#[cfg(unix)]
mod session;
mod settings;
#[cfg(unix)]
mod telling;
mod terminal;
#[cfg(unix)]
mod troubles;
