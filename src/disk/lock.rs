//! One run at a place: a locked file beside it, or the file that it writes itself.
//!
//! The system lets go of the lock when its holder dies; the file that then stays behind is taken over by the next run.
//! The place itself is not locked: Windows can lock no folder, and rename none in which a file is open.

use crate::disk::unfinished::Unfinished;
use same_file::Handle;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// How often a file is opened that its last holder removes meanwhile.
const OPENINGS_MAX: u32 = 100;

/// Held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    // Removed before it is closed: whoever has opened it meanwhile then finds that it has lost its name.
    _name: Unfinished,
    _file: File,
}

impl Lock {
    /// Takes the lock that `path` names; none where another run holds it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        Ok(take_file(path)?.map(|(name, file)| Self { _name: name, _file: file }))
    }
}

/// Takes a file for this run alone, be it there or not; none where another run holds it. The file is held until it is closed,
/// and what a run held that has died is free.
///
/// # Errors
/// When the file system refuses.
pub fn take_file(path: &Path) -> io::Result<Option<(Unfinished, File)>> {
    for _ in 0..OPENINGS_MAX {
        match Unfinished::begin(path, hold) {
            Ok(taken) => return Ok(Some(taken)),
            Err(Refused::Held) => return Ok(None),
            Err(Refused::Removed) => {}
            Err(Refused::Failed(error)) => return Err(error),
        }
    }
    Err(io::Error::other("it is removed again and again while it is taken"))
}

/// Why a lock is not taken.
enum Refused {
    /// Another run holds it.
    Held,
    /// Its last holder removed the file after it was opened here: a lock on it would keep nobody away.
    Removed,
    Failed(io::Error),
}

fn hold(path: &Path) -> Result<File, Refused> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(Refused::Failed)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Refused::Held,
        TryLockError::Error(error) => Refused::Failed(error),
    })?;
    let held = file.try_clone().and_then(Handle::from_file).map_err(Refused::Failed)?;
    match Handle::from_path(path) {
        Ok(named) if named == held => Ok(file),
        Ok(_) => Err(Refused::Removed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Refused::Removed),
        Err(error) => Err(Refused::Failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_holder_at_a_time_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".r.lock");
        let first = Lock::take(&path).unwrap().unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        drop(first);
        assert!(!path.exists());
    }

    #[test]
    fn what_a_crash_left_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".r.lock");
        fs::write(&path, "").unwrap();
        assert!(Lock::take(&path).unwrap().is_some());
        assert!(!path.exists());
    }

    /// Files that are removed while others open them: never two holders at once.
    #[test]
    fn a_removed_file_keeps_nobody_away_and_is_not_relied_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".r.lock");
        let (holders, taken) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let Some(lock) = Lock::take(&path).unwrap() else { continue };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                        taken.fetch_add(1, Ordering::SeqCst);
                        holders.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert!(taken.load(Ordering::SeqCst) > 0);
    }
}
