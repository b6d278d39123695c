//! A strategy's eye on its bars: remembers the last side of the cross and says when it changes.

use crate::domain::order::Side;
use serde::{Deserialize, Serialize};

/// What the last closed bars of one strategy came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CrossMonitor {
    /// The last side on which the difference was not zero, so that a touch does not lose the signal.
    last: Option<Side>,
}

impl CrossMonitor {
    /// Takes the two lines at a closed bar; gives the side of the crossing, if this bar is one: the previous difference
    /// on the other side or zero, the present one strictly on this side (executor 3.3).
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
        let seen: Vec<_> =
            [0.0, 1.0, 0.0, 1.0, 0.0, -1.0, -2.0, 0.0, 3.0].into_iter().map(|difference| monitor.push(difference, 0.0)).collect();
        assert_eq!(seen, [None, None, None, None, None, Some(Side::Sell), None, None, Some(Side::Buy)]);
    }
}
