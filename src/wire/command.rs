//! A command's body to an event for the core. Never fails and never drops: see [`parse`].

use crate::domain::id::{CommandId, ContentHash};
use crate::executor::command::{CommandContent, CommandEvent, CommandSource, Malformed};
use crate::wire::refusal::Refusal;
use crate::wire::{envelope, json};
use serde_json::Value;

/// The longest body that is read, in bytes: a limit on work, far above any use.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The path of a refusal that concerns the body as a whole.
const WHOLE: &str = "body";

/// Reads a command in any of the platform's envelopes (executor 2.1). What cannot be read becomes
/// [`CommandContent::Malformed`] with the field at fault, so that the core can answer it.
///
/// The event's `body_hash` is that of what the command *asks*: its name and parameters in canonical form. It leaves out
/// what belongs to the delivery (source, envelope, priority, moments, `retryCount`, `metadata`, …), since the same
/// command may come by push in one envelope and again with a heartbeat in another, and is the same command. A body in
/// which no command can be found is hashed whole: canonically if it is JSON, as bytes if not.
#[must_use]
pub fn parse(source: CommandSource, body: &str) -> CommandEvent {
    let (body_hash, content) = match value(body) {
        Ok(value) => (hash(&value), content(&value)),
        Err(refusal) => (ContentHash::of(body.as_bytes()), malformed(None, refusal)),
    };
    CommandEvent { source, body: body.to_owned(), body_hash, content }
}

fn value(body: &str) -> Result<Value, Refusal> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Refusal::malformed(WHOLE, format!("is longer than {BODY_BYTES_MAX} bytes")));
    }
    json::read(body).map_err(|error| Refusal::malformed(WHOLE, format!("is not JSON: {error}")))
}

fn hash(value: &Value) -> ContentHash {
    let text = envelope::asked(value).as_ref().map_or_else(|| json::canonical(value), json::canonical);
    ContentHash::of(text.as_bytes())
}

fn content(value: &Value) -> CommandContent {
    match envelope::read(value) {
        Ok(envelope) => CommandContent::Parsed(envelope),
        Err(refusal) => malformed(envelope::id(value), refusal),
    }
}

fn malformed(id: Option<CommandId>, refusal: Refusal) -> CommandContent {
    let path = if refusal.path.is_empty() { WHOLE.to_owned() } else { refusal.path };
    CommandContent::Malformed(Malformed { id, path, reason: refusal.reason, kind: refusal.kind })
}
