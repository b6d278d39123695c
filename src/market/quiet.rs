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

/// Prices between which Bid, Ask and the spread (Ask minus Bid) stay; a quote that equals one of them
/// is outside.
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
    /// The spread must stay above this.
    pub spread_low: Price,
    /// The spread must stay below this.
    pub spread_high: Price,
}

impl QuoteBounds {
    /// Every quote is within them.
    pub const UNBOUNDED: Self = Self {
        bid_low: LOWEST,
        bid_high: HIGHEST,
        ask_low: LOWEST,
        ask_high: HIGHEST,
        spread_low: LOWEST,
        spread_high: HIGHEST,
    };

    /// No quote is within them.
    pub const NONE: Self = Self {
        bid_low: HIGHEST,
        bid_high: LOWEST,
        ask_low: HIGHEST,
        ask_high: LOWEST,
        ..Self::UNBOUNDED
    };

    /// Whether a quote is within them.
    #[inline]
    #[must_use]
    pub const fn hold(self, bid: Price, ask: Price) -> bool {
        // It saturates only where a price is none.
        let spread_raw = ask.raw().saturating_sub(bid.raw());
        (bid.raw() > self.bid_low.raw())
            & (bid.raw() < self.bid_high.raw())
            & (ask.raw() < self.ask_high.raw())
            & (ask.raw() > self.ask_low.raw())
            & (spread_raw > self.spread_low.raw())
            & (spread_raw < self.spread_high.raw())
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
            spread_low: self.spread_low.max(other.spread_low),
            spread_high: self.spread_high.min(other.spread_high),
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

/// The lowest and the highest number of points that is still quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PointRange {
    lowest: i32,
    highest: i32,
}

impl PointRange {
    /// No number of points.
    const EMPTY: Self = Self { lowest: 1, highest: 0 };

    /// The whole points strictly between two prices.
    fn between(low: Price, high: Price, point_raw: i64) -> Self {
        let lowest = low.raw().div_euclid(point_raw).saturating_add(1).max(i32::MIN.into());
        let highest = high.raw().saturating_sub(1).div_euclid(point_raw).min(i32::MAX.into());
        // What is still beyond 32 bits leaves nothing between.
        match (i32::try_from(lowest), i32::try_from(highest)) {
            (Ok(lowest), Ok(highest)) if lowest <= highest => Self { lowest, highest },
            _ => Self::EMPTY,
        }
    }

    /// Without what is farther from zero than any spread, so that no difference of two wraps.
    fn of_spread(self) -> Self {
        const MOST: i32 = 1 << 30;
        Self { lowest: self.lowest.max(1 - MOST), highest: self.highest.min(MOST - 1) }
    }

    /// Without what is no quote.
    fn above_zero(self) -> Self {
        if self.highest > 0 { Self { lowest: self.lowest.max(1), ..self } } else { Self::EMPTY }
    }

    const fn is_empty(self) -> bool {
        self.lowest > self.highest
    }

    /// Below zero for points outside the range. Its ends are less than 2³¹ apart and in order, so at
    /// most one of the two differences wraps, and then the other one is below zero.
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
    /// None when nothing bounds the spread.
    spread: Option<PointRange>,
}

/// Quotes that are compared together, without a branch for each of them.
const BLOCK: usize = 32;

impl PointBounds {
    /// The bounds in points of so many units of 10⁻⁹.
    #[must_use]
    pub fn new(quotes: QuoteBounds, point_raw: i64) -> Self {
        let QuoteBounds { bid_low, bid_high, ask_low, ask_high, spread_low, spread_high } = quotes;
        let is_bounded = spread_low > LOWEST || spread_high < HIGHEST;
        Self {
            bid: PointRange::between(bid_low, bid_high, point_raw).above_zero(),
            ask: PointRange::between(ask_low, ask_high, point_raw).above_zero(),
            spread: is_bounded
                .then(|| PointRange::between(spread_low, spread_high, point_raw).of_spread()),
        }
    }

    /// How many ticks from `from` on, and before `to`, are within the bounds without a break; none
    /// of a batch whose prices are not [narrow](crate::market::columns::PointColumn::narrow).
    #[must_use]
    pub fn count(&self, ticks: &TickColumns, from: usize, to: usize) -> usize {
        let (Some(bids), Some(asks)) = (ticks.bid().narrow(), ticks.ask().narrow()) else {
            return 0;
        };
        let Self { bid, ask, spread } = *self;
        if bid.is_empty() || ask.is_empty() || spread.is_some_and(PointRange::is_empty) {
            return 0;
        }
        let (bids, asks) = (&bids[from..to], &asks[from..to]);
        let quote = move |one: i32, other: i32| bid.sign(one) | ask.sign(other);
        match spread {
            None => count_inside(bids, asks, quote),
            // The spread of quotes above zero never wraps, and others are outside anyway.
            Some(spread) => count_inside(bids, asks, move |bid, ask| {
                quote(bid, ask) | spread.sign(ask.wrapping_sub(bid))
            }),
        }
    }
}

/// How many quotes come before the first of which `sign` is below zero.
#[inline]
fn count_inside(bids: &[i32], asks: &[i32], sign: impl Fn(i32, i32) -> i32 + Copy) -> usize {
    let mut inside = 0;
    for (bids, asks) in bids.chunks(BLOCK).zip(asks.chunks(BLOCK)) {
        let signs = bids.iter().zip(asks).map(|(&bid, &ask)| sign(bid, ask));
        if signs.clone().fold(0, |all, sign| all | sign) < 0 {
            let outside = { signs }.position(|sign| sign < 0);
            return inside + outside.expect("one of the block is outside");
        }
        inside += bids.len();
    }
    inside
}

/// How many of the times, which never go back, come before `until`: found by steps that grow, then
/// by halving, so that few are looked at when there are few.
#[must_use]
pub fn count_before(times_msc: &[i64], until: ServerMsc) -> usize {
    // Often it is a few.
    let few = times_msc.len().min(8);
    if let Some(few) = times_msc[..few].iter().position(|&time| time >= until.0) {
        return few;
    }
    // Or all of them.
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
            spread in prop::option::of([any_price(), any_price()]),
            from in 0_usize..40,
            extreme in prop::option::of(prop_oneof![any::<i32>(), Just(i32::MAX), Just(i32::MIN)]),
        ) {
            let [bid_low, bid_high, ask_low, ask_high] = bounds;
            let [spread_low, spread_high] = spread.unwrap_or([LOWEST, HIGHEST]);
            let bounds = QuoteBounds { bid_low, bid_high, ask_low, ask_high, spread_low, spread_high };
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
                let is_spread = (tick.ask.raw() - tick.bid.raw()).abs() < 10 << 30;
                bounds.hold(tick.bid, tick.ask) && tick.bid > Price::ZERO && tick.ask > Price::ZERO
                    && (is_spread || (spread_low, spread_high) == (LOWEST, HIGHEST))
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
