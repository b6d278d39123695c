//! Whether a request may be executed: the server's checks in the server's order (MT5 reference
//! 3.7). They are pure. The volume limit and money are checked last and need the book, so these
//! checks are made where orders are carried out.
//!
//! Checks of market orders and positions are here, those of pending orders in [`pending`].

pub mod pending;

use crate::domain::amount::{Points, Price, Volume};
use crate::domain::order::{FillingMode, OrderKind, Side};
use crate::domain::position::Position;
use crate::domain::retcode::Retcode;
use crate::domain::symbol::{ExecutionMode, SymbolSpec, TradeMode};
use crate::domain::time::ServerMsc;
use crate::executor::action::{CloseByRequest, CloseRequest, ModifyRequest, OpenRequest};
use crate::valuation::quotes::Quote;

/// A symbol as the checks need it.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// The specification of the symbol.
    pub spec: &'a SymbolSpec,
    /// The quote of the symbol; none while the symbol, or what converts its money, has none.
    pub quote: Option<Quote>,
    /// The server's clock.
    pub time_msc: ServerMsc,
}

impl Market<'_> {
    fn in_session(&self) -> Result<(), Retcode> {
        if self.spec.trades_at(self.time_msc) { Ok(()) } else { Err(Retcode::MARKET_CLOSED) }
    }

    fn quoted(&self) -> Result<Quote, Retcode> {
        self.quote.ok_or(Retcode::PRICE_OFF)
    }
}

/// Checks an opening order.
///
/// # Errors
/// The return code of the first check that fails.
pub fn open(market: Market<'_>, request: &OpenRequest) -> Result<Quote, Retcode> {
    let spec = market.spec;
    well_formed(request.volume, request.deviation, levels_sound(request.sl, request.tp))?;
    kind_taken(spec, OrderKind::Market(request.side))?;
    stops_taken(spec, request.sl, request.tp)?;
    entry_allowed(spec.trade_mode, request.side)?;
    market.in_session()?;
    filling_allowed(spec, request.filling)?;
    let quote = market.quoted()?;
    if !spec.accepts_volume(request.volume) {
        return Err(Retcode::INVALID_VOLUME);
    }
    asked_price(spec, request.price)?;
    stops(spec, quote, request.side, request.sl, request.tp)?;
    Ok(quote)
}

/// Checks a closing order against the position that it names; none when there is no such position.
///
/// # Errors
/// The return code of the first check that fails.
pub fn close(
    market: Market<'_>,
    position: Option<&Position>,
    request: &CloseRequest,
) -> Result<Quote, Retcode> {
    let spec = market.spec;
    let fits = position.is_none_or(|position| {
        position.symbol == request.symbol && position.side == request.side.opposite()
    });
    well_formed(request.volume, request.deviation, fits)?;
    kind_taken(spec, OrderKind::Market(request.side))?;
    trading_allowed(spec.trade_mode)?;
    market.in_session()?;
    filling_allowed(spec, request.filling)?;
    let quote = market.quoted()?;
    let position = position.ok_or(Retcode::POSITION_CLOSED)?;
    if request.volume > position.volume {
        return Err(Retcode::INVALID_CLOSE_VOLUME);
    }
    // For closing orders `volume_min` does not apply, but `volume_max` does (MT5 reference 3.6).
    // The rest may be off step.
    let whole_steps =
        request.volume.is_multiple_of(spec.volume_step) || request.volume == position.volume;
    if !whole_steps || request.volume > spec.volume_max {
        return Err(Retcode::INVALID_VOLUME);
    }
    asked_price(spec, request.price)?;
    not_frozen(spec, quote, position)?;
    Ok(quote)
}

/// Checks a change of a position's stops; none when there is no such position.
///
/// # Errors
/// The return code of the first check that fails.
pub fn modify(
    market: Market<'_>,
    position: Option<&Position>,
    request: &ModifyRequest,
) -> Result<Quote, Retcode> {
    let spec = market.spec;
    let fits = position.is_none_or(|position| position.symbol == request.symbol);
    if !levels_sound(request.sl, request.tp) || !fits {
        return Err(Retcode::INVALID);
    }
    stops_taken(spec, request.sl, request.tp)?;
    trading_allowed(spec.trade_mode)?;
    market.in_session()?;
    let quote = market.quoted()?;
    let position = position.ok_or(Retcode::POSITION_CLOSED)?;
    if (position.sl, position.tp) == (request.sl, request.tp) {
        return Err(Retcode::NO_CHANGES);
    }
    stops(spec, quote, position.side, request.sl, request.tp)?;
    not_frozen(spec, quote, position)?;
    Ok(quote)
}

/// Checks the close of a position against another one; none when there is no such position.
///
/// # Errors
/// The return code of the first check that fails.
pub fn close_by(
    market: Market<'_>,
    position: Option<&Position>,
    by: Option<&Position>,
    request: &CloseByRequest,
) -> Result<Quote, Retcode> {
    let spec = market.spec;
    let of_symbol = |position: Option<&Position>| {
        position.is_none_or(|position| position.symbol == request.symbol)
    };
    let opposite =
        position.zip(by).is_none_or(|(position, by)| position.side == by.side.opposite());
    if !of_symbol(position) || !of_symbol(by) || !opposite || request.position == request.by {
        return Err(Retcode::INVALID);
    }
    kind_taken(spec, OrderKind::CloseBy)?;
    trading_allowed(spec.trade_mode)?;
    market.in_session()?;
    let quote = market.quoted()?;
    for position in [position, by] {
        not_frozen(spec, quote, position.ok_or(Retcode::POSITION_CLOSED)?)?;
    }
    Ok(quote)
}

fn levels_sound(sl: Option<Price>, tp: Option<Price>) -> bool {
    sl.is_none_or(|sl| sl > Price::ZERO) && tp.is_none_or(|tp| tp > Price::ZERO)
}

/// A kind of order that the symbol does not accept is prohibited (MT5 reference 3.1: `order_mode`).
fn kind_taken(spec: &SymbolSpec, kind: OrderKind) -> Result<(), Retcode> {
    if spec.order_mode.allows(kind) { Ok(()) } else { Err(Retcode::INVALID_ORDER) }
}

/// A stop that the symbol does not accept makes the request malformed.
fn stops_taken(spec: &SymbolSpec, sl: Option<Price>, tp: Option<Price>) -> Result<(), Retcode> {
    let taken = (sl.is_none() || spec.order_mode.allow_sl())
        && (tp.is_none() || spec.order_mode.allow_tp());
    if taken { Ok(()) } else { Err(Retcode::INVALID) }
}

fn well_formed(volume: Volume, deviation: Points, fits: bool) -> Result<(), Retcode> {
    if volume > Volume::ZERO && deviation.0 >= 0 && fits { Ok(()) } else { Err(Retcode::INVALID) }
}

const fn trading_allowed(mode: TradeMode) -> Result<(), Retcode> {
    match mode {
        TradeMode::Disabled => Err(Retcode::TRADE_DISABLED),
        _ => Ok(()),
    }
}

const fn entry_allowed(mode: TradeMode, side: Side) -> Result<(), Retcode> {
    match mode {
        _ if mode.allows_entry(side) => Ok(()),
        TradeMode::LongOnly => Err(Retcode::LONG_ONLY),
        TradeMode::ShortOnly => Err(Retcode::SHORT_ONLY),
        TradeMode::CloseOnly => Err(Retcode::CLOSE_ONLY),
        TradeMode::Disabled | TradeMode::Full => Err(Retcode::TRADE_DISABLED),
    }
}

fn filling_allowed(spec: &SymbolSpec, filling: FillingMode) -> Result<(), Retcode> {
    if spec.filling_modes().contains(&filling) { Ok(()) } else { Err(Retcode::INVALID_FILL) }
}

/// A price counts only in instant and request execution, and must be on the grid there.
fn asked_price(spec: &SymbolSpec, price: Price) -> Result<(), Retcode> {
    let heeded = matches!(spec.execution, ExecutionMode::Instant | ExecutionMode::Request);
    let sound = price > Price::ZERO && on_grid(spec, price);
    if heeded && !sound { Err(Retcode::INVALID_PRICE) } else { Ok(()) }
}

fn on_grid(spec: &SymbolSpec, price: Price) -> bool {
    price.round_to_tick(spec.tick_size) == price
}

/// The least distance of a price from the market. In exchange execution the stops level does not
/// apply (MT5 reference 3.5).
const fn least_distance(spec: &SymbolSpec) -> Price {
    match spec.execution {
        ExecutionMode::Exchange => Price::ZERO,
        _ => spec.points(spec.stops_level),
    }
}

/// Stops of a position or a new deal must be on their side of the closing price, at least the stops
/// level away (MT5 reference 3.5).
fn stops(
    spec: &SymbolSpec,
    quote: Quote,
    side: Side,
    sl: Option<Price>,
    tp: Option<Price>,
) -> Result<(), Retcode> {
    let least = least_distance(spec);
    let market = side.exit_price(quote.bid, quote.ask);
    assert!(market > Price::ZERO && least >= Price::ZERO, "distances are measured from a quote");
    // A long's stop loss and a short's take profit are below the market; the other two are above.
    let loss = |level: Price| if side == Side::Buy { market - level } else { level - market };
    let sl_sound = sl.is_none_or(|level| on_grid(spec, level) && loss(level) >= least);
    let tp_sound = tp.is_none_or(|level| on_grid(spec, level) && -loss(level) >= least);
    if sl_sound && tp_sound { Ok(()) } else { Err(Retcode::INVALID_STOPS) }
}

/// While the market is within the freeze level of one of its stops, a position cannot be changed or
/// closed by request (MT5 reference 3.5; the distance must be greater).
fn not_frozen(spec: &SymbolSpec, quote: Quote, position: &Position) -> Result<(), Retcode> {
    let level = spec.points(spec.freeze_level);
    let market = position.side.exit_price(quote.bid, quote.ask);
    let near = |stop: Option<Price>| stop.is_some_and(|stop| market.distance(stop) <= level);
    let frozen = level > Price::ZERO && (near(position.sl) || near(position.tp));
    if frozen { Err(Retcode::FROZEN) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{SymbolId, Ticket};
    use crate::sim::broker::testing::{euro, level, position, price, quote, volume};

    fn buy(sl: &str, tp: &str) -> OpenRequest {
        let (sl, tp) = (level(sl), level(tp));
        let (price, volume) = (price("1.1002"), volume("0.1"));
        OpenRequest {
            symbol: SymbolId(0),
            side: Side::Buy,
            volume,
            price,
            deviation: Points(5),
            sl,
            tp,
            filling: FillingMode::Fok,
        }
    }

    fn sell(sl: &str, tp: &str) -> OpenRequest {
        OpenRequest { side: Side::Sell, ..buy(sl, tp) }
    }

    fn closing(size: &str) -> CloseRequest {
        let (price, volume) = (price("1.1"), volume(size));
        let filling = FillingMode::Fok;
        CloseRequest {
            symbol: SymbolId(0),
            position: Ticket(2),
            side: Side::Sell,
            volume,
            price,
            deviation: Points(5),
            filling,
        }
    }

    fn modifying(sl: &str, tp: &str) -> ModifyRequest {
        ModifyRequest { symbol: SymbolId(0), position: Ticket(2), sl: level(sl), tp: level(tp) }
    }

    fn at(spec: &SymbolSpec, quote: Option<Quote>) -> Market<'_> {
        Market { spec, quote, time_msc: ServerMsc(0) }
    }

    fn code<T>(result: Result<T, Retcode>) -> Retcode {
        result.err().unwrap_or(Retcode::DONE)
    }

    /// Each row is wrong in everything that the rows below it are wrong in: the code tells which
    /// check came first.
    #[test]
    fn opening_orders_are_checked_in_the_servers_order() {
        let quoted = Some(quote("1.1000", "1.1002"));
        let wrong = OpenRequest {
            volume: volume("-1"),
            filling: FillingMode::Return,
            price: price("0"),
            ..buy("1.2", "1")
        };
        let instant = SymbolSpec { execution: ExecutionMode::Instant, ..euro() };
        let disabled = SymbolSpec { trade_mode: TradeMode::Disabled, ..euro() };
        let off_step = OpenRequest { volume: volume("0.015"), ..wrong.clone() };
        let sized = OpenRequest { volume: volume("0.01"), ..wrong.clone() };
        for (spec, quote, request, expect) in [
            (&disabled, None, &wrong, Retcode::INVALID),
            (&disabled, None, &off_step, Retcode::TRADE_DISABLED),
            (&euro(), None, &off_step, Retcode::INVALID_FILL),
            (&instant, None, &off_step, Retcode::PRICE_OFF),
            (&instant, quoted, &off_step, Retcode::INVALID_VOLUME),
            (&instant, quoted, &sized, Retcode::INVALID_PRICE),
            (
                &instant,
                quoted,
                &OpenRequest { price: price("1.1"), ..sized.clone() },
                Retcode::INVALID_STOPS,
            ),
            (
                &instant,
                quoted,
                &OpenRequest { price: price("1.1"), sl: None, tp: None, ..sized.clone() },
                Retcode::DONE,
            ),
        ] {
            assert_eq!(code(open(at(spec, quote), request)), expect);
        }
    }

    #[test]
    fn trade_modes_refuse_with_their_own_code() {
        for (trade_mode, buys, sells, closes) in [
            (TradeMode::Full, Retcode::DONE, Retcode::DONE, Retcode::DONE),
            (TradeMode::LongOnly, Retcode::DONE, Retcode::LONG_ONLY, Retcode::DONE),
            (TradeMode::ShortOnly, Retcode::SHORT_ONLY, Retcode::DONE, Retcode::DONE),
            (TradeMode::CloseOnly, Retcode::CLOSE_ONLY, Retcode::CLOSE_ONLY, Retcode::DONE),
            (
                TradeMode::Disabled,
                Retcode::TRADE_DISABLED,
                Retcode::TRADE_DISABLED,
                Retcode::TRADE_DISABLED,
            ),
        ] {
            let (spec, quoted) =
                (SymbolSpec { trade_mode, ..euro() }, Some(quote("1.1", "1.1002")));
            let got = (
                code(open(at(&spec, quoted), &buy("0", "0"))),
                code(open(at(&spec, quoted), &sell("0", "0"))),
                code(close(
                    at(&spec, quoted),
                    Some(&position(2, Side::Buy, "0", "0")),
                    &closing("0.1"),
                )),
            );
            assert_eq!(got, (buys, sells, closes), "{trade_mode:?}");
        }
    }

    #[test]
    fn stops_are_measured_from_the_closing_side() {
        let spec = SymbolSpec { stops_level: Points(10), ..euro() };
        for (request, expect) in [
            (buy("1.0999", "1.1001"), Retcode::DONE),
            (buy("1.09991", "0"), Retcode::INVALID_STOPS),
            (buy("0", "1.10009"), Retcode::INVALID_STOPS),
            (buy("1.2", "0"), Retcode::INVALID_STOPS),
            (buy("1.099901", "0"), Retcode::INVALID_STOPS),
            (sell("1.1003", "1.1001"), Retcode::DONE),
            (sell("1.10029", "0"), Retcode::INVALID_STOPS),
            (sell("0", "1.10011"), Retcode::INVALID_STOPS),
            (OpenRequest { sl: level("-1"), ..buy("0", "0") }, Retcode::INVALID),
        ] {
            assert_eq!(
                code(open(at(&spec, Some(quote("1.1", "1.1002"))), &request)),
                expect,
                "{request:?}"
            );
        }
        let exchange = SymbolSpec { execution: ExecutionMode::Exchange, ..spec };
        assert_eq!(
            code(open(at(&exchange, Some(quote("1.1", "1.1002"))), &buy("1.09999", "0"))),
            Retcode::DONE
        );
    }

    #[test]
    fn closing_orders_are_checked_against_the_position() {
        let held = position(2, Side::Buy, "1.0998", "0");
        let frozen = SymbolSpec { freeze_level: Points(20), volume_min: volume("0.05"), ..euro() };
        let other_way = CloseRequest { side: Side::Buy, ..closing("0.1") };
        for (quote, position, request, expect) in [
            (Some(quote("1.1", "1.1")), Some(&held), other_way, Retcode::INVALID),
            (None, None, closing("0.1"), Retcode::PRICE_OFF),
            (Some(quote("1.1", "1.1")), None, closing("0.1"), Retcode::POSITION_CLOSED),
            (Some(quote("1.1", "1.1")), Some(&held), closing("0.2"), Retcode::INVALID_CLOSE_VOLUME),
            (Some(quote("1.1", "1.1")), Some(&held), closing("0.015"), Retcode::INVALID_VOLUME),
            (Some(quote("1.1", "1.1")), Some(&held), closing("0.01"), Retcode::FROZEN),
            (Some(quote("1.10001", "1.1")), Some(&held), closing("0.01"), Retcode::DONE),
        ] {
            assert_eq!(code(close(at(&frozen, quote), position, &request)), expect, "{request:?}");
        }
    }

    #[test]
    fn changes_of_stops_are_checked_like_a_position() {
        let held = position(2, Side::Buy, "1.0998", "0");
        let frozen = SymbolSpec { freeze_level: Points(20), ..euro() };
        for (bid, position, request, expect) in [
            ("1.1", None, modifying("1.09", "0"), Retcode::POSITION_CLOSED),
            ("1.1", Some(&held), modifying("1.0998", "0"), Retcode::NO_CHANGES),
            ("1.1", Some(&held), modifying("1.1001", "0"), Retcode::INVALID_STOPS),
            ("1.1", Some(&held), modifying("1.09", "1.2"), Retcode::FROZEN),
            ("1.1001", Some(&held), modifying("1.09", "1.2"), Retcode::DONE),
            ("1.1001", Some(&held), modifying("0", "0"), Retcode::DONE),
        ] {
            assert_eq!(
                code(modify(at(&frozen, Some(quote(bid, "1.2"))), position, &request)),
                expect,
                "{request:?}"
            );
        }
    }
}
