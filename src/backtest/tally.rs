//! Counts what happens in a session.

use crate::domain::time::Timestamp;
use crate::executor::action::{Action, Report, Verdict};
use crate::executor::event::Event;
use crate::session::ports::{Journal, Passed, PortError, Step};

/// A journal that counts.
#[derive(Debug, Default)]
pub struct Tally {
    /// The number of ticks.
    pub ticks: u64,
    /// The moments of the first and the last tick.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The number of commands that arrived.
    pub commands: u64,
    /// The number of evaluations.
    pub evaluations: u64,
    /// The number of crossings on which the rules enter.
    pub signals: u64,
    /// The number of requests to the trade server.
    pub orders: u64,
    /// The number of positions closed.
    pub trades: u64,
}

impl Tally {
    #[cold]
    #[inline(never)]
    fn take_actions(&mut self, actions: &[Action]) {
        actions.iter().for_each(|action| self.count(action));
    }

    fn count(&mut self, action: &Action) {
        match action {
            Action::Note(note) => {
                self.evaluations += 1;
                let counts = !matches!(
                    note.verdict,
                    Verdict::NoSignal | Verdict::WarmingUp | Verdict::OtherDirection
                );
                self.signals += u64::from(note.side.is_some() && counts);
            }
            Action::Trade(_) => self.orders += 1,
            Action::Report(report) => {
                self.trades += u64::from(matches!(**report, Report::Closed(_)));
            }
            Action::Data(_) | Action::Ask(_) | Action::Result(_) => {}
        }
    }
}

impl Journal for Tally {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if let Event::Tick(_) = step.event {
            self.ticks += 1;
            self.span.get_or_insert((step.at, step.at)).1 = step.at;
        } else {
            self.commands += u64::from(matches!(step.event, Event::Command(_)));
        }
        if !step.actions.is_empty() {
            self.take_actions(step.actions);
        }
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.ticks += passed.run.count() as u64;
        let (first, last) = self.span.unwrap_or((passed.first_at, passed.last_at));
        // Runs of several symbols overlap.
        self.span = Some((first.min(passed.first_at), last.max(passed.last_at)));
        Ok(())
    }
}
