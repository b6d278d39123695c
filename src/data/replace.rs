//! A file that appears whole or not at all: written beside its target and renamed at the end.

use crate::data::error::DataError;
use crate::disk::unfinished::{self, Unfinished};
use crate::disk::{self, beside};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file in the making. Dropped before [`Replacement::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Replacement {
    // Closed before it is removed.
    file: File,
    beside: Unfinished,
    target: PathBuf,
}

impl Replacement {
    /// Begins to write what will stand at `target`.
    ///
    /// # Errors
    /// [`DataError::Write`] when nothing can be written beside the target.
    pub fn create(target: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Write { path: target.into(), source };
        if fs::metadata(target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Err(DataError::Write { path: target.into(), source: io::Error::other("it is no ordinary file") });
        }
        // A link is followed: what it points to is replaced, not the link.
        let target = &*disk::followed(target).map_err(failed)?;
        let failed = |source| DataError::Write { path: target.into(), source };
        if target.file_name().is_none() {
            return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        // The number keeps two processes that write the same target apart.
        let beside = beside(target, &format!(".{}.partial", std::process::id()));
        let (beside, file) = Unfinished::begin(&beside, |path| File::create(path)).map_err(failed)?;
        Ok(Self { file, beside, target: target.into() })
    }

    /// Where it will stand.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`DataError::Write`]; what stood at the target is then untouched.
    pub fn finish(self) -> Result<(), DataError> {
        let Self { file, beside, target } = self;
        let moved = file.sync_all().and_then(|()| {
            drop(file);
            beside.place(|path| disk::rename(path, &target))
        });
        moved.map_err(|source| DataError::Write { path: target, source })
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unfinished::check()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
