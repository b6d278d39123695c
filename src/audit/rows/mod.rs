//! From a step to what it changes in the database: requests and what becomes of them in [`orders`], what is to be told
//! in [`messages`].

mod messages;
mod orders;
mod values;

use self::values::{json_of, name, number, price, text};
use crate::domain::account::Account;
use crate::domain::amount::{Money, Price};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::{StrategyId, SymbolId, Ticket};
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::executor::Executor;
use crate::executor::action::{
    Action, Alert, AlertCode, CommandResult, Note, Report, ResultData, TradeChanged, TradeClosed,
    TradeOpened, Verdict,
};
use crate::executor::command::{CommandContent, CommandEvent};
use crate::executor::event::{BrokerEvent, Event};
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
    zone: ServerZone,
    quotes: BTreeMap<SymbolId, (Price, Price)>,
    account: Option<Account>,
    next_snapshot: Timestamp,
    /// The deals that were told.
    deals: BTreeSet<Ticket>,
}

impl Deriver {
    /// For a run with this name, which is that of its recording, on a server whose clock is of this zone.
    #[must_use]
    pub const fn new(run_id: String, zone: ServerZone) -> Self {
        Self {
            run_id,
            zone,
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
        of.messages(&self.zone);
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
