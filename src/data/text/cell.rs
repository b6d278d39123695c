//! The text of one cell to a value.

use crate::data::error::CellFlaw;
use crate::data::price_column::Digits;
use crate::domain::amount::Price;
use crate::domain::decimal::{DecimalError, parse_scaled};
use jiff::civil;

const DAY_MSC: i64 = 86_400_000;

/// Reads dates; keeps the last one, since a file has thousands of rows a day.
#[derive(Debug, Default)]
pub struct Dates {
    text: String,
    msc: i64,
}

impl Dates {
    /// Milliseconds from 1970 to the beginning of the day that `text` names.
    ///
    /// # Errors
    /// [`CellFlaw::NotADate`].
    pub fn msc(&mut self, text: &str) -> Result<i64, CellFlaw> {
        if self.text != text || text.is_empty() {
            self.msc = date_msc(text).ok_or_else(|| CellFlaw::NotADate(text.into()))?;
            text.clone_into(&mut self.text);
        }
        Ok(self.msc)
    }
}

fn date_msc(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let separator = *bytes.get(4)?;
    let shaped = bytes.len() == 10 && text.is_ascii() && matches!(separator, b'.' | b'-' | b'/') && bytes[7] == separator;
    if !shaped {
        return None;
    }
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..])?);
    let date = civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let days = date.duration_since(civil::date(1970, 1, 1)).as_hours() / 24;
    Some(days * DAY_MSC)
}

/// Milliseconds from midnight: `16:00`, `16:00:00` or `16:00:00.073`.
///
/// # Errors
/// [`CellFlaw::NotATime`].
pub fn time_of_day(text: &str) -> Result<i64, CellFlaw> {
    clock(text.as_bytes()).ok_or_else(|| CellFlaw::NotATime(text.into()))
}

fn clock(bytes: &[u8]) -> Option<i64> {
    let seconds = match bytes.len() {
        5 => 0,
        8 | 10..=12 if bytes[5] == b':' => number(&bytes[6..8])?,
        _ => return None,
    };
    let msc = match bytes.get(8) {
        None => 0,
        Some(b'.') => bytes[9..].iter().try_fold((0, 100), |(sum, unit), byte| Some((sum + number(&[*byte])? * unit, unit / 10)))?.0,
        Some(_) => return None,
    };
    let (hours, minutes) = (number(&bytes[..2])?, number(&bytes[3..5])?);
    let sound = bytes[2] == b':' && hours < 24 && minutes < 60 && seconds < 60;
    sound.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + msc)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// A price from zero on, of no more digits than the symbol's.
///
/// # Errors
/// [`CellFlaw`].
pub fn price(text: &str, digits: &Digits) -> Result<Price, CellFlaw> {
    let raw = parse_scaled(text, Price::SCALE).map_err(|error| match error {
        DecimalError::NotANumber => CellFlaw::NotANumber(text.into()),
        DecimalError::TooLarge => CellFlaw::TooLarge(text.into()),
        DecimalError::TooFine(_) => digits.too_fine(text.into()),
    })?;
    if raw < 0 { Err(CellFlaw::NotPositive(text.into())) } else { digits.check(Price::from_raw(raw)) }
}

/// A whole number from zero on; `0.00` is one too.
///
/// # Errors
/// [`CellFlaw`].
pub fn whole(text: &str) -> Result<u64, CellFlaw> {
    let value = parse_scaled(text, 0).map_err(|error| match error {
        DecimalError::NotANumber => CellFlaw::NotANumber(text.into()),
        DecimalError::TooLarge => CellFlaw::TooLarge(text.into()),
        DecimalError::TooFine(_) => CellFlaw::NotWhole(text.into()),
    })?;
    u64::try_from(value).map_err(|_| CellFlaw::NotWhole(text.into()))
}

/// A whole number of at most 32 bits.
///
/// # Errors
/// [`CellFlaw`].
pub fn whole32(text: &str) -> Result<u32, CellFlaw> {
    u32::try_from(whole(text)?).map_err(|_| CellFlaw::TooLarge(text.into()))
}
