//! Two lines and the side on which the fast one last was: judged once a bar, for all the strategies
//! that watch them in the same state.

use super::shared::{LineRef, SharedIndicator};
use crate::domain::order::Side;
use crate::strategy::monitor::CrossMonitor;

/// A pair of lines, and whether they have crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub state: PairState,
    /// The number of bars that both lines had seen when they were last compared; 0 when they could
    /// not be.
    bars: u32,
    /// The side of the crossing at that bar.
    pub crossed: Option<Side>,
}

/// What one bar leaves for the next. Watchers that agree in it see the same from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PairState {
    /// The line that crosses.
    pub fast: LineRef,
    /// The line that is crossed.
    pub slow: LineRef,
    pub cross: CrossMonitor,
    /// Whether the monitor knows the side of the lines at the end of the history.
    pub primed: bool,
}

impl PairState {
    /// Two lines of which nothing is known yet.
    pub fn new(fast: LineRef, slow: LineRef) -> Self {
        Self { fast, slow, cross: CrossMonitor::default(), primed: false }
    }
}

impl Pair {
    /// A pair that has not been compared yet.
    pub const fn new(state: PairState) -> Self {
        Self { state, bars: 0, crossed: None }
    }

    /// Sets the side of the lines at the end of the history, once both have been fed it.
    pub fn prime(&mut self, indicators: &[SharedIndicator]) {
        let PairState { fast, slow, .. } = self.state;
        if self.state.primed || !fast.at(indicators).seeded || !slow.at(indicators).seeded {
            return;
        }
        self.state.primed = true;
        if let (Some(fast), Some(slow)) = (fast.value(indicators), slow.value(indicators)) {
            self.state.cross.push(fast, slow);
        }
    }

    /// Compares the lines at a bar that they have just seen.
    pub fn judge(&mut self, indicators: &[SharedIndicator]) {
        (self.bars, self.crossed) = (0, None);
        let PairState { fast, slow, primed, .. } = self.state;
        if !primed {
            return;
        }
        if let (Some(fast_value), Some(slow_value)) =
            (fast.value(indicators), slow.value(indicators))
        {
            self.bars = fast.at(indicators).bars.min(slow.at(indicators).bars);
            self.crossed = self.state.cross.push(fast_value, slow_value);
        }
    }

    /// Whether they were compared at the last bar, after more than `warmup_bars` bars.
    #[inline]
    pub const fn is_warm(&self, warmup_bars: u32) -> bool {
        self.bars > warmup_bars
    }
}
