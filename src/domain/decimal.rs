//! Decimal text to scaled integers and back, exactly: the ground on which prices, volumes and money stand.

use std::fmt;

/// Why a text is not a decimal of the wanted scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Empty, or something other than digits with at most one point and a leading sign.
    #[error("not a decimal number")]
    NotANumber,
    /// More digits after the point than the type keeps; nothing is rounded in silence.
    #[error("more than {0} digits after the point")]
    TooFine(u32),
    /// Outside what 64 bits hold at this scale.
    #[error("too large")]
    TooLarge,
}

/// Ten to the power of `exponent`.
///
/// # Panics
/// If `exponent` is above 18.
#[must_use]
pub const fn pow10(exponent: u32) -> i64 {
    10_i64.pow(exponent)
}

/// Reads `text` as a decimal and scales it by 10^`scale`. An exponent (`1e-05`) is understood, since that is how
/// Python and JSON write a small float.
///
/// # Errors
/// [`DecimalError`]; trailing zeros beyond the scale are no error, other digits are.
pub fn parse_scaled(text: &str, scale: u32) -> Result<i64, DecimalError> {
    let (mantissa, exponent) = split_exponent(text)?;
    let negative = mantissa.starts_with('-');
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa).as_bytes();
    let mut value: i128 = 0;
    let mut after_point: Option<i32> = None;
    let mut seen = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                value = value * 10 + i128::from(byte - b'0');
                if value > i128::from(u64::MAX) * 1_000_000_000_000 {
                    return Err(DecimalError::TooLarge);
                }
                after_point = after_point.map(|n| n + 1);
            }
            b'.' if after_point.is_none() => after_point = Some(0),
            _ => return Err(DecimalError::NotANumber),
        }
    }
    if !seen {
        return Err(DecimalError::NotANumber);
    }
    let shift = scale.cast_signed() - after_point.unwrap_or(0) + exponent;
    let scaled = rescale(value, shift, scale)?;
    i64::try_from(if negative { -scaled } else { scaled }).map_err(|_| DecimalError::TooLarge)
}

fn split_exponent(text: &str) -> Result<(&str, i32), DecimalError> {
    match text.split_once(['e', 'E']) {
        None => Ok((text, 0)),
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent.parse().map_err(|_| DecimalError::NotANumber)?;
            if exponent.abs() > 40 { Err(DecimalError::TooLarge) } else { Ok((mantissa, exponent)) }
        }
    }
}

fn rescale(value: i128, shift: i32, scale: u32) -> Result<i128, DecimalError> {
    if value == 0 {
        return Ok(0);
    }
    let factor = 10_i128.checked_pow(shift.unsigned_abs());
    if shift >= 0 {
        return factor.and_then(|factor| value.checked_mul(factor)).ok_or(DecimalError::TooLarge);
    }
    factor.filter(|divisor| value % divisor == 0).map(|divisor| value / divisor).ok_or(DecimalError::TooFine(scale))
}

/// Writes `value / 10^scale` with at least `digits_min` digits after the point and no needless zeros beyond.
///
/// # Errors
/// Those of the formatter.
pub fn write_scaled(out: &mut impl fmt::Write, value: i64, scale: u32, digits_min: u32) -> fmt::Result {
    let unit = pow10(scale).unsigned_abs();
    let magnitude = value.unsigned_abs();
    if value < 0 {
        out.write_char('-')?;
    }
    write!(out, "{}", magnitude / unit)?;
    let mut fraction = magnitude % unit;
    let mut digits = scale;
    while digits > digits_min && fraction.is_multiple_of(10) {
        fraction /= 10;
        digits -= 1;
    }
    if digits == 0 {
        return Ok(());
    }
    write!(out, ".{fraction:0width$}", width = digits as usize)
}

/// `value / divisor` rounded half away from zero: MT5's arithmetic rounding (MT5 reference 5.1).
///
/// # Panics
/// If `divisor` is not positive.
#[must_use]
pub const fn div_round(value: i128, divisor: i128) -> i128 {
    assert!(divisor > 0, "a divisor is positive");
    let half = divisor / 2;
    if value >= 0 { (value + half) / divisor } else { (value - half) / divisor }
}

/// Declares a fixed-point quantity: an `i64` of 10^-scale units with exact text, JSON (as text) and sums.
macro_rules! fixed_point {
    ($(#[$doc:meta])* $name:ident, $scale:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// Digits after the point that the type keeps.
            pub const SCALE: u32 = $scale;
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// From raw units of 10^-[`Self::SCALE`].
            #[must_use]
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// Raw units of 10^-[`Self::SCALE`].
            #[must_use]
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// The nearest double; for indicators and reports only.
            #[must_use]
            #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 units, and only for display beyond")]
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / $crate::domain::decimal::pow10(Self::SCALE) as f64
            }

            /// The quantity nearest to a double, rounded to `digits` after the point; none for NaN, the infinities and
            /// what does not fit. 6 % of MT5's doubles are not the nearest one to their price: rounding is the reading.
            #[must_use]
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "bounded just before")]
            pub fn from_f64(value: f64, digits: u32) -> Option<Self> {
                let scaled = libm::round(value * $crate::domain::decimal::pow10(digits) as f64);
                if !scaled.is_finite() || scaled.abs() > 9.0e15 {
                    return None;
                }
                (scaled as i64).checked_mul($crate::domain::decimal::pow10(Self::SCALE.checked_sub(digits)?)).map(Self)
            }

            /// The sum, unless it does not fit.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// The difference, unless it does not fit.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// Text with at least `digits` after the point.
            #[must_use]
            pub fn with_digits(self, digits: u32) -> String {
                let mut text = String::new();
                let written = $crate::domain::decimal::write_scaled(&mut text, self.0, Self::SCALE, digits);
                debug_assert!(written.is_ok(), "writing to a string does not fail");
                text
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl std::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl std::ops::SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, |total, one| total + one)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::domain::decimal::write_scaled(f, self.0, Self::SCALE, 0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::decimal::DecimalError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::domain::decimal::parse_scaled(text, Self::SCALE).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            /// Reads text (exact) or a number (its shortest decimal, which is what a person wrote).
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let $crate::domain::decimal::Written(text) = serde::Deserialize::deserialize(deserializer)?;
                text.parse().map_err(|error| serde::de::Error::custom(format!("`{text}`: {error}")))
            }
        }
    };
}
pub(crate) use fixed_point;

/// A decimal as a file writes it: text or a number.
pub(crate) struct Written(pub(crate) String);

impl<'de> serde::Deserialize<'de> for Written {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;
        impl serde::de::Visitor<'_> for AsText {
            type Value = Written;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number")
            }
            fn visit_str<E>(self, text: &str) -> Result<Written, E> {
                Ok(Written(text.to_owned()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Written, E> {
                Ok(Written(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Written, E> {
                Ok(Written(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Written, E> {
                Ok(Written(value.to_string()))
            }
        }
        deserializer.deserialize_any(AsText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_is_exact_and_refuses_what_is_not() {
        for (text, scale, expect) in [
            ("1.17403", 9, Ok(1_174_030_000)),
            ("-0.5", 2, Ok(-50)),
            ("1e-05", 9, Ok(10_000)),
            ("1.50000", 2, Ok(150)),
            ("+3", 0, Ok(3)),
            ("1.005", 2, Err(DecimalError::TooFine(2))),
            ("", 2, Err(DecimalError::NotANumber)),
            ("1,5", 2, Err(DecimalError::NotANumber)),
            ("1.2.3", 2, Err(DecimalError::NotANumber)),
            (".", 2, Err(DecimalError::NotANumber)),
            ("NaN", 2, Err(DecimalError::NotANumber)),
            ("99999999999999", 9, Err(DecimalError::TooLarge)),
            ("1e99", 9, Err(DecimalError::TooLarge)),
        ] {
            assert_eq!(parse_scaled(text, scale), expect, "{text}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        for (value, expect) in [(15, 2), (14, 1), (-15, -2), (-14, -1), (25, 3)] {
            assert_eq!(div_round(value, 10), expect);
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(raw in any::<i64>(), scale in 0_u32..=18) {
            let mut text = String::new();
            write_scaled(&mut text, raw, scale, 0).unwrap();
            prop_assert_eq!(parse_scaled(&text, scale), Ok(raw));
        }
    }
}
