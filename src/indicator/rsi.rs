//! RSI by Wilder: the first averages are the means of the first `n` gains and losses, later ones
//! are smoothed. Without losses it is 100; with neither gains nor losses it is 50, where TA-Lib
//! gives 0.

use crate::indicator::sound::sound;
use serde::{Deserialize, Serialize};

/// The running state of the relative strength index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rsi {
    period: f64,
    previous: Option<f64>,
    /// The number of changes seen, up to the period.
    seen: f64,
    gain: f64,
    loss: f64,
    /// The index while there is neither gain nor loss.
    still: f64,
}

sound!(Rsi {
    period: same,
    previous: figure,
    seen: figure,
    gain: figure,
    loss: figure,
    still: same
});

impl Rsi {
    /// A new state over `period` changes, as MT5 has it.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self {
            period: f64::from(period),
            previous: None,
            seen: 0.0,
            gain: 0.0,
            loss: 0.0,
            still: 50.0,
        }
    }

    /// A new state over `period` changes, as TA-Lib has it.
    #[must_use]
    pub fn talib(period: u32) -> Self {
        Self { still: 0.0, ..Self::new(period) }
    }

    /// Takes a price and returns the index once `period` changes are known.
    pub fn push(&mut self, price: f64) -> Option<f64> {
        let change = price - self.previous.replace(price)?;
        let (gain, loss) = (change.max(0.0), (-change).max(0.0));
        if self.seen < self.period {
            self.seen += 1.0;
            self.gain += gain / self.period;
            self.loss += loss / self.period;
            if self.seen < self.period {
                return None;
            }
        } else {
            self.gain = (self.gain * (self.period - 1.0) + gain) / self.period;
            self.loss = (self.loss * (self.period - 1.0) + loss) / self.period;
        }
        Some(if self.loss > 0.0 {
            100.0 - 100.0 / (1.0 + self.gain / self.loss)
        } else if self.gain > 0.0 {
            100.0
        } else {
            self.still
        })
    }
}
