//! SMMA: Wilder's smoothing. It begins with the mean of the first `n` values; later it is (previous
//! · (n − 1) + value) / n.

use crate::domain::flaw::Checked;
use crate::indicator::seed::Seed;
use crate::indicator::sound::{Sound, derived, figure, part, same};
use serde::{Deserialize, Serialize};

/// The running state of a smoothed moving average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Smma {
    period: f64,
    seed: Seed,
    value: Option<f64>,
}

impl Sound for Smma {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { period, seed, value } = self;
        same("period", period, &fresh.period)?;
        part("seed", seed, &fresh.seed)?;
        figure("value", value)?;
        derived(seed.is_done() == value.is_some(), "value")
    }
}

impl Smma {
    /// A new state over `period` values.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { period: f64::from(period), seed: Seed::new(period), value: None }
    }

    /// Takes a value and returns the average once `period` of them are in.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.value = match self.value {
            Some(previous) => Some((previous * (self.period - 1.0) + value) / self.period),
            None => self.seed.push(value),
        };
        self.value
    }
}
