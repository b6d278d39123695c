//! `--dry-run`: the ticks, bars and specifications of the terminal, and the simulated broker of the session in place
//! of its account. Nothing is sent to the terminal that could trade.

use crate::config::Session;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{BrokerEvent, Event};
use crate::live::clock::LiveBroker;
use crate::session::ports::{Broker, Heard};
use crate::sim::broker::SimBroker;
use crate::sim::broker::config::{SimBrokerConfig, SimBrokerError};

/// The broker of a live session: that of the terminal, or the simulated one.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub enum AnyBroker {
    /// The terminal's.
    Terminal(LiveBroker),
    /// The simulated one, with the terminal for everything but the account.
    Dry(LiveBroker, DryAccount),
}

/// The simulated account of a dry run.
pub struct DryAccount {
    sim: SimBroker,
    /// How many symbols it knows: those of the session. The terminal may tell of more, because its own account holds
    /// something in them.
    symbols: usize,
}

impl AnyBroker {
    /// The simulated broker, from a moment on.
    ///
    /// # Errors
    /// What it cannot model.
    pub fn dry(
        terminal: LiveBroker,
        session: &Session,
        start: Timestamp,
    ) -> Result<Self, SimBrokerError> {
        let config = SimBrokerConfig::of_session(&session.file, &session.specs, start);
        let config = SimBrokerConfig { subscribed: None, ..config };
        let sim = SimBroker::new(config)?;
        Ok(Self::Dry(terminal, DryAccount { sim, symbols: session.specs.len() }))
    }
}

/// Whether the terminal's word counts in a dry run: what it says of its account does not.
pub const fn is_heard(event: &Event) -> bool {
    match event {
        Event::Broker(news) => {
            matches!(news, BrokerEvent::Symbol(_) | BrokerEvent::NoSymbol(_))
        }
        _ => true,
    }
}

/// Whether the simulated broker's word counts: what it says of the link and of symbols does not.
const fn is_of_account(event: &Event) -> bool {
    !matches!(
        event,
        Event::Link(_) | Event::Broker(BrokerEvent::Symbol(_) | BrokerEvent::NoSymbol(_))
    )
}

impl Broker for AnyBroker {
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        match self {
            Self::Terminal(terminal) => terminal.tick(at, tick, out),
            Self::Dry(_, account) if tick.symbol.index() >= account.symbols => Heard::Yes,
            Self::Dry(_, account) => {
                let heard = account.sim.tick(at, tick, out);
                out.retain(is_of_account);
                heard
            }
        }
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        match self {
            Self::Terminal(terminal) => terminal.send(at, trade),
            Self::Dry(terminal, account) if trade.request.symbol().index() >= account.symbols => {
                terminal.keep(at, trade);
            }
            Self::Dry(_, account) => account.sim.send(at, trade),
        }
    }

    fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        match self {
            Self::Dry(_, account) if matches!(request, DataRequest::Snapshot { .. }) => {
                account.sim.ask(at, request);
            }
            Self::Terminal(terminal) | Self::Dry(terminal, _) => terminal.ask(at, request),
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        match self {
            Self::Terminal(terminal) => terminal.next_due(),
            Self::Dry(terminal, account) => {
                terminal.next_due().into_iter().chain(account.sim.next_due()).min()
            }
        }
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        match self {
            Self::Terminal(terminal) => terminal.owed(at, out),
            Self::Dry(terminal, account) => {
                terminal.owed(at, out);
                account.sim.owed(at, out);
                out.retain(is_of_account);
            }
        }
    }
}
