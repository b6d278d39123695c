//! DEMA and TEMA: averages of averages, with less lag. The second average begins when the first is
//! `n` bars old, the third when the second is (MT5's iDEMA, iTEMA). Values are drawn from the bar
//! on at which the last of them is that old too.

use crate::indicator::ema::Ema;
use crate::indicator::sound::sound;
use serde::{Deserialize, Serialize};

/// The average of the values of another one, which begins later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Layer {
    /// The number of values that are still skipped.
    wait: u32,
    ema: Ema,
}

sound!(Layer { wait: down, ema: part });

impl Layer {
    fn new(period: u32) -> Self {
        Self { wait: period - 1, ema: Ema::new(period) }
    }

    fn push(&mut self, value: f64) -> Option<f64> {
        let average = self.ema.follow(value);
        if self.wait > 0 {
            self.wait -= 1;
            return None;
        }
        Some(average)
    }
}

/// Double exponential moving average: 2·EMA − EMA(EMA).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dema {
    first: Layer,
    second: Layer,
}

sound!(Dema { first: part, second: part });

impl Dema {
    /// A new state over `period` bars, 1 or more.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { first: Layer::new(period), second: Layer::new(period) }
    }

    /// Takes a price and returns the average from bar 2n − 1 on.
    pub fn push(&mut self, price: f64) -> Option<f64> {
        let first = self.first.push(price)?;
        Some(2.0 * first - self.second.push(first)?)
    }
}

/// Triple exponential moving average: 3·EMA − 3·EMA(EMA) + EMA(EMA(EMA)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tema {
    first: Layer,
    second: Layer,
    third: Layer,
}

sound!(Tema { first: part, second: part, third: part });

impl Tema {
    /// A new state over `period` bars, 1 or more.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { first: Layer::new(period), second: Layer::new(period), third: Layer::new(period) }
    }

    /// Takes a price and returns the average from bar 3n − 2 on.
    pub fn push(&mut self, price: f64) -> Option<f64> {
        let first = self.first.push(price)?;
        let second = self.second.push(first)?;
        Some(3.0 * first - 3.0 * second + self.third.push(second)?)
    }
}
