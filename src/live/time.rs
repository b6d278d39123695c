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

/// How long the machine's clock must be ahead before it is followed: where it was set wrongly for a moment, as after
/// sleep until a time service sets it right, that is none of the session's time.
const HOLD: Duration = Duration::from_secs(10);

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
        let wall = shown(pace);
        let speed = pace.map_or(1, |pace| i64::from(pace.speed));
        let course =
            Course { last: wall.max(lived), passed: Duration::ZERO, ahead_since: None, speed };
        Self { pace, begun: Instant::now(), course }
    }

    /// How many seconds of the market pass in one.
    #[must_use]
    pub fn speed(&self) -> u32 {
        self.pace.map_or(1, |pace| pace.speed)
    }

    /// The present moment.
    pub fn now(&mut self) -> Timestamp {
        self.course.at(shown(self.pace), self.begun.elapsed())
    }

    /// By how many milliseconds the machine's clock is ahead of the last moment; below 0 it is behind.
    #[must_use]
    pub fn machine_ahead_ms(&self) -> i64 {
        let ahead = shown(self.pace).nanos().saturating_sub(self.course.last.nanos());
        ahead.div_euclid(1_000_000)
    }

    /// How long this has run, whatever the machine's clock shows.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How long to wait in reality until a moment, at the least.
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

/// What the machine's clock shows, or that of a market that follows it.
fn shown(pace: Option<MarketPace>) -> Timestamp {
    let wall = machine_now();
    pace.map_or(wall, |pace| pace.at(wall))
}

/// A course of moments by the time that has passed.
///
/// Where the clock is ahead of it by more than a step, and stays so, the machine was asleep, or its clock was set: the
/// course follows. Where the clock is behind it by more than a step, it was set back: moments never go back, so the
/// course goes on at half its speed until the clock has come near.
#[derive(Debug)]
struct Course {
    last: Timestamp,
    /// What had passed then.
    passed: Duration,
    /// What had passed when the clock was first seen to be ahead by more than a step.
    ahead_since: Option<Duration>,
    /// How many of its seconds pass in one.
    speed: i64,
}

impl Course {
    fn at(&mut self, wall: Timestamp, passed: Duration) -> Timestamp {
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        let run = passed.saturating_sub(std::mem::replace(&mut self.passed, passed));
        let run = nanos(run).saturating_mul(self.speed);
        let step = nanos(STEP).saturating_mul(self.speed);
        let on_course = self.last.nanos().saturating_add(run);
        let ahead = wall.nanos().saturating_sub(on_course);
        let is_ahead = ahead > step;
        let since = is_ahead.then(|| *self.ahead_since.get_or_insert(passed));
        self.ahead_since = since;
        self.last = if since.is_some_and(|since| passed.saturating_sub(since) >= HOLD) {
            wall
        } else if ahead < -step {
            Timestamp::from_nanos(self.last.nanos().saturating_add(run / 2))
        } else {
            Timestamp::from_nanos(on_course)
        };
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

    /// (what the clock shows, the time that has passed, the moment), in seconds.
    fn check(table: &[(i64, u64, i64)]) {
        let mut course =
            Course { last: at(1_000), passed: Duration::ZERO, ahead_since: None, speed: 1 };
        for (wall, passed, expect) in table {
            let now = course.at(at(*wall), Duration::from_secs(*passed));
            assert_eq!(now, at(*expect), "{wall} {passed}");
        }
    }

    #[test]
    fn a_clock_that_is_set_forward_is_followed_once_it_stays_so() {
        check(&[
            (1_010, 10, 1_010),
            (1_011 + HOUR_S, 11, 1_011),
            (1_020 + HOUR_S, 20, 1_020),
            (1_021 + HOUR_S, 21, 1_021 + HOUR_S),
        ]);
        // Somebody sets it right again.
        check(&[
            (1_011 + HOUR_S, 11, 1_011),
            (1_018, 18, 1_018),
            (1_022 + HOUR_S, 22, 1_022),
            (1_031 + HOUR_S, 31, 1_031),
        ]);
    }

    #[test]
    fn a_clock_that_is_set_back_is_awaited_at_half_the_speed() {
        check(&[(1_010, 10, 1_010), (1_020 - 8, 20, 1_015), (1_024 - 8, 24, 1_017)]);
        // It has come near: time goes on as it should.
        check(&[(1_010, 10, 1_010), (1_026 - 8, 26, 1_018), (1_027 - 8, 27, 1_019)]);
        check(&[(1_010, 10, 1_010), (1_020 - HOUR_S, 20, 1_015), (1_030 - HOUR_S, 30, 1_020)]);
        // Forward and back again.
        check(&[(9_000, 0, 1_000), (9_010, 10, 9_010), (1_020, 20, 9_015)]);
    }

    #[test]
    fn a_faster_clock_is_followed_and_awaited_alike() {
        let mut course =
            Course { last: at(1_000), passed: Duration::ZERO, ahead_since: None, speed: 400 };
        let mut now = |wall, passed| course.at(at(wall), Duration::from_secs(passed));
        assert_eq!(now(1_400, 1), at(1_400));
        assert_eq!(now(1_800 + 2 * HOUR_S, 2), at(1_800));
        assert_eq!(now(5_800 + 2 * HOUR_S, 12), at(5_800 + 2 * HOUR_S));
        assert_eq!(now(6_200, 13), at(6_000 + 2 * HOUR_S));
    }

    #[test]
    fn sleep_is_time_that_has_passed() {
        check(&[(1_005, 5, 1_005), (9_000, 6, 1_006), (9_010, 16, 9_010), (9_011, 17, 9_011)]);
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
