//! The core: a state machine that takes one event at a time and answers with actions.
//!
//! It has no clock, no IO, no threads, no randomness, no log and no hash-map order; whatever it may know comes in as an
//! [`event::Event`], whatever it wants done goes out as an [`action::Action`]. Start with those two, then
//! [`Executor::handle`]; an entry's way leads from [`evaluate`](self) over [`flow`](self) to its answer.

pub mod action;
mod answers;
mod book;
pub mod command;
mod commands;
pub mod config;
mod deadlines;
mod evaluate;
pub mod event;
mod flow;
mod key;
mod ledger;
mod market;
mod news;
mod registry;
mod sending;
pub mod snapshot;
mod stopping;
mod strategies;
mod unknown;
pub mod view;

use crate::domain::account::Account;
use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::timeframe::Timeframe;
use action::{Action, Alert, AlertCode, DataRequest, Severity};
use book::Book;
use config::ExecutorConfig;
use deadlines::{Deadlines, Due};
use event::{Bars, BrokerEvent, Event, Link, Operator};
use flow::Flows;
use ledger::Ledger;
use market::{Feed, Need, SymbolState};
use registry::Registry;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use strategies::Strategies;

/// The executor. Its whole state is in it: see [`snapshot`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executor {
    config: ExecutorConfig,
    now: Timestamp,
    symbols: Vec<SymbolState>,
    feeds: Vec<Feed>,
    strategies: Strategies,
    registry: Registry,
    book: Book,
    flows: Flows,
    ledger: Ledger,
    deadlines: Deadlines,
    link: LinkState,
    /// When the snapshots that have not come yet were asked for.
    snapshots_asked: VecDeque<Timestamp>,
    account: Option<Account>,
    /// The operator wants no entries.
    paused: bool,
    /// The server or the terminal refuses to trade; an operator's resume clears it.
    trading_disabled: bool,
}

/// How far the link to the broker has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct LinkState {
    stage: Stage,
    /// Whether a complete snapshot has been read since the link came up.
    read: bool,
}

/// The stages of a link; each needs the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Down,
    Up,
    Verified,
    Synced,
}

impl LinkState {
    /// Connected, verified and complete: what the broker does not show does not exist.
    fn synced(self) -> bool {
        self.stage == Stage::Synced
    }

    /// Entries are allowed.
    fn ready(self) -> bool {
        self.synced() && self.read
    }
}

impl Executor {
    /// A fresh one.
    #[must_use]
    pub fn new(config: ExecutorConfig) -> Self {
        let symbols = config.symbols.iter().cloned().map(SymbolState::new).collect();
        Self {
            config,
            now: Timestamp::default(),
            symbols,
            feeds: Vec::new(),
            strategies: Strategies::default(),
            registry: Registry::default(),
            book: Book::default(),
            flows: Flows::default(),
            ledger: Ledger::default(),
            deadlines: Deadlines::default(),
            link: LinkState::default(),
            snapshots_asked: VecDeque::new(),
            account: None,
            paused: false,
            trading_disabled: false,
        }
    }

    /// Takes one event; appends what is to be done. Never fails: bad input becomes a refusal among the actions.
    ///
    /// # Panics
    /// If `at` goes back: the loop has broken its word, and nothing after that could be trusted.
    pub fn handle(&mut self, at: Timestamp, event: &Event, out: &mut Vec<Action>) {
        assert!(at >= self.now, "moments never go back");
        self.now = at;
        if let Event::Tick(tick) = event { self.on_tick(tick, out) } else { self.on_other(event, out) }
    }

    /// All that is rare beside ticks: kept out of their way, with what its stack takes.
    #[cold]
    #[inline(never)]
    fn on_other(&mut self, event: &Event, out: &mut Vec<Action>) {
        match event {
            Event::Tick(tick) => self.on_tick(tick, out),
            Event::Bars(bars) => self.on_bars(bars, out),
            Event::Command(command) => self.on_command(command, out),
            Event::Broker(news) => self.on_broker(news, out),
            Event::Link(link) => self.on_link(*link, out),
            Event::Operator(operator) => self.on_operator(*operator),
            Event::Wakeup => self.on_wakeup(out),
        }
    }

    /// The next moment at which it wants [`Event::Wakeup`].
    #[inline]
    #[must_use]
    pub const fn next_wakeup(&self) -> Option<Timestamp> {
        self.deadlines.first()
    }

    #[inline]
    fn on_tick(&mut self, tick: &Tick, out: &mut Vec<Action>) {
        let Some(symbol) = self.symbols.get_mut(tick.symbol.index()) else { return };
        (symbol.bid, symbol.ask) = (tick.bid, tick.ask);
        symbol.cursor = symbol.cursor.after(tick.time_msc);
        let cursor = symbol.cursor;
        for place in 0..symbol.feeds.len() {
            let feed = self.symbols[tick.symbol.index()].feeds[place];
            if let Some(bar) = self.feeds[usize::from(feed)].push_tick(tick, cursor) {
                self.on_bar(feed, &bar, out);
            }
        }
    }

    fn on_bars(&mut self, bars: &Bars, out: &mut Vec<Action>) {
        let Some(place) = self.find_feed(bars.symbol, bars.timeframe) else { return };
        let Some(point) = self.symbols[bars.symbol.index()].spec.as_ref().map(crate::domain::symbol::SymbolSpec::point) else { return };
        match self.feeds[usize::from(place)].take_history(bars, point) {
            Err(need) => self.ask(place, need, out),
            Ok(ticks) => {
                for tick in ticks {
                    let cursor = self.symbols[tick.symbol.index()].cursor;
                    if let Some(bar) = self.feeds[usize::from(place)].push_tick(&tick, cursor) {
                        self.on_bar(place, &bar, out);
                    }
                }
            }
        }
    }

    fn on_broker(&mut self, news: &BrokerEvent, out: &mut Vec<Action>) {
        match news {
            BrokerEvent::Answer(answer) => self.on_answer(answer, out),
            BrokerEvent::Deal(deal) => self.on_deal(deal, out),
            BrokerEvent::Order(order) => self.on_order(order),
            BrokerEvent::Position(position) => self.on_position(position, out),
            BrokerEvent::Removed(ticket) => self.on_removed(*ticket, out),
            BrokerEvent::Account(account) => self.account = Some((**account).clone()),
            BrokerEvent::Symbol(news) => {
                if let Some(symbol) = self.symbols.get_mut(news.symbol.index()) {
                    symbol.spec = Some(news.spec.clone());
                }
            }
            BrokerEvent::Snapshot(snapshot) => self.on_snapshot(snapshot, out),
        }
    }

    fn on_link(&mut self, link: Link, out: &mut Vec<Action>) {
        match (link, self.link.stage) {
            (Link::Up, _) => self.link = LinkState { stage: Stage::Up, read: false },
            (Link::Verified, Stage::Up) => {
                self.link.stage = Stage::Verified;
                self.poll(out);
            }
            (Link::Synced, Stage::Verified) => {
                self.link.stage = Stage::Synced;
                self.ask_missing_bars(out);
                self.set_windows();
            }
            (Link::Down, _) => {
                self.link = LinkState::default();
                self.snapshots_asked.clear();
                self.set_windows();
                out.push(Alert::new(Severity::Warning, AlertCode::LinkDown).into());
            }
            // A stage that was not reached cannot be passed; one that was needs no second word.
            (Link::Verified | Link::Synced, _) => {}
        }
    }

    const fn on_operator(&mut self, operator: Operator) {
        match operator {
            Operator::Pause => self.paused = true,
            Operator::Resume => (self.paused, self.trading_disabled) = (false, false),
        }
    }

    fn on_wakeup(&mut self, out: &mut Vec<Action>) {
        while let Some(due) = self.deadlines.pop(self.now) {
            match due {
                Due::Flow(number) => self.on_flow_due(number, out),
                Due::Stop(slot) => self.on_stop_due(slot, out),
                Due::StopRetry(slot) => self.advance_stop(slot, out),
                Due::Poll => self.poll(out),
            }
        }
    }

    /// The feed of a symbol and timeframe, made if there is none yet.
    fn feed(&mut self, symbol: SymbolId, timeframe: Timeframe) -> u16 {
        let place = self.find_feed(symbol, timeframe).unwrap_or_else(|| {
            self.feeds.push(Feed::new(symbol, timeframe));
            u16::try_from(self.feeds.len() - 1).unwrap_or(u16::MAX)
        });
        let used = &mut self.symbols[symbol.index()].feeds;
        if !used.contains(&place) {
            used.push(place);
        }
        place
    }

    fn find_feed(&self, symbol: SymbolId, timeframe: Timeframe) -> Option<u16> {
        let place = self.feeds.iter().position(|feed| feed.symbol == symbol && feed.timeframe == timeframe)?;
        u16::try_from(place).ok()
    }

    fn ask(&self, feed: u16, need: Need, out: &mut Vec<Action>) {
        let Feed { symbol, timeframe, .. } = self.feeds[usize::from(feed)];
        if let Need::Bars(count) = need {
            let count = count.min(self.config.limits.history_bars_max);
            out.push(Action::Data(DataRequest::Bars { symbol, timeframe, count }));
        }
    }

    fn ask_missing_bars(&self, out: &mut Vec<Action>) {
        for place in 0..self.feeds.len() {
            let need = self.feeds[place].missing();
            self.ask(u16::try_from(place).unwrap_or(u16::MAX), need, out);
        }
    }

    /// The latest server time that any tick has shown.
    fn server_now(&self) -> ServerMsc {
        self.symbols.iter().map(|symbol| symbol.cursor.time_msc).max().unwrap_or_default()
    }
}
