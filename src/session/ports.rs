//! What the loop needs of the world.

use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, DataRequest, Trade};
use crate::executor::event::Event;
use std::error::Error;

/// What went wrong behind a port: a file that ends too early, a disk that is full. The session ends there.
pub type PortError = Box<dyn Error + Send + Sync>;

/// What happens next. The event stays with the clock until the next call: moving one whose kind is only known at run
/// time costs as much as all that is done with a quiet tick.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// Something happened.
    Event(Timestamp, &'a Event),
    /// The deadline has come and nothing happened before it.
    Deadline(Timestamp),
    /// Nothing will happen any more.
    End,
}

/// Says what happens next, and when. Waiting and telling time are one act, so the clock is also the inbox.
pub trait Clock {
    /// The next event, or `deadline` if that comes first. Moments never go back.
    ///
    /// # Errors
    /// When what feeds it cannot be read.
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError>;
}

/// Whether a tick reaches the executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It does.
    Yes,
    /// It does not, and is no input: the terminal is cut off from quotes, or does not listen to the symbol.
    No,
}

/// Takes requests and never blocks. What it answers comes back later: from [`Broker::owed`] when it is simulated, from
/// the clock's inbox when it is real.
pub trait Broker {
    /// Sees a tick before the executor does; appends the changes that the tick causes (stops, pending orders). Says whether
    /// the executor sees the tick at all.
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard;
    /// Takes a request to the trade server.
    fn send(&mut self, at: Timestamp, trade: &Trade);
    /// Takes a request for data.
    fn ask(&mut self, at: Timestamp, request: &DataRequest);
    /// The moment from which it owes something.
    fn next_due(&self) -> Option<Timestamp>;
    /// Appends what it owes up to `at`. What this causes it to owe at the same moment waits for the next call.
    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>);
}

/// Takes results and reports.
pub trait Platform {
    /// Takes a result or a report; other actions are not its business.
    ///
    /// # Errors
    /// When it cannot be kept for delivery.
    fn deliver(&mut self, at: Timestamp, action: &Action) -> Result<(), PortError>;
}

/// A platform to which nothing goes.
impl Platform for () {
    fn deliver(&mut self, _at: Timestamp, _action: &Action) -> Result<(), PortError> {
        Ok(())
    }
}

/// One step of a session: an event and what the executor made of it.
#[derive(Debug)]
pub struct Step<'a> {
    /// Number of the input; a wakeup has that of the input before it.
    pub input_seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: &'a Event,
    /// What is to be done about it.
    pub actions: &'a [Action],
    /// The executor after the step, to explain it.
    pub executor: &'a Executor,
}

/// Receives each step before its actions are carried out.
pub trait Journal {
    /// Takes a step.
    ///
    /// # Errors
    /// When it cannot be written: the actions are then not carried out.
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError>;
}

/// A journal for a run of which nothing is kept.
impl Journal for () {
    fn step(&mut self, _step: &Step<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

/// Both take each step, the second after the first.
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

/// Ticks of one symbol in the order of their time, a batch at a time so that memory does not grow with the stream.
pub trait TickStream {
    /// Replaces `batch` by the next ticks; none when the stream has ended. Server times never go back within a stream.
    ///
    /// # Errors
    /// When the source cannot be read or is damaged.
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError>;
}

/// The ticks of a symbol that had none.
impl TickStream for () {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        batch.clear();
        Ok(())
    }
}
