//! Moments in UTC, and the server's wall clock, which MT5 uses.

use jiff::civil;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Nanoseconds in a millisecond.
pub const NANOS_PER_MS: i64 = 1_000_000;

/// A moment in UTC as nanoseconds since 1970. It covers the years from 1677 to 2262.
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// let moment: Timestamp = "1970-01-01T00:00:01Z".parse()?;
/// assert_eq!(moment.nanos(), 1_000_000_000);
/// assert_eq!(moment.plus_ms(500).to_string(), "1970-01-01T00:00:01.5Z");
/// # Ok::<(), tickdeck::domain::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `nanos` nanoseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z, negative before it.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The moment `msc` milliseconds later; the last moment that the type holds when that does not
    /// fit.
    #[must_use]
    pub const fn plus_ms(self, msc: u64) -> Self {
        Self(self.0.saturating_add_unsigned(msc.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

/// Error of a text that is not a moment with its zone.
///
/// ```
/// use tickdeck::domain::time::{TimeError, Timestamp};
/// assert_eq!("2025-09-22T00:00:00".parse::<Timestamp>(), Err(TimeError), "no zone is given");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time with its zone, such as 2025-09-22T00:00:00Z")]
pub struct TimeError;

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let time: jiff::Timestamp = text.parse().map_err(|_| TimeError)?;
        i64::try_from(time.as_nanosecond()).map(Self).map_err(|_| TimeError)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format!("`{text}`: {error}")))
    }
}

/// The trade server's wall clock as milliseconds since 1970-01-01 00:00 of the same clock: MT5's
/// `time_msc`. Bars begin and end by it. [`crate::domain::zone::ServerZone`] converts it to UTC.
///
/// ```
/// use tickdeck::domain::time::ServerMsc;
/// let second_day: ServerMsc = "1970.01.02 00:00".parse()?;
/// assert_eq!(second_day, ServerMsc(86_400_000));
/// assert_eq!(second_day.to_string(), "1970.01.02 00:00:00.000");
/// # Ok::<(), tickdeck::domain::time::ServerTimeError>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ServerMsc(pub i64);

impl ServerMsc {
    /// The date and time of day that the server's clock shows.
    #[must_use]
    pub fn civil(self) -> civil::DateTime {
        let elapsed = jiff::SignedDuration::from_millis(self.0);
        civil::date(1970, 1, 1).at(0, 0, 0, 0).saturating_add(elapsed)
    }

    /// The server time of a date and a time of day; fractions of a millisecond are dropped.
    #[must_use]
    pub fn from_civil(time: civil::DateTime) -> Self {
        let elapsed = time.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
        Self(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for ServerMsc {
    /// `2025.09.22 00:00:00.161`, as the terminal writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.civil();
        write!(
            f,
            "{:04}.{:02}.{:02} {:02}:{:02}:{:02}.{:03}",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.millisecond()
        )
    }
}

/// Error of a text that is not a date and a time of day.
///
/// ```
/// use tickdeck::domain::time::{ServerMsc, ServerTimeError};
/// assert_eq!("14:00".parse::<ServerMsc>(), Err(ServerTimeError), "no date is given");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date and a time of day by the server's clock, such as 2025-09-22 14:00")]
pub struct ServerTimeError;

impl FromStr for ServerMsc {
    type Err = ServerTimeError;
    /// `2025-09-22 14:00`, with seconds and their fraction or without; `2025.09.22 14:00` as the
    /// terminal writes it.
    fn from_str(text: &str) -> Result<Self, ServerTimeError> {
        let (date, time) = text.trim().split_once([' ', 'T']).ok_or(ServerTimeError)?;
        let date: civil::Date = date.replace('.', "-").parse().map_err(|_| ServerTimeError)?;
        let time: civil::Time = time.trim().parse().map_err(|_| ServerTimeError)?;
        Ok(Self::from_civil(date.to_datetime(time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_round_trip_as_text() {
        let time: Timestamp = "2025-09-22T00:00:00.161Z".parse().unwrap();
        assert_eq!(time.nanos(), 1_758_499_200_161_000_000);
        assert_eq!(time.to_string(), "2025-09-22T00:00:00.161Z");
        assert_eq!("2025-09-22".parse::<Timestamp>(), Err(TimeError));
    }

    #[test]
    fn server_time_reads_like_the_terminal() {
        let time = ServerMsc(1_758_499_200_161);
        assert_eq!(time.to_string(), "2025.09.22 00:00:00.161");
        assert_eq!(ServerMsc::from_civil(time.civil()), time);
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!("2025-09-22 14:00".parse(), Ok(ServerMsc(1_758_549_600_000)));
        for text in
            ["", "14:00", "2025-09-22", "2025-09-22T14:00:00Z", "2025-13-22 14:00", "tomorrow at 5"]
        {
            assert_eq!(text.parse::<ServerMsc>(), Err(ServerTimeError), "{text}");
        }
    }
}
