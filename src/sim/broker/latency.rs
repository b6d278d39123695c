//! The time that a leg between executor and trade server takes. One leg is one connection, on which
//! nothing overtakes.

use crate::domain::time::Timestamp;
use crate::session::description::Latency;
use crate::sim::random::RandomStream;

/// One leg, with its own random stream.
#[derive(Debug)]
pub struct Leg {
    latency: Latency,
    stream: RandomStream,
    /// When the last message arrives.
    last: Timestamp,
}

impl Leg {
    /// The leg named `label` of a session.
    pub fn new(latency: Latency, label: &str, seed: u64) -> Self {
        Self {
            latency,
            stream: RandomStream::new(label, seed),
            last: Timestamp::from_nanos(i64::MIN),
        }
    }

    /// When a message sent at `at` arrives; never before one sent earlier.
    pub fn arrival(&mut self, at: Timestamp) -> Timestamp {
        let ms = match self.latency {
            Latency::ConstantMs(ms) => ms,
            Latency::UniformMs { min, max } => self.stream.between(min, max),
        };
        self.last = self.last.max(at.plus_ms(ms));
        assert!(self.last >= at, "nothing arrives before it leaves");
        self.last
    }

    /// When a message sent at `at` without latency arrives: at once, unless an earlier one is still
    /// on its way.
    pub fn behind(&self, at: Timestamp) -> Timestamp {
        self.last.max(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn a_constant_leg_takes_its_time() {
        let mut leg = Leg::new(Latency::ConstantMs(30), "x", 1);
        assert_eq!(leg.behind(at(5)), at(5));
        assert_eq!(leg.arrival(at(5)), at(35));
        assert_eq!((leg.behind(at(6)), leg.behind(at(40))), (at(35), at(40)));
    }

    #[test]
    fn a_random_leg_stays_within_its_bounds_and_in_order() {
        let mut leg = Leg::new(Latency::UniformMs { min: 20, max: 80 }, "x", 1);
        let mut last = at(0);
        for n in 0..500 {
            let arrival = leg.arrival(at(n));
            assert!(arrival >= last && arrival <= at(n + 80).max(last) && arrival >= at(n + 20));
            last = arrival;
        }
    }
}
