//! EMA as MT5's iMA: k = 2/(n+1), seeded with the first close of the series.

use serde::{Deserialize, Serialize};

/// Exponential moving average of closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ema {
    k: f64,
    value: Option<f64>,
}

impl Ema {
    /// Over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { k: 2.0 / (f64::from(period) + 1.0), value: None }
    }

    /// Takes a close; gives the average, from the first bar on.
    pub fn push(&mut self, close: f64) -> Option<f64> {
        self.value = Some(self.value.map_or(close, |previous| close * self.k + previous * (1.0 - self.k)));
        self.value
    }
}
