//! The ends of the files so far: files that are joined must not overlap.

use crate::data::error::DataError;
use crate::domain::time::ServerMsc;
use std::path::{Path, PathBuf};

/// Where the next file must begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// At the last time of the earlier files or later, because ticks may share a millisecond.
    From,
    /// Later, because two bars of the same time contradict each other.
    After,
}

/// The end of the files so far, by the clock of the source.
#[derive(Debug, Default)]
pub struct Ends {
    latest: Option<ServerMsc>,
    earlier: PathBuf,
}

impl Ends {
    /// Checks that the file at `path`, whose first time is `first`, begins where it must.
    ///
    /// # Errors
    /// [`DataError::Overlap`].
    pub fn begin(
        &mut self,
        path: &Path,
        first: Option<ServerMsc>,
        begins: Begins,
    ) -> Result<(), DataError> {
        let Some(first) = first else { return Ok(()) };
        let earlier = std::mem::replace(&mut self.earlier, path.into());
        match self.latest {
            Some(end) if first < end || (first == end && begins == Begins::After) => {
                Err(DataError::Overlap { earlier, later: path.into(), end, begin: first })
            }
            _ => Ok(()),
        }
    }

    /// Takes the time of a row.
    #[inline]
    pub fn take(&mut self, time: ServerMsc) {
        self.latest = self.latest.max(Some(time));
    }
}
