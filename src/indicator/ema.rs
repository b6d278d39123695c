//! EMA: k = 2/(n+1). MT5's iMA begins with the first price of the series, TA-Lib with the mean of the first `n`.

use crate::indicator::seed::Seed;
use serde::{Deserialize, Serialize};

/// The running state of an exponential moving average that begins with the first value, as in MT5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ema {
    k: f64,
    value: Option<f64>,
}

impl Ema {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { k: 2.0 / (f64::from(period) + 1.0), value: None }
    }

    /// Takes a value and returns the average, from the first on.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        Some(self.follow(value))
    }

    /// Takes a value and returns the average.
    pub fn follow(&mut self, value: f64) -> f64 {
        let next = self.value.map_or(value, |previous| value * self.k + previous * (1.0 - self.k));
        self.value = Some(next);
        next
    }
}

/// The running state of an exponential moving average that begins with the mean of the first `n` values, as in TA-Lib.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeededEma {
    ema: Ema,
    seed: Seed,
}

impl SeededEma {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { ema: Ema::new(period), seed: Seed::new(period) }
    }

    /// Takes a value and returns the average once `period` of them are in.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        if self.ema.value.is_some() {
            return self.ema.push(value);
        }
        let mean = self.seed.push(value)?;
        self.ema.push(mean)
    }
}
