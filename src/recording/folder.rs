//! A directory that appears whole or not at all: written beside its place, made durable, then renamed.

use crate::domain::id::ContentHash;
use crate::recording::error::RecordingError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A directory in the making.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    part: PathBuf,
}

impl Folder {
    /// Begins one that will become `target`. What a crash left of an earlier attempt is removed.
    ///
    /// # Errors
    /// [`RecordingError::Occupied`] when `target` is there and is neither empty nor a recording.
    pub fn create(target: &Path) -> Result<Self, RecordingError> {
        if target.exists() && !is_empty(target) && !is_recording(target) {
            return Err(RecordingError::Occupied(target.to_owned()));
        }
        let part = sibling(target, ".part");
        if part.exists() {
            fs::remove_dir_all(&part).map_err(RecordingError::io("remove", &part))?;
        }
        fs::create_dir_all(&part).map_err(RecordingError::io("create", &part))?;
        Ok(Self { target: target.to_owned(), part })
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
    pub fn finish(self) -> Result<(), RecordingError> {
        sync_tree(&self.part)?;
        let old = sibling(&self.target, ".old");
        if self.target.exists() {
            if old.exists() {
                fs::remove_dir_all(&old).map_err(RecordingError::io("remove", &old))?;
            }
            fs::rename(&self.target, &old).map_err(RecordingError::io("move away", &self.target))?;
        }
        fs::rename(&self.part, &self.target).map_err(RecordingError::io("put in place", &self.target))?;
        if let Some(parent) = self.target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        if old.exists() {
            fs::remove_dir_all(&old).map_err(RecordingError::io("remove", &old))?;
        }
        Ok(())
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
