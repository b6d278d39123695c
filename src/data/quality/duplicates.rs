//! Rows of one millisecond, and which of them are there twice.

use crate::data::quality::row::SourceRow;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;

/// So many rows of a millisecond are searched for duplicates; a file of one millisecond must not make this slow.
const DUPLICATES_MAX: usize = 64;

/// Remembers the rows of the present millisecond.
#[derive(Debug, Default)]
pub struct Duplicates {
    now: Option<ServerMsc>,
    /// Its rows, by the times of their source.
    rows: Vec<Tick>,
    /// Rows of the same millisecond as the row before.
    pub repeated_time: u64,
    /// Rows that are an earlier row of their millisecond once more.
    pub identical: u64,
}

impl Duplicates {
    /// Whether this row is there for the second time, also by the time of its source. A duplicate need not be the row before:
    /// feeds repeat `A B A`.
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
