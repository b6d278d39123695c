//! Hashes over a recording, in a file beside it that anybody can check.
//!
//! ```text
//! <64 digits> after <recording before it>      the last hash of that recording's file, or zeros
//! <64 digits> actions.jsonl:1                  SHA-256 over the digits of the line before and the bytes of this line
//! <64 digits> actions.jsonl:2
//! <64 digits> session.toml                     of a file that is no list of lines: over all of its bytes
//! ```
//!
//! Whoever has noted the last hash at some time can tell whether anything before it was changed since then.

use crate::disk;
use crate::domain::text::ShownPath;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The ending of the file's name.
const ENDING: &str = "sha256";

/// A chain that does not fit its recording.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A file cannot be read or written.
    #[error("cannot {operation} {}", path.shown())]
    Io {
        /// The operation that failed.
        operation: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// A recording has no hashes.
    #[error("{}: its hashes are gone, or were never written: {} is not there", recording.shown(), path_of(recording).shown())]
    Missing {
        /// The recording.
        recording: PathBuf,
    },
    /// A line is another one than when the recording was made.
    #[error("{}: {place} is not what it was when the session was recorded", recording.shown())]
    Changed {
        /// The recording.
        recording: PathBuf,
        /// The file and the number of its line.
        place: String,
    },
}

/// The file of the hashes of a recording.
#[must_use]
pub fn path_of(recording: &Path) -> PathBuf {
    let mut name = recording.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ENDING);
    recording.with_file_name(name)
}

/// Writes the hashes of a recording, after those of the one before it.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write(recording: &Path, before: Option<&Path>) -> Result<(), ChainError> {
    let text = derive(recording, &head_after(before)?)?;
    let path = path_of(recording);
    let made = disk::beside(&path, ".new");
    disk::write(&made, text.as_bytes())
        .and_then(|()| disk::rename(&made, &path))
        .map_err(io_error("write", &path))
}

/// Compares a recording with its hashes.
///
/// # Errors
/// The first file or line that is another one; when a file cannot be read.
pub fn check(recording: &Path, before: Option<&Path>) -> Result<(), ChainError> {
    let path = path_of(recording);
    let written = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ChainError::Missing { recording: recording.to_owned() });
        }
        Err(error) => return Err(io_error("read", &path)(error)),
    };
    let changed = |place: &str| ChainError::Changed {
        recording: recording.to_owned(),
        place: place.to_owned(),
    };
    let head = written.lines().next().unwrap_or_default();
    // The first of those that are left follows on one that is not there to be asked.
    let head = if before.is_some() { head_after(before)? } else { head.to_owned() };
    let derived = derive(recording, &head)?;
    let place = |line: &str| line.split_once(' ').map_or("", |(_, place)| place).to_owned();
    let mut derived = derived.lines();
    for line in written.lines() {
        match derived.next() {
            Some(now) if now == line => {}
            Some(now) => return Err(changed(&place(now))),
            None => return Err(changed(&place(line))),
        }
    }
    derived.next().map_or(Ok(()), |line| Err(changed(&place(line))))
}

/// The first line of the hashes of a recording that follows on another.
fn head_after(before: Option<&Path>) -> Result<String, ChainError> {
    let Some(before) = before else { return Ok(format!("{} after nothing", "0".repeat(64))) };
    let path = path_of(before);
    let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    let last = text.lines().last().and_then(|line| line.split(' ').next()).unwrap_or_default();
    Ok(format!("{last} after {}", before.file_name().unwrap_or_default().to_string_lossy()))
}

fn derive(recording: &Path, head: &str) -> Result<String, ChainError> {
    let mut chain = Chain {
        link: head.split(' ').next().unwrap_or_default().to_owned(),
        text: format!("{head}\n"),
    };
    for name in files_of(recording, "")? {
        let path = recording.join(&name);
        let file = File::open(&path).map_err(io_error("read", &path))?;
        let mut file = BufReader::with_capacity(1 << 18, file);
        let read = if Path::new(&name).extension().is_some_and(|ending| ending == "jsonl") {
            chain.lines(&name, &mut file)
        } else {
            chain.whole(&name, &mut file)
        };
        read.map_err(io_error("read", &path))?;
    }
    Ok(chain.text)
}

/// The files below a folder, sorted by the bytes of their names.
fn files_of(folder: &Path, below: &str) -> Result<Vec<String>, ChainError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error("read", folder))? {
        let entry = entry.map_err(io_error("read", folder))?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            names.extend(files_of(&entry.path(), &format!("{name}/"))?);
        } else {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A chain that grows.
struct Chain {
    link: String,
    text: String,
}

impl Chain {
    fn add(&mut self, hasher: Sha256, place: &str) {
        self.link.clear();
        for byte in hasher.finalize() {
            let _ = write!(self.link, "{byte:02x}");
        }
        let _ = writeln!(self.text, "{} {place}", self.link);
    }

    fn after(&self) -> Sha256 {
        Sha256::new_with_prefix(self.link.as_bytes())
    }

    fn lines(&mut self, name: &str, file: &mut impl BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            if file.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let hasher = self.after().chain_update(&line);
            self.add(hasher, &format!("{name}:{number}"));
        }
        Ok(())
    }

    fn whole(&mut self, name: &str, file: &mut impl Read) -> io::Result<()> {
        let mut hasher = self.after();
        let mut bytes = vec![0; 1 << 18];
        loop {
            let read = file.read(&mut bytes)?;
            if read == 0 {
                break;
            }
            hasher.update(&bytes[..read]);
        }
        self.add(hasher, name);
        Ok(())
    }
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ChainError {
    move |source| ChainError::Io { operation, path: path.to_owned(), source }
}
