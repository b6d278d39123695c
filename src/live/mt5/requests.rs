//! Requests of the executor as `MqlTradeRequest` (MT5 reference 3.2), and what an error says of their fate.

use super::lines::{Submit, TradeRequest};
use super::news::{CheckRefusal, ErrorCode, RequestResult};
use super::rows::{self, RowFlaw, RowSymbol};
use crate::domain::amount::{Price, Volume};
use crate::domain::order::{Expiration, FillingMode, PendingKind, Side};
use crate::domain::retcode::{Retcode, RetcodeClass};
use crate::executor::action::{
    CloseByRequest, CloseRequest, ModifyOrderRequest, ModifyRequest, OpenRequest, PlaceRequest,
    RemoveRequest, Request, Trade,
};
use crate::executor::event::{Outcome, ServerAnswer};
use crate::market::timeframe::Timeframe;

/// `TRADE_ACTION_*`.
mod action {
    pub const DEAL: u32 = 1;
    pub const PENDING: u32 = 5;
    pub const SLTP: u32 = 6;
    pub const MODIFY: u32 = 7;
    pub const REMOVE: u32 = 8;
    pub const CLOSE_BY: u32 = 10;
}

/// The line that sends a request for the symbol of this name, through a machine whose clock is ahead by so much.
#[must_use]
pub fn submit(trade: &Trade, symbol: &str, ahead_ms: i64) -> Submit {
    let named = TradeRequest { symbol: Some(symbol.to_owned()), ..request(&trade.request) };
    let request = if trade.request.makes_order() {
        TradeRequest { magic: Some(trade.magic.0), comment: Some(trade.key.comment()), ..named }
    } else {
        named
    };
    let not_after_ms = trade.not_after.nanos().div_euclid(1_000_000);
    let not_after_utc_ms = not_after_ms.saturating_add(ahead_ms);
    // What enters must pass; what leads out is tried whatever a check may have against it.
    let check = trade.request.enters();
    Submit { cid: trade.cid.0.to_string(), not_after_utc_ms, check, request }
}

fn request(request: &Request) -> TradeRequest {
    match request {
        Request::Open(open) => opened(open),
        Request::Close(close) => closed(close),
        Request::Modify(ModifyRequest { position, sl, tp, .. }) => TradeRequest {
            action: action::SLTP,
            position: Some(position.0),
            // Zero removes a stop; one that is left out would be removed as well.
            sl: Some(price_or_none(*sl)),
            tp: Some(price_or_none(*tp)),
            ..TradeRequest::default()
        },
        Request::Place(place) => placed(place),
        Request::ModifyOrder(change) => changed(change),
        Request::Remove(RemoveRequest { order, .. }) => {
            TradeRequest { action: action::REMOVE, order: Some(order.0), ..TradeRequest::default() }
        }
        Request::CloseBy(CloseByRequest { position, by, .. }) => TradeRequest {
            action: action::CLOSE_BY,
            position: Some(position.0),
            position_by: Some(by.0),
            ..TradeRequest::default()
        },
    }
}

fn opened(open: &OpenRequest) -> TradeRequest {
    let OpenRequest { side, volume, price, deviation, sl, tp, filling, symbol: _ } = open;
    TradeRequest {
        action: action::DEAL,
        kind: Some(side.of(0, 1)),
        volume: Some(volume.to_f64()),
        price: Some(price.to_f64()),
        deviation: u64::try_from(deviation.0).ok(),
        sl: sl.map(Price::to_f64),
        tp: tp.map(Price::to_f64),
        type_filling: Some(filling_number(*filling)),
        type_time: Some(0),
        ..TradeRequest::default()
    }
}

fn closed(close: &CloseRequest) -> TradeRequest {
    let CloseRequest { position, side, volume, price, deviation, filling, symbol: _ } = close;
    TradeRequest {
        action: action::DEAL,
        kind: Some(side.of(0, 1)),
        position: Some(position.0),
        volume: Some(volume.to_f64()),
        price: Some(price.to_f64()),
        deviation: u64::try_from(deviation.0).ok(),
        type_filling: Some(filling_number(*filling)),
        type_time: Some(0),
        ..TradeRequest::default()
    }
}

fn placed(place: &PlaceRequest) -> TradeRequest {
    let PlaceRequest { kind, side, volume, price, stop_limit, sl, tp, expiration, symbol: _ } =
        place;
    let (type_time, expiration) = lifetime(*expiration);
    TradeRequest {
        action: action::PENDING,
        kind: Some(pending_number(*kind, *side)),
        volume: Some(volume.to_f64()),
        price: Some(price.to_f64()),
        stoplimit: stop_limit.map(Price::to_f64),
        sl: sl.map(Price::to_f64),
        tp: tp.map(Price::to_f64),
        type_filling: Some(filling_number(FillingMode::Return)),
        type_time: Some(type_time),
        expiration,
        ..TradeRequest::default()
    }
}

fn changed(change: &ModifyOrderRequest) -> TradeRequest {
    let ModifyOrderRequest { order, price, stop_limit, sl, tp, expiration, symbol: _ } = change;
    let (type_time, expiration) = lifetime(*expiration);
    TradeRequest {
        action: action::MODIFY,
        order: Some(order.0),
        price: Some(price.to_f64()),
        stoplimit: stop_limit.map(Price::to_f64),
        sl: Some(price_or_none(*sl)),
        tp: Some(price_or_none(*tp)),
        type_filling: Some(filling_number(FillingMode::Return)),
        type_time: Some(type_time),
        expiration,
        ..TradeRequest::default()
    }
}

fn price_or_none(price: Option<Price>) -> f64 {
    price.map_or(0.0, Price::to_f64)
}

/// `ENUM_ORDER_TYPE_FILLING`.
const fn filling_number(filling: FillingMode) -> u32 {
    match filling {
        FillingMode::Fok => 0,
        FillingMode::Ioc => 1,
        FillingMode::Return => 2,
    }
}

/// `ENUM_ORDER_TYPE`.
fn pending_number(kind: PendingKind, side: Side) -> u32 {
    let buy = match kind {
        PendingKind::Limit => 2,
        PendingKind::Stop => 4,
        PendingKind::StopLimit => 6,
    };
    side.of(buy, buy + 1)
}

/// `ENUM_ORDER_TYPE_TIME`, and the time in seconds by the server's clock.
const fn lifetime(expiration: Expiration) -> (u32, Option<i64>) {
    match expiration {
        Expiration::Gtc => (0, None),
        Expiration::Day => (1, None),
        Expiration::Specified(at) => (2, Some(at.0.div_euclid(1_000))),
        Expiration::SpecifiedDay(at) => (3, Some(at.0.div_euclid(1_000))),
    }
}

/// What is known of a request's execution. Only what certainly did not leave was not sent (MT5 reference 1.7);
/// everything else without an answer is unknown.
///
/// # Errors
/// An answer that cannot be read: what it says is not known, so neither is the request's fate.
pub fn outcome(result: &RequestResult, symbol: RowSymbol) -> Result<Outcome, RowFlaw> {
    const NOT_SENT: [i64; 8] = [-2, -3, -5, -6, -7, -8, -10_003, -10_004];
    if !result.sent {
        return Ok(result.check.as_ref().map_or(Outcome::NotSent, refused_by_check));
    }
    if let Some(answer) = &result.answer {
        return rows::answer(answer, symbol).map(Outcome::Server);
    }
    match result.error.as_ref().map(|error| &error.0) {
        Some(ErrorCode::Number(code)) if NOT_SENT.contains(code) => Ok(Outcome::NotSent),
        _ => Ok(Outcome::NoAnswer),
    }
}

/// What a check has against a request is as good as the server's word, but for codes by which the request would have
/// been carried out, or perhaps: it did not leave.
const fn refused_by_check(check: &CheckRefusal) -> Outcome {
    let retcode = Retcode(check.retcode);
    match retcode.class() {
        RetcodeClass::Done
        | RetcodeClass::Partial
        | RetcodeClass::Placed
        | RetcodeClass::AlreadySo
        | RetcodeClass::Unknown => return Outcome::NotSent,
        RetcodeClass::Retry
        | RetcodeClass::RetryOnce
        | RetcodeClass::BackOff
        | RetcodeClass::OtherFilling
        | RetcodeClass::Reread
        | RetcodeClass::Environment
        | RetcodeClass::Final => {}
    }
    let (order, deal, volume, none) = (None, None, Volume::ZERO, Price::ZERO);
    Outcome::Server(ServerAnswer {
        retcode,
        order,
        deal,
        volume,
        price: none,
        bid: none,
        ask: none,
    })
}

/// `ENUM_TIMEFRAMES` (MT5 reference 1.5).
#[must_use]
pub const fn timeframe_number(timeframe: Timeframe) -> u32 {
    match timeframe {
        Timeframe::M1 => 1,
        Timeframe::M2 => 2,
        Timeframe::M3 => 3,
        Timeframe::M5 => 5,
        Timeframe::M15 => 15,
        Timeframe::M30 => 30,
        Timeframe::H1 => 16_385,
        Timeframe::H4 => 16_388,
        Timeframe::D1 => 16_408,
        Timeframe::W1 => 32_769,
        Timeframe::MN1 => 49_153,
    }
}
