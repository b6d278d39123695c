//! CCI: the distance of the price from its mean, in units of the mean distance of the last prices
//! from that mean.

use crate::domain::flaw::Checked;
use crate::indicator::applied_price::Sample;
use crate::indicator::mean::nearest;
use crate::indicator::ranked::Ranked;
use crate::indicator::ring::Ring;
use crate::indicator::sound::{Sound, derived, part};
use serde::{Deserialize, Serialize};

/// Lambert's constant.
const LAMBERT: f64 = 0.015;

/// The running state of the commodity channel index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cci {
    ring: Ring<i128>,
    total: i128,
    ranked: Ranked,
}

impl Sound for Cci {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { ring, total, ranked } = self;
        part("ring", ring, &fresh.ring)?;
        let sum = ring.oldest_first().try_fold(0_i128, i128::checked_add);
        derived(sum == Some(*total), "total")?;
        // Only one tree has these values at these places.
        let mut again = fresh.ranked.clone();
        (0..).zip(ring.by_place()).for_each(|(place, units)| again.insert(place, *units));
        derived(*ranked == again, "ranked")
    }
}

impl Cci {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { ring: Ring::new(period), total: 0, ranked: Ranked::new(period) }
    }

    /// Takes a price and returns the index once `period` of them are in. When all are equal it is
    /// 0.
    ///
    /// # Panics
    /// Never: a ring has at most as many places as a period has bars.
    pub fn push(&mut self, price: Sample) -> Option<f64> {
        let Ok(place) = u32::try_from(self.ring.next_place()) else {
            unreachable!("a period is 32 bits")
        };
        if self.ring.is_full() {
            self.ranked.remove(place);
        }
        self.total += price.units - self.ring.push(price.units).unwrap_or(0);
        self.ranked.insert(place, price.units);
        self.ring.is_full().then(|| self.index(price.units))
    }

    /// With S = Σx, the mean distance is Σ|n·x − S| / n², and the parts below and above the mean
    /// are equal.
    fn index(&self, now: i128) -> f64 {
        let length = i128::from(self.ring.length());
        let (count, sum) = self.ranked.up_to(self.total.div_euclid(length));
        let distances = 2 * (i128::from(count) * self.total - length * sum);
        if distances == 0 {
            return 0.0;
        }
        nearest(length * (length * now - self.total)) / (LAMBERT * nearest(distances))
    }
}
