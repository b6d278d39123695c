//! Files of a recording and their hashes, computed while a file is written or from an existing one.

use crate::disk::unfinished;
use crate::domain::id::ContentHash;
use crate::recording::error::RecordingError;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A text file that hashes what is written to it.
#[derive(Debug)]
pub struct HashedFile {
    path: PathBuf,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl HashedFile {
    /// Creates the file.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(path: PathBuf) -> Result<Self, RecordingError> {
        let file = File::create(&path).map_err(RecordingError::io("create", &path))?;
        Ok(Self { path, file: BufWriter::new(file), hasher: blake3::Hasher::new() })
    }

    /// The path at which it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends to the file.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), RecordingError> {
        self.hasher.update(bytes);
        unfinished::check()
            .and_then(|()| self.file.write_all(bytes))
            .map_err(RecordingError::io("write", &self.path))
    }

    /// Ends the file, makes it durable and returns its hash.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn finish(mut self) -> Result<ContentHash, RecordingError> {
        let durable = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        durable.map_err(RecordingError::io("write", &self.path))?;
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
