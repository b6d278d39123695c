//! Momentum as in MT5: a percentage of the price `n` bars ago, 100 when nothing changed (TA-Lib's
//! MOM is a difference).

use crate::indicator::mean::ratio;
use crate::indicator::ring::Ring;
use crate::indicator::sound::sound;
use serde::{Deserialize, Serialize};

/// 100·p/p\[n\], from bar `n` on (Momentum.mq5, edition of 2020).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Momentum {
    prices: Ring<i128>,
}

sound!(Momentum { prices: part });

impl Momentum {
    /// A new state that compares with the price `period` bars ago.
    ///
    /// # Panics
    /// If `period` is 0.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { prices: Ring::new(period) }
    }

    /// Takes a closed bar's price, in any unit that stays the same. Returns a value once there is a
    /// price `period` bars ago, and none when that price is 0.
    pub fn push(&mut self, price: i128) -> Option<f64> {
        let before = self.prices.push(price)?;
        ratio(100 * price, before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_forgets, check_largest, walk};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut momentum = Momentum::new(2);
        for (price, expect) in [
            (4, None),
            (5, None),
            (5, Some(125.0)),
            (4, Some(80.0)),
            (0, Some(0.0)),
            (8, Some(200.0)),
            (7, None),
        ] {
            assert_eq!(momentum.push(price), expect, "{price}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), period in 1_u32..12, cut in 0_usize..150) {
            check(&Momentum::new(period), &bars, cut, |state, bar| [state.push(bar.close.raw().into())], |bars| {
                let before = (bars.len() - 1).checked_sub(period as usize);
                [before.map(|before| bars[bars.len() - 1].close.to_f64() * 100.0 / bars[before].close.to_f64())]
            });
            check_forgets(&Momentum::new(period), &bars, period as usize + 1, |state, bar| [state.push(bar.close.raw().into())]);
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Momentum::new(10_000), |state, bar| [state.push(bar.high.raw().into())]);
    }
}
