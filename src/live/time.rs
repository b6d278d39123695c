//! What time it is: the machine's clock, kept from going back; or a clock that runs faster, over a market of the
//! past.

use crate::domain::time::Timestamp;
use std::str::FromStr;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "live mode knows the time")]
type Instant = std::time::Instant;
#[expect(clippy::disallowed_types, reason = "live mode knows the time")]
type SystemTime = std::time::SystemTime;

/// By how much the machine's clock may be off the time that has passed before it counts as a step of the clock,
/// or as sleep.
const STEP: Duration = Duration::from_secs(1);

/// A clock that began at a moment of the past and runs at a multiple of the machine's: `FROM,REAL,SPEED` with both
/// moments in nanoseconds of UTC since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketPace {
    /// What it showed at `real`.
    pub from: Timestamp,
    /// When it began, by the machine's clock.
    pub real: Timestamp,
    /// How many of its seconds pass in one.
    pub speed: u32,
}

impl MarketPace {
    /// What it shows at a moment of the machine's clock.
    #[must_use]
    pub const fn at(self, real: Timestamp) -> Timestamp {
        let passed = real.nanos().saturating_sub(self.real.nanos());
        let shown = passed.saturating_mul(self.speed as i64);
        Timestamp::from_nanos(self.from.nanos().saturating_add(shown))
    }

    /// How long it takes in reality until it shows a moment.
    #[must_use]
    pub fn until(self, now: Timestamp, then: Timestamp) -> Duration {
        let nanos = then.nanos().saturating_sub(now.nanos()).max(0).cast_unsigned();
        Duration::from_nanos(nanos / u64::from(self.speed).max(1))
    }
}

impl FromStr for MarketPace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<i64> = text.split(',').filter_map(|part| part.parse().ok()).collect();
        let [from, real, speed] = parts[..] else {
            return Err("must be FROM,REAL,SPEED: nanoseconds, nanoseconds, a number".to_owned());
        };
        let speed = u32::try_from(speed).ok().filter(|speed| (1..=100_000).contains(speed));
        let speed = speed.ok_or("SPEED must be from 1 to 100000")?;
        Ok(Self { from: Timestamp::from_nanos(from), real: Timestamp::from_nanos(real), speed })
    }
}

impl std::fmt::Display for MarketPace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{}", self.from.nanos(), self.real.nanos(), self.speed)
    }
}

/// The moment by the machine's clock.
#[must_use]
pub fn machine_now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Moments that never go back.
#[derive(Debug)]
pub struct LiveTime {
    pace: Option<MarketPace>,
    begun: Instant,
    course: Course,
}

impl LiveTime {
    /// Begins not before a moment that was lived already.
    #[must_use]
    pub fn new(pace: Option<MarketPace>, lived: Timestamp) -> Self {
        let wall = machine_now();
        let course = Course { anchor: wall.max(lived), last: lived };
        Self { pace, begun: Instant::now(), course }
    }

    /// The present moment.
    pub fn now(&mut self) -> Timestamp {
        let wall = machine_now();
        match self.pace {
            Some(pace) => {
                self.course.last = self.course.last.max(pace.at(wall));
                self.course.last
            }
            None => self.course.at(wall, self.begun.elapsed()),
        }
    }

    /// By how many milliseconds the machine's clock is ahead of the last moment; below 0 it is behind.
    #[must_use]
    pub fn machine_ahead_ms(&self) -> i64 {
        let wall = machine_now();
        let shown = self.pace.map_or(wall, |pace| pace.at(wall));
        shown.nanos().saturating_sub(self.course.last.nanos()).div_euclid(1_000_000)
    }

    /// How long this has run, whatever the machine's clock shows.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How long to wait in reality until a moment.
    #[must_use]
    pub fn until(&self, then: Timestamp) -> Duration {
        let now = self.course.last;
        match self.pace {
            Some(pace) => pace.until(now, then),
            None => Duration::from_nanos(
                then.nanos().saturating_sub(now.nanos()).max(0).cast_unsigned(),
            ),
        }
    }
}

/// A course of moments by the time that has passed. Where the machine's clock is ahead by more than a step, it was
/// asleep, or its clock was set: the course follows. Where the clock was set back, the course goes on as if it had
/// not been: deadlines come as they should, and moments are ahead of the machine's until the next start.
#[derive(Debug)]
struct Course {
    /// The moment at which nothing had passed.
    anchor: Timestamp,
    last: Timestamp,
}

impl Course {
    fn at(&mut self, wall: Timestamp, passed: Duration) -> Timestamp {
        let passed = i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX);
        let course = self.anchor.nanos().saturating_add(passed);
        let ahead = wall.nanos().saturating_sub(course);
        let step = i64::try_from(STEP.as_nanos()).unwrap_or(i64::MAX);
        let now = if ahead > step {
            self.anchor = Timestamp::from_nanos(self.anchor.nanos().saturating_add(ahead));
            wall
        } else {
            Timestamp::from_nanos(course)
        };
        self.last = self.last.max(now);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_S: i64 = 3_600;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    /// (what the machine's clock shows, the time that has passed, the moment), in seconds.
    fn check(table: &[(i64, u64, i64)]) {
        let mut course = Course { anchor: at(1_000), last: at(0) };
        for (wall, passed, expect) in table {
            let now = course.at(at(*wall), Duration::from_secs(*passed));
            assert_eq!(now, at(*expect), "{wall} {passed}");
        }
    }

    #[test]
    fn a_clock_that_is_set_forward_is_followed_and_one_set_back_is_not() {
        check(&[(1_000, 0, 1_000), (1_010, 10, 1_010), (1_011 + HOUR_S, 11, 1_011 + HOUR_S)]);
        check(&[(1_010, 10, 1_010), (1_020 - HOUR_S, 20, 1_020), (1_030 - HOUR_S, 30, 1_030)]);
        // Forward and back again: time goes on from where it was ahead.
        check(&[(1_000 + HOUR_S, 0, 1_000 + HOUR_S), (1_010, 10, 1_010 + HOUR_S)]);
    }

    #[test]
    fn sleep_is_time_that_has_passed() {
        check(&[(1_005, 5, 1_005), (9_000, 6, 9_000), (9_001, 7, 9_001)]);
    }

    #[test]
    fn a_pace_is_written_and_read() {
        let pace = MarketPace { from: at(5), real: at(7), speed: 60 };
        assert_eq!(pace.to_string().parse(), Ok(pace));
        assert_eq!(pace.at(at(8)), at(65));
        assert_eq!(pace.until(at(65), at(125)), Duration::from_secs(1));
        assert!("1,2".parse::<MarketPace>().is_err() && "1,2,0".parse::<MarketPace>().is_err());
    }
}
