//! The core: a state machine that takes one event at a time and answers with actions.
//!
//! It has no clock, no IO, no threads, no randomness, no log and no hash-map order; whatever it may know comes in as an
//! [`event::Event`], whatever it wants done goes out as an [`action::Action`]. Start with those two.

pub mod action;
pub mod command;
pub mod config;
pub mod event;

use crate::domain::time::Timestamp;
use action::Action;
use config::ExecutorConfig;
use event::Event;

/// The executor.
#[derive(Debug)]
pub struct Executor {
    config: ExecutorConfig,
}

impl Executor {
    /// A fresh one.
    #[must_use]
    pub const fn new(config: ExecutorConfig) -> Self {
        Self { config }
    }

    /// Takes one event; appends what is to be done. Never fails: bad input becomes a refusal among the actions.
    pub fn handle(&mut self, at: Timestamp, event: &Event, out: &mut Vec<Action>) {
        let _ = (at, event, out, &self.config);
    }

    /// The next moment at which it wants [`Event::Wakeup`].
    #[must_use]
    pub const fn next_wakeup(&self) -> Option<Timestamp> {
        None
    }
}
