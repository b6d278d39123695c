//! A file that appears whole or not at all: written beside its target and renamed at the end.

use crate::data::error::DataError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file in the making. Dropped before [`Replacement::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Replacement {
    file: File,
    target: PathBuf,
    beside: PathBuf,
    finished: bool,
}

impl Replacement {
    /// Begins to write what will stand at `target`.
    ///
    /// # Errors
    /// [`DataError::Write`] when nothing can be written beside the target.
    pub fn create(target: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Write { path: target.into(), source };
        // A link is followed: what it points to is replaced, not the link.
        let resolved = fs::canonicalize(target).unwrap_or_else(|_| target.into());
        let target = resolved.as_path();
        if fs::metadata(target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Err(DataError::Write { path: target.into(), source: io::Error::other("it is no ordinary file") });
        }
        let name = target.file_name().ok_or_else(|| failed(io::Error::from(io::ErrorKind::IsADirectory)))?;
        // The number keeps two processes that write the same target apart.
        let beside = target.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
        let file = File::create(&beside).map_err(failed)?;
        Ok(Self { file, target: target.into(), beside, finished: false })
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
    pub fn finish(mut self) -> Result<(), DataError> {
        let moved = self.file.sync_all().and_then(|()| fs::rename(&self.beside, &self.target));
        self.finished = moved.is_ok();
        moved.map_err(|source| DataError::Write { path: self.target.clone(), source })
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing better can be done with a failure here than to leave the file lying.
            drop(fs::remove_file(&self.beside));
        }
    }
}
