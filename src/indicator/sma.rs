//! SMA: the mean of the last `n` closes.

use crate::indicator::window::Window;
use serde::{Deserialize, Serialize};

/// Simple moving average of closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sma {
    window: Window,
}

impl Sma {
    /// Over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self { window: Window::new(period as usize) }
    }

    /// Takes a close; gives the mean once `period` bars have closed.
    pub fn push(&mut self, close: f64) -> Option<f64> {
        self.window.push(close);
        self.window.mean()
    }
}
