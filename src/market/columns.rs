//! Ticks of one symbol as columns, a batch at a time. Prices are whole points of 32 bits wherever
//! they fit, as they nearly always do: four of them are compared at once.
//!
//! A column never rounds and never fails: prices that do not fit are kept in 64 bits, and prices
//! that are no whole points in units of 10⁻⁹. Such a batch is exact and slow.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use std::ops::Range;

/// Prices in whole points.
///
/// ```
/// use tickdeck::market::columns::PointColumn;
/// let mut column = PointColumn::default();
/// column.push(117_000);
/// assert_eq!(column.narrow(), Some(&[117_000][..]));
/// column.push(1 << 40);
/// assert_eq!((column.narrow(), column.get(0), column.get(1)), (None, 117_000, 1 << 40));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PointColumn {
    /// The prices, if all of them fit.
    narrow: Vec<i32>,
    /// The prices, if one of them does not fit; then `narrow` is empty.
    wide: Vec<i64>,
}

impl PointColumn {
    /// No prices.
    #[must_use]
    pub const fn new() -> Self {
        Self { narrow: Vec::new(), wide: Vec::new() }
    }

    /// The number of prices.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        if self.wide.is_empty() { self.narrow.len() } else { self.wide.len() }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all prices and keeps the buffers.
    pub fn clear(&mut self) {
        self.narrow.clear();
        self.wide.clear();
    }

    /// The price at `at`, in points.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    #[must_use]
    pub fn get(&self, at: usize) -> i64 {
        if self.wide.is_empty() { i64::from(self.narrow[at]) } else { self.wide[at] }
    }

    /// All prices, if each of them fits into 32 bits.
    #[inline]
    #[must_use]
    pub fn narrow(&self) -> Option<&[i32]> {
        self.wide.is_empty().then_some(&self.narrow)
    }

    /// The first price that is not above zero; none when all are.
    #[must_use]
    pub fn first_not_positive(&self) -> Option<usize> {
        if self.wide.is_empty() {
            // Without a branch for each: less one is below zero exactly for those.
            let signs =
                self.narrow.iter().fold(0, |all, points| all | points | points.wrapping_sub(1));
            return (signs < 0).then(|| self.narrow.iter().position(|&points| points <= 0))?;
        }
        self.wide.iter().position(|&points| points <= 0)
    }

    /// Appends a price of so many points.
    #[inline]
    pub fn push(&mut self, points: i64) {
        match i32::try_from(points) {
            Ok(points) if self.wide.is_empty() => self.narrow.push(points),
            _ => self.push_wide(points),
        }
    }

    #[cold]
    fn push_wide(&mut self, points: i64) {
        self.wide.extend(self.narrow.drain(..).map(i64::from));
        self.wide.push(points);
    }

    /// Takes the whole column from a decoder: `fill` appends to the empty buffer.
    ///
    /// # Errors
    /// That of `fill`.
    pub fn fill<E>(&mut self, fill: impl FnOnce(&mut Vec<i32>) -> Result<(), E>) -> Result<(), E> {
        self.clear();
        fill(&mut self.narrow)
    }

    /// Takes the whole column from a buffer, which is used again.
    pub fn take_wide(&mut self, points: &mut Vec<i64>) {
        self.clear();
        let fits = |points: i64| i32::try_from(points).is_ok();
        if points.iter().all(|&points| fits(points)) {
            #[expect(clippy::cast_possible_truncation, reason = "each was checked to fit")]
            self.narrow.extend(points.iter().map(|&points| points as i32));
        } else {
            std::mem::swap(&mut self.wide, points);
        }
    }

    /// Counts in units of which `units` make a point.
    fn refine(&mut self, units: i64) {
        let finer = |at| self.get(at).checked_mul(units).expect("a price fits in its own units");
        self.wide = (0..self.len()).map(finer).collect();
        self.narrow.clear();
    }
}

/// What a tick says beside its time and quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TickRest {
    /// The price of the last deal.
    pub last: Price,
    /// The volume of the last deal.
    pub volume: u32,
    /// Which values changed.
    pub flags: TickFlags,
}

impl TickRest {
    const fn of(tick: &Tick) -> Self {
        Self { last: tick.last, volume: tick.volume, flags: tick.flags }
    }
}

/// A batch of ticks of one symbol.
///
/// ```
/// use tickdeck::domain::tick::Tick;
/// use tickdeck::market::columns::TickColumns;
/// let tick = Tick { bid: "1.17000".parse()?, ask: "1.17007".parse()?, ..Tick::default() };
/// let mut columns = TickColumns::default();
/// columns.begin(tick.symbol, "0.00001".parse()?);
/// columns.push(&tick);
/// assert_eq!((columns.len(), columns.tick(0)), (1, tick));
/// assert_eq!(columns.bid().narrow(), Some(&[117_000][..]));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickColumns {
    symbol: SymbolId,
    /// The unit of the prices, in 10⁻⁹.
    point_raw: i64,
    time_msc: Vec<i64>,
    bid: PointColumn,
    ask: PointColumn,
    /// The rest of all ticks, where it is the same.
    like: TickRest,
    /// The rest of each tick, where they differ; otherwise empty.
    rest: Vec<TickRest>,
}

impl Default for TickColumns {
    fn default() -> Self {
        Self {
            symbol: SymbolId::default(),
            point_raw: 1,
            time_msc: Vec::new(),
            bid: PointColumn::default(),
            ask: PointColumn::default(),
            like: TickRest::default(),
            rest: Vec::new(),
        }
    }
}

impl TickColumns {
    /// Forgets all ticks and keeps the buffers, for ticks of `symbol` whose prices are whole
    /// `point`s.
    ///
    /// # Panics
    /// If `point` is not above zero.
    pub fn begin(&mut self, symbol: SymbolId, point: Price) {
        assert!(point > Price::ZERO, "a point has a size");
        self.clear();
        (self.symbol, self.point_raw) = (symbol, point.raw());
    }

    /// Forgets all ticks and keeps the buffers.
    pub fn clear(&mut self) {
        self.time_msc.clear();
        self.bid.clear();
        self.ask.clear();
        self.rest.clear();
    }

    /// The symbol of the ticks.
    #[inline]
    #[must_use]
    pub const fn symbol(&self) -> SymbolId {
        self.symbol
    }

    /// The unit of the prices, in 10⁻⁹.
    #[inline]
    #[must_use]
    pub const fn point_raw(&self) -> i64 {
        self.point_raw
    }

    /// The number of ticks.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.time_msc.len()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.time_msc.is_empty()
    }

    /// Server times in milliseconds.
    #[inline]
    #[must_use]
    pub fn time_msc(&self) -> &[i64] {
        &self.time_msc
    }

    /// The server time of the tick at `at`; none beyond the last one.
    #[inline]
    #[must_use]
    pub fn time_at(&self, at: usize) -> Option<ServerMsc> {
        self.time_msc.get(at).copied().map(ServerMsc)
    }

    /// Bids.
    #[inline]
    #[must_use]
    pub const fn bid(&self) -> &PointColumn {
        &self.bid
    }

    /// Asks.
    #[inline]
    #[must_use]
    pub const fn ask(&self) -> &PointColumn {
        &self.ask
    }

    /// Whether the tick at `at` is marked as counted in its bar's tick volume.
    #[inline]
    #[must_use]
    pub fn is_counted(&self, at: usize) -> bool {
        self.rest.get(at).unwrap_or(&self.like).flags.is_counted()
    }

    /// What all ticks say beside their times and quotes, if it is the same.
    #[must_use]
    pub fn like(&self) -> Option<TickRest> {
        self.rest.is_empty().then_some(self.like)
    }

    /// Whether no tick is marked as counted.
    #[inline]
    #[must_use]
    pub const fn is_unmarked(&self) -> bool {
        self.rest.is_empty() && !self.like.flags.is_counted()
    }

    /// The tick at `at`.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    #[must_use]
    pub fn tick(&self, at: usize) -> Tick {
        let TickRest { last, volume, flags } = *self.rest.get(at).unwrap_or(&self.like);
        // Each price was checked to fit when it came in.
        let price =
            |column: &PointColumn| Price::from_raw(column.get(at).wrapping_mul(self.point_raw));
        Tick {
            time_msc: ServerMsc(self.time_msc[at]),
            bid: price(&self.bid),
            ask: price(&self.ask),
            last,
            volume,
            symbol: self.symbol,
            flags,
        }
    }

    /// All ticks.
    #[must_use = "ticks are made when they are asked for"]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Tick> + ExactSizeIterator + '_ {
        (0..self.len()).map(|at| self.tick(at))
    }

    /// Appends a tick.
    ///
    /// # Panics
    /// If it is of another symbol.
    #[inline]
    pub fn push(&mut self, tick: &Tick) {
        assert!(tick.symbol == self.symbol, "a batch holds ticks of one symbol");
        let (bid, ask) = (tick.bid.raw(), tick.ask.raw());
        if bid % self.point_raw != 0 || ask % self.point_raw != 0 {
            self.bid.refine(self.point_raw);
            self.ask.refine(self.point_raw);
            self.point_raw = 1;
        }
        self.bid.push(bid / self.point_raw);
        self.ask.push(ask / self.point_raw);
        self.push_rest(TickRest::of(tick));
        self.time_msc.push(tick.time_msc.0);
    }

    /// Appends the ticks of `range` of another batch.
    ///
    /// # Panics
    /// If it is of another symbol, or does not have so many.
    pub fn extend(&mut self, other: &Self, range: Range<usize>) {
        assert!(other.symbol == self.symbol, "a batch holds ticks of one symbol");
        let is_alike = self.rest.is_empty() && other.rest.is_empty();
        let same_rest = is_alike && (self.is_empty() || self.like == other.like);
        let same_point = self.point_raw == other.point_raw;
        if let (Some(bids), Some(asks)) = (other.bid.narrow(), other.ask.narrow())
            && self.bid.narrow().is_some()
            && self.ask.narrow().is_some()
            && same_rest
            && same_point
        {
            self.like = other.like;
            self.bid.narrow.extend_from_slice(&bids[range.clone()]);
            self.ask.narrow.extend_from_slice(&asks[range.clone()]);
            self.time_msc.extend_from_slice(&other.time_msc[range]);
        } else {
            range.for_each(|at| self.push(&other.tick(at)));
        }
    }

    fn push_rest(&mut self, rest: TickRest) {
        if self.is_empty() {
            self.like = rest;
        }
        if self.rest.is_empty() && rest == self.like {
            return;
        }
        // The first that differs: from here on each has its own.
        self.rest.resize(self.time_msc.len(), self.like);
        self.rest.push(rest);
    }

    /// Takes a batch from a decoder, which fills times, Bids and Asks.
    ///
    /// # Errors
    /// That of `fill`; the batch is then of no use until the next [`TickColumns::begin`].
    ///
    /// # Panics
    /// If the columns differ in length.
    pub fn fill<E>(
        &mut self,
        fill: impl FnOnce(&mut Vec<i64>, &mut PointColumn, &mut PointColumn) -> Result<(), E>,
    ) -> Result<(), E> {
        fill(&mut self.time_msc, &mut self.bid, &mut self.ask)?;
        let rows = self.len();
        assert!(self.bid.len() == rows && self.ask.len() == rows, "columns have one length");
        Ok(())
    }

    /// The rest of all ticks of a batch just [filled](TickColumns::fill), which is the same.
    pub fn fill_like(&mut self, like: TickRest) {
        self.rest.clear();
        self.like = like;
    }

    /// The rest of each tick of a batch just [filled](TickColumns::fill).
    ///
    /// # Panics
    /// If there is not one for each tick.
    pub fn fill_rest(&mut self, rest: impl Iterator<Item = TickRest>) {
        self.rest.clear();
        self.rest.extend(rest);
        assert_eq!(self.rest.len(), self.len(), "columns have one length");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_tick() -> impl Strategy<Value = Tick> {
        let raw = prop_oneof![
            (0_i64..300_000).prop_map(|points| points * 10_000),
            Just(0),
            any::<i64>().prop_map(|raw| raw >> 4),
            (0_i64..9).prop_map(|raw| raw + 1_170_000_000),
        ];
        let flags = prop_oneof![4 => Just(6_u32), 1 => 0_u32..256];
        (any::<u32>(), raw.clone(), raw.clone(), raw, 0_u32..3, flags).prop_map(
            |(time, bid, ask, last, volume, flags)| Tick {
                time_msc: ServerMsc(i64::from(time)),
                bid: Price::from_raw(bid),
                ask: Price::from_raw(ask),
                last: if volume == 2 { Price::from_raw(last) } else { Price::ZERO },
                volume,
                symbol: SymbolId(3),
                flags: TickFlags::from_mt5(flags),
            },
        )
    }

    proptest! {
        /// What goes in comes out, whatever the prices, in every batch of a buffer used again.
        #[test]
        fn nothing_is_rounded_or_lost(batches in prop::collection::vec(prop::collection::vec(any_tick(), 0..12), 1..4)) {
            let mut columns = TickColumns::default();
            for ticks in batches {
                columns.begin(SymbolId(3), Price::from_raw(10_000));
                ticks.iter().for_each(|tick| columns.push(tick));
                prop_assert_eq!(columns.iter().collect::<Vec<_>>(), &ticks[..]);
                for (at, tick) in ticks.iter().enumerate() {
                    prop_assert_eq!(columns.is_counted(at), tick.flags.is_counted());
                }
                let marked = ticks.iter().any(|tick| tick.flags.is_counted());
                prop_assert!(!marked || !columns.is_unmarked());
            }
        }
    }

    #[test]
    fn usual_prices_are_narrow() {
        let tick =
            |raw| Tick { bid: Price::from_raw(raw), ask: Price::from_raw(raw), ..Tick::default() };
        let mut columns = TickColumns::default();
        columns.begin(SymbolId(0), Price::from_raw(10_000));
        columns.push(&tick(1_170_000_000));
        assert_eq!(columns.bid().narrow(), Some(&[117_000][..]));
        // A tenth of a point: exact, and no longer narrow.
        columns.push(&tick(1_170_001_000));
        assert_eq!((columns.bid().narrow(), columns.point_raw()), (None, 1));
        assert_eq!(columns.tick(0).bid, Price::from_raw(1_170_000_000));
    }
}
