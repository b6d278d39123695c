//! SMA: the mean of the last `n` prices.

use crate::indicator::applied_price::Sample;
use crate::indicator::mean::mean;
use crate::indicator::sound::sound;
use crate::indicator::sum::Sum;
use serde::{Deserialize, Serialize};

/// The running state of a simple moving average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sma {
    sum: Sum,
}

sound!(Sma { sum: part });

impl Sma {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { sum: Sum::new(period) }
    }

    /// Takes a price and returns the mean once `period` of them are in.
    pub fn push(&mut self, price: Sample) -> Option<f64> {
        let total = self.sum.push(price.units)?;
        Some(mean(total, i128::from(self.sum.length()), price.scale))
    }
}
