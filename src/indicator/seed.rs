//! The mean of the first `n` values, with which smoothed averages begin.

use crate::indicator::sound::sound;
use serde::{Deserialize, Serialize};

/// Collects the first values. It adds up distances from the first, so that the mean of equal values
/// is that value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seed {
    first: f64,
    distances: f64,
    missing: u32,
    length: u32,
}

sound!(Seed { first: figure, distances: figure, missing: down, length: same });

impl Seed {
    /// A new state of `length` values.
    #[must_use]
    pub const fn new(length: u32) -> Self {
        Self { first: 0.0, distances: 0.0, missing: length, length }
    }

    /// Whether the mean has been returned.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.missing == 0
    }

    /// Takes a value and returns the mean with the last that it needs.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        if self.missing == self.length {
            self.first = value;
        }
        self.distances += value - self.first;
        self.missing -= 1;
        (self.missing == 0).then(|| self.first + self.distances / f64::from(self.length))
    }
}
