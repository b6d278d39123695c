//! What the loop needs from the world: a clock that is also the inbox, a broker, an advisor, a
//! platform, a journal. Each mode of the program is one choice of the five.
//!
//! # Quiet runs
//!
//! Nearly every tick changes nothing: no bar ends, no level is reached, nothing is due. Such ticks
//! need not walk through clock, broker, executor and journal one by one. Before each event the loop
//! offers itself to the clock as a [`RunReceiver`]:
//!
//! 1. The clock asks how far nothing can happen with each symbol. The answer is a [`Quiet`]: until
//!    a moment of the server's clock, and while Bid and Ask stay between prices. Broker and
//!    executor each give their own, and the tighter one holds. Prices that do not fit into 32 bits
//!    of points are never quiet.
//! 2. The clock finds the first loud tick of all symbols: the first that leaves what is quiet, or
//!    that something else comes before (a deadline, a command, a change of the server's clock).
//! 3. All ticks before it are passed as [`Run`]s: ticks of one symbol and one minute with what they
//!    come to. Broker, executor and journal take each at once. Runs of one symbol come in their
//!    order; runs of several symbols may come in any order among one another, because nothing that
//!    is quiet depends on another symbol.
//! 4. The loud tick goes the ordinary way, alone, and the clock asks again.
//!
//! Whether ticks are passed as runs changes no action, no hash, no byte of a recording and no bit
//! of a summary; random sessions of the torture are run both ways.
//!
//! The rule for whoever adds a feature: if a tick can make your state act, say in the `quiet` of
//! your side when. A time is an `until`. A level of a price is a bound; a trailing level is one on
//! its near side. An amount that depends on several quotes shares out the room that it has, as the
//! simulated broker does for the drawdown. What cannot be said is [`Quiet::NEVER`] for that symbol
//! and as long as it lasts: slow, and right. What is computed from all ticks must be computed from
//! a run as well, to the last bit.
//!
//! Whoever cannot take runs has nothing to do: the defaults of the ports are a clock that passes
//! none, a broker that is never quiet and a journal that takes each step.

mod advisor;

pub use advisor::Advisor;

use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, DataRequest, Trade};
use crate::executor::event::Event;
use crate::market::columns::TickColumns;
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use std::error::Error;

/// An error behind a port, such as a truncated file or a full disk. It ends the session.
///
/// ```
/// use tickdeck::session::ports::PortError;
/// /// Any error becomes one of a port by `?`.
/// fn read() -> Result<(), PortError> {
///     Err(std::io::Error::other("the disk is full"))?
/// }
/// assert_eq!(read().unwrap_err().to_string(), "the disk is full");
/// ```
pub type PortError = Box<dyn Error + Send + Sync>;

/// What happens next. The event stays with the clock until the next call: an event whose kind is
/// known only at run time would cost as much to move as all the work on a quiet tick.
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::session::ports::Next;
/// /// The moment to which a session goes on.
/// fn moment(next: Next<'_>) -> Option<Timestamp> {
///     match next {
///         Next::Event(at, _) | Next::Deadline(at) => Some(at),
///         Next::End => None,
///     }
/// }
/// assert_eq!(moment(Next::Deadline(Timestamp::from_nanos(1))), Some(Timestamp::from_nanos(1)));
/// assert_eq!(moment(Next::End), None);
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// An event and its moment.
    Event(Timestamp, &'a Event),
    /// The deadline passed in has come, with no event before it. The moment is the clock's own: the
    /// deadline or, on a wall clock, somewhat later.
    Deadline(Timestamp),
    /// The session is over: no event will follow.
    End,
}

/// Says what happens next, and when. Waiting and telling the time are the same act, so the clock is
/// also the inbox.
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::executor::event::{Event, Operator};
/// use tickdeck::session::ports::{Clock, Next, PortError};
///
/// /// Events from a list, in the order of their moments.
/// struct Script {
///     events: Vec<(Timestamp, Event)>,
///     given: usize,
/// }
///
/// impl Clock for Script {
///     fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
///         let Some((at, event)) = self.events.get(self.given) else { return Ok(Next::End) };
///         if let Some(due) = deadline.filter(|due| due <= at) {
///             return Ok(Next::Deadline(due));
///         }
///         self.given += 1;
///         Ok(Next::Event(*at, event))
///     }
/// }
///
/// let moment = Timestamp::from_nanos(100);
/// let mut clock = Script { events: vec![(moment, Event::Operator(Operator::Pause))], given: 0 };
/// let before = Timestamp::from_nanos(99);
/// assert!(matches!(clock.next(Some(before))?, Next::Deadline(at) if at == before));
/// assert!(matches!(clock.next(None)?, Next::Event(at, Event::Operator(Operator::Pause)) if at == moment));
/// assert!(matches!(clock.next(None)?, Next::End));
/// # Ok::<(), PortError>(())
/// ```
pub trait Clock {
    /// The next event, or `deadline` when that comes first. Moments never go back. Without a
    /// deadline it waits for an event or the end.
    ///
    /// # Errors
    /// When the source of events cannot be read.
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError>;

    /// Passes ticks that come next, before anything else and before `deadline`, to `receiver` as
    /// runs, as far as nothing can happen with them. Without a deadline only the ticks decide.
    ///
    /// # Errors
    /// When the source of ticks cannot be read, or the receiver fails.
    fn pass_quiet<R: RunReceiver>(
        &mut self,
        deadline: Option<Timestamp>,
        receiver: &mut R,
    ) -> Result<(), PortError> {
        let _ = (deadline, receiver);
        Ok(())
    }
}

/// Takes the quiet runs that a clock passes: the loop, on behalf of broker, executor and journal.
///
/// ```
/// use tickdeck::domain::amount::Price;
/// use tickdeck::domain::{id::SymbolId, tick::Tick, time::{ServerMsc, Timestamp}};
/// use tickdeck::market::columns::TickColumns;
/// use tickdeck::market::quiet::{Quiet, QuoteBounds, count_before};
/// use tickdeck::market::run::Run;
/// use tickdeck::session::ports::{PortError, RunReceiver};
///
/// /// Counts ticks of the first minute.
/// #[derive(Default)]
/// struct FirstMinute(usize);
///
/// impl RunReceiver for FirstMinute {
///     fn quiet(&self, _symbol: SymbolId) -> Quiet {
///         Quiet { until: ServerMsc(60_000), quotes: QuoteBounds::UNBOUNDED }
///     }
///     fn pass(&mut self, run: &Run<'_>, _first_at: Timestamp, _last_at: Timestamp) -> Result<(), PortError> {
///         self.0 += run.count();
///         Ok(())
///     }
/// }
///
/// let mut ticks = TickColumns::default();
/// for time_msc in [59_998, 59_999, 60_000].map(ServerMsc) {
///     ticks.push(&Tick { time_msc, bid: Price::from_raw(1), ask: Price::from_raw(2), ..Tick::default() });
/// }
/// let mut first_minute = FirstMinute::default();
/// let until = count_before(ticks.time_msc(), first_minute.quiet(SymbolId(0)).until);
/// let at = Timestamp::default();
/// first_minute.pass(&Run::of_minute(&ticks, 0, until), at, at.plus_ms(1))?;
/// assert_eq!(first_minute.0, 2);
/// # Ok::<(), PortError>(())
/// ```
pub trait RunReceiver {
    /// How far nothing can happen with the ticks of a symbol. It holds until a tick or anything
    /// else comes in another way than by [`RunReceiver::pass`].
    fn quiet(&self, symbol: SymbolId) -> Quiet;

    /// Takes a run that is quiet, with the moments of its first and its last tick.
    ///
    /// # Errors
    /// When it cannot be written.
    fn pass(
        &mut self,
        run: &Run<'_>,
        first_at: Timestamp,
        last_at: Timestamp,
    ) -> Result<(), PortError>;
}

/// Whether the executor sees a tick.
///
/// ```
/// use tickdeck::domain::id::SymbolId;
/// use tickdeck::session::ports::Heard;
/// /// Ticks of the first symbol alone are heard.
/// fn heard(symbol: SymbolId) -> Heard {
///     if symbol == SymbolId(0) { Heard::Yes } else { Heard::No }
/// }
/// assert_eq!((heard(SymbolId(0)), heard(SymbolId(1))), (Heard::Yes, Heard::No));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The executor sees the tick, which counts as an input.
    Yes,
    /// The executor does not see the tick, which is no input: the terminal receives no quotes, or
    /// the symbol is not subscribed.
    No,
}

/// Takes requests and never blocks. Answers come back later: from [`Broker::owed`] when the broker
/// is simulated, from the clock's inbox when it is real.
///
/// ```
/// use std::collections::VecDeque;
/// use tickdeck::domain::{id::DataId, tick::Tick, time::Timestamp};
/// use tickdeck::executor::action::{DataRequest, Trade};
/// use tickdeck::executor::event::{Answer, BrokerEvent, Event, NoSymbol, Outcome};
/// use tickdeck::session::ports::{Broker, Heard};
///
/// /// A terminal without a connection that knows no symbol. It answers after 50 ms.
/// #[derive(Default)]
/// struct Offline(VecDeque<(Timestamp, BrokerEvent)>);
///
/// impl Broker for Offline {
///     fn tick(&mut self, _at: Timestamp, _tick: &Tick, _out: &mut Vec<Event>) -> Heard {
///         Heard::No
///     }
///     fn send(&mut self, at: Timestamp, trade: &Trade) {
///         let answer = Answer { cid: trade.cid, outcome: Outcome::NotSent };
///         self.0.push_back((at.plus_ms(50), BrokerEvent::Answer(Box::new(answer))));
///     }
///     fn ask(&mut self, at: Timestamp, request: &DataRequest) {
///         if let DataRequest::Subscribe { id, name, .. } = request {
///             let answer = NoSymbol { id: *id, name: name.clone() };
///             self.0.push_back((at.plus_ms(50), BrokerEvent::NoSymbol(Box::new(answer))));
///         }
///     }
///     fn next_due(&self) -> Option<Timestamp> {
///         self.0.front().map(|(due, _)| *due)
///     }
///     fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
///         while let Some((_, event)) = self.0.pop_front_if(|(due, _)| *due <= at) {
///             out.push(Event::Broker(event));
///         }
///     }
/// }
///
/// let (mut broker, mut out) = (Offline::default(), Vec::new());
/// assert_eq!(broker.next_due(), None);
/// let asked = Timestamp::default();
/// let request = DataRequest::Subscribe { id: DataId(1), deadline: asked.plus_ms(5_000), name: "EURUSD".into() };
/// broker.ask(asked, &request);
/// let due = asked.plus_ms(50);
/// assert_eq!(broker.next_due(), Some(due));
/// broker.owed(asked, &mut out);
/// assert!(out.is_empty(), "nothing is delivered before it is due");
/// broker.owed(due, &mut out);
/// assert!(matches!(&out[..], [Event::Broker(BrokerEvent::NoSymbol(_))]));
/// ```
pub trait Broker {
    /// Takes a tick before the executor does and appends the changes that the tick causes (stops,
    /// pending orders). Returns whether the executor sees the tick at all.
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard;
    /// How far ticks of a symbol cause no change; whether they are heard does not vary meanwhile.
    fn quiet(&self, symbol: SymbolId) -> Quiet {
        let _ = symbol;
        Quiet::NEVER
    }
    /// Takes a run within what is [quiet](Broker::quiet). Returns whether the executor sees its
    /// ticks.
    ///
    /// # Panics
    /// Unless it is implemented, as it must be by a broker that is ever quiet.
    fn pass(&mut self, run: &Run<'_>) -> Heard {
        panic!("a broker that is never quiet was passed {} ticks", run.count())
    }
    /// Takes a request to the trade server. What comes of it is owed, now or later.
    fn send(&mut self, at: Timestamp, trade: &Trade);
    /// Takes a request for data. The answer is owed, now or later.
    fn ask(&mut self, at: Timestamp, request: &DataRequest);
    /// The moment at which the broker next owes something; none when it owes nothing. The loop
    /// calls [`Broker::owed`] then.
    fn next_due(&self) -> Option<Timestamp>;
    /// Appends everything owed up to `at`. What becomes owed at the same moment because of that
    /// waits for the next call.
    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>);
}

/// Takes results and reports for the platform that sends the commands.
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::executor::action::{Action, Alert, AlertCode, Report, Severity};
/// use tickdeck::session::ports::{Platform, PortError};
///
/// /// Keeps what a person should look at now.
/// #[derive(Default)]
/// struct Pager(Vec<AlertCode>);
///
/// impl Platform for Pager {
///     fn deliver(&mut self, _at: Timestamp, action: &Action) -> Result<(), PortError> {
///         if let Action::Report(report) = action
///             && let Report::Alert(alert) = &**report
///             && alert.severity == Severity::Critical
///         {
///             self.0.push(alert.code);
///         }
///         Ok(())
///     }
/// }
///
/// let mut pager = Pager::default();
/// pager.deliver(Timestamp::default(), &Alert::new(Severity::Info, AlertCode::UnknownFound).into())?;
/// pager.deliver(Timestamp::default(), &Alert::new(Severity::Critical, AlertCode::Latched).into())?;
/// assert_eq!(pager.0, [AlertCode::Latched]);
/// # Ok::<(), PortError>(())
/// ```
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
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::executor::Executor;
/// use tickdeck::executor::config::ExecutorConfig;
/// use tickdeck::executor::event::{Event, Operator};
/// use tickdeck::session::ports::Step;
/// let config = ExecutorConfig { login: 1, ..ExecutorConfig::default() };
/// let (mut executor, mut actions) = (Executor::new(config), Vec::new());
/// let (at, event) = (Timestamp::default(), Event::Operator(Operator::Kill));
/// executor.handle(at, &event, &mut actions);
/// let step = Step { input_seq: 1, at, event: &event, actions: &actions, executor: &executor };
/// // A kill is reported, and the executor is latched after the step.
/// assert_eq!(step.actions.len(), 1);
/// assert!(step.executor.view().latched);
/// ```
#[derive(Debug)]
pub struct Step<'a> {
    /// The number of the input, counted from 1. A wakeup is no input and has the number of the
    /// input before it.
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

/// A quiet run that was taken: inputs that led to no actions.
///
/// Runs of several symbols overlap in time: ticks keep the order of `(server time, symbol)` only
/// when they are sorted.
///
/// ```
/// # use tickdeck::domain::{amount::Price, tick::Tick, time::Timestamp};
/// # use tickdeck::executor::Executor;
/// # use tickdeck::executor::config::ExecutorConfig;
/// # use tickdeck::market::{columns::TickColumns, run::Run};
/// use tickdeck::session::ports::{Journal, Passed, PortError, Step};
///
/// /// The number of ticks, whichever way they come.
/// #[derive(Default)]
/// struct Ticks(u64);
///
/// impl Journal for Ticks {
///     fn step(&mut self, _step: &Step<'_>) -> Result<(), PortError> {
///         self.0 += 1;
///         Ok(())
///     }
///     fn takes_runs(&self) -> bool {
///         true
///     }
///     fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
///         self.0 += passed.run.count() as u64;
///         Ok(())
///     }
/// }
/// # let config = ExecutorConfig { login: 1, ..ExecutorConfig::default() };
/// # let (executor, mut columns) = (Executor::new(config), TickColumns::default());
/// # columns.push(&Tick { bid: Price::from_raw(1), ask: Price::from_raw(1), ..Tick::default() });
/// # let (run, at) = (&Run::of_minute(&columns, 0, 1), Timestamp::default());
/// let mut ticks = Ticks::default();
/// ticks.pass(&Passed { input_seq: 1, first_at: at, last_at: at, run, executor: &executor })?;
/// assert_eq!(ticks.0, 1);
/// # Ok::<(), PortError>(())
/// ```
#[derive(Debug)]
pub struct Passed<'a> {
    /// The number of inputs so far, the ticks of the run included.
    pub input_seq: u64,
    /// The moment of the first tick.
    pub first_at: Timestamp,
    /// The moment of the last tick.
    pub last_at: Timestamp,
    /// The ticks.
    pub run: &'a Run<'a>,
    /// The executor after the run.
    pub executor: &'a Executor,
}

/// Receives each step before its actions are carried out.
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::executor::Executor;
/// use tickdeck::executor::config::ExecutorConfig;
/// use tickdeck::executor::event::{Event, Operator};
/// use tickdeck::session::ports::{Journal, PortError, Step};
///
/// /// The numbers of the inputs that led to actions.
/// #[derive(Default)]
/// struct Loud(Vec<u64>);
///
/// impl Journal for Loud {
///     fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
///         if !step.actions.is_empty() {
///             self.0.push(step.input_seq);
///         }
///         Ok(())
///     }
/// }
///
/// let config = ExecutorConfig { login: 1, ..ExecutorConfig::default() };
/// let (mut executor, mut loud, at) = (Executor::new(config), Loud::default(), Timestamp::default());
/// // A pause only changes the executor's state; a kill also raises an alert.
/// for (input_seq, operator) in [(1, Operator::Pause), (2, Operator::Kill)] {
///     let (event, mut actions) = (Event::Operator(operator), Vec::new());
///     executor.handle(at, &event, &mut actions);
///     loud.step(&Step { input_seq, at, event: &event, actions: &actions, executor: &executor })?;
/// }
/// assert_eq!(loud.0, [2]);
/// # Ok::<(), PortError>(())
/// ```
pub trait Journal {
    /// Takes a step. When it returns, the actions are carried out.
    ///
    /// # Errors
    /// When the step cannot be written; then its actions are not carried out.
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError>;

    /// Whether it takes quiet runs; the loop asks once. Otherwise each tick comes as a step.
    fn takes_runs(&self) -> bool {
        false
    }

    /// Takes a run: so many steps without actions.
    ///
    /// # Errors
    /// When it cannot be written.
    ///
    /// # Panics
    /// Unless it is implemented, as it must be by a journal that takes runs.
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        panic!("a journal that takes no runs was passed {} ticks", passed.run.count())
    }
}

/// A journal that keeps nothing.
impl Journal for () {
    fn step(&mut self, _step: &Step<'_>) -> Result<(), PortError> {
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    fn pass(&mut self, _passed: &Passed<'_>) -> Result<(), PortError> {
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

    fn takes_runs(&self) -> bool {
        self.0.takes_runs() && self.1.takes_runs()
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.0.pass(passed)?;
        self.1.pass(passed)
    }
}

impl<J: Journal> Journal for &mut J {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        (**self).step(step)
    }

    fn takes_runs(&self) -> bool {
        (**self).takes_runs()
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        (**self).pass(passed)
    }
}

impl<J: Journal> Journal for Option<J> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.as_mut().map_or(Ok(()), |journal| journal.step(step))
    }

    fn takes_runs(&self) -> bool {
        self.as_ref().is_none_or(Journal::takes_runs)
    }

    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.as_mut().map_or(Ok(()), |journal| journal.pass(passed))
    }
}

/// The ticks of one symbol in the order of time, one batch at a time so that memory does not grow
/// with the stream.
///
/// ```
/// use tickdeck::domain::id::SymbolId;
/// use tickdeck::domain::tick::Tick;
/// use tickdeck::market::columns::TickColumns;
/// use tickdeck::session::ports::{PortError, TickStream};
///
/// /// Ticks of EURUSD from memory, at most 1,000 at a time.
/// struct Stored(Vec<Tick>);
///
/// impl TickStream for Stored {
///     fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
///         // Its prices are whole points of that size: otherwise they are kept, but never quiet.
///         batch.begin(SymbolId(0), "0.00001".parse()?);
///         self.0.drain(..self.0.len().min(1_000)).for_each(|tick| batch.push(&tick));
///         Ok(())
///     }
/// }
///
/// let mut stream = Stored(vec![Tick::default(); 2_500]);
/// let (mut batch, mut sizes) = (TickColumns::default(), Vec::new());
/// loop {
///     stream.next_batch(&mut batch)?;
///     sizes.push(batch.len());
///     if batch.is_empty() {
///         break;
///     }
/// }
/// assert_eq!(sizes, [1_000, 1_000, 500, 0]);
/// # Ok::<(), PortError>(())
/// ```
pub trait TickStream {
    /// Replaces `batch` by the next ticks, from [`TickColumns::begin`] on; an empty batch means that
    /// the stream has ended. Server times never go back within a stream, and all its ticks are of
    /// one symbol.
    ///
    /// # Errors
    /// When the source cannot be read or is damaged.
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError>;
}

/// A stream without ticks.
impl TickStream for () {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        batch.clear();
        Ok(())
    }
}
