//! What comes in: lines of the terminal, commands, acts of the operator. One bounded channel takes all of it.
//!
//! Nothing is ever dropped. When the channel is full, whoever sends waits: the terminal's pipe fills, and its
//! gateway waits with its next line, so that ticks come late rather than never.

use super::mt5::lines::LineError;
use super::mt5::news::FromTerminal;
use crate::executor::event::Event;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How much may wait.
pub const WAITING_MAX: usize = 8_192;

/// What comes in.
#[derive(Debug)]
pub enum Incoming {
    /// A line of a terminal's process, by the number of the process.
    Line(u32, Result<FromTerminal, LineError>),
    /// A terminal's process has closed its output.
    Gone(u32),
    /// What a terminal's process says to people.
    Said(String),
    /// A command, or an act of the operator.
    Event(Event),
    /// The session is to end in good order.
    Stop,
}

/// A channel for it.
#[must_use]
pub fn inbox() -> (SyncSender<Incoming>, Receiver<Incoming>) {
    sync_channel(WAITING_MAX)
}
