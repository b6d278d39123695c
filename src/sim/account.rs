//! The account of the simulated broker alone, where link, symbols and bars come from elsewhere: from a terminal in a dry
//! run, or from the recording of a live session. Start with [`SimAccount`].

use crate::domain::id::{SymbolId, Ticket};
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{BrokerEvent, Event};
use crate::session::description::SessionFile;
use crate::session::ports::{Broker, Heard};
use crate::sim::broker::config::{SimBrokerConfig, SimBrokerError};
use crate::sim::broker::{SimBroker, SimSummary};

/// An account of the simulated broker.
#[derive(Debug)]
pub struct SimAccount {
    sim: SimBroker,
    /// How many symbols it knows: those of the session. The terminal may tell of more, because its own account holds
    /// something in them.
    symbols: usize,
}

/// Whether the terminal's word counts: what it says of its own account does not.
#[must_use]
pub const fn is_of_terminal(event: &Event) -> bool {
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

impl SimAccount {
    /// The account of a session, from a moment on, whose orders and deals are numbered from the one after `last`.
    ///
    /// # Errors
    /// What the simulated broker cannot model.
    pub fn new(
        file: &SessionFile,
        specs: &[SymbolSpec],
        start: Timestamp,
        last: Ticket,
    ) -> Result<Self, SimBrokerError> {
        let config = SimBrokerConfig::of_session(file, specs, start);
        let sim = SimBroker::new(SimBrokerConfig { subscribed: None, ..config })?;
        let mut sim = sim.numbered_after(last);
        // A terminal tells of its account when it is asked.
        sim.owed(start, &mut Vec::new());
        Ok(Self { sim, symbols: specs.len() })
    }

    /// Whether it knows a symbol.
    #[must_use]
    pub const fn knows(&self, symbol: SymbolId) -> bool {
        symbol.index() < self.symbols
    }

    /// Whether it answers a request for data: one about the account.
    #[must_use]
    pub const fn answers(request: &DataRequest) -> bool {
        matches!(request, DataRequest::Snapshot { .. })
    }

    /// The account and the counts so far.
    #[must_use]
    pub fn summary(&self) -> SimSummary {
        self.sim.summary()
    }
}

impl Broker for SimAccount {
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        if !self.knows(tick.symbol) {
            return Heard::Yes;
        }
        let mut news = Vec::new();
        let heard = self.sim.tick(at, tick, &mut news);
        out.extend(news.into_iter().filter(is_of_account));
        heard
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        if self.knows(trade.request.symbol()) {
            self.sim.send(at, trade);
        }
    }

    fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        if Self::answers(request) {
            self.sim.ask(at, request);
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.sim.next_due()
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        let mut news = Vec::new();
        self.sim.owed(at, &mut news);
        out.extend(news.into_iter().filter(is_of_account));
    }
}
