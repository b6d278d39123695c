//! The place of bars in time: their timeframe, and the check that each bar opens where one can.

use crate::data::spacing::Spacing;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::sim::model::error::BarsError;

/// The timeframe of a stream of bars, and how far the stream has come.
#[derive(Debug)]
pub struct Frame {
    timeframe: Timeframe,
    end_msc: ServerMsc,
}

impl Frame {
    /// A frame for bars of a stated timeframe.
    ///
    /// # Errors
    /// [`BarsError::Longer`] when the bars have a longer one: all their ticks would be at its
    /// beginning.
    pub fn stated(timeframe: Timeframe, bars: &[Bar]) -> Result<Self, BarsError> {
        let mut spacing = Spacing::default();
        bars.iter().for_each(|bar| spacing.take(bar.time_msc.0));
        match spacing.certain_timeframe() {
            Some(found) if found > timeframe => Err(BarsError::Longer { stated: timeframe, found }),
            _ => Ok(Self::new(timeframe)),
        }
    }

    /// A frame for bars of a known timeframe.
    const fn new(timeframe: Timeframe) -> Self {
        Self { timeframe, end_msc: ServerMsc(i64::MIN) }
    }

    /// A frame for bars whose opens determine the timeframe: the smallest distance is its length,
    /// and all open where its bars open.
    ///
    /// # Errors
    /// [`BarsError::Unclear`] when they do not.
    pub fn of(bars: &[Bar]) -> Result<Self, BarsError> {
        let mut spacing = Spacing::default();
        bars.iter().for_each(|bar| spacing.take(bar.time_msc.0));
        let fits = |timeframe: &Timeframe| {
            bars.iter().all(|bar| timeframe.span(bar.time_msc).0 == bar.time_msc)
        };
        spacing
            .timeframe()
            .filter(fits)
            .map(Self::new)
            .ok_or(BarsError::Unclear { bars: bars.len() })
    }

    /// The timeframe of the bars.
    pub const fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// Takes the open of the next bar. Returns it, and the moment at which a later bar begins.
    ///
    /// # Errors
    /// [`BarsError::Misplaced`] when no bar of this timeframe can open there.
    pub fn take(&mut self, time_msc: ServerMsc) -> Result<(ServerMsc, ServerMsc), BarsError> {
        let (open_msc, end_msc) = self.timeframe.span(time_msc);
        if open_msc != time_msc || open_msc < self.end_msc {
            return Err(BarsError::Misplaced { time: time_msc, timeframe: self.timeframe });
        }
        self.end_msc = end_msc;
        Ok((open_msc, end_msc))
    }
}
