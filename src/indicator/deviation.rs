//! Standard deviation: of the population (÷ n), around the SMA or around another average of the
//! same prices.
//!
//! n·Σx² − (Σx)² is computed in whole numbers of 256 bits: nothing cancels, nothing drifts, and a
//! flat market has exactly 0.

use crate::domain::flaw::Checked;
use crate::indicator::applied_price::Sample;
use crate::indicator::ema::Ema;
use crate::indicator::lwma::Lwma;
use crate::indicator::mean::mean;
use crate::indicator::ring::Ring;
use crate::indicator::smma::Smma;
use crate::indicator::sound::{Sound, derived, other_kind, part, sound};
use crate::indicator::u256::U256;
use serde::{Deserialize, Serialize};

/// The running mean and standard deviation of the last `n` prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    ring: Ring<i128>,
    total: i128,
    squares: U256,
}

impl Sound for Deviation {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { ring, total, squares } = self;
        part("ring", ring, &fresh.ring)?;
        let mut again = fresh.clone();
        for units in ring.oldest_first() {
            let _ = again.push(Sample::raw(units));
        }
        derived(*total == again.total, "total")?;
        derived(*squares == again.squares, "squares")
    }
}

/// Mean and standard deviation of a window of prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The mean of the prices.
    pub mean: f64,
    /// The standard deviation of the prices about their mean (of the population, ÷ n).
    pub deviation: f64,
}

impl Deviation {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { ring: Ring::new(period), total: 0, squares: U256::default() }
    }

    /// Takes a price and returns mean and deviation once `period` of them are in.
    pub fn push(&mut self, price: Sample) -> Option<Spread> {
        let leaving = self.ring.push(price.units).unwrap_or(0);
        self.total += price.units - leaving;
        self.squares = self.squares.plus(square(price.units)).minus(square(leaving));
        self.ring.is_full().then(|| self.spread(price.scale))
    }

    fn spread(&self, scale: f64) -> Spread {
        let length = self.ring.length();
        let variance = self.squares.times(length).minus(square(self.total));
        let deviation = variance.to_f64().sqrt() / (f64::from(length) * scale);
        Spread { mean: mean(self.total, i128::from(length), scale), deviation }
    }
}

const fn square(value: i128) -> U256 {
    U256::product(value.unsigned_abs(), value.unsigned_abs())
}

/// The average around which MT5's iStdDev measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum Center {
    Sma,
    Ema(Ema),
    Smma(Smma),
    Lwma(Lwma),
}

/// MT5's iStdDev.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StdDev {
    prices: Deviation,
    center: Center,
}

sound!(StdDev { prices: part, center: part });

impl Sound for Center {
    fn check(&self, fresh: &Self) -> Checked {
        match (self, fresh) {
            (Self::Sma, Self::Sma) => Ok(()),
            (Self::Ema(own), Self::Ema(fresh)) => part("ema", own, fresh),
            (Self::Smma(own), Self::Smma(fresh)) => part("smma", own, fresh),
            (Self::Lwma(own), Self::Lwma(fresh)) => part("lwma", own, fresh),
            _ => Err(other_kind()),
        }
    }
}

impl StdDev {
    /// A new state over `period` bars, around a fresh average.
    #[must_use]
    pub fn new(period: u32, center: Center) -> Self {
        Self { prices: Deviation::new(period), center }
    }

    /// Takes a price and returns the deviation once `period` of them are in.
    pub fn push(&mut self, price: Sample) -> Option<f64> {
        let spread = self.prices.push(price);
        let center = match &mut self.center {
            Center::Sma => return Some(spread?.deviation),
            Center::Ema(ema) => ema.push(price.to_f64()),
            Center::Smma(smma) => smma.push(price.to_f64()),
            Center::Lwma(lwma) => lwma.push(price),
        };
        // Σ(x − c)² / n = σ² + (mean − c)²: both terms are positive, nothing is lost.
        let (spread, center) = (spread?, center?);
        let off = spread.mean - center;
        Some((spread.deviation * spread.deviation + off * off).sqrt())
    }
}
