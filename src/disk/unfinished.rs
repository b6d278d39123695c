//! Hidden files and folders that have been begun and are not in their place yet. None of them must
//! be left behind.
//!
//! Each removes itself when it is dropped before it was placed. A process that is told to end may
//! not drop anything, so all are listed: [`abandon`] waits until the writers have noticed and
//! dropped theirs, removes what is left, and blocks anyone who would begin or place another one
//! until the process is gone.

use crate::disk::remove;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often, and with what pause, to look whether all are gone: half a second for the writers, and
/// as long for a folder that is still being written to.
const LOOKS_MAX: u32 = 100;
const LOOK_PAUSE: Duration = Duration::from_millis(5);

static LISTED: Mutex<List> = Mutex::new(List { paths: BTreeMap::new(), next: 0 });
static ENDING: AtomicBool = AtomicBool::new(false);

/// All of this process, in the order in which they were begun.
#[derive(Debug)]
struct List {
    paths: BTreeMap<u64, Listed>,
    next: u64,
}

/// What is taken away with what is unfinished.
#[derive(Debug, Clone)]
enum Listed {
    /// A file, or a folder with all that is in it.
    Whole(PathBuf),
    /// A folder, unless there is something in it.
    IfEmpty(PathBuf),
}

impl List {
    fn add(&mut self, listed: Listed) -> u64 {
        let number = self.next;
        self.next += 1;
        self.paths.insert(number, listed);
        number
    }
}

impl Listed {
    fn remove(&self) -> io::Result<()> {
        match self {
            Self::Whole(path) => remove(path),
            Self::IfEmpty(path) => match fs::remove_dir(path) {
                Err(error)
                    if ![io::ErrorKind::NotFound, io::ErrorKind::DirectoryNotEmpty]
                        .contains(&error.kind()) =>
                {
                    Err(error)
                }
                _ => Ok(()),
            },
        }
    }
}

/// A file or folder being written. Dropped before [`Unfinished::place`], it is removed.
#[derive(Debug)]
pub struct Unfinished {
    number: u64,
    path: PathBuf,
}

impl Unfinished {
    /// Begins `path` by `act`; an orderly end of the process waits for it. Returns what `act`
    /// returns, too. When `act` fails, nothing is begun.
    ///
    /// # Errors
    /// The error of `act`.
    pub fn begin<T, E>(
        path: &Path,
        act: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Result<(Self, T), E> {
        let mut list = list();
        let made = act(path)?;
        let number = list.add(Listed::Whole(path.to_owned()));
        Ok((Self { number, path: path.to_owned() }, made))
    }

    /// The path at which it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to its place by `act`; an orderly end of the process waits for it. When `act`
    /// fails, it is removed.
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
        take_away(self.number);
    }
}

/// Folders that were made so that something can stand in the last of them. Dropped before
/// [`MadeFolders::keep`], and after what is begun in them, those are removed that are empty.
#[derive(Debug)]
pub struct MadeFolders {
    /// In the list, the outermost first.
    numbers: Vec<u64>,
}

impl MadeFolders {
    /// Makes a folder and those above it that are not there.
    ///
    /// # Errors
    /// When the file system refuses; those that were made are removed again.
    pub fn make(folder: &Path) -> io::Result<Self> {
        let mut made = Self { numbers: Vec::new() };
        let missing: Vec<&Path> = folder
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .collect();
        for path in missing.into_iter().rev() {
            let mut list = list();
            match fs::create_dir(path) {
                Ok(()) => made.numbers.push(list.add(Listed::IfEmpty(path.to_owned()))),
                // Another has made it meanwhile, or it is one with dots that leads to what is there
                // by now.
                Err(_) if path.is_dir() => {}
                Err(error) => {
                    drop(list);
                    return Err(error);
                }
            }
        }
        Ok(made)
    }

    /// Lets them stand: what they were made for is in its place.
    pub fn keep(mut self) {
        let mut list = list();
        self.numbers.drain(..).for_each(|number| drop(list.paths.remove(&number)));
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        self.numbers.drain(..).rev().for_each(take_away);
    }
}

/// Takes away what has this number in the list, and it from the list.
fn take_away(number: u64) {
    let mut list = list();
    if let Some(listed) = list.paths.remove(&number) {
        // Nobody is left to be told of a failure; the next run clears what stays.
        let _ = listed.remove();
    }
}

/// Must be held until the process is gone.
#[derive(Debug)]
pub struct Abandoned {
    _list: MutexGuard<'static, List>,
}

/// Removes everything unfinished, after waiting for placements under way.
///
/// Writers get a moment to drop theirs, because not every file system can remove open files. The
/// rest is then removed regardless, the latest first.
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
    for listed in list.paths.values().rev() {
        for _ in 0..LOOKS_MAX {
            if listed.remove().is_ok() {
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
    if ENDING.load(Ordering::Relaxed) {
        Err(io::Error::other("the process has been told to end"))
    } else {
        Ok(())
    }
}

/// Waits for the end of a process that has been told to end, so that an interrupted operation is
/// not reported as a failure.
pub fn wait_if_ending() {
    while ENDING.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_PAUSE);
    }
}

fn list() -> MutexGuard<'static, List> {
    // Each insertion or removal of a path is complete, so a panic in between leaves the list
    // intact.
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_placed_is_removed_with_all_that_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".r.part");
        let (begun, ()) =
            Unfinished::begin(&path, |path| fs::create_dir_all(path.join("ticks"))).unwrap();
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
    fn folders_that_were_made_go_with_what_was_to_stand_in_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("mine")).unwrap();
        for name in ["a/b/c", "mine/b/c", "a/../b/c"] {
            let made = MadeFolders::make(&path(name)).unwrap();
            assert!(path(name).is_dir());
            drop(made);
            assert_eq!(
                (
                    path("mine").exists(),
                    path("a").exists(),
                    path("b").exists(),
                    path("mine/b").exists()
                ),
                (true, false, false, false)
            );
        }
        let made = MadeFolders::make(&path("a/b/c")).unwrap();
        fs::write(path("a/b/file"), "1").unwrap();
        drop(made);
        assert!(path("a/b/file").exists() && !path("a/b/c").exists());
        // In a file no folder can be made.
        assert!(
            MadeFolders::make(&path("a/new/x")).is_ok()
                && MadeFolders::make(&path("a/b/file/x")).is_err()
        );
        assert!(!path("a/new").exists());
        MadeFolders::make(&path("a/new")).unwrap().keep();
        assert!(path("a/new").exists());
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
