//! A bar as every one of its ticks.
//!
//! From MetaQuotes' help on tick generation and its article on the same algorithm: a tick volume of
//! 1 is one tick at Close, 2 are Open and Close. From 3 on there are support points, at most as
//! many as the tick volume and at most 11 (the Open not counted). They are divided among the
//! opening shadow, the leg from extreme to extreme and the closing shadow, ideally 3, 5 and 3.
//!
//! The rest is our own, because it is not published in words (MT5 reference 11). Fewer points are
//! divided so that each leg with a length gets one, the others go where the ideal is missed most,
//! and no leg gets more than it has steps. The points of a leg swing, two steps forward and one
//! back; of three, the first lies at the three quarters that the help names. The ticks between them
//! are spread by length: straight on where a leg has more steps than ticks, otherwise back and
//! forth by one step first. For every bar it is certain that the first tick is the Open and the
//! last the Close, that High and Low are reached, that nothing lies outside, and that there are as
//! many ticks as the bar's tick volume says.
//!
//! When a bar contradicts itself (one tick and a range, or no tick at all), the prices win: it gets
//! as many ticks as they need.

use crate::domain::amount::Price;
use crate::sim::model::bar_path::BarPath;

/// The support points of the three legs in a bar with enough ticks.
const IDEAL: [u64; 3] = [3, 5, 3];
const SUPPORT_MAX: u64 = IDEAL[0] + IDEAL[1] + IDEAL[2];
/// The Open and the support points.
const POINTS_MAX: usize = 12;
/// The preference among legs that miss the ideal equally: the longest first, then in their order.
const PREFERENCE: [usize; 3] = [1, 0, 2];

/// The path of a bar through its support points.
#[derive(Debug)]
pub struct Walk {
    points: [Price; POINTS_MAX],
    /// The index of each point's tick in the bar.
    places: [u64; POINTS_MAX],
    /// The index of the last point.
    last: usize,
    /// The index of the point that was passed last.
    passed: usize,
    low: Price,
    high: Price,
    step: Price,
}

impl Walk {
    /// The path of a bar with so many ticks, in whole steps of `step` as far as the bar's prices
    /// allow.
    pub fn new(path: &BarPath, tick_volume: u64, step: Price) -> Self {
        assert!(step > Price::ZERO, "prices have a step");
        let (low, high) = (path.first.min(path.second), path.first.max(path.second));
        let mut walk = Self {
            points: [path.open; POINTS_MAX],
            places: [0; POINTS_MAX],
            last: 0,
            passed: 0,
            low,
            high,
            step,
        };
        let legs = path.legs();
        let ways = legs.iter().filter(|(from, to)| from != to).count() as u64;
        let ticks = tick_volume.max(1 + ways);
        let support = (ticks - 1).min(SUPPORT_MAX);
        let lengths =
            legs.map(|(from, to)| walk.steps(from, to).max(i64::from(from != to)).cast_unsigned());
        for ((from, to), share) in legs.into_iter().zip(shares(lengths, support)) {
            for nth in 1..=share {
                walk.last += 1;
                walk.points[walk.last] = walk.swing(from, to, nth, share);
            }
        }
        if walk.last == 0 && ticks > 1 {
            // A flat bar has no legs to divide: it ends where it begins.
            walk.last = 1;
        }
        walk.place(ticks);
        walk
    }

    /// The number of ticks in the bar.
    pub const fn ticks(&self) -> u64 {
        self.places[self.last] + 1
    }

    /// The Bid of a tick. Ticks must be asked for in order.
    pub fn price(&mut self, place: u64) -> Price {
        while self.passed < self.last && self.places[self.passed + 1] <= place {
            self.passed += 1;
        }
        if self.places[self.passed] == place {
            return self.points[self.passed];
        }
        self.between(place)
    }

    /// The nth support point of a leg. The last is its end; counted backwards from there, every
    /// other one is a step back. Three are at 3/4, 1/2 and the end; five at 1/2, 1/3, 5/6, 2/3 and
    /// the end.
    fn swing(&self, from: Price, to: Price, nth: u64, share: u64) -> Price {
        if nth == share {
            return to;
        }
        let is_forward = (share - nth).is_multiple_of(2);
        let parts = if is_forward { nth + 2 } else { nth };
        let steps = i128::from(self.steps(from, to)) * i128::from(parts) / i128::from(share + 1);
        self.onward(
            from,
            to,
            i64::try_from(steps).expect("a part of a way is no longer than the way"),
        )
    }

    /// Gives each point its tick. Ticks beyond the number of points are spread by the lengths
    /// between the points.
    fn place(&mut self, ticks: u64) {
        let last = self.last as u64;
        let spare = i128::from(ticks - 1 - last.min(ticks - 1));
        let whole: i128 = (1..=self.last)
            .map(|index| i128::from(self.steps(self.points[index - 1], self.points[index])))
            .sum();
        let mut length = 0;
        for index in 1..=self.last {
            length += i128::from(self.steps(self.points[index - 1], self.points[index]));
            let share = if whole == 0 { spare } else { spare * length / whole };
            self.places[index] = index as u64
                + u64::try_from(share)
                    .expect("a share of the spare ticks is no more than all of them");
        }
        assert!(
            self.last == 0 || self.places[self.last] == ticks - 1,
            "the Close is the last tick"
        );
    }

    /// A tick between the last point passed and the next one.
    fn between(&self, place: u64) -> Price {
        let (from, to) = (self.points[self.passed], self.points[self.passed + 1]);
        let nth = (place - self.places[self.passed]).cast_signed();
        let ticks = (self.places[self.passed + 1] - self.places[self.passed]).cast_signed();
        let steps = self.steps(from, to);
        assert!(nth > 0 && nth < ticks, "a tick between two points");
        let idle = ticks - steps;
        if idle <= 0 {
            let done = i128::from(steps) * i128::from(nth) / i128::from(ticks);
            return self.onward(
                from,
                to,
                i64::try_from(done).expect("a part of a way is no longer than the way"),
            );
        }
        // Back and forth in pairs, one tick without movement if their number is odd, then straight
        // on.
        let paired = idle - idle % 2;
        match nth {
            nth if nth <= paired && nth % 2 == 1 => self.aside(from, to),
            nth if nth <= idle => from,
            nth => self.onward(from, to, nth - idle),
        }
    }

    /// One step away from `from` within the bar, towards `to` if that is elsewhere.
    fn aside(&self, from: Price, to: Price) -> Price {
        if self.steps(from, to) > 0 {
            return self.onward(from, to, 1);
        }
        let (above, below) = (from + self.step, from - self.step);
        if above <= self.high {
            above
        } else if below >= self.low {
            below
        } else {
            from
        }
    }

    fn onward(&self, from: Price, to: Price, steps: i64) -> Price {
        let distance = Price::from_raw(self.step.raw() * steps);
        if to > from { from + distance } else { from - distance }
    }

    /// The number of whole steps between two prices.
    fn steps(&self, from: Price, to: Price) -> i64 {
        from.distance(to).raw() / self.step.raw()
    }
}

/// Divides the support points among the three legs: none to a leg without length, and no more than
/// it has steps, because points of the same price would not move.
fn shares(lengths: [u64; 3], support: u64) -> [u64; 3] {
    let mut shares = [0; 3];
    for _ in 0..support {
        // The leg with the smallest part of its ideal first (15 makes both ideals whole), so that
        // none is left out.
        let want = |index: &usize| {
            (
                shares[*index] * 15 / IDEAL[*index],
                PREFERENCE.iter().position(|place| place == index),
            )
        };
        if let Some(index) =
            (0..3).filter(|index| shares[*index] < lengths[*index]).min_by_key(want)
        {
            shares[index] += 1;
        }
    }
    shares
}
