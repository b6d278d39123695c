//! Converts the bytes of one cell to a value.
//!
//! Each function has a fast path for what exports write, without an allocation, and a slow one for
//! what is rare or wrong.

use crate::data::error::CellFlaw;
use crate::data::table::price_column::Digits;
use crate::domain::amount::Price;
use crate::domain::decimal::{DecimalError, parse_scaled, pow10};

/// The number of digits that always fits 64 bits.
const DIGITS_MAX: usize = 18;
/// A number with this many digits was printed from a double, with its noise.
const DOUBLE_DIGITS: usize = 15;

/// A cell for a message.
#[must_use]
pub fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Digits with at most one point, as a whole number and the number of digits after the point.
#[inline]
fn plain_decimal(text: &[u8]) -> Option<(i64, usize)> {
    if text.len() > DIGITS_MAX {
        return None;
    }
    let (mut value, mut point) = (0_i64, None);
    for (at, &byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value * 10 + i64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let behind = point.map_or(0, |at| text.len() - 1 - at);
    let digits = text.len() - usize::from(point.is_some());
    (digits > 0).then_some((value, behind))
}

/// The raw units of a price per unit of its last digit, by the number of digits after the point.
const UNITS: [i64; Price::SCALE as usize + 1] = {
    let mut units = [1; Price::SCALE as usize + 1];
    let mut digits = 0;
    while digits <= Price::SCALE {
        units[digits as usize] = pow10(Price::SCALE - digits);
        digits += 1;
    }
    units
};

/// A price of at least zero, with no more digits than the symbol's.
///
/// # Errors
/// [`CellFlaw`].
#[inline]
pub fn price(text: &[u8], digits: &Digits) -> Result<Price, CellFlaw> {
    if let Some((mut value, mut behind)) = plain_decimal(text) {
        // Some vendors write one more digit, which is always 0.
        while behind > digits.count() as usize && value % 10 == 0 {
            (value, behind) = (value / 10, behind - 1);
        }
        if behind <= digits.count() as usize
            && let Some(raw) = value.checked_mul(UNITS[behind])
        {
            return Ok(Price::from_raw(raw));
        }
    }
    rare_price(text, digits)
}

#[cold]
fn rare_price(text: &[u8], digits: &Digits) -> Result<Price, CellFlaw> {
    let text = std::str::from_utf8(text).map_err(|_| CellFlaw::NotANumber(shown(text)))?;
    if text.bytes().filter(u8::is_ascii_digit).count() >= DOUBLE_DIGITS
        && let Some(price) = text.parse().ok().and_then(|value| digits.of_double(value))
    {
        return Ok(price);
    }
    let raw = parse_scaled(text, Price::SCALE).map_err(|error| match error {
        DecimalError::NotANumber => not_a_number(text),
        DecimalError::TooLarge => CellFlaw::TooLarge(text.into()),
        DecimalError::TooFine(_) => digits.too_fine(text.into()),
    })?;
    if raw < 0 {
        Err(CellFlaw::NotPositive(text.into()))
    } else {
        digits.check(Price::from_raw(raw))
    }
}

fn not_a_number(text: &str) -> CellFlaw {
    let comma = text.contains(',')
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.' | b'-'));
    if comma { CellFlaw::Comma(text.into()) } else { CellFlaw::NotANumber(text.into()) }
}

/// A whole number of at least zero; `0.00` is also one.
///
/// # Errors
/// [`CellFlaw`].
#[inline]
pub fn whole(text: &[u8]) -> Result<u64, CellFlaw> {
    match plain_decimal(text) {
        Some((value, 0)) if text.last() != Some(&b'.') => Ok(value.unsigned_abs()),
        _ => rare_whole(text),
    }
}

#[cold]
fn rare_whole(text: &[u8]) -> Result<u64, CellFlaw> {
    let shown = shown(text);
    let value = parse_scaled(&shown, 0).map_err(|error| match error {
        DecimalError::NotANumber => not_a_number(&shown),
        DecimalError::TooLarge => CellFlaw::TooLarge(shown.clone()),
        DecimalError::TooFine(_) => CellFlaw::NotWhole(shown.clone()),
    })?;
    u64::try_from(value).map_err(|_| CellFlaw::NotWhole(shown))
}

/// A whole number of at most 32 bits.
///
/// # Errors
/// [`CellFlaw`].
#[inline]
pub fn whole32(text: &[u8]) -> Result<u32, CellFlaw> {
    u32::try_from(whole(text)?).map_err(|_| CellFlaw::TooLarge(shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;

    #[test]
    fn prices_are_exact_or_refused() {
        let digits = Digits::of(&builtin("EURUSD").unwrap());
        let told = |text: &str| {
            price(text.as_bytes(), &digits).map(Price::raw).map_err(|flaw| flaw.to_string())
        };
        for (text, raw) in [
            ("1.17403", 1_174_030_000),
            ("1.1", 1_100_000_000),
            ("1", 1_000_000_000),
            ("0", 0),
            (".5", 500_000_000),
            ("1.174030", 1_174_030_000),
            ("1.17403000000000000000", 1_174_030_000),
            ("1.1645699999999999", 1_164_570_000),
            ("1.1690800000000001", 1_169_080_000),
            ("+1.5e-1", 150_000_000),
            ("1e0", 1_000_000_000),
            ("9223372036.00000", 9_223_372_036_000_000_000),
        ] {
            assert_eq!(told(text), Ok(raw), "{text}");
        }
        for (text, expect) in [
            ("", "`` is not a number"),
            (".", "`.` is not a number"),
            ("1.2.3", "`1.2.3` is not a number"),
            ("1,17403", "`1,17403` has a comma in it; a decimal point belongs there"),
            ("NaN", "`NaN` is not a number"),
            ("-1.1", "price -1.1 is not above 0"),
            ("1.174031", "1.174031 has more than the 5 digits of EURUSD"),
            ("1.17403100000000001", "1.17403100000000001 has more than the 5 digits of EURUSD"),
            ("1.17403000001", "1.17403000001 has more than the 5 digits of EURUSD"),
            ("9223372037", "9223372037 is too large"),
            ("99999999999999", "99999999999999 is too large"),
        ] {
            assert_eq!(told(text), Err(expect.to_owned()), "{text}");
        }
    }

    #[test]
    fn counts_are_whole() {
        for (text, expect) in
            [("0", Ok(0)), ("134", Ok(134)), ("0.00", Ok(0)), ("1e3", Ok(1000)), ("7.", Ok(7))]
        {
            assert_eq!(whole(text.as_bytes()), expect, "{text}");
        }
        for text in ["", "-1", "0.5", "x", "1 2", "99999999999999999999"] {
            assert!(whole(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(whole32(b"4294967296"), Err(CellFlaw::TooLarge("4294967296".into())));
    }
}
