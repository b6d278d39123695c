//! The random numbers for drawing sessions: one stream for each use, all from the seed.

use crate::sim::random::RandomStream;

/// A stream of draws.
#[derive(Debug)]
pub struct Dice(RandomStream);

impl Dice {
    /// The stream for one use.
    #[must_use]
    pub fn new(using: &str, seed: u64) -> Self {
        Self(RandomStream::new(&format!("torture {using}"), seed))
    }

    /// From `min` to `max`, both included.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        self.0.between(min, max)
    }

    /// From `min` to `max`, both included, for small figures.
    pub fn small(&mut self, min: u32, max: u32) -> u32 {
        u32::try_from(self.0.between(u64::from(min), u64::from(max))).unwrap_or(max)
    }

    /// An index into something of this length.
    pub fn place(&mut self, length: usize) -> usize {
        assert!(length > 0, "there is something to choose from");
        usize::try_from(self.0.between(0, length as u64 - 1)).unwrap_or(0)
    }

    /// One of these items.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.place(from.len())]
    }

    /// True in so many of 100 cases.
    pub fn percent(&mut self, of_100: u64) -> bool {
        self.0.between(0, 99) < of_100
    }

    /// Something in so many of 100 cases, otherwise none.
    pub fn maybe<T>(&mut self, of_100: u64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.percent(of_100) { Some(make(self)) } else { None }
    }
}
