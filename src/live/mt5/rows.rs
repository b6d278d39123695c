//! MT5's rows as what the executor knows. Doubles are rounded to the digits of their symbol and currency, because
//! the terminal's are not always the ones nearest to their prices; what cannot be read is a flaw, never a guess.

use super::news::{DealRow, OrderRow, PositionRow, RateRow, SendAnswer, TickRow};
use crate::domain::amount::{Money, Points, Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::{Expiration, Order, OrderKind, OrderState, Reason, Side};
use crate::domain::position::Position;
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use crate::executor::event::ServerAnswer;
use crate::market::bar::Bar;
use crate::wire::symbol_info::{self, SymbolInfoError};
use serde_json::{Map, Value};

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value} is not what MT5 says there")]
pub struct RowFlaw {
    /// The field.
    pub field: &'static str,
    /// Its value.
    pub value: String,
}

impl RowFlaw {
    fn of<T: ToString>(field: &'static str, value: &T) -> Self {
        Self { field, value: value.to_string() }
    }
}

/// A symbol as rows are read by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSymbol {
    /// Its index in the session.
    pub id: SymbolId,
    /// The digits of its prices.
    pub digits: u32,
}

impl RowSymbol {
    fn price(self, field: &'static str, value: f64) -> Result<Price, RowFlaw> {
        Price::from_f64(value, self.digits).ok_or_else(|| RowFlaw::of(field, &value))
    }

    /// A price of which zero says that there is none.
    fn some_price(self, field: &'static str, value: f64) -> Result<Option<Price>, RowFlaw> {
        Ok(Some(self.price(field, value)?).filter(|price| *price != Price::ZERO))
    }
}

fn volume(field: &'static str, value: f64) -> Result<Volume, RowFlaw> {
    Volume::from_f64(value, Volume::SCALE).ok_or_else(|| RowFlaw::of(field, &value))
}

/// An amount of an account whose currency has so many digits.
///
/// # Errors
/// What is no amount.
pub fn money(field: &'static str, value: f64, digits: u32) -> Result<Money, RowFlaw> {
    Money::from_f64(value, digits).ok_or_else(|| RowFlaw::of(field, &value))
}

/// A tick.
///
/// # Errors
/// A price that is none.
pub fn tick(row: &TickRow, symbol: RowSymbol) -> Result<Tick, RowFlaw> {
    Ok(Tick {
        symbol: symbol.id,
        time_msc: ServerMsc(row.time_msc),
        bid: symbol.price("bid", row.bid)?,
        ask: symbol.price("ask", row.ask)?,
        last: symbol.price("last", row.last)?,
        // The quote counts, however much was traded.
        volume: u32::try_from(row.volume).unwrap_or(u32::MAX),
        flags: TickFlags::from_mt5(row.flags),
    })
}

/// An open position; `digits` are those of the account's currency.
///
/// # Errors
/// The first field that cannot be read.
pub fn position(row: &PositionRow, symbol: RowSymbol, digits: u32) -> Result<Position, RowFlaw> {
    Ok(Position {
        ticket: Ticket(row.ticket),
        identifier: Some(Ticket(row.identifier)).filter(|identifier| identifier.0 != row.ticket),
        symbol: symbol.id,
        side: side(row.kind)?,
        volume: volume("volume", row.volume)?,
        price_open: symbol.price("price_open", row.price_open)?,
        sl: symbol.some_price("sl", row.sl)?,
        tp: symbol.some_price("tp", row.tp)?,
        time_msc: ServerMsc(row.time_msc),
        magic: Magic(row.magic),
        comment: row.comment.clone(),
        time_update_msc: Some(ServerMsc(row.time_update_msc)).filter(|time| time.0 != row.time_msc),
        swap: money("swap", row.swap, digits)?,
    })
}

fn side(kind: u32) -> Result<Side, RowFlaw> {
    match kind {
        0 => Ok(Side::Buy),
        1 => Ok(Side::Sell),
        _ => Err(RowFlaw::of("type", &kind)),
    }
}

/// An order, working or ended.
///
/// # Errors
/// The first field that cannot be read.
pub fn order(row: &OrderRow, symbol: RowSymbol) -> Result<Order, RowFlaw> {
    let kind = order_kind(row.kind)?;
    // What a market order asked for is no price at which it waits.
    let price =
        if kind.is_pending() { symbol.some_price("price_open", row.price_open)? } else { None };
    Ok(Order {
        ticket: Ticket(row.ticket),
        symbol: symbol.id,
        kind,
        state: order_state(row.state)?,
        reason: reason(row.reason)?,
        magic: Magic(row.magic),
        position: Some(Ticket(row.position_id)).filter(|position| position.0 != 0),
        volume_initial: volume("volume_initial", row.volume_initial)?,
        volume_current: volume("volume_current", row.volume_current)?,
        time_setup_msc: ServerMsc(row.time_setup_msc),
        comment: row.comment.clone(),
        price,
        stop_limit: symbol.some_price("price_stoplimit", row.price_stoplimit)?,
        sl: symbol.some_price("sl", row.sl)?,
        tp: symbol.some_price("tp", row.tp)?,
        expiration: expiration(row)?,
    })
}

/// `ENUM_ORDER_TYPE`.
fn order_kind(kind: u32) -> Result<OrderKind, RowFlaw> {
    use Side::{Buy, Sell};
    Ok(match kind {
        0 => OrderKind::Market(Buy),
        1 => OrderKind::Market(Sell),
        2 => OrderKind::Limit(Buy),
        3 => OrderKind::Limit(Sell),
        4 => OrderKind::Stop(Buy),
        5 => OrderKind::Stop(Sell),
        6 => OrderKind::StopLimit(Buy),
        7 => OrderKind::StopLimit(Sell),
        8 => OrderKind::CloseBy,
        _ => return Err(RowFlaw::of("type", &kind)),
    })
}

/// `ENUM_ORDER_STATE`. An order that is being registered, changed or removed is still what it was.
fn order_state(state: u32) -> Result<OrderState, RowFlaw> {
    Ok(match state {
        0 | 7 => OrderState::Started,
        1 | 8 | 9 => OrderState::Placed,
        2 => OrderState::Canceled,
        3 => OrderState::Partial,
        4 => OrderState::Filled,
        5 => OrderState::Rejected,
        6 => OrderState::Expired,
        _ => return Err(RowFlaw::of("state", &state)),
    })
}

/// `ENUM_ORDER_REASON`, `ENUM_DEAL_REASON`: the phone and the web are people, as the terminal's client is; what
/// a server does by itself (rollover, variation margin, split) is no program's.
fn reason(reason: u32) -> Result<Reason, RowFlaw> {
    Ok(match reason {
        0..=2 | 7..=10 => Reason::Client,
        3 => Reason::Expert,
        4 => Reason::Sl,
        5 => Reason::Tp,
        6 => Reason::So,
        _ => return Err(RowFlaw::of("reason", &reason)),
    })
}

/// `ENUM_ORDER_TYPE_TIME`.
fn expiration(row: &OrderRow) -> Result<Expiration, RowFlaw> {
    let at = ServerMsc(row.time_expiration.saturating_mul(1_000));
    Ok(match row.type_time {
        0 => Expiration::Gtc,
        1 => Expiration::Day,
        2 => Expiration::Specified(at),
        3 => Expiration::SpecifiedDay(at),
        other => return Err(RowFlaw::of("type_time", &other)),
    })
}

/// A deal; `digits` are those of the account's currency. Fees are costs as commissions are. A deposit, a credit, a
/// correction and a bonus are payments, which no limit on losses counts. Everything else that is no trade (charges,
/// commissions of a day, interest, taxes) is none to the executor: it shows in the balance alone, and counts as a
/// loss.
///
/// # Errors
/// The first field that cannot be read.
pub fn deal(row: &DealRow, symbol: RowSymbol, digits: u32) -> Result<Option<Deal>, RowFlaw> {
    let kind = match row.kind {
        0 | 1 => DealKind::Trade(side(row.kind)?),
        // DEAL_TYPE_BALANCE, _CREDIT, _CORRECTION, _BONUS.
        2 | 3 | 5 | 6 => DealKind::Balance,
        _ => return Ok(None),
    };
    let entry = match row.entry {
        0 => DealEntry::In,
        1 => DealEntry::Out,
        3 => DealEntry::OutBy,
        // A reversal: of netting accounts, which are refused.
        other => return Err(RowFlaw::of("entry", &other)),
    };
    Ok(Some(Deal {
        ticket: Ticket(row.ticket),
        order: Ticket(row.order),
        position: Ticket(row.position_id),
        symbol: symbol.id,
        time_msc: ServerMsc(row.time_msc),
        kind,
        entry,
        reason: reason(row.reason)?,
        volume: volume("volume", row.volume)?,
        price: symbol.price("price", row.price)?,
        profit: money("profit", row.profit, digits)?,
        commission: money("commission", row.commission, digits)? + money("fee", row.fee, digits)?,
        swap: money("swap", row.swap, digits)?,
        magic: Magic(row.magic),
        comment: row.comment.clone(),
    }))
}

/// What the trade server answered.
///
/// # Errors
/// The first field that cannot be read.
pub fn answer(row: &SendAnswer, symbol: RowSymbol) -> Result<ServerAnswer, RowFlaw> {
    let ticket = |ticket: u64| Some(Ticket(ticket)).filter(|ticket| ticket.0 != 0);
    Ok(ServerAnswer {
        retcode: Retcode(row.retcode),
        order: ticket(row.order),
        deal: ticket(row.deal),
        volume: volume("volume", row.volume)?,
        price: symbol.price("price", row.price)?,
        bid: symbol.price("bid", row.bid)?,
        ask: symbol.price("ask", row.ask)?,
    })
}

/// A specification, by the rules of [`symbol_info`]. MT5 states no pip, so a built-in one stays.
///
/// # Errors
/// The first field that cannot be read, or what does not fit together.
pub fn specification(info: &Map<String, Value>) -> Result<SymbolSpec, SymbolInfoError> {
    let text = serde_json::to_string(info).map_err(|_| SymbolInfoError::Shape)?;
    let book = symbol_info::read(&text)?;
    let name = info.get("name").and_then(Value::as_str).ok_or(SymbolInfoError::Shape)?;
    book.or_builtin(name)?.ok_or(SymbolInfoError::Shape)
}

/// A bar.
///
/// # Errors
/// A price that is none.
pub fn bar(row: &RateRow, symbol: RowSymbol) -> Result<Bar, RowFlaw> {
    let (time_s, open, high, low, close, tick_volume, spread, real_volume) = *row;
    Ok(Bar {
        time_msc: ServerMsc(time_s.saturating_mul(1_000)),
        open: symbol.price("open", open)?,
        high: symbol.price("high", high)?,
        low: symbol.price("low", low)?,
        close: symbol.price("close", close)?,
        tick_volume,
        spread: Points(spread),
        real_volume,
    })
}
