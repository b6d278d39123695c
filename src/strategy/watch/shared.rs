//! Indicators that strategies share, and their lines.

use crate::indicator::any::Indicator;
use crate::indicator::spec::{IndicatorSpec, LineSpec};
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// An indicator shared by strategies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SharedIndicator {
    pub spec: IndicatorSpec,
    pub indicator: Indicator,
    /// The number of bars that it has seen.
    pub bars: u32,
    /// Whether it has been fed the history.
    pub seeded: bool,
}

/// A line of a shared indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct LineRef {
    /// The index of the indicator among the shared ones.
    pub shared: u16,
    /// The index of the line in the indicator.
    pub line: u8,
}

impl SharedIndicator {
    /// An indicator that has seen no bar.
    pub fn new(spec: IndicatorSpec) -> Self {
        Self { spec, indicator: Indicator::new(spec), bars: 0, seeded: false }
    }

    /// Takes a closed bar.
    pub fn push(&mut self, bar: &Bar) {
        self.indicator.push(bar);
        // Far beyond every warm-up the exact number does not matter.
        self.bars = self.bars.saturating_add(1);
    }
}

impl LineRef {
    /// The indicator of the line.
    pub fn at(self, indicators: &[SharedIndicator]) -> &SharedIndicator {
        &indicators[usize::from(self.shared)]
    }

    /// The line, by its indicator.
    pub fn spec(self, shared: &SharedIndicator) -> LineSpec {
        shared.spec.lines().nth(usize::from(self.line)).expect("it is a line of its indicator")
    }

    /// Its value at the last bar; none until it is defined.
    pub fn value(self, indicators: &[SharedIndicator]) -> Option<f64> {
        self.at(indicators).indicator.value_at(usize::from(self.line))
    }
}
