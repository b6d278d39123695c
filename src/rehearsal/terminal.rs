//! The terminal without its voice: lines in, lines out, and the simulated broker between.

use super::{requests, rows};
use crate::config::Session;
use crate::domain::account::Account;
use crate::domain::id::{DataId, SymbolId};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::DataRequest;
use crate::executor::event::{Answer, Bars, BrokerEvent, BrokerSnapshot, Event, Link, Outcome};
use crate::live::mt5::lines::{SCHEMA, Submit, ToTerminal};
use crate::live::mt5::news::{
    AnswerEnd, Attached, BookRow, CheckAnswer, ErrorCode, FromTerminal, RequestResult,
    TerminalError, TradeState,
};
use crate::live::mt5::requests::timeframe_number;
use crate::market::timeframe::Timeframe;
use crate::session::description::AccountModel;
use crate::session::ports::{Broker, Heard, PortError, TickStream};
use crate::session::tick_merge::TickMerge;
use crate::sim::broker::SimBroker;
use crate::sim::broker::config::{SimBrokerConfig, SimBrokerError};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;

/// The most rows of bars in a line.
const ROWS_MAX: usize = 400;
/// How long the simulated broker may take for an answer; nothing waits for it.
const ANSWER_MS: u64 = 60_000;
/// `ACCOUNT_TRADE_MODE_DEMO`, `ACCOUNT_MARGIN_MODE_RETAIL_HEDGING`.
const DEMO: u32 = 0;
const HEDGING: u32 = 2;

/// A terminal with the simulated broker behind it.
pub struct RehearsalTerminal {
    broker: SimBroker,
    ticks: TickMerge,
    specs: Vec<SymbolSpec>,
    account: AccountModel,
    zone: ServerZone,
    at: Timestamp,
    /// The newest time of the server.
    newest_msc: ServerMsc,
    told: Option<Account>,
    is_attached: bool,
    subscribed: BTreeSet<SymbolId>,
    /// The questions that the broker has not answered.
    asked: BTreeSet<u64>,
    /// Pings that wait for them.
    pings: Vec<u64>,
    /// The numbers of the requests that were ever sent.
    sent: BTreeSet<String>,
    out: Vec<FromTerminal>,
    /// Where what happens at the broker is written down, whoever hears of it.
    book: Option<File>,
}

impl std::fmt::Debug for RehearsalTerminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RehearsalTerminal {{ at: {}, .. }}", self.at)
    }
}

impl RehearsalTerminal {
    /// A terminal whose market begins at a moment, with a session's account, specifications, broker and ticks.
    ///
    /// # Errors
    /// What the simulated broker cannot model.
    pub fn new(
        session: &Session,
        streams: Vec<Box<dyn TickStream>>,
        start: Timestamp,
    ) -> Result<Self, SimBrokerError> {
        let file = &session.file;
        let config = SimBrokerConfig::of_session(file, &session.specs, start);
        let config = SimBrokerConfig { subscribed: None, ..config };
        let broker = SimBroker::new(config)?.with_history(&session.history);
        Ok(Self {
            broker,
            ticks: TickMerge::new(streams),
            specs: session.specs.clone(),
            account: file.account.clone(),
            zone: file.zone.clone(),
            at: start,
            newest_msc: ServerMsc(0),
            told: None,
            is_attached: false,
            subscribed: BTreeSet::new(),
            asked: BTreeSet::new(),
            pings: Vec::new(),
            sent: BTreeSet::new(),
            out: Vec::new(),
            book: None,
        })
    }

    /// The same, with a file in which each deal, order and position is written down as its line, whether or not
    /// somebody is there to hear it.
    #[must_use]
    pub fn with_book(mut self, book: File) -> Self {
        self.book = Some(book);
        self
    }

    /// A peer has come, and knows nothing.
    pub fn greet(&mut self, pid: u32) -> Vec<FromTerminal> {
        self.leave();
        vec![FromTerminal::Hello { schema: SCHEMA, peer: "tickdeck terminal".to_owned(), pid }]
    }

    /// The peer is gone: nothing is said, and nothing more is asked.
    pub fn leave(&mut self) {
        self.is_attached = false;
        self.subscribed.clear();
        self.asked.clear();
        self.pings.clear();
        self.out.clear();
    }

    /// When something happens next; none when nothing does.
    ///
    /// # Errors
    /// When the ticks cannot be read.
    pub fn next_due(&mut self) -> Result<Option<Timestamp>, PortError> {
        let tick = self.ticks.peek().map_err(|failed| failed.source)?;
        let tick = tick.map(|time| self.zone.to_utc(time).max(self.at));
        Ok(self.broker.next_due().into_iter().chain(tick).min())
    }

    /// Lets the market go on to a moment. Returns what there is to say.
    ///
    /// # Errors
    /// When the ticks cannot be read.
    pub fn advance(&mut self, to: Timestamp) -> Result<Vec<FromTerminal>, PortError> {
        let mut events = Vec::new();
        while let Some(due) = self.next_due()?.filter(|due| *due <= to) {
            self.at = self.at.max(due);
            if self.broker.next_due().is_some_and(|owed| owed <= due) {
                self.broker.owed(due, &mut events);
                events.drain(..).for_each(|event| self.tell(event));
                continue;
            }
            let tick = self.ticks.take();
            self.newest_msc = self.newest_msc.max(tick.time_msc);
            let heard = self.broker.tick(due, &tick, &mut events);
            events.drain(..).for_each(|event| self.tell(event));
            if heard == Heard::Yes && self.subscribed.contains(&tick.symbol) {
                let name = &self.specs[tick.symbol.index()].name;
                let row = rows::tick(&tick, name, utc_ms(due));
                self.say(FromTerminal::Tick(row));
            }
        }
        self.at = self.at.max(to);
        self.answer_pings();
        Ok(std::mem::take(&mut self.out))
    }

    /// Takes a line at the moment to which the market has gone on. Returns whether the peer wants more.
    pub fn hear(&mut self, line: ToTerminal) -> bool {
        match line {
            ToTerminal::Attach(_) => self.attach(),
            ToTerminal::Detach => return false,
            ToTerminal::Subscribe { id, symbol } => self.subscribe(id, symbol),
            ToTerminal::Read { id, since_s } => self.ask(&DataRequest::Snapshot {
                id: DataId(id),
                deadline: self.at.plus_ms(ANSWER_MS),
                history_since_msc: ServerMsc(since_s.saturating_mul(1_000)),
            }),
            ToTerminal::Rates { id, symbol, timeframe, count } => {
                let known = self.specs.iter().position(|spec| spec.name == symbol);
                let frame =
                    Timeframe::ALL.into_iter().find(|one| timeframe_number(*one) == timeframe);
                match (known, frame) {
                    (Some(place), Some(timeframe)) => self.ask(&DataRequest::Bars {
                        id: DataId(id),
                        deadline: self.at.plus_ms(ANSWER_MS),
                        symbol: symbol_id(place),
                        timeframe,
                        count: count.saturating_sub(1),
                    }),
                    _ => self.fail(id, "no such symbol or timeframe"),
                }
            }
            ToTerminal::Submit(submit) => self.submit(&submit),
            ToTerminal::Check { id, .. } => self.check(id),
            ToTerminal::Ping { id } => self.pings.push(id),
        }
        self.answer_pings();
        true
    }

    /// What there is to say.
    pub fn take_lines(&mut self) -> Vec<FromTerminal> {
        std::mem::take(&mut self.out)
    }

    /// Says a line, if there is somebody to hear it. What happens at the broker is written down in any case.
    fn say(&mut self, line: FromTerminal) {
        let is_of_book = matches!(
            line,
            FromTerminal::Deal(BookRow { id: None, .. })
                | FromTerminal::Order(BookRow { id: None, .. })
                | FromTerminal::HistoryOrder(BookRow { id: None, .. })
                | FromTerminal::Position(BookRow { id: None, .. })
                | FromTerminal::Gone { .. }
        );
        if let Some(book) = self.book.as_mut().filter(|_| is_of_book) {
            let text = serde_json::to_string(&line).expect("rows are numbers and texts");
            // Whoever reads it misses what the disk did not take.
            let _ = writeln!(book, "{text}");
        }
        if self.is_attached {
            self.out.push(line);
        }
    }

    fn attach(&mut self) {
        self.is_attached = true;
        self.say_attached();
        if let Some(account) = self.told.clone() {
            self.say_account(&account, None);
        }
    }

    fn say_attached(&mut self) {
        let account = &self.account;
        let currency = account.currency.clone();
        self.say(FromTerminal::Attached(Attached {
            login: account.login,
            server: account.server.clone().unwrap_or_else(|| "Rehearsal".to_owned()),
            trade_mode: DEMO,
            margin_mode: HEDGING,
            currency_digits: crate::domain::money::currency_digits(&currency),
            currency,
            leverage: account.leverage,
            company: "tickdeck".to_owned(),
            build: 0,
            now_utc_ms: utc_ms(self.at),
        }));
        self.say_state();
    }

    fn say_state(&mut self) {
        let is_up = self.broker.link() != Link::Down;
        let may = self.told.as_ref().is_none_or(|account| account.trade_allowed);
        self.say(FromTerminal::State(TradeState {
            connected: is_up,
            trade_allowed: true,
            tradeapi_disabled: false,
            account_trade_allowed: may,
            account_trade_expert: may,
            now_utc_ms: utc_ms(self.at),
        }));
    }

    fn say_account(&mut self, account: &Account, id: Option<u64>) {
        let equity = self.broker.summary().equity.to_f64();
        let levels = (equity, self.account.margin_so);
        self.say(FromTerminal::Account(rows::account(account, levels, id, utc_ms(self.at))));
    }

    fn subscribe(&mut self, id: u64, symbol: String) {
        let Some(place) = self.specs.iter().position(|spec| spec.name == symbol) else {
            return self.say(FromTerminal::NoSymbol { id, symbol, similar: Vec::new() });
        };
        self.subscribed.insert(symbol_id(place));
        let info = rows::symbol_info(&self.specs[place]);
        self.say(FromTerminal::Symbol { id: Some(id), info });
    }

    fn ask(&mut self, request: &DataRequest) {
        let (DataRequest::Bars { id, .. }
        | DataRequest::Snapshot { id, .. }
        | DataRequest::Subscribe { id, .. }) = request;
        if self.broker.link() == Link::Down {
            return self.fail(id.0, "not connected");
        }
        self.asked.insert(id.0);
        self.broker.ask(self.at, request);
    }

    fn fail(&mut self, id: u64, text: &str) {
        self.asked.remove(&id);
        self.say(FromTerminal::Fault {
            code: "connection".to_owned(),
            text: text.to_owned(),
            about: Some(id.to_string()),
        });
    }

    fn answer_pings(&mut self) {
        if self.asked.is_empty() {
            for id in std::mem::take(&mut self.pings) {
                let now_utc_ms = utc_ms(self.at);
                self.say(FromTerminal::Pong { id, now_utc_ms });
            }
        }
    }

    fn submit(&mut self, submit: &Submit) {
        let refused = |code: &str, text: &str| {
            let error = TerminalError(ErrorCode::Word(code.to_owned()), text.to_owned());
            FromTerminal::Result(RequestResult {
                cid: submit.cid.clone(),
                sent: false,
                took_ms: 0,
                check: None,
                answer: None,
                error: Some(error),
            })
        };
        if self.sent.contains(&submit.cid) {
            return self.say(refused("request", "its cid was used before"));
        }
        if !self.is_attached {
            return;
        }
        if submit.not_after_utc_ms < utc_ms(self.at) {
            return self.say(refused("late", "the time of the request has passed"));
        }
        let Some(trade) = requests::trade(submit, &self.specs) else {
            return self.say(refused("request", "it is malformed"));
        };
        self.sent.insert(submit.cid.clone());
        self.broker.send(self.at, &trade);
    }

    /// The simulated broker has no check apart from the request: it promises nothing.
    fn check(&mut self, id: u64) {
        let summary = self.broker.summary();
        let answer = CheckAnswer {
            retcode: 0,
            balance: summary.balance.to_f64(),
            equity: summary.equity.to_f64(),
            margin: 0.0,
            margin_free: summary.equity.to_f64(),
            margin_level: 0.0,
            comment: "Done".to_owned(),
        };
        self.say(FromTerminal::Checked { id, answer: Some(answer), error: None });
    }

    /// What the broker tells, as lines.
    fn tell(&mut self, event: Event) {
        match event {
            Event::Link(Link::Up) => self.say_attached(),
            Event::Link(Link::Down) => {
                self.say_state();
                // What is lost with the connection is not answered any more.
                for id in std::mem::take(&mut self.asked) {
                    self.fail(id, "the connection is lost");
                }
            }
            Event::Bars(bars) => self.tell_bars(&bars),
            Event::Broker(news) => self.tell_news(news),
            _ => {}
        }
    }

    fn tell_news(&mut self, news: BrokerEvent) {
        match news {
            BrokerEvent::Answer(answer) => self.tell_answer(&answer),
            BrokerEvent::Deal(deal) => {
                let row = rows::deal(&deal, self.name(deal.symbol));
                self.say(FromTerminal::Deal(BookRow { id: None, row }));
            }
            BrokerEvent::Order(order) => {
                let row = rows::order(&order, self.name(order.symbol));
                let row = BookRow { id: None, row };
                let is_working = rows::works(order.state);
                self.say(if is_working {
                    FromTerminal::Order(row)
                } else {
                    FromTerminal::HistoryOrder(row)
                });
            }
            BrokerEvent::Position(position) => {
                let row = rows::position(&position, self.name(position.symbol));
                self.say(FromTerminal::Position(BookRow { id: None, row }));
            }
            BrokerEvent::Removed(ticket) => {
                self.say(FromTerminal::Gone { position: ticket.0 });
            }
            BrokerEvent::Account(account) => {
                let may_before = self.told.as_ref().map(|told| told.trade_allowed);
                self.told = Some((*account).clone());
                if may_before.is_some_and(|may| may != account.trade_allowed) {
                    self.say_state();
                }
                self.say_account(&account, None);
            }
            BrokerEvent::Symbol(news) => {
                self.specs[news.symbol.index()] = news.spec.clone();
                if self.subscribed.contains(&news.symbol) {
                    let info = rows::symbol_info(&news.spec);
                    self.say(FromTerminal::Symbol { id: None, info });
                }
            }
            BrokerEvent::NoSymbol(_) => {}
            BrokerEvent::Snapshot(snapshot) => self.tell_snapshot(&snapshot),
        }
    }

    fn tell_answer(&mut self, answer: &Answer) {
        let (sent, answered, error) = match &answer.outcome {
            Outcome::NotSent => (false, None, Some("connection")),
            Outcome::NoAnswer => (true, None, Some("exception")),
            Outcome::Server(told) => (true, Some(rows::answer(told)), None),
        };
        let error = error.map(|code| {
            TerminalError(ErrorCode::Word(code.to_owned()), "no answer of the server".to_owned())
        });
        let cid = answer.cid.0.to_string();
        self.say(FromTerminal::Result(RequestResult {
            cid,
            sent,
            took_ms: 0,
            check: None,
            answer: answered,
            error,
        }));
    }

    fn tell_bars(&mut self, bars: &Bars) {
        if !self.asked.remove(&bars.id.0) {
            return;
        }
        let id = bars.id.0;
        let rows: Vec<_> = bars.closed.iter().chain(&bars.forming).map(rows::bar).collect();
        for part in rows.chunks(ROWS_MAX) {
            self.say(FromTerminal::Rates { id, rows: part.to_vec() });
        }
        self.done(id, true, bars.as_of.time_msc);
    }

    fn tell_snapshot(&mut self, snapshot: &BrokerSnapshot) {
        let id = snapshot.id.0;
        if !self.asked.remove(&id) {
            return;
        }
        self.say_account(&snapshot.account, Some(id));
        for one in &snapshot.positions {
            let row = rows::position(one, self.name(one.symbol));
            self.say(FromTerminal::Position(BookRow { id: Some(id), row }));
        }
        for one in &snapshot.orders {
            let row = rows::order(one, self.name(one.symbol));
            self.say(FromTerminal::Order(BookRow { id: Some(id), row }));
        }
        for one in &snapshot.history_orders {
            let row = rows::order(one, self.name(one.symbol));
            self.say(FromTerminal::HistoryOrder(BookRow { id: Some(id), row }));
        }
        for one in &snapshot.history_deals {
            let row = rows::deal(one, self.name(one.symbol));
            self.say(FromTerminal::Deal(BookRow { id: Some(id), row }));
        }
        self.done(id, snapshot.complete, snapshot.as_of_msc);
    }

    fn done(&mut self, id: u64, complete: bool, as_of: ServerMsc) {
        let error = (!complete).then(|| {
            TerminalError(ErrorCode::Word("provisional".to_owned()), "not all of it".to_owned())
        });
        self.say(FromTerminal::Done(AnswerEnd { id, complete, as_of_msc: as_of.0, error }));
    }

    fn name(&self, symbol: SymbolId) -> &str {
        &self.specs[symbol.index()].name
    }

    /// A second has passed.
    pub fn beat(&mut self) {
        let connected = self.broker.link() != Link::Down;
        let now_utc_ms = utc_ms(self.at);
        self.say(FromTerminal::Heartbeat { now_utc_ms, connected, ping_us: 0, tick_lag_ms: 0 });
    }
}

const fn utc_ms(at: Timestamp) -> i64 {
    at.nanos().div_euclid(1_000_000)
}

fn symbol_id(place: usize) -> SymbolId {
    SymbolId(u16::try_from(place).expect("a session has fewer symbols"))
}
