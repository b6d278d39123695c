//! What an entry would say, computed once and in one place: price, stops, filling mode and volume,
//! or the first reason against it. A note says "entered" exactly when a plan was sent as a request.

use super::Executor;
use super::flow::{Plan, StopsWanted};
use crate::domain::amount::{Points, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::{OrderKind, Side};
use crate::domain::symbol::SymbolSpec;
use crate::executor::action::Verdict;
use crate::executor::event::is_price;
use crate::risk::stops::{self, Placed, Stops};

/// The terms of an entry, before prices are known.
#[derive(Debug, Clone, Copy)]
pub struct EntryTerms {
    pub symbol: SymbolId,
    pub side: Side,
    pub volume: Volume,
    pub stops: StopsWanted,
    pub deviation: Points,
    /// The index of the filling mode among those of the symbol.
    pub filling: usize,
}

impl Plan {
    /// The terms from which the plan was made.
    pub const fn terms(&self, symbol: SymbolId) -> EntryTerms {
        let Self { side, volume, stops_wanted, deviation, filling, .. } = self;
        EntryTerms {
            symbol,
            side: *side,
            volume: *volume,
            stops: *stops_wanted,
            deviation: *deviation,
            filling: *filling,
        }
    }
}

impl Executor {
    /// The entry at the present quote.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn plan(&self, terms: EntryTerms) -> Result<Plan, Verdict> {
        let EntryTerms { symbol, side, volume, stops: wanted, deviation, filling } = terms;
        let state = &self.symbols[symbol.index()];
        let (spec, bid, ask) = state.quoted().ok_or(if state.spec.is_some() {
            Verdict::NoQuote
        } else {
            Verdict::NotTradable
        })?;
        if !spec.order_mode.allows(OrderKind::Market(side)) || !spec.accepts_volume(volume) {
            return Err(Verdict::NotTradable);
        }
        if !spec.trade_mode.allows_entry(side) {
            return Err(Verdict::SideNotAllowed);
        }
        let price = side.entry_price(bid, ask);
        let wished = match wanted {
            StopsWanted::Pips(stop_loss, take_profit) => {
                stops::from_pips(spec, side, price, stop_loss, take_profit)
                    .ok_or(Verdict::StopTooNear)?
            }
            StopsWanted::Distances(stop_loss, take_profit) => {
                stops::from_distances(spec, side, price, stop_loss, take_profit)
                    .ok_or(Verdict::StopTooNear)?
            }
            StopsWanted::Prices(sl, tp) => Stops { sl, tp },
        };
        if takes_no_stops(spec, wished) {
            return Err(Verdict::NotTradable);
        }
        if !are_prices(wished) {
            return Err(Verdict::NoDistance);
        }
        let Placed { stops: Stops { sl, tp }, widened } =
            stops::place(spec, side, (bid, ask), wished, self.config.limits.near_stops)
                .ok_or(Verdict::StopTooNear)?;
        let mode = spec.filling_modes().get(filling).copied().ok_or(Verdict::NoFilling)?;
        Ok(Plan {
            side,
            volume,
            stops_wanted: wanted,
            deviation,
            price,
            sl,
            tp,
            filling,
            mode,
            widened,
        })
    }
}

/// Whether the stops are prices within reason.
pub(super) fn are_prices(Stops { sl, tp }: Stops) -> bool {
    [sl, tp].into_iter().flatten().all(is_price)
}

/// Whether a stop is wanted that the symbol does not accept.
pub(super) fn takes_no_stops(spec: &SymbolSpec, stops: Stops) -> bool {
    stops.sl.is_some() && !spec.order_mode.allow_sl()
        || stops.tp.is_some() && !spec.order_mode.allow_tp()
}
