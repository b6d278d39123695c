//! What is begun and not in its place yet: hidden files and folders that nobody shall find afterwards.
//!
//! Each takes itself away when it is dropped unplaced. A process that is told to end drops nothing, so all are listed:
//! [`abandon`] takes them away and holds up whoever would begin, place or drop one, until the process is gone.

use crate::disk::remove;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is tried to remove a folder into which another thread still writes, and the pause between.
const REMOVALS_MAX: u32 = 20;
const REMOVAL_PAUSE: Duration = Duration::from_millis(5);

static LISTED: Mutex<List> = Mutex::new(List { paths: BTreeMap::new(), next: 0 });

/// All of this process, in the order in which they were begun.
#[derive(Debug)]
struct List {
    paths: BTreeMap<u64, PathBuf>,
    next: u64,
}

/// A file or folder in the making. Dropped before [`Unfinished::place`], it is removed.
#[derive(Debug)]
pub struct Unfinished {
    number: u64,
    path: PathBuf,
}

impl Unfinished {
    /// Begins what stands at `path` by `act`, during which nobody ends the process in order. What `act` gives comes back
    /// beside it; where it fails, nothing is begun.
    ///
    /// # Errors
    /// That of `act`.
    pub fn begin<T, E>(path: &Path, act: impl FnOnce(&Path) -> Result<T, E>) -> Result<(Self, T), E> {
        let mut list = list();
        let made = act(path)?;
        let number = list.next;
        list.next += 1;
        list.paths.insert(number, path.to_owned());
        Ok((Self { number, path: path.to_owned() }, made))
    }

    /// Where it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place by `act`, during which nobody ends the process in order. Where that fails, it is removed.
    ///
    /// # Errors
    /// That of `act`.
    pub fn place<E>(self, act: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
        let mut list = list();
        let placed = act(&self.path);
        if placed.is_ok() {
            list.paths.remove(&self.number);
        }
        drop(list);
        placed
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut list = list();
        if list.paths.remove(&self.number).is_some() {
            // Nobody is left to be told of a failure; the next run clears what stays.
            let _ = remove(&self.path);
        }
    }
}

/// Held until the process is gone.
#[derive(Debug)]
pub struct Abandoned {
    _list: MutexGuard<'static, List>,
}

/// Removes all that is unfinished, the last first: what is being placed is finished before.
#[must_use]
pub fn abandon() -> Abandoned {
    let list = list();
    for path in list.paths.values().rev() {
        for _ in 0..REMOVALS_MAX {
            if remove(path).is_ok() {
                break;
            }
            std::thread::sleep(REMOVAL_PAUSE);
        }
    }
    Abandoned { _list: list }
}

/// Waits for the end of the process where it has been told to end, so that what was taken away from under a run is not
/// told as its failure.
pub fn wait_if_abandoned() {
    drop(list());
}

fn list() -> MutexGuard<'static, List> {
    // Paths are inserted and removed whole: a panic between leaves nothing half.
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io;

    #[test]
    fn what_is_not_placed_is_removed_with_all_that_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".r.part");
        let (begun, ()) = Unfinished::begin(&path, |path| fs::create_dir_all(path.join("ticks"))).unwrap();
        fs::write(path.join("ticks/a"), "1").unwrap();
        drop(begun);
        assert!(!path.exists());
    }

    #[test]
    fn what_cannot_be_begun_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("another's");
        fs::write(&path, "1").unwrap();
        assert!(Unfinished::begin(&path, |path| fs::create_dir(path)).is_err());
        assert!(path.exists());
    }

    #[test]
    fn what_is_placed_stays_and_what_cannot_be_placed_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let (path, target) = (dir.path().join(".a"), dir.path().join("a"));
        let begin = || Unfinished::begin(&path, |path| fs::write(path, "1")).unwrap().0;
        begin().place(|path| fs::rename(path, &target)).unwrap();
        assert!(target.exists());
        let refused = begin().place(|_| Err(io::Error::other("no")));
        assert_eq!((refused.unwrap_err().to_string().as_str(), path.exists()), ("no", false));
    }
}
