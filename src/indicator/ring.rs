//! The last `n` values in order, as windowed indicators need them.

use crate::domain::flaw::{Checked, must};
use crate::indicator::sound::{Figure, Sound, same};
use serde::{Deserialize, Serialize};

/// A ring of the last `n` values; it allocates once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring<T> {
    values: Vec<T>,
    length: u32,
    next: usize,
}

impl<T: Copy> Ring<T> {
    /// An empty ring for `length` values.
    ///
    /// # Panics
    /// If `length` is 0.
    #[must_use]
    pub fn new(length: u32) -> Self {
        assert!(length > 0, "a ring holds at least one value");
        Self { values: Vec::with_capacity(length as usize), length, next: 0 }
    }

    /// Takes a value and returns the oldest one, which leaves once the ring is full.
    pub fn push(&mut self, value: T) -> Option<T> {
        let place = self.next;
        self.next = if place + 1 == self.length as usize { 0 } else { place + 1 };
        if let Some(kept) = self.values.get_mut(place) {
            return Some(std::mem::replace(kept, value));
        }
        // A ring that was read back has only the capacity for its values. This reserves the rest
        // once, and later does nothing.
        self.values.reserve_exact(self.length as usize - self.values.len());
        self.values.push(value);
        None
    }

    /// Whether it holds as many values as it can.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.values.len() == self.length as usize
    }

    /// How many values it can hold.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// The place that the next value takes. It names the value as long as it stays.
    #[must_use]
    pub const fn next_place(&self) -> usize {
        self.next
    }
}

impl<T: Copy> Ring<T> {
    /// The values in the order of their places.
    #[must_use]
    pub fn by_place(&self) -> &[T] {
        &self.values
    }

    /// The values, oldest first.
    pub fn oldest_first(&self) -> impl Iterator<Item = T> {
        let (newer, older) = self.values.split_at(if self.is_full() { self.next } else { 0 });
        older.iter().chain(newer).copied()
    }
}

impl<T: Figure> Sound for Ring<T> {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { values, length, next } = self;
        same("length", length, &fresh.length)?;
        let most = *length as usize;
        must(values.len() <= most, "values", &format!("must not be more than {most}"))?;
        must(
            *next < most && (values.len() == most || *next == values.len()),
            "next",
            "must be the place that the next value takes",
        )?;
        must(values.iter().all(T::is_figure), "values", "are beyond what bars lead to")
    }
}
