//! Tables of the checks: a request in, the code of the first check that fails out.

use super::*;
use crate::domain::amount::Points;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::PendingKind;
use crate::domain::symbol::{OrderModes, TradeMode, TradeSession};
use crate::sim::broker::testing::{euro, level, pending, price, quote, volume};

const NOON: ServerMsc = ServerMsc(43_200_000);

fn at<'a>(spec: &'a SymbolSpec, bid: &str, ask: &str) -> Market<'a> {
    Market { spec, quote: Some(quote(bid, ask)), time_msc: NOON }
}

/// Prices are parted by blanks: at, stop loss, take profit, second price.
fn order(kind: PendingKind, side: Side, prices: &str) -> PlaceRequest {
    let levels: Vec<&str> = prices.split(' ').collect();
    let nth = |n: usize| levels.get(n).and_then(|text| level(text));
    PlaceRequest {
        symbol: SymbolId(0),
        kind,
        side,
        volume: volume("0.1"),
        price: nth(0).unwrap_or(Price::ZERO),
        stop_limit: nth(3),
        sl: nth(1),
        tp: nth(2),
        expiration: Expiration::Gtc,
    }
}

fn code<T>(result: Result<T, Retcode>) -> Retcode {
    result.err().unwrap_or(Retcode::DONE)
}

#[test]
fn prices_keep_their_side_and_their_distance() {
    use {PendingKind::Limit, PendingKind::Stop, PendingKind::StopLimit, Side::Buy, Side::Sell};
    let spec = SymbolSpec { stops_level: Points(10), ..euro() };
    for (kind, side, prices, expect) in [
        (Limit, Buy, "1.1001", Retcode::DONE),
        (Limit, Buy, "1.10011", Retcode::INVALID_PRICE),
        (Limit, Buy, "1.100001", Retcode::INVALID_PRICE),
        (Limit, Sell, "1.1001", Retcode::DONE),
        (Limit, Sell, "1.10009", Retcode::INVALID_PRICE),
        (Stop, Buy, "1.1003", Retcode::DONE),
        (Stop, Buy, "1.10029", Retcode::INVALID_PRICE),
        (Stop, Sell, "1.0999", Retcode::DONE),
        (Stop, Sell, "1.09991", Retcode::INVALID_PRICE),
        (Limit, Buy, "1.09 1.0899 1.0901", Retcode::DONE),
        (Limit, Buy, "1.09 1.08991 0", Retcode::INVALID_STOPS),
        (Stop, Sell, "1.09 1.0901 1.0899", Retcode::DONE),
        (Stop, Sell, "1.09 0 1.08991", Retcode::INVALID_STOPS),
        (StopLimit, Buy, "1.11 0 0 1.109", Retcode::DONE),
        (StopLimit, Buy, "1.11 0 0 1.11", Retcode::INVALID_PRICE),
        (StopLimit, Buy, "1.11 1.1095 0 1.109", Retcode::INVALID_STOPS),
        (StopLimit, Sell, "1.09 0 0 1.091", Retcode::DONE),
        (StopLimit, Sell, "1.09 0 0 1.089", Retcode::INVALID_PRICE),
        (StopLimit, Sell, "1.09", Retcode::INVALID),
        (Stop, Sell, "1.09 0 0 1.08", Retcode::INVALID),
        (Stop, Sell, "0", Retcode::INVALID),
    ] {
        let got = code(place(at(&spec, "1.1", "1.1002"), &order(kind, side, prices)));
        assert_eq!(got, expect, "{kind:?} {side:?} {prices}");
    }
    let exchange = SymbolSpec { execution: ExecutionMode::Exchange, ..spec };
    assert_eq!(
        code(place(at(&exchange, "1.1", "1.1002"), &order(Limit, Buy, "1.2"))),
        Retcode::DONE
    );
}

/// Each row is wrong in everything that the rows below it are wrong in.
#[test]
fn checks_come_in_the_servers_order() {
    let sound = order(PendingKind::Limit, Side::Buy, "1.09 1.08 1.12");
    let wrong = PlaceRequest {
        volume: volume("0.015"),
        expiration: Expiration::Specified(NOON),
        price: price("1.3"),
        ..sound.clone()
    };
    let closed = vec![TradeSession { day: 0, from_minute: 0, to_minute: 10 }];
    let base = SymbolSpec {
        trade_mode: TradeMode::ShortOnly,
        sessions: closed,
        order_mode: OrderModes(0),
        ..euro()
    };
    let limits = SymbolSpec { order_mode: OrderModes(2), ..base.clone() };
    let taken = SymbolSpec { order_mode: OrderModes::ALL, ..base.clone() };
    let long = SymbolSpec { trade_mode: TradeMode::Full, ..taken.clone() };
    let free = euro();
    let standing = PlaceRequest { expiration: Expiration::Gtc, ..wrong.clone() };
    let sized = PlaceRequest { volume: volume("0.01"), ..standing.clone() };
    for (spec, request, expect) in [
        (&base, &PlaceRequest { volume: Volume::ZERO, ..wrong.clone() }, Retcode::INVALID),
        (&base, &wrong, Retcode::INVALID_ORDER),
        (&limits, &wrong, Retcode::INVALID),
        (&taken, &wrong, Retcode::SHORT_ONLY),
        (&long, &wrong, Retcode::MARKET_CLOSED),
        (&free, &wrong, Retcode::INVALID_EXPIRATION),
        (&free, &standing, Retcode::INVALID_VOLUME),
        (&free, &sized, Retcode::INVALID_PRICE),
        (&free, &PlaceRequest { price: price("1.07"), ..sized.clone() }, Retcode::INVALID_STOPS),
        (&free, &PlaceRequest { price: price("1.09"), ..sized.clone() }, Retcode::DONE),
    ] {
        assert_eq!(code(place(at(spec, "1.1", "1.1002"), request)), expect, "{request:?}");
    }
    assert_eq!(
        code(place(Market { quote: None, ..at(&free, "1", "1") }, &standing)),
        Retcode::PRICE_OFF
    );
}

#[test]
fn a_day_ends_at_its_midnight() {
    let midnight = ServerMsc(86_400_000);
    for (expiration, expect, code_) in [
        (Expiration::Gtc, None, Retcode::DONE),
        (Expiration::Day, Some(midnight), Retcode::DONE),
        (Expiration::Specified(NOON), Some(NOON), Retcode::INVALID_EXPIRATION),
        (Expiration::Specified(ServerMsc(NOON.0 + 1)), Some(ServerMsc(NOON.0 + 1)), Retcode::DONE),
        (Expiration::SpecifiedDay(ServerMsc(5)), Some(midnight), Retcode::DONE),
        (Expiration::SpecifiedDay(ServerMsc(-5)), Some(ServerMsc(0)), Retcode::INVALID_EXPIRATION),
    ] {
        assert_eq!(lapse(NOON, expiration), expect, "{expiration:?}");
        assert_eq!(code(stands(NOON, expiration)), code_, "{expiration:?}");
    }
}

fn change(prices: &str) -> ModifyOrderRequest {
    let PlaceRequest { symbol, price, stop_limit, sl, tp, expiration, .. } =
        order(PendingKind::Limit, Side::Buy, prices);
    ModifyOrderRequest { symbol, order: Ticket(2), price, stop_limit, sl, tp, expiration }
}

#[test]
fn changes_are_checked_like_a_new_order() {
    let placed = pending(2, PendingKind::Limit, Side::Buy, "1.0998");
    let started = Order { state: OrderState::Started, ..placed.clone() };
    let working = Order { kind: OrderKind::Market(Side::Buy), price: None, ..placed.clone() };
    let frozen = SymbolSpec { freeze_level: Points(20), ..euro() };
    for (ask, order, request, expect) in [
        ("1.1", Err(Retcode::ORDER_CHANGED), change("1.09"), Retcode::ORDER_CHANGED),
        ("1.1", Ok(&started), change("1.09"), Retcode::LOCKED),
        ("1.1", Ok(&working), change("1.09"), Retcode::INVALID),
        ("1.1", Ok(&placed), change("1.09 0 0 1.08"), Retcode::INVALID),
        ("1.1", Ok(&placed), change("1.0998"), Retcode::NO_CHANGES),
        ("1.1", Ok(&placed), change("1.2"), Retcode::INVALID_PRICE),
        ("1.1", Ok(&placed), change("1.09 1.1 0"), Retcode::INVALID_STOPS),
        ("1.1", Ok(&placed), change("1.09"), Retcode::FROZEN),
        ("1.10001", Ok(&placed), change("1.09"), Retcode::DONE),
        ("1.10001", Ok(&placed), change("1.0998 0 1.2"), Retcode::DONE),
    ] {
        assert_eq!(code(modify(at(&frozen, "1.09", ask), order, &request)), expect, "{request:?}");
    }
}

#[test]
fn what_is_near_the_market_is_not_removed() {
    let placed = pending(2, PendingKind::Stop, Side::Sell, "1.0998");
    let waiting = Order { kind: OrderKind::Market(Side::Buy), price: None, ..placed.clone() };
    let frozen = SymbolSpec { freeze_level: Points(20), ..euro() };
    let request = RemoveRequest { symbol: SymbolId(0), order: Ticket(2) };
    for (bid, order, expect) in [
        ("1.1", Err(Retcode::INVALID), Retcode::INVALID),
        ("1.1", Ok(&placed), Retcode::FROZEN),
        ("1.10001", Ok(&placed), Retcode::DONE),
        ("1.1", Ok(&waiting), Retcode::DONE),
    ] {
        assert_eq!(code(remove(at(&frozen, bid, "1.2"), order, &request)), expect, "{bid}");
    }
    let elsewhere = RemoveRequest { symbol: SymbolId(1), ..request };
    assert_eq!(code(remove(at(&frozen, "1.2", "1.2"), Ok(&placed), &elsewhere)), Retcode::INVALID);
}
