//! Timeframes and the moments at which their bars begin and end, by the server's clock.

use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// 1970-01-04, a Sunday: MT5's weeks begin on Sundays.
const FIRST_SUNDAY_MSC: i64 = 3 * DAY_MS;

/// A chart period: the span of one bar, by MT5's name.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are MT5's and say it all")]
pub enum Timeframe {
    M1 = 1,
    M2 = 2,
    M3 = 3,
    M5 = 5,
    M15 = 15,
    M30 = 30,
    H1 = 60,
    H4 = 240,
    D1 = 1440,
    W1 = 10_080,
    MN1 = 43_200,
}

impl Timeframe {
    /// All timeframes, shortest first.
    pub const ALL: [Self; 11] = [
        Self::M1,
        Self::M2,
        Self::M3,
        Self::M5,
        Self::M15,
        Self::M30,
        Self::H1,
        Self::H4,
        Self::D1,
        Self::W1,
        Self::MN1,
    ];

    /// How often its forming bar is looked at where it is not looked at on every tick, in
    /// milliseconds (executor 3.3).
    #[must_use]
    pub const fn check_interval_ms(self) -> i64 {
        let seconds = match self {
            Self::M1 => 1,
            Self::M2 => 2,
            Self::M3 => 3,
            Self::M5 => 5,
            Self::M15 => 15,
            Self::M30 => 30,
            Self::H1 => 60,
            Self::H4 => 240,
            Self::D1 | Self::W1 | Self::MN1 => 300,
        };
        seconds * 1_000
    }

    /// MT5's name, such as `M5`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::M1 => "M1",
            Self::M2 => "M2",
            Self::M3 => "M3",
            Self::M5 => "M5",
            Self::M15 => "M15",
            Self::M30 => "M30",
            Self::H1 => "H1",
            Self::H4 => "H4",
            Self::D1 => "D1",
            Self::W1 => "W1",
            Self::MN1 => "MN1",
        }
    }

    /// The length in milliseconds; none for the month, whose length varies.
    #[must_use]
    pub const fn length_ms(self) -> Option<i64> {
        Some(match self {
            Self::M1 => MINUTE_MS,
            Self::M2 => 2 * MINUTE_MS,
            Self::M3 => 3 * MINUTE_MS,
            Self::M5 => 5 * MINUTE_MS,
            Self::M15 => 15 * MINUTE_MS,
            Self::M30 => 30 * MINUTE_MS,
            Self::H1 => 60 * MINUTE_MS,
            Self::H4 => 240 * MINUTE_MS,
            Self::D1 => DAY_MS,
            Self::W1 => 7 * DAY_MS,
            Self::MN1 => return None,
        })
    }

    /// Whether its bars can be built from whole bars of `length_ms` milliseconds. Months are built
    /// from days, or from months.
    #[must_use]
    pub const fn is_made_of(self, length_ms: i64) -> bool {
        match self.length_ms() {
            Some(own) => own % length_ms == 0,
            None => DAY_MS % length_ms == 0 || length_ms >= 28 * DAY_MS,
        }
    }

    /// The span of the bar that contains `time`: its start, and the moment at which the next one
    /// starts. Weeks start on Sunday, as in MT5.
    #[must_use]
    pub fn span(self, time: ServerMsc) -> (ServerMsc, ServerMsc) {
        let origin = if self == Self::W1 { FIRST_SUNDAY_MSC } else { 0 };
        if let Some(length) = self.length_ms() {
            let open = (time.0 - origin).div_euclid(length) * length + origin;
            return (ServerMsc(open), ServerMsc(open + length));
        }
        let first = time.civil().date().first_of_month();
        let next = first.saturating_add(jiff::Span::new().months(1));
        (ServerMsc::from_civil(first.at(0, 0, 0, 0)), ServerMsc::from_civil(next.at(0, 0, 0, 0)))
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Error of a text that names no timeframe; it holds the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no timeframe: one of M1, M2, M3, M5, M15, M30, H1, H4, D1, W1, MN1 (or 1m, 1h, 1d, 1w)"
)]
pub struct TimeframeError(pub String);

impl FromStr for Timeframe {
    type Err = TimeframeError;
    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        let named =
            Self::ALL.into_iter().find(|timeframe| timeframe.name().eq_ignore_ascii_case(text));
        let short = || {
            let unit = text.chars().last()?;
            let count = text
                .strip_suffix(unit)
                .filter(|count| count.bytes().all(|byte| byte.is_ascii_digit()))?;
            let letter = match unit {
                'm' => "M",
                'h' => "H",
                'd' => "D",
                'w' => "W",
                _ => return None,
            };
            Self::ALL
                .into_iter()
                .find(|timeframe| timeframe.name().strip_prefix(letter) == Some(count))
        };
        named.or_else(short).ok_or_else(|| TimeframeError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_both_spellings() {
        for (text, expect) in [
            ("M1", Timeframe::M1),
            ("1m", Timeframe::M1),
            ("h4", Timeframe::H4),
            ("4h", Timeframe::H4),
            ("1w", Timeframe::W1),
            ("MN1", Timeframe::MN1),
        ] {
            assert_eq!(text.parse(), Ok(expect));
        }
        for text in ["", "M7", "2h", "m", "N1m"] {
            assert!(text.parse::<Timeframe>().is_err(), "{text}");
        }
    }

    #[test]
    fn bars_are_made_of_whole_bars() {
        for (timeframe, minutes, expect) in [
            (Timeframe::M1, 1, true),
            (Timeframe::M1, 1_440, false),
            (Timeframe::M3, 2, false),
            (Timeframe::H1, 10, true),
            (Timeframe::W1, 1_440, true),
            (Timeframe::MN1, 1_440, true),
            (Timeframe::MN1, 7 * 1_440, false),
            (Timeframe::MN1, 28 * 1_440, true),
        ] {
            assert_eq!(
                timeframe.is_made_of(minutes * MINUTE_MS),
                expect,
                "{timeframe} of {minutes} minutes"
            );
        }
    }

    #[test]
    fn bars_begin_where_the_terminal_cuts_them() {
        let time = ServerMsc::from_civil("2025-09-24T17:43:21.5".parse().unwrap());
        for (timeframe, open, end) in [
            (Timeframe::M1, "2025.09.24 17:43:00.000", "2025.09.24 17:44:00.000"),
            (Timeframe::M15, "2025.09.24 17:30:00.000", "2025.09.24 17:45:00.000"),
            (Timeframe::H4, "2025.09.24 16:00:00.000", "2025.09.24 20:00:00.000"),
            (Timeframe::D1, "2025.09.24 00:00:00.000", "2025.09.25 00:00:00.000"),
            (Timeframe::W1, "2025.09.21 00:00:00.000", "2025.09.28 00:00:00.000"),
            (Timeframe::MN1, "2025.09.01 00:00:00.000", "2025.10.01 00:00:00.000"),
        ] {
            let (from, until) = timeframe.span(time);
            assert_eq!(
                (from.to_string().as_str(), until.to_string().as_str()),
                (open, end),
                "{timeframe}"
            );
        }
    }
}
