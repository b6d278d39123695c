//! The simulated broker: a hedging account on an MT5 server, as a set of small models behind the
//! broker's port.
//!
//! Requests travel ([`latency`]), suffer the faults of the session ([`fault`]), are checked
//! ([`validate`]), priced ([`execution`]) and booked ([`book`]), and the results travel back
//! ([`news`]). Stop losses, take profits and pending orders act at the server ([`server`]),
//! independently of the connection. The broker must never look at the executor's state, nor draw a
//! random number outside its named streams. At the end of its day the server charges swaps, and it
//! closes positions while the margin level is too low. Not modelled: netting, swaps by re-opening,
//! margin of pending orders.
//!
//! Where to start: [`SimBroker`] and what it [`Owed`]; `requests` for the path of a request.

mod bars;
mod book;
pub mod config;
mod server;
mod drawdown;
mod execution;
pub mod fault;
mod incidents;
mod latency;
mod ledger;
mod levels;
mod connection;
mod news;
mod owed;
mod pending;
mod questions;
mod queue;
mod records;
mod requests;
mod stops;
#[cfg(test)]
mod testing;
mod validate;
pub mod witness;
mod conditions;

use crate::domain::amount::Money;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::Order;
use crate::domain::position::Position;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Answer, BrokerEvent, Event, Link, Outcome};
use crate::market::bar::Bar;
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use crate::session::description::BrokerModel;
use crate::session::fault::FaultScope;
use crate::session::ports::{Broker, Heard};
use bars::{MINUTES_MAX, RecentBars};
use book::AccountBook;
use conditions::Conditions;
use config::{SimBrokerConfig, SimBrokerError};
use connection::Connection;
use execution::Execution;
use fault::Faults;
use latency::Leg;
use owed::Owed;
use queue::Queue;
use server::TradeServer;
use std::collections::BTreeMap;
use witness::AccountHistory;

/// A day by the server's clock.
const DAY_MS: i64 = 86_400_000;

/// The account and the counts of a session, at the broker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimSummary {
    /// Deposits and withdrawals plus the results of all deals.
    pub balance: Money,
    /// The balance with the profit and swap of everything open.
    pub equity: Money,
    /// The balance without deposits and withdrawals.
    pub net_profit: Money,
    /// The number of open positions.
    pub open_positions: usize,
    /// The number of deals, deposits and withdrawals not counted.
    pub deals: u64,
    /// The number of positions that the broker closed for lack of margin.
    pub stop_outs: u64,
    /// The number of requests sent, including those that never arrived.
    pub requests: u64,
    /// The largest fall of the equity from a peak, in percent of the peak, sampled at each tick
    /// while positions are open.
    pub max_equity_drawdown_percent: f64,
}

/// The simulated broker.
#[derive(Debug)]
pub struct SimBroker {
    server: TradeServer,
    bars: Vec<RecentBars>,
    faults: Faults,
    conditions: Conditions,
    request_leg: Leg,
    answer_leg: Leg,
    queue: Queue<Owed>,
    connection: Connection,
    zone: ServerZone,
    requests: u64,
}

impl SimBroker {
    /// A broker that reports link, symbols and account at the session's first moment.
    ///
    /// # Errors
    /// [`SimBrokerError`], which names what to change.
    pub fn new(config: SimBrokerConfig) -> Result<Self, SimBrokerError> {
        config.check()?;
        let SimBrokerConfig { symbols, account, model, zone, seed, start, subscribed, witness } =
            config;
        let bars = symbols.iter().map(|spec| RecentBars::new(spec.point(), MINUTES_MAX)).collect();
        let connection = Connection::new(symbols.len(), subscribed.unwrap_or(symbols.len()));
        let conditions = Conditions::new(symbols.clone());
        let mut book =
            AccountBook::new(symbols, account, model.commission_per_lot, zone.to_server(start))?;
        if witness {
            book.keep_history();
        }
        let mut broker = Self {
            server: TradeServer {
                book,
                execution: Execution::new(model.slippage, seed),
                stops_check: model.stops_check,
                stop_fills: model.stop_fills.unwrap_or_default(),
                shut: false,
            },
            bars,
            faults: Faults::new(&model, seed),
            conditions,
            request_leg: Leg::new(model.request_latency, "request latency", seed),
            answer_leg: Leg::new(model.answer_latency, "answer latency", seed),
            queue: Queue::new(),
            connection,
            zone,
            requests: 0,
        };
        broker.greet(start);
        broker.schedule(start, &model);
        Ok(broker)
    }

    /// The same broker, which has seen these minutes of each symbol before.
    #[must_use]
    pub fn with_history(mut self, history: &[Vec<Bar>]) -> Self {
        for (bars, minutes) in self.bars.iter_mut().zip(history) {
            bars.see_minutes(minutes);
        }
        self
    }

    /// The same broker, which numbers orders and deals from the one after `last`: an executor may know earlier ones.
    #[must_use]
    pub fn numbered_after(mut self, last: Ticket) -> Self {
        self.server.book.number_after(last);
        self
    }

    /// Schedules what happens to the world: the script, minutes in which something may happen by
    /// chance, and the end of all faults.
    fn schedule(&mut self, start: Timestamp, model: &BrokerModel) {
        for fault in model.faults.iter().filter(|fault| fault.kind.scope() == FaultScope::World) {
            let at = fault.at.expect("was checked: the world's faults have a moment");
            self.queue.push(at.max(start), Owed::World(fault.kind.clone()));
        }
        if self.faults.draw_minutes() {
            self.queue.push(start.plus_ms(conditions::MINUTE_MS), Owed::Minute);
        }
        if let Some(until) = model.faults_until {
            self.queue.push(until.max(start), Owed::AllWell);
        }
        if model.swaps {
            let day = self.zone.to_server(start).0.div_euclid(DAY_MS);
            self.end_day_at(start, ServerMsc((day + 1) * DAY_MS));
        }
    }

    /// The account and the counts so far.
    #[must_use]
    pub fn summary(&self) -> SimSummary {
        let book = &self.server.book;
        let balance = book.ledger().balance();
        SimSummary {
            balance,
            equity: book.equity(),
            net_profit: balance - book.ledger().deposits(),
            open_positions: book.positions_open(),
            deals: book.deals(),
            stop_outs: book.stop_outs(),
            requests: self.requests,
            max_equity_drawdown_percent: book.drawdown_percent(),
        }
    }

    /// Open positions as the server has them, by ticket.
    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.server.book.positions()
    }

    /// Working orders as the server has them, by ticket.
    pub fn working_orders(&self) -> impl Iterator<Item = &Order> {
        self.server.book.working().values()
    }

    /// Every order and deal of the run; none when the broker was not configured to keep them.
    #[must_use]
    pub const fn history(&self) -> Option<&AccountHistory> {
        self.server.book.history()
    }

    /// The link between terminal and server: up or down.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.connection.link
    }

    /// How often each kind of fault happened, by its word in a session file.
    #[must_use]
    pub fn fault_counts(&self) -> BTreeMap<&'static str, u64> {
        self.faults.counts().clone()
    }

    /// Carries out an item that was owed. Whatever has changed, the margin level is looked at.
    fn settle(&mut self, due: Timestamp, owed: Owed, out: &mut Vec<Event>) {
        self.carry_out(due, owed, out);
        let mut news = Vec::new();
        self.server.enforce_margin(self.zone.to_server(due), &mut news);
        if !news.is_empty() {
            self.announce(due, news, out);
        }
    }

    /// Schedules the end of the server's day at a midnight by its clock.
    fn end_day_at(&mut self, now: Timestamp, midnight: ServerMsc) {
        let at = self.zone.to_utc(midnight).max(now);
        self.queue.push(at, Owed::DayEnd(midnight));
    }

    /// Charges the swaps of the day that ends.
    fn end_day(&mut self, due: Timestamp, midnight: ServerMsc, out: &mut Vec<Event>) {
        // 1970-01-01 was a Thursday, and the day before it a Wednesday.
        let weekday = (midnight.0.div_euclid(DAY_MS) + 3).rem_euclid(7);
        let weekday = usize::try_from(weekday).expect("a rest is not negative");
        self.act(due, out, |server, news| server.book.charge_swaps(weekday, news));
        self.end_day_at(due, ServerMsc(midnight.0 + DAY_MS));
    }

    fn carry_out(&mut self, due: Timestamp, owed: Owed, out: &mut Vec<Event>) {
        match owed {
            Owed::Terminal(event) => out.push(event),
            Owed::News(change) => self.tell(change, out),
            Owed::Answer(answer) if self.connection.link != Link::Down => {
                out.push(answered(answer));
            }
            Owed::Read(event) if self.connection.link != Link::Down => out.push(event),
            Owed::Answer(_) | Owed::Read(_) => {}
            Owed::Arrival { number, trade } => self.arrive(due, number, &trade, out),
            Owed::Placed { order, trade, later } => self.execute_placed(due, order, &trade, later),
            Owed::Rest { order } => {
                let time_msc = self.zone.to_server(due);
                self.act(due, out, |server, news| server.fill_rest(order, time_msc, news));
            }
            Owed::Lapse { order, lapse } => {
                self.act(due, out, |server, news| server.expire(order, lapse, news));
            }
            Owed::Data(request) => out.extend(self.data(due, &request)),
            Owed::World(kind) => self.happen(due, &kind, out),
            Owed::Minute => self.pass_minute(due, out),
            Owed::Ends(lasting) => self.end_if_over(due, lasting, out),
            Owed::AllWell => self.end_all(due, out),
            Owed::DayEnd(midnight) => self.end_day(due, midnight, out),
        }
    }

    /// Acts at the server without a request, and reports the changes.
    fn act<T>(
        &mut self,
        at: Timestamp,
        out: &mut Vec<Event>,
        act: impl FnOnce(&mut TradeServer, &mut Vec<BrokerEvent>) -> T,
    ) -> T {
        let mut news = Vec::new();
        let done = act(&mut self.server, &mut news);
        self.announce(at, news, out);
        done
    }

    #[cold]
    fn trigger(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) {
        self.act(at, out, |server, news| server.trigger(tick, news));
    }
}

impl Broker for SimBroker {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        self.bars[tick.symbol.index()].see(tick);
        if self.server.book.see(tick) {
            self.trigger(at, tick, out);
        }
        self.connection.heard(tick.symbol)
    }

    #[inline]
    fn quiet(&self, symbol: SymbolId) -> Quiet {
        Quiet { quotes: self.server.book.quiet(symbol), ..Quiet::EVER }
    }

    #[inline]
    fn pass(&mut self, run: &Run<'_>) -> Heard {
        self.bars[run.symbol().index()].pass(run);
        self.server.book.pass(run);
        self.connection.heard(run.symbol())
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        self.requests += 1;
        if self.connection.link == Link::Down {
            self.queue.push(
                at,
                Owed::Terminal(answered(Answer { cid: trade.cid, outcome: Outcome::NotSent })),
            );
            return;
        }
        let due = self.request_leg.arrival(at);
        self.queue
            .push(due, Owed::Arrival { number: self.requests, trade: Box::new(trade.clone()) });
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

fn answered(answer: Answer) -> Event {
    Event::Broker(BrokerEvent::Answer(Box::new(answer)))
}

#[cfg(test)]
mod tests;
