//! Converts times from the clock of a source to that of the file that is written.

use crate::domain::time::{NANOS_PER_MS, ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;

/// Half of the hour by which clocks are set back.
const HALF_AN_HOUR_NANOS: i64 = 1_800 * 1_000_000_000;

/// Converts the times of a source to another clock, row by row.
///
/// Where the source's clock is set back, an hour occurs twice: a row that would be half an hour or
/// more before an earlier one belongs to the second pass. A time in a skipped hour is moved later
/// by as much as the clock was set forward.
#[derive(Debug, Clone)]
pub struct ClockChange {
    from: ServerZone,
    to: ServerZone,
    latest: Timestamp,
    missing: u64,
}

impl ClockChange {
    /// A conversion from one clock to another.
    #[must_use]
    pub const fn new(from: ServerZone, to: ServerZone) -> Self {
        Self { from, to, latest: Timestamp::from_nanos(i64::MIN), missing: 0 }
    }

    /// The UTC time of a row, in the second pass of an hour once the rows have reached it.
    fn pass(&mut self, source: ServerMsc) -> Timestamp {
        let first = self.from.to_utc(source);
        if first >= self.latest {
            return first;
        }
        let Some(second) = self.from.second_utc(source) else { return first };
        let ahead_ms = |utc: Timestamp, server: ServerMsc| server.0 - utc.nanos() / NANOS_PER_MS;
        let is_set_back =
            ahead_ms(self.latest, self.from.to_server(self.latest)) == ahead_ms(second, source);
        // A row may be a little late; at the second pass, times go back by about an hour.
        if is_set_back || self.latest.nanos() - first.nanos() >= HALF_AN_HOUR_NANOS {
            second
        } else {
            first
        }
    }

    /// The number of rows so far with a time that the source's clock never shows: it skips that
    /// hour, or it is not the right clock.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        self.missing
    }

    /// The time that the other clock shows.
    pub fn convert(&mut self, source: ServerMsc) -> ServerMsc {
        let utc = self.pass(source);
        self.latest = self.latest.max(utc);
        self.missing += u64::from(self.from.to_server_cached(utc) != source);
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
            assert_eq!(
                change.convert(source),
                ServerMsc::from_civil(expect.parse().unwrap()),
                "{from} to {to}: {source}"
            );
        }
        assert_eq!(
            change.missing(),
            u64::from(times.iter().any(|(source, _)| source.starts_with("2025-03-30T03")))
        );
    }

    #[test]
    fn a_row_that_is_late_in_the_doubled_hour_stays_in_its_pass() {
        check(
            "Europe/Athens",
            "UTC",
            &[
                ("2025-10-26T03:10:00.500", "2025-10-26T00:10:00.500"),
                ("2025-10-26T03:10:00.499", "2025-10-26T00:10:00.499"),
                ("2025-10-26T03:20:00", "2025-10-26T00:20:00"),
            ],
        );
    }

    #[test]
    fn both_changes_of_a_year() {
        // American dates for the server, European for London; the weeks between them differ by an
        // hour.
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
        check(
            "UTC-5",
            "UTC",
            &[
                ("2014-03-09T17:00:00", "2014-03-09T22:00:00"),
                ("2014-07-01T17:00:00", "2014-07-01T22:00:00"),
            ],
        );
        check(
            "America/New_York+7",
            "UTC",
            &[
                ("2025-03-07T23:59:00", "2025-03-07T21:59:00"),
                ("2025-03-10T00:00:00", "2025-03-09T21:00:00"),
            ],
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
        check(
            "Europe/Athens",
            "UTC",
            &[
                ("2025-03-30T02:59:59", "2025-03-30T00:59:59"),
                ("2025-03-30T03:30:00", "2025-03-30T01:30:00"),
            ],
        );
    }
}
