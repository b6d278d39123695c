//! The part of the week in which an account holds nothing.

use super::time_of_day;
use crate::domain::flaw::{Checked, must};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MS: i64 = 7 * DAY_MINUTES as i64 * MINUTE_MS;
/// The first day of the epoch was a Thursday.
const MONDAY_MS: i64 = -3 * DAY_MINUTES as i64 * MINUTE_MS;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A minute of the week; in files, a day and a time such as `Fri 21:45`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WeekMinute(u16);

/// A part of the week, from a minute on until another one. It may go over the end of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlatWeekend {
    /// Its first minute.
    pub from: WeekMinute,
    /// The minute at which it is over.
    pub until: WeekMinute,
    /// The clock that shows these times; none is the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ServerZone>,
}

impl WeekMinute {
    /// That of a moment, by the clock that shows it.
    ///
    /// # Panics
    /// Never: a week has fewer minutes than 16 bits number.
    #[must_use]
    pub fn of(shown: ServerMsc) -> Self {
        let minute = (shown.0 - MONDAY_MS).rem_euclid(WEEK_MS) / MINUTE_MS;
        Self(u16::try_from(minute).expect("a week has fewer minutes"))
    }
}

impl TryFrom<String> for WeekMinute {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = || {
            let (day, time) = text.split_once(' ')?;
            let day = (0..).zip(DAYS).find(|(_, name)| *name == day)?.0;
            Some(Self(day * DAY_MINUTES + time_of_day::read(time)?))
        };
        read().ok_or("a time of the week is written such as \"Fri 21:45\"")
    }
}

impl From<WeekMinute> for String {
    fn from(WeekMinute(minute): WeekMinute) -> Self {
        let day = DAYS[usize::from(minute / DAY_MINUTES)];
        format!("{day} {}", time_of_day::shown(minute % DAY_MINUTES))
    }
}

impl FlatWeekend {
    /// Whether a moment lies in it, where the server is in `server`; none where it is by a clock that is not
    /// known.
    ///
    /// ```
    /// use tickdeck::domain::zone::ServerZone;
    /// use tickdeck::risk::flat_weekend::FlatWeekend;
    /// let text = r#"{ "from": "Fri 16:45", "until": "Sun 18:00", "zone": "America/New_York" }"#;
    /// let weekend: FlatWeekend = serde_json::from_str(text).unwrap();
    /// // In September New York is four hours behind UTC.
    /// let has = |at: &str| weekend.has(at.parse().unwrap(), None).unwrap();
    /// assert!(!has("2025-09-26T20:44:59Z") && has("2025-09-26T20:45:00Z"));
    /// assert!(has("2025-09-28T21:59:59Z") && !has("2025-09-28T22:00:00Z"));
    /// ```
    #[must_use]
    pub fn has(&self, at: Timestamp, server: Option<&ServerZone>) -> Option<bool> {
        let WeekMinute(now) = WeekMinute::of(self.zone.as_ref().or(server)?.to_server(at));
        let (WeekMinute(from), WeekMinute(until)) = (self.from, self.until);
        Some(if from < until { from <= now && now < until } else { now >= from || now < until })
    }

    /// When it begins next after a moment; none where it is by a clock that is not known.
    ///
    /// ```
    /// use tickdeck::domain::zone::ServerZone;
    /// use tickdeck::risk::flat_weekend::FlatWeekend;
    /// let text = r#"{ "from": "Fri 16:45", "until": "Sun 18:00", "zone": "America/New_York" }"#;
    /// let weekend: FlatWeekend = serde_json::from_str(text).unwrap();
    /// let next = |at: &str| weekend.next_after(at.parse().unwrap(), None).unwrap();
    /// assert_eq!(next("2025-09-26T20:44:59Z"), "2025-09-26T20:45:00Z".parse().unwrap());
    /// // In November New York is five hours behind.
    /// assert_eq!(next("2025-11-01T12:00:00Z"), "2025-11-07T21:45:00Z".parse().unwrap());
    /// ```
    #[must_use]
    pub fn next_after(&self, after: Timestamp, server: Option<&ServerZone>) -> Option<Timestamp> {
        let mut zone = self.zone.as_ref().or(server)?.clone();
        let shown = zone.to_server(after).0;
        let week = shown - (shown - MONDAY_MS).rem_euclid(WEEK_MS);
        let from =
            |weeks: i64| ServerMsc(week + weeks * WEEK_MS + i64::from(self.from.0) * MINUTE_MS);
        // A time over which the clock is set back comes twice.
        let mut each =
            (-1..=1).map(from).flat_map(|it| [Some(zone.to_utc(it)), zone.second_utc(it)]);
        each.find_map(|utc| utc.filter(|utc| *utc > after))
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        must(self.from != self.until, "until", "must be another time than from")
    }
}
