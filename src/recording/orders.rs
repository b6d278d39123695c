//! The order sequence for people: one line per request with its outcome, in the order in which the
//! requests left.
//!
//! ```text
//! 2025-09-22 00:05:00.161Z  alpha  buy    EURUSD   0.10     1.17403     1.17405  sl    1.17203  tp          -  10009 DONE          #1   signal
//! ```
//!
//! After the volume come the requested price and the price of the fill. Positions are numbered #1,
//! #2 … in the order in which they first appear. A stop that the broker carried out has a line of
//! its own. Results of commands, alerts, and late or second answers have lines of their own too,
//! marked `--`. A line waits until its request is answered or given up, so only requests in flight
//! are kept. The text is only for reading and for comparing; no program reads values from it.

use crate::domain::amount::Price;
use crate::domain::id::{Cid, SymbolId, Ticket};
use crate::domain::order::{PendingKind, Side};
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::executor::action::{
    Action, AlertCode, PlaceRequest, Report, Request, Trade, TradeClosed, TradeOpened,
};
use crate::executor::event::{Answer, BrokerEvent, Event, Outcome};
use crate::recording::words::{self, Names};
use crate::session::ports::Step;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

/// The number of answers that are remembered because they may come a second time.
const ANSWERED_MAX: usize = 256;

/// Builds the text from the steps.
#[derive(Debug)]
pub struct OrderLog {
    names: Names,
    strategy_width: usize,
    positions: BTreeMap<Ticket, u64>,
    next_position: u64,
    waiting: VecDeque<Line>,
    answered: VecDeque<Cid>,
    ready: String,
}

#[derive(Debug)]
enum Line {
    Request(Box<Row>),
    Text(String),
}

/// One line of the sequence.
#[derive(Debug)]
struct Row {
    at: Timestamp,
    cid: Option<Cid>,
    strategy: String,
    action: &'static str,
    symbol: SymbolId,
    volume: String,
    asked: Option<Price>,
    got: Option<Price>,
    sl: Option<Price>,
    tp: Option<Price>,
    answer: Option<String>,
    position: Option<Ticket>,
    why: &'static str,
}

impl OrderLog {
    /// A log for a session's symbols. Columns are as wide as the longest of the strategies known at
    /// the start.
    #[must_use]
    pub fn new<'a>(symbols: &[String], strategies: impl Iterator<Item = &'a str>) -> Self {
        Self {
            names: Names::new(symbols),
            strategy_width: strategies.map(|id| text::name(id).chars().count()).max().unwrap_or(8),
            positions: BTreeMap::new(),
            next_position: 1,
            waiting: VecDeque::new(),
            answered: VecDeque::new(),
            ready: String::new(),
        }
    }

    /// Takes a step.
    pub fn step(&mut self, step: &Step<'_>) {
        self.take(step.at, step.event, step.actions);
    }

    /// Takes a step, in its parts.
    pub fn take(&mut self, at: Timestamp, event: &Event, actions: &[Action]) {
        if let Event::Broker(news) = event {
            self.names.see(event);
            if let BrokerEvent::Answer(answer) = news {
                self.answer(at, answer);
            }
        }
        for action in actions {
            match action {
                Action::Trade(trade) => {
                    self.waiting.push_back(Line::Request(Box::new(Row::of_request(at, trade))));
                }
                Action::Report(report) => self.report(at, report),
                Action::Result(result) => self.remark(at, &words::result(result)),
                Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
            }
        }
        self.release();
    }

    /// Takes out the lines that are complete.
    #[must_use]
    pub fn drain(&mut self) -> String {
        std::mem::take(&mut self.ready)
    }

    /// Takes out the remaining lines: a request without an answer will not get one.
    #[must_use]
    pub fn finish(&mut self) -> String {
        for line in &mut self.waiting {
            if let Line::Request(row) = line {
                row.answer.get_or_insert_with(|| "no answer".to_owned());
            }
        }
        self.release();
        self.drain()
    }

    /// The position with the number #`number` in the lines so far.
    #[must_use]
    pub fn position(&self, number: u64) -> Option<Ticket> {
        self.positions.iter().find_map(|(ticket, known)| (*known == number).then_some(*ticket))
    }

    /// The number of a position in the lines so far.
    #[must_use]
    pub fn number_of(&self, position: Ticket) -> Option<u64> {
        self.positions.get(&position).copied()
    }

    /// The highest number so far; 0 before the first position.
    #[must_use]
    pub const fn last_number(&self) -> u64 {
        self.next_position - 1
    }

    fn answer(&mut self, at: Timestamp, answer: &Answer) {
        let Answer { cid, outcome } = answer;
        let row = self.waiting.iter_mut().find_map(|line| match line {
            Line::Request(row) if row.cid == Some(*cid) && row.answer.is_none() => Some(row),
            _ => None,
        });
        match row {
            Some(row) => row.answered(outcome),
            None if self.answered.contains(cid) => {
                self.remark(
                    at,
                    &format!("second answer to request {}: {}", cid.0, words::outcome(outcome)),
                );
            }
            None => self.remark(
                at,
                &format!("late answer to request {}: {}", cid.0, words::outcome(outcome)),
            ),
        }
        if *outcome != Outcome::NoAnswer && !self.answered.contains(cid) {
            self.answered.push_back(*cid);
            if self.answered.len() > ANSWERED_MAX {
                self.answered.pop_front();
            }
        }
    }

    fn report(&mut self, at: Timestamp, report: &Report) {
        match report {
            Report::Closed(closed) => {
                if !closed.reason.is_ours() {
                    self.waiting.push_back(Line::Request(Box::new(Row::of_closed(at, closed))));
                }
            }
            Report::Alert(alert) => {
                if alert.code == AlertCode::OutcomeUnknown {
                    self.give_up(alert.cid);
                }
                let number = alert
                    .position
                    .or(alert.order)
                    .map(|ticket| format!(" #{}", self.number(ticket)))
                    .unwrap_or_default();
                self.remark(at, &format!("{}{number}", words::alert(alert)));
            }
            Report::Opened(opened) => self.opened(at, opened),
            Report::Changed(_) => {}
        }
    }

    /// A position that no answer names has a line of its own, unless the answer may come yet.
    fn opened(&mut self, at: Timestamp, opened: &TradeOpened) {
        let owner = text::name(opened.owner.name());
        let is_its_own = |line: &Line| match line {
            Line::Request(row) => {
                let names = row.position.is_none_or(|position| position == opened.position);
                row.cid.is_some() && row.strategy == owner && names
            }
            Line::Text(_) => false,
        };
        let is_known = self.positions.contains_key(&opened.position);
        if is_known || self.waiting.iter().any(is_its_own) {
            return;
        }
        let number = self.number(opened.position);
        let (side, lots) = (opened.side.name(), words::lots(opened.volume));
        self.remark(
            at,
            &format!("{owner} has #{number} open: {side} {lots}, which no answer named"),
        );
    }

    /// The executor no longer waits for an answer: one that still comes is late.
    fn give_up(&mut self, cid: Option<Cid>) {
        for line in &mut self.waiting {
            if let Line::Request(row) = line
                && row.cid == cid
                && row.answer.is_none()
            {
                row.answer = Some("no answer".to_owned());
            }
        }
    }

    fn remark(&mut self, at: Timestamp, text: &str) {
        self.waiting.push_back(Line::Text(format!(
            "{}  -- {}\n",
            moment(at),
            text::sentence(text)
        )));
    }

    fn release(&mut self) {
        while let Some(line) = self.waiting.pop_front() {
            match line {
                Line::Request(row) if row.answer.is_none() => {
                    self.waiting.push_front(Line::Request(row));
                    return;
                }
                Line::Request(row) => self.render(&row),
                Line::Text(text) => self.ready.push_str(&text),
            }
        }
    }

    fn render(&mut self, row: &Row) {
        let number = row
            .position
            .map_or_else(|| "-".to_owned(), |ticket| format!("#{}", self.number(ticket)));
        let price = |price| self.names.optional(row.symbol, price);
        let (symbol, width) = (self.names.symbol(row.symbol), self.strategy_width);
        let written = writeln!(
            self.ready,
            "{}  {:width$}  {:6}  {symbol:8} {:>6}  {:>10}  {:>10}  sl {:>10}  tp {:>10}  {:20}  {number:>4}  {}",
            moment(row.at),
            row.strategy,
            row.action,
            row.volume,
            price(row.asked),
            price(row.got),
            price(row.sl),
            price(row.tp),
            row.answer.as_deref().unwrap_or("no answer"),
            row.why
        );
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }

    fn number(&mut self, ticket: Ticket) -> u64 {
        *self.positions.entry(ticket).or_insert_with(|| {
            let number = self.next_position;
            self.next_position += 1;
            number
        })
    }
}

impl Row {
    fn of_request(at: Timestamp, trade: &Trade) -> Self {
        let (action, volume, asked, (sl, tp), position) = match &trade.request {
            Request::Open(one) => {
                (one.side.name(), words::lots(one.volume), Some(one.price), (one.sl, one.tp), None)
            }
            Request::Close(one) => (
                "close",
                words::lots(one.volume),
                Some(one.price),
                (None, None),
                Some(one.position),
            ),
            Request::Modify(one) => {
                ("modify", "-".to_owned(), None, (one.sl, one.tp), Some(one.position))
            }
            Request::Place(one) => {
                (placed(one), words::lots(one.volume), Some(one.price), (one.sl, one.tp), None)
            }
            Request::ModifyOrder(one) => {
                ("change", "-".to_owned(), Some(one.price), (one.sl, one.tp), Some(one.order))
            }
            Request::Remove(one) => ("remove", "-".to_owned(), None, (None, None), Some(one.order)),
            Request::CloseBy(one) => {
                ("closeby", "-".to_owned(), None, (None, None), Some(one.position))
            }
        };
        Self {
            at,
            cid: Some(trade.cid),
            strategy: text::name(trade.owner.name()).into_owned(),
            action,
            symbol: trade.request.symbol(),
            volume,
            asked,
            got: None,
            sl,
            tp,
            answer: None,
            position,
            why: words::why(trade.why),
        }
    }

    fn of_closed(at: Timestamp, closed: &TradeClosed) -> Self {
        Self {
            at,
            cid: None,
            strategy: text::name(closed.owner.name()).into_owned(),
            action: "closed",
            symbol: closed.symbol,
            volume: words::lots(closed.volume),
            asked: None,
            got: Some(closed.close_price),
            sl: closed.sl,
            tp: closed.tp,
            answer: Some("by the broker".to_owned()),
            position: Some(closed.position),
            why: closed.reason.name(),
        }
    }

    fn answered(&mut self, outcome: &Outcome) {
        self.answer = Some(words::outcome(outcome));
        if let Outcome::Server(answer) = outcome {
            self.got = (answer.price != Price::ZERO).then_some(answer.price);
            self.position = self.position.or(answer.order);
        }
    }
}

/// A pending order in one word.
const fn placed(request: &PlaceRequest) -> &'static str {
    match (request.side, request.kind) {
        (Side::Buy, PendingKind::Limit) => "buy-l",
        (Side::Buy, PendingKind::Stop) => "buy-s",
        (Side::Buy, PendingKind::StopLimit) => "buy-sl",
        (Side::Sell, PendingKind::Limit) => "sell-l",
        (Side::Sell, PendingKind::Stop) => "sell-s",
        (Side::Sell, PendingKind::StopLimit) => "sel-sl",
    }
}

/// A moment in UTC to the millisecond, in fixed width, as `inspect --at` takes it.
fn moment(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(at.nanos())).unwrap_or_default();
    format!("{}", time.strftime("%Y-%m-%d %H:%M:%S%.3fZ"))
}

#[cfg(test)]
mod tests;
