//! Stochastic oscillator: the position of the close between the lowest and the highest price of the
//! last bars. MT5 divides sums, TA-Lib averages quotients.

use crate::indicator::extremes::Extremes;
use crate::indicator::mean::nearest;
use crate::indicator::sound::sound;
use crate::indicator::sum::{SlidingMean, Sum};
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The prices between which the position of the close is measured: MT5's price field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceField {
    /// The lowest low and the highest high.
    LowHigh,
    /// The lowest and the highest close.
    CloseClose,
}

/// The close above the lowest price, and the whole range, in raw units of 10⁻⁹.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    extremes: Extremes,
    field: PriceField,
}

sound!(Place { extremes: part, field: same });

impl Place {
    fn new(period: u32, field: PriceField) -> Self {
        Self { extremes: Extremes::new(period as usize), field }
    }

    fn push(&mut self, bar: &Bar) -> Option<(i128, i128)> {
        let close = bar.close.raw();
        match self.field {
            PriceField::LowHigh => self.extremes.push(bar.high.raw(), bar.low.raw()),
            PriceField::CloseClose => self.extremes.push(close, close),
        }
        let (highest, lowest) =
            (i128::from(self.extremes.highest()?), i128::from(self.extremes.lowest()?));
        Some((i128::from(close) - lowest, highest - lowest))
    }
}

/// Stochastic oscillator as MT5's stock indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stochastic {
    place: Place,
    above: Sum,
    range: Sum,
    d: SlidingMean,
}

sound!(Stochastic { place: part, above: part, range: part, d: part });

impl Stochastic {
    /// A new state: %K over `k` bars, slowed over `slowing` bars, and %D as the mean of `d` values
    /// of %K.
    #[must_use]
    pub fn new(k: u32, d: u32, slowing: u32, field: PriceField) -> Self {
        Self {
            place: Place::new(k, field),
            above: Sum::new(slowing),
            range: Sum::new(slowing),
            d: SlidingMean::new(d),
        }
    }

    /// Takes a bar and returns %K and %D once they are defined. Without any range, %K is 100.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 2] {
        let Some((above, range)) = self.place.push(bar) else { return [None; 2] };
        let (Some(above), Some(range)) = (self.above.push(above), self.range.push(range)) else {
            return [None; 2];
        };
        let k = if range == 0 { 100.0 } else { 100.0 * (nearest(above) / nearest(range)) };
        [Some(k), self.d.push(k)]
    }
}

/// Stochastic oscillator as TA-Lib's STOCH with simple averages: no line begins before both do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TalibStochastic {
    place: Place,
    k: SlidingMean,
    d: SlidingMean,
}

sound!(TalibStochastic { place: part, k: part, d: part });

impl TalibStochastic {
    /// A new state: fast %K over `k` bars, slow %K as the mean of `slowing` of these, and slow %D
    /// as the mean of `d` values of slow %K.
    #[must_use]
    pub fn new(k: u32, d: u32, slowing: u32) -> Self {
        Self {
            place: Place::new(k, PriceField::LowHigh),
            k: SlidingMean::new(slowing),
            d: SlidingMean::new(d),
        }
    }

    /// Takes a bar and returns slow %K and slow %D once both are defined. Without any range, fast
    /// %K is 0.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 2] {
        let Some((above, range)) = self.place.push(bar) else { return [None; 2] };
        let fast = if range == 0 { 0.0 } else { 100.0 * (nearest(above) / nearest(range)) };
        let Some(k) = self.k.push(fast) else { return [None; 2] };
        let d = self.d.push(k);
        [d.map(|_| k), d]
    }
}
