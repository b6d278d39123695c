//! The recent minutes of one symbol, as the terminal's history holds them. Longer bars are built
//! from them on request.

use crate::domain::amount::Price;
use crate::domain::id::{DataId, SymbolId};
use crate::domain::tick::Tick;
use crate::executor::event::Bars;
use crate::market::bar::{Bar, TickCursor};
use crate::market::builder::BarBuilder;
use crate::market::run::Run;
use crate::market::timeframe::Timeframe;
use std::collections::VecDeque;

/// The number of closed minutes kept for each symbol: two weeks, which is more than a warm-up on H1
/// needs. A longer memory would keep growing with the stream for weeks.
pub const MINUTES_MAX: usize = 20_000;

/// The recent minutes of one symbol.
#[derive(Debug)]
pub struct RecentBars {
    point: Price,
    builder: BarBuilder,
    minutes: VecDeque<Bar>,
    minutes_max: usize,
    /// Whether minutes have been dropped, so that the oldest longer bar may lack its beginning.
    dropped: u64,
    cursor: TickCursor,
}

impl RecentBars {
    /// Nothing seen yet.
    pub fn new(point: Price, minutes_max: usize) -> Self {
        let builder = BarBuilder::new(Timeframe::M1, point);
        let cursor = TickCursor { time_msc: crate::domain::time::ServerMsc(0), count: 0 };
        // All capacity is reserved at once, because a ring that had grown by doubling would use
        // more memory than it needs.
        Self {
            point,
            builder,
            minutes: VecDeque::with_capacity(minutes_max),
            minutes_max,
            dropped: 0,
            cursor,
        }
    }

    /// Takes the minutes before the first tick; with the last of them that tick may go on.
    ///
    /// # Panics
    /// If anything was seen before.
    pub fn see_minutes(&mut self, minutes: &[Bar]) {
        assert!(self.minutes.is_empty() && self.builder.forming().is_none(), "history comes first");
        let Some((last, closed)) = minutes.split_last() else { return };
        self.minutes_max += closed.len();
        self.minutes.reserve_exact(self.minutes_max);
        self.minutes.extend(closed);
        self.builder = BarBuilder::resume(Timeframe::M1, self.point, Some(*last), last.time_msc);
        self.cursor = TickCursor { time_msc: last.time_msc, count: 0 };
    }

    /// Takes a tick. One of an empty book is no price: no bar takes it.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    pub fn see(&mut self, tick: &Tick) {
        if !tick.has_quotes() {
            return;
        }
        self.cursor = self.cursor.after(tick.time_msc);
        if let Some(minute) = self.builder.push_tick(tick) {
            self.keep(minute);
        }
    }

    /// Takes a run.
    #[inline]
    pub fn pass(&mut self, run: &Run<'_>) {
        self.cursor = self.cursor.after_run(run);
        if let Some(minute) = self.builder.push_run(run) {
            self.keep(minute);
        }
    }

    #[cold]
    fn keep(&mut self, minute: Bar) {
        if self.minutes.len() == self.minutes_max {
            self.minutes.pop_front();
            self.dropped += 1;
        }
        self.minutes.push_back(minute);
        assert!(self.minutes.len() <= self.minutes_max, "the minutes are bounded");
    }

    /// The last `count` closed bars of `timeframe` and the forming one.
    pub fn bars(&self, symbol: SymbolId, timeframe: Timeframe, count: u32) -> Bars {
        let mut builder = BarBuilder::new(timeframe, self.point);
        let minutes = self.minutes.iter().chain(self.builder.forming());
        let mut closed: Vec<Bar> = minutes.filter_map(|minute| builder.push_bar(minute)).collect();
        if self.dropped > 0
            && self
                .minutes
                .front()
                .is_some_and(|oldest| timeframe.span(oldest.time_msc).0 != oldest.time_msc)
        {
            closed.drain(..closed.len().min(1));
        }
        closed.drain(..closed.len().saturating_sub(count as usize));
        assert!(closed.len() <= count as usize, "no more bars than asked for");
        Bars {
            id: DataId::default(),
            symbol,
            timeframe,
            closed,
            forming: builder.forming().copied(),
            as_of: self.cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::tick_of;
    use proptest::prelude::*;

    const POINT: Price = Price::from_raw(10_000);

    proptest! {
        /// Bars that are asked for are those that a builder of the timeframe would have made of the
        /// same ticks, without those of an empty book.
        #[test]
        fn bars_on_demand_are_the_bars(pauses in prop::collection::vec(0_i64..150_000, 1..200), which in 0_usize..9, count in 0_u32..20) {
            let timeframe = Timeframe::ALL[which];
            let (mut recent, mut builder, mut direct) = (RecentBars::new(POINT, 1000), BarBuilder::new(timeframe, POINT), vec![]);
            let (mut time, mut cursor) = (1_758_499_200_161, TickCursor::default());
            for (n, pause) in pauses.into_iter().enumerate() {
                time += pause;
                let (bid, ask) = [("0", "1.2"), ("1.1", "0")][n % 2];
                recent.see(&tick_of(0, time, bid, ask));
                let tick = tick_of(0, time, &format!("1.{:05}", 10_000 + n * 7919 % 100), "1.2");
                recent.see(&tick);
                direct.extend(builder.push_tick(&tick));
                cursor = cursor.after(tick.time_msc);
            }
            let bars = recent.bars(SymbolId(0), timeframe, count);
            prop_assert_eq!(&bars.closed, &direct[direct.len().saturating_sub(count as usize)..]);
            prop_assert_eq!(bars.forming.as_ref(), builder.forming());
            prop_assert_eq!(bars.as_of, cursor);
        }
    }

    #[test]
    fn the_oldest_bar_is_left_out_when_its_beginning_is_forgotten() {
        let mut recent = RecentBars::new(POINT, 12);
        for minute in 0..18 {
            recent.see(&tick_of(0, minute * 60_000, "1.1", "1.2"));
        }
        // Minutes 5 to 16 are kept, and 17 is forming.
        let opens = |recent: &RecentBars| -> Vec<i64> {
            recent
                .bars(SymbolId(0), Timeframe::M5, 9)
                .closed
                .iter()
                .map(|bar| bar.time_msc.0 / 60_000)
                .collect()
        };
        assert_eq!(opens(&recent), [5, 10]);
        recent.see(&tick_of(0, 18 * 60_000, "1.1", "1.2"));
        assert_eq!(opens(&recent), [10]);
    }
}
