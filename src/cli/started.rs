//! How long a run takes, for people.

use std::time::Duration;

/// When a run began: how fast it went is told, and decides nothing.
#[expect(clippy::disallowed_types, reason = "the shell may know the time")]
pub(super) struct Started(std::time::Instant);

#[expect(clippy::disallowed_types, reason = "the shell may know the time")]
impl Started {
    pub(super) fn now() -> Self {
        Self(std::time::Instant::now())
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
