//! The field numbers of every action (session 4). A number keeps its meaning for good, and a new
//! field gets a new number. Notes and texts made for people have none, so they cannot reach the
//! hash.
//!
//! A step is `1 input_seq, 2 at (ns), 3 action…`; an action is a group with one group inside: `1
//! trade, 2 data, 3 result, 4 report, 5 ask`. The words of a closed list are numbered where they are
//! declared. Patterns name every field, so that a new one does not compile until it has a number.

mod held;
mod question;

use crate::domain::amount::{Money, Percent, Price};
use crate::domain::order::Expiration;
use crate::domain::time::Timestamp;
use crate::executor::action::{
    AccountData, Action, Alert, CloseByRequest, CloseRequest, CommandResult, DataRequest,
    EffectiveSettings, ExecutionSummary, ModifyOrderRequest, ModifyRequest, OpenRequest,
    OrderStatusData, PlaceRequest, RemoveRequest, Report, Request, ResultData, StatusData,
    SymbolData, Trade, TradeChanged, TradeClosed, TradeData, TradeOpened,
};
use crate::recording::encode::Encoder;
use crate::strategy::limits::{ResultLoss, StrategyLimits};
use held::{owner, position};

/// Writes one step.
pub fn step(out: &mut Encoder, input_seq: u64, at: Timestamp, actions: &[Action]) {
    out.number(1, input_seq);
    out.signed(2, at.nanos());
    for one in actions.iter().filter(|action| !matches!(action, Action::Note(_))) {
        out.group(3, |out| action(out, one));
    }
    out.end();
}

fn action(out: &mut Encoder, action: &Action) {
    match action {
        Action::Trade(one) => out.group(1, |out| trade(out, one)),
        Action::Data(one) => out.group(2, |out| data(out, one)),
        Action::Result(one) => out.group(3, |out| result(out, one)),
        Action::Report(one) => out.group(4, |out| report(out, one)),
        Action::Ask(one) => out.group(5, |out| question::question(out, one)),
        Action::Note(_) => {}
    }
}

fn trade(out: &mut Encoder, trade: &Trade) {
    let Trade { cid, key, owner: whose, magic, why, request, not_after } = trade;
    out.number(1, cid.0);
    out.blob(2, &key.0);
    owner(out, (3, 10, 11), whose);
    out.number(4, magic.0);
    out.number(5, *why as u64);
    match request {
        Request::Open(one) => out.group(6, |out| open(out, one)),
        Request::Close(one) => out.group(7, |out| close(out, one)),
        Request::Modify(one) => out.group(8, |out| modify(out, one)),
        Request::Place(one) => out.group(12, |out| place(out, one)),
        Request::ModifyOrder(one) => out.group(13, |out| modify_order(out, one)),
        Request::Remove(one) => out.group(14, |out| remove(out, one)),
        Request::CloseBy(one) => out.group(15, |out| close_by(out, one)),
    }
    out.signed(9, not_after.nanos());
}

fn open(out: &mut Encoder, request: &OpenRequest) {
    let OpenRequest { symbol, side, volume, price, deviation, sl, tp, filling } = request;
    out.number(1, u64::from(symbol.0));
    out.number(2, *side as u64);
    out.signed(3, volume.raw());
    out.signed(4, price.raw());
    out.signed(5, deviation.0);
    out.optional_signed(6, sl.map(Price::raw));
    out.optional_signed(7, tp.map(Price::raw));
    out.number(8, *filling as u64);
}

fn close(out: &mut Encoder, request: &CloseRequest) {
    let CloseRequest { symbol, position, side, volume, price, deviation, filling } = request;
    out.number(1, u64::from(symbol.0));
    out.number(2, *side as u64);
    out.signed(3, volume.raw());
    out.signed(4, price.raw());
    out.signed(5, deviation.0);
    out.number(8, *filling as u64);
    out.number(9, position.0);
}

fn modify(out: &mut Encoder, request: &ModifyRequest) {
    let ModifyRequest { symbol, position, sl, tp } = request;
    out.number(1, u64::from(symbol.0));
    out.optional_signed(6, sl.map(Price::raw));
    out.optional_signed(7, tp.map(Price::raw));
    out.number(9, position.0);
}

fn place(out: &mut Encoder, request: &PlaceRequest) {
    let PlaceRequest { symbol, kind, side, volume, price, stop_limit, sl, tp, expiration: stands } =
        request;
    out.number(1, u64::from(symbol.0));
    out.number(2, *side as u64);
    out.signed(3, volume.raw());
    out.signed(4, price.raw());
    out.optional_signed(6, sl.map(Price::raw));
    out.optional_signed(7, tp.map(Price::raw));
    out.number(10, *kind as u64);
    out.optional_signed(11, stop_limit.map(Price::raw));
    expiration(out, *stands);
}

fn modify_order(out: &mut Encoder, request: &ModifyOrderRequest) {
    let ModifyOrderRequest { symbol, order, price, stop_limit, sl, tp, expiration: stands } =
        request;
    out.number(1, u64::from(symbol.0));
    out.signed(4, price.raw());
    out.optional_signed(6, sl.map(Price::raw));
    out.optional_signed(7, tp.map(Price::raw));
    out.optional_signed(11, stop_limit.map(Price::raw));
    expiration(out, *stands);
    out.number(16, order.0);
}

/// Fields 12 to 15 of a request.
fn expiration(out: &mut Encoder, expiration: Expiration) {
    match expiration {
        Expiration::Gtc => {}
        Expiration::Day => out.number(12, 1),
        Expiration::Specified(until) => out.optional_signed(13, Some(until.0)),
        Expiration::SpecifiedDay(until) => out.optional_signed(14, Some(until.0)),
    }
}

fn remove(out: &mut Encoder, request: &RemoveRequest) {
    let RemoveRequest { symbol, order } = request;
    out.number(1, u64::from(symbol.0));
    out.number(16, order.0);
}

fn close_by(out: &mut Encoder, request: &CloseByRequest) {
    let CloseByRequest { symbol, position, by } = request;
    out.number(1, u64::from(symbol.0));
    out.number(9, position.0);
    out.number(17, by.0);
}

fn data(out: &mut Encoder, request: &DataRequest) {
    match request {
        DataRequest::Bars { id, deadline, symbol, timeframe, count } => out.group(1, |out| {
            out.number(1, u64::from(symbol.0));
            out.number(2, *timeframe as u64);
            out.number(3, u64::from(*count));
            out.number(4, id.0);
            out.signed(5, deadline.nanos());
        }),
        DataRequest::Snapshot { id, deadline, history_since_msc } => out.group(2, |out| {
            out.signed(1, history_since_msc.0);
            out.number(4, id.0);
            out.signed(5, deadline.nanos());
        }),
        DataRequest::Subscribe { id, deadline, name } => out.group(3, |out| {
            out.blob(1, name.as_bytes());
            out.number(4, id.0);
            out.signed(5, deadline.nanos());
        }),
    }
}

fn result(out: &mut Encoder, result: &CommandResult) {
    let CommandResult { id, status, code, strategy, data, retcode } = result;
    out.blob(1, id.as_str().as_bytes());
    out.number(2, *status as u64);
    out.number(3, *code as u64);
    out.optional_blob(4, strategy.as_ref().map(|id| id.as_str().as_bytes()));
    match data {
        ResultData::None => {}
        ResultData::Effective(one) => out.group(5, |out| effective(out, one)),
        ResultData::Stopped { closed, remaining, orders } => out.group(6, |out| {
            for ticket in closed {
                out.optional(1, Some(ticket.0));
            }
            for ticket in remaining {
                out.optional(2, Some(ticket.0));
            }
            for ticket in orders {
                out.optional(3, Some(ticket.0));
            }
        }),
        ResultData::Updated { from_bar_msc, effective: settings } => out.group(7, |out| {
            out.optional_signed(1, from_bar_msc.map(|time| time.0));
            out.group(2, |out| effective(out, settings));
        }),
        ResultData::Field { path, reason: _ } => out.group(8, |out| out.blob(1, path.as_bytes())),
        ResultData::Status(one) => out.group(9, |out| standing(out, one)),
        ResultData::Trade(one) => out.group(10, |out| traded(out, one)),
        ResultData::Positions(all) => {
            all.iter().for_each(|one| out.group(11, |out| position(out, one)));
        }
        ResultData::Account(one) => out.group(12, |out| account(out, one)),
        ResultData::Symbol(one) => out.group(13, |out| symbol(out, one)),
        ResultData::OrderStatus(one) => out.group(14, |out| order_status(out, one)),
        ResultData::Summary(one) => out.group(15, |out| summary(out, one)),
    }
    out.optional(16, retcode.map(|code| u64::from(code.0)));
}

fn traded(out: &mut Encoder, data: &TradeData) {
    let TradeData { key, order, position, volume, price } = data;
    out.blob(1, &key.0);
    out.optional(2, order.map(|ticket| ticket.0));
    out.optional(3, position.map(|ticket| ticket.0));
    out.signed(4, volume.raw());
    out.optional_signed(5, price.map(Price::raw));
}

fn account(out: &mut Encoder, data: &AccountData) {
    let AccountData {
        login,
        currency,
        leverage,
        balance,
        margin,
        trade_allowed,
        margin_mode,
        as_of,
    } = data;
    out.number(1, *login);
    out.blob(2, currency.as_bytes());
    out.number(3, u64::from(*leverage));
    out.signed(4, balance.raw());
    out.signed(5, margin.raw());
    out.number(6, u64::from(*trade_allowed));
    out.number(7, *margin_mode as u64);
    out.signed(8, as_of.nanos());
}

/// A symbol. Its specification came from the broker as an input, so its name is enough.
fn symbol(out: &mut Encoder, data: &SymbolData) {
    let SymbolData { spec, bid, ask } = data;
    out.blob(1, spec.name.as_bytes());
    out.optional_signed(2, bid.map(Price::raw));
    out.optional_signed(3, ask.map(Price::raw));
}

fn order_status(out: &mut Encoder, data: &OrderStatusData) {
    let OrderStatusData { key, owner: whose, progress, order, position, retcode } = data;
    out.blob(1, &key.0);
    owner(out, (2, 3, 4), whose);
    out.number(5, *progress as u64);
    out.optional(6, order.map(|ticket| ticket.0));
    out.optional(7, position.map(|ticket| ticket.0));
    out.optional(8, retcode.map(|code| u64::from(code.0)));
}

fn summary(out: &mut Encoder, data: &ExecutionSummary) {
    let ExecutionSummary {
        sent,
        accepted,
        refused,
        unknown,
        opened,
        closed,
        net_profit,
        entry_slippage,
    } = data;
    for (field, count) in (1..).zip([sent, accepted, refused, unknown, opened, closed]) {
        out.number(field, *count);
    }
    out.signed(7, net_profit.raw());
    out.signed(8, entry_slippage.0);
}

fn effective(out: &mut Encoder, settings: &EffectiveSettings) {
    let EffectiveSettings { lots, sized_by, max_open_trades, warmup_bars, magic, limits } =
        settings;
    out.signed(1, lots.raw());
    out.number(2, u64::from(*max_open_trades));
    out.number(3, u64::from(*warmup_bars));
    out.number(4, magic.0);
    out.optional_signed(5, sized_by.map(Percent::raw));
    if !limits.is_none() {
        out.group(6, |out| own_limits(out, limits));
    }
}

/// The limits of a strategy.
fn own_limits(out: &mut Encoder, limits: &StrategyLimits) {
    let StrategyLimits {
        max_daily_trades,
        max_daily_loss,
        max_drawdown,
        loss_streak,
        cooldown,
        flatten,
    } = limits;
    out.optional(1, max_daily_trades.map(u64::from));
    for (field, loss) in [(2, max_daily_loss), (3, max_drawdown)] {
        if let Some(loss) = loss {
            let (unit, raw) = match loss {
                ResultLoss::Money(money) => (1, money.raw()),
                ResultLoss::PercentOfEquity(percent) => (2, percent.raw()),
                ResultLoss::PercentOfBalance(percent) => (3, percent.raw()),
                ResultLoss::PercentOfInitial(percent) => (4, percent.raw()),
            };
            out.group(field, |out| out.signed(unit, raw));
        }
    }
    out.optional(4, loss_streak.map(|streak| u64::from(streak.losses)));
    out.optional(5, loss_streak.map(|streak| u64::from(streak.pause_minutes)));
    out.optional(6, cooldown.map(|cooldown| u64::from(cooldown.minutes)));
    out.optional(7, cooldown.map(|cooldown| cooldown.after as u64));
    out.optional(8, flatten.map(u64::from));
}

fn standing(out: &mut Encoder, status: &StatusData) {
    let StatusData { balance, positions, unknown, strategies } = status;
    out.optional_signed(1, balance.map(Money::raw));
    out.number(2, u64::from(*positions));
    out.number(3, u64::from(*unknown));
    for (strategy, state) in strategies {
        out.group(4, |out| {
            out.blob(1, strategy.as_str().as_bytes());
            out.number(2, *state as u64);
        });
    }
}

fn report(out: &mut Encoder, report: &Report) {
    match report {
        Report::Opened(one) => out.group(1, |out| opened(out, one)),
        Report::Changed(one) => out.group(2, |out| changed(out, one)),
        Report::Closed(one) => out.group(3, |out| closed(out, one)),
        Report::Alert(one) => out.group(4, |out| alert(out, one)),
    }
}

fn opened(out: &mut Encoder, report: &TradeOpened) {
    let TradeOpened {
        position,
        owner: whose,
        symbol,
        side,
        volume,
        time_msc,
        price,
        sl,
        tp,
        asked,
    } = report;
    out.number(1, position.0);
    owner(out, (2, 17, 18), whose);
    out.number(3, u64::from(symbol.0));
    out.number(4, *side as u64);
    out.signed(5, volume.raw());
    out.signed(6, time_msc.0);
    out.signed(7, price.raw());
    out.optional_signed(8, sl.map(Price::raw));
    out.optional_signed(9, tp.map(Price::raw));
    out.optional_signed(10, asked.map(Price::raw));
}

fn changed(out: &mut Encoder, report: &TradeChanged) {
    let TradeChanged { position, owner: whose, volume, sl, tp } = report;
    out.number(1, position.0);
    owner(out, (2, 17, 18), whose);
    out.signed(5, volume.raw());
    out.optional_signed(8, sl.map(Price::raw));
    out.optional_signed(9, tp.map(Price::raw));
}

fn closed(out: &mut Encoder, report: &TradeClosed) {
    let TradeClosed {
        position,
        owner: whose,
        symbol,
        side,
        volume,
        open_time_msc,
        open_price,
        sl,
        tp,
        close_time_msc,
        close_price,
        reason,
        profit,
        commission,
        swap,
    } = report;
    out.number(1, position.0);
    owner(out, (2, 17, 18), whose);
    out.number(3, u64::from(symbol.0));
    out.number(4, *side as u64);
    out.signed(5, volume.raw());
    out.signed(6, open_time_msc.0);
    out.signed(7, open_price.raw());
    out.optional_signed(8, sl.map(Price::raw));
    out.optional_signed(9, tp.map(Price::raw));
    out.signed(11, close_time_msc.0);
    out.signed(12, close_price.raw());
    out.number(13, *reason as u64);
    out.signed(14, profit.raw());
    out.signed(15, commission.raw());
    out.signed(16, swap.raw());
}

fn alert(out: &mut Encoder, alert: &Alert) {
    let Alert {
        severity,
        code,
        strategy,
        command,
        path,
        cid,
        position,
        order,
        retcode,
        verdict,
        limit,
    } = alert;
    out.number(1, *severity as u64);
    out.number(2, *code as u64);
    out.optional_blob(3, strategy.as_ref().map(|id| id.as_str().as_bytes()));
    out.optional(4, cid.map(|cid| cid.0));
    out.optional(5, position.map(|ticket| ticket.0));
    out.optional(6, retcode.map(|code| u64::from(code.0)));
    out.optional_blob(7, command.as_ref().map(|id| id.as_str().as_bytes()));
    out.optional_blob(8, path.as_ref().map(|path| path.as_bytes()));
    out.optional(9, order.map(|ticket| ticket.0));
    out.optional(10, verdict.map(|verdict| verdict as u64));
    out.optional(11, limit.map(|one| one.limit as u64));
    out.optional_signed(12, limit.map(|one| one.value.raw()));
    out.optional_signed(13, limit.map(|one| one.floor.raw()));
}
