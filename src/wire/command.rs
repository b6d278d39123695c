//! Turns a command's body into an event for the core. It never fails and never drops one: see
//! [`parse`].

use crate::domain::id::{CommandId, ContentHash};
use crate::domain::text;
use crate::executor::command::{CommandContent, CommandEvent, CommandSource, Malformed};
use crate::wire::refusal::Refusal;
use crate::wire::{envelope, json, secrets};
use serde_json::Value;
use std::borrow::Cow;

/// The longest body that is read, in bytes: a limit on work, far above any real command.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// How many characters of a refusal's path and reason are kept, because they may quote the body.
const REFUSAL_CHARS_MAX: usize = 1_000;

/// The path of a refusal that concerns the body as a whole.
const WHOLE: &str = "body";

/// Reads a command in any of the platform's envelopes (executor 2.1). What cannot be read becomes
/// [`CommandContent::Malformed`] with the field at fault, so that the core can answer it.
///
/// The event's `body_hash` is that of what the command *asks for*: its name and parameters in
/// canonical form. It leaves out what belongs to the delivery (source, envelope, priority, times,
/// `retryCount`, `metadata`, …), because the same command may come by push in one envelope and
/// again with a heartbeat in another. A body in which no command can be found is hashed as a whole:
/// canonically if it is JSON, as bytes if not.
///
/// What looks like a secret is replaced first ([`secrets`]). The event's body and content are what
/// is left, which is also what a recording keeps; only the hash is still that of the body as it
/// arrived.
#[must_use]
pub fn parse(source: CommandSource, body: &str) -> CommandEvent {
    let arrived = value(body);
    let kept = secrets::replaced_body(body, arrived.as_ref().ok());
    let body_hash = hash(body, &arrived);
    let content = match &kept {
        Cow::Borrowed(_) => content(&arrived),
        Cow::Owned(kept) => content(&value(kept)),
    };
    CommandEvent { source, body: kept.into_owned(), body_hash, content }
}

/// Reads a command from a recording. When something in its body was replaced, `arrived` is the hash
/// of the body as it arrived.
#[must_use]
pub fn parse_recorded(
    source: CommandSource,
    body: &str,
    arrived: Option<ContentHash>,
) -> CommandEvent {
    let event = parse(source, body);
    CommandEvent { body_hash: arrived.unwrap_or(event.body_hash), ..event }
}

/// The hash of a body by which [`parse`] tells commands apart.
#[must_use]
pub fn body_hash(body: &str) -> ContentHash {
    hash(body, &value(body))
}

fn value(body: &str) -> Result<Value, Refusal> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Refusal::malformed(WHOLE, format!("is longer than {BODY_BYTES_MAX} bytes")));
    }
    if body == secrets::MARKER {
        return Err(Refusal::malformed(
            WHOLE,
            "could not be read, and looked as if it held a secret: it was replaced",
        ));
    }
    json::read(body).map_err(|error| Refusal::malformed(WHOLE, format!("is not JSON: {error}")))
}

fn hash(body: &str, value: &Result<Value, Refusal>) -> ContentHash {
    let Ok(value) = value else { return ContentHash::of(body.as_bytes()) };
    let text =
        envelope::asked(value).as_ref().map_or_else(|| json::canonical(value), json::canonical);
    ContentHash::of(text.as_bytes())
}

fn content(value: &Result<Value, Refusal>) -> CommandContent {
    match value.as_ref().map(|value| (value, envelope::read(value))) {
        Ok((_, Ok(envelope))) => CommandContent::Parsed(envelope),
        Ok((value, Err(refusal))) => malformed(envelope::id(value), &refusal),
        Err(refusal) => malformed(None, refusal),
    }
}

fn malformed(id: Option<CommandId>, refusal: &Refusal) -> CommandContent {
    let path = if refusal.path.is_empty() { WHOLE } else { &refusal.path };
    let kept = |text| text::cut(text, REFUSAL_CHARS_MAX).into_owned();
    CommandContent::Malformed(Malformed {
        id,
        path: kept(path),
        reason: kept(&refusal.reason),
        kind: refusal.kind,
    })
}
