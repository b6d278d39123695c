//! The simulated broker as torture sees it: the only file that knows how the broker shows its book.

use crate::domain::deal::Deal;
use crate::domain::id::{Cid, IntentKey, SymbolId, Ticket};
use crate::domain::order::{Order, OrderState};
use crate::domain::position::Position;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Event, Link};
use crate::market::bar::Bar;
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use crate::session::ports::{Broker, Heard};
use crate::sim::broker::config::{SimBrokerConfig, SimBrokerError};
use crate::sim::broker::witness::AccountHistory;
use crate::sim::broker::{SimBroker, SimSummary};
use std::collections::BTreeMap;
use std::ops::Bound;

/// What names a request over all lives: the number of its attempt, its key, and until when it could
/// be sent.
pub type RequestName = (Cid, IntentKey, Timestamp);

/// The broker, and how much of its book has been read.
#[derive(Debug)]
pub struct World {
    broker: SimBroker,
    last_order: Ticket,
    deals_read: usize,
}

impl World {
    /// A new broker that has seen these minutes of each symbol.
    ///
    /// # Errors
    /// Errors of the broker's configuration.
    pub fn new(config: SimBrokerConfig, earlier: &[Vec<Bar>]) -> Result<Self, SimBrokerError> {
        let broker = SimBroker::new(config)?.with_history(earlier);
        Ok(Self { broker, last_order: Ticket(0), deals_read: 0 })
    }

    fn history(&self) -> &AccountHistory {
        self.broker.history().expect("the broker was made to keep its history")
    }

    /// Whether there are orders or deals that have not been read.
    #[must_use]
    pub fn has_news(&self) -> bool {
        let history = self.history();
        history.deals().len() > self.deals_read
            || history.sent().last_key_value().is_some_and(|(order, _)| *order > self.last_order)
    }

    /// Passes on each order made since the last call, with what names the request that made it.
    pub fn read_orders(&mut self, mut take: impl FnMut(Ticket, RequestName)) {
        let sent = self.history().sent();
        for (order, sent) in sent.range((Bound::Excluded(self.last_order), Bound::Unbounded)) {
            take(*order, (sent.cid, sent.key, sent.not_after));
        }
        self.last_order = sent.last_key_value().map_or(self.last_order, |(order, _)| *order);
    }

    /// Passes on each deal made since the last call.
    pub fn read_deals(&mut self, take: impl FnMut(&Deal)) {
        let deals = self.history().deals();
        deals[self.deals_read..].iter().for_each(take);
        self.deals_read = deals.len();
    }

    /// The open positions.
    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.broker.positions()
    }

    /// The working orders.
    pub fn working(&self) -> impl Iterator<Item = &Order> {
        self.broker.working_orders()
    }

    /// The state of an order in the history.
    #[must_use]
    pub fn state_of(&self, order: Ticket) -> OrderState {
        self.history().orders().get(&order).map_or(OrderState::Started, |order| order.state)
    }

    /// Whether the link is up.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.broker.link() != Link::Down
    }

    /// How often each kind of fault has happened.
    #[must_use]
    pub fn fault_counts(&self) -> BTreeMap<&'static str, u64> {
        self.broker.fault_counts()
    }

    /// The process on the other side died and another one takes its place.
    pub fn client_restarts(&mut self, at: Timestamp) {
        self.broker.client_restarts(at);
    }

    /// How many readings of the account have failed: whatever waits for one waits longer.
    #[must_use]
    pub fn readings_failed(&self) -> u64 {
        const KINDS: [&str; 6] = [
            "snapshot_empty",
            "snapshot_without_positions",
            "snapshot_partial",
            "snapshot_late",
            "snapshot_lost",
            "snapshot_foreign",
        ];
        let counts = self.broker.fault_counts();
        KINDS.iter().filter_map(|kind| counts.get(kind)).sum()
    }

    /// The port's [`Broker::tick`].
    pub fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        self.broker.tick(at, tick, out)
    }

    /// The port's [`Broker::quiet`].
    #[must_use]
    pub fn quiet(&self, symbol: SymbolId) -> Quiet {
        self.broker.quiet(symbol)
    }

    /// The port's [`Broker::pass`].
    pub fn pass(&mut self, run: &Run<'_>) -> Heard {
        self.broker.pass(run)
    }

    /// The account and the counts so far.
    #[must_use]
    pub fn summary(&self) -> SimSummary {
        self.broker.summary()
    }

    /// The port's [`Broker::send`].
    pub fn send(&mut self, at: Timestamp, trade: &Trade) {
        self.broker.send(at, trade);
    }

    /// The port's [`Broker::ask`].
    pub fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        self.broker.ask(at, request);
    }

    /// The port's [`Broker::next_due`].
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.broker.next_due()
    }

    /// The port's [`Broker::owed`].
    pub fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        self.broker.owed(at, out);
    }
}
