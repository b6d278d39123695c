//! The limit on what goes one way in symbols that move with each other.

use crate::domain::amount::Volume;
use crate::domain::decimal::pow10;
use crate::domain::flaw::{Checked, must};
use crate::domain::order::Side;
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::{BARS_AGO_MAX, Constant};
use crate::strategy::correlation::CORRELATION_BARS_MIN;
use serde::{Deserialize, Serialize};

/// The most lots that may go one way, in symbols whose closes have moved with each other, or against each
/// other, by Pearson's correlation of their changes from bar to bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrelatedLots {
    /// The most lots that go one way.
    pub lots: Volume,
    /// From which correlation on, with its sign left out, two symbols count as one: above 0, at most 1.
    pub correlation: Constant,
    /// Over how many changes it is taken.
    pub bars: u32,
    /// The timeframe of the bars.
    pub timeframe: Timeframe,
}

impl CorrelatedLots {
    /// Whether something open on the side `other` goes the same way as an entry on the side `entry` of a
    /// symbol with which its own correlates so. It does where nobody can tell the correlation.
    ///
    /// ```
    /// use tickdeck::domain::order::Side::{Buy, Sell};
    /// use tickdeck::market::timeframe::Timeframe;
    /// use tickdeck::risk::correlated::CorrelatedLots;
    /// let (lots, correlation) = ("2".parse().unwrap(), "0.7".parse().unwrap());
    /// let most = CorrelatedLots { lots, correlation, bars: 50, timeframe: Timeframe::H1 };
    /// assert!(most.counts(Some(0.7), Buy, Buy) && !most.counts(Some(0.7), Buy, Sell));
    /// assert!(most.counts(Some(-0.9), Buy, Sell) && !most.counts(Some(-0.9), Buy, Buy));
    /// assert!(!most.counts(Some(0.69), Buy, Buy) && most.counts(None, Buy, Sell));
    /// ```
    #[must_use]
    pub fn counts(&self, correlation: Option<f64>, entry: Side, other: Side) -> bool {
        let Some(value) = correlation else { return true };
        let least = self.correlation.to_f64();
        if entry == other { value >= least } else { value <= -least }
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        must(self.lots > Volume::ZERO, "lots", "must be above 0")?;
        let one = Constant::from_raw(pow10(Constant::SCALE));
        let is_one = self.correlation > Constant::ZERO && self.correlation <= one;
        must(is_one, "correlation", "must be above 0 and at most 1")?;
        let reason = format!("must be from {CORRELATION_BARS_MIN} to {BARS_AGO_MAX}");
        must((CORRELATION_BARS_MIN..=BARS_AGO_MAX).contains(&self.bars), "bars", &reason)
    }
}
