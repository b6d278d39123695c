//! Prices, volumes, money, points and pips: different types, so that one is never taken for
//! another.

use crate::domain::decimal::{fixed_point, pow10};
use serde::{Deserialize, Serialize};

fixed_point! {
    /// A price or a distance between prices, in 10⁻⁹ of the quote currency (so that averages fit).
    ///
    /// ```
    /// use tickdeck::domain::amount::Price;
    /// let (wanted, tick_size): (Price, Price) = ("1917.63".parse()?, "0.25".parse()?);
    /// assert_eq!(wanted.round_to_tick(tick_size).to_string(), "1917.75");
    /// // Exact, unlike doubles.
    /// assert_eq!("0.1".parse::<Price>()? + "0.2".parse()?, "0.3".parse()?);
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    Price, 9
}

fixed_point! {
    /// A traded volume in lots, kept to 10⁻⁸ lots as MT5's servers do.
    ///
    /// ```
    /// use tickdeck::domain::amount::Volume;
    /// let step: Volume = "0.01".parse()?;
    /// assert!("0.07".parse::<Volume>()?.is_multiple_of(step));
    /// assert!(!"0.075".parse::<Volume>()?.is_multiple_of(step));
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    Volume, 8
}

fixed_point! {
    /// An amount of one currency, kept to 10⁻⁸; booked amounts are rounded to the currency's digits
    /// ([`Money::round_to`]).
    ///
    /// ```
    /// use tickdeck::domain::amount::Money;
    /// // Half a cent is rounded away from zero.
    /// assert_eq!("2.345".parse::<Money>()?.round_to(2).to_string(), "2.35");
    /// assert_eq!("-2.345".parse::<Money>()?.round_to(2).to_string(), "-2.35");
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    Money, 8
}

fixed_point! {
    /// A distance in pips, as strategy rules state it. The length of a pip depends on the symbol:
    /// [`SymbolSpec::pip_size`](crate::domain::symbol::SymbolSpec::pip_size).
    ///
    /// ```
    /// use tickdeck::domain::amount::Pips;
    /// use tickdeck::domain::symbols_builtin::builtin;
    /// let distance: Pips = "2.5".parse()?;
    /// // A pip is 0.0001 of EURUSD, and a tenth of a dollar of gold.
    /// assert_eq!(builtin("EURUSD").unwrap().pips(distance), Some("0.00025".parse()?));
    /// assert_eq!(builtin("XAUUSD").unwrap().pips(distance), Some("0.25".parse()?));
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    Pips, 4
}

fixed_point! {
    /// How many times as large something is as something else.
    ///
    /// ```
    /// use tickdeck::domain::amount::{Pips, Ratio};
    /// let (stop_loss, reward): (Pips, Ratio) = ("10.5".parse()?, "1.5".parse()?);
    /// assert_eq!(stop_loss.times(reward), Some("15.75".parse()?));
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    Ratio, 4
}

fixed_point! {
    /// A part of a whole, in hundredths of it.
    ///
    /// ```
    /// use tickdeck::domain::amount::{Money, Percent};
    /// let loss: Percent = "4.5".parse()?;
    /// let initial: Money = "100000".parse()?;
    /// assert_eq!(loss.of(initial), "4500".parse()?);
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    Percent, 4
}

impl Percent {
    /// All of it.
    pub const WHOLE: Self = Self(100 * pow10(Self::SCALE));

    /// The part of an amount, rounded to the nearest 10⁻⁸; the largest amount where it does not fit.
    #[must_use]
    pub fn of(self, whole: Money) -> Money {
        let part = i128::from(whole.raw()) * i128::from(self.0);
        let part = crate::domain::decimal::div_round(part, i128::from(Self::WHOLE.0));
        Money(i64::try_from(part).unwrap_or(if part > 0 { i64::MAX } else { i64::MIN }))
    }
}

impl Pips {
    /// So many times the distance; none when that has more digits than are kept, or is too large.
    #[must_use]
    pub fn times(self, ratio: Ratio) -> Option<Self> {
        let (product, one) =
            (i128::from(self.raw()) * i128::from(ratio.raw()), pow10(Ratio::SCALE));
        let exact = product % i128::from(one) == 0;
        i64::try_from(product / i128::from(one)).ok().filter(|_| exact).map(Self::from_raw)
    }
}

/// A distance in points (10^-digits of a price), as MT5 counts stops levels, spreads and
/// deviations.
///
/// ```
/// use tickdeck::domain::amount::Points;
/// use tickdeck::domain::symbols_builtin::builtin;
/// // EURUSD has 5 digits, USDJPY 3.
/// assert_eq!(builtin("EURUSD").unwrap().points(Points(7)).to_string(), "0.00007");
/// assert_eq!(builtin("USDJPY").unwrap().points(Points(7)).to_string(), "0.007");
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Points(pub i64);

impl Points {
    /// The longest distance that a setting or a specification may state. Converted to a [`Price`]
    /// it fits whatever the symbol's digits are.
    pub const MOST: Self = Self(1_000_000);
}

impl Money {
    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// Rounded half away from zero to a currency's `digits`: MT5's arithmetic rounding (MT5
    /// reference 5.1).
    #[must_use]
    pub fn round_to(self, digits: u32) -> Self {
        Self::from_scaled(i128::from(self.raw()), Self::SCALE, digits).unwrap_or(self)
    }

    /// `value / 10^scale`, rounded half away from zero to `digits` after the point; none when the
    /// result does not fit.
    #[must_use]
    pub fn from_scaled(value: i128, scale: u32, digits: u32) -> Option<Self> {
        let coarse = if scale >= digits {
            crate::domain::decimal::div_round(value, 10_i128.checked_pow(scale - digits)?)
        } else {
            value.checked_mul(10_i128.checked_pow(digits - scale)?)?
        };
        let raw = coarse.checked_mul(10_i128.checked_pow(Self::SCALE.checked_sub(digits)?)?)?;
        i64::try_from(raw).ok().map(Self::from_raw)
    }
}

impl Volume {
    /// Whether the volume is a whole number of `step`s; never for a step of zero or below.
    #[must_use]
    pub const fn is_multiple_of(self, step: Self) -> bool {
        step.0 > 0 && self.0 % step.0 == 0
    }
}

impl Price {
    /// The distance from `other`, never negative.
    #[must_use]
    pub const fn distance(self, other: Self) -> Self {
        Self((self.0 - other.0).abs())
    }

    /// The nearest multiple of `tick_size`, half away from zero; the price itself when `tick_size`
    /// is zero or below, or when the result does not fit.
    #[must_use]
    pub fn round_to_tick(self, tick_size: Self) -> Self {
        if tick_size.0 <= 0 {
            return self;
        }
        let ticks = crate::domain::decimal::div_round(i128::from(self.0), i128::from(tick_size.0));
        i64::try_from(ticks * i128::from(tick_size.0)).map_or(self, Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_rounds_as_mt5_does() {
        for (text, digits, expect) in [
            ("10.005", 2, "10.01"),
            ("-10.005", 2, "-10.01"),
            ("10.4", 0, "10"),
            ("1.23", 8, "1.23"),
        ] {
            assert_eq!(text.parse::<Money>().unwrap().round_to(digits).to_string(), expect);
        }
    }

    #[test]
    fn raw_doubles_of_a_terminal_become_their_price() {
        assert_eq!(Price::from_f64(1.164_569_999_999_999_9, 5), Some("1.16457".parse().unwrap()));
        assert_eq!(Price::from_f64(f64::NAN, 5), None);
        assert_eq!(Price::from_f64(1e300, 5), None);
    }

    #[test]
    fn a_price_is_normalised_to_the_tick_size() {
        let tick: Price = "0.05".parse().unwrap();
        assert_eq!("1.12".parse::<Price>().unwrap().round_to_tick(tick).to_string(), "1.1");
        assert_eq!("1.13".parse::<Price>().unwrap().round_to_tick(tick).to_string(), "1.15");
    }
}
