//! Indicators that strategies share, and their lines.

use crate::domain::flaw::{Checked, must};
use crate::indicator::any::Indicator;
use crate::indicator::catalogue::Values;
use crate::indicator::sound::figure;
use crate::indicator::spec::{IndicatorSpec, LineSpec};
use crate::market::bar::Bar;
use crate::strategy::condition::BARS_AGO_MAX;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// An indicator shared by strategies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SharedIndicator {
    pub spec: IndicatorSpec,
    pub indicator: Indicator,
    /// The number of bars that it has seen.
    pub bars: u32,
    /// Whether it has been fed the history.
    pub seeded: bool,
    /// How many bars ago the values are that are asked for. Values of different bars are those of
    /// different shared indicators, so that each can be fed its history when it is first wanted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bars_ago: u32,
    /// The values at the last so many bars, oldest first.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    past: VecDeque<Values>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(bars: &u32) -> bool {
    *bars == 0
}

/// A line of a shared indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineRef {
    /// The index of the indicator among the shared ones.
    pub(super) shared: u16,
    /// The index of the line in the indicator.
    pub(super) line: u8,
}

impl SharedIndicator {
    /// An indicator that has seen no bar, of whose values those `bars_ago` are wanted.
    pub fn new(spec: IndicatorSpec, bars_ago: u32) -> Self {
        let (indicator, past) = (Indicator::new(spec), VecDeque::new());
        Self { spec, indicator, bars: 0, seeded: false, bars_ago, past }
    }

    /// Takes a closed bar.
    pub fn push(&mut self, bar: &Bar) {
        if self.bars_ago > 0 {
            self.remember();
        }
        self.indicator.push(bar);
        // Far beyond every warm-up the exact number does not matter.
        self.bars = self.bars.saturating_add(1);
    }

    #[cold]
    fn remember(&mut self) {
        if self.past.len() == self.bars_ago as usize {
            self.past.pop_front();
        }
        self.past.push_back(self.indicator.values());
    }

    /// The value of a line at the wanted bar; none until it is defined.
    #[inline]
    pub fn value(&self, line: usize) -> Option<f64> {
        if self.bars_ago == 0 {
            return self.indicator.value_at(line);
        }
        let values = self.past.front().filter(|_| self.past.len() == self.bars_ago as usize)?;
        values[line]
    }

    /// Checks a state that was read.
    pub fn check(&self) -> Checked {
        self.indicator.check(self.spec).map_err(|flaw| flaw.under("indicator"))?;
        must(self.bars_ago <= BARS_AGO_MAX, "bars_ago", "is farther back than any may look")?;
        must(
            self.past.len() <= self.bars_ago as usize,
            "past",
            "must not hold more values than those of `bars_ago` bars",
        )?;
        self.past.iter().flatten().try_for_each(|value| figure("past", value))
    }
}

impl LineRef {
    /// The indicator of the line.
    pub(super) fn at(self, indicators: &[SharedIndicator]) -> &SharedIndicator {
        &indicators[usize::from(self.shared)]
    }

    /// The line, by its indicator.
    pub(super) fn spec(self, shared: &SharedIndicator) -> LineSpec {
        shared.spec.lines().nth(usize::from(self.line)).expect("it is a line of its indicator")
    }

    /// Its value at the last bar, or as many bars ago as is wanted; none until it is defined.
    #[inline]
    pub(super) fn value(self, indicators: &[SharedIndicator]) -> Option<f64> {
        self.at(indicators).value(usize::from(self.line))
    }
}
