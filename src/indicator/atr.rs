//! ATR as MT5's stock indicator: the simple mean of the last `n` true ranges; the first bar has none.

use crate::indicator::window::Window;
use serde::{Deserialize, Serialize};

/// Average true range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atr {
    window: Window,
    previous_close: Option<f64>,
}

impl Atr {
    /// Over `period` true ranges.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { window: Window::new(period as usize), previous_close: None }
    }

    /// Takes a bar; gives the mean once `period` true ranges are known.
    pub fn push(&mut self, high: f64, low: f64, close: f64) -> Option<f64> {
        let previous = self.previous_close.replace(close)?;
        self.window.push(high.max(previous) - low.min(previous));
        self.window.mean()
    }
}
