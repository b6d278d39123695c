//! A quiet run: ticks of one symbol and one minute that are taken together, because nothing can
//! happen with any of them.
//!
//! It says what the ticks come to, so that whoever keeps bars, quotes or counts takes a run at
//! once. Taken tick by tick it comes to the same: that is what [`Quiet`](crate::market::quiet)
//! promises and what the tests of every taker compare.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use crate::market::quiet::count_before;

const MINUTE_MS: i64 = 60_000;

/// Ticks of one symbol, all in one minute; never none.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    ticks: &'a TickColumns,
    from: usize,
    until: usize,
    first: Tick,
    last: Tick,
    /// How many ticks at its end have the time of the last one.
    of_last_msc: u32,
    quotes: QuoteFold,
}

/// What the quotes of a run come to, in points.
#[derive(Debug, Clone, Copy)]
struct QuoteFold {
    bid_low: i32,
    bid_high: i32,
    spread_low: i32,
    /// Ticks after the first whose Bid is another than that of the tick before.
    bid_changes: u32,
}

impl<'a> Run<'a> {
    /// The ticks from `from` on, and before `until`, that are in one minute with the first.
    ///
    /// All quotes must be above zero, as quiet ones are.
    ///
    /// # Panics
    /// If there is none, or the batch has prices that are not
    /// [narrow](crate::market::columns::PointColumn::narrow): those are never quiet.
    #[inline]
    #[must_use]
    pub fn of_minute(ticks: &'a TickColumns, from: usize, until: usize) -> Self {
        let times_msc = &ticks.time_msc()[from..until];
        let minute_end_msc = (times_msc[0].div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
        let count = count_before(times_msc, ServerMsc(minute_end_msc));
        let until = from + count;
        let last_msc = times_msc[count - 1];
        let of_last_msc = times_msc[..count].iter().rev().take_while(|&&time| time == last_msc);
        let of_last_msc = u32::try_from(of_last_msc.count()).expect("a batch is bounded");
        let narrow = "only what is narrow is quiet";
        let bids = &ticks.bid().narrow().expect(narrow)[from..until];
        let asks = &ticks.ask().narrow().expect(narrow)[from..until];
        Self {
            ticks,
            from,
            until,
            first: ticks.tick(from),
            last: ticks.tick(until - 1),
            of_last_msc,
            quotes: QuoteFold::of(bids, asks),
        }
    }

    /// The symbol of the ticks.
    #[inline]
    #[must_use]
    pub const fn symbol(&self) -> SymbolId {
        self.ticks.symbol()
    }

    /// The number of ticks.
    #[inline]
    #[must_use]
    pub const fn count(&self) -> usize {
        self.until - self.from
    }

    /// The first tick.
    #[inline]
    #[must_use]
    pub const fn first(&self) -> &Tick {
        &self.first
    }

    /// The last tick.
    #[inline]
    #[must_use]
    pub const fn last(&self) -> &Tick {
        &self.last
    }

    /// The server times of the first and the last tick.
    #[inline]
    #[must_use]
    pub const fn span_msc(&self) -> (ServerMsc, ServerMsc) {
        (self.first.time_msc, self.last.time_msc)
    }

    /// The ticks one by one.
    #[must_use = "ticks are made when they are asked for"]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Tick> + 'a {
        let ticks = self.ticks;
        (self.from..self.until).map(move |at| ticks.tick(at))
    }

    /// The batch that they stand in, and their places in it.
    #[must_use]
    pub const fn columns(&self) -> (&'a TickColumns, std::ops::Range<usize>) {
        (self.ticks, self.from..self.until)
    }

    /// The lowest Bid.
    #[inline]
    #[must_use]
    pub fn bid_low(&self) -> Price {
        self.price(self.quotes.bid_low)
    }

    /// The highest Bid.
    #[inline]
    #[must_use]
    pub fn bid_high(&self) -> Price {
        self.price(self.quotes.bid_high)
    }

    /// The smallest Ask minus Bid.
    #[inline]
    #[must_use]
    pub fn spread_low(&self) -> Price {
        self.price(self.quotes.spread_low)
    }

    /// How many ticks after the first count in a bar's tick volume: Bid changed, or they are marked
    /// as counted.
    #[inline]
    #[must_use]
    pub fn counted_after_first(&self) -> u64 {
        if self.ticks.is_unmarked() {
            return u64::from(self.quotes.bid_changes);
        }
        let bids = self.ticks.bid();
        let counts = |&at: &usize| self.ticks.is_counted(at) || bids.get(at) != bids.get(at - 1);
        (self.from + 1..self.until).filter(counts).count() as u64
    }

    /// How many ticks at its end have the time of the last one.
    #[inline]
    #[must_use]
    pub const fn count_of_last_msc(&self) -> u32 {
        self.of_last_msc
    }

    #[inline]
    fn price(&self, points: i32) -> Price {
        Price::from_raw(i64::from(points) * self.ticks.point_raw())
    }
}

impl QuoteFold {
    /// Quiet quotes are above zero, so no difference of them wraps.
    #[inline]
    fn of(bids: &[i32], asks: &[i32]) -> Self {
        let (mut bid_low, mut bid_high) = (i32::MAX, i32::MIN);
        let mut spread_low = i32::MAX;
        for (&bid, &ask) in bids.iter().zip(asks) {
            bid_low = bid_low.min(bid);
            bid_high = bid_high.max(bid);
            spread_low = spread_low.min(ask.wrapping_sub(bid));
        }
        let changes = bids.iter().zip(&bids[1..]).map(|(before, bid)| u32::from(before != bid));
        let bid_changes = changes.fold(0_u32, u32::wrapping_add);
        Self { bid_low, bid_high, spread_low, bid_changes }
    }
}
