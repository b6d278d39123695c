//! The one loop that drives the executor, in every mode.

use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::session::ports::{Broker, Clock, Heard, Journal, Next, Platform, PortError, Step};

/// Drives `executor` until the clock ends. Returns the number of inputs.
///
/// At each moment, what the broker owes comes first, then a due wakeup, then what the clock has: commands, and the
/// tick, which the broker takes before the executor (session 2).
///
/// # Errors
/// The first error of a port. When a step cannot be written, its actions are not carried out.
pub fn run<C: Clock, B: Broker, P: Platform, J: Journal>(
    executor: &mut Executor,
    clock: &mut C,
    broker: &mut B,
    platform: &mut P,
    journal: &mut J,
) -> Result<u64, PortError> {
    let mut session = Session { executor, broker, platform, journal, inputs: 0, actions: Vec::new() };
    let mut news: Vec<Event> = Vec::new();
    loop {
        let deadline = earliest(session.broker.next_due(), session.executor.next_wakeup());
        match clock.next(deadline)? {
            Next::Event(at, event) => {
                if let Event::Tick(tick) = event {
                    let heard = session.broker.tick(at, tick, &mut news);
                    // Nearly always there is none, and to drain nothing is not free.
                    if !news.is_empty() {
                        session.steps(at, &mut news)?;
                    }
                    if heard == Heard::No {
                        continue;
                    }
                }
                session.step(at, event)?;
            }
            Next::Deadline(at) => {
                session.broker.owed(at, &mut news);
                session.steps(at, &mut news)?;
                if session.executor.next_wakeup().is_some_and(|wakeup| wakeup <= at) {
                    session.step(at, &Event::Wakeup)?;
                }
            }
            Next::End => return Ok(session.inputs),
        }
    }
}

/// The earlier of two moments that may be absent.
#[inline]
fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

struct Session<'a, B, P, J> {
    executor: &'a mut Executor,
    broker: &'a mut B,
    platform: &'a mut P,
    journal: &'a mut J,
    inputs: u64,
    actions: Vec<Action>,
}

impl<B: Broker, P: Platform, J: Journal> Session<'_, B, P, J> {
    #[cold]
    fn steps(&mut self, at: Timestamp, news: &mut Vec<Event>) -> Result<(), PortError> {
        news.drain(..).try_for_each(|event| self.step(at, &event))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the tick path: called, it costs as much again as it does")]
    fn step(&mut self, at: Timestamp, event: &Event) -> Result<(), PortError> {
        self.inputs += u64::from(!matches!(event, Event::Wakeup));
        self.executor.handle(at, event, &mut self.actions);
        let step = Step { input_seq: self.inputs, at, event, actions: &self.actions, executor: self.executor };
        self.journal.step(&step)?;
        if self.actions.is_empty() { Ok(()) } else { self.carry_out(at) }
    }

    #[cold]
    #[inline(never)]
    fn carry_out(&mut self, at: Timestamp) -> Result<(), PortError> {
        for action in &self.actions {
            match action {
                Action::Trade(trade) => self.broker.send(at, trade),
                Action::Data(request) => self.broker.ask(at, request),
                Action::Result(_) | Action::Report(_) => self.platform.deliver(at, action)?,
                Action::Note(_) => {}
            }
        }
        self.actions.clear();
        Ok(())
    }
}
