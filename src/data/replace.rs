//! A file that appears complete or not at all: written next to its target and renamed at the end.

use crate::data::error::DataError;
use crate::disk::lock::{make_file, remove_left_file};
use crate::disk::unfinished::{self, Unfinished};
use crate::disk::{self, beside};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file being written. Dropped before [`Replacement::finish`], it leaves nothing behind.
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
    /// [`DataError::Write`] when nothing can be written beside the target, or its owner may not
    /// write to it.
    pub fn create(target: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Write { path: target.into(), source };
        match fs::metadata(target) {
            Ok(found) if found.is_dir() => {
                return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
            }
            Ok(found) if !found.is_file() => {
                return Err(failed(io::Error::other("it is no ordinary file")));
            }
            Ok(_) if disk::is_write_protected(target) => {
                return Err(failed(io::Error::other(
                    "it is write-protected: allow its owner to write to it, or name another file",
                )));
            }
            _ => {}
        }
        // A link is followed: its target is replaced, and the link stays.
        let target = &*disk::followed(target).map_err(failed)?;
        let failed = |source| DataError::Write { path: target.into(), source };
        if target.file_name().is_none() {
            return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        clear(target);
        // The number keeps apart two processes that write the same target.
        let (beside, file) = make_file(&partial(target, std::process::id())).map_err(failed)?;
        // Before anything is in it that not all may read.
        disk::keep_mode(target, beside.path()).map_err(failed)?;
        Ok(Self { file, beside, target: target.into() })
    }

    /// The path that it will have.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Moves the file to its place.
    ///
    /// # Errors
    /// [`DataError::Write`]. What was at the target is then untouched.
    pub fn finish(self) -> Result<(), DataError> {
        let Self { file, beside, target } = self;
        // The lock is held until the file has its name, because another run would remove a file
        // that nobody holds.
        let moved = file.sync_all().and_then(|()| beside.place(|path| disk::rename(path, &target)));
        drop(file);
        moved.map_err(|source| DataError::Write { path: target, source })
    }
}

/// The path at which the process with this number writes, next to `target`.
fn partial(target: &Path, process: u32) -> PathBuf {
    beside(target, &format!(".{process}.tickdeck-partial"))
}

/// Removes what killed runs left next to `target`, which no process holds. Failures are ignored.
fn clear(target: &Path) {
    let Ok(entries) = fs::read_dir(disk::parent(target)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_suffix(".tickdeck-partial")?.rsplit_once('.')?.1.parse().ok()
        });
        let is_left = |process| entry.path().file_name() == partial(target, process).file_name();
        if number.is_some_and(is_left) {
            let _ = remove_left_file(&entry.path());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_killed_runs_left_is_cleared_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("t.csv");
        let others = [
            ".t.csv.7.partial",
            ".t.csv.x.tickdeck-partial",
            ".t.csv.07.tickdeck-partial",
            ".u.csv.7.tickdeck-partial",
        ];
        let all = others.into_iter().chain([".t.csv.7.tickdeck-partial"]);
        all.for_each(|name| fs::write(dir.path().join(name), "half").unwrap());
        let written_by_another = make_file(&dir.path().join(".t.csv.8.tickdeck-partial")).unwrap();
        let mut file = Replacement::create(&target).unwrap();
        assert!(
            !dir.path().join(".t.csv.7.tickdeck-partial").exists()
                && dir.path().join(".t.csv.8.tickdeck-partial").exists()
        );
        // Nobody else writes it under this process's number.
        assert!(Replacement::create(&target).unwrap_err().to_string().contains("t.csv"));
        file.write_all(b"whole").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "whole");
        drop(written_by_another);
        let mut left: Vec<String> = others.map(String::from).into();
        left.push("t.csv".to_owned());
        left.sort();
        assert_eq!(names(dir.path()), left);
    }

    #[test]
    fn a_longer_one_that_was_left_does_not_show_through() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("t.csv");
        fs::write(partial(&target, std::process::id()), "a long rest").unwrap();
        let mut file = Replacement::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(
            (fs::read_to_string(&target).unwrap().as_str(), names(dir.path())),
            ("new", vec!["t.csv".to_owned()])
        );
    }
}
