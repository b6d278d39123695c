//! What a channel is.

use crate::audit::outbox::OutboxRow;
use std::fmt::Write as _;
use std::time::Duration;

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// It may be later. The other side may have said when.
    Later {
        /// What was wrong, for people; without secrets.
        what: String,
        /// The pause that the other side wants.
        pause: Option<Duration>,
    },
    /// It never will be.
    Never {
        /// What was wrong, for people; without secrets.
        what: String,
    },
}

/// Takes messages.
///
/// ```
/// use tickdeck::audit::outbox::OutboxRow;
/// use tickdeck::courier::channel::{Channel, NotTaken};
///
/// /// Counts the alerts.
/// struct Counter(usize);
///
/// impl Channel for Counter {
///     fn name(&self) -> &'static str {
///         "counter"
///     }
///     fn wants(&self, message: &OutboxRow) -> bool {
///         message.kind == "alert"
///     }
///     fn tell(&mut self, messages: &[OutboxRow]) -> Result<(), NotTaken> {
///         self.0 += messages.len();
///         Ok(())
///     }
/// }
/// assert_eq!((Counter(0).together_max(), Counter(0).per_minute()), (1, None));
/// ```
pub trait Channel: Send {
    /// Its name in the database, and for people.
    fn name(&self) -> &'static str;
    /// Whether it is for this message.
    fn wants(&self, message: &OutboxRow) -> bool;
    /// How many messages may be told as one.
    fn together_max(&self) -> usize {
        1
    }
    /// How often it may be told something in a minute; none for no limit.
    fn per_minute(&self) -> Option<usize> {
        None
    }
    /// Tells messages; there is at least one.
    ///
    /// # Errors
    /// Why they were not taken.
    fn tell(&mut self, messages: &[OutboxRow]) -> Result<(), NotTaken>;
}

/// From which severity on alerts are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertLevel {
    /// All of them.
    Info,
    /// Those that a person should look at soon.
    Warning,
    /// Those that a person should look at now.
    Critical,
}

impl AlertLevel {
    /// The level of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "info" => Self::Info,
            "warning" => Self::Warning,
            "critical" => Self::Critical,
            _ => return None,
        })
    }

    /// Whether this is an alert of at least this level.
    #[must_use]
    pub fn takes(self, message: &OutboxRow) -> bool {
        let own = message.severity.as_deref().and_then(Self::of);
        message.kind == "alert" && own.is_some_and(|own| own >= self)
    }
}

/// Messages in words, a line each; those that are too many are counted.
#[must_use]
pub fn in_words(account: &str, messages: &[OutboxRow], lines_max: usize) -> String {
    let mut text = format!("tickdeck {account}");
    for message in messages.iter().take(lines_max) {
        let body: serde_json::Value = serde_json::from_str(&message.body).unwrap_or_default();
        let word = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let (time, severity) = (&message.time_utc, word("severity").to_uppercase());
        let _ = write!(text, "\n{time} {severity} {}: {}", word("type"), word("message"));
        let about = body["metadata"].as_object().into_iter().flatten();
        let about: Vec<String> = about
            .map(|(name, value)| {
                let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("{name} {plain}")
            })
            .collect();
        if !about.is_empty() {
            let _ = write!(text, " ({})", about.join(", "));
        }
    }
    let more = messages.len().saturating_sub(lines_max);
    if more > 0 {
        let _ = write!(text, "\nand {more} more");
    }
    text
}
