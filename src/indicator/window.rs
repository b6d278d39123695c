//! The last `n` values and their order: what windowed indicators keep.

use serde::{Deserialize, Serialize};

/// A ring of the last `n` values; it allocates once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    values: Vec<f64>,
    length: usize,
    next: usize,
}

impl Window {
    /// An empty window of `length` values.
    ///
    /// # Panics
    /// If `length` is 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        assert!(length > 0, "a window holds at least one value");
        Self { values: Vec::with_capacity(length), length, next: 0 }
    }

    /// Takes a value; the oldest leaves once the window is full.
    pub fn push(&mut self, value: f64) {
        if self.values.len() < self.length {
            self.values.push(value);
        } else {
            self.values[self.next] = value;
        }
        self.next = (self.next + 1) % self.length;
    }

    /// Whether it holds `length` values.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.values.len() == self.length
    }

    /// The mean of the values, summed oldest first: the same values give the same bits wherever the ring stands, and no
    /// error creeps in from adding and subtracting. None until full.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a window is far shorter than 2^53")]
    pub fn mean(&self) -> Option<f64> {
        if !self.is_full() {
            return None;
        }
        let (newer, older) = self.values.split_at(self.next);
        Some(older.iter().chain(newer).sum::<f64>() / self.length as f64)
    }
}
