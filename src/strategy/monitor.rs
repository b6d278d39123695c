//! Detects crossings of two lines on closed bars: remembers the last side and reports when it
//! changes.

use crate::domain::order::Side;
use serde::{Deserialize, Serialize};

/// The state of crossing detection for one strategy: on which side of the slow line the fast one
/// last was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct CrossMonitor {
    /// The last side on which the difference was not zero, so that a touch does not lose the
    /// signal; none before the first such bar.
    last: Option<Side>,
}

impl CrossMonitor {
    /// Takes the values of the two lines at a closed bar and returns the side of the crossing, if
    /// there is one: buy when the fast line comes to stand strictly above the slow one after it was
    /// last strictly below, sell for the reverse (executor 3.3). Bars on which the lines are equal
    /// change nothing.
    pub fn push(&mut self, fast: f64, slow: f64) -> Option<Side> {
        let now = if fast > slow {
            Side::Buy
        } else if fast < slow {
            Side::Sell
        } else {
            return None;
        };
        let previous = self.last.replace(now)?;
        (previous != now).then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_is_no_cross_and_loses_none() {
        let mut monitor = CrossMonitor::default();
        let seen: Vec<_> = [0.0, 1.0, 0.0, 1.0, 0.0, -1.0, -2.0, 0.0, 3.0]
            .into_iter()
            .map(|difference| monitor.push(difference, 0.0))
            .collect();
        assert_eq!(
            seen,
            [None, None, None, None, None, Some(Side::Sell), None, None, Some(Side::Buy)]
        );
    }
}
