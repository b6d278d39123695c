//! A bar as every one of its ticks.
//!
//! From MetaQuotes' help on tick generation and its article on the same algorithm: a tick volume of 1 is one tick at
//! Close, 2 are Open and Close; from 3 on there are support points, no more than the tick volume and 11 (the Open not
//! counted), divided among the opening shadow, the way from extreme to extreme and the closing shadow, ideally 3, 5 and 3.
//!
//! Ours, since it is not published in words (MT5 reference 11): how fewer points are divided (each way that has a length
//! gets one, the rest go where the ideal is missed most, and no way gets more than it has steps); that the points of a way
//! swing, two steps forward and one back (of three, the first lies at the three quarters that the help names); and the
//! ticks between them (spread by length, straight on where the way is longer than the ticks are many, else back and forth
//! by one step first). What is certain holds of every bar: its first tick is the Open, its last the Close, High and Low
//! are reached, nothing lies outside, and there are as many ticks as the bar's tick volume says.
//!
//! Where a bar contradicts itself (one tick and a range, none at all), the prices win: it gets as many ticks as they need.

use crate::domain::amount::Price;
use crate::sim::model::bar_path::BarPath;

/// Support points of the three ways in a bar that has enough ticks.
const IDEAL: [u64; 3] = [3, 5, 3];
const SUPPORT_MAX: u64 = IDEAL[0] + IDEAL[1] + IDEAL[2];
/// The Open and the support points.
const POINTS_MAX: usize = 12;
/// Among ways that miss the ideal equally: the longest first, then in their order.
const PREFERENCE: [usize; 3] = [1, 0, 2];

/// The way of a bar through its support points.
#[derive(Debug)]
pub struct Walk {
    points: [Price; POINTS_MAX],
    /// Which tick of the bar each of them is.
    places: [u64; POINTS_MAX],
    /// Index of the last of them.
    last: usize,
    /// The point that was passed last.
    passed: usize,
    low: Price,
    high: Price,
    step: Price,
}

impl Walk {
    /// The way of a bar with so many ticks, in whole steps of `step` where the bar's prices allow.
    pub fn new(path: &BarPath, tick_volume: u64, step: Price) -> Self {
        assert!(step > Price::ZERO, "prices have a step");
        let (low, high) = (path.first.min(path.second), path.first.max(path.second));
        let mut walk = Self { points: [path.open; POINTS_MAX], places: [0; POINTS_MAX], last: 0, passed: 0, low, high, step };
        let legs = path.legs();
        let ways = legs.iter().filter(|(from, to)| from != to).count() as u64;
        let ticks = tick_volume.max(1 + ways);
        let support = (ticks - 1).min(SUPPORT_MAX);
        let lengths = legs.map(|(from, to)| walk.steps(from, to).max(i64::from(from != to)).cast_unsigned());
        for ((from, to), share) in legs.into_iter().zip(shares(lengths, support)) {
            for nth in 1..=share {
                walk.last += 1;
                walk.points[walk.last] = walk.swing(from, to, nth, share);
            }
        }
        if walk.last == 0 && ticks > 1 {
            // A flat bar has no way to divide: it ends where it begins.
            walk.last = 1;
        }
        walk.place(ticks);
        walk
    }

    /// How many ticks the bar has.
    pub const fn ticks(&self) -> u64 {
        self.places[self.last] + 1
    }

    /// The Bid of a tick; ticks are asked for in their order.
    pub fn price(&mut self, place: u64) -> Price {
        while self.passed < self.last && self.places[self.passed + 1] <= place {
            self.passed += 1;
        }
        if self.places[self.passed] == place {
            return self.points[self.passed];
        }
        self.between(place)
    }

    /// The nth of the support points on a way: the last is its end, from there backwards every other is a step back.
    /// Three lie at 3/4, 1/2 and the end; five at 1/2, 1/3, 5/6, 2/3 and the end.
    fn swing(&self, from: Price, to: Price, nth: u64, share: u64) -> Price {
        if nth == share {
            return to;
        }
        let is_forward = (share - nth).is_multiple_of(2);
        let parts = if is_forward { nth + 2 } else { nth };
        let steps = i128::from(self.steps(from, to)) * i128::from(parts) / i128::from(share + 1);
        self.onward(from, to, i64::try_from(steps).expect("a part of a way is no longer than the way"))
    }

    /// Gives each point its tick: those beyond the points are spread by the length of the ways between them.
    fn place(&mut self, ticks: u64) {
        let last = self.last as u64;
        let spare = i128::from(ticks - 1 - last.min(ticks - 1));
        let whole: i128 = (1..=self.last).map(|index| i128::from(self.steps(self.points[index - 1], self.points[index]))).sum();
        let mut length = 0;
        for index in 1..=self.last {
            length += i128::from(self.steps(self.points[index - 1], self.points[index]));
            let share = if whole == 0 { spare } else { spare * length / whole };
            self.places[index] = index as u64 + u64::try_from(share).expect("a share of the spare ticks is no more than all of them");
        }
        assert!(self.last == 0 || self.places[self.last] == ticks - 1, "the Close is the last tick");
    }

    /// A tick between the point passed last and the next one.
    fn between(&self, place: u64) -> Price {
        let (from, to) = (self.points[self.passed], self.points[self.passed + 1]);
        let nth = (place - self.places[self.passed]).cast_signed();
        let ticks = (self.places[self.passed + 1] - self.places[self.passed]).cast_signed();
        let steps = self.steps(from, to);
        assert!(nth > 0 && nth < ticks, "a tick between two points");
        let idle = ticks - steps;
        if idle <= 0 {
            let done = i128::from(steps) * i128::from(nth) / i128::from(ticks);
            return self.onward(from, to, i64::try_from(done).expect("a part of a way is no longer than the way"));
        }
        // Back and forth in pairs, one tick that stays where they do not come out even, then straight on.
        let paired = idle - idle % 2;
        match nth {
            nth if nth <= paired && nth % 2 == 1 => self.aside(from, to),
            nth if nth <= idle => from,
            nth => self.onward(from, to, nth - idle),
        }
    }

    /// One step from `from` that stays within the bar, towards `to` where that is elsewhere.
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

    /// Whole steps between two prices.
    fn steps(&self, from: Price, to: Price) -> i64 {
        from.distance(to).raw() / self.step.raw()
    }
}

/// Divides the support points among the three ways: none to a way without length, and no more than it has steps, since
/// points of the same price would only dwell there.
fn shares(lengths: [u64; 3], support: u64) -> [u64; 3] {
    let mut shares = [0; 3];
    for _ in 0..support {
        // The least part of the ideal first (15 makes both ideals whole), so that no way goes without.
        let want = |index: &usize| (shares[*index] * 15 / IDEAL[*index], PREFERENCE.iter().position(|place| place == index));
        if let Some(index) = (0..3).filter(|index| shares[*index] < lengths[*index]).min_by_key(want) {
            shares[index] += 1;
        }
    }
    shares
}
