//! Puts rows in order of time, or applies the policy to those that are not.

use crate::data::error::DataError;
use crate::data::quality::policy::Policy;
use crate::data::quality::row::SourceRow;
use crate::domain::time::ServerMsc;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

/// How many rows late a row may come and still be moved to its place: the number of rows held in
/// memory.
pub(super) const LATE_ROWS_MAX: usize = 1 << 16;

/// Passes rows on in order of time.
#[derive(Debug)]
pub struct RowOrder {
    policy: Policy,
    /// The latest time seen.
    latest: ServerMsc,
    /// The latest time passed on.
    given: ServerMsc,
    waiting: BinaryHeap<Reverse<Waiting>>,
    taken: u64,
    /// The number of rows that came after a later one.
    pub late: u64,
}

/// A row that waits for others that may come before it. Rows of the same time keep the order of the
/// file.
#[derive(Debug)]
struct Waiting {
    at: (ServerMsc, u64),
    row: SourceRow,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl RowOrder {
    /// An order that has seen no row.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            latest: ServerMsc(i64::MIN),
            given: ServerMsc(i64::MIN),
            waiting: BinaryHeap::new(),
            taken: 0,
            late: 0,
        }
    }

    /// Takes a row of one of `files`, and returns the next row in order, if there is one.
    ///
    /// # Errors
    /// [`DataError::Refused`] when the policy says so, [`DataError::TooLate`] when a row cannot be
    /// moved to its place.
    #[inline]
    pub fn push(
        &mut self,
        files: &[PathBuf],
        mut row: SourceRow,
    ) -> Result<Option<SourceRow>, DataError> {
        let late = row.tick.time_msc < self.latest;
        if !late {
            self.latest = row.tick.time_msc;
            if self.policy != Policy::Fix {
                return Ok(Some(row));
            }
        }
        self.late += u64::from(late);
        match self.policy {
            Policy::Fix => self.sort_in(files, row),
            Policy::Drop => Ok(None),
            Policy::Keep => {
                row.tick.time_msc = self.latest;
                Ok(Some(row))
            }
            Policy::Fail => {
                let what = format!(
                    "time goes back from {} to {}; rows must be in the order of time",
                    self.latest, row.tick.time_msc
                );
                Err(DataError::Refused {
                    path: files[row.file].clone(),
                    place: row.place,
                    what,
                    option: "--on-out-of-order",
                })
            }
        }
    }

    /// The next of the waiting rows, when no more will come.
    pub fn pop(&mut self) -> Option<SourceRow> {
        let Reverse(next) = self.waiting.pop()?;
        self.given = next.row.tick.time_msc;
        Some(next.row)
    }

    fn sort_in(
        &mut self,
        files: &[PathBuf],
        row: SourceRow,
    ) -> Result<Option<SourceRow>, DataError> {
        if row.tick.time_msc < self.given {
            return Err(DataError::TooLate {
                path: files[row.file].clone(),
                place: row.place,
                time: row.tick.time_msc,
                rows: LATE_ROWS_MAX,
            });
        }
        self.taken += 1;
        self.waiting.push(Reverse(Waiting { at: (row.tick.time_msc, self.taken), row }));
        Ok(if self.waiting.len() > LATE_ROWS_MAX { self.pop() } else { None })
    }
}
