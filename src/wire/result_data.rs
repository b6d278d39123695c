//! The values of a result, in the platform's form.
//!
//! Lots, prices and money are JSON numbers; tickets are text, because they may exceed what a double
//! holds; what is unknown or not set is null. An owner is `strategyId` or `commandId`; what belongs
//! to nobody here has neither.

use crate::domain::amount::{Money, Percent, Price, Volume};
use crate::domain::id::Ticket;
use crate::domain::order::{OrderKind, Side};
use crate::domain::retcode::Retcode;
use crate::executor::action::{
    AccountData, EffectiveSettings, ExecutionSummary, OrderData, OrderStatusData, Owner,
    PositionData, ResultData, StatusData, StrategyState, SymbolData, TradeData,
};
use crate::executor::view::KnownSymbol;
use crate::strategy::limits::{Cooldown, CooldownAfter, ResultLoss, StrategyLimits};
use serde_json::{Map, Value, json};

/// The `data` of a result; none when it has none. `symbols` are those that the executor
/// knows, by their places.
pub(super) fn data(data: &ResultData, symbols: &[KnownSymbol<'_>]) -> Option<Value> {
    Some(match data {
        ResultData::None => return None,
        ResultData::Effective(settings) => json!({ "effective": effective(settings) }),
        ResultData::Stopped { closed, remaining, orders } => {
            let mut said =
                json!({ "closedPositions": texts(closed), "remainingPositions": texts(remaining) });
            if !orders.is_empty() {
                said["remainingOrders"] = json!(texts(orders));
            }
            said
        }
        ResultData::Updated { from_bar_msc, effective: settings } => {
            json!({ "fromBarTime": from_bar_msc, "effective": effective(settings) })
        }
        ResultData::Field { path, reason } => json!({ "path": path, "reason": reason }),
        ResultData::Status(status) => standing(status),
        ResultData::Trade(trade) => traded(trade),
        ResultData::Positions(all) => {
            json!({ "positions": all.iter().map(|one| position(one, symbols)).collect::<Vec<_>>() })
        }
        ResultData::Account(account) => self::account(account),
        ResultData::Symbol(symbol) => self::symbol(symbol),
        ResultData::OrderStatus(status) => order_status(status),
        ResultData::Summary(summary) => self::summary(summary),
    })
}

fn effective(settings: &EffectiveSettings) -> Value {
    let mut effective = json!({
        "lotSize": settings.lots.to_f64(),
        "maxOpenTrades": settings.max_open_trades,
        "warmupBars": settings.warmup_bars,
        "magicNumber": settings.magic,
    });
    if let Some(percent) = settings.sized_by {
        effective["lotSize"] = Value::Null;
        effective["equityPercent"] = json!(percent.to_f64());
    }
    for (name, value) in limits(&settings.limits) {
        effective[name] = value;
    }
    effective
}

/// The limits of a strategy, as settings give them.
fn limits(limits: &StrategyLimits) -> Vec<(&'static str, Value)> {
    let loss = |loss: ResultLoss| match loss {
        ResultLoss::Money(money) => json!({ "value": money.to_f64(), "unit": "money" }),
        ResultLoss::PercentOfEquity(percent) => part(percent, "equity"),
        ResultLoss::PercentOfBalance(percent) => part(percent, "balance"),
        ResultLoss::PercentOfInitial(percent) => part(percent, "initial"),
    };
    let after = |cooldown: Cooldown| match cooldown.after {
        CooldownAfter::Loss => json!("loss"),
        CooldownAfter::Close => json!("close"),
    };
    let all = [
        ("maxDailyTrades", limits.max_daily_trades.map(|most| json!(most))),
        ("maxDailyLoss", limits.max_daily_loss.map(loss)),
        ("maxDrawdown", limits.max_drawdown.map(loss)),
        ("lossStreak", limits.loss_streak.map(|streak| json!(streak.losses))),
        ("pauseMinutes", limits.loss_streak.map(|streak| json!(streak.pause_minutes))),
        ("cooldownMinutes", limits.cooldown.map(|cooldown| json!(cooldown.minutes))),
        ("cooldownAfter", limits.cooldown.map(after)),
        ("flatten", limits.flatten.map(|flatten| json!(flatten))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn part(percent: Percent, base: &str) -> Value {
    json!({ "value": percent.to_f64(), "unit": "percent", "base": base })
}

fn standing(status: &StatusData) -> Value {
    json!({
        "balance": status.balance.map(Money::to_f64),
        "openPositions": status.positions,
        "unknownRequests": status.unknown,
        "strategies": status.strategies.iter().map(|(id, state)| json!({ "strategyId": id, "state": state_word(*state) })).collect::<Vec<_>>(),
    })
}

const fn state_word(state: StrategyState) -> &'static str {
    match state {
        StrategyState::Running => "running",
        StrategyState::Paused => "paused",
        StrategyState::Stopping => "stopping",
    }
}

fn traded(trade: &TradeData) -> Value {
    json!({
        "clientOrderId": trade.key,
        "order": ticket(trade.order),
        "position": ticket(trade.position),
        "lots": trade.volume.to_f64(),
        "price": trade.price.map(Price::to_f64),
    })
}

/// A position, as results and views show it.
#[must_use]
pub fn position(position: &PositionData, symbols: &[KnownSymbol<'_>]) -> Value {
    let (name, spec) = symbols.get(position.symbol.index()).copied().unwrap_or(("?", None));
    let mut body = owned(&position.owner);
    fill(
        &mut body,
        json!({
            "ticket": position.ticket.to_string(),
            "symbol": name,
            "type": side_word(position.side),
            "lots": position.volume.to_f64(),
            "openPrice": position.price_open.to_f64(),
            "stopLoss": position.sl.map(Price::to_f64),
            "takeProfit": position.tp.map(Price::to_f64),
            "profit": position.profit.map(Money::to_f64),
            "profitCurrency": spec.map(|spec| &spec.currency_profit),
            "closing": position.closing,
        }),
    );
    Value::Object(body)
}

/// A working order, as views show it.
#[must_use]
pub fn order(order: &OrderData, symbols: &[KnownSymbol<'_>]) -> Value {
    let name = symbols.get(order.symbol.index()).map_or("?", |(name, _)| name);
    let mut body = owned(&order.owner);
    let kind = match order.kind {
        OrderKind::Market(side) => side_word(side).to_owned(),
        OrderKind::Limit(side) => format!("{}_LIMIT", side_word(side)),
        OrderKind::Stop(side) => format!("{}_STOP", side_word(side)),
        OrderKind::StopLimit(side) => format!("{}_STOP_LIMIT", side_word(side)),
        OrderKind::CloseBy => "CLOSE_BY".to_owned(),
    };
    fill(
        &mut body,
        json!({
            "ticket": order.ticket.to_string(),
            "symbol": name,
            "type": kind,
            "lots": order.volume.to_f64(),
            "price": order.price.map(Price::to_f64),
            "stopLoss": order.sl.map(Price::to_f64),
            "takeProfit": order.tp.map(Price::to_f64),
        }),
    );
    Value::Object(body)
}

fn account(account: &AccountData) -> Value {
    json!({
        "login": account.login.to_string(),
        "currency": account.currency,
        "leverage": account.leverage,
        "balance": account.balance.to_f64(),
        "margin": account.margin.to_f64(),
        "tradeAllowed": account.trade_allowed,
        "marginMode": account.margin_mode.name(),
        "asOf": account.as_of,
    })
}

/// The fields of MT5's `symbol_info` on which the executor depends.
fn symbol(symbol: &SymbolData) -> Value {
    let SymbolData { spec, bid, ask } = symbol;
    json!({
        "symbol": spec.name,
        "digits": spec.digits,
        "point": spec.point().to_f64(),
        "pip": spec.pip_size().map(Price::to_f64),
        "tickSize": spec.tick_size.to_f64(),
        "contractSize": spec.contract_size,
        "calcMode": spec.calc_mode,
        "execution": spec.execution,
        "tradeMode": spec.trade_mode,
        "stopsLevel": spec.stops_level,
        "freezeLevel": spec.freeze_level,
        "volumeMin": spec.volume_min.to_f64(),
        "volumeMax": spec.volume_max.to_f64(),
        "volumeStep": spec.volume_step.to_f64(),
        "volumeLimit": spec.volume_limit.map(Volume::to_f64),
        "currencyBase": spec.currency_base,
        "currencyProfit": spec.currency_profit,
        "currencyMargin": spec.currency_margin,
        "bid": bid.map(Price::to_f64),
        "ask": ask.map(Price::to_f64),
    })
}

fn order_status(status: &OrderStatusData) -> Value {
    let mut body = owned(&status.owner);
    fill(
        &mut body,
        json!({
            "clientOrderId": status.key,
            "status": status.progress,
            "order": ticket(status.order),
            "position": ticket(status.position),
        }),
    );
    answered(&mut body, status.retcode);
    Value::Object(body)
}

fn summary(summary: &ExecutionSummary) -> Value {
    json!({
        "sent": summary.sent,
        "accepted": summary.accepted,
        "refused": summary.refused,
        "unknown": summary.unknown,
        "opened": summary.opened,
        "closed": summary.closed,
        "netProfit": summary.net_profit.to_f64(),
        "entrySlippagePoints": summary.entry_slippage,
    })
}

/// The owner's field, if there is an owner.
pub(super) fn owned(owner: &Owner) -> Map<String, Value> {
    let (field, id) = match owner {
        Owner::Strategy(id) => ("strategyId", id.as_str()),
        Owner::Command(id) => ("commandId", id.as_str()),
        Owner::Account => return Map::new(),
    };
    Map::from_iter([(field.to_owned(), id.into())])
}

/// Adds the fields of an object.
pub(super) fn fill(body: &mut Map<String, Value>, fields: Value) {
    match fields {
        Value::Object(fields) => body.extend(fields),
        other => unreachable!("an object was written out: {other}"),
    }
}

/// Adds the trade server's return code by number and by name, if there is one.
pub(super) fn answered(body: &mut Map<String, Value>, retcode: Option<Retcode>) {
    if let Some(retcode) = retcode {
        body.insert("retcode".into(), json!(retcode));
        body.insert("retcodeName".into(), json!(retcode.name()));
    }
}

/// MT5's BUY and SELL.
pub(super) const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// A ticket as text.
pub(super) fn ticket(ticket: Option<Ticket>) -> Option<String> {
    ticket.map(|ticket| ticket.to_string())
}

fn texts(tickets: &[Ticket]) -> Vec<String> {
    tickets.iter().map(Ticket::to_string).collect()
}
