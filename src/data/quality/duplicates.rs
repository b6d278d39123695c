//! Rows of one millisecond, and which of them occur twice.

use crate::data::quality::row::SourceRow;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;

/// How many rows of a millisecond are searched for duplicates, so that a file of a single
/// millisecond is not slow.
const DUPLICATES_MAX: usize = 64;

/// Remembers the rows of the present millisecond.
#[derive(Debug, Default)]
pub struct Duplicates {
    now: Option<ServerMsc>,
    /// Its rows, with their times in the source.
    rows: Vec<Tick>,
    /// The number of rows of the same millisecond as the row before.
    pub repeated_time: u64,
    /// The number of rows that repeat an earlier row of their millisecond.
    pub identical: u64,
}

impl Duplicates {
    /// Whether this row occurs for the second time, also by its time in the source. A duplicate
    /// need not follow directly: feeds repeat `A B A`.
    #[inline]
    pub fn is_duplicate(&mut self, row: &SourceRow) -> bool {
        let tick = Tick { time_msc: row.source_msc, ..row.tick };
        if self.now.replace(row.tick.time_msc) != Some(row.tick.time_msc) {
            self.rows.clear();
            self.rows.push(tick);
            return false;
        }
        self.repeated_time += 1;
        let duplicate = self.rows.contains(&tick);
        self.identical += u64::from(duplicate);
        if self.rows.len() < DUPLICATES_MAX {
            self.rows.push(tick);
        }
        duplicate
    }
}
