//! Which price of a bar an indicator is applied to, as MT5 numbers them (MT5 reference 8).

use crate::indicator::mean::nearest;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The units of a price of 1.
const PRICE_UNITS: f64 = 1e9;

/// MT5's applied price: the price of a bar that an indicator is computed from. The numbers are
/// MT5's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliedPrice {
    /// 1: the close.
    Close,
    /// 2: the open.
    Open,
    /// 3: the high.
    High,
    /// 4: the low.
    Low,
    /// 5: (high + low) / 2.
    Median,
    /// 6: (high + low + close) / 3.
    Typical,
    /// 7: (high + low + 2 · close) / 4.
    Weighted,
}

impl AppliedPrice {
    /// All applied prices in MT5's order, from 1 on.
    pub const ALL: [Self; 7] = [
        Self::Close,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Median,
        Self::Typical,
        Self::Weighted,
    ];

    /// The name in rules and in columns, such as `median`.
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

    /// The applied price of that name, in upper or lower case; none for other names.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|price| price.name().eq_ignore_ascii_case(name))
    }

    /// The applied price of MT5's number; none for numbers other than 1 to 7.
    #[must_use]
    pub fn of_number(number: usize) -> Option<Self> {
        Self::ALL.get(number.checked_sub(1)?).copied()
    }

    /// This price of a bar, exactly.
    #[must_use]
    pub fn of(self, bar: &Bar) -> Sample {
        let [open, high, low, close] =
            [bar.open, bar.high, bar.low, bar.close].map(|price| i128::from(price.raw()));
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

/// A price as a whole number of units, with `scale` units in a price of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The price as a number of units.
    pub units: i128,
    /// The number of units in a price of 1, which is a whole number.
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
