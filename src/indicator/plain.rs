//! A bar's own price and volume as lines, so that rules can compare them with indicators: a price
//! crosses its average, a volume its mean.

use crate::indicator::mean::nearest;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The applied price of the bar as a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlainPrice {}

sound!(PlainPrice {});

/// More ticks than any bar has. Sums of prices times volumes up to this fit.
const TICKS_MAX: u64 = 1 << 48;

/// The bar's tick volume, as a number by which a price can be multiplied.
#[must_use]
pub fn ticks(bar: &Bar) -> i128 {
    i128::from(bar.tick_volume.min(TICKS_MAX))
}

/// The bar's tick volume as a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlainVolume {}

sound!(PlainVolume {});

impl PlainVolume {
    /// Takes a bar and returns its volume.
    #[must_use]
    pub fn push(self, bar: &Bar) -> Option<f64> {
        Some(nearest(ticks(bar)))
    }
}
