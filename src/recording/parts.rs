//! Which files a recording has, and that it has them: a recording is something that people send each other.

use crate::data::plain_file;
use crate::recording::error::RecordingError;
use crate::session::description::{Recorded, SessionFile};
use std::path::Path;

/// What was run, and what came of it in figures.
pub const SESSION: &str = "session.toml";
/// What happened, ticks apart.
pub const INPUTS: &str = "inputs.jsonl";
/// What was to be done about it.
pub const ACTIONS: &str = "actions.jsonl";
/// The orders, for people.
pub const ORDERS: &str = "orders.txt";
/// The executor's state at the start, where it did not start fresh.
pub const STATE: &str = "state.json";

/// Where a symbol's ticks stand in a recording.
#[must_use]
pub fn tick_file(symbol: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || "._-#+".contains(letter) { letter } else { '_' };
    format!("ticks/{}.parquet", symbol.chars().map(plain).collect::<String>())
}

/// Whether the files that a recording lists are those that a recording of this session has, and are there.
///
/// # Errors
/// The first name that is unknown, missing in the list or in the folder, or no plain file.
pub fn check(dir: &Path, file: &SessionFile, recorded: &Recorded) -> Result<(), RecordingError> {
    let ticks: Vec<String> = file.symbols.iter().map(|symbol| tick_file(symbol)).collect();
    let always = [SESSION, INPUTS, ACTIONS, ORDERS];
    let listed = |message: String| RecordingError::text(&dir.join(SESSION), None, format!("[recording.files]: {message}"));
    for name in recorded.files.keys() {
        if !always.contains(&name.as_str()) && name != STATE && !ticks.contains(name) {
            return Err(listed(format!("`{name}` is no file of a recording of these symbols: leave it out")));
        }
    }
    for name in always.into_iter().chain(ticks.iter().map(String::as_str)) {
        if !recorded.files.contains_key(name) {
            return Err(listed(format!("`{name}` is not listed: every file of a recording has its hash there")));
        }
    }
    let folder = dir.join("ticks");
    if folder.is_symlink() {
        return Err(RecordingError::text(&folder, None, "is a link, and should be a directory"));
    }
    recorded.files.keys().try_for_each(|name| plain(&dir.join(name)))
}

/// Whether a file of a recording is there, and a plain one.
///
/// # Errors
/// When it is not.
pub fn plain(path: &Path) -> Result<(), RecordingError> {
    plain_file::check(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => RecordingError::Missing(path.to_owned()),
        _ => RecordingError::Io { operation: "read", path: path.to_owned(), source },
    })
}
