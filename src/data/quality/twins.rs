//! Rows of one millisecond, and which of them are there twice.

use crate::domain::tick::Tick;

/// So many rows of a millisecond are searched for twins; a file of one millisecond must not make this slow.
const TWINS_MAX: usize = 64;

/// Remembers the rows of the present millisecond.
#[derive(Debug, Default)]
pub struct Twins {
    same_msc: Vec<Tick>,
    /// Rows of the same millisecond as the row before.
    pub repeated_time: u64,
    /// Rows that are an earlier row of their millisecond once more.
    pub identical: u64,
}

impl Twins {
    /// Whether this row is there for the second time. A twin need not be the row before: feeds repeat `A B A`.
    #[inline]
    pub fn is_twin(&mut self, tick: &Tick) -> bool {
        if self.same_msc.last().is_none_or(|before| before.time_msc != tick.time_msc) {
            self.same_msc.clear();
            self.same_msc.push(*tick);
            return false;
        }
        self.repeated_time += 1;
        let twin = self.same_msc.contains(tick);
        self.identical += u64::from(twin);
        if self.same_msc.len() < TWINS_MAX {
            self.same_msc.push(*tick);
        }
        twin
    }
}
