//! The core: a state machine that takes one event at a time and answers with actions.
//!
//! It has no clock, no IO, no threads, no randomness, no log and no hash-map order. All that it
//! learns comes in as an [`event::Event`], and all that it wants done goes out as an
//! [`action::Action`]. Start with those two, then [`Executor::handle`].
//!
//! Goals and attempts are separate. A [`goal`] says what is wanted of a position, an order or a
//! scope, and stays until it is reached. A [`flow`] is an attempt, which may fail. The [`book`]
//! keeps the positions and orders that the broker has made of them. After every event but a quiet
//! tick, [`pursue`] carries all goals forward, in this one place. What the broker says is evidence
//! ([`news`], [`orders`], [`reading`]): it is matched by tickets, [`absence`] needs proof, and
//! [`ownership`] decides who owns what. Ticks and bars go through [`market_data`] into a [`feed`],
//! whose strategies [`evaluate`] evaluates.

mod absence;
mod account;
mod account_limits;
pub mod action;
mod answers;
mod asked;
mod book;
mod bounds;
pub mod command;
mod commands;
pub mod config;
mod correlated;
mod counsel;
mod deadlines;
mod distances;
mod equity;
mod evaluate;
pub mod event;
mod explain;
mod exposure;
mod feed;
mod filters;
mod flat;
mod flow;
mod following;
mod forming;
mod gate;
mod goal;
pub mod headroom;
mod history;
mod holding_ban;
pub(crate) mod key;
mod ledger;
pub mod limit;
mod link;
mod links;
mod manage;
mod market_data;
mod news;
mod order_status;
mod orders;
mod originals;
mod outcome;
mod own;
mod ownership;
mod permission;
mod pending;
mod plan;
pub mod plant;
#[cfg(feature = "plant")]
mod planting;
mod portfolio;
mod pursue;
mod reading;
mod readings;
mod recorded_source;
mod registry;
mod results;
mod reversal;
mod scope;
mod risk_updates;
mod sending;
mod sizing;
pub mod snapshot;
mod soundness;
mod source;
mod standing;
mod strategies;
mod strategy_limits;
mod symbol_state;
mod symbols;
mod traded_days;
mod trading_day;
mod triggers;
mod unknown;
pub mod view;
mod waiting;
mod watching;
mod worth;

use crate::domain::account::Account;
use crate::domain::deal::DealKind;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::bar::Bar;
use crate::risk::limits::Cap;
use action::{Action, Alert, AlertCode, Explanation, Note, Severity};
use book::Book;
use config::ExecutorConfig;
use deadlines::{Deadlines, Due};
use event::{BrokerEvent, Event, Operator};
use feed::Feed;
use flow::Flows;
use gate::Gate;
use history::History;
use ledger::Ledger;
use readings::Readings;
use recorded_source::RecordedSources;
use registry::Registry;
use results::Results;
use serde::{Deserialize, Serialize};
use source::Source;
use standing::Standing;
use strategies::Strategies;
use symbol_state::SymbolState;
use waiting::WaitingCommands;
use worth::OpenWorth;

/// The executor. It holds its whole state, which [`snapshot`] writes and reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executor {
    config: ExecutorConfig,
    now: Timestamp,
    /// The number of events so far, ticks not counted. It tells which of two things was heard
    /// first.
    step: u64,
    symbols: Vec<SymbolState>,
    feeds: Vec<Feed>,
    strategies: Strategies,
    registry: Registry,
    book: Book,
    flows: Flows,
    waiting: WaitingCommands,
    history: History,
    ledger: Ledger,
    deadlines: Deadlines,
    link: LinkState,
    readings: Readings,
    account: Option<Account>,
    /// When the broker last reported the account.
    account_heard: Timestamp,
    /// The step in which that was.
    #[serde(default, skip_serializing_if = "is_first")]
    account_step: u64,
    gate: Gate,
    /// The cap on all our positions.
    account_cap: Option<Cap>,
    /// Where the account stands by its limits.
    #[serde(default, skip_serializing_if = "Standing::is_none")]
    standing: Standing,
    /// What strategies with limits of their own have made.
    #[serde(default, skip_serializing_if = "Results::is_none")]
    results: Results,
    /// What strategies of other recordings have open.
    #[serde(default, skip_serializing_if = "RecordedSources::is_empty")]
    sources: RecordedSources,
    /// Whether a [`event::Life`] has begun.
    lived: bool,
    /// Commands made before this time may have been carried out by a process of which no state is
    /// left.
    remembers_from: Option<Timestamp>,
    /// Whether the present tick has set a goal to pursue.
    #[serde(skip)]
    touched: bool,
    /// Bars that the present tick has closed; the vector is reused.
    #[serde(skip)]
    closed: Vec<(u16, Bar)>,
    /// Whether any symbol may have triggers.
    #[serde(skip)]
    has_triggers: bool,
    /// What everything open is worth.
    #[serde(skip)]
    worth: OpenWorth,
    /// The server time from which a tick begins a trading day; far away where nothing depends on it.
    #[serde(skip)]
    next_cut: ServerMsc,
    /// The values of the lines that are being evaluated; the vector is reused.
    #[serde(skip)]
    values: Vec<Option<f64>>,
    /// What notes saw whose rules were replaced in the step that made them.
    #[serde(skip)]
    explained: Vec<(Timestamp, Note, Explanation)>,
    /// The mistake planted into this executor.
    #[cfg(feature = "plant")]
    #[serde(skip)]
    plant: Option<plant::Plant>,
}

/// Whether nothing was heard yet.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_first(step: &u64) -> bool {
    *step == 0
}

/// How far the link to the broker has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct LinkState {
    stage: Stage,
    /// Whether the whole account has been read since the link came up.
    read: bool,
    /// Whether the whole account has been read in this life.
    read_in_life: bool,
}

/// The stages of a link; each requires the one before it.
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
    /// Connected, verified and complete. Only then does absence from a reading prove anything.
    fn synced(self) -> bool {
        self.stage == Stage::Synced
    }

    /// Entries are allowed.
    fn ready(self) -> bool {
        self.synced() && self.read
    }
}

impl Executor {
    /// An executor without a past: it knows no account, position, strategy or command.
    #[must_use]
    pub fn new(config: ExecutorConfig) -> Self {
        let symbols = config.symbols.iter().cloned().map(SymbolState::new).collect();
        let account_cap = config.limits.max_open_trades_account.map(Cap::new);
        let next_cut = if config.risk.has_days() { 0 } else { i64::MAX };
        let next_cut = ServerMsc(next_cut);
        let mut registry = Registry::default();
        registry.own();
        Self {
            config,
            now: Timestamp::default(),
            step: 0,
            symbols,
            feeds: Vec::new(),
            strategies: Strategies::default(),
            registry,
            book: Book::default(),
            flows: Flows::default(),
            waiting: WaitingCommands::default(),
            history: History::default(),
            ledger: Ledger::default(),
            deadlines: Deadlines::default(),
            link: LinkState::default(),
            readings: Readings::default(),
            account: None,
            account_heard: Timestamp::default(),
            account_step: 0,
            gate: Gate::default(),
            account_cap,
            standing: Standing::default(),
            results: Results::default(),
            sources: RecordedSources::default(),
            lived: false,
            remembers_from: None,
            touched: false,
            closed: Vec::new(),
            has_triggers: false,
            worth: OpenWorth::default(),
            next_cut,
            values: Vec::new(),
            explained: Vec::new(),
            #[cfg(feature = "plant")]
            plant: None,
        }
    }

    /// Takes one event and appends the actions that answer it. It never fails: bad input becomes a
    /// refusal among the actions.
    ///
    /// # Panics
    /// If `at` goes back. The loop is broken then, and nothing after that could be trusted.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    pub fn handle(&mut self, at: Timestamp, event: &Event, out: &mut Vec<Action>) {
        assert!(at >= self.now, "moments never go back");
        self.now = at;
        if let Event::Tick(tick) = event {
            self.on_tick(tick, out);
        } else {
            self.on_other(event, out);
        }
    }

    /// Handles everything that is rare compared with ticks, in a function of its own to keep its
    /// stack frame off the tick path.
    #[cold]
    #[inline(never)]
    fn on_other(&mut self, event: &Event, out: &mut Vec<Action>) {
        self.step += 1;
        if moves_worth(event) {
            self.worth.stir();
        }
        self.worth.see(&self.symbols);
        match event {
            Event::Tick(_) => unreachable!("ticks are taken before"),
            Event::Bars(bars) => self.on_bars(bars, out),
            Event::Command(command) => self.on_command(command, out),
            Event::Broker(news) => self.on_broker(news, out),
            Event::Link(link) => self.on_link(*link, out),
            Event::Operator(operator) => self.on_operator(*operator, out),
            Event::Life(life) => self.on_life(life, out),
            Event::Advice(advice) => self.on_advice(advice, out),
            Event::Source(news) => self.on_source(news, out),
            Event::Wakeup => self.on_wakeup(out),
        }
        self.advance(out);
    }

    /// The moment of the last event. The next one does not come before it.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The next moment at which the executor needs [`Event::Wakeup`]; none when it waits for
    /// nothing. It may change with every event.
    #[inline]
    #[must_use]
    pub const fn next_wakeup(&self) -> Option<Timestamp> {
        self.deadlines.first()
    }

    fn on_broker(&mut self, news: &BrokerEvent, out: &mut Vec<Action>) {
        match news {
            BrokerEvent::Answer(answer) => return self.on_answer(answer, out),
            // News from another account's server are not about us; a reading of our account catches
            // up.
            BrokerEvent::Deal(_)
            | BrokerEvent::Order(_)
            | BrokerEvent::Position(_)
            | BrokerEvent::Removed(_)
                if self.gate.wrong_account => {}
            // Deposits and withdrawals are learnt from readings, which name their account.
            BrokerEvent::Deal(deal) if !matches!(deal.kind, DealKind::Trade(_)) => {}
            BrokerEvent::Deal(deal) => self.hear_deal(deal, out),
            BrokerEvent::Order(order) => self.on_order(order, Source::News, out),
            BrokerEvent::Position(position) => {
                self.begin_day_by_clock(out);
                self.on_position(position, Source::News, out);
            }
            BrokerEvent::Removed(ticket) => self.on_removed(*ticket),
            BrokerEvent::Account(account) => return self.on_account(account, out),
            BrokerEvent::Symbol(news) => return self.on_symbol(news, out),
            BrokerEvent::NoSymbol(none) => return self.on_no_symbol(none, out),
            BrokerEvent::Snapshot(snapshot) => {
                self.begin_day_by_clock(out);
                return self.on_snapshot(snapshot, out);
            }
        }
        self.readings.stir();
    }

    fn on_operator(&mut self, operator: Operator, out: &mut Vec<Action>) {
        match operator {
            Operator::Pause => {
                self.gate.operator_paused = true;
                self.drop_unsent(action::Verdict::OperatorPaused, |_| true, out);
                self.remove_entries(action::RequestReason::Command, |_| true);
            }
            Operator::Resume => {
                (self.gate.operator_paused, self.gate.trading_disabled) = (false, false);
                self.give_up_ambiguous();
                self.book.forget_last_deal();
                self.hurry();
            }
            Operator::Kill => self.latch("kill", out),
            Operator::ClearKill => {
                if self.clear_limits() | self.gate.latch.take().is_some() {
                    out.push(Alert::new(Severity::Info, AlertCode::LatchCleared).into());
                }
            }
        }
    }

    /// The operator has had a look: ambiguous requests are taken to be what they seem to be,
    /// absent.
    fn give_up_ambiguous(&mut self) {
        let ambiguous: Vec<_> =
            self.book.orders().filter(|order| order.ambiguous).map(|order| order.ticket).collect();
        for ticket in ambiguous {
            let order = self.book.give_up_order(ticket, self.step);
            self.history.ordered(&order, None);
        }
    }

    fn on_wakeup(&mut self, out: &mut Vec<Action>) {
        while let Some(due) = self.deadlines.pop(self.now) {
            match due {
                Due::Flow(number) => self.on_flow_due(number, out),
                // Goals are pursued after every event, this one included.
                Due::Goal(_) | Due::Order(_) => {}
                Due::Overdue(identifier) => self.on_overdue(identifier, out),
                Due::Command(number) => self.on_command_due(number, out),
                Due::Reading => self.on_reading_due(out),
                Due::Bars(feed) => self.on_bars_due(feed, out),
                Due::Subscription => self.subscribe_missing(out),
                Due::Advice(slot) => self.on_advice_due(slot, out),
                Due::Ban => self.keep_bans(out),
            }
        }
    }

    /// The latest server time that any tick has shown.
    fn server_now(&self) -> ServerMsc {
        self.symbols.iter().map(|symbol| symbol.cursor.time_msc).max().unwrap_or_default()
    }

    /// The present time of the server's clock: the time of the last tick plus the time since it
    /// came.
    fn server_clock(&self) -> ServerMsc {
        let Some(symbol) = self.symbols.iter().max_by_key(|symbol| symbol.cursor.time_msc) else {
            return ServerMsc::default();
        };
        let passed = symbol
            .heard_at
            .map_or(0, |heard| self.now.nanos().saturating_sub(heard.nanos()) / 1_000_000);
        ServerMsc(symbol.cursor.time_msc.0.saturating_add(passed))
    }
}

/// Whether an event may change what is open and what it is worth in another way than ticks do. News
/// of orders and answers to requests do not: what they fill is told by the deal.
const fn moves_worth(event: &Event) -> bool {
    match event {
        Event::Broker(news) => !matches!(news, BrokerEvent::Order(_) | BrokerEvent::Answer { .. }),
        Event::Link(_) | Event::Operator(_) | Event::Life(_) => true,
        _ => false,
    }
}
