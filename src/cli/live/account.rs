//! One process trades an account, from whatever folder it records to.
//!
//! The lock is the system's, which releases it when its holder dies: none outlives it, so none has to be outbid by a
//! later one's number. Of another user or machine it knows nothing; what such a one has opened is foreign here.

use crate::config::live::Environment;
use crate::disk::lock::Lock;
use crate::domain::text::ShownPath;
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

/// Takes the files of an account in a folder, whose names begin with `name`; none where another process has them.
///
/// # Errors
/// When the lock cannot be written.
pub fn take_folder(recordings: &Path, name: &str) -> anyhow::Result<Option<Lock>> {
    Lock::take(&recordings.join(format!(".{name}.lock")))
        .with_context(|| format!("cannot lock {}", recordings.shown()))
}

/// Takes an account; none where another process trades it.
///
/// # Errors
/// When the user has no folder for the state of programs, or it cannot be written.
pub fn take(login: u64, environment: &Environment) -> anyhow::Result<Option<Lock>> {
    let folder = state_folder(environment)?.join("tickdeck").join("accounts");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.shown()))?;
    let path = folder.join(format!("{login}.lock"));
    Lock::take(&path).with_context(|| format!("cannot lock {}", path.shown()))
}

/// Where programs keep what is of one user and one machine: the XDG base directories, on Windows `%LOCALAPPDATA%`.
fn state_folder(environment: &Environment) -> anyhow::Result<PathBuf> {
    // What is not absolute is to be ignored there.
    let absolute =
        |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let found = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else {
        absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))
    };
    found.context(if cfg!(windows) {
        "%LOCALAPPDATA% is not set: there the account is locked against a second process"
    } else {
        "neither XDG_STATE_HOME nor HOME is set: there the account is locked against a second process"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn an_account_is_taken_once_below_the_users_state() {
        let dir = tempfile::tempdir().unwrap();
        let home = |name: &str, path: &str| Environment::from([(name.to_owned(), path.to_owned())]);
        let own = home("HOME", dir.path().to_str().unwrap());
        let held = take(77, &own).unwrap().unwrap();
        assert!(dir.path().join(".local/state/tickdeck/accounts/77.lock").exists());
        assert!(take(77, &own).unwrap().is_none() && take(78, &own).unwrap().is_some());
        drop(held);
        assert!(take(77, &own).unwrap().is_some());
        let relative = home("XDG_STATE_HOME", "state");
        assert!(take(77, &relative).unwrap_err().to_string().contains("neither XDG_STATE_HOME"));
    }
}
