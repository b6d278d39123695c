//! LWMA: of `n` prices, the newest has weight n and the oldest 1 (TA-Lib's WMA is the same).

use crate::domain::flaw::Checked;
use crate::indicator::applied_price::Sample;
use crate::indicator::mean::mean;
use crate::indicator::ring::Ring;
use crate::indicator::sound::{Sound, derived, part};
use serde::{Deserialize, Serialize};

/// The running state of a linear weighted moving average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lwma {
    ring: Ring<i128>,
    /// The sum of the prices in the ring.
    total: i128,
    /// The sum of the prices by their weights. The newest has weight `n` even while there are fewer
    /// prices.
    weighted: i128,
}

impl Sound for Lwma {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { ring, total, weighted } = self;
        part("ring", ring, &fresh.ring)?;
        let mut again = fresh.clone();
        for units in ring.oldest_first() {
            let _ = again.push(Sample::raw(units));
        }
        derived(*total == again.total, "total")?;
        derived(*weighted == again.weighted, "weighted")
    }
}

impl Lwma {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { ring: Ring::new(period), total: 0, weighted: 0 }
    }

    /// Takes a price and returns the mean once `period` of them are in.
    pub fn push(&mut self, price: Sample) -> Option<f64> {
        let length = i128::from(self.ring.length());
        // The weight of each earlier price falls by one, so the oldest has none.
        self.weighted += length * price.units - self.total;
        self.total += price.units - self.ring.push(price.units).unwrap_or(0);
        self.ring.is_full().then(|| mean(self.weighted, length * (length + 1) / 2, price.scale))
    }
}
