//! Stands in for `wire::command` and `wire::start` until the two branches meet: bodies here are the checked form as JSON.

use crate::domain::id::ContentHash;
use crate::executor::command::{CommandContent, CommandEvent, CommandSource, Malformed, MalformedKind};
use crate::session::description::SessionFile;

/// `wire::command::parse`.
#[must_use]
pub fn parse(source: CommandSource, body: &str) -> CommandEvent {
    let content = serde_json::from_str(body).unwrap_or_else(|error| {
        CommandContent::Malformed(Malformed { id: None, path: String::new(), reason: error.to_string(), kind: MalformedKind::Malformed })
    });
    CommandEvent { source, body: body.to_owned(), body_hash: ContentHash::of(body.as_bytes()), content }
}

/// `wire::start::body`.
///
/// # Errors
/// When there is no such strategy.
pub fn body(file: &SessionFile, index: usize) -> Result<String, String> {
    let entry = file.strategy.get(index).ok_or_else(|| format!("no strategy {index}"))?;
    serde_json::to_string(entry).map_err(|error| error.to_string())
}
