//! Entries by a pending order ([`EntryOrder`]): where it lies, with which stops, and for how long.

use super::Executor;
use super::flow::StopsWanted;
use super::plan::takes_no_stops;
use super::strategies::RunningStrategy;
use crate::domain::amount::Price;
use crate::domain::order::{Expiration, PendingKind, Side};
use crate::domain::time::ServerMsc;
use crate::executor::action::{PlaceRequest, Verdict};
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
        let volume = strategy.effective.lots;
        if !spec.order_mode.allows(kind.of(side)) || !spec.accepts_volume(volume) {
            return Err(Verdict::NotTradable);
        }
        if !spec.trade_mode.allows_entry(side) {
            return Err(Verdict::SideNotAllowed);
        }
        let market = side.entry_price(bid, ask);
        let offset = self.measured(slot, strategy, spec, offset, market);
        let offset = offset.filter(|price| *price > Price::ZERO).ok_or(Verdict::NoDistance)?;
        // A limit order gains on the market, a stop order follows it.
        let is_above = (*kind == PendingKind::Stop) == (side == Side::Buy);
        let least = spec.points(spec.stops_level).max(spec.tick_size);
        let policy = self.config.limits.near_stops;
        let is_moved = offset < least && policy != NearStops::Send;
        if is_moved && policy == NearStops::Refuse {
            return Err(Verdict::StopTooNear);
        }
        let away = if is_moved { least } else { offset };
        let away = Price::from_raw(if is_above { away.raw() } else { -away.raw() });
        let price = market.checked_add(away).map(|price| price.round_to_tick(spec.tick_size));
        // Rounding must not bring it nearer than the server allows.
        let is_near = |price: Price| (price.raw() - market.raw()).abs() < least.raw();
        let step =
            Price::from_raw(if is_above { spec.tick_size.raw() } else { -spec.tick_size.raw() });
        let is_kept = policy != NearStops::Send;
        let price = match price {
            Some(price) if is_kept && is_near(price) => price.checked_add(step),
            price => price,
        };
        let price = price.filter(|price| *price > Price::ZERO).ok_or(Verdict::NoDistance)?;
        let wished = match wanted {
            StopsWanted::Pips(sl, tp) => stops::from_pips(spec, side, price, sl, tp),
            StopsWanted::Distances(sl, tp) => stops::from_distances(spec, side, price, sl, tp),
            StopsWanted::Prices(sl, tp) => Some(Stops { sl, tp }),
        };
        let wished = wished.ok_or(Verdict::StopTooNear)?;
        if takes_no_stops(spec, wished) {
            return Err(Verdict::NotTradable);
        }
        // The server measures the stops of a pending order from its price.
        let Placed { stops: Stops { sl, tp }, widened } =
            stops::place(spec, side, (price, price), wished, policy).ok_or(Verdict::StopTooNear)?;
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
