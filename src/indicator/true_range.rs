//! The true range, in raw units of 10⁻⁹. ATR and ADX are computed from it.

use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The running state of the true range: the close of the previous bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TrueRange {
    previous_close: Option<i64>,
}

impl TrueRange {
    /// The true range of a bar: max(high, previous close) − min(low, previous close), in raw units
    /// of 10⁻⁹; none for the first bar.
    pub fn push(&mut self, bar: &Bar) -> Option<i128> {
        let previous = self.previous_close.replace(bar.close.raw())?;
        Some(i128::from(bar.high.raw().max(previous)) - i128::from(bar.low.raw().min(previous)))
    }
}
