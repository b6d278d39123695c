//! The economic calendar: when news comes out, of which currency, and how much it moves.

use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const MINUTE_NANOS: i64 = 60_000_000_000;
const DAY_NANOS: i64 = 1_440 * MINUTE_NANOS;

/// News of known times, in order of these.
///
/// ```
/// use tickdeck::domain::calendar::Calendar;
/// let rates = r#"{ "time": "2025-09-17T18:00:00Z", "currency": "USD", "impact": "high", "title": "Rate" }"#;
/// let calendar: Calendar = serde_json::from_str(&format!("[{rates}]")).unwrap();
/// let after = "2025-09-17T18:15:00Z".parse().unwrap();
/// assert!(calendar.covers(after, 0, 15));
/// assert!(!calendar.covers(after, 0, 24 * 60), "it says nothing of the day after");
/// assert!(calendar.around(after, 0, 15).next().is_some());
/// assert!(calendar.around(after, 30, 14).next().is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<NewsEvent>")]
pub struct Calendar(Vec<NewsEvent>);

/// News that comes out at a known time.
///
/// ```
/// use tickdeck::domain::calendar::{Impact, NewsEvent};
/// let text = r#"{ "time": "2025-09-17T18:00:00Z", "currency": "USD", "impact": "high", "title": "Rate" }"#;
/// let news: NewsEvent = serde_json::from_str(text).unwrap();
/// assert_eq!((news.impact, news.currency.code()), (Impact::High, "USD"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewsEvent {
    /// When it comes out.
    pub time: Timestamp,
    /// The currency that it is about.
    pub currency: Currency,
    /// How much it is expected to move.
    pub impact: Impact,
    /// What it is, for people.
    pub title: String,
}

/// How much news is expected to move.
///
/// ```
/// use tickdeck::domain::calendar::Impact;
/// assert!(Impact::High > Impact::Medium);
/// assert_eq!(Impact::Low.name(), "low");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// Little.
    Low,
    /// Something.
    Medium,
    /// Much.
    High,
}

impl Impact {
    /// All of them, from the least.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word in rules and files: `low`, `medium` or `high`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A currency by its ISO code.
///
/// ```
/// use tickdeck::domain::calendar::Currency;
/// let euro: Currency = "eur".parse().unwrap();
/// assert_eq!(euro.to_string(), "EUR");
/// assert!("euro".parse::<Currency>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Error of a text that is no currency's code.
///
/// ```
/// use tickdeck::domain::calendar::{Currency, CurrencyError};
/// assert_eq!("$".parse::<Currency>(), Err(CurrencyError));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the three letters of a currency, such as USD")]
pub struct CurrencyError;

impl Currency {
    /// Whether it stands for every currency, as calendars write `ALL` for news that moves all of them.
    #[must_use]
    pub fn is_every(&self) -> bool {
        self.0 == *b"ALL"
    }

    /// The code.
    ///
    /// # Panics
    /// Never: it is made of letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it is made of letters")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        let are_letters = letters.iter().all(u8::is_ascii_alphabetic);
        if are_letters {
            Ok(Self(letters.map(|it| it.to_ascii_uppercase())))
        } else {
            Err(CurrencyError)
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Vec<NewsEvent>> for Calendar {
    fn from(mut events: Vec<NewsEvent>) -> Self {
        events.sort_unstable();
        Self(events)
    }
}

impl Calendar {
    /// Whether it has no news at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all news is known that [`Self::around`] looks for. Of the UTC days before that of its
    /// first news and after that of its last a calendar says nothing.
    #[must_use]
    pub fn covers(&self, at: Timestamp, minutes_before: u32, minutes_after: u32) -> bool {
        let day = |nanos: i64| nanos.div_euclid(DAY_NANOS);
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return false };
        let known = day(first.time.nanos())..=day(last.time.nanos());
        let (from, to) = span(at, minutes_before, minutes_after);
        known.contains(&day(from)) && known.contains(&day(to))
    }

    /// The news after a moment, in order of time.
    pub fn later_than(&self, at: Timestamp) -> impl Iterator<Item = &NewsEvent> {
        let first = self.0.partition_point(|event| event.time <= at);
        self.0[first..].iter()
    }

    /// The news around which a moment lies: from so many minutes before each to so many after it,
    /// both ends included.
    pub fn around(
        &self,
        at: Timestamp,
        minutes_before: u32,
        minutes_after: u32,
    ) -> impl Iterator<Item = &NewsEvent> {
        let (from, to) = span(at, minutes_before, minutes_after);
        let first = self.0.partition_point(|event| event.time.nanos() < from);
        self.0[first..].iter().take_while(move |event| event.time.nanos() <= to)
    }
}

/// The times of the news around which a moment lies, in nanoseconds since the epoch.
fn span(at: Timestamp, minutes_before: u32, minutes_after: u32) -> (i64, i64) {
    let nanos = |minutes: u32| i64::from(minutes) * MINUTE_NANOS;
    let from = at.nanos().saturating_sub(nanos(minutes_after));
    (from, at.nanos().saturating_add(nanos(minutes_before)))
}
