//! Builds bars of one timeframe from ticks or from shorter bars.

use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::domain::flaw::{Checked, must};
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use crate::market::run::Run;
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;

/// The point of a symbol without digits.
const POINT_MOST: i64 = pow10(Price::SCALE);

/// Builds the bars of one symbol and timeframe. A bar closes with the first tick (or shorter bar)
/// of a later one, never by the clock.
///
/// A tick counts when it is the first of its minute, when it changes Bid, or when it is marked as
/// counted. The terminal marks exactly the ticks that the first two rules find. But some of its
/// bars contain ticks that counted although Bid did not change (flat bars of several ticks), and
/// only the mark identifies those.
///
/// The tick volume of every timeframe is the sum of its minutes, so that bars built from ticks and
/// bars built from M1 are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarBuilder {
    timeframe: Timeframe,
    point: Price,
    forming: Option<Bar>,
    /// The first server time that belongs to a later bar.
    end_msc: ServerMsc,
    /// The first server time that belongs to a later minute; never after `end_msc`.
    minute_end_msc: ServerMsc,
}

impl BarBuilder {
    /// A builder that has seen no tick; `point` is the size of the symbol's point, in which spreads
    /// are counted.
    #[must_use]
    pub const fn new(timeframe: Timeframe, point: Price) -> Self {
        Self {
            timeframe,
            point,
            forming: None,
            end_msc: ServerMsc(i64::MIN),
            minute_end_msc: ServerMsc(i64::MIN),
        }
    }

    /// A builder that continues a forming bar whose last tick came at `last_tick_msc`; without a
    /// forming bar, a new builder.
    #[must_use]
    pub fn resume(
        timeframe: Timeframe,
        point: Price,
        forming: Option<Bar>,
        last_tick_msc: ServerMsc,
    ) -> Self {
        let mut builder = Self::new(timeframe, point);
        if let Some(bar) = forming {
            builder.end_msc = timeframe.span(bar.time_msc).1;
            builder.minute_end_msc = end_of_minute(last_tick_msc).min(builder.end_msc);
            builder.forming = Some(bar);
        }
        builder
    }

    /// Checks a builder of `timeframe` that was read. The times of its bar have been checked
    /// before.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, timeframe: Timeframe) -> Checked {
        let Self { timeframe: own, point, forming, end_msc, minute_end_msc } = self;
        must(*own == timeframe, "timeframe", "must be that of the bars")?;
        must((1..=POINT_MOST).contains(&point.raw()), "point", "must be above 0 and not above 1")?;
        let end = forming.map_or(ServerMsc(i64::MIN), |bar| timeframe.span(bar.time_msc).1);
        must(*end_msc == end, "end_msc", "must be the end of the forming bar")?;
        must(minute_end_msc <= end_msc, "minute_end_msc", "must not be after the end of the bar")?;
        let is_minute = minute_end_msc.0 % MINUTE_MS == 0 || *minute_end_msc == *end_msc;
        must(is_minute, "minute_end_msc", "must be the end of a minute")?;
        let spread = forming.map_or(Some(0), |bar| bar.spread.0.checked_mul(point.raw()));
        must(spread.is_some(), "forming.spread", "is no spread")
    }

    /// The bar that is not closed yet; none before the first tick.
    #[must_use]
    pub const fn forming(&self) -> Option<&Bar> {
        self.forming.as_ref()
    }

    /// Takes a tick and returns the bar that it closes, if any. A bar never reopens: a tick that is
    /// older than the forming bar counts for the forming bar.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    pub fn push_tick(&mut self, tick: &Tick) -> Option<Bar> {
        // A bar ends with a minute, so one comparison covers both.
        if tick.time_msc >= self.minute_end_msc {
            return self.begin_minute(tick);
        }
        self.absorb_tick(tick, false);
        None
    }

    /// The first server time whose tick closes the forming bar, or begins the first one.
    #[must_use]
    #[inline]
    pub const fn end_msc(&self) -> ServerMsc {
        self.end_msc
    }

    /// Takes a run and returns the bar that its first tick closes, if any; the others are in the
    /// same minute.
    ///
    /// # Panics
    /// Never: a tick leaves a forming bar.
    #[inline]
    pub fn push_run(&mut self, run: &Run<'_>) -> Option<Bar> {
        let closed = self.push_tick(run.first());
        let bar = self.forming.as_mut().expect("a tick leaves a forming bar");
        bar.tick_volume += run.counted_after_first();
        bar.close = run.last().bid;
        bar.high = bar.high.max(run.bid_high());
        bar.low = bar.low.min(run.bid_low());
        let spread_raw = run.spread_low().raw();
        if spread_raw < bar.spread.0 * self.point.raw() {
            bar.spread.0 = spread_raw / self.point.raw();
        }
        closed
    }

    #[cold]
    fn begin_minute(&mut self, tick: &Tick) -> Option<Bar> {
        if tick.time_msc >= self.end_msc {
            return self.begin(tick);
        }
        self.minute_end_msc = end_of_minute(tick.time_msc);
        assert!(self.minute_end_msc <= self.end_msc, "a bar ends with a minute");
        self.absorb_tick(tick, true);
        None
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn absorb_tick(&mut self, tick: &Tick, new_minute: bool) {
        let Some(bar) = self.forming.as_mut() else { return };
        // There is no branch on whether Bid has changed, which cannot be predicted: without a
        // change the rest has no effect.
        bar.tick_volume += u64::from(new_minute)
            | u64::from(tick.bid != bar.close)
            | u64::from(tick.flags.is_counted());
        bar.close = tick.bid;
        bar.high = bar.high.max(tick.bid);
        bar.low = bar.low.min(tick.bid);
        // Prices are compared, so that only the rare tick that lowers the spread needs a division
        // into points.
        if tick.ask.raw() - tick.bid.raw() < bar.spread.0 * self.point.raw() {
            bar.spread = tick.spread(self.point);
        }
    }

    #[cold]
    fn begin(&mut self, tick: &Tick) -> Option<Bar> {
        let (open_msc, end_msc) = self.timeframe.span(tick.time_msc);
        self.end_msc = end_msc;
        self.minute_end_msc = end_of_minute(tick.time_msc);
        self.forming.replace(Bar::first(open_msc, tick, self.point))
    }

    /// Takes a closed bar of a shorter timeframe that divides this one, and returns the bar that it
    /// closes, if any.
    pub fn push_bar(&mut self, shorter: &Bar) -> Option<Bar> {
        if shorter.time_msc >= self.end_msc {
            let (open_msc, end_msc) = self.timeframe.span(shorter.time_msc);
            self.end_msc = end_msc;
            return self.forming.replace(Bar { time_msc: open_msc, ..*shorter });
        }
        if let Some(bar) = self.forming.as_mut() {
            bar.absorb(shorter);
        }
        None
    }
}

fn end_of_minute(time_msc: ServerMsc) -> ServerMsc {
    ServerMsc(time_msc.0.div_euclid(MINUTE_MS) * MINUTE_MS + MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SymbolId;
    use crate::domain::tick::TickFlags;
    use proptest::prelude::*;

    const POINT: Price = Price::from_raw(10_000);

    fn tick(time_msc: i64, bid: i64, spread: i64) -> Tick {
        let bid = Price::from_raw(1_170_000_000 + bid * 10_000);
        Tick {
            time_msc: ServerMsc(time_msc),
            bid,
            ask: bid + Price::from_raw(spread * 10_000),
            last: Price::ZERO,
            volume: 0,
            symbol: SymbolId(0),
            flags: TickFlags::QUOTE,
        }
    }

    proptest! {
        /// Bars of any timeframe built from ticks are the bars built from the M1 bars of those
        /// ticks, and going on from a forming bar gives the same bars as never having stopped.
        #[test]
        fn ticks_minutes_and_resumption_agree(
            steps in prop::collection::vec((0_i64..200_000, -3_i64..4, 0_i64..5), 1..300),
            cut in 0_usize..300,
            which in 0_usize..11,
        ) {
            let timeframe = Timeframe::ALL[which];
            let (mut from_ticks, mut minutes, mut from_minutes) =
                (BarBuilder::new(timeframe, POINT), BarBuilder::new(Timeframe::M1, POINT), BarBuilder::new(timeframe, POINT));
            let mut resumed = from_ticks.clone();
            let (mut direct, mut aggregated, mut again) = (vec![], vec![], vec![]);
            let (mut time, mut bid) = (1_758_499_200_161, 0);
            for (n, (pause, move_points, spread)) in steps.into_iter().enumerate() {
                time += pause;
                bid += move_points;
                let tick = tick(time, bid, spread);
                direct.extend(from_ticks.push_tick(&tick));
                again.extend(resumed.push_tick(&tick));
                if let Some(minute) = minutes.push_tick(&tick) {
                    aggregated.extend(from_minutes.push_bar(&minute));
                }
                if n == cut {
                    resumed = BarBuilder::resume(timeframe, POINT, resumed.forming().copied(), tick.time_msc);
                }
            }
            if let Some(minute) = minutes.forming() {
                aggregated.extend(from_minutes.push_bar(minute));
            }
            prop_assert_eq!(&direct, &aggregated);
            prop_assert_eq!(&direct, &again);
            prop_assert_eq!(from_ticks.forming(), from_minutes.forming());
        }
    }
}
