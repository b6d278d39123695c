//! How far nothing can happen: until a moment of the server's clock, and while a quote stays
//! between prices.
//!
//! Whoever keeps a state that a tick can reach says so here, in one value, instead of looking at
//! each tick. What it says is a promise: within it a tick changes nothing but what a
//! [`Run`](crate::market::run::Run) tells. Too narrow is slow, too wide is wrong.

use crate::domain::amount::Price;
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;

/// Below every price, and above every price.
const LOWEST: Price = Price::from_raw(i64::MIN);
const HIGHEST: Price = Price::from_raw(i64::MAX);

/// Prices between which Bid and Ask stay; a quote that equals one of them is outside.
///
/// ```
/// use tickdeck::domain::amount::Price;
/// use tickdeck::market::quiet::QuoteBounds;
/// let price = |text: &str| text.parse::<Price>().unwrap();
/// // A long with its stop loss at 1.16 and its take profit at 1.18.
/// let stops = QuoteBounds { bid_low: price("1.16"), bid_high: price("1.18"), ..QuoteBounds::UNBOUNDED };
/// assert!(stops.hold(price("1.16001"), price("1.3")));
/// assert!(!stops.hold(price("1.16"), price("1.3")), "a level is reached by the quote that equals it");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteBounds {
    /// Bid must stay above this.
    pub bid_low: Price,
    /// Bid must stay below this.
    pub bid_high: Price,
    /// Ask must stay above this.
    pub ask_low: Price,
    /// Ask must stay below this.
    pub ask_high: Price,
}

impl QuoteBounds {
    /// Every quote is within them.
    pub const UNBOUNDED: Self =
        Self { bid_low: LOWEST, bid_high: HIGHEST, ask_low: LOWEST, ask_high: HIGHEST };

    /// No quote is within them.
    pub const NONE: Self =
        Self { bid_low: HIGHEST, bid_high: LOWEST, ask_low: HIGHEST, ask_high: LOWEST };

    /// Whether a quote is within them.
    #[inline]
    #[must_use]
    pub const fn hold(self, bid: Price, ask: Price) -> bool {
        (bid.raw() > self.bid_low.raw())
            & (bid.raw() < self.bid_high.raw())
            & (ask.raw() < self.ask_high.raw())
            & (ask.raw() > self.ask_low.raw())
    }

    /// The tighter of these bounds and `other`.
    #[inline]
    #[must_use]
    pub fn tightened(self, other: Self) -> Self {
        Self {
            bid_low: self.bid_low.max(other.bid_low),
            bid_high: self.bid_high.min(other.bid_high),
            ask_low: self.ask_low.max(other.ask_low),
            ask_high: self.ask_high.min(other.ask_high),
        }
    }
}

/// How far nothing can happen with the ticks of a symbol. Whatever it says, a tick without both
/// prices, or of a time before 1970, is never quiet.
///
/// ```
/// use tickdeck::domain::time::ServerMsc;
/// use tickdeck::market::quiet::{QuoteBounds, Quiet};
/// // A bar ends at this time; a level may be reached before.
/// let bar = Quiet { until: ServerMsc(60_000), quotes: QuoteBounds::UNBOUNDED };
/// let levels = Quiet { quotes: QuoteBounds::NONE, ..Quiet::EVER };
/// assert_eq!(bar.and(Quiet::EVER), bar);
/// assert_eq!(bar.and(levels), Quiet { until: ServerMsc(60_000), quotes: QuoteBounds::NONE });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// From this server time on something may happen.
    pub until: ServerMsc,
    /// Outside these quotes something may happen.
    pub quotes: QuoteBounds,
}

impl Quiet {
    /// Each tick may do something: the answer of whoever cannot say.
    pub const NEVER: Self = Self { until: ServerMsc(i64::MIN), quotes: QuoteBounds::NONE };

    /// No tick does anything.
    pub const EVER: Self = Self { until: ServerMsc(i64::MAX), quotes: QuoteBounds::UNBOUNDED };

    /// Quiet by both.
    #[inline]
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { until: self.until.min(other.until), quotes: self.quotes.tightened(other.quotes) }
    }
}

/// The lowest and the highest price in points that is still quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PointRange {
    lowest: i32,
    highest: i32,
}

impl PointRange {
    /// The whole points strictly between two prices. A price that is no quote is not among them.
    fn between(low: Price, high: Price, point_raw: i64) -> Self {
        let lowest = low.raw().div_euclid(point_raw).saturating_add(1).max(1);
        let highest = high.raw().saturating_sub(1).div_euclid(point_raw).max(0);
        match i32::try_from(lowest) {
            Ok(lowest) => Self { lowest, highest: i32::try_from(highest).unwrap_or(i32::MAX) },
            Err(_) => Self { lowest: i32::MAX, highest: 0 },
        }
    }

    const fn is_empty(self) -> bool {
        self.lowest > self.highest
    }

    /// Below zero for a price outside the range, which must not be empty: at most one of the two
    /// differences wraps, and then the other one is below zero.
    #[inline]
    const fn sign(self, points: i32) -> i32 {
        points.wrapping_sub(self.lowest) | self.highest.wrapping_sub(points)
    }
}

/// Quotes as a batch of ticks counts them: what each of its ticks is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointBounds {
    bid: PointRange,
    ask: PointRange,
}

/// Quotes that are compared together, without a branch for each of them.
const BLOCK: usize = 32;

impl PointBounds {
    /// The bounds in points of so many units of 10⁻⁹.
    #[must_use]
    pub fn new(quotes: QuoteBounds, point_raw: i64) -> Self {
        Self {
            bid: PointRange::between(quotes.bid_low, quotes.bid_high, point_raw),
            ask: PointRange::between(quotes.ask_low, quotes.ask_high, point_raw),
        }
    }

    /// How many ticks from `from` on, and before `to`, are within the bounds without a break; none
    /// of a batch whose prices are not [narrow](crate::market::columns::PointColumn::narrow).
    #[must_use]
    pub fn count(&self, ticks: &TickColumns, from: usize, to: usize) -> usize {
        let (Some(bids), Some(asks)) = (ticks.bid().narrow(), ticks.ask().narrow()) else {
            return 0;
        };
        if self.bid.is_empty() || self.ask.is_empty() {
            return 0;
        }
        let (bids, asks) = (&bids[from..to], &asks[from..to]);
        let sign = |(&bid, &ask): (&i32, &i32)| self.bid.sign(bid) | self.ask.sign(ask);
        let mut inside = 0;
        for (bids, asks) in bids.chunks(BLOCK).zip(asks.chunks(BLOCK)) {
            let quotes = bids.iter().zip(asks);
            if quotes.clone().fold(0, |signs, quote| signs | sign(quote)) < 0 {
                let outside = quotes.map(sign).position(|sign| sign < 0);
                return inside + outside.expect("one of the block is outside");
            }
            inside += bids.len();
        }
        inside
    }
}

/// How many of the times, which never go back, come before `until`: found by steps that grow, then
/// by halving, so that few are looked at when there are few.
#[must_use]
pub fn count_before(times_msc: &[i64], until: ServerMsc) -> usize {
    // Often it is all of them.
    if times_msc.last().is_none_or(|&last| last < until.0) {
        return times_msc.len();
    }
    let (mut before, mut step) = (0, 16);
    while before + step < times_msc.len() && times_msc[before + step] < until.0 {
        before += step;
        step *= 2;
    }
    let end = times_msc.len().min(before + step);
    before + times_msc[before..end].partition_point(|&time| time < until.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SymbolId;
    use crate::domain::tick::Tick;
    use proptest::prelude::*;

    fn any_price() -> impl Strategy<Value = Price> {
        prop_oneof![
            (-3_i64..40).prop_map(|points| Price::from_raw(points * 10)),
            (-30_i64..400).prop_map(Price::from_raw),
            Just(LOWEST),
            Just(HIGHEST),
            any::<i64>().prop_map(Price::from_raw),
        ]
    }

    proptest! {
        /// Compared in points, block by block, as each tick by itself.
        #[test]
        fn points_are_compared_as_prices(
            prices in prop::collection::vec((0_i64..36, 0_i64..36), 0..200),
            bounds in [any_price(), any_price(), any_price(), any_price()],
            from in 0_usize..40,
            extreme in prop::option::of(prop_oneof![any::<i32>(), Just(i32::MAX), Just(i32::MIN)]),
        ) {
            let [bid_low, bid_high, ask_low, ask_high] = bounds;
            let bounds = QuoteBounds { bid_low, bid_high, ask_low, ask_high };
            let mut columns = TickColumns::default();
            columns.begin(SymbolId(0), Price::from_raw(10));
            for (bid, ask) in prices {
                let (bid, ask) = (Price::from_raw(bid * 10), Price::from_raw(ask * 10));
                columns.push(&Tick { bid, ask, ..Tick::default() });
            }
            if let Some(points) = extreme {
                let bid = Price::from_raw(i64::from(points) * 10);
                columns.push(&Tick { bid, ask: bid, ..Tick::default() });
            }
            let from = from.min(columns.len());
            let is_inside = |tick: &Tick| {
                bounds.hold(tick.bid, tick.ask) && tick.bid > Price::ZERO && tick.ask > Price::ZERO
            };
            let expect = columns.iter().skip(from).take_while(is_inside).count();
            let found = PointBounds::new(bounds, 10).count(&columns, from, columns.len());
            prop_assert_eq!(found, expect);
        }

        #[test]
        fn times_are_counted_as_one_by_one(steps in prop::collection::vec(0_i64..4, 0..200), until in -2_i64..300) {
            let times: Vec<i64> = steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
            let expect = times.iter().filter(|&&time| time < until).count();
            prop_assert_eq!(count_before(&times, ServerMsc(until)), expect);
        }
    }

    #[test]
    fn a_batch_of_wide_prices_is_never_quiet() {
        let mut columns = TickColumns::default();
        columns.begin(SymbolId(0), Price::from_raw(1));
        let price = Price::from_raw(1 << 40);
        columns.push(&Tick { bid: price, ask: price, ..Tick::default() });
        assert_eq!(PointBounds::new(QuoteBounds::UNBOUNDED, 1).count(&columns, 0, 1), 0);
    }
}
