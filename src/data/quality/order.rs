//! Rows in the order of time, or what is done with those that are not.

use crate::data::error::DataError;
use crate::data::quality::policy::Policy;
use crate::data::quality::row::SourceRow;
use crate::domain::time::ServerMsc;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

/// How many rows late a row may come to be put where it belongs: what is held in memory.
pub(super) const LATE_ROWS_MAX: usize = 1 << 16;

/// Gives rows on in the order of time.
#[derive(Debug)]
pub struct RowOrder {
    policy: Policy,
    /// The latest time seen.
    latest: ServerMsc,
    /// The latest time given on.
    given: ServerMsc,
    waiting: BinaryHeap<Reverse<Waiting>>,
    taken: u64,
    /// Rows that came after a later one.
    pub late: u64,
}

/// A row that waits for those that may still come before it; of one time in the order of the file.
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
    /// That has seen nothing.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy, latest: ServerMsc(i64::MIN), given: ServerMsc(i64::MIN), waiting: BinaryHeap::new(), taken: 0, late: 0 }
    }

    /// Takes a row of one of `files`; gives the one that is next, if one is.
    ///
    /// # Errors
    /// [`DataError::Refused`] where the policy wants it, [`DataError::TooLate`] when a row cannot be put where it belongs.
    #[inline]
    pub fn push(&mut self, files: &[PathBuf], mut row: SourceRow) -> Result<Option<SourceRow>, DataError> {
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
                let what = format!("time goes back from {} to {}; rows must be in the order of time", self.latest, row.tick.time_msc);
                Err(DataError::Refused { path: files[row.file].clone(), place: row.place, what, option: "--on-out-of-order" })
            }
        }
    }

    /// The next of the rows that wait, when no more will come.
    pub fn pop(&mut self) -> Option<SourceRow> {
        let Reverse(next) = self.waiting.pop()?;
        self.given = next.row.tick.time_msc;
        Some(next.row)
    }

    fn sort_in(&mut self, files: &[PathBuf], row: SourceRow) -> Result<Option<SourceRow>, DataError> {
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
