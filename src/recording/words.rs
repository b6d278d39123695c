//! Events and actions in words, for people: `orders.txt` and the report of a difference. No program
//! reads these texts.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::symbols_builtin::builtin;
use crate::domain::text;
use crate::executor::Executor;
use crate::executor::action::{
    Action, Alert, CommandResult, DataRequest, EffectiveSettings, Report, Request, RequestReason,
    ResultData, ResultStatus, Trade,
};
use crate::executor::command::{CommandContent, CommandEvent};
use crate::executor::event::{
    Advice, AdviceOutcome, BrokerEvent, Event, Outcome, SourceNews, SourcePosition, Wants,
};
use crate::risk::limit::RiskLimit;
use serde::Serialize;

/// Names and digits of the session's symbols.
#[derive(Debug, Clone)]
pub struct Names {
    symbols: Vec<(String, u32)>,
}

impl Names {
    /// Starts with the digits of the built-in specifications, until the broker reports others.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        Self {
            symbols: symbols
                .iter()
                .map(|name| {
                    (text::name(name).into_owned(), builtin(name).map_or(5, |spec| spec.digits))
                })
                .collect(),
        }
    }

    /// Names and digits of every symbol that an executor knows.
    #[must_use]
    pub fn known(executor: &Executor) -> Self {
        let digits = |name: &str| builtin(name).map_or(5, |spec| spec.digits);
        let symbols = executor.symbols_known().map(|(name, spec)| {
            (text::name(name).into_owned(), spec.map_or_else(|| digits(name), |spec| spec.digits))
        });
        Self { symbols: symbols.collect() }
    }

    /// Takes the digits from a specification in an event.
    pub fn see(&mut self, event: &Event) {
        if let Event::Broker(BrokerEvent::Symbol(news)) = event
            && let Some(entry) = self.symbols.get_mut(news.symbol.index())
        {
            entry.1 = news.spec.digits;
        }
    }

    /// The symbol's name, as it may be shown.
    #[must_use]
    pub fn symbol(&self, id: SymbolId) -> &str {
        self.symbols.get(id.index()).map_or("?", |(name, _)| name)
    }

    /// The digits of the symbol's prices.
    #[must_use]
    pub fn digits(&self, id: SymbolId) -> u32 {
        self.symbols.get(id.index()).map_or(5, |(_, digits)| *digits)
    }

    /// A price with the symbol's digits.
    #[must_use]
    pub fn price(&self, id: SymbolId, price: Price) -> String {
        price.with_digits(self.digits(id))
    }

    /// A price that may be absent.
    #[must_use]
    pub fn optional(&self, id: SymbolId, price: Option<Price>) -> String {
        price.map_or_else(|| "-".to_owned(), |price| self.price(id, price))
    }
}

/// The word that files use for a value of a closed list.
#[must_use]
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// A volume in lots.
#[must_use]
pub fn lots(volume: Volume) -> String {
    volume.with_digits(2)
}

/// Why a request was made.
#[must_use]
pub fn why(why: RequestReason) -> &'static str {
    match why {
        RequestReason::Signal => "signal",
        RequestReason::OppositeSignal => "opposite_signal",
        RequestReason::StopCommand => "stop_command",
        RequestReason::RestoreStops => "restore_stops",
        RequestReason::Command => "command",
        RequestReason::Emergency => "emergency",
        RequestReason::ExitCondition => "exit_condition",
        RequestReason::Trailing => "trailing",
        RequestReason::BreakEven => "break_even",
        RequestReason::PartialClose => "partial_close",
        RequestReason::HoldingTime => "holding_time",
        RequestReason::ClosingTime => "closing_time",
        RequestReason::LimitReached => "limit_reached",
        RequestReason::HoldingBan => "holding_ban",
        RequestReason::Copied => "copied",
    }
}

/// An event in one line.
#[must_use]
pub fn event(names: &Names, event: &Event) -> String {
    match event {
        Event::Tick(tick) => {
            let price = |price| names.price(tick.symbol, price);
            format!(
                "tick {} {} bid {} ask {}",
                names.symbol(tick.symbol),
                tick.time_msc,
                price(tick.bid),
                price(tick.ask)
            )
        }
        Event::Bars(bars) => format!(
            "{} bars of {} {}",
            bars.closed.len(),
            names.symbol(bars.symbol),
            bars.timeframe.name()
        ),
        Event::Command(command) => self::command(command),
        Event::Broker(news) => broker(names, news),
        Event::Link(link) => format!("link {}", word(link)),
        Event::Operator(operator) => format!("operator {}", word(operator)),
        Event::Life(_) => "a life begins".to_owned(),
        Event::Advice(advice) => self::advice(advice),
        Event::Source(news) => source(news),
        Event::Wakeup => "wakeup".to_owned(),
    }
}

fn source(news: &SourceNews) -> String {
    let SourceNews { source, positions, .. } = news;
    let open = |one: &SourcePosition| {
        let side = one.side.name();
        format!("#{} {side} {}", one.identifier, lots(one.opened - one.closed))
    };
    let open: Vec<String> = positions.iter().map(open).collect();
    let open = if open.is_empty() { "nothing".to_owned() } else { open.join(", ") };
    format!("{} of another recording has open: {open}", text::name(source.as_str()))
}

fn advice(advice: &Advice) -> String {
    let of = format!("{} about the bar {}", text::name(advice.strategy.as_str()), advice.bar_msc);
    let Wants { enters, leaves_buys, leaves_sells, .. } = match advice.outcome {
        AdviceOutcome::Failed(failure) => {
            return format!("no answer of the program of {of}: {}", word(&failure));
        }
        AdviceOutcome::Wants(wants) => wants,
    };
    let mut wants: Vec<&str> = enters.iter().map(|side| side.name()).collect();
    wants.extend(leaves_buys.then_some("close buys"));
    wants.extend(leaves_sells.then_some("close sells"));
    let wants = if wants.is_empty() { "nothing".to_owned() } else { wants.join(", ") };
    format!("answer of the program of {of}: {wants}")
}

fn command(event: &CommandEvent) -> String {
    match &event.content {
        CommandContent::Malformed(wrong) => {
            format!(
                "command that cannot be read: {} {}",
                text::name(&wrong.path),
                text::sentence(&wrong.reason)
            )
        }
        CommandContent::Parsed(envelope) => {
            let json = serde_json::to_value(&envelope.command).unwrap_or_default();
            let name = json
                .as_str()
                .or_else(|| json.as_object()?.keys().next().map(String::as_str))
                .unwrap_or("?")
                .to_owned();
            format!("command {} {name}", text::name(envelope.id.as_str()))
        }
    }
}

fn broker(names: &Names, event: &BrokerEvent) -> String {
    match event {
        BrokerEvent::Answer(answer) => {
            format!("answer to request {}: {}", answer.cid.0, outcome(&answer.outcome))
        }
        BrokerEvent::Deal(deal) => {
            let price = names.price(deal.symbol, deal.price);
            format!(
                "deal {} on position {}: {} lots at {price} ({})",
                deal.ticket,
                deal.position,
                lots(deal.volume),
                word(&deal.reason)
            )
        }
        BrokerEvent::Order(order) => format!("order {} is {}", order.ticket, word(&order.state)),
        BrokerEvent::Position(position) => {
            format!("position {} is {} lots", position.ticket, lots(position.volume))
        }
        BrokerEvent::Removed(ticket) => format!("position {ticket} is gone"),
        BrokerEvent::Account(account) => {
            format!("account: balance {}", account.balance.with_digits(account.currency_digits))
        }
        BrokerEvent::Symbol(news) => format!("specification of {}", names.symbol(news.symbol)),
        BrokerEvent::NoSymbol(none) => format!("there is no symbol {}", text::name(&none.name)),
        BrokerEvent::Snapshot(snapshot) => {
            format!("snapshot: {} positions", snapshot.positions.len())
        }
    }
}

/// News from the broker with every figure, for one order's life.
#[must_use]
pub fn news(names: &Names, event: &BrokerEvent, money_digits: u32) -> String {
    let text = broker(names, event);
    match event {
        BrokerEvent::Deal(deal) => {
            let money = |money: Money| money.with_digits(money_digits);
            format!(
                "{text}, profit {}, commission {}, swap {}",
                money(deal.profit),
                money(deal.commission),
                money(deal.swap)
            )
        }
        BrokerEvent::Position(position) => {
            let stop = |price| names.optional(position.symbol, price);
            let open = names.price(position.symbol, position.price_open);
            format!(
                "{text} {} from {open}, sl {} tp {}",
                position.side.name(),
                stop(position.sl),
                stop(position.tp)
            )
        }
        BrokerEvent::Snapshot(_) => "it is in a snapshot of the account".to_owned(),
        _ => text,
    }
}

/// An action with every figure, for one order's life.
#[must_use]
pub fn told(names: &Names, action: &Action, money_digits: u32) -> String {
    let text = self::action(names, action);
    let Action::Report(one) = action else { return text };
    match &**one {
        Report::Opened(one) => {
            let price = |price| names.optional(one.symbol, price);
            format!(
                "{text}: {} {} lots, sl {} tp {}, asked {}",
                one.side.name(),
                lots(one.volume),
                price(one.sl),
                price(one.tp),
                price(one.asked)
            )
        }
        Report::Changed(one) => format!("{text}, sl {} tp {}", optional(one.sl), optional(one.tp)),
        Report::Closed(one) => {
            let money = |money: Money| money.with_digits(money_digits);
            format!(
                "{text}: profit {}, commission {}, swap {}",
                money(one.profit),
                money(one.commission),
                money(one.swap)
            )
        }
        Report::Alert(_) => format!("alert: {text}"),
    }
}

/// A price without a known symbol, in its own digits.
fn optional(price: Option<Price>) -> String {
    price.map_or_else(|| "-".to_owned(), |price| price.to_string())
}

/// The outcome of a request.
#[must_use]
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Server(answer) => answer.retcode.to_string(),
        Outcome::NotSent => "not sent".to_owned(),
        Outcome::NoAnswer => "no answer".to_owned(),
    }
}

/// An action in one line.
#[must_use]
pub fn action(names: &Names, action: &Action) -> String {
    match action {
        Action::Trade(one) => trade(names, one),
        Action::Data(DataRequest::Bars { symbol, timeframe, count, .. }) => {
            format!("ask for {count} bars of {} {}", names.symbol(*symbol), timeframe.name())
        }
        Action::Data(DataRequest::Snapshot { .. }) => "ask for a snapshot".to_owned(),
        Action::Data(DataRequest::Subscribe { name, .. }) => {
            format!("ask for the symbol {}", text::name(name))
        }
        Action::Ask(question) => {
            let strategy = text::name(question.strategy.as_str());
            format!("ask the program of {strategy} about the bar {}", question.bar.time_msc)
        }
        Action::Result(one) => result(one),
        Action::Report(one) => report(names, one),
        Action::Note(note) => format!("note {}", word(&note.verdict)),
    }
}

fn trade(names: &Names, trade: &Trade) -> String {
    let Trade { cid, owner, request, .. } = trade;
    let symbol = request.symbol();
    let price = |price| names.price(symbol, price);
    let stops =
        |sl, tp| format!("sl {} tp {}", names.optional(symbol, sl), names.optional(symbol, tp));
    let what = match request {
        Request::Open(one) => format!(
            "{} {} lots at {} {}",
            one.side.name(),
            lots(one.volume),
            price(one.price),
            stops(one.sl, one.tp)
        ),
        Request::Close(one) => {
            format!("close {} {} lots at {}", one.position, lots(one.volume), price(one.price))
        }
        Request::Modify(one) => format!("modify {} {}", one.position, stops(one.sl, one.tp)),
        Request::Place(one) => {
            let (side, kind) = (one.side.name(), word(&one.kind));
            format!(
                "{side} {kind} {} lots at {} {}",
                lots(one.volume),
                price(one.price),
                stops(one.sl, one.tp)
            )
        }
        Request::ModifyOrder(one) => {
            format!("modify order {} to {} {}", one.order, price(one.price), stops(one.sl, one.tp))
        }
        Request::Remove(one) => format!("remove order {}", one.order),
        Request::CloseBy(one) => format!("close {} by {}", one.position, one.by),
    };
    let owner = text::name(owner.name());
    format!("request {} of {owner}: {} {what} ({})", cid.0, names.symbol(symbol), why(trade.why))
}

/// The result of a command in one line.
#[must_use]
pub fn result(result: &CommandResult) -> String {
    let id = text::name(result.id.as_str());
    let status = if result.status == ResultStatus::Executed { "executed" } else { "failed" };
    let strategy = result
        .strategy
        .as_ref()
        .map(|id| format!(" {}", text::name(id.as_str())))
        .unwrap_or_default();
    let data = match &result.data {
        ResultData::Effective(settings) => sized(settings),
        ResultData::Stopped { closed, remaining, orders } => {
            let orders = if orders.is_empty() {
                String::new()
            } else {
                format!(", {} orders working", orders.len())
            };
            format!(", {} closed, {} remaining{orders}", closed.len(), remaining.len())
        }
        ResultData::Updated { effective, .. } => sized(effective),
        ResultData::Field { path, reason } => {
            format!(": {}: {}", text::name(path), text::sentence(reason))
        }
        ResultData::Status(status) => format!(", {} positions", status.positions),
        ResultData::Trade(one) => format!(", {} lots", lots(one.volume)),
        ResultData::Positions(all) => format!(", {} positions", all.len()),
        ResultData::Account(_) | ResultData::Symbol(_) | ResultData::Summary(_) => {
            ", in the data".to_owned()
        }
        ResultData::OrderStatus(one) => format!(", {}", word(&one.progress)),
        ResultData::None => String::new(),
    };
    format!("command {id}{strategy}: {status} {}{data}", word(&result.code))
}

fn report(names: &Names, report: &Report) -> String {
    match report {
        Report::Opened(one) => {
            format!("opened {} at {}", one.position, names.price(one.symbol, one.price))
        }
        Report::Changed(one) => format!("changed {}: {} lots", one.position, lots(one.volume)),
        Report::Closed(one) => format!(
            "closed {} at {} ({})",
            one.position,
            names.price(one.symbol, one.close_price),
            one.reason.name()
        ),
        Report::Alert(one) => alert(one),
    }
}

/// The volume of entries, or by which part of the equity it is found.
fn sized(settings: &EffectiveSettings) -> String {
    match settings.sized_by {
        Some(percent) => format!(", {percent} % of the equity"),
        None => format!(", {} lots", lots(settings.lots)),
    }
}

/// An alert in one line, without tickets.
#[must_use]
pub fn alert(alert: &Alert) -> String {
    let strategy = alert
        .strategy
        .as_ref()
        .map(|id| format!(" {}", text::name(id.as_str())))
        .unwrap_or_default();
    let request = alert.cid.map(|cid| format!(" request {}", cid.0)).unwrap_or_default();
    let retcode = alert.retcode.map(|code| format!(" {code}")).unwrap_or_default();
    let command = alert
        .command
        .as_ref()
        .map(|id| format!(" command {}", text::name(id.as_str())))
        .unwrap_or_default();
    let path = alert.path.as_ref().map(|path| format!(" {}", text::name(path))).unwrap_or_default();
    let verdict = alert.verdict.map(|verdict| format!(" {}", word(&verdict))).unwrap_or_default();
    let limit = alert.limit.map(|one| {
        let name = one.limit.row().name;
        let bound = if one.limit == RiskLimit::ProfitTarget { "target" } else { "floor" };
        format!(" {name}: {} at a {bound} of {}", one.value, one.floor)
    });
    let limit = limit.unwrap_or_default();
    format!(
        "{} {}{strategy}{command}{path}{request}{retcode}{verdict}{limit}",
        word(&alert.severity),
        word(&alert.code)
    )
}
