//! What the simulated broker knows, as MT5's rows: the other way round of [`crate::live::mt5::rows`].

use crate::domain::account::Account;
use crate::domain::amount::Price;
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::Ticket;
use crate::domain::order::{Expiration, Order, OrderKind, OrderState, Reason, Side};
use crate::domain::position::Position;
use crate::domain::swap::SwapMode;
use crate::domain::symbol::{CalcMode, ExecutionMode, SymbolSpec, TradeMode};
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::event::ServerAnswer;
use crate::live::mt5::news::{
    AccountRow, DealRow, OrderRow, PositionRow, RateRow, SendAnswer, TickRow,
};
use crate::market::bar::Bar;
use crate::session::description::MarginLevels;
use serde_json::{Map, Value, json};

fn price(price: Option<Price>) -> f64 {
    price.map_or(0.0, Price::to_f64)
}

/// A tick of a symbol.
pub fn tick(tick: &Tick, symbol: &str, now_utc_ms: i64) -> TickRow {
    let &Tick { time_msc, bid, ask, last, volume, flags, symbol: _ } = tick;
    TickRow {
        symbol: symbol.to_owned(),
        time_msc: time_msc.0,
        bid: bid.to_f64(),
        ask: ask.to_f64(),
        last: last.to_f64(),
        volume: u64::from(volume),
        flags: u32::from(flags.bits()),
        now_utc_ms,
    }
}

/// A bar.
pub fn bar(bar: &Bar) -> RateRow {
    let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Price::to_f64);
    let time_s = bar.time_msc.0.div_euclid(1_000);
    (time_s, open, high, low, close, bar.tick_volume, bar.spread.0, bar.real_volume)
}

/// An open position.
pub fn position(one: &Position, symbol: &str) -> PositionRow {
    PositionRow {
        ticket: one.ticket.0,
        identifier: one.identifier.unwrap_or(one.ticket).0,
        symbol: symbol.to_owned(),
        kind: side(one.side),
        volume: one.volume.to_f64(),
        price_open: one.price_open.to_f64(),
        sl: price(one.sl),
        tp: price(one.tp),
        time_msc: one.time_msc.0,
        time_update_msc: one.time_update_msc.unwrap_or(one.time_msc).0,
        magic: one.magic.0,
        comment: one.comment.clone(),
        swap: one.swap.to_f64(),
    }
}

fn side(side: Side) -> u32 {
    side.of(0, 1)
}

/// An order.
pub fn order(one: &Order, symbol: &str) -> OrderRow {
    let (type_time, at) = match one.expiration {
        Expiration::Gtc => (0, ServerMsc(0)),
        Expiration::Day => (1, ServerMsc(0)),
        Expiration::Specified(at) => (2, at),
        Expiration::SpecifiedDay(at) => (3, at),
    };
    OrderRow {
        ticket: one.ticket.0,
        symbol: symbol.to_owned(),
        kind: order_kind(one.kind),
        type_time,
        state: match one.state {
            OrderState::Started => 0,
            OrderState::Placed => 1,
            OrderState::Canceled => 2,
            OrderState::Partial => 3,
            OrderState::Filled => 4,
            OrderState::Rejected => 5,
            OrderState::Expired => 6,
        },
        reason: reason(one.reason),
        magic: one.magic.0,
        position_id: one.position.map_or(0, |position| position.0),
        volume_initial: one.volume_initial.to_f64(),
        volume_current: one.volume_current.to_f64(),
        price_open: price(one.price),
        price_stoplimit: price(one.stop_limit),
        sl: price(one.sl),
        tp: price(one.tp),
        time_setup_msc: one.time_setup_msc.0,
        time_expiration: at.0.div_euclid(1_000),
        comment: one.comment.clone(),
    }
}

fn order_kind(kind: OrderKind) -> u32 {
    match kind {
        OrderKind::Market(side) => side.of(0, 1),
        OrderKind::Limit(side) => side.of(2, 3),
        OrderKind::Stop(side) => side.of(4, 5),
        OrderKind::StopLimit(side) => side.of(6, 7),
        OrderKind::CloseBy => 8,
    }
}

/// Whether an order still works.
pub const fn works(state: OrderState) -> bool {
    matches!(state, OrderState::Started | OrderState::Placed | OrderState::Partial)
}

const fn reason(reason: Reason) -> u32 {
    match reason {
        Reason::Client => 0,
        Reason::Expert => 3,
        Reason::Sl => 4,
        Reason::Tp => 5,
        Reason::So => 6,
    }
}

/// A deal.
pub fn deal(one: &Deal, symbol: &str) -> DealRow {
    DealRow {
        ticket: one.ticket.0,
        order: one.order.0,
        position_id: one.position.0,
        symbol: if one.kind == DealKind::Balance { String::new() } else { symbol.to_owned() },
        kind: match one.kind {
            DealKind::Trade(direction) => side(direction),
            DealKind::Balance => 2,
        },
        entry: match one.entry {
            DealEntry::In => 0,
            DealEntry::Out => 1,
            DealEntry::OutBy => 3,
        },
        reason: reason(one.reason),
        magic: one.magic.0,
        volume: one.volume.to_f64(),
        price: one.price.to_f64(),
        profit: one.profit.to_f64(),
        commission: one.commission.to_f64(),
        fee: 0.0,
        swap: one.swap.to_f64(),
        time_msc: one.time_msc.0,
        comment: one.comment.clone(),
    }
}

/// The account's figures.
pub fn account(
    one: &Account,
    (equity, levels): (f64, MarginLevels),
    id: Option<u64>,
    now_utc_ms: i64,
) -> AccountRow {
    let (so_mode, so_call, so_so) = match levels {
        MarginLevels::Percent { call, so } => (0, call.to_f64(), so.to_f64()),
        MarginLevels::Money { call, so } => (1, call.to_f64(), so.to_f64()),
        MarginLevels::Off => (0, 0.0, 0.0),
    };
    AccountRow {
        id,
        balance: one.balance.to_f64(),
        credit: 0.0,
        margin: one.margin.to_f64(),
        equity,
        so_call,
        so_so,
        so_mode,
        trade_allowed: one.trade_allowed,
        trade_expert: one.trade_allowed,
        now_utc_ms,
    }
}

/// What the server answered.
pub fn answer(one: &ServerAnswer) -> SendAnswer {
    let ticket = |ticket: Option<Ticket>| ticket.map_or(0, |ticket| ticket.0);
    SendAnswer {
        retcode: one.retcode.0,
        order: ticket(one.order),
        deal: ticket(one.deal),
        volume: one.volume.to_f64(),
        price: one.price.to_f64(),
        bid: one.bid.to_f64(),
        ask: one.ask.to_f64(),
        comment: String::new(),
        request_id: 0,
        retcode_external: 0,
    }
}

/// `symbol_info()`.
pub fn symbol_info(spec: &SymbolSpec) -> Map<String, Value> {
    let calc_mode = match spec.calc_mode {
        CalcMode::Forex => 0,
        CalcMode::Cfd => 2,
        CalcMode::CfdLeverage => 4,
        CalcMode::ForexNoLeverage => 5,
    };
    let execution = match spec.execution {
        ExecutionMode::Request => 0,
        ExecutionMode::Instant => 1,
        ExecutionMode::Market => 2,
        ExecutionMode::Exchange => 3,
    };
    let trade_mode = match spec.trade_mode {
        TradeMode::Disabled => 0,
        TradeMode::LongOnly => 1,
        TradeMode::ShortOnly => 2,
        TradeMode::CloseOnly => 3,
        TradeMode::Full => 4,
    };
    let info = json!({
        "name": spec.name,
        "digits": spec.digits,
        "trade_tick_size": spec.tick_size.to_f64(),
        "trade_contract_size": spec.contract_size,
        "trade_calc_mode": calc_mode,
        "trade_exemode": execution,
        "trade_mode": trade_mode,
        "trade_stops_level": spec.stops_level.0,
        "trade_freeze_level": spec.freeze_level.0,
        "filling_mode": spec.filling_mask,
        "volume_min": spec.volume_min.to_f64(),
        "volume_max": spec.volume_max.to_f64(),
        "volume_step": spec.volume_step.to_f64(),
        "volume_limit": spec.volume_limit.map_or(0.0, crate::domain::amount::Volume::to_f64),
        "margin_initial": spec.margin_initial.to_f64(),
        "currency_base": spec.currency_base,
        "currency_profit": spec.currency_profit,
        "currency_margin": spec.currency_margin,
        "order_mode": spec.order_mode.0,
    });
    let Value::Object(mut info) = info else { unreachable!("it is written as an object") };
    if let Some(swap) = &spec.swap {
        let triple = swap.days.iter().position(|times| *times == 3).unwrap_or(3);
        info.insert("swap_mode".to_owned(), json!(swap_mode(swap.mode)));
        info.insert("swap_long".to_owned(), json!(swap.long.to_f64()));
        info.insert("swap_short".to_owned(), json!(swap.short.to_f64()));
        info.insert("swap_rollover3days".to_owned(), json!(triple));
    }
    info
}

const fn swap_mode(mode: SwapMode) -> u32 {
    match mode {
        SwapMode::Disabled => 0,
        SwapMode::Points => 1,
        SwapMode::CurrencySymbol => 2,
        SwapMode::CurrencyMargin => 3,
        SwapMode::CurrencyDeposit => 4,
        SwapMode::InterestCurrent => 5,
        SwapMode::InterestOpen => 6,
        SwapMode::ReopenCurrent => 7,
        SwapMode::ReopenBid => 8,
        SwapMode::Unknown(number) => number,
    }
}
