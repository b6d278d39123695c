//! Checks a stated clock by the weekly close: a Forex week begins and ends at 17:00 in New York.

use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use jiff::civil::Weekday;
use std::fmt;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A pause longer than this may be a weekend; holidays are shorter or far longer.
const PAUSE_MS: i64 = 30 * HOUR_MS;
/// The largest number of weekends that are looked at.
const PAUSES_MAX: usize = 64;
/// The clock by which a Forex week is from Monday 00:00 to Friday 24:00: New York plus seven hours.
const WEEK_CLOCK: &str = "America/New_York+7";
/// Clocks that known sources use, the commonest first.
const CANDIDATES: [&str; 6] =
    ["America/New_York+7", "UTC", "UTC-5", "America/New_York", "Europe/Athens", "Europe/London"];
/// A market that is quoted for so long of a weekend without a pause does not close: no clock is
/// so wrong.
const OPEN_MS: i64 = 20 * HOUR_MS;
/// How early the last quote of a week may come, and how late the first one: metals open an hour
/// late.
const QUIET_MS: i64 = 90 * MINUTE_MS;
/// How long before a week begins some feeds quote.
const EARLY_MS: i64 = 2 * HOUR_MS + SLACK_MS;
/// How far a quote may be after the close or before the open, because the clocks of feeds are not
/// exact.
const SLACK_MS: i64 = 15 * MINUTE_MS;

/// What is remembered of a stream's weeks, in the source's times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weeks {
    first: Option<ServerMsc>,
    last: Option<ServerMsc>,
    /// Last and first quote around each long pause.
    pauses: Vec<(ServerMsc, ServerMsc)>,
}

/// What the weeks say against a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongClock {
    /// The clock that was stated.
    pub stated: String,
    /// The time of a quote while the market is closed, or of a week's end that is too early, by New
    /// York's clock plus seven hours.
    pub at: ServerMsc,
    /// A clock by which all weeks begin and end as they should.
    pub fits: Option<String>,
}

impl fmt::Display for WrongClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let new_york = ServerMsc(self.at.0 - 7 * HOUR_MS).civil().strftime("%A %H:%M");
        write!(
            f,
            "the clock `{}` does not fit the weekly close: a week would begin or end on {new_york} in New York, not at 17:00",
            self.stated
        )?;
        match &self.fits {
            Some(zone) => write!(f, "; `--zone {zone}` would fit"),
            None => Ok(()),
        }
    }
}

impl Weeks {
    /// Takes the time of a row, by the clock of the source.
    #[inline]
    pub fn take(&mut self, time: ServerMsc) {
        if let Some(last) = self.last.replace(time) {
            if time.0 - last.0 > PAUSE_MS && self.pauses.len() < PAUSES_MAX {
                self.pauses.push((last, time));
            }
        } else {
            self.first = Some(time);
        }
    }

    /// The evidence against `stated`; none when there is none, or when the market has no weekly
    /// close.
    #[must_use]
    pub fn against(&self, stated: &ServerZone) -> Option<WrongClock> {
        let at = self.misfit(stated)?;
        let zones = CANDIDATES
            .into_iter()
            .map(str::to_owned)
            .chain((-12..=14).map(|hours| format!("UTC{hours:+}")));
        let last = self.last?;
        let utc = |zone: &ServerZone| zone.clone().to_utc(last).nanos();
        let own = utc(stated);
        let fits = zones
            .filter_map(|name| Some((name.parse::<ServerZone>().ok()?, name)))
            .filter(|(zone, _)| self.misfit(zone).is_none())
            // The nearest clock; of two that are as near the one that is commoner.
            .min_by_key(|(zone, _)| own.abs_diff(utc(zone)))
            .map(|(_, name)| name);
        Some(WrongClock { stated: stated.to_string(), at, fits })
    }

    /// A clock by which the weeks begin and end as they should; none when there is no weekend to
    /// judge by.
    #[must_use]
    pub fn likely(&self) -> Option<&'static str> {
        let weekend = self.pauses.iter().any(|&(from, until)| until.0 - from.0 < 4 * 24 * HOUR_MS);
        let fits = |name: &&str| name.parse().is_ok_and(|zone| self.misfit(&zone).is_none());
        if weekend { CANDIDATES.into_iter().find(fits) } else { None }
    }

    /// The first time, by the week's clock, that would be wrong if the source used `zone`.
    fn misfit(&self, zone: &ServerZone) -> Option<ServerMsc> {
        let (mut zone, week) = (zone.clone(), WEEK_CLOCK.parse::<ServerZone>().ok()?);
        let mut by_week = |time: ServerMsc| week.to_server(zone.to_utc(time));
        let pauses: Vec<_> =
            self.pauses.iter().map(|&(from, until)| (by_week(from), by_week(until))).collect();
        let weekends: Vec<_> =
            pauses.iter().filter(|(from, until)| holds_a_saturday_noon(*from, *until)).collect();
        if weekends.is_empty() {
            let (first, last) = (by_week(self.first?), by_week(self.last?));
            // There are quotes throughout a weekend, or through most of a day of it, so this market
            // does not close.
            if pauses.is_empty()
                && (holds_a_saturday_noon(first, last) || closed_ms(first, last) >= OPEN_MS)
            {
                return None;
            }
            // Some feeds quote before the week begins. Where the week does not end as early, or its
            // end is not there, that says nothing against the clock.
            let is_feed_early = is_early_open(first) && !is_early_close(last);
            let begin = Some(first).filter(|_| !is_feed_early);
            return begin.into_iter().chain([last]).find(|&time| is_closed(time));
        }
        weekends.into_iter().find_map(|&(close, open)| {
            let (closed_early, opened_late) = (is_early_close(close), is_late_open(open));
            if is_closed(close) || closed_early {
                Some(close)
            } else if is_closed(open) || opened_late {
                Some(open)
            } else {
                None
            }
        })
    }
}

/// The weekday of a time, and its time of day.
fn of_day(time: ServerMsc) -> (Weekday, i64) {
    (time.civil().weekday(), time.0.rem_euclid(24 * HOUR_MS))
}

/// How long the market is closed between two times that are less than a week apart.
fn closed_ms(from: ServerMsc, until: ServerMsc) -> i64 {
    const WEEK_MS: i64 = 7 * 24 * HOUR_MS;
    // 1970-01-03 was a Saturday.
    let saturday = 2 * 24 * HOUR_MS;
    let closed = saturday + (from.0 - saturday).div_euclid(WEEK_MS) * WEEK_MS;
    [closed, closed + WEEK_MS]
        .map(|begin| (until.0.min(begin + 48 * HOUR_MS) - from.0.max(begin)).max(0))
        .iter()
        .sum()
}

fn holds_a_saturday_noon(from: ServerMsc, until: ServerMsc) -> bool {
    let (week, noon) = (7 * 24 * HOUR_MS, 2 * 24 * HOUR_MS + 12 * HOUR_MS);
    // 1970-01-03 was a Saturday.
    let before = |time: ServerMsc| (time.0 - noon).div_euclid(week);
    before(from) < before(until)
}

/// Whether the market is closed at a time of the week's clock: on Saturday and Sunday, with a
/// little slack.
fn is_closed(time: ServerMsc) -> bool {
    match of_day(time) {
        (Weekday::Saturday, since) => since > SLACK_MS,
        (Weekday::Sunday, since) => since < 24 * HOUR_MS - SLACK_MS,
        _ => false,
    }
}

/// Whether a week's last quote comes on Friday but long before its end. A week that ends on an
/// earlier day has a holiday.
fn is_early_close(time: ServerMsc) -> bool {
    matches!(of_day(time), (Weekday::Friday, since) if since < 24 * HOUR_MS - QUIET_MS && since > 12 * HOUR_MS)
}

/// Whether a week's first quote comes on Sunday, but not long before the week begins.
fn is_early_open(time: ServerMsc) -> bool {
    matches!(of_day(time), (Weekday::Sunday, since) if since >= 24 * HOUR_MS - EARLY_MS)
}

fn is_late_open(time: ServerMsc) -> bool {
    matches!(of_day(time), (Weekday::Monday, since) if since > QUIET_MS && since < 12 * HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quotes every ten minutes of three Forex weeks around a date, by the clock `zone`.
    fn weeks(from: &str, zone: &str) -> Weeks {
        let (mut week_clock, zone): (ServerZone, ServerZone) =
            (WEEK_CLOCK.parse().unwrap(), zone.parse().unwrap());
        let monday = ServerMsc::from_civil(from.parse().unwrap());
        let mut weeks = Weeks::default();
        for week in 0..3 {
            for step in 0..5 * 24 * 6 {
                let time = ServerMsc(
                    monday.0 + week * 7 * 24 * HOUR_MS + step * 10 * MINUTE_MS + MINUTE_MS,
                );
                weeks.take(zone.to_server(week_clock.to_utc(time)));
            }
        }
        weeks
    }

    #[test]
    fn the_right_clock_fits_in_both_seasons_and_over_both_changes() {
        for from in [
            "2025-01-06T00:00:00",
            "2025-07-07T00:00:00",
            "2025-03-03T00:00:00",
            "2025-10-20T00:00:00",
        ] {
            for zone in ["America/New_York+7", "UTC", "UTC-5", "Europe/Athens"] {
                assert_eq!(
                    weeks(from, zone).against(&zone.parse().unwrap()),
                    None,
                    "{from} {zone}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_clock_is_told_and_a_right_one_named() {
        for (is, stated) in [
            ("America/New_York+7", "UTC"),
            ("UTC", "America/New_York+7"),
            ("UTC", "UTC-5"),
            ("UTC-5", "UTC"),
        ] {
            let wrong = weeks("2025-10-20T00:00:00", is).against(&stated.parse().unwrap());
            assert_eq!(wrong.unwrap().fits.as_deref(), Some(is), "{is} stated as {stated}");
        }
        let message = weeks("2025-07-07T00:00:00", "America/New_York+7")
            .against(&ServerZone::utc())
            .unwrap()
            .to_string();
        assert_eq!(
            message,
            "the clock `UTC` does not fit the weekly close: a week would begin or end on Friday 19:51 in New York, not at 17:00; `--zone America/New_York+7` would fit"
        );
    }

    #[test]
    fn the_clock_is_guessed_only_from_a_weekend() {
        assert_eq!(weeks("2025-10-20T00:00:00", "UTC").likely(), Some("UTC"));
        assert_eq!(
            weeks("2025-10-20T00:00:00", "America/New_York+7").likely(),
            Some("America/New_York+7")
        );
        let mut one_day = Weeks::default();
        one_day.take(ServerMsc(1_758_499_200_161));
        one_day.take(ServerMsc(1_758_585_539_666));
        assert_eq!((one_day.likely(), one_day.against(&ServerZone::utc())), (None, None));
    }

    #[test]
    fn what_trades_through_the_weekend_has_no_close() {
        let mut weeks = Weeks::default();
        for hour in 0..24 * 30 {
            weeks.take(ServerMsc(1_758_499_200_000 + hour * HOUR_MS));
        }
        assert_eq!(weeks.against(&"UTC+9".parse().unwrap()), None);
    }

    #[test]
    fn an_early_quote_alone_says_nothing_and_a_day_of_sunday_that_there_is_no_close() {
        let of = |from: i64, until: i64| {
            let mut weeks = Weeks::default();
            (from..=until).step_by(600_000).for_each(|time| weeks.take(ServerMsc(time)));
            weeks
        };
        let hours = |hours: i64| hours * HOUR_MS;
        // A Sunday, 00:00.
        let sunday = ServerMsc::from_civil("2025-09-21T00:00:00".parse().unwrap()).0;
        let new_york: ServerZone = "America/New_York+7".parse().unwrap();
        assert_eq!(of(sunday + hours(22), sunday + hours(80)).against(&new_york), None);
        assert!(of(sunday + hours(21), sunday + hours(80)).against(&new_york).is_some());
        // A week that ends two hours early, too, is by another clock.
        assert!(of(sunday + hours(22), sunday + hours(142)).against(&new_york).is_some());
        assert_eq!(of(sunday, sunday + hours(48)).against(&new_york), None);
        assert!(of(sunday + hours(10), sunday + hours(48)).against(&new_york).is_some());
    }

    #[test]
    fn a_week_alone_speaks_when_it_runs_into_the_closed_market() {
        let mut weeks = Weeks::default();
        for time in [1_758_499_200_161, 1_758_931_001_486] {
            weeks.take(ServerMsc(time));
        }
        assert!(weeks.pauses.len() == 1, "two ticks are a pause");
        let mut week = Weeks::default();
        for time in (1_758_499_200_161..1_758_931_001_486).step_by(600_000) {
            week.take(ServerMsc(time));
        }
        assert!(week.against(&ServerZone::utc()).is_some());
        assert_eq!(week.against(&"America/New_York+7".parse().unwrap()), None);
    }
}
