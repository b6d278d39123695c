//! `--dry-run`: the ticks, bars and specifications of the terminal, and the simulated broker of the session in place
//! of its account. Nothing is sent to the terminal that could trade.

use crate::config::Session;
use crate::domain::id::Ticket;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::Event;
use crate::live::clock::LiveBroker;
use crate::session::ports::{Broker, Heard};
use crate::sim::account::SimAccount;
use crate::sim::broker::config::SimBrokerError;

/// The broker of a live session: that of the terminal, or the simulated one.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub enum AnyBroker {
    /// The terminal's.
    Terminal(LiveBroker),
    /// The simulated one, with the terminal for everything but the account.
    Dry(LiveBroker, SimAccount),
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
        Ok(Self::Dry(terminal, SimAccount::new(&session.file, &session.specs, start, Ticket(0))?))
    }
}

impl Broker for AnyBroker {
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        match self {
            Self::Terminal(terminal) => terminal.tick(at, tick, out),
            Self::Dry(_, account) => account.tick(at, tick, out),
        }
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        match self {
            Self::Terminal(terminal) => terminal.send(at, trade),
            Self::Dry(_, account) if account.knows(trade.request.symbol()) => {
                account.send(at, trade);
            }
            Self::Dry(terminal, _) => terminal.keep(at, trade),
        }
    }

    fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        match self {
            Self::Dry(_, account) if SimAccount::answers(request) => account.ask(at, request),
            Self::Terminal(terminal) | Self::Dry(terminal, _) => terminal.ask(at, request),
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        match self {
            Self::Terminal(terminal) => terminal.next_due(),
            Self::Dry(terminal, account) => {
                terminal.next_due().into_iter().chain(account.next_due()).min()
            }
        }
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        match self {
            Self::Terminal(terminal) => terminal.owed(at, out),
            Self::Dry(terminal, account) => {
                terminal.owed(at, out);
                account.owed(at, out);
            }
        }
    }
}
