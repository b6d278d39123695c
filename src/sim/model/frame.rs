//! Where the bars lie in time: their timeframe, and that each stands in its place.

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
    /// Bars of a timeframe that is stated.
    ///
    /// # Errors
    /// [`BarsError::Longer`] when they are of a longer one: their ticks would all lie at its beginning.
    pub fn stated(timeframe: Timeframe, bars: &[Bar]) -> Result<Self, BarsError> {
        let mut spacing = Spacing::default();
        bars.iter().for_each(|bar| spacing.take(bar.time_msc.0));
        match spacing.certain_timeframe() {
            Some(found) if found > timeframe => Err(BarsError::Longer { stated: timeframe, found }),
            _ => Ok(Self::new(timeframe)),
        }
    }

    /// Bars of a timeframe that is known.
    const fn new(timeframe: Timeframe) -> Self {
        Self { timeframe, end_msc: ServerMsc(i64::MIN) }
    }

    /// Bars whose opens tell the timeframe: the smallest distance is its length, and all stand where its bars open.
    ///
    /// # Errors
    /// [`BarsError::Unclear`] when they do not.
    pub fn of(bars: &[Bar]) -> Result<Self, BarsError> {
        let mut spacing = Spacing::default();
        bars.iter().for_each(|bar| spacing.take(bar.time_msc.0));
        let fits = |timeframe: &Timeframe| bars.iter().all(|bar| timeframe.span(bar.time_msc).0 == bar.time_msc);
        spacing.timeframe().filter(fits).map(Self::new).ok_or(BarsError::Unclear { bars: bars.len() })
    }

    /// The timeframe of the bars.
    pub const fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// Takes the open of the next bar; gives it and the moment from which a later bar begins.
    ///
    /// # Errors
    /// [`BarsError::Misplaced`] when no bar of this timeframe can stand there.
    pub fn take(&mut self, time_msc: ServerMsc) -> Result<(ServerMsc, ServerMsc), BarsError> {
        let (open_msc, end_msc) = self.timeframe.span(time_msc);
        if open_msc != time_msc || open_msc < self.end_msc {
            return Err(BarsError::Misplaced { time: time_msc, timeframe: self.timeframe });
        }
        self.end_msc = end_msc;
        Ok((open_msc, end_msc))
    }
}
