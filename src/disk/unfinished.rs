//! What is begun and not in its place yet: hidden files and folders that nobody shall find afterwards.
//!
//! Each takes itself away when it is dropped unplaced. A process that is told to end may drop nothing, so all are listed:
//! [`abandon`] waits until whoever writes has noticed and dropped them, takes away what is left, and holds up whoever
//! would begin or place another one, until the process is gone.

use crate::disk::remove;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is looked whether what is unfinished has gone, and the pause between: half a second for whoever writes,
/// and as long for a folder into which somebody still does.
const LOOKS_MAX: u32 = 100;
const LOOK_PAUSE: Duration = Duration::from_millis(5);

static LISTED: Mutex<List> = Mutex::new(List { paths: BTreeMap::new(), next: 0 });
static ENDING: AtomicBool = AtomicBool::new(false);

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

/// Has all that is unfinished taken away: what is being placed is finished before.
///
/// Whoever writes has a moment to drop it, since not every file system removes what is open; the rest is removed from
/// under it, the last first.
#[must_use]
pub fn abandon() -> Abandoned {
    ENDING.store(true, Ordering::Relaxed);
    for _ in 0..LOOKS_MAX {
        if list().paths.is_empty() {
            break;
        }
        std::thread::sleep(LOOK_PAUSE);
    }
    let list = list();
    for path in list.paths.values().rev() {
        for _ in 0..LOOKS_MAX {
            if remove(path).is_ok() {
                break;
            }
            std::thread::sleep(LOOK_PAUSE);
        }
    }
    Abandoned { _list: list }
}

/// Asked before something is written that is not in its place yet.
///
/// # Errors
/// When the process has been told to end: there is no use in writing on.
pub fn check() -> io::Result<()> {
    if ENDING.load(Ordering::Relaxed) { Err(io::Error::other("the process has been told to end")) } else { Ok(()) }
}

/// Waits for the end of a process that has been told to end, so that what it broke off is not told as a failure.
pub fn wait_if_ending() {
    while ENDING.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_PAUSE);
    }
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
