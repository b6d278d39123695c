//! What happened, step by step and for people, written next to a failing session.

use crate::domain::time::Timestamp;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::session::ports::Step;
use crate::torture::facts::Change;
use std::fmt::Write as _;

/// The story of a session: every step other than a quiet tick, and every change of the broker's
/// book.
#[derive(Debug, Default)]
pub struct Story {
    text: String,
}

impl Story {
    /// Takes a step.
    pub fn step(&mut self, number: u64, step: &Step<'_>) {
        let is_tick = matches!(step.event, Event::Tick(_));
        let mut actions =
            step.actions.iter().filter(|action| !matches!(action, Action::Note(_))).peekable();
        if is_tick && actions.peek().is_none() {
            return;
        }
        let _ = writeln!(self.text, "{number} {} {:?}", step.at, step.event);
        actions.for_each(|action| {
            let _ = writeln!(self.text, "    -> {action:?}");
        });
    }

    /// Takes changes of the broker's book.
    pub fn changes(&mut self, at: Timestamp, changes: &[Change]) {
        changes.iter().for_each(|change| {
            let _ = writeln!(self.text, "  broker {at} {change:?}");
        });
    }

    /// Notes that a process ends.
    pub fn ends(&mut self, at: Timestamp) {
        let _ = writeln!(self.text, "  the process ended, the next one begins {at}");
    }

    /// The text so far.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}
