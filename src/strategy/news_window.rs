//! The time around news, in which signals do not enter.

use crate::domain::calendar::{Calendar, Currency, Impact};
use crate::domain::flaw::{Checked, must};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest time before or after news: a week.
pub const NEWS_MINUTES_MAX: u32 = 7 * 24 * 60;

/// The time around news of an impact, about some currencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewsWindow {
    /// How many minutes before the news it begins.
    pub minutes_before: u32,
    /// How many minutes after the news it is over.
    pub minutes_after: u32,
    /// The least impact that counts.
    pub impact: Impact,
    /// The currencies that count, in order, each once; none means both of the strategy's symbol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub currencies: Vec<Currency>,
}

impl NewsWindow {
    /// Whether the calendar says what news a moment is near.
    #[must_use]
    pub fn is_known(&self, at: Timestamp, calendar: &Calendar) -> bool {
        calendar.covers(at, self.minutes_before, self.minutes_after)
    }

    /// Whether a moment lies in it, for a symbol of these currencies.
    #[must_use]
    pub fn has(&self, at: Timestamp, calendar: &Calendar, symbol: [&str; 2]) -> bool {
        let counts = |currency: &Currency| {
            if currency.is_every() {
                true
            } else if self.currencies.is_empty() {
                symbol.iter().any(|own| own.eq_ignore_ascii_case(currency.code()))
            } else {
                self.currencies.contains(currency)
            }
        };
        let mut around = calendar.around(at, self.minutes_before, self.minutes_after);
        around.any(|event| event.impact >= self.impact && counts(&event.currency))
    }
}

impl NewsWindow {
    /// When it begins next after a moment, whichever currency the news is about.
    #[must_use]
    pub fn next_after(&self, after: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        let before_ms = u64::from(self.minutes_before) * 60_000;
        let mut later = calendar.later_than(after.plus_ms(before_ms));
        let next = later.find(|event| event.impact >= self.impact)?;
        let before_nanos = i64::from(self.minutes_before) * 60_000_000_000;
        Some(Timestamp::from_nanos(next.time.nanos() - before_nanos))
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let reason = "must be at most 10080, a week";
        must(self.minutes_before <= NEWS_MINUTES_MAX, "minutes_before", reason)?;
        must(self.minutes_after <= NEWS_MINUTES_MAX, "minutes_after", reason)?;
        let is_span = self.minutes_before > 0 || self.minutes_after > 0;
        must(is_span, "minutes_after", "must be above 0, or minutes_before")
    }
}

impl fmt::Display for NewsWindow {
    /// `from 30 minutes before to 15 minutes after news of high impact on the symbol's currencies`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { minutes_before, minutes_after, impact, currencies } = self;
        write!(
            f,
            "from {minutes_before} minutes before to {minutes_after} minutes after news of "
        )?;
        match impact {
            Impact::Low => write!(f, "any impact on ")?,
            Impact::Medium => write!(f, "medium or high impact on ")?,
            Impact::High => write!(f, "high impact on ")?,
        }
        let codes: Vec<&str> = currencies.iter().map(Currency::code).collect();
        if codes.is_empty() {
            f.write_str("the symbol's currencies")
        } else {
            f.write_str(&codes.join(" or "))
        }
    }
}
