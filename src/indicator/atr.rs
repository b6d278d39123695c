//! ATR: the mean of true ranges; the first bar has none. MT5's stock indicator takes the simple
//! mean of the last `n`, Wilder and TA-Lib use smoothing.

use crate::indicator::applied_price::Sample;
use crate::indicator::sma::Sma;
use crate::indicator::smma::Smma;
use crate::indicator::sound::sound;
use crate::indicator::true_range::TrueRange;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The running state of the average true range: the simple mean of the last true ranges, as in MT5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atr {
    range: TrueRange,
    mean: Sma,
}

sound!(Atr { range: free, mean: part });

impl Atr {
    /// A new state over `period` true ranges.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { range: TrueRange::default(), mean: Sma::new(period) }
    }

    /// Takes a bar and returns the mean once `period` true ranges are known.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let range = self.range.push(bar)?;
        self.mean.push(Sample::raw(range))
    }
}

/// The running state of the average true range with Wilder's smoothing, as in TA-Lib.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WilderAtr {
    range: TrueRange,
    mean: Smma,
}

sound!(WilderAtr { range: free, mean: part });

impl WilderAtr {
    /// A new state over `period` true ranges.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { range: TrueRange::default(), mean: Smma::new(period) }
    }

    /// Takes a bar and returns the average once `period` true ranges are known.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let range = self.range.push(bar)?;
        self.mean.push(Sample::raw(range).to_f64())
    }
}
