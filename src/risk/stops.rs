//! Where a position's stops go, and whether the server would take them (executor 3.4, MT5 reference 3.5).

use crate::domain::amount::{Pips, Price};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;

/// A position's stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stops {
    /// Stop loss.
    pub sl: Option<Price>,
    /// Take profit.
    pub tp: Option<Price>,
}

/// The stops of a position entered at `entry`, so many pips away, on the symbol's grid of prices. None when a distance
/// cannot be expressed or would lie at or below zero.
#[must_use]
pub fn from_pips(spec: &SymbolSpec, side: Side, entry: Price, stop_loss: Option<Pips>, take_profit: Option<Pips>) -> Option<Stops> {
    let at = |pips: Pips, sign: i64| {
        let distance = Price::from_raw(spec.pips(pips)?.raw() * sign);
        let price = entry.checked_add(distance)?.round_to_tick(spec.tick_size);
        (price > Price::ZERO).then_some(price)
    };
    let place = |pips: Option<Pips>, sign: i64| match pips {
        None => Some(None),
        Some(pips) => at(pips, sign).map(Some),
    };
    Some(Stops { sl: place(stop_loss, -side.sign())?, tp: place(take_profit, side.sign())? })
}

/// Whether both stops keep the stops level from the price at which the position would be closed: Bid for a buy, Ask for
/// a sell.
#[must_use]
pub fn keep_distance(spec: &SymbolSpec, side: Side, bid: Price, ask: Price, stops: Stops) -> bool {
    let market = side.exit_price(bid, ask);
    let level = spec.points(spec.stops_level);
    let beyond = |distance: Price| distance > Price::ZERO && distance >= level;
    let loss = |sl: Price| if side == Side::Buy { market - sl } else { sl - market };
    let gain = |tp: Price| if side == Side::Buy { tp - market } else { market - tp };
    stops.sl.is_none_or(|sl| beyond(loss(sl))) && stops.tp.is_none_or(|tp| beyond(gain(tp)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Points;
    use crate::domain::symbols_builtin::builtin;

    #[test]
    fn the_reference_trade_has_its_stops() {
        let spec = builtin("EURUSD").unwrap();
        let pips = |text: &str| Some(text.parse().unwrap());
        let stops = from_pips(&spec, Side::Sell, "1.17418".parse().unwrap(), pips("10"), pips("20")).unwrap();
        assert_eq!((stops.sl.unwrap().to_string(), stops.tp.unwrap().to_string()), ("1.17518".into(), "1.17218".into()));
    }

    #[test]
    fn the_stops_level_is_kept_from_the_closing_side() {
        let spec = crate::domain::symbol::SymbolSpec { stops_level: Points(10), ..builtin("EURUSD").unwrap() };
        let price = |text: &str| text.parse::<Price>().unwrap();
        let fits = |sl: &str| keep_distance(&spec, Side::Buy, price("1.1"), price("1.1002"), Stops { sl: Some(price(sl)), tp: None });
        assert!(fits("1.0999"));
        assert!(!fits("1.09991"));
        assert!(!fits("1.1001"));
    }
}
