//! ATR: the mean of true ranges, of which the first bar has none. MT5's stock indicator takes the simple mean of the last
//! `n`; Wilder, and TA-Lib with him, smooths.

use crate::indicator::applied_price::Sample;
use crate::indicator::sma::Sma;
use crate::indicator::smma::Smma;
use crate::indicator::true_range::TrueRange;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Average true range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atr {
    range: TrueRange,
    mean: Sma,
}

impl Atr {
    /// Over `period` true ranges.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { range: TrueRange::default(), mean: Sma::new(period) }
    }

    /// Takes a bar; gives the mean once `period` true ranges are known.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let range = self.range.push(bar)?;
        self.mean.push(Sample::raw(range))
    }
}

/// Average true range as Wilder smooths it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WilderAtr {
    range: TrueRange,
    mean: Smma,
}

impl WilderAtr {
    /// Over `period` true ranges.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { range: TrueRange::default(), mean: Smma::new(period) }
    }

    /// Takes a bar; gives the average once `period` true ranges are known.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let range = self.range.push(bar)?;
        self.mean.push(Sample::raw(range).to_f64())
    }
}
