//! Whether the server's clock is where the session's zone says: days, and what is limited by the day, hang on it.
//!
//! MT5 gives times as they stand on the server's wall, and never says in which zone that is. So a session states the
//! zone, and every tick that has just come is a witness.

use crate::domain::id::SymbolId;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use std::collections::BTreeSet;
use std::fmt;

const MINUTE_MS: i64 = 60_000;

/// Zones are apart by whole quarters of an hour.
const QUARTER_MIN: i64 = 15;

/// How far the time of a tick may be off without a word: it was under way, and clocks are not set well.
const OFF_MS_MAX: i64 = 2 * MINUTE_MS;

/// How long a tick may be under way, for a market that runs faster than life.
const UNDER_WAY_MS: i64 = 2_000;

fn off_ms_max(speed: u32) -> i64 {
    OFF_MS_MAX + (i64::from(speed) - 1) * UNDER_WAY_MS
}

/// Where the server's clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockFound {
    /// Where the zone says.
    Right,
    /// In a zone that is so many minutes ahead of the stated one; below 0 it is behind.
    OtherZone(i64),
    /// In no zone: so many minutes ahead, to the nearest one.
    Unset(i64),
}

impl ClockFound {
    /// What a tick that has just come says, in a market that runs so many times as fast as life.
    #[must_use]
    pub fn by_a_tick(zone: &ServerZone, server: ServerMsc, at: Timestamp, speed: u32) -> Self {
        Self::of(server.0 - zone.to_server(at).0, off_ms_max(speed))
    }

    fn of(ahead_ms: i64, off_ms_max: i64) -> Self {
        if ahead_ms.abs() <= off_ms_max {
            return Self::Right;
        }
        let minutes = (ahead_ms + MINUTE_MS / 2).div_euclid(MINUTE_MS);
        let quarters = (minutes + QUARTER_MIN / 2).div_euclid(QUARTER_MIN) * QUARTER_MIN;
        if (ahead_ms - quarters * MINUTE_MS).abs() <= OFF_MS_MAX {
            Self::OtherZone(quarters)
        } else {
            Self::Unset(minutes)
        }
    }
}

impl fmt::Display for ClockFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |minutes: i64| if minutes < 0 { "behind" } else { "ahead of" };
        match *self {
            Self::Right => f.write_str("the server's clock is where the session's `zone` says"),
            Self::OtherZone(minutes) => write!(
                f,
                "the server's clock is {} minutes {} the session's `zone`: until that is stated as it is, days and \
                 what is limited by the day are cut at the wrong moments",
                minutes.abs(),
                side(minutes)
            ),
            Self::Unset(minutes) => write!(
                f,
                "the server's clock is {} minutes {} this machine's, in the session's `zone`: one of them is set \
                 wrongly; have this machine's set by a time service",
                minutes.abs(),
                side(minutes)
            ),
        }
    }
}

/// What the ticks of a minute say of the server's clock.
#[derive(Debug)]
pub struct ServerOffset {
    zone: ServerZone,
    off_ms_max: i64,
    /// The symbols that have had a tick: their first can be days old.
    known: BTreeSet<SymbolId>,
    /// The minute of UTC of which ticks are being taken.
    minute: i64,
    /// By how much the latest of its ticks is ahead. Ticks come late, when a link was gone, and never early.
    ahead_ms: Option<i64>,
    /// What the minute before has found.
    before: ClockFound,
    told: ClockFound,
}

impl ServerOffset {
    /// A server whose clock is stated to be of this zone, in a market that runs so many times as fast as life.
    #[must_use]
    pub fn new(zone: ServerZone, speed: u32) -> Self {
        Self {
            zone,
            off_ms_max: off_ms_max(speed),
            known: BTreeSet::new(),
            minute: i64::MIN,
            ahead_ms: None,
            before: ClockFound::Right,
            told: ClockFound::Right,
        }
    }

    /// Takes the time of a tick that has come. Where the clock is, once two minutes in a row say so and it is news.
    pub fn heard(
        &mut self,
        symbol: SymbolId,
        server: ServerMsc,
        at: Timestamp,
    ) -> Option<ClockFound> {
        let news = self.turn(at.nanos().div_euclid(MINUTE_MS * 1_000_000));
        if !self.known.insert(symbol) {
            let ahead_ms = server.0 - self.zone.to_server_cached(at).0;
            self.ahead_ms = self.ahead_ms.max(Some(ahead_ms));
        }
        news
    }

    /// Judges the minute that is over, if one is.
    fn turn(&mut self, minute: i64) -> Option<ClockFound> {
        if std::mem::replace(&mut self.minute, minute) == minute {
            return None;
        }
        let found = ClockFound::of(self.ahead_ms.take()?, self.off_ms_max);
        let is_steady = std::mem::replace(&mut self.before, found) == found;
        (is_steady && std::mem::replace(&mut self.told, found) != found).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * MINUTE_MS;

    /// What is told of a server that is so far ahead of UTC+3 when a tick a second comes, so late.
    fn told(ahead_ms: i64, late_ms: impl Fn(i64) -> i64) -> Vec<ClockFound> {
        let mut offset = ServerOffset::new("UTC+3".parse().unwrap(), 1);
        let mut told = Vec::new();
        for second in 0..600 {
            let utc_ms = 1_760_000_000_000 + second * 1_000;
            let server = ServerMsc(utc_ms + 3 * HOUR_MS + ahead_ms - late_ms(second));
            let at = Timestamp::from_nanos(utc_ms * 1_000_000);
            told.extend(offset.heard(SymbolId(0), server, at));
        }
        told
    }

    #[test]
    fn another_zone_is_told_once() {
        assert_eq!(told(0, |_| 300), []);
        assert_eq!(told(HOUR_MS, |_| 300), [ClockFound::OtherZone(60)]);
        assert_eq!(told(-3 * HOUR_MS, |_| 300), [ClockFound::OtherZone(-180)]);
        assert_eq!(told(-HOUR_MS / 4, |_| 20_000), [ClockFound::OtherZone(-15)]);
        assert_eq!(told(5 * MINUTE_MS, |_| 0), [ClockFound::Unset(5)]);
        assert_eq!(told(-5 * MINUTE_MS, |_| 0), [ClockFound::Unset(-5)]);
        assert_eq!(told(MINUTE_MS, |_| 0), []);
    }

    #[test]
    fn late_ticks_are_no_other_zone() {
        // The last tick of the week comes first; later some come together, when a link is there again.
        let after_a_gap = |second| match second {
            0 => 48 * HOUR_MS,
            290..300 => HOUR_MS,
            _ => 100,
        };
        assert_eq!(told(0, after_a_gap), []);
        // For a minute nothing else comes.
        let for_a_minute = |second| if (270..340).contains(&second) { HOUR_MS } else { 100 };
        assert_eq!(told(0, for_a_minute), []);
    }

    #[test]
    fn a_clock_that_was_set_is_told_again() {
        // In the fifth minute the server goes to winter time, of which `UTC+3` knows nothing.
        let set = |second| if second < 300 { 0 } else { HOUR_MS };
        assert_eq!(told(0, set), [ClockFound::OtherZone(-60)]);
        let back = |second| if second < 300 { HOUR_MS } else { 0 };
        assert_eq!(told(0, back), [ClockFound::OtherZone(-60), ClockFound::Right]);
    }
}
