//! Entries by a pending order ([`EntryOrder`]): where it lies, with which stops, and for how long.

use super::Executor;
use super::flow::StopsWanted;
use super::plan::{are_prices, takes_no_stops};
use super::strategies::RunningStrategy;
use crate::domain::amount::Price;
use crate::domain::order::{Expiration, PendingKind, Side};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::executor::action::{PlaceRequest, Verdict};
use crate::executor::event::is_price;
use crate::risk::stops::{self, NearStops, Placed, Stops};
use crate::strategy::entry_order::EntryOrder;

impl Executor {
    /// The order that a signal places at the present quote, and whether its price or a stop was
    /// moved out of the stops level.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn plan_order(
        &self,
        slot: u32,
        strategy: &RunningStrategy,
        order: &EntryOrder,
        (side, bar_msc): (Side, ServerMsc),
        wanted: StopsWanted,
    ) -> Result<(PlaceRequest, bool), Verdict> {
        let EntryOrder { kind, offset, expiry_bars } = order;
        let state = &self.symbols[strategy.symbol.index()];
        let (spec, bid, ask) = state.quoted().ok_or(Verdict::NoQuote)?;
        let volume = self.planned_volume(strategy, strategy.sizing().as_ref());
        if !spec.order_mode.allows(kind.of(side)) || !spec.accepts_volume(volume) {
            return Err(Verdict::NotTradable);
        }
        if !spec.trade_mode.allows_entry(side) {
            return Err(Verdict::SideNotAllowed);
        }
        let market = side.entry_price(bid, ask);
        let offset = self.measured(slot, strategy, spec, offset, market);
        let offset = offset.filter(|price| *price > Price::ZERO).ok_or(Verdict::NoDistance)?;
        let (price, is_moved) = self.order_price(spec, (*kind, side), market, offset)?;
        let wished = match wanted {
            StopsWanted::Pips(sl, tp) => stops::from_pips(spec, side, price, sl, tp),
            StopsWanted::Distances(sl, tp) => stops::from_distances(spec, side, price, sl, tp),
            StopsWanted::Prices(sl, tp) => Some(Stops { sl, tp }),
        };
        let wished = wished.ok_or(Verdict::StopTooNear)?;
        if takes_no_stops(spec, wished) {
            return Err(Verdict::NotTradable);
        }
        if !are_prices(wished) {
            return Err(Verdict::NoDistance);
        }
        // The server measures the stops of a pending order from its price.
        let Placed { stops: Stops { sl, tp }, widened } =
            stops::place(spec, side, (price, price), wished, self.config.limits.near_stops)
                .ok_or(Verdict::StopTooNear)?;
        let expiration =
            expiry_bars.map_or(Expiration::Gtc, |bars| self.end_of_bars(strategy, bar_msc, bars));
        let request = PlaceRequest {
            symbol: strategy.symbol,
            kind: *kind,
            side,
            volume,
            price,
            stop_limit: None,
            sl,
            tp,
            expiration,
        };
        Ok((request, widened || is_moved))
    }

    /// The price of an order so far from the market, and whether it was moved out of the stops level.
    fn order_price(
        &self,
        spec: &SymbolSpec,
        (kind, side): (PendingKind, Side),
        market: Price,
        offset: Price,
    ) -> Result<(Price, bool), Verdict> {
        let least = spec.points(spec.stops_level).max(spec.tick_size);
        let policy = self.config.limits.near_stops;
        let is_moved = offset < least && policy != NearStops::Send;
        if is_moved && policy == NearStops::Refuse {
            return Err(Verdict::StopTooNear);
        }
        let is_above = lies_above(kind, side);
        let signed = |away: Price| Price::from_raw(if is_above { away.raw() } else { -away.raw() });
        let away = signed(if is_moved { least } else { offset });
        let price = market.checked_add(away).map(|price| price.round_to_tick(spec.tick_size));
        // Rounding must not bring it nearer than the server allows.
        let is_near = |price: Price| (price.raw() - market.raw()).abs() < least.raw();
        let price = match price {
            Some(price) if policy != NearStops::Send && is_near(price) => {
                price.checked_add(signed(spec.tick_size))
            }
            price => price,
        };
        let price = price.filter(|price| *price > Price::ZERO && is_price(*price));
        Ok((price.ok_or(Verdict::NoDistance)?, is_moved))
    }

    /// Whether an order may be placed at the present quote as it was planned at another one: the market
    /// may have come too near its price, or gone beyond it.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn may_still_place(&self, order: &PlaceRequest) -> Result<(), Verdict> {
        let state = &self.symbols[order.symbol.index()];
        let (spec, bid, ask) = state.quoted().ok_or(Verdict::NoQuote)?;
        if !spec.order_mode.allows(order.kind.of(order.side)) {
            return Err(Verdict::NotTradable);
        }
        if !spec.trade_mode.allows_entry(order.side) {
            return Err(Verdict::SideNotAllowed);
        }
        let market = order.side.entry_price(bid, ask);
        let away = if lies_above(order.kind, order.side) {
            order.price - market
        } else {
            market - order.price
        };
        let is_kept = self.config.limits.near_stops != NearStops::Send;
        if is_kept && away < spec.points(spec.stops_level).max(spec.tick_size) {
            return Err(Verdict::StopTooNear);
        }
        Ok(())
    }

    /// The end of so many bars after the one that has signalled: the one that the last tick has begun
    /// included, unless it is that very bar.
    fn end_of_bars(&self, strategy: &RunningStrategy, bar_msc: ServerMsc, bars: u32) -> Expiration {
        let timeframe = strategy.timeframe;
        let now_msc = self.symbols[strategy.symbol.index()].cursor.time_msc;
        let is_forming = timeframe.span(now_msc).0 == bar_msc;
        let bars = bars + u32::from(is_forming);
        let end = (0..bars).fold(now_msc, |time, _| timeframe.span(time).1);
        Expiration::Specified(end)
    }
}

/// Whether an order waits for higher prices: a limit order gains on the market, a stop order follows
/// it.
fn lies_above(kind: PendingKind, side: Side) -> bool {
    (kind == PendingKind::Limit) == (side == Side::Sell)
}
