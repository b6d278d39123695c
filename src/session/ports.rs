//! What the loop needs from the world: a clock that is also the inbox, a broker, a platform, a journal. Each mode of
//! the program is one choice of the four.

use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, DataRequest, Trade};
use crate::executor::event::Event;
use std::error::Error;

/// An error behind a port, such as a truncated file or a full disk. It ends the session.
pub type PortError = Box<dyn Error + Send + Sync>;

/// What happens next. The event stays with the clock until the next call, because moving an event whose kind is only
/// known at run time costs as much as everything done with a quiet tick.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// An event and its moment.
    Event(Timestamp, &'a Event),
    /// The deadline that was passed in: nothing happens before it.
    Deadline(Timestamp),
    /// The session is over: no event will follow.
    End,
}

/// Says what happens next, and when. Waiting and telling the time are the same act, so the clock is also the inbox.
pub trait Clock {
    /// The next event, or `deadline` when that comes first. Moments never go back. Without a deadline it waits for an
    /// event or the end.
    ///
    /// # Errors
    /// When the source of events cannot be read.
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError>;
}

/// Whether the executor sees a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The executor sees the tick, which counts as an input.
    Yes,
    /// The executor does not see the tick, which is no input: the terminal receives no quotes, or the symbol is not
    /// subscribed.
    No,
}

/// Takes requests and never blocks. Answers come back later: from [`Broker::owed`] when the broker is simulated, from
/// the clock's inbox when it is real.
pub trait Broker {
    /// Takes a tick before the executor does and appends the changes that the tick causes (stops, pending orders).
    /// Returns whether the executor sees the tick at all.
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard;
    /// Takes a request to the trade server. What comes of it is owed, now or later.
    fn send(&mut self, at: Timestamp, trade: &Trade);
    /// Takes a request for data. The answer is owed, now or later.
    fn ask(&mut self, at: Timestamp, request: &DataRequest);
    /// The moment at which the broker next owes something; none when it owes nothing. The loop calls [`Broker::owed`]
    /// then.
    fn next_due(&self) -> Option<Timestamp>;
    /// Appends everything owed up to `at`. What becomes owed at the same moment because of that waits for the next
    /// call.
    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>);
}

/// Takes results and reports for the platform that sends the commands.
pub trait Platform {
    /// Takes a result or a report; the loop passes no other action.
    ///
    /// # Errors
    /// When the action cannot be stored for delivery.
    fn deliver(&mut self, at: Timestamp, action: &Action) -> Result<(), PortError>;
}

/// A platform that discards everything.
impl Platform for () {
    fn deliver(&mut self, _at: Timestamp, _action: &Action) -> Result<(), PortError> {
        Ok(())
    }
}

/// One step of a session: an event, and the actions with which the executor answered it.
#[derive(Debug)]
pub struct Step<'a> {
    /// The number of the input, counted from 1. A wakeup is no input and has the number of the input before it.
    pub input_seq: u64,
    /// The moment of the event.
    pub at: Timestamp,
    /// The event.
    pub event: &'a Event,
    /// The executor's actions, in the order in which they are carried out; often none.
    pub actions: &'a [Action],
    /// The executor after the step, to explain its actions.
    pub executor: &'a Executor,
}

/// Receives each step before its actions are carried out.
pub trait Journal {
    /// Takes a step. When it returns, the actions are carried out.
    ///
    /// # Errors
    /// When the step cannot be written; then its actions are not carried out.
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError>;
}

/// A journal that keeps nothing.
impl Journal for () {
    fn step(&mut self, _step: &Step<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

/// Two journals: both take each step, the second after the first.
impl<A: Journal, B: Journal> Journal for (A, B) {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.0.step(step)?;
        self.1.step(step)
    }
}

impl<J: Journal> Journal for &mut J {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        (**self).step(step)
    }
}

impl<J: Journal> Journal for Option<J> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.as_mut().map_or(Ok(()), |journal| journal.step(step))
    }
}

/// The ticks of one symbol in the order of time, one batch at a time so that memory does not grow with the stream.
pub trait TickStream {
    /// Replaces `batch` by the next ticks; an empty batch means that the stream has ended. Server times never go back
    /// within a stream.
    ///
    /// # Errors
    /// When the source cannot be read or is damaged.
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError>;
}

/// A stream without ticks.
impl TickStream for () {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        batch.clear();
        Ok(())
    }
}
