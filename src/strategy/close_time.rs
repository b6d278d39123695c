//! Times of the week at which positions are closed: a time of day, the end of a session or of the
//! week.

use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::strategy::filter::{SignalMoment, clock, day_names, time_of_day};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest number of closing times that rules may have.
pub const CLOSE_TIMES_MAX: usize = 16;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A time of day, on some days of the week or on all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseTime {
    /// The minute, counted from midnight.
    pub minute: u16,
    /// The days: 1 is Monday, 7 is Sunday. In order, each once; none means every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
    /// The clock that shows the time; none is the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ServerZone>,
    /// Whether nothing is entered for the rest of the day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shuts: bool,
}

impl CloseTime {
    /// The first such time after `after`, both by the server's clock, whose zone is `server`. None
    /// where the time is by another clock and the server's zone is not known.
    ///
    /// ```
    /// use tickdeck::strategy::close_time::CloseTime;
    /// let friday = CloseTime { minute: 21 * 60, days: vec![5], zone: None, shuts: true };
    /// let opened = "2025-09-22 10:00".parse().unwrap(); // a Monday
    /// assert_eq!(friday.first_after(opened, None).unwrap(), "2025-09-26 21:00".parse().unwrap());
    /// ```
    #[must_use]
    pub fn first_after(&self, after: ServerMsc, server: Option<&ServerZone>) -> Option<ServerMsc> {
        let Some(zone) = &self.zone else { return self.shown_around(after).find(|it| *it > after) };
        let (mut zone, mut server) = (zone.clone(), server?.clone());
        let after = server.to_utc(after);
        let shown = zone.to_server(after);
        // A time over which the clock is set back comes twice.
        let each = self.shown_around(shown);
        let mut each = each.flat_map(|time| [Some(zone.to_utc(time)), zone.second_utc(time)]);
        let next = each.find_map(|utc| utc.filter(|utc| *utc > after))?;
        Some(server.to_server(next))
    }

    /// Whether nothing is entered at a moment.
    #[must_use]
    pub fn keeps_out(&self, moment: SignalMoment) -> bool {
        let shown = moment.by(self.zone.as_ref()).0;
        let of_day = shown.rem_euclid(DAY_MS);
        self.shuts && self.has_day(shown - of_day) && of_day >= i64::from(self.minute) * MINUTE_MS
    }

    /// Such times by their own clock, in order, from the day before a moment to the next that comes.
    fn shown_around(&self, moment: ServerMsc) -> impl Iterator<Item = ServerMsc> {
        let midnight = moment.0.div_euclid(DAY_MS).saturating_mul(DAY_MS);
        let days = (-1..=8).filter_map(move |days| midnight.checked_add(days * DAY_MS));
        let days = days.filter(|day| self.has_day(*day));
        days.filter_map(|day| day.checked_add(i64::from(self.minute) * MINUTE_MS)).map(ServerMsc)
    }

    /// Whether it is a time of the day that begins at `midnight_msc`.
    fn has_day(&self, midnight_msc: i64) -> bool {
        // The first day of the epoch was a Thursday.
        let weekday = (midnight_msc.div_euclid(DAY_MS) + 3).rem_euclid(7) + 1;
        self.days.is_empty() || self.days.iter().any(|day| i64::from(*day) == weekday)
    }
}

impl fmt::Display for CloseTime {
    /// `at 21:45 on Friday by the server's clock`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", time_of_day(self.minute))?;
        if !self.days.is_empty() {
            write!(f, " on {}", day_names(&self.days))?;
        }
        write!(f, " {}", clock(self.zone.as_ref()))?;
        if self.shuts {
            f.write_str(", and nothing is entered for the rest of that day")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_a_clock_shows_twice_comes_twice() {
        // In Athens the clock goes from 04:00 back to 03:00, which is from 01:00 to 00:00 in UTC.
        let zone = Some("Europe/Athens".parse().unwrap());
        let time = CloseTime { minute: 3 * 60 + 30, days: Vec::new(), zone, shuts: false };
        let next = |after: &str| {
            let next = time.first_after(after.parse().unwrap(), Some(&ServerZone::utc())).unwrap();
            next.to_string()
        };
        assert_eq!(next("2025-10-26 00:20"), "2025.10.26 00:30:00.000");
        assert_eq!(next("2025-10-26 00:30"), "2025.10.26 01:30:00.000");
        assert_eq!(next("2025-10-26 01:30"), "2025.10.27 01:30:00.000");
    }
}
