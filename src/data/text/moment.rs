//! Dates and times in cells, in every form that a readable layout has.
//!
//! Dates are year first (`2025.09.22`, with points, dashes or slashes, or `20250922`) or, only with
//! points, day first (`22.09.2025`, Dukascopy). Times of day are `16:00`, `16:00:00`, with a
//! fraction (also after a colon, as Tickstory writes it), or `160000` and `160000073`. Anything finer than a millisecond is cut off.

use jiff::civil;

const DAY_MS: i64 = 86_400_000;

/// Reads dates. It remembers the last one, because a file has thousands of rows per day.
#[derive(Debug, Default)]
pub struct Dates {
    text: [u8; 10],
    length: usize,
    msc: i64,
}

impl Dates {
    /// Milliseconds from 1970 to the beginning of the day in `text`.
    #[inline]
    pub fn msc(&mut self, text: &[u8]) -> Option<i64> {
        if text.is_empty() || text != &self.text[..self.length] {
            self.msc = date_msc(text)?;
            self.text[..text.len()].copy_from_slice(text);
            self.length = text.len();
        }
        Some(self.msc)
    }

    /// A date and, after a blank or a `T`, a time of day; then optionally the offset of the clock
    /// from UTC: `Z`, `+02:00`, ` GMT+0200`.
    #[inline]
    pub fn moment(&mut self, text: &[u8]) -> Option<Moment> {
        let at = if text.get(8).is_some_and(|byte| matches!(byte, b' ' | b'T')) { 8 } else { 10 };
        let day = self.msc(text.get(..at)?)?;
        let [b' ' | b'T', rest @ ..] = &text[at..] else {
            return (text.len() == at).then_some(Moment { msc: day, ahead_ms: None });
        };
        let end = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b':' | b'.'))
            .unwrap_or(rest.len());
        let msc = day + time_of_day(&rest[..end])?;
        let ahead_ms = if end == rest.len() { None } else { Some(offset(&rest[end..])?) };
        Some(Moment { msc, ahead_ms })
    }
}

/// A date and time of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970 by that clock.
    pub msc: i64,
    /// The offset from UTC, if it is given.
    pub ahead_ms: Option<i64>,
}

fn date_msc(text: &[u8]) -> Option<i64> {
    let (year, month, day) = match text.len() {
        8 => (number(&text[..4])?, number(&text[4..6])?, number(&text[6..])?),
        10 if matches!(text[4], b'.' | b'-' | b'/') && text[7] == text[4] => {
            (number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?)
        }
        10 if text[2] == b'.' && text[5] == b'.' => {
            (number(&text[6..])?, number(&text[3..5])?, number(&text[..2])?)
        }
        _ => return None,
    };
    let date = civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let days = date.duration_since(civil::date(1970, 1, 1)).as_hours() / 24;
    Some(days * DAY_MS)
}

/// Milliseconds since midnight.
#[inline]
#[must_use]
pub fn time_of_day(text: &[u8]) -> Option<i64> {
    let (places, fraction) = match text.len() {
        5 if text[2] == b':' => ([0, 3, 5], 5),
        8.. if text[2] == b':' && text[5] == b':' => ([0, 3, 6], 8),
        6.. => ([0, 2, 4], 6),
        _ => return None,
    };
    let [hours, minutes, seconds] =
        places.map(|at| if at + 2 <= text.len() { two(text[at], text[at + 1]) } else { Some(0) });
    let (hours, minutes, seconds) = (hours?, minutes?, seconds?);
    let msc = match &text[fraction..] {
        [] => 0,
        [b'.' | b':', digits @ ..] if digits.len() == 3 => number(digits)?,
        [b'.', digits @ ..] if !digits.is_empty() && digits.len() <= 9 => fraction_ms(digits)?,
        // Without colons, milliseconds follow without a point.
        digits if text.len() == 9 => number(digits)?,
        _ => return None,
    };
    (hours < 24 && minutes < 60 && seconds < 60)
        .then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + msc)
}

fn fraction_ms(digits: &[u8]) -> Option<i64> {
    number(digits)?;
    let thousandths = [0, 1, 2].map(|at| digits.get(at).copied().unwrap_or(b'0'));
    number(&thousandths)
}

/// `Z`, ` UTC`, ` GMT`, or hours and perhaps minutes: `+02:00`, `+0200`, ` GMT+0200`, ` GMT+0`.
fn offset(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii_start();
    let text = text
        .strip_prefix(b"GMT")
        .or_else(|| text.strip_prefix(b"UTC"))
        .or_else(|| text.strip_prefix(b"Z"))
        .unwrap_or(text);
    let (sign, digits) = match text {
        [] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [_] | [_, _] => (number(digits)?, 0),
        [_, _, b':', rest @ ..] | [_, _, rest @ ..] if rest.len() == 2 => {
            (number(&digits[..2])?, number(rest)?)
        }
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

/// Milliseconds since midnight, as QuantConnect's Lean writes them. A fraction is cut off.
#[inline]
#[must_use]
pub fn since_midnight(text: &[u8]) -> Option<i64> {
    let whole = memchr::memchr(b'.', text).unwrap_or(text.len());
    let fraction = text.get(whole + 1..).unwrap_or_default();
    let sound = (1..=8).contains(&whole)
        && fraction.iter().all(u8::is_ascii_digit)
        && (whole == text.len() || !fraction.is_empty());
    // This many digits always fit; more would not.
    if sound { number(&text[..whole]).filter(|msc| *msc < DAY_MS) } else { None }
}

/// The day at the beginning of a file's name: `20140506_quote.zip`.
#[must_use]
pub fn day_in_name(name: &str) -> Option<i64> {
    let (date, rest) = name.as_bytes().split_at_checked(8)?;
    let ends = rest.first().is_none_or(|byte| !byte.is_ascii_digit());
    date_msc(date).filter(|_| ends)
}

#[inline]
fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

#[inline]
fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::ServerMsc;

    #[test]
    fn every_written_form_is_the_same_moment() {
        for text in [
            "2025.09.22 16:00:00.073",
            "2025-09-22 16:00:00.073",
            "2025-09-22T16:00:00.073",
            "2025/09/22 16:00:00.073999",
            "22.09.2025 16:00:00.073",
            "20250922 16:00:00.073",
            "20250922 16:00:00:073",
            "20250922 160000073",
        ] {
            let moment = Dates::default().moment(text.as_bytes()).unwrap();
            assert_eq!(ServerMsc(moment.msc).to_string(), "2025.09.22 16:00:00.073", "{text}");
            assert_eq!(moment.ahead_ms, None);
        }
        for (text, expect) in [
            ("2025.09.22 16:00", 16),
            ("20250922 160000", 16),
            ("2025.09.22 16:00:00.0", 16),
            ("2025-09-22", 0),
        ] {
            assert_eq!(
                Dates::default().moment(text.as_bytes()).unwrap().msc,
                1_758_499_200_000 + expect * 3_600_000,
                "{text}"
            );
        }
    }

    #[test]
    fn a_distance_from_utc_is_told() {
        for (text, hours) in [
            ("Z", 0),
            ("+00:00", 0),
            ("-05:00", -5),
            ("+0200", 2),
            (" GMT+0200", 2),
            (" GMT", 0),
            (" GMT+0", 0),
            (" UTC", 0),
        ] {
            let moment =
                Dates::default().moment(format!("2025-09-22 16:00:00{text}").as_bytes()).unwrap();
            assert_eq!(moment.ahead_ms, Some(hours * 3_600_000), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "2025.09.22 ",
            "2025.09.22 24:00:00",
            "2025.09.22 23:60:00",
            "2025.09.22 23:59:60",
            "2025.02.30 00:00:00",
            "2025.13.01 00:00:00",
            "22/09/2025 00:00:00",
            "2025.09-22 00:00:00",
            "2025.09.22x00:00:00",
            "2025.09.22 00:00:00.",
            "2025.09.22 00:00:00.0000000001",
            "2025.09.22 00:00:00 CET",
            "2025.09.22 00:00:00+99:00",
            "20250922 0000000",
            "20250922 1600000",
            "2025 0922",
        ] {
            assert_eq!(Dates::default().moment(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn milliseconds_since_midnight_and_the_day_of_a_name() {
        assert_eq!(since_midnight(b"808.0672"), Some(808));
        assert_eq!(since_midnight(b"86399999"), Some(86_399_999));
        for text in
            ["", "86400000", ".5", "5.", "-1", "1e3", "12.x", "123456789", "99999999999999999999"]
        {
            assert_eq!(since_midnight(text.as_bytes()), None, "{text}");
        }
        assert_eq!(day_in_name("20140506_quote.zip"), Some(1_399_334_400_000));
        for name in ["quote.zip", "201405061_quote.zip", "20141306_quote.zip", "2014", "€€€€"]
        {
            assert_eq!(day_in_name(name), None, "{name}");
        }
    }
}
