//! Where a position's stops are placed, and whether the server would accept them (executor 3.4, MT5
//! reference 3.5).

use crate::domain::amount::{Pips, Price};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use serde::{Deserialize, Serialize};

/// The stops of a position as prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stops {
    /// The stop loss; none when the position has none.
    pub sl: Option<Price>,
    /// The take profit; none when the position has none.
    pub tp: Option<Price>,
}

/// The stops of a position entered at `entry`, at the given distances and rounded to the symbol's
/// tick size. None when the symbol has no pip, or when a price does not fit or is not above zero.
#[must_use]
pub fn from_pips(
    spec: &SymbolSpec,
    side: Side,
    entry: Price,
    stop_loss: Option<Pips>,
    take_profit: Option<Pips>,
) -> Option<Stops> {
    let distance = |pips: Option<Pips>| match pips {
        None => Some(None),
        Some(pips) => spec.pips(pips).map(Some),
    };
    from_distances(spec, side, entry, distance(stop_loss)?, distance(take_profit)?)
}

/// The stops of a position entered at `entry`, at the given distances and rounded to the symbol's
/// tick size. None when a price does not fit or is not above zero.
#[must_use]
pub fn from_distances(
    spec: &SymbolSpec,
    side: Side,
    entry: Price,
    stop_loss: Option<Price>,
    take_profit: Option<Price>,
) -> Option<Stops> {
    let place = |distance: Option<Price>, sign: i64| {
        let Some(distance) = distance else { return Some(None) };
        let price = entry.checked_add(Price::from_raw(distance.raw() * sign))?;
        let price = price.round_to_tick(spec.tick_size);
        (price > Price::ZERO).then_some(Some(price))
    };
    Some(Stops { sl: place(stop_loss, -side.sign())?, tp: place(take_profit, side.sign())? })
}

/// What to do with a stop that is inside the stops level, or on the wrong side of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NearStops {
    /// Make no entry.
    #[default]
    Refuse,
    /// Move the stop out to the nearest price that the server accepts.
    Widen,
    /// Send the entry as it is and let the server decide.
    Send,
}

/// Stops after the policy was applied, as they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The prices to send.
    pub stops: Stops,
    /// Whether the policy moved at least one of them.
    pub widened: bool,
}

/// Applies `policy` to the stops of a position to be opened. The market is the price at which the
/// position would be closed: Bid for a buy, Ask for a sell. None means that there is no entry.
#[must_use]
pub fn place(
    spec: &SymbolSpec,
    side: Side,
    (bid, ask): (Price, Price),
    wanted: Stops,
    policy: NearStops,
) -> Option<Placed> {
    let nearest = nearest(spec, side, side.exit_price(bid, ask));
    let (below, above) = match side {
        Side::Buy => (wanted.sl, wanted.tp),
        Side::Sell => (wanted.tp, wanted.sl),
    };
    let near = below.is_some_and(|price| price > nearest.below)
        || above.is_some_and(|price| price < nearest.above);
    match policy {
        _ if !near => Some(Placed { stops: wanted, widened: false }),
        NearStops::Send => Some(Placed { stops: wanted, widened: false }),
        NearStops::Refuse => None,
        NearStops::Widen => {
            let (below, above) = (
                below.map(|price| price.min(nearest.below)),
                above.map(|price| price.max(nearest.above)),
            );
            let (sl, tp) = if side == Side::Buy { (below, above) } else { (above, below) };
            Some(Placed { stops: Stops { sl, tp }, widened: true })
        }
    }
}

/// The nearest prices, below and above the market, at which the server accepts a stop.
struct Nearest {
    below: Price,
    above: Price,
}

/// Multiples of the tick size, at least the stops level away and never at the market itself.
fn nearest(spec: &SymbolSpec, side: Side, market: Price) -> Nearest {
    let level = spec.points(spec.stops_level).max(spec.tick_size);
    let grid = spec.tick_size.raw();
    let below = (market - level).raw().div_euclid(grid) * grid;
    let above = -((-(market + level)).raw().div_euclid(grid) * grid);
    assert!(below < above, "{side:?}: the market lies between the stops");
    Nearest { below: Price::from_raw(below), above: Price::from_raw(above) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Points;
    use crate::domain::symbols_builtin::builtin;
    use proptest::prelude::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn the_reference_trade_has_its_stops() {
        let spec = builtin("EURUSD").unwrap();
        let pips = |text: &str| Some(text.parse().unwrap());
        let stops = from_pips(&spec, Side::Sell, price("1.17418"), pips("10"), pips("20")).unwrap();
        assert_eq!(
            (stops.sl.unwrap().to_string(), stops.tp.unwrap().to_string()),
            ("1.17518".into(), "1.17218".into())
        );
    }

    #[test]
    fn the_stops_level_is_kept_from_the_closing_side() {
        let spec = SymbolSpec { stops_level: Points(10), ..builtin("EURUSD").unwrap() };
        let buy = |sl: &str, policy| {
            let wanted = Stops { sl: Some(price(sl)), tp: None };
            place(&spec, Side::Buy, (price("1.1"), price("1.1002")), wanted, policy)
                .map(|placed| (placed.stops.sl.unwrap().to_string(), placed.widened))
        };
        assert_eq!(buy("1.0999", NearStops::Refuse), Some(("1.0999".into(), false)));
        assert_eq!(buy("1.09991", NearStops::Refuse), None);
        assert_eq!(buy("1.1001", NearStops::Refuse), None);
        assert_eq!(buy("1.1001", NearStops::Widen), Some(("1.0999".into(), true)));
        assert_eq!(buy("1.1001", NearStops::Send), Some(("1.1001".into(), false)));
    }

    proptest! {
        /// What is widened is taken by the server, and lies never nearer than what was wanted.
        #[test]
        fn widened_stops_are_far_enough(bid in 100_000_i64..200_000, spread in 0_i64..300, away in -50_i64..200, level in 0_i64..100) {
            let spec = SymbolSpec { stops_level: Points(level), ..builtin("EURUSD").unwrap() };
            let at = |points: i64| Price::from_raw(points * 10_000);
            for side in [Side::Buy, Side::Sell] {
                let wanted = Stops { sl: Some(at(bid - side.sign() * away)), tp: Some(at(bid + side.sign() * away)) };
                let placed = place(&spec, side, (at(bid), at(bid + spread)), wanted, NearStops::Widen).unwrap();
                let again = place(&spec, side, (at(bid), at(bid + spread)), placed.stops, NearStops::Refuse);
                prop_assert_eq!(again.map(|placed| placed.widened), Some(false));
                let further = |was: Option<Price>, is: Option<Price>, sign: i64| (is.unwrap() - was.unwrap()).raw() * sign >= 0;
                prop_assert!(further(wanted.sl, placed.stops.sl, -side.sign()) && further(wanted.tp, placed.stops.tp, side.sign()));
            }
        }
    }
}
