//! The simulated broker: a hedging account on an MT5 server, as a set of small models behind the broker's port.
//!
//! Requests travel ([`latency`]), are befallen by what the session scripts ([`fault`]), checked ([`validate`]), priced
//! ([`execution`]) and booked ([`book`]); what comes of them travels back. Stop losses and take profits act at the
//! server ([`stops`]) and wait for nobody. It must never look at the executor's state, nor draw a random number outside
//! its named streams. Not modelled yet: pending orders, netting, close-by, swaps, trade sessions, stop-out.

mod bars;
mod book;
pub mod config;
mod convert;
mod desk;
mod drawdown;
mod execution;
mod fault;
mod latency;
mod ledger;
mod queue;
mod quotes;
mod records;
mod stops;
#[cfg(test)]
mod testing;
mod validate;

use crate::domain::amount::Money;
use crate::domain::id::{Cid, SymbolId, Ticket};
use crate::domain::order::OrderState;
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Answer, Bars, BrokerEvent, Event, Link, Outcome, ServerAnswer, SymbolNews};
use crate::market::bar::TickCursor;
use crate::session::description::{FaultKind, StopFills};
use crate::session::ports::Broker;
use bars::{MINUTES_MAX, RecentBars};
use book::Book;
use config::{SimBrokerConfig, SimBrokerError};
use desk::Desk;
use execution::Execution;
use fault::Faults;
use latency::Leg;
use queue::Queue;

/// What a session came to at the broker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimSummary {
    /// Deposits and withdrawals plus all deals.
    pub balance: Money,
    /// Balance and the profit of all that is open.
    pub equity: Money,
    /// Balance without deposits and withdrawals.
    pub net_profit: Money,
    /// Positions open.
    pub open_positions: usize,
    /// Deals made, the deposit apart.
    pub deals: u64,
    /// Requests to trade that were sent, those that never arrived included.
    pub requests: u64,
    /// Greatest fall of the equity from a peak, in percent of the peak, sampled at each tick while positions are open.
    pub max_equity_drawdown_percent: f64,
}

/// What the broker owes.
#[derive(Debug)]
enum Owed {
    /// The terminal says so by itself, whatever the link.
    Terminal(Event),
    /// A change; while the link is down it waits.
    News(BrokerEvent),
    /// An answer; while the link is down it is lost.
    Answer(Answer),
    /// A request arrives at the server.
    Arrival { number: u64, trade: Box<Trade> },
    /// A request that was accepted before is executed.
    Placed { order: Option<Ticket>, trade: Box<Trade> },
    /// Data that was asked for; read when it is delivered, so that it is never older than what was told before.
    Data(DataRequest),
    /// The link comes back.
    LinkBack,
}

/// The simulated broker.
#[derive(Debug)]
pub struct SimBroker {
    desk: Desk,
    bars: Vec<RecentBars>,
    stop_fills: StopFills,
    faults: Faults,
    request_leg: Leg,
    answer_leg: Leg,
    queue: Queue<Owed>,
    link: Link,
    /// Changes that wait for the link.
    waiting: Vec<BrokerEvent>,
    zone: ServerZone,
    requests: u64,
}

impl SimBroker {
    /// A broker that owes link, symbols and account at the session's first moment.
    ///
    /// # Errors
    /// [`SimBrokerError`], naming what to change.
    pub fn new(config: SimBrokerConfig) -> Result<Self, SimBrokerError> {
        config.check()?;
        let SimBrokerConfig { symbols, account, model, zone, seed, start } = config;
        let bars = symbols.iter().map(|spec| RecentBars::new(spec.point(), MINUTES_MAX)).collect();
        let specs = symbols.clone();
        let book = Book::new(symbols, account, model.commission_per_lot, zone.to_server(start))?;
        let mut broker = Self {
            desk: Desk { book, execution: Execution::new(model.slippage, seed), stops_check: model.stops_check },
            bars,
            stop_fills: model.stop_fills.unwrap_or_default(),
            faults: Faults::new(&model.faults),
            request_leg: Leg::new(model.request_latency, "request latency", seed),
            answer_leg: Leg::new(model.answer_latency, "answer latency", seed),
            queue: Queue::new(),
            link: Link::Up,
            waiting: Vec::new(),
            zone,
            requests: 0,
        };
        broker.greet(start, specs);
        Ok(broker)
    }

    fn greet(&mut self, start: Timestamp, specs: Vec<SymbolSpec>) {
        let mut owe = |event| self.queue.push(start, Owed::Terminal(event));
        owe(Event::Link(Link::Up));
        owe(Event::Link(Link::Verified));
        for (spec, place) in specs.into_iter().zip(0..) {
            owe(Event::Broker(BrokerEvent::Symbol(Box::new(SymbolNews { symbol: SymbolId(place), spec }))));
        }
        let mut news = Vec::new();
        self.desk.book.tell_account(&mut news);
        for change in news {
            owe(Event::Broker(change));
        }
        owe(Event::Link(Link::Synced));
    }

    /// What the session came to so far.
    #[must_use]
    pub fn summary(&self) -> SimSummary {
        let book = &self.desk.book;
        let balance = book.ledger().balance();
        SimSummary {
            balance,
            equity: book.equity(),
            net_profit: balance - book.ledger().deposits(),
            open_positions: book.positions_open(),
            deals: book.deals(),
            requests: self.requests,
            max_equity_drawdown_percent: book.drawdown_percent(),
        }
    }

    fn arrive(&mut self, at: Timestamp, number: u64, trade: &Trade, out: &mut Vec<Event>) {
        // What is on its way when the link breaks is lost.
        if self.link == Link::Down {
            return;
        }
        if at > trade.not_after {
            out.push(answered(trade.cid, Outcome::NotSent));
            return;
        }
        match self.faults.take(number) {
            Some(FaultKind::Lost) => {}
            Some(FaultKind::Disconnect { for_ms }) => {
                self.link = Link::Down;
                out.push(Event::Link(Link::Down));
                self.queue.push(at.plus_msc(for_ms), Owed::LinkBack);
            }
            Some(FaultKind::Placed { after_ms }) => self.place(at, after_ms, trade),
            kind => match kind.as_ref().and_then(fault::refusal) {
                Some(code) => self.respond(at, trade, &[], Err(code), None),
                None => self.execute(at, trade, kind.as_ref()),
            },
        }
    }

    fn execute(&mut self, at: Timestamp, trade: &Trade, fault: Option<&FaultKind>) {
        let mut news = Vec::new();
        let mut result = self.desk.execute(trade, None, fault, self.zone.to_server(at), &mut news);
        assert!(result.is_ok() || news.is_empty(), "a refused request changes nothing");
        match fault {
            Some(FaultKind::ExecutedUnanswered) => return self.desk.book.unheard(),
            Some(FaultKind::TimeoutExecuted) => result = result.and(Err(Retcode::TIMEOUT)),
            _ => {}
        }
        self.respond(at, trade, &news, result, fault);
    }

    /// Accepts a request that will be executed later, if it could be executed now.
    fn place(&mut self, at: Timestamp, after_ms: u64, trade: &Trade) {
        let mut news = Vec::new();
        let placed = self.desk.check(&trade.request).map(|quote| {
            let order = desk::order_of(&trade.request).map(|_| self.desk.book.next_order());
            if let Some(order) = order {
                self.desk.note(trade, order, OrderState::Placed, self.zone.to_server(at), &mut news);
            }
            self.queue.push(at.plus_msc(after_ms), Owed::Placed { order, trade: Box::new(trade.clone()) });
            ServerAnswer { order, ..desk::coded(Retcode::PLACED, Some(quote)) }
        });
        self.respond(at, trade, &news, placed, None);
    }

    /// Executes what was accepted before; the changes alone tell what came of it.
    fn execute_placed(&mut self, at: Timestamp, order: Option<Ticket>, trade: &Trade) {
        let mut news = Vec::new();
        let time_msc = self.zone.to_server(at);
        let result = self.desk.execute(trade, order, None, time_msc, &mut news);
        if let (Err(_), Some(order)) = (result, order) {
            self.desk.note(trade, order, OrderState::Rejected, time_msc, &mut news);
        }
        let due = self.answer_leg.arrival(at);
        for change in news {
            self.queue.push(due, Owed::News(change));
        }
    }

    /// Sends changes and answer on their way back.
    fn respond(
        &mut self,
        at: Timestamp,
        trade: &Trade,
        news: &[BrokerEvent],
        result: Result<ServerAnswer, Retcode>,
        fault: Option<&FaultKind>,
    ) {
        let quote = self.desk.book.quote(trade.request.symbol());
        let answer = result.unwrap_or_else(|code| desk::coded(code, quote));
        let answer = Answer { cid: trade.cid, outcome: Outcome::Server(answer) };
        let due = self.answer_leg.arrival(at);
        let (times, late_ms) = match fault {
            Some(FaultKind::DuplicateAnswer) => (2, 0),
            Some(FaultKind::LateAnswer { after_ms }) => (1, *after_ms),
            _ => (1, 0),
        };
        assert!(due >= at, "nothing is answered before it arrives");
        for _ in 0..times {
            for change in news {
                self.queue.push(due, Owed::News(change.clone()));
            }
            self.queue.push(due.plus_msc(late_ms), Owed::Answer(answer.clone()));
        }
    }

    /// Closes what the tick has reached. The server does it at once; the executor hears of it at once too, unless
    /// earlier changes are still on their way to it.
    #[cold]
    fn trigger(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) {
        let mut news = Vec::new();
        self.desk.book.trigger(tick, self.stop_fills, &mut news);
        let due = self.answer_leg.behind(at);
        for change in news {
            if due > at {
                self.queue.push(due, Owed::News(change));
            } else {
                self.tell(change, out);
            }
        }
    }

    fn tell(&mut self, change: BrokerEvent, out: &mut Vec<Event>) {
        if self.link == Link::Down {
            self.waiting.push(change);
        } else {
            out.push(Event::Broker(change));
        }
    }

    fn link_back(&mut self, out: &mut Vec<Event>) {
        assert!(self.link == Link::Down, "a link comes back that was down");
        self.link = Link::Up;
        out.extend([Event::Link(Link::Up), Event::Link(Link::Verified)]);
        out.extend(self.waiting.drain(..).map(Event::Broker));
        out.push(Event::Link(Link::Synced));
    }

    fn data(&self, at: Timestamp, request: &DataRequest) -> Option<Event> {
        match *request {
            DataRequest::Bars { symbol, timeframe, count } => {
                let none = || Bars { symbol, timeframe, closed: Vec::new(), forming: None, as_of: TickCursor::default() };
                let bars = self.bars.get(symbol.index()).map_or_else(none, |recent| recent.bars(symbol, timeframe, count));
                Some(Event::Bars(Box::new(bars)))
            }
            DataRequest::Snapshot { .. } if self.link == Link::Down => None,
            DataRequest::Snapshot { history_since_msc } => {
                let snapshot = self.desk.book.snapshot(self.zone.to_server(at), history_since_msc);
                Some(Event::Broker(BrokerEvent::Snapshot(Box::new(snapshot))))
            }
        }
    }

    fn settle(&mut self, due: Timestamp, owed: Owed, out: &mut Vec<Event>) {
        match owed {
            Owed::Terminal(event) => out.push(event),
            Owed::News(change) => self.tell(change, out),
            Owed::Answer(answer) if self.link != Link::Down => out.push(Event::Broker(BrokerEvent::Answer(Box::new(answer)))),
            Owed::Answer(_) => {}
            Owed::Arrival { number, trade } => self.arrive(due, number, &trade, out),
            Owed::Placed { order, trade } => self.execute_placed(due, order, &trade),
            Owed::Data(request) => out.extend(self.data(due, &request)),
            Owed::LinkBack => self.link_back(out),
        }
    }
}

impl Broker for SimBroker {
    #[inline]
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) {
        self.bars[tick.symbol.index()].see(tick);
        if self.desk.book.see(tick) {
            self.trigger(at, tick, out);
        }
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        self.requests += 1;
        if self.link == Link::Down {
            self.queue.push(at, Owed::Terminal(answered(trade.cid, Outcome::NotSent)));
            return;
        }
        let due = self.request_leg.arrival(at);
        self.queue.push(due, Owed::Arrival { number: self.requests, trade: Box::new(trade.clone()) });
    }

    fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        self.queue.push(at, Owed::Data(request.clone()));
    }

    #[inline]
    fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        while let Some((due, owed)) = self.queue.pop(at) {
            self.settle(due, owed, out);
        }
    }
}

fn answered(cid: Cid, outcome: Outcome) -> Event {
    Event::Broker(BrokerEvent::Answer(Box::new(Answer { cid, outcome })))
}

#[cfg(test)]
mod tests;
