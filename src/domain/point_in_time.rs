//! A moment as people write it: by the server's clock, or with its zone.

use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A moment by one of two clocks.
///
/// ```
/// use tickdeck::domain::point_in_time::{PointInTime, PointInTimeError};
/// use tickdeck::domain::zone::ServerZone;
/// let zone: ServerZone = "UTC+3".parse()?;
/// let server = |text: &str| text.parse::<PointInTime>().map(|moment| moment.server_msc(&zone).to_string());
/// assert_eq!(server("2025-09-22 14:00")?, "2025.09.22 14:00:00.000");
/// assert_eq!(server("2025-09-22")?, "2025.09.22 00:00:00.000");
/// assert_eq!(server("2025-09-22T11:00:00Z")?, "2025.09.22 14:00:00.000");
/// assert_eq!("14:00".parse::<PointInTime>(), Err(PointInTimeError));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointInTime {
    /// With its zone.
    Utc(Timestamp),
    /// By the server's clock.
    Server(ServerMsc),
}

/// A text is no moment.
///
/// ```
/// use tickdeck::domain::point_in_time::{PointInTime, PointInTimeError};
/// assert_eq!("yesterday".parse::<PointInTime>(), Err(PointInTimeError));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither a time by the server's clock, such as \"2025-09-22 14:00\", nor one with its zone, such as 2025-09-22T11:00:00Z"
)]
pub struct PointInTimeError;

impl PointInTime {
    /// The time that the server's clock shows.
    #[must_use]
    pub fn server_msc(self, zone: &ServerZone) -> ServerMsc {
        match self {
            Self::Utc(at) => zone.to_server(at),
            Self::Server(time_msc) => time_msc,
        }
    }

    /// The moment in UTC.
    #[must_use]
    pub fn utc(self, zone: &ServerZone) -> Timestamp {
        match self {
            Self::Utc(at) => at,
            Self::Server(time_msc) => zone.clone().to_utc(time_msc),
        }
    }
}

impl fmt::Display for PointInTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc(at) => at.fmt(f),
            Self::Server(time_msc) => time_msc.fmt(f),
        }
    }
}

impl FromStr for PointInTime {
    type Err = PointInTimeError;

    /// A day alone is its midnight by the server's clock.
    fn from_str(text: &str) -> Result<Self, PointInTimeError> {
        let utc = text.parse().map(Self::Utc);
        let server = || text.parse().or_else(|_| format!("{text} 00:00").parse());
        utc.or_else(|_| server().map(Self::Server)).map_err(|_| PointInTimeError)
    }
}

impl Serialize for PointInTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PointInTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Quoted)
    }
}

/// Reads a text; a date without quotes is none.
struct Quoted;

impl Visitor<'_> for Quoted {
    type Value = PointInTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time in quotes, such as \"2025-09-22 14:00\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PointInTime, E> {
        text.parse().map_err(|error| E::custom(format!("`{text}` is {error}")))
    }
}
