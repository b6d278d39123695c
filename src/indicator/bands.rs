//! Bollinger bands: the SMA, and a multiple of the standard deviation (of the population) above and
//! below it.

use crate::indicator::applied_price::Sample;
use crate::indicator::deviation::Deviation;
use crate::indicator::sound::sound;
use serde::{Deserialize, Serialize};

/// The running state of Bollinger bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    prices: Deviation,
    factor: f64,
}

sound!(Bands { prices: part, factor: same });

impl Bands {
    /// A new state over `period` bars, `factor` deviations wide on each side.
    #[must_use]
    pub fn new(period: u32, factor: f64) -> Self {
        Self { prices: Deviation::new(period), factor }
    }

    /// Takes a price and returns the upper, middle and lower line once `period` prices are in.
    pub fn push(&mut self, price: Sample) -> [Option<f64>; 3] {
        let Some(spread) = self.prices.push(price) else { return [None; 3] };
        let reach = self.factor * spread.deviation;
        [spread.mean + reach, spread.mean, spread.mean - reach].map(Some)
    }
}
