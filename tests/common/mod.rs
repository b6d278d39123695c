//! What the tests of the command line share.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the real market data, which is not part of the project: beside it, or where `TICKDECK_DATA` says. Says so
/// when it is absent. An absolute path is itself.
pub fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TICKDECK_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is absent; set TICKDECK_DATA to the folder of real market data", path.display());
        return None;
    }
    Some(path)
}

/// Runs the program in the project's folder.
pub fn tickdeck(args: &[&str]) -> Output {
    tickdeck_in(root(), args)
}

/// Runs the program in a folder.
pub fn tickdeck_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickdeck")).args(args).current_dir(folder).env_remove("NO_COLOR").output().unwrap()
}
