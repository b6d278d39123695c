//! A directory that appears complete or not at all: written next to its place, made durable, then
//! renamed.

use crate::disk::lock::Lock;
use crate::disk::unfinished::{MadeFolders, Unfinished};
use crate::disk::{self, beside};
use crate::recording::error::RecordingError;
use crate::recording::files::{self, ALWAYS};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The endings of the hidden names next to a recording: the new one, the one being replaced, and
/// the lock.
const PART: &str = ".tickdeck-part";
const OLD: &str = ".tickdeck-old";
const LOCK: &str = ".tickdeck-lock";

/// How often a reader looks, and with what pause, whether a recording that another run is replacing
/// is back.
const LOOKS_MAX: u32 = 40;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// What happens to an existing recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and no new one is made.
    Keep,
    /// It is replaced.
    Replace,
}

/// A directory being written. While it lives, no other run can make the same one. Dropped
/// unfinished, it leaves nothing.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    part: Unfinished,
    // Goes after it: until then what is hidden beside the target is this run's.
    _lock: Lock,
    // The last to go: the lock stands in them.
    above: MadeFolders,
}

impl Folder {
    /// Begins one that will become `target`. What a crash left of an earlier attempt is removed,
    /// and an older recording that it had moved away is put back. A link is followed: the folder
    /// that it leads to is made, and the link stays.
    ///
    /// # Errors
    /// [`RecordingError::Mounted`], [`RecordingError::Current`] and [`RecordingError::Inside`] when
    /// there is no place for a recording, [`RecordingError::Occupied`] when `target` is there and
    /// is neither empty nor a recording, [`RecordingError::NotOurs`] when it holds more than the
    /// recording's files, [`RecordingError::WriteProtected`] when its owner may not write to it,
    /// and [`RecordingError::Busy`] when another run is making it.
    pub fn create(target: &Path, existing: Existing) -> Result<Self, RecordingError> {
        let target = &followed(target)?;
        if disk::is_mounted(target) {
            return Err(RecordingError::Mounted(target.to_owned()));
        }
        if disk::is_current(target) {
            return Err(RecordingError::Current(target.to_owned()));
        }
        if is_inside(target) {
            return Err(RecordingError::Inside(target.to_owned()));
        }
        check_free(target)?;
        let above = disk::parent(target);
        let made = MadeFolders::make(above).map_err(RecordingError::io("create", above))?;
        let lock = lock(target)?.ok_or_else(|| RecordingError::Busy(target.to_owned()))?;
        put_back(target)?;
        // Another run may have put something there since the check. With the lock held, none can
        // any more.
        check_free(target)?;
        if existing == Existing::Keep && target.exists() && !is_empty(target) {
            return Err(RecordingError::Exists(target.to_owned()));
        }
        let part = beside(target, PART);
        remove_left(&part)?;
        let (part, ()) = Unfinished::begin(&part, |part| {
            fs::create_dir(part).map_err(RecordingError::io("create", part))
        })?;
        // Before anything is in it that not all may read; what is in it gets its modes at the end.
        disk::keep_mode(target, part.path()).map_err(RecordingError::io("create", part.path()))?;
        Ok(Self { target: target.to_owned(), part, _lock: lock, above: made })
    }

    /// The path at which a file of the directory is written.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.part.path().join(name)
    }

    /// Moves the directory to its place, where it replaces an older recording. Its files must be
    /// durable and closed.
    ///
    /// # Errors
    /// When the file system refuses, or the older recording now holds more than its files. The
    /// older one then stays.
    pub fn finish(self) -> Result<(), RecordingError> {
        // Dropped from the last to the first.
        let Self { above, _lock, part, target } = self;
        part.place(|part| {
            ACTS.iter().try_for_each(|act| act(part, &target))?;
            // The new recording is in place. If another program still reads the old one, the next
            // run removes it.
            let _ = remove_old(&target);
            Ok::<(), RecordingError>(())
        })?;
        above.keep();
        Ok(())
    }
}

/// The place of a recording with links resolved, and without dots and slashes at the end.
fn followed(target: &Path) -> Result<PathBuf, RecordingError> {
    let named: PathBuf = target.components().collect();
    let named = if named.file_name().is_some() { Ok(named) } else { named.canonicalize() };
    named
        .and_then(|named| disk::followed(&named))
        .map_err(RecordingError::io("follow the link", target))
}

/// One operation on `part` and `target`.
type Act = fn(&Path, &Path) -> Result<(), RecordingError>;

/// The operations that put `part` in the place of `target`, in order. A crash between any two
/// leaves the older recording, which [`put_back`] finds, or the new one.
const ACTS: [Act; 4] = [keep_modes, make_names_durable, move_away, put_in_place];

/// Who may read and write a file of the older recording may do so with the one that replaces it.
fn keep_modes(part: &Path, target: &Path) -> Result<(), RecordingError> {
    let mut folders = vec![(part.to_owned(), target.to_owned())];
    while let Some((part, target)) = folders.pop() {
        for entry in fs::read_dir(&part).map_err(RecordingError::io("list", &part))? {
            let new = entry.map_err(RecordingError::io("list", &part))?.path();
            let old = target.join(new.file_name().unwrap_or_default());
            disk::keep_mode(&old, &new).map_err(RecordingError::io("set the mode of", &new))?;
            if new.is_dir() {
                folders.push((new, old));
            }
        }
    }
    Ok(())
}

fn make_names_durable(part: &Path, _target: &Path) -> Result<(), RecordingError> {
    for entry in fs::read_dir(part).map_err(RecordingError::io("list", part))? {
        let entry = entry.map_err(RecordingError::io("list", part))?.path();
        if entry.is_dir() {
            disk::sync_folder(&entry).map_err(RecordingError::io("make durable", &entry))?;
        }
    }
    disk::sync_folder(part).map_err(RecordingError::io("make durable", part))
}

fn move_away(_part: &Path, target: &Path) -> Result<(), RecordingError> {
    if is_empty(target) {
        return fs::remove_dir(target).map_err(RecordingError::io("remove", target));
    }
    if !target.exists() {
        return Ok(());
    }
    check_free(target)?;
    let old = moved_to(target);
    disk::rename(target, &old)
        .map_err(|source| RecordingError::Replace { path: target.to_owned(), source })
}

fn put_in_place(part: &Path, target: &Path) -> Result<(), RecordingError> {
    let placed = disk::rename(part, target).map_err(RecordingError::io("put in place", target));
    if placed.is_err() {
        put_back(target)?;
    }
    placed?;
    let above = disk::parent(target);
    disk::sync_folder(above).map_err(RecordingError::io("make durable", above))
}

/// Removes the replaced recording, starting with the file that makes it a recording: half of one is
/// never put back.
fn remove_old(target: &Path) -> Result<(), RecordingError> {
    let old = moved_to(target);
    let session = old.join(files::SESSION);
    disk::remove(&session).map_err(RecordingError::io("remove", &session))?;
    disk::remove(&old).map_err(RecordingError::io("remove", &old))
}

/// Removes what a run has left under a hidden name.
fn remove_left(folder: &Path) -> Result<(), RecordingError> {
    check_left(folder)?;
    disk::remove(folder).map_err(RecordingError::io("remove", folder))
}

/// Checks that a run can have left what has this hidden name: a folder with files of a recording
/// and nothing else.
fn check_left(folder: &Path) -> Result<(), RecordingError> {
    let not_ours = |path: PathBuf| RecordingError::NotOurs { path, recording: folder.to_owned() };
    match fs::symlink_metadata(folder) {
        Err(_) => Ok(()),
        Ok(found) if !found.is_dir() => Err(not_ours(folder.to_owned())),
        Ok(_) => {
            match not_of(folder, |name| files::may_be(name) || name.ends_with(".tickdeck-partial"))
            {
                Ok(None) => Ok(()),
                Ok(Some(path)) => Err(not_ours(path)),
                Err(source) => Err(RecordingError::io("list", folder)(source)),
            }
        }
    }
}

/// Puts back a recording that a killed run had moved away, before anything is read at `target`.
///
/// # Errors
/// When another run holds the place for longer than replacing takes, or the file system refuses.
pub fn recover(target: &Path) -> Result<(), RecordingError> {
    let target = &followed(target)?;
    for _ in 0..LOOKS_MAX {
        if target.exists() || !is_recording(&moved_to(target)) {
            return Ok(());
        }
        if let Some(_lock) = lock(target)? {
            return put_back(target);
        }
        std::thread::sleep(LOOK_PAUSE);
    }
    Err(RecordingError::Busy(target.to_owned()))
}

/// The place of a recording whose hidden name a replacing run moves it to; none when it is no such
/// name.
#[must_use]
pub fn moved_from(hidden: &Path) -> Option<PathBuf> {
    let name = hidden.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(OLD)?;
    Some(hidden.with_file_name(name))
}

/// The hidden name to which a replacing run moves the recording at `target`.
#[must_use]
pub fn moved_to(target: &Path) -> PathBuf {
    beside(target, OLD)
}

/// Deals with what a killed run had moved away: puts it back if nothing has taken its place, and
/// removes it otherwise. The lock on the place is held.
fn put_back(target: &Path) -> Result<(), RecordingError> {
    let old = moved_to(target);
    check_left(&old)?;
    if !target.exists() && is_recording(&old) {
        return disk::rename(&old, target).map_err(RecordingError::io("put back", target));
    }
    remove_old(target)
}

/// Whether nothing would be lost if `target` were replaced: there is nothing, or a recording and
/// nothing else, of which nothing is write-protected.
fn check_free(target: &Path) -> Result<(), RecordingError> {
    if !target.exists() || is_empty(target) {
        return Ok(());
    }
    let listed = listed(target).ok_or_else(|| occupied(target))?;
    match not_of(target, |name| listed.contains(name))
        .map_err(RecordingError::io("list", target))?
    {
        None => check_writable(target, &listed),
        Some(path) => Err(RecordingError::NotOurs { path, recording: target.to_owned() }),
    }
}

/// Why what stands at `target` is not known to be a recording: it cannot be looked at, or it is
/// none.
fn occupied(target: &Path) -> RecordingError {
    let session = target.join(files::SESSION);
    let is_refused = |error: &io::Error| {
        ![io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind())
    };
    let looks = [
        ("list", target, fs::read_dir(target).err()),
        ("read", &session, fs::File::open(&session).err()),
    ];
    let refused = looks
        .into_iter()
        .find_map(|(act, path, error)| Some((act, path, error.filter(is_refused)?)));
    refused.map_or_else(
        || RecordingError::Occupied(target.to_owned()),
        |(act, path, error)| RecordingError::io(act, path)(error),
    )
}

/// Refuses a recording of which something is write-protected: whoever did that wants it kept, and a
/// rename would not ask.
fn check_writable(target: &Path, listed: &BTreeSet<String>) -> Result<(), RecordingError> {
    let own = [target.to_owned(), target.join("ticks")]
        .into_iter()
        .chain(listed.iter().map(|name| target.join(name)));
    match own.into_iter().find(|path| disk::is_write_protected(path)) {
        Some(path) => Err(RecordingError::WriteProtected { path, recording: target.to_owned() }),
        None => Ok(()),
    }
}

/// Locks the place for this run; none when another run has the lock.
fn lock(target: &Path) -> Result<Option<Lock>, RecordingError> {
    let path = beside(target, LOCK);
    Lock::take(&path).map_err(RecordingError::io("lock", &path))
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn is_recording(path: &Path) -> bool {
    listed(path).is_some()
}

/// The files that a recording at `path` lists as its own; none when there is no recording.
fn listed(path: &Path) -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(path.join(files::SESSION)).ok()?;
    let table: toml::Table = toml::from_str(&text).ok()?;
    let listed = table.get("recording")?.get("files")?.as_table()?;
    let listed: BTreeSet<String> =
        listed.keys().filter(|name| files::may_be(name)).cloned().collect();
    ALWAYS.iter().all(|name| listed.contains(*name)).then_some(listed)
}

/// Whether a path is inside the folder of a recording, whether or not it exists.
#[must_use]
pub fn is_inside(path: &Path) -> bool {
    // This includes a recording whose session cannot be read at present.
    let looks_so = |folder: &Path| ALWAYS.iter().all(|name| folder.join(name).is_file());
    disk::place(path).ancestors().skip(1).any(|folder| is_recording(folder) || looks_so(folder))
}

/// The first entry in the folder of a recording that is not one of its own files.
fn not_of(recording: &Path, is_own: impl Fn(&str) -> bool) -> io::Result<Option<PathBuf>> {
    let mut above: Vec<(PathBuf, &str)> = vec![(recording.to_owned(), "")];
    while let Some((folder, prefix)) = above.pop() {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (kind, name) = (entry.file_type()?, entry.file_name());
            let name = format!("{prefix}{}", name.to_string_lossy());
            if kind.is_dir() && name == "ticks" {
                above.push((entry.path(), "ticks/"));
            } else if !kind.is_file() || !is_own(&name) {
                return Ok(Some(entry.path()));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
