//! From the clock of a source to the clock of the file that is written.

use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;

/// Turns the times of a source into those of another clock, row by row.
///
/// Where the source's clock is set back, an hour comes twice: a row that would lie before an earlier one belongs to the
/// second. What never occurs, in the hour that is left out, is the moment just after the jump.
#[derive(Debug, Clone)]
pub struct ClockChange {
    from: ServerZone,
    to: ServerZone,
    latest: Timestamp,
}

impl ClockChange {
    /// From one clock to another.
    #[must_use]
    pub const fn new(from: ServerZone, to: ServerZone) -> Self {
        Self { from, to, latest: Timestamp::from_nanos(i64::MIN) }
    }

    /// The time that the other clock shows.
    pub fn convert(&mut self, source: ServerMsc) -> ServerMsc {
        let mut utc = self.from.to_utc(source);
        if utc < self.latest {
            utc = self.from.second_utc(source).filter(|&second| second >= self.latest).unwrap_or(utc);
        }
        self.latest = self.latest.max(utc);
        self.to.to_server_cached(utc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, times: &[(&str, &str)]) {
        let mut change = ClockChange::new(from.parse().unwrap(), to.parse().unwrap());
        for (source, expect) in times {
            let source = ServerMsc::from_civil(source.parse().unwrap());
            assert_eq!(change.convert(source), ServerMsc::from_civil(expect.parse().unwrap()), "{from} to {to}: {source}");
        }
    }

    #[test]
    fn both_changes_of_a_year() {
        // American dates for the server, European for London; the weeks between them differ by an hour.
        check(
            "UTC",
            "America/New_York+7",
            &[
                ("2025-03-07T21:59:59.5", "2025-03-07T23:59:59.5"),
                ("2025-03-09T21:00:00", "2025-03-10T00:00:00"),
                ("2025-10-31T20:59:59.999", "2025-10-31T23:59:59.999"),
                ("2025-11-02T22:00:00", "2025-11-03T00:00:00"),
            ],
        );
        check("UTC-5", "UTC", &[("2014-03-09T17:00:00", "2014-03-09T22:00:00"), ("2014-07-01T17:00:00", "2014-07-01T22:00:00")]);
        check(
            "America/New_York+7",
            "UTC",
            &[("2025-03-07T23:59:00", "2025-03-07T21:59:00"), ("2025-03-10T00:00:00", "2025-03-09T21:00:00")],
        );
    }

    #[test]
    fn the_hour_that_comes_twice_goes_on_in_order_and_the_missing_one_is_skipped() {
        check(
            "Europe/Athens",
            "UTC",
            &[
                ("2025-10-26T03:10:00", "2025-10-26T00:10:00"),
                ("2025-10-26T03:50:00", "2025-10-26T00:50:00"),
                ("2025-10-26T03:10:00", "2025-10-26T01:10:00"),
                ("2025-10-26T03:50:00", "2025-10-26T01:50:00"),
                ("2025-10-26T04:00:00", "2025-10-26T02:00:00"),
            ],
        );
        check("Europe/Athens", "UTC", &[("2025-03-30T02:59:59", "2025-03-30T00:59:59"), ("2025-03-30T04:00:00", "2025-03-30T01:00:00")]);
    }
}
