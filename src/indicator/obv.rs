//! On-balance volume: tick volume added on rising closes and subtracted on falling ones.

use crate::domain::amount::Price;
use crate::indicator::mean::ratio;
use crate::indicator::plain::ticks;
use crate::indicator::sound::sound;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// On-balance volume of tick volume; it begins with the first bar's volume, and an equal close
/// changes nothing (OBV.mq5, edition of 2020). Its level depends on where the history begins: only
/// its changes mean anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Obv {
    total: i128,
    close: Option<Price>,
}

sound!(Obv { total: figure, close: free });

impl Obv {
    /// A new state that has seen no bar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a closed bar and returns the balance, from the first bar on.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let volume = ticks(bar);
        let before = self.close.replace(bar.close);
        self.total += match before {
            Some(before) if bar.close == before => 0,
            Some(before) if bar.close < before => -volume,
            _ => volume,
        };
        ratio(self.total, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::testing::{check, check_largest, volume, walk, whole};
    use proptest::prelude::*;

    #[test]
    fn a_table_worked_by_hand() {
        let mut obv = Obv::new();
        for (close, volume, expect) in
            [(5, 7, 7.0), (6, 4, 11.0), (6, 9, 11.0), (5, 20, -9.0), (8, 0, -9.0)]
        {
            assert_eq!(obv.push(&whole(0, (9, 1, close), volume)), Some(expect), "{close}");
        }
    }

    proptest! {
        #[test]
        fn the_definition_agrees(bars in walk(), cut in 0_usize..150) {
            check(&Obv::new(), &bars, cut, |state, bar| [state.push(bar)], |bars| {
                let changes = bars.windows(2).map(|pair| match pair[1].close.cmp(&pair[0].close) {
                    std::cmp::Ordering::Less => -(volume(&pair[1])),
                    std::cmp::Ordering::Equal => 0.0,
                    std::cmp::Ordering::Greater => volume(&pair[1]),
                });
                [Some(volume(&bars[0]) + changes.sum::<f64>())]
            });
        }
    }

    #[test]
    fn the_largest_fit() {
        check_largest(Obv::new(), |state, bar| [state.push(bar)]);
    }
}
