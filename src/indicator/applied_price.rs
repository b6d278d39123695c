//! Which price of a bar an indicator is applied to, as MT5 numbers them (MT5 reference 8).

use crate::indicator::mean::nearest;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// Units of a whole price.
const PRICE_UNITS: f64 = 1e9;

/// MT5's applied price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliedPrice {
    /// 1.
    Close,
    /// 2.
    Open,
    /// 3.
    High,
    /// 4.
    Low,
    /// 5: (high + low) / 2.
    Median,
    /// 6: (high + low + close) / 3.
    Typical,
    /// 7: (high + low + 2 · close) / 4.
    Weighted,
}

impl AppliedPrice {
    /// All of them in MT5's order, from 1 on.
    pub const ALL: [Self; 7] = [Self::Close, Self::Open, Self::High, Self::Low, Self::Median, Self::Typical, Self::Weighted];

    /// The name in rules and in columns.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Median => "median",
            Self::Typical => "typical",
            Self::Weighted => "weighted",
        }
    }

    /// The one of that name, in any case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|price| price.name().eq_ignore_ascii_case(name))
    }

    /// The one of MT5's number.
    #[must_use]
    pub fn of_number(number: usize) -> Option<Self> {
        Self::ALL.get(number.checked_sub(1)?).copied()
    }

    /// That price of a bar, exactly.
    #[must_use]
    pub fn of(self, bar: &Bar) -> Sample {
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(|price| i128::from(price.raw()));
        let (units, parts) = match self {
            Self::Close => (close, 1.0),
            Self::Open => (open, 1.0),
            Self::High => (high, 1.0),
            Self::Low => (low, 1.0),
            Self::Median => (high + low, 2.0),
            Self::Typical => (high + low + close, 3.0),
            Self::Weighted => (high + low + 2 * close, 4.0),
        };
        Sample { units, scale: parts * PRICE_UNITS }
    }
}

/// A price as a whole number of units, of which `scale` make 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// How many units.
    pub units: i128,
    /// How many of them are a whole price: a whole number.
    pub scale: f64,
}

impl Sample {
    /// A price, or a difference of prices, in raw units of 10⁻⁹.
    #[must_use]
    pub const fn raw(units: i128) -> Self {
        Self { units, scale: PRICE_UNITS }
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        nearest(self.units) / self.scale
    }
}
