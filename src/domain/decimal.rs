//! Exact conversion between decimal text and scaled integers: the basis of prices, volumes and
//! money.

use std::fmt;

/// Why a text is not a decimal of the wanted scale.
///
/// ```
/// use tickdeck::domain::amount::Volume;
/// use tickdeck::domain::decimal::DecimalError;
/// assert_eq!("0,1".parse::<Volume>(), Err(DecimalError::NotANumber));
/// // Volumes keep 8 digits: a ninth is refused unless it is zero.
/// assert_eq!("0.000000001".parse::<Volume>(), Err(DecimalError::TooFine(8)));
/// assert!("0.100000000".parse::<Volume>().is_ok());
/// assert_eq!("1e12".parse::<Volume>(), Err(DecimalError::TooLarge));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Empty, or something other than digits with at most one point and a leading sign.
    #[error("not a decimal number")]
    NotANumber,
    /// More digits after the point than the type keeps: the text is refused, never rounded
    /// silently.
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

/// Reads `text` as a decimal and scales it by 10^`scale`. An exponent (`1e-05`) is accepted,
/// because Python and JSON write small floats that way. Every text is either read exactly or
/// refused.
///
/// # Errors
/// [`DecimalError`]. Trailing zeros beyond the scale are allowed, other digits are not.
///
/// ```
/// use tickdeck::domain::decimal::parse_scaled;
/// assert_eq!(parse_scaled("-1.25", 3), Ok(-1250));
/// assert_eq!(parse_scaled("1e-05", 5), Ok(1));
/// ```
pub fn parse_scaled(text: &str, scale: u32) -> Result<i64, DecimalError> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        None => (text, 0),
    };
    let negative = mantissa.starts_with('-');
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let Significant { value, power } = Significant::read(digits).ok_or(DecimalError::NotANumber)?;
    if value == Some(0) {
        return Ok(0);
    }
    let shift = i64::from(scale) + power + exponent;
    // The last digit is not zero: below the scale it would be lost.
    let shift = u32::try_from(shift).map_err(|_| {
        if shift < 0 { DecimalError::TooFine(scale) } else { DecimalError::TooLarge }
    })?;
    let scaled = 10_u64
        .checked_pow(shift)
        .and_then(|factor| value?.checked_mul(factor))
        .ok_or(DecimalError::TooLarge)?;
    let signed = if negative { -i128::from(scaled) } else { i128::from(scaled) };
    i64::try_from(signed).map_err(|_| DecimalError::TooLarge)
}

/// A number as `value · 10^power`, where `value` does not end in a zero unless it is zero.
struct Significant {
    /// None when 64 bits do not hold it: whatever the power, the number then fits no scale.
    value: Option<u64>,
    power: i64,
}

impl Significant {
    /// Digits with at most one point; none for anything else.
    fn read(digits: &str) -> Option<Self> {
        let (mut value, mut power) = (Some(0_u64), 0);
        // Zeros since the last other digit: they count only if another follows.
        let mut zeros = 0_u32;
        let (mut seen, mut after_point) = (false, false);
        for byte in digits.bytes() {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    power -= i64::from(after_point);
                    zeros = zeros.saturating_add(1);
                    if byte != b'0' {
                        let room =
                            if value == Some(0) { Some(1) } else { 10_u64.checked_pow(zeros) };
                        value = room.and_then(|room| {
                            value?.checked_mul(room)?.checked_add(u64::from(byte - b'0'))
                        });
                        zeros = 0;
                    }
                }
                b'.' if !after_point => after_point = true,
                _ => return None,
            }
        }
        seen.then_some(Self { value, power: power + i64::from(zeros) })
    }
}

/// Reads an exponent with its sign. One far beyond every scale is limited to a number that is still
/// beyond every scale.
fn read_exponent(text: &str) -> Result<i64, DecimalError> {
    const FAR: i64 = 1 << 40;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    let magnitude =
        digits.bytes().fold(0, |sum: i64, byte| (sum * 10 + i64::from(byte - b'0')).min(FAR));
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Writes `value / 10^scale` with at least `digits_min` digits after the point and no trailing
/// zeros beyond them.
///
/// # Errors
/// Those of the formatter.
pub fn write_scaled(
    out: &mut impl fmt::Write,
    value: i64,
    scale: u32,
    digits_min: u32,
) -> fmt::Result {
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
///
/// ```
/// use tickdeck::domain::decimal::div_round;
/// assert_eq!((div_round(5, 2), div_round(-5, 2), div_round(4, 3)), (3, -3, 1));
/// ```
#[must_use]
pub const fn div_round(value: i128, divisor: i128) -> i128 {
    assert!(divisor > 0, "a divisor is positive");
    let half = divisor / 2;
    if value >= 0 { (value + half) / divisor } else { (value - half) / divisor }
}

/// Declares a fixed-point quantity: an `i64` of 10^-scale units with exact text, JSON (as text) and
/// sums.
macro_rules! fixed_point {
    ($(#[$doc:meta])* $name:ident, $scale:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// The number of digits after the point that the type keeps.
            pub const SCALE: u32 = $scale;
            /// Zero, which is also the default.
            pub const ZERO: Self = Self(0);

            /// The quantity of `raw` units of 10^-[`Self::SCALE`].
            #[must_use]
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// The quantity as a number of units of 10^-[`Self::SCALE`].
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

            /// The quantity nearest to a double, rounded to `digits` after the point; none for NaN,
            /// the infinities and what does not fit. In 6 % of the cases MT5's double is not the
            /// one nearest to its price, so reading it means rounding it.
            #[must_use]
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "bounded just before")]
            pub fn from_f64(value: f64, digits: u32) -> Option<Self> {
                let scaled = libm::round(value * $crate::domain::decimal::pow10(digits) as f64);
                if !scaled.is_finite() || scaled.abs() > 9.0e15 {
                    return None;
                }
                (scaled as i64).checked_mul($crate::domain::decimal::pow10(Self::SCALE.checked_sub(digits)?)).map(Self)
            }

            /// The sum; none when it does not fit into 64 bits.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// The difference; none when it does not fit into 64 bits.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// The quantity as text with at least `digits` digits after the point, and more where
            /// it has more.
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
            ("1e-2147483648", 9, Err(DecimalError::TooFine(9))),
            ("1e2147483648", 9, Err(DecimalError::TooLarge)),
            ("1e-99999999999999999999", 9, Err(DecimalError::TooFine(9))),
            ("0e-99999999999999999999", 9, Ok(0)),
            ("-0.000e+7", 9, Ok(0)),
            ("1e", 9, Err(DecimalError::NotANumber)),
            ("1e+-1", 9, Err(DecimalError::NotANumber)),
            ("1e1e1", 9, Err(DecimalError::NotANumber)),
            ("100000000000000000000000000000000000000000e-41", 2, Ok(100)),
            ("0.00000000000000000000000000000000000000001e41", 2, Ok(100)),
            ("1.0000000000000000000000000000000000000000000", 2, Ok(100)),
            ("9223372036854775807", 0, Ok(i64::MAX)),
            ("-9223372036854775808", 0, Ok(i64::MIN)),
            ("9223372036854775808", 0, Err(DecimalError::TooLarge)),
            ("123456789012345678901", 0, Err(DecimalError::TooLarge)),
            ("12345678901234567890.1", 0, Err(DecimalError::TooFine(0))),
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

    /// The digits of a decimal moved by its exponent, with the point taken out: what it says, by
    /// another way.
    fn by_hand(text: &str, scale: u32) -> Option<String> {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let moved = exponent.parse::<i64>().ok()? + i64::from(scale)
            - i64::try_from(fraction.len()).ok()?;
        let digits = format!("{whole}{fraction}");
        let kept = if let Ok(more) = usize::try_from(moved) {
            digits + &"0".repeat(more)
        } else {
            let cut = usize::try_from(-moved).ok()?;
            let digits = format!("{}{digits}", "0".repeat(cut));
            let (kept, lost) = digits.split_at(digits.len() - cut);
            lost.bytes().all(|byte| byte == b'0').then(|| kept.to_owned())?
        };
        let kept = kept.trim_start_matches('0');
        Some(if kept.is_empty() { "0".to_owned() } else { kept.to_owned() })
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), scale in 0_u32..=18) {
            let _ = parse_scaled(&text, scale);
        }

        #[test]
        fn anything_like_a_decimal_is_read_or_refused(text in "[-+]?[0-9.]{0,30}[eE]?[-+]?[0-9]{0,25}", scale in 0_u32..=18) {
            let _ = parse_scaled(&text, scale);
        }

        #[test]
        fn what_is_read_is_exact(text in "[0-9]{1,12}(\\.[0-9]{0,12})?(e-?[0-9]{1,2})?", scale in 0_u32..=18) {
            let exact = by_hand(&text, scale);
            match parse_scaled(&text, scale) {
                Ok(value) => prop_assert_eq!(Some(value.to_string()), exact),
                Err(DecimalError::TooFine(_)) => prop_assert_eq!(exact, None),
                Err(DecimalError::TooLarge) => prop_assert!(exact.is_none_or(|exact| exact.parse::<i64>().is_err())),
                Err(DecimalError::NotANumber) => prop_assert!(false, "{} is a number", text),
            }
        }

        #[test]
        fn text_round_trips(raw in any::<i64>(), scale in 0_u32..=18) {
            let mut text = String::new();
            write_scaled(&mut text, raw, scale, 0).unwrap();
            prop_assert_eq!(parse_scaled(&text, scale), Ok(raw));
        }
    }
}
