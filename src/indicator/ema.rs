//! EMA: k = 2/(n+1). MT5's iMA begins with the first price of the series, TA-Lib with the mean of
//! the first `n`.

use crate::domain::flaw::Checked;
use crate::indicator::seed::Seed;
use crate::indicator::sound::{Sound, derived, part, sound};
use serde::{Deserialize, Serialize};

/// No price is above this: 64 bits in units of 10⁻⁹.
const PRICE_MOST: f64 = 9.3e9;

/// The running state of an exponential moving average that begins with the first value, as in MT5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ema {
    k: f64,
    value: Option<f64>,
}

sound!(Ema { k: same, value: figure });

impl Ema {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { k: 2.0 / (f64::from(period) + 1.0), value: None }
    }

    /// Whether the value is within the range of prices.
    #[must_use]
    pub fn is_price(&self) -> bool {
        self.value.is_none_or(|value| value.abs() <= PRICE_MOST)
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

/// The running state of an exponential moving average that begins with the mean of the first `n`
/// values, as in TA-Lib.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeededEma {
    ema: Ema,
    seed: Seed,
}

impl Sound for SeededEma {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { ema, seed } = self;
        part("ema", ema, &fresh.ema)?;
        part("seed", seed, &fresh.seed)?;
        derived(seed.is_done() == ema.value.is_some(), "ema.value")
    }
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
