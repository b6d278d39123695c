//! Checks of pending orders: their prices, stops, expiration and freeze (MT5 reference 3.2, 3.5,
//! 3.6).

use crate::domain::amount::{Price, Volume};
use crate::domain::order::{Expiration, Order, OrderKind, OrderState, Side};
use crate::domain::retcode::Retcode;
use crate::domain::symbol::{ExecutionMode, SymbolSpec};
use crate::domain::time::ServerMsc;
use crate::executor::action::{ModifyOrderRequest, PlaceRequest, RemoveRequest};
use crate::sim::broker::book::new_order::Terms;
use crate::sim::broker::validate::{
    Market, entry_allowed, kind_taken, least_distance, levels_sound, on_grid, stops_taken,
    trading_allowed,
};
use crate::valuation::quotes::Quote;

const DAY_MS: i64 = 86_400_000;

impl From<&PlaceRequest> for Terms {
    fn from(request: &PlaceRequest) -> Self {
        let &PlaceRequest { price, stop_limit, sl, tp, expiration, .. } = request;
        Self { price, stop_limit, sl, tp, expiration }
    }
}

impl From<&ModifyOrderRequest> for Terms {
    fn from(request: &ModifyOrderRequest) -> Self {
        let &ModifyOrderRequest { price, stop_limit, sl, tp, expiration, .. } = request;
        Self { price, stop_limit, sl, tp, expiration }
    }
}

/// Checks a new pending order.
///
/// # Errors
/// The return code of the first check that fails.
pub fn place(market: Market<'_>, request: &PlaceRequest) -> Result<Quote, Retcode> {
    let (spec, kind, terms) = (market.spec, request.kind.of(request.side), Terms::from(request));
    if request.volume <= Volume::ZERO || !well_formed(kind, &terms) {
        return Err(Retcode::INVALID);
    }
    kind_taken(spec, kind)?;
    stops_taken(spec, terms.sl, terms.tp)?;
    entry_allowed(spec.trade_mode, request.side)?;
    market.in_session()?;
    stands(market.time_msc, terms.expiration)?;
    let quote = market.quoted()?;
    if !spec.accepts_volume(request.volume) {
        return Err(Retcode::INVALID_VOLUME);
    }
    prices(spec, quote, kind, &terms)?;
    Ok(quote)
}

/// Checks a change of a pending order. `order` is the order to change, or the reason why there is
/// none.
///
/// # Errors
/// The return code of the first check that fails.
pub fn modify(
    market: Market<'_>,
    order: Result<&Order, Retcode>,
    request: &ModifyOrderRequest,
) -> Result<Quote, Retcode> {
    let (spec, terms) = (market.spec, Terms::from(request));
    let fits = |order: &Order| {
        order.symbol == request.symbol && order.kind.is_pending() && well_formed(order.kind, &terms)
    };
    if !order.map_or(terms.price > Price::ZERO, fits) {
        return Err(Retcode::INVALID);
    }
    stops_taken(spec, terms.sl, terms.tp)?;
    trading_allowed(spec.trade_mode)?;
    market.in_session()?;
    stands(market.time_msc, terms.expiration)?;
    let quote = market.quoted()?;
    let order = order?;
    // The order was accepted, but has not been executed yet.
    if order.state != OrderState::Placed {
        return Err(Retcode::LOCKED);
    }
    let was = Terms {
        price: terms.price,
        stop_limit: order.stop_limit,
        sl: order.sl,
        tp: order.tp,
        expiration: order.expiration,
    };
    if was == terms && order.price == Some(terms.price) {
        return Err(Retcode::NO_CHANGES);
    }
    prices(spec, quote, order.kind, &terms)?;
    not_frozen(spec, quote, order)?;
    Ok(quote)
}

/// Checks the removal of a working order. `order` is the order to remove, or the reason why there
/// is none.
///
/// # Errors
/// The return code of the first check that fails.
pub fn remove(
    market: Market<'_>,
    order: Result<&Order, Retcode>,
    request: &RemoveRequest,
) -> Result<Quote, Retcode> {
    if !order.map_or(true, |order| order.symbol == request.symbol) {
        return Err(Retcode::INVALID);
    }
    trading_allowed(market.spec.trade_mode)?;
    market.in_session()?;
    let quote = market.quoted()?;
    not_frozen(market.spec, quote, order?)?;
    Ok(quote)
}

/// Prices must be above zero, and there must be a second one exactly when the kind needs it.
fn well_formed(kind: OrderKind, terms: &Terms) -> bool {
    let second = match kind {
        OrderKind::StopLimit(_) => terms.stop_limit.is_some_and(|price| price > Price::ZERO),
        _ => terms.stop_limit.is_none(),
    };
    terms.price > Price::ZERO && second && levels_sound(terms.sl, terms.tp)
}

/// An order must not have expired when it is placed.
fn stands(now: ServerMsc, expiration: Expiration) -> Result<(), Retcode> {
    if lapse(now, expiration).is_none_or(|lapse| lapse > now) {
        Ok(())
    } else {
        Err(Retcode::INVALID_EXPIRATION)
    }
}

/// When an order placed or changed now expires, by the server's clock; a day ends at its midnight
/// (MT5 reference 3.6). None for one that stays until it is removed.
pub fn lapse(now: ServerMsc, expiration: Expiration) -> Option<ServerMsc> {
    let end_of_day = |time: ServerMsc| ServerMsc((time.0.div_euclid(DAY_MS) + 1) * DAY_MS);
    match expiration {
        Expiration::Gtc => None,
        Expiration::Day => Some(end_of_day(now)),
        Expiration::Specified(time) => Some(time),
        Expiration::SpecifiedDay(time) => Some(end_of_day(time)),
    }
}

/// The entry price must be on its side of the market, and the stops on their sides of the price of
/// the fill, all at least the stops level away (MT5 reference 3.5). In exchange execution limits
/// are not checked against the market: one that crosses it is filled at once.
fn prices(spec: &SymbolSpec, quote: Quote, kind: OrderKind, terms: &Terms) -> Result<(), Retcode> {
    let (least, side) = (least_distance(spec), kind.side().expect("a pending order has a side"));
    let market = side.entry_price(quote.bid, quote.ask);
    // How much better than the market the price is for the trader.
    let better =
        |price: Price, than: Price| if side == Side::Buy { than - price } else { price - than };
    let limits_are_free = spec.execution == ExecutionMode::Exchange;
    let entry_sound = match kind {
        OrderKind::Limit(_) => limits_are_free || better(terms.price, market) >= least,
        _ => better(market, terms.price) >= least,
    };
    let second_sound = terms
        .stop_limit
        .is_none_or(|limit| on_grid(spec, limit) && better(limit, terms.price) > Price::ZERO);
    if !on_grid(spec, terms.price) || !entry_sound || !second_sound {
        return Err(Retcode::INVALID_PRICE);
    }
    let filled_at = terms.stop_limit.unwrap_or(terms.price);
    let sl_sound = terms.sl.is_none_or(|sl| on_grid(spec, sl) && better(sl, filled_at) >= least);
    let tp_sound = terms.tp.is_none_or(|tp| on_grid(spec, tp) && better(filled_at, tp) >= least);
    if sl_sound && tp_sound { Ok(()) } else { Err(Retcode::INVALID_STOPS) }
}

/// While the market is within the freeze level of its price, a pending order cannot be changed or
/// removed (MT5 reference 3.5; the distance must be greater). A market order that waits for
/// execution has no price.
fn not_frozen(spec: &SymbolSpec, quote: Quote, order: &Order) -> Result<(), Retcode> {
    let level = spec.points(spec.freeze_level);
    let near = |price: Price| {
        let side = order.kind.side().expect("an order with a price has a side");
        side.entry_price(quote.bid, quote.ask).distance(price) <= level
    };
    if level > Price::ZERO && order.price.is_some_and(near) { Err(Retcode::FROZEN) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
