//! From a step to what it changes in the database.

use crate::domain::account::Account;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::{StrategyId, SymbolId, Ticket};
use crate::domain::order::{PendingKind, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{
    Action, Alert, AlertCode, CommandResult, Note, Report, Request, ResultData, Trade,
    TradeChanged, TradeClosed, TradeOpened, Verdict,
};
use crate::executor::command::{CommandContent, CommandEvent};
use crate::executor::event::{Answer, BrokerEvent, Event, Outcome};
use crate::recording::words::{self, word};
use crate::session::ports::Step;
use rusqlite::types::Value;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How long after a snapshot of the account the next one is due when nothing was filled.
const SNAPSHOT_EVERY_MS: u64 = 300_000;

/// A column and its value.
pub type NamedValue = (&'static str, Value);

/// A change of the database.
#[derive(Debug, Clone, PartialEq)]
pub enum RowChange {
    /// A new row; one that is there by what is unique about it stays as it is.
    Insert(&'static str, Vec<NamedValue>),
    /// The row in `orders` of the request with this number gets these values.
    Answered(u64, Vec<NamedValue>),
    /// The row in `orders` of the order with this ticket gets its deal, unless its answer has told one. Where no answer
    /// has told the ticket, it is the row of the intent that the comment of the deal names.
    Dealt(Ticket, String, Vec<NamedValue>),
    /// A position was closed: its row in `trades`, with the order of its last deal as `exit_order_id`.
    Closed(Ticket, Vec<NamedValue>),
}

/// Derives the changes of one run.
#[derive(Debug)]
pub struct Deriver {
    run_id: String,
    quotes: BTreeMap<SymbolId, (Price, Price)>,
    account: Option<Account>,
    next_snapshot: Timestamp,
    /// The deals that were told.
    deals: BTreeSet<Ticket>,
}

impl Deriver {
    /// For a run with this name, which is that of its recording.
    #[must_use]
    pub const fn new(run_id: String) -> Self {
        Self {
            run_id,
            quotes: BTreeMap::new(),
            account: None,
            next_snapshot: Timestamp::from_nanos(i64::MIN),
            deals: BTreeSet::new(),
        }
    }

    /// The run.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// What a step changes; most ticks change nothing.
    pub fn changes(&mut self, step: &Step<'_>) -> Vec<RowChange> {
        let mut of = StepRows { run_id: &self.run_id, step, changes: Vec::new() };
        let mut is_fill = false;
        match step.event {
            Event::Tick(tick) => drop(self.quotes.insert(tick.symbol, (tick.bid, tick.ask))),
            Event::Command(command) => of.command(command),
            Event::Broker(BrokerEvent::Answer(answer)) => of.answer(answer),
            Event::Broker(BrokerEvent::Deal(deal)) => {
                is_fill = told_deal(&mut self.deals, &mut of, deal);
            }
            Event::Broker(BrokerEvent::Account(account)) => {
                self.account = Some((**account).clone());
            }
            Event::Broker(BrokerEvent::Snapshot(snapshot)) => {
                self.account = Some(snapshot.account.clone());
                for deal in &snapshot.history_deals {
                    is_fill |= told_deal(&mut self.deals, &mut of, deal);
                }
            }
            _ => {}
        }
        of.actions(&self.quotes);
        if let Some(account) =
            self.account.as_ref().filter(|_| is_fill || self.next_snapshot <= step.at)
        {
            self.next_snapshot = step.at.plus_ms(SNAPSHOT_EVERY_MS);
            of.account(account);
        }
        of.changes
    }
}

fn told_deal(deals: &mut BTreeSet<Ticket>, of: &mut StepRows<'_>, deal: &Deal) -> bool {
    let is_new = deals.insert(deal.ticket);
    if is_new {
        of.deal(deal);
    }
    is_new && deal.kind != DealKind::Balance
}

/// The rows of one step.
struct StepRows<'a> {
    run_id: &'a str,
    step: &'a Step<'a>,
    changes: Vec<RowChange>,
}

impl StepRows<'_> {
    /// The columns of every row.
    fn stamped(&self, own: impl IntoIterator<Item = NamedValue>) -> Vec<NamedValue> {
        let at = self.step.at.to_string();
        let always = [
            ("timestamp", at.clone().into()),
            ("run_id", self.run_id.to_owned().into()),
            ("seq", self.step.input_seq.cast_signed().into()),
            ("time_utc", at.into()),
        ];
        always.into_iter().chain(own).collect()
    }

    fn insert(&mut self, table: &'static str, own: impl IntoIterator<Item = NamedValue>) {
        let row = self.stamped(own);
        self.changes.push(RowChange::Insert(table, row));
    }

    fn symbol(&self, id: SymbolId) -> Value {
        text(self.step.executor.symbols_known().nth(id.index()).map_or("?", |(name, _)| name))
    }

    fn actions(&mut self, quotes: &BTreeMap<SymbolId, (Price, Price)>) {
        // The signal of a strategy in this step, for the order that comes of it.
        let mut signals = BTreeMap::new();
        // Notes follow the order that they tell of.
        for action in self.step.actions {
            if let Action::Note(note) = action {
                self.note(note, quotes, &mut signals);
            }
        }
        for action in self.step.actions {
            match action {
                Action::Trade(trade) => self.order(trade, &signals),
                Action::Result(result) => self.result(result),
                Action::Report(report) => match &**report {
                    Report::Opened(opened) => self.opened(opened),
                    Report::Changed(changed) => self.changed(changed),
                    Report::Closed(closed) => self.closed(closed),
                    Report::Alert(alert) => self.alert(alert),
                },
                Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
            }
        }
    }

    fn command(&mut self, command: &CommandEvent) {
        let id = match &command.content {
            CommandContent::Parsed(envelope) => Some(&envelope.id),
            CommandContent::Malformed(malformed) => malformed.id.as_ref(),
        };
        self.insert(
            "commands",
            [
                ("command_id", id.map_or(Value::Null, |id| text(id.as_str()))),
                ("source", text(&word(&command.source))),
                ("body", text(&command.body)),
            ],
        );
    }

    fn result(&mut self, result: &CommandResult) {
        self.insert(
            "results",
            [
                ("command_id", text(result.id.as_str())),
                ("status", text(&word(&result.status))),
                ("code", text(&word(&result.code))),
                ("retcode", result.retcode.map_or(Value::Null, |code| i64::from(code.0).into())),
                ("strategy_id", name(result.strategy.as_ref())),
                ("data", json_of(&result.data)),
            ],
        );
        if let (Some(strategy), ResultData::Effective(effective)) = (&result.strategy, &result.data)
        {
            self.insert(
                "magics",
                [("strategy_id", text(strategy.as_str())), ("magic", number(effective.magic.0))],
            );
        }
    }

    /// A signal, taken or not; what was evaluated without one is in the recording alone.
    fn note(
        &mut self,
        note: &Note,
        quotes: &BTreeMap<SymbolId, (Price, Price)>,
        signals: &mut BTreeMap<StrategyId, String>,
    ) {
        let is_signal = !matches!(note.verdict, Verdict::NoSignal | Verdict::WarmingUp);
        let executor: &Executor = self.step.executor;
        let (Some(side), Some((strategy, timeframe)), true) =
            (note.side, executor.judged(note), is_signal)
        else {
            return;
        };
        let (run, seq) = (self.run_id, self.step.input_seq);
        let signal_id = format!("{run}/{seq}/{strategy}/{}", side.name());
        let symbol = executor.terms_of(strategy).map(|(symbol, _)| symbol);
        let place = executor.symbols_known().position(|(name, _)| Some(name) == symbol.as_deref());
        let quote = place.and_then(|place| {
            let of_place = |(id, _): &(&SymbolId, _)| id.index() == place;
            quotes.iter().find(of_place).map(|(_, quote)| quote)
        });
        let asked = quote.map(|(bid, ask)| side.entry_price(*bid, *ask));
        let metadata = json!({ "timeframe": timeframe.name(), "bar_server_msc": note.bar_msc.0 });
        self.insert(
            "signals",
            [
                ("signal_id", text(&signal_id)),
                ("strategy_id", text(strategy.as_str())),
                ("symbol", symbol.map_or(Value::Null, |symbol| text(&symbol))),
                ("signal_type", text(&side.name().to_uppercase())),
                ("price", price(asked)),
                ("verdict", text(&word(&note.verdict))),
                ("metadata", text(&metadata.to_string())),
            ],
        );
        if note.verdict.is_entry() {
            signals.insert(strategy.clone(), signal_id);
        }
    }

    fn order(&mut self, trade: &Trade, signals: &BTreeMap<StrategyId, String>) {
        let Trade { cid, key, owner, magic, why, request, not_after } = trade;
        let wanted = Wanted::of(request);
        let signal = owner.strategy().filter(|_| request.enters()).and_then(|id| signals.get(id));
        let metadata = json!({
            "why": word(why),
            "owner": owner.name(),
            "not_after": not_after.to_string(),
        });
        let row = [
            ("client_order_id", text(&format!("{}/{}", self.run_id, cid.0))),
            ("cid", number(cid.0)),
            ("intent_key", text(&key.to_string())),
            ("signal_id", signal.map_or(Value::Null, |id| text(id))),
            ("symbol", self.symbol(request.symbol())),
            ("order_type", text(wanted.kind)),
            ("side", wanted.side.map_or(Value::Null, |side| text(&side.name().to_uppercase()))),
            ("volume", wanted.volume.map_or(Value::Null, |volume| volume.to_f64().into())),
            ("price", price(wanted.price)),
            ("sl", price(wanted.stops.0)),
            ("tp", price(wanted.stops.1)),
            ("status", text("sent")),
            ("metadata", text(&metadata.to_string())),
            ("strategy_id", name(owner.strategy())),
            ("magic", number(magic.0)),
            (
                "position_ticket",
                request.positions().next().map_or(Value::Null, |one| number(one.0)),
            ),
            ("sent_ns", self.step.at.nanos().into()),
        ];
        self.insert("orders", row);
    }

    fn answer(&mut self, answer: &Answer) {
        let at = self.step.at;
        let mut row: Vec<NamedValue> =
            vec![("updated_at", at.to_string().into()), ("answered_ns", at.nanos().into())];
        let ticket = |ticket: Option<Ticket>| ticket.map_or(Value::Null, |one| number(one.0));
        match &answer.outcome {
            Outcome::Server(server) => {
                let code = server.retcode;
                let is_done =
                    matches!(code, Retcode::DONE | Retcode::DONE_PARTIAL | Retcode::PLACED);
                let dealt = Some(server.volume).filter(|volume| *volume != Volume::ZERO && is_done);
                let error = if is_done { Value::Null } else { text(&code.to_string()) };
                row.extend([
                    ("status", text(if is_done { code.name() } else { "refused" })),
                    ("retcode", i64::from(code.0).into()),
                    ("retcode_message", text(code.name())),
                    ("mt5_order_id", ticket(server.order)),
                    ("mt5_deal_id", ticket(server.deal)),
                    ("executed_price", price(Some(server.price).filter(|_| dealt.is_some()))),
                    ("executed_volume", dealt.map_or(Value::Null, |volume| volume.to_f64().into())),
                    ("error_message", error),
                ]);
            }
            Outcome::NotSent => row.extend([
                ("status", text("not sent")),
                ("error_message", text("the request did not leave")),
            ]),
            Outcome::NoAnswer => {
                row.extend([
                    ("status", text("unknown")),
                    ("error_message", text("no answer came")),
                ]);
            }
        }
        self.changes.push(RowChange::Answered(answer.cid.0, row));
    }

    fn deal(&mut self, deal: &Deal) {
        let side = match deal.kind {
            DealKind::Trade(side) => text(&side.name().to_uppercase()),
            DealKind::Balance => text("BALANCE"),
        };
        let row = [
            ("deal", number(deal.ticket.0)),
            ("mt5_order_id", number(deal.order.0)),
            ("position_ticket", number(deal.position.0)),
            ("symbol", self.symbol(deal.symbol)),
            ("entry", text(&word(&deal.entry))),
            ("side", side),
            ("reason", text(&word(&deal.reason))),
            ("volume", deal.volume.to_f64().into()),
            ("price", deal.price.to_f64().into()),
            ("profit", deal.profit.to_f64().into()),
            ("commission", deal.commission.to_f64().into()),
            ("swap", deal.swap.to_f64().into()),
            ("magic", number(deal.magic.0)),
            ("comment", text(&deal.comment)),
            ("time_server_msc", deal.time_msc.0.into()),
        ];
        self.insert("deals", row);
        let dealt = vec![
            ("mt5_deal_id", number(deal.ticket.0)),
            ("executed_price", deal.price.to_f64().into()),
            ("executed_volume", deal.volume.to_f64().into()),
        ];
        self.changes.push(RowChange::Dealt(deal.order, deal.comment.clone(), dealt));
    }

    fn opened(&mut self, opened: &TradeOpened) {
        let message = format!("position {} opened", opened.position);
        let of = (opened.owner.strategy(), Some(opened.position));
        self.event("trade_opened", "info", &message, of, opened);
    }

    fn changed(&mut self, changed: &TradeChanged) {
        let message = format!("position {} changed", changed.position);
        self.event("trade_changed", "info", &message, (None, Some(changed.position)), changed);
    }

    fn alert(&mut self, alert: &Alert) {
        if let (AlertCode::UnknownAbsent, Some(cid)) = (alert.code, alert.cid) {
            let at = self.step.at.to_string();
            let row = vec![("status", text("absent")), ("updated_at", at.into())];
            self.changes.push(RowChange::Answered(cid.0, row));
        }
        let of = (alert.strategy.as_ref(), alert.position);
        self.event(&word(&alert.code), &word(&alert.severity), &words::alert(alert), of, alert);
    }

    fn event(
        &mut self,
        kind: &str,
        severity: &str,
        message: &str,
        (strategy, position): (Option<&StrategyId>, Option<Ticket>),
        details: &impl Serialize,
    ) {
        self.insert(
            "events",
            [
                ("event_type", text(kind)),
                ("severity", text(severity)),
                ("message", text(message)),
                ("strategy_id", name(strategy)),
                ("position_ticket", position.map_or(Value::Null, |one| number(one.0))),
                ("details", json_of(details)),
            ],
        );
    }

    fn closed(&mut self, closed: &TradeClosed) {
        let open_ms = closed.close_time_msc.0.saturating_sub(closed.open_time_msc.0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "no position is held for so many milliseconds"
        )]
        let seconds = open_ms as f64 / 1_000.0;
        let metadata = json!({ "reason": closed.reason.name(), "owner": closed.owner.name() });
        let row = self.stamped([
            ("symbol", self.symbol(closed.symbol)),
            ("side", text(&closed.side.name().to_uppercase())),
            ("entry_price", closed.open_price.to_f64().into()),
            ("exit_price", closed.close_price.to_f64().into()),
            ("volume", closed.volume.to_f64().into()),
            ("profit", closed.profit.to_f64().into()),
            ("commission", closed.commission.to_f64().into()),
            ("swap", closed.swap.to_f64().into()),
            ("duration_seconds", seconds.into()),
            // The position is named after the order that opened it.
            ("entry_order_id", number(closed.position.0)),
            ("position_ticket", number(closed.position.0)),
            ("strategy_id", name(closed.owner.strategy())),
            ("metadata", text(&metadata.to_string())),
        ]);
        self.changes.push(RowChange::Closed(closed.position, row));
    }

    fn account(&mut self, account: &Account) {
        let view = self.step.executor.view();
        let equity = self.step.executor.equity_reported();
        let profit = equity.map(|equity| equity - account.balance);
        let free = equity.map(|equity| equity - account.margin);
        let level = equity.filter(|_| account.margin > Money::ZERO);
        let level = level.map(|equity| equity.to_f64() / account.margin.to_f64() * 100.0);
        let money = |amount: Option<Money>| amount.map_or(Value::Null, |one| one.to_f64().into());
        let open = i64::try_from(view.positions.len()).expect("no account holds so many");
        self.insert(
            "account_snapshots",
            [
                ("balance", account.balance.to_f64().into()),
                ("equity", money(equity)),
                ("profit", money(profit)),
                ("margin", account.margin.to_f64().into()),
                ("margin_free", money(free)),
                ("margin_level", level.map_or(Value::Null, Value::from)),
                ("open_positions", open.into()),
            ],
        );
    }
}

/// What `orders` tells of a request.
struct Wanted {
    kind: &'static str,
    side: Option<Side>,
    volume: Option<Volume>,
    price: Option<Price>,
    stops: (Option<Price>, Option<Price>),
}

impl Wanted {
    fn of(request: &Request) -> Self {
        let none = Self { kind: "", side: None, volume: None, price: None, stops: (None, None) };
        match request {
            Request::Open(one) => Self {
                kind: "open",
                side: Some(one.side),
                volume: Some(one.volume),
                price: Some(one.price),
                stops: (one.sl, one.tp),
            },
            Request::Close(one) => Self {
                kind: "close",
                side: Some(one.side),
                volume: Some(one.volume),
                price: Some(one.price),
                ..none
            },
            Request::Place(one) => Self {
                kind: match one.kind {
                    PendingKind::Limit => "limit",
                    PendingKind::Stop => "stop",
                    PendingKind::StopLimit => "stop_limit",
                },
                side: Some(one.side),
                volume: Some(one.volume),
                price: Some(one.price),
                stops: (one.sl, one.tp),
            },
            Request::Modify(one) => Self { kind: "modify", stops: (one.sl, one.tp), ..none },
            Request::ModifyOrder(one) => Self {
                kind: "modify_order",
                price: Some(one.price),
                stops: (one.sl, one.tp),
                ..none
            },
            Request::Remove(_) => Self { kind: "remove", ..none },
            Request::CloseBy(_) => Self { kind: "close_by", ..none },
        }
    }
}

fn text(text: &str) -> Value {
    text.to_owned().into()
}

fn name(strategy: Option<&StrategyId>) -> Value {
    strategy.map_or(Value::Null, |id| text(id.as_str()))
}

/// Tickets and magics have 64 bits without a sign, numbers of SQLite one with a sign.
fn number(number: u64) -> Value {
    number.cast_signed().into()
}

fn price(price: Option<Price>) -> Value {
    price.map_or(Value::Null, |price| price.to_f64().into())
}

fn json_of(value: &impl Serialize) -> Value {
    text(&serde_json::to_string(value).expect("actions are made of text, integers and lists"))
}
