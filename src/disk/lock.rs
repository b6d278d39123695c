//! Lets one run at a time use a place, by locking a file beside it or the file that the run itself
//! writes.
//!
//! The system releases the lock when its holder dies; the next run takes over the file that stays
//! behind. The place itself is not locked: Windows can lock no folder, and cannot rename one with
//! an open file in it.

use crate::disk::unfinished::Unfinished;
use same_file::Handle;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// How often to reopen a file that its last holder removes meanwhile.
const OPENINGS_MAX: u32 = 100;

/// A lock, held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    // Removed before it is closed: whoever has opened it meanwhile then sees that it has lost its
    // name.
    _name: Unfinished,
    _file: File,
}

impl Lock {
    /// Takes the lock with the name `path`; none when another run holds it.
    ///
    /// # Errors
    /// When the file system refuses, or the name belongs to something that no run has left: a link,
    /// a pipe, a file with content.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        for _ in 0..OPENINGS_MAX {
            check_left(path, true)?;
            match taken(path, OpenOptions::new().write(true).create(true).truncate(false))? {
                Taken::Now(name, file) => return Ok(Some(Self { _name: name, _file: file })),
                Taken::Held => return Ok(None),
                Taken::Removed => {}
            }
        }
        Err(removed_too_often())
    }
}

/// Creates a file that belongs to this run alone until it is closed.
///
/// # Errors
/// When the file system refuses, or the file exists already.
pub fn make_file(path: &Path) -> io::Result<(Unfinished, File)> {
    for _ in 0..OPENINGS_MAX {
        match taken(path, OpenOptions::new().write(true).create_new(true))? {
            Taken::Now(name, file) => return Ok((name, file)),
            // Another run checks whether it was left behind, and removes it.
            Taken::Held | Taken::Removed => {}
        }
    }
    Err(removed_too_often())
}

/// Removes a file that a killed run had made by [`make_file`]. One that a run still holds stays.
///
/// # Errors
/// When the file system refuses, or the name belongs to a link or a pipe.
pub fn remove_left_file(path: &Path) -> io::Result<()> {
    check_left(path, false)?;
    // Once taken, it is removed when it is released.
    taken(path, OpenOptions::new().write(true)).map(drop)
}

/// The result of trying to take a file.
enum Taken {
    Now(Unfinished, File),
    Held,
    Removed,
}

fn taken(path: &Path, how: &OpenOptions) -> io::Result<Taken> {
    match Unfinished::begin(path, |path| hold(path, how)) {
        Ok((name, file)) => Ok(Taken::Now(name, file)),
        Err(Refused::Held) => Ok(Taken::Held),
        Err(Refused::Removed) => Ok(Taken::Removed),
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// Checks that a run can have left what has this hidden name. Links and pipes are never opened.
fn check_left(path: &Path, is_lock: bool) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            Err(io::Error::other("it is no plain file: no run has left it, move it away"))
        }
        Ok(found) if is_lock && found.len() > 0 => {
            Err(io::Error::other("it is not empty: no run has left it, move it away"))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn removed_too_often() -> io::Error {
    io::Error::other("it is removed again and again while it is taken")
}

/// Why a lock was not taken.
enum Refused {
    /// Another run holds it.
    Held,
    /// Its last holder removed the file after it was opened here, so a lock on it would keep nobody
    /// away.
    Removed,
    Failed(io::Error),
}

fn hold(path: &Path, how: &OpenOptions) -> Result<File, Refused> {
    let file = how.open(path).map_err(Refused::Failed)?;
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

    #[test]
    fn what_no_run_has_left_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".r.lock");
        fs::write(&path, "mine").unwrap();
        assert!(Lock::take(&path).unwrap_err().to_string().contains("not empty"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(Lock::take(&path).unwrap_err().to_string().contains("no plain file"));
        #[cfg(unix)]
        {
            let victim = dir.path().join("victim");
            fs::write(&victim, "mine").unwrap();
            let link = dir.path().join(".t.partial");
            std::os::unix::fs::symlink(&victim, &link).unwrap();
            assert!(
                make_file(&link).is_err()
                    && remove_left_file(&link).is_err()
                    && Lock::take(&link).is_err()
            );
            assert_eq!(
                (fs::read_to_string(&victim).unwrap().as_str(), link.is_symlink()),
                ("mine", true)
            );
        }
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
