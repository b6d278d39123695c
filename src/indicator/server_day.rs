//! The server day of a bar, and whether that day was seen from its beginning.

use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

/// Markets open within the first hour of the server's day or have a session of their own. A history
/// that begins later than this may lack the morning.
const LATEST_OPEN_MSC: i64 = 3_600_000;

/// The day of the last bar, by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerDay {
    /// Days since 1970-01-01; none before the first bar.
    day: Option<i64>,
    whole: bool,
}

impl ServerDay {
    /// Goes to the day of a bar that opened at `time`. Returns whether it is a new day.
    pub fn enter(&mut self, time: ServerMsc) -> bool {
        let day = time.0.div_euclid(DAY_MS);
        let Some(before) = self.day.replace(day) else {
            self.whole = time.0.rem_euclid(DAY_MS) <= LATEST_OPEN_MSC;
            return true;
        };
        self.whole |= before != day;
        before != day
    }

    /// Whether the day was seen from its beginning: every day but the first one, and that one too
    /// if its first bar opened within an hour after midnight.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_change_at_midnight_and_only_the_first_can_be_cut_short() {
        let mut day = ServerDay::default();
        for (time, enters, whole) in [
            ("2025-09-22 01:01", true, false),
            ("2025-09-22 23:59", false, false),
            ("2025-09-23 00:00", true, true),
            ("2025-09-23 12:00", false, true),
            ("2025-09-26 16:30", true, true),
        ] {
            assert_eq!(
                (day.enter(time.parse().unwrap()), day.is_whole()),
                (enters, whole),
                "{time}"
            );
        }
        let mut day = ServerDay::default();
        assert!(day.enter("2025-09-22 01:00".parse().unwrap()) && day.is_whole());
    }
}
