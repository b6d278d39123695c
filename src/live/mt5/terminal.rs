//! What the lines of a terminal mean to the executor: which link there is, and which news. It neither reads nor
//! writes: whoever holds the pipe gives it each line with its time and sends what it returns.
//!
//! The link is up once the terminal trades the right account; it is verified by that; and it is synced once the
//! terminal's server is connected and everything that was asked for before has been answered. A terminal that
//! turns to another account, or to one that must not be traded, is never verified again.

use super::identity::{Identity, TerminalRefused};
use super::lines::{LineError, SCHEMA, ToTerminal};
use super::news::{
    AccountRow, AnswerEnd, Attached, FromTerminal, RateRow, RequestResult, TickRow, TradeState,
};
use super::readings::ReadingsAsked;
use super::remark::Remark;
use super::requests;
use super::rows::{self, RowFlaw, RowSymbol};
use super::subscriptions::{OWN_QUESTION, Subscriptions};
use crate::domain::account::{Account, MarginMode};
use crate::domain::amount::Price;
use crate::domain::id::{Cid, DataId, SymbolId, Ticket};
use crate::domain::order::Order;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{
    Answer, Bars, BrokerEvent, Event, Link, NoSymbol, Outcome, SymbolNews,
};
use crate::market::bar::{Bar, TickCursor};
use crate::market::timeframe::Timeframe;
use std::collections::BTreeMap;

/// What follows from a line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meaning {
    /// Events for the executor, in order.
    pub events: Vec<Event>,
    /// Lines to be sent.
    pub lines: Vec<ToTerminal>,
    /// What is worth a line in the log.
    pub remarks: Vec<Remark>,
    /// Why the terminal cannot be used: everything stops.
    pub refused: Option<TerminalRefused>,
}

/// A symbol of the session.
#[derive(Debug, Clone)]
struct Subscribed {
    name: String,
    digits: Option<u32>,
    /// The last tick of it that was told.
    cursor: TickCursor,
}

/// How far the link has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Down,
    Verified,
    /// Whether all that was asked before has been answered is asked by a ping of this number.
    Syncing(u64),
    Synced,
}

/// Bars that were asked for.
#[derive(Debug, Clone)]
struct AskedBars {
    id: DataId,
    symbol: SymbolId,
    timeframe: Timeframe,
    rows: Vec<RateRow>,
    as_of: Option<TickCursor>,
}

/// A terminal, as far as its lines tell.
#[derive(Debug)]
pub struct Terminal {
    identity: Identity,
    symbols: Vec<Subscribed>,
    stage: Stage,
    refused: Option<TerminalRefused>,
    attached: Option<Attached>,
    state: Option<TradeState>,
    account: Option<AccountRow>,
    /// The number of the next question.
    next: u64,
    subscriptions: Subscriptions,
    bars: BTreeMap<u64, AskedBars>,
    readings: ReadingsAsked,
    /// The symbols of requests without an answer.
    sent: BTreeMap<Cid, SymbolId>,
}

impl Terminal {
    /// A terminal of which nothing is known, for an executor that knows these symbols: all of them in its order,
    /// with an empty name where it has none, because symbols are told by their places.
    #[must_use]
    pub fn new(identity: Identity, symbols: &[String]) -> Self {
        let symbols = symbols.iter().map(|name| Subscribed::new(name)).collect();
        Self {
            identity,
            symbols,
            stage: Stage::Down,
            refused: None,
            attached: None,
            state: None,
            account: None,
            next: 1,
            subscriptions: Subscriptions::default(),
            bars: BTreeMap::new(),
            readings: ReadingsAsked::default(),
            sent: BTreeMap::new(),
        }
    }

    /// Whether entries may leave as far as the link is concerned.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.stage == Stage::Synced
    }

    /// The process on the other side is gone: what it was asked is not answered any more, and what it was to
    /// send may have been sent.
    pub fn lost(&mut self) -> Vec<Event> {
        let mut events = self.down();
        for cid in std::mem::take(&mut self.sent).into_keys() {
            events.push(answered(cid, Outcome::NoAnswer));
        }
        (self.attached, self.state, self.account) = (None, None, None);
        self.subscriptions.forget_asked();
        self.bars.clear();
        self.readings.clear();
        events
    }

    /// A request on its way. The machine's clock, by which the other side judges how late it is, is ahead of the
    /// session's by `ahead_ms`.
    ///
    /// # Errors
    /// That it was not sent, where the terminal knows no such symbol.
    pub fn send(&mut self, trade: &Trade, ahead_ms: i64) -> Result<ToTerminal, Event> {
        let symbol = trade.request.symbol();
        let Some(known) = self.symbols.get(symbol.index()).filter(|known| !known.name.is_empty())
        else {
            return Err(answered(trade.cid, Outcome::NotSent));
        };
        let submit = requests::submit(trade, &known.name, ahead_ms);
        self.sent.insert(trade.cid, symbol);
        Ok(ToTerminal::Submit(submit))
    }

    /// A question; none about a symbol that the terminal does not know: it is asked again after its deadline.
    pub fn ask(&mut self, request: &DataRequest) -> Option<ToTerminal> {
        let number = self.number();
        Some(match request {
            DataRequest::Bars { id, symbol, timeframe, count, .. } => {
                let (id, symbol, timeframe) = (*id, *symbol, *timeframe);
                let name = self.symbols.get(symbol.index())?.name.clone();
                let asked = AskedBars { id, symbol, timeframe, rows: Vec::new(), as_of: None };
                self.bars.insert(number, asked);
                ToTerminal::Rates {
                    id: number,
                    symbol: name,
                    timeframe: requests::timeframe_number(timeframe),
                    // The unfinished one comes besides.
                    count: count.saturating_add(1),
                }
            }
            DataRequest::Snapshot { id, history_since_msc, .. } => {
                self.readings.ask(number, *id, *history_since_msc);
                // The first reading reaches back to before the epoch, of which MT5 knows nothing.
                let since_s = history_since_msc.0.div_euclid(1_000).max(0);
                ToTerminal::Read { id: number, since_s }
            }
            DataRequest::Subscribe { id, name, .. } => {
                self.subscriptions.ask(number, *id, name);
                ToTerminal::Subscribe { id: number, symbol: name.clone() }
            }
        })
    }

    /// Takes what has come: a line, or one that is none of the protocol's.
    pub fn hear(&mut self, line: Result<FromTerminal, LineError>) -> Meaning {
        match line {
            Ok(line) => self.line(line),
            Err(error) => self.unreadable(&error),
        }
    }

    /// Whatever is being read may lack a line that cannot be read, and proves no absence.
    fn unreadable(&mut self, error: &LineError) -> Meaning {
        self.readings.lack_all();
        let remarks = vec![Remark::Line(error.to_string())];
        Meaning { remarks, refused: self.refused.clone(), ..Meaning::default() }
    }

    /// Of a terminal that was refused only answers to requests count: they were sent before.
    fn line(&mut self, line: FromTerminal) -> Meaning {
        let mut heard = Meaning { refused: self.refused.clone(), ..Meaning::default() };
        match line {
            FromTerminal::Result(result) => self.on_result(&result, &mut heard),
            _ if self.refused.is_some() => {}
            FromTerminal::Hello { schema, .. } if schema != SCHEMA => {
                self.refuse(TerminalRefused::Schema(schema), &mut heard);
            }
            FromTerminal::Hello { .. } => {}
            FromTerminal::Heartbeat { .. } => self.subscribe_again(&mut heard),
            FromTerminal::Attached(attached) => self.on_attached(attached, &mut heard),
            FromTerminal::State(state) => self.on_state(state, &mut heard),
            FromTerminal::Pong { id, .. } => self.on_pong(id, &mut heard),
            FromTerminal::Symbol { id, info } => self.on_symbol(id, &info, &mut heard),
            FromTerminal::NoSymbol { id, symbol, .. } => {
                let asked =
                    self.subscriptions.answered(id).map_or(OWN_QUESTION, |(asked, _)| asked);
                if !self.is_missed(&symbol, &mut heard) {
                    self.is_none(asked, symbol, &mut heard);
                }
            }
            FromTerminal::Tick(row) => self.on_tick(&row, &mut heard),
            FromTerminal::Account(row) => self.on_account(row, &mut heard),
            FromTerminal::Gone { position } => heard.news(BrokerEvent::Removed(Ticket(position))),
            FromTerminal::Position(_)
            | FromTerminal::Order(_)
            | FromTerminal::HistoryOrder(_)
            | FromTerminal::Deal(_) => self.on_row(line, &mut heard),
            FromTerminal::Rates { id, rows } => self.on_rates(id, rows, &mut heard),
            FromTerminal::Done(done) => self.on_done(&done, &mut heard),
            FromTerminal::Checked { id, .. } => heard.remarks.push(Remark::Unasked(id)),
            FromTerminal::Rewritten { symbol, count } => {
                heard.remarks.push(Remark::Rewritten(symbol, count));
            }
            FromTerminal::Fault { code, text, about } => {
                self.on_fault(code, text, about, &mut heard);
            }
        }
        heard
    }

    fn on_attached(&mut self, attached: Attached, heard: &mut Meaning) {
        if let Err(refused) = self.identity.check(&attached) {
            return self.refuse(refused, heard);
        }
        heard.events.extend(self.down());
        self.attached = Some(attached);
        self.stage = Stage::Verified;
        heard.events.extend([Event::Link(Link::Up), Event::Link(Link::Verified)]);
        // A gateway that was started anew gives no ticks of what an earlier one was asked for.
        let known = self.symbols.iter().filter(|known| known.digits.is_some());
        self.subscriptions.lack(known.map(|known| known.name.clone()));
        self.subscribe_again(heard);
        self.sync(heard);
    }

    /// Asks for the ticks that are lacking, unless that was asked and is not answered yet.
    fn subscribe_again(&mut self, heard: &mut Meaning) {
        for symbol in self.subscriptions.to_be_asked() {
            let id = self.number();
            self.subscriptions.ask(id, OWN_QUESTION, &symbol);
            heard.lines.push(ToTerminal::Subscribe { id, symbol });
        }
    }

    /// The terminal cannot be used, now or later.
    fn refuse(&mut self, refused: TerminalRefused, heard: &mut Meaning) {
        heard.events.extend(self.down());
        (self.attached, self.state, self.account) = (None, None, None);
        heard.refused = Some(refused.clone());
        self.refused = Some(refused);
    }

    fn on_state(&mut self, state: TradeState, heard: &mut Meaning) {
        let (was, is) = (self.is_connected(), state.connected);
        self.state = Some(state);
        self.tell_account(heard);
        match (was, is) {
            (true, false) => heard.events.extend(self.down()),
            (false, true) if self.stage == Stage::Down && self.attached.is_some() => {
                self.stage = Stage::Verified;
                heard.events.extend([Event::Link(Link::Up), Event::Link(Link::Verified)]);
                self.sync(heard);
            }
            _ => self.sync(heard),
        }
    }

    /// Asks whether everything has been said, once the terminal is connected.
    fn sync(&mut self, heard: &mut Meaning) {
        if self.stage == Stage::Verified && self.is_connected() {
            let id = self.number();
            self.stage = Stage::Syncing(id);
            heard.lines.push(ToTerminal::Ping { id });
        }
    }

    fn on_pong(&mut self, id: u64, heard: &mut Meaning) {
        if self.stage == Stage::Syncing(id) {
            self.stage = Stage::Synced;
            heard.events.push(Event::Link(Link::Synced));
        }
    }

    /// Whether the terminal is attached, and connected to its server.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.connected)
    }

    fn down(&mut self) -> Vec<Event> {
        let was = std::mem::replace(&mut self.stage, Stage::Down);
        if was == Stage::Down { Vec::new() } else { vec![Event::Link(Link::Down)] }
    }

    fn on_symbol(
        &mut self,
        id: Option<u64>,
        info: &serde_json::Map<String, serde_json::Value>,
        heard: &mut Meaning,
    ) {
        let asked = id.and_then(|id| self.subscriptions.answered(id));
        let is_asked = |name: &str| asked.as_ref().is_none_or(|(_, asked)| asked == name);
        match rows::specification(info) {
            Ok(spec) if is_asked(&spec.name) => {
                self.subscriptions.found(&spec.name);
                let place = self.place_of(&spec.name);
                self.symbols[place].digits = Some(spec.digits);
                let symbol = symbol_id(place);
                heard.news(BrokerEvent::Symbol(Box::new(SymbolNews { symbol, spec })));
            }
            Ok(spec) => self.cannot_be_traded(asked, format!("it is told of {}", spec.name), heard),
            Err(flaw) => self.cannot_be_traded(asked, flaw.to_string(), heard),
        }
    }

    /// What was asked for is there, and of no use: to whoever asked it is as if it were not.
    fn cannot_be_traded(
        &mut self,
        asked: Option<(DataId, String)>,
        why: String,
        heard: &mut Meaning,
    ) {
        let Some((id, name)) = asked else { return heard.remarks.push(Remark::Specification(why)) };
        heard.remarks.push(Remark::Specification(format!("{name}: {why}")));
        self.is_none(id, name, heard);
    }

    /// The broker has no such symbol, or none that can be traded.
    fn is_none(&mut self, id: DataId, name: String, heard: &mut Meaning) {
        self.subscriptions.refuse(&name);
        if id != OWN_QUESTION {
            heard.news(BrokerEvent::NoSymbol(Box::new(NoSymbol { id, name })));
        }
    }

    /// Whether the ticks of a symbol that is not there are missed: then it is asked for again and again.
    fn is_missed(&mut self, name: &str, heard: &mut Meaning) -> bool {
        let (is_missed, is_news) = self.subscriptions.miss(name);
        if is_news {
            heard.remarks.push(Remark::Missed(name.to_owned()));
        }
        is_missed
    }

    fn on_tick(&mut self, row: &TickRow, heard: &mut Meaning) {
        let Some(symbol) = self.row_symbol(&row.symbol) else {
            return heard.remarks.push(Remark::Elsewhere("tick", row.symbol.clone()));
        };
        match rows::tick(row, symbol) {
            Ok(tick) => {
                let known = &mut self.symbols[symbol.id.index()];
                if tick.time_msc < known.cursor.time_msc {
                    // Bars are of ticks in order, and what was told stays told.
                    return heard.remarks.push(Remark::Late(row.symbol.clone()));
                }
                known.cursor = known.cursor.after(tick.time_msc);
                heard.events.push(Event::Tick(tick));
            }
            Err(flaw) => heard.remarks.push(Remark::Row("tick", flaw)),
        }
    }

    fn on_account(&mut self, row: AccountRow, heard: &mut Meaning) {
        let id = row.id;
        self.account = Some(row);
        match (id, self.account()) {
            (Some(id), Some(account)) => self.readings.account(id, account),
            (None, Some(_)) => self.tell_account(heard),
            (_, None) => {}
        }
    }

    fn tell_account(&self, heard: &mut Meaning) {
        if let Some(account) = self.account() {
            heard.news(BrokerEvent::Account(Box::new(account)));
        }
    }

    /// The account, once all that makes it up is known. Trading is allowed when nobody forbids it.
    fn account(&self) -> Option<Account> {
        let (attached, row) = (self.attached.as_ref()?, self.account.as_ref()?);
        let may = self.state.as_ref().is_some_and(|state| {
            let terminal = state.trade_allowed && !state.tradeapi_disabled;
            terminal && state.account_trade_allowed && state.account_trade_expert
        });
        let digits = attached.currency_digits;
        // What is credited can be lost like the balance.
        let balance = rows::money("balance", row.balance + row.credit, digits).ok()?;
        Some(Account {
            login: attached.login,
            currency: attached.currency.clone(),
            currency_digits: digits,
            leverage: attached.leverage,
            balance,
            margin: rows::money("margin", row.margin, digits).ok()?,
            trade_allowed: may && row.trade_allowed && row.trade_expert,
            margin_mode: MarginMode::Hedging,
            server: Some(attached.server.clone()),
            margin_call: is_called(row),
        })
    }

    /// A row of the book: part of a reading, or news.
    fn on_row(&mut self, line: FromTerminal, heard: &mut Meaning) {
        let digits = self.attached.as_ref().map_or(2, |attached| attached.currency_digits);
        let (what, id, name) = match &line {
            FromTerminal::Position(told) => ("position", told.id, &told.row.symbol),
            FromTerminal::Order(told) => ("order", told.id, &told.row.symbol),
            FromTerminal::HistoryOrder(told) => ("history order", told.id, &told.row.symbol),
            FromTerminal::Deal(told) => ("deal", told.id, &told.row.symbol),
            _ => unreachable!("only rows come here"),
        };
        // A deposit has no symbol, and moves the balance all the same.
        let none = RowSymbol { id: SymbolId(0), digits: Price::SCALE };
        let symbol = if name.is_empty() { Some(none) } else { self.row_symbol(name) };
        let Some(symbol) = symbol else {
            let is_held = matches!(line, FromTerminal::Position(_) | FromTerminal::Order(_));
            let name = name.clone();
            self.elsewhere(id, &name, is_held, heard);
            if self.subscriptions.is_new_elsewhere(what, &name) {
                heard.remarks.push(Remark::Elsewhere(what, name));
            }
            return;
        };
        let read = match line {
            FromTerminal::Position(told) => rows::position(&told.row, symbol, digits).map(|row| {
                self.readings.position(told.id, &row).map(|()| BrokerEvent::Position(Box::new(row)))
            }),
            FromTerminal::Order(told) => rows::order(&told.row, symbol)
                .map(|row| self.readings.order(told.id, &row).map(|()| order_news(row))),
            FromTerminal::HistoryOrder(told) => rows::order(&told.row, symbol)
                .map(|row| self.readings.history_order(told.id, &row).map(|()| order_news(row))),
            FromTerminal::Deal(told) => rows::deal(&told.row, symbol, digits).map(|row| {
                let row = row?;
                self.readings.deal(told.id, &row).map(|()| BrokerEvent::Deal(Box::new(row)))
            }),
            _ => unreachable!("only rows come here"),
        };
        match read {
            Ok(news) => heard.events.extend(news.map(Event::Broker)),
            Err(flaw) => {
                self.readings.lacks(id);
                heard.remarks.push(Remark::Row(what, flaw));
            }
        }
    }

    /// A row of a symbol that is not known. What the account holds in it counts: the symbol is asked for, and until
    /// it is known, or known to be none, no reading with such a row is whole.
    fn elsewhere(&mut self, id: Option<u64>, name: &str, is_held: bool, heard: &mut Meaning) {
        if self.subscriptions.is_refused(name) {
            return;
        }
        let is_known = self.symbols.iter().any(|known| known.name == name);
        let is_asked = self.subscriptions.is_asked(name);
        if is_held && !is_known && !is_asked {
            let number = self.number();
            self.subscriptions.ask(number, OWN_QUESTION, name);
            heard.lines.push(ToTerminal::Subscribe { id: number, symbol: name.to_owned() });
        }
        if is_held || is_known || is_asked {
            self.readings.lacks(id);
        }
    }

    fn on_rates(&mut self, id: u64, rows: Vec<RateRow>, heard: &mut Meaning) {
        let Some(asked) = self.bars.get_mut(&id) else {
            return heard.remarks.push(Remark::Unasked(id));
        };
        let cursor = self.symbols[asked.symbol.index()].cursor;
        asked.as_of.get_or_insert(cursor);
        asked.rows.extend(rows);
    }

    fn on_done(&mut self, done: &AnswerEnd, heard: &mut Meaning) {
        if let Some(snapshot) = self.readings.done(done, self.account()) {
            return heard.news(BrokerEvent::Snapshot(Box::new(snapshot)));
        }
        match self.bars.remove(&done.id) {
            // What is not whole is asked for again once its deadline has passed.
            Some(_) if !done.complete => {}
            Some(asked) => match self.bars_of(&asked) {
                Ok(bars) => heard.events.push(Event::Bars(Box::new(bars))),
                Err(flaw) => heard.remarks.push(Remark::Row("rates", flaw)),
            },
            None => heard.remarks.push(Remark::Unasked(done.id)),
        }
    }

    /// The last of the rows is the bar that is not closed yet, unless a later one has begun with the last tick.
    fn bars_of(&self, asked: &AskedBars) -> Result<Bars, RowFlaw> {
        let known = &self.symbols[asked.symbol.index()];
        let symbol = RowSymbol { id: asked.symbol, digits: known.digits.unwrap_or(Price::SCALE) };
        let bars = asked.rows.iter().map(|row| rows::bar(row, symbol));
        let mut closed: Vec<Bar> = bars.collect::<Result<_, _>>()?;
        let as_of = asked.as_of.unwrap_or(known.cursor);
        let is_over = |bar: &Bar| asked.timeframe.span(bar.time_msc).1 <= as_of.time_msc;
        let forming =
            if closed.last().is_some_and(|bar| !is_over(bar)) { closed.pop() } else { None };
        let (id, symbol, timeframe) = (asked.id, asked.symbol, asked.timeframe);
        Ok(Bars { id, symbol, timeframe, closed, forming, as_of })
    }

    fn on_result(&mut self, result: &RequestResult, heard: &mut Meaning) {
        let Ok(cid) = result.cid.parse().map(Cid) else {
            let flaw = format!("{}: no number of a request", result.cid);
            return heard.remarks.push(Remark::Fault("result".to_owned(), flaw));
        };
        let symbol = self.sent.remove(&cid).unwrap_or(SymbolId(0));
        let digits = self.symbols.get(symbol.index()).and_then(|known| known.digits);
        let symbol = RowSymbol { id: symbol, digits: digits.unwrap_or(Price::SCALE) };
        let outcome = requests::outcome(result, symbol).unwrap_or_else(|flaw| {
            heard.remarks.push(Remark::Row("result", flaw));
            Outcome::NoAnswer
        });
        heard.events.push(answered(cid, outcome));
    }

    /// A failure; what it is about is not answered any more.
    fn on_fault(&mut self, code: String, text: String, about: Option<String>, heard: &mut Meaning) {
        if let Some(id) = about.and_then(|about| about.parse::<u64>().ok()) {
            let asked = self.subscriptions.answered(id);
            if asked.is_some_and(|(_, name)| self.is_missed(&name, heard)) {
                return;
            }
            self.bars.remove(&id);
            self.readings.forget(id);
        }
        heard.remarks.push(Remark::Fault(code, text));
    }

    fn row_symbol(&self, name: &str) -> Option<RowSymbol> {
        let place = self.symbols.iter().position(|known| known.name == name)?;
        Some(RowSymbol { id: symbol_id(place), digits: self.symbols[place].digits? })
    }

    /// The place of a symbol that the broker has; a new one comes last.
    fn place_of(&mut self, name: &str) -> usize {
        let known = self.symbols.iter().position(|known| known.name == name);
        known.unwrap_or_else(|| {
            self.symbols.push(Subscribed::new(name));
            self.symbols.len() - 1
        })
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

impl Subscribed {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), digits: None, cursor: TickCursor::default() }
    }
}

impl Meaning {
    fn news(&mut self, news: BrokerEvent) {
        self.events.push(Event::Broker(news));
    }
}

/// Whether the account is below its level for a margin call (MT5 reference 5).
fn is_called(row: &AccountRow) -> bool {
    const PERCENT: u32 = 0;
    if row.margin <= 0.0 {
        return false;
    }
    let level = if row.so_mode == PERCENT { row.equity / row.margin * 100.0 } else { row.equity };
    level < row.so_call
}

fn answered(cid: Cid, outcome: Outcome) -> Event {
    Event::Broker(BrokerEvent::Answer(Box::new(Answer { cid, outcome })))
}

fn order_news(order: Order) -> BrokerEvent {
    BrokerEvent::Order(Box::new(order))
}

fn symbol_id(place: usize) -> SymbolId {
    SymbolId(u16::try_from(place).expect("a session has fewer symbols"))
}
