//! Hidden files and folders that have been begun and are not in their place yet. None of them must be left behind.
//!
//! Each removes itself when it is dropped before it was placed. A process that is told to end may not drop anything, so all are
//! listed: [`abandon`] waits until the writers have noticed and dropped theirs, removes what is left, and blocks anyone who would
//! begin or place another one until the process is gone.

use crate::disk::remove;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often, and with what pause, to look whether all are gone: half a second for the writers, and as long for a folder that is
/// still being written to.
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

/// A file or folder being written. Dropped before [`Unfinished::place`], it is removed.
#[derive(Debug)]
pub struct Unfinished {
    number: u64,
    path: PathBuf,
}

impl Unfinished {
    /// Begins `path` by `act`; an orderly end of the process waits for it. Returns what `act` returns, too. When `act` fails,
    /// nothing is begun.
    ///
    /// # Errors
    /// The error of `act`.
    pub fn begin<T, E>(path: &Path, act: impl FnOnce(&Path) -> Result<T, E>) -> Result<(Self, T), E> {
        let mut list = list();
        let made = act(path)?;
        let number = list.next;
        list.next += 1;
        list.paths.insert(number, path.to_owned());
        Ok((Self { number, path: path.to_owned() }, made))
    }

    /// The path at which it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to its place by `act`; an orderly end of the process waits for it. When `act` fails, it is removed.
    ///
    /// # Errors
    /// The error of `act`.
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
            // There is nobody left to report a failure to; the next run removes what stays.
            let _ = remove(&self.path);
        }
    }
}

/// Must be held until the process is gone.
#[derive(Debug)]
pub struct Abandoned {
    _list: MutexGuard<'static, List>,
}

/// Removes everything unfinished, after waiting for placements under way.
///
/// Writers get a moment to drop theirs, because not every file system can remove open files. The rest is then removed regardless,
/// the latest first.
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

/// To be called before each write to something that is not in its place yet.
///
/// # Errors
/// When the process has been told to end, so that writing on is of no use.
pub fn check() -> io::Result<()> {
    if ENDING.load(Ordering::Relaxed) { Err(io::Error::other("the process has been told to end")) } else { Ok(()) }
}

/// Waits for the end of a process that has been told to end, so that an interrupted operation is not reported as a failure.
pub fn wait_if_ending() {
    while ENDING.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_PAUSE);
    }
}

fn list() -> MutexGuard<'static, List> {
    // Each insertion or removal of a path is complete, so a panic in between leaves the list intact.
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
