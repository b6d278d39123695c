//! What a bar itself says, as a line beside indicators: a price crosses its average, a volume its mean.

use crate::indicator::mean::nearest;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// An applied price of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlainPrice {}

/// The bar's tick volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlainVolume {}

impl PlainVolume {
    /// Takes a bar; gives its volume.
    #[must_use]
    pub fn push(self, bar: &Bar) -> Option<f64> {
        Some(nearest(i128::from(bar.tick_volume)))
    }
}
