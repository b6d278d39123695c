//! The one loop that drives the executor, in every mode.

use crate::domain::id::SymbolId;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use crate::session::ports::{
    Advisor, Broker, Clock, Heard, Journal, Next, Passed, Platform, PortError, RunReceiver, Step,
};

/// Drives `executor` until the clock ends. Returns the number of inputs.
///
/// At each moment, what the broker and the advisor owe comes first, then a due wakeup, then what the clock has:
/// commands, and the tick, which the broker takes before the executor (session 2). Ticks with which
/// nothing can happen are taken as quiet runs ([`session::ports`](crate::session::ports)), if the
/// journal takes them.
///
/// # Errors
/// The first error of a port. When a step cannot be written, its actions are not carried out.
///
/// # Example
///
/// A session of one command, with the simulated broker:
///
/// ```
/// use tickdeck::domain::{id::ContentHash, symbols_builtin::builtin, time::Timestamp, zone::ServerZone};
/// use tickdeck::executor::Executor;
/// use tickdeck::executor::action::{Action, ResultCode};
/// use tickdeck::executor::command::{Command, CommandContent, CommandEvent, CommandSource, Envelope, Priority};
/// use tickdeck::executor::config::ExecutorConfig;
/// use tickdeck::executor::event::{Event, Life};
/// use tickdeck::session::description::{AccountModel, BrokerModel};
/// use tickdeck::session::ports::{Platform, PortError};
/// use tickdeck::session::run::run;
/// use tickdeck::sim::broker::{SimBroker, config::SimBrokerConfig};
/// use tickdeck::sim::clock::{SETTLE_MS, Scheduled, VirtualClock};
///
/// #[derive(Default)]
/// struct Results(Vec<ResultCode>);
///
/// impl Platform for Results {
///     fn deliver(&mut self, _at: Timestamp, action: &Action) -> Result<(), PortError> {
///         self.0.extend(if let Action::Result(result) = action { Some(result.code) } else { None });
///         Ok(())
///     }
/// }
///
/// let start: Timestamp = "2025-09-22T00:00:00Z".parse()?;
/// let config = ExecutorConfig { login: 1, symbols: vec!["EURUSD".into()], ..ExecutorConfig::default() };
/// let ping = Envelope {
///     id: "ping-1".into(),
///     priority: Priority::Normal,
///     created: None,
///     expires: None,
///     command: Command::Ping,
/// };
/// let command = CommandEvent {
///     source: CommandSource::Stream,
///     body: String::new(),
///     body_hash: ContentHash::of(b""),
///     content: CommandContent::Parsed(ping),
/// };
/// let scheduled = vec![
///     Scheduled { at: start, event: Event::Life(Box::new(Life { config: config.clone() })) },
///     Scheduled { at: start.plus_ms(1_000), event: Event::Command(Box::new(command)) },
/// ];
/// let mut broker = SimBroker::new(SimBrokerConfig {
///     symbols: vec![builtin("EURUSD").unwrap()],
///     account: AccountModel::default(),
///     model: BrokerModel::default(),
///     zone: ServerZone::utc(),
///     seed: 1,
///     start,
///     subscribed: None,
///     witness: false,
/// })?;
/// let mut clock = VirtualClock::new(ServerZone::utc(), Vec::new(), scheduled, None, SETTLE_MS);
/// let (mut executor, mut results) = (Executor::new(config), Results::default());
/// run(&mut executor, &mut clock, &mut broker, &mut (), &mut results, &mut ())?;
/// assert_eq!(results.0, [ResultCode::Ok], "one command has one result");
/// assert!(executor.view().ready, "the broker was connected and read meanwhile");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn run<C: Clock, B: Broker, A: Advisor, P: Platform, J: Journal>(
    executor: &mut Executor,
    clock: &mut C,
    broker: &mut B,
    advisor: &mut A,
    platform: &mut P,
    journal: &mut J,
) -> Result<u64, PortError> {
    let (now, actions) = (Timestamp::from_nanos(i64::MIN), Vec::new());
    let mut session =
        Session { executor, broker, advisor, platform, journal, inputs: 0, now, actions };
    let mut news: Vec<Event> = Vec::new();
    let takes_runs = session.journal.takes_runs();
    loop {
        let owed = earliest(session.broker.next_due(), session.advisor.next_due());
        let deadline = earliest(owed, session.executor.next_wakeup());
        if takes_runs {
            clock.pass_quiet(deadline, &mut session)?;
        }
        match clock.next(deadline)? {
            Next::Event(at, event) => {
                if let Event::Tick(tick) = event {
                    let heard = session.broker.tick(at, tick, &mut news);
                    // Nearly always there is none, and draining an empty list has a cost.
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
                session.advisor.owed(at, &mut news);
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

struct Session<'a, B, A, P, J> {
    executor: &'a mut Executor,
    broker: &'a mut B,
    advisor: &'a mut A,
    platform: &'a mut P,
    journal: &'a mut J,
    inputs: u64,
    /// The moment of the last step.
    now: Timestamp,
    actions: Vec<Action>,
}

impl<B: Broker, A: Advisor, P: Platform, J: Journal> Session<'_, B, A, P, J> {
    #[cold]
    fn steps(&mut self, at: Timestamp, news: &mut Vec<Event>) -> Result<(), PortError> {
        news.drain(..).try_for_each(|event| self.step(at, &event))
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn step(&mut self, at: Timestamp, event: &Event) -> Result<(), PortError> {
        self.inputs += u64::from(!matches!(event, Event::Wakeup));
        self.now = at;
        self.executor.handle(at, event, &mut self.actions);
        let step = Step {
            input_seq: self.inputs,
            at,
            event,
            actions: &self.actions,
            executor: self.executor,
        };
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
                Action::Ask(question) => self.advisor.ask(at, question),
                Action::Result(_) | Action::Report(_) => self.platform.deliver(at, action)?,
                Action::Note(_) => {}
            }
        }
        self.actions.clear();
        Ok(())
    }
}

impl<B: Broker, A: Advisor, P: Platform, J: Journal> RunReceiver for Session<'_, B, A, P, J> {
    #[inline]
    fn quiet(&self, symbol: SymbolId) -> Quiet {
        self.broker.quiet(symbol).and(self.executor.quiet(symbol))
    }

    #[inline]
    fn pass(
        &mut self,
        run: &Run<'_>,
        first_at: Timestamp,
        last_at: Timestamp,
    ) -> Result<(), PortError> {
        assert!(first_at >= self.now, "moments never go back");
        if self.broker.pass(run) == Heard::No {
            return Ok(());
        }
        self.inputs += run.count() as u64;
        self.executor.pass(last_at, run);
        let (input_seq, executor) = (self.inputs, &*self.executor);
        self.journal.pass(&Passed { input_seq, first_at, last_at, run, executor })
    }
}
