//! The files that a recording has, and the check that they are there: people send recordings to
//! each other.

use crate::data::plain_file;
use crate::recording::arrivals::ARRIVALS;
use crate::recording::error::RecordingError;
use crate::session::description::{Recorded, SessionFile};
use std::collections::BTreeMap;
use std::path::Path;

/// What was run, and the figures of the outcome.
pub const SESSION: &str = "session.toml";
/// The inputs, without ticks.
pub const INPUTS: &str = "inputs.jsonl";
/// The actions.
pub const ACTIONS: &str = "actions.jsonl";
/// The orders, for people.
pub const ORDERS: &str = "orders.txt";
/// The executor's state at the start, if it did not start fresh.
pub const STATE: &str = "state.json";
/// The minutes before the session's first moment, where it has some.
pub const HISTORY: &str = "history.csv";

/// The files that only some recordings have.
const SOMETIMES: [&str; 2] = [STATE, HISTORY];

/// The files that every recording has.
pub const ALWAYS: [&str; 4] = [SESSION, INPUTS, ACTIONS, ORDERS];

/// The paths of the tick files in a recording, in the order of the symbols. When several names
/// would give one file, also on a file system that takes `eurusd` and `EURUSD` for the same, the
/// second and later ones are numbered.
#[must_use]
pub fn tick_files(symbols: &[String]) -> Vec<String> {
    let plain = |letter: char| {
        if letter.is_alphanumeric() || "._-#+".contains(letter) { letter } else { '_' }
    };
    // How often each name has occurred.
    let mut wanted = BTreeMap::<String, usize>::new();
    let mut file = |symbol: &String| {
        let name: String = symbol.chars().map(plain).collect();
        let mut free = name.clone();
        while let Some(times) = wanted.get_mut(&free.to_lowercase()) {
            *times += 1;
            free = format!("{name}-{times}");
        }
        wanted.insert(free.to_lowercase(), 1);
        format!("ticks/{free}.parquet")
    };
    symbols.iter().map(&mut file).collect()
}

/// Whether a recording may have a text of this name.
fn is_text(name: &str) -> bool {
    ALWAYS.contains(&name) || SOMETIMES.contains(&name)
}

/// Whether any recording may have a file of this name.
#[must_use]
pub fn may_be(name: &str) -> bool {
    let is_ticks = |name: &str| name.ends_with(".parquet") && !name.contains(['/', '\\']);
    is_text(name) || name == ARRIVALS || name.strip_prefix("ticks/").is_some_and(is_ticks)
}

/// Checks that the listed files are those of a recording of this session, and that they exist.
///
/// # Errors
/// The first name that is unknown, missing from the list or the folder, or not a plain file.
pub fn check(dir: &Path, file: &SessionFile, recorded: &Recorded) -> Result<(), RecordingError> {
    let ticks = tick_files(&file.symbols);
    let listed = |message: String| {
        RecordingError::text(&dir.join(SESSION), None, format!("[recording.files]: {message}"))
    };
    for name in recorded.files.keys() {
        if !is_text(name) && name != ARRIVALS && !ticks.contains(name) {
            return Err(listed(format!(
                "`{name}` is no file of a recording of these symbols: leave it out"
            )));
        }
    }
    for name in ALWAYS.into_iter().chain(ticks.iter().map(String::as_str)) {
        if !recorded.files.contains_key(name) {
            return Err(listed(format!(
                "`{name}` is not listed: every file of a recording has its hash there"
            )));
        }
    }
    let folder = dir.join("ticks");
    if folder.is_symlink() {
        return Err(RecordingError::text(&folder, None, "is a link, and should be a directory"));
    }
    recorded.files.keys().try_for_each(|name| plain(&dir.join(name)))
}

/// Checks that a file of a recording exists and is a plain file.
///
/// # Errors
/// When it does not, or is not.
pub fn plain(path: &Path) -> Result<(), RecordingError> {
    plain_file::check(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => RecordingError::Missing(path.to_owned()),
        _ => RecordingError::Io { operation: "read", path: path.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_a_file_of_its_own() {
        #[rustfmt::skip]
        let table: &[(&[&str], &[&str])] = &[
            (&["EURUSD", "US.500", "BTC#"], &["EURUSD", "US.500", "BTC#"]),
            (&["GER/40", "GER:40", "GER_40"], &["GER_40", "GER_40-2", "GER_40-3"]),
            (&["EURUSD", "eurusd"], &["EURUSD", "eurusd-2"]),
            (&["a:", "a_-2", "A:", "a;"], &["a_", "a_-2", "A_-3", "a_-4"]),
        ];
        for (symbols, expect) in table {
            let symbols: Vec<String> = symbols.iter().map(|&name| name.into()).collect();
            let expect: Vec<String> =
                expect.iter().map(|name| format!("ticks/{name}.parquet")).collect();
            assert_eq!(tick_files(&symbols), expect);
        }
    }
}
