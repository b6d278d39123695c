//! The files of an account in the folder of its recordings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the names of the files of a rehearsal begin with, before the number of the account.
pub const REHEARSAL: &str = "rehearsal-";
/// The same for a dry run.
pub const DRY: &str = "dry-";

/// Whether these are the files of a simulated account, which begins anew with each session.
#[must_use]
pub fn is_simulated(account: &str) -> bool {
    account.starts_with(REHEARSAL) || account.starts_with(DRY)
}

/// The name of the database of an account.
#[must_use]
pub fn database_name(account: &str) -> String {
    format!("{account}.audit.sqlite")
}

/// The recordings of an account, the oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn recordings_of(folder: &Path, account: &str) -> io::Result<Vec<PathBuf>> {
    let head = format!("{account}-");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(&head) && path.is_dir() {
            found.push(path.clone());
        }
    }
    found.sort();
    Ok(found)
}
