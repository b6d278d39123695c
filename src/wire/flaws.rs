//! All that is wrong with a text, as far as one flaw does not hide the next.

use crate::domain::suggest::meant_by;
use crate::wire::refusal::{REQUIRED, Refusal, UNKNOWN_FIELD, UNKNOWN_TOO};
use serde_json::Value;

/// So many flaws of one text are told at once.
const FLAWS_MAX: usize = 10;

/// Reads a text of JSON, whose fields refusals name from `root` on. Unknown fields are told and left out, or taken for what
/// was probably meant, table by table, so that what is wrong beside them is told at once.
///
/// # Errors
/// What is wrong, in the order in which it was found.
pub fn read_all<T>(
    text: &str,
    root: &str,
    read: impl Fn(&str) -> Result<T, Refusal>,
) -> Result<T, Vec<Refusal>> {
    let mut text = text.to_owned();
    let (mut flaws, mut tables) = (Vec::new(), Vec::new());
    loop {
        let refusal = match read(&text) {
            Ok(found) if flaws.is_empty() => return Ok(found),
            Ok(_) => return Err(flaws),
            Err(refusal) => refusal,
        };
        let (table, name) = refusal.path.rsplit_once('.').unwrap_or(("", &refusal.path));
        // What is missing where something was left out may be that.
        if refusal.reason == REQUIRED && tables.iter().any(|one| one == table) {
            return Err(flaws);
        }
        let hints = refusal.reason.strip_prefix(UNKNOWN_FIELD).and_then(|it| it.strip_prefix(": "));
        let rest = hints.and_then(|hints| as_meant(&text, (root, table), name, hints));
        tables.push(table.to_owned());
        flaws.push(refusal);
        match rest {
            Some(rest) if flaws.len() < FLAWS_MAX => text = rest,
            _ => return Err(flaws),
        }
    }
}

/// A text in which a table has the names that its unknown ones were probably meant to be.
fn as_meant(text: &str, (root, table): (&str, &str), name: &str, hints: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    let place = table.strip_prefix(root)?;
    let pointer = place.replace(['.', '['], "/").replace(']', "");
    let pointer = if pointer.is_empty() || pointer.starts_with('/') {
        pointer
    } else {
        format!("/{pointer}")
    };
    let table = value.pointer_mut(&pointer)?.as_object_mut()?;
    let (first, more) = hints.split_once("; `").unwrap_or((hints, ""));
    let more = more.split("; `").filter_map(|it| it.split_once(UNKNOWN_TOO));
    for (name, hint) in more.chain([(name, first)]) {
        let value = table.remove(name)?;
        if let Some(meant) = meant_by(hint) {
            table.entry(meant).or_insert(value);
        }
    }
    Some(value.to_string())
}
