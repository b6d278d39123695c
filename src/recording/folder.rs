//! A directory that appears whole or not at all: written beside its place, made durable, then renamed.

use crate::domain::id::ContentHash;
use crate::recording::error::RecordingError;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A directory in the making. While it lives, no other run makes the same one; dropped unfinished, it leaves nothing.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    part: PathBuf,
    /// Whether `part` has become `target`: what has its name from then on is another run's.
    placed: bool,
    /// Held on `part` until the end; a crash lets go of it by itself.
    _lock: File,
}

impl Folder {
    /// Begins one that will become `target`. What a crash left of an earlier attempt is removed, and an older recording
    /// that it had moved away is put back.
    ///
    /// # Errors
    /// [`RecordingError::Occupied`] when `target` is there and is neither empty nor a recording, and
    /// [`RecordingError::Busy`] when another run is making it.
    pub fn create(target: &Path) -> Result<Self, RecordingError> {
        if target.exists() && !is_empty(target) && !is_recording(target) {
            return Err(RecordingError::Occupied(target.to_owned()));
        }
        let part = sibling(target, ".part");
        fs::create_dir_all(&part).map_err(RecordingError::io("create", &part))?;
        let lock = lock(&part, target)?;
        clear(&part)?;
        let old = sibling(target, ".old");
        if old.exists() && !target.exists() {
            fs::rename(&old, target).map_err(RecordingError::io("put back", target))?;
        }
        Ok(Self { target: target.to_owned(), part, placed: false, _lock: lock })
    }

    /// Where a file of it is written.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.part.join(name)
    }

    /// Makes it durable and puts it in its place, in which an older recording is replaced.
    ///
    /// # Errors
    /// When the file system refuses; the older one then stays.
    pub fn finish(mut self) -> Result<(), RecordingError> {
        sync_tree(&self.part)?;
        let old = sibling(&self.target, ".old");
        if self.target.exists() {
            if old.exists() {
                fs::remove_dir_all(&old).map_err(RecordingError::io("remove", &old))?;
            }
            fs::rename(&self.target, &old).map_err(RecordingError::io("move away", &self.target))?;
        }
        if let Err(error) = fs::rename(&self.part, &self.target) {
            if old.exists() {
                fs::rename(&old, &self.target).map_err(RecordingError::io("put back", &self.target))?;
            }
            return Err(RecordingError::io("put in place", &self.target)(error));
        }
        self.placed = true;
        if let Some(parent) = self.target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        if old.exists() {
            fs::remove_dir_all(&old).map_err(RecordingError::io("remove", &old))?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.placed {
            // Nobody is left to be told of a failure; the next run clears what stays.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

/// A text file that knows the hash of what went into it.
#[derive(Debug)]
pub struct HashedFile {
    path: PathBuf,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl HashedFile {
    /// Creates it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(path: PathBuf) -> Result<Self, RecordingError> {
        let file = File::create(&path).map_err(RecordingError::io("create", &path))?;
        Ok(Self { path, file: BufWriter::new(file), hasher: blake3::Hasher::new() })
    }

    /// Appends.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), RecordingError> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(RecordingError::io("write", &self.path))
    }

    /// Ends it and gives its hash.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn finish(mut self) -> Result<ContentHash, RecordingError> {
        self.file.flush().map_err(RecordingError::io("write", &self.path))?;
        Ok(ContentHash(*self.hasher.finalize().as_bytes()))
    }
}

/// The hash of a file, read piece by piece.
///
/// # Errors
/// When it cannot be read.
pub fn hash_file(path: &Path) -> Result<ContentHash, RecordingError> {
    let mut file = File::open(path).map_err(RecordingError::io("open", path))?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece).map_err(RecordingError::io("read", path))? {
            0 => return Ok(ContentHash(*hasher.finalize().as_bytes())),
            read => hasher.update(&piece[..read]),
        };
    }
}

fn sibling(target: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_else(|| "recording".as_ref()));
    name.push(ending);
    target.with_file_name(name)
}

/// Takes `part` for this run alone.
fn lock(part: &Path, target: &Path) -> Result<File, RecordingError> {
    let file = File::open(part).map_err(RecordingError::io("open", part))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RecordingError::Busy(target.to_owned())),
        Err(TryLockError::Error(error)) => Err(RecordingError::io("lock", part)(error)),
    }
}

/// Empties a directory.
fn clear(path: &Path) -> Result<(), RecordingError> {
    for entry in fs::read_dir(path).map_err(RecordingError::io("list", path))? {
        let entry = entry.map_err(RecordingError::io("list", path))?.path();
        let removed = if entry.is_dir() { fs::remove_dir_all(&entry) } else { fs::remove_file(&entry) };
        removed.map_err(RecordingError::io("remove", &entry))?;
    }
    Ok(())
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn is_recording(path: &Path) -> bool {
    let text = fs::read_to_string(path.join("session.toml")).unwrap_or_default();
    toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key("recording"))
}

fn sync(path: &Path) -> Result<(), RecordingError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(RecordingError::io("make durable", path))
}

fn sync_tree(path: &Path) -> Result<(), RecordingError> {
    for entry in fs::read_dir(path).map_err(RecordingError::io("list", path))? {
        let entry = entry.map_err(RecordingError::io("list", path))?.path();
        if entry.is_dir() { sync_tree(&entry)? } else { sync(&entry)? }
    }
    sync(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_run_makes_a_folder_and_an_unfinished_one_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("r");
        let first = Folder::create(&target).unwrap();
        fs::write(first.path("a"), "1").unwrap();
        assert!(matches!(Folder::create(&target), Err(RecordingError::Busy(path)) if path == target));
        assert!(first.path("a").exists());
        drop(first);
        assert!(is_empty(dir.path()));
        Folder::create(&target).unwrap().finish().unwrap();
        assert!(target.exists());
    }

    #[test]
    fn what_a_crash_moved_away_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("r");
        fs::create_dir_all(sibling(&target, ".old")).unwrap();
        fs::write(sibling(&target, ".old").join("session.toml"), "[recording]").unwrap();
        fs::create_dir_all(sibling(&target, ".part").join("ticks")).unwrap();
        let folder = Folder::create(&target).unwrap();
        assert!(is_recording(&target));
        assert!(is_empty(&folder.part));
        drop(folder);
        assert!(is_recording(&target));
    }
}
