//! Calls the control API of a live session, wherever that is.

use crate::cli::config::environment;
use crate::cli::live::control_folders;
use crate::config::live::load;
use crate::control::ControlDoor;
use crate::courier::channel::NotTaken;
use crate::courier::http::{Caller, Method};
use crate::domain::text::ShownPath;
use anyhow::Context;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// The longest wait for a result.
pub const WAIT_MAX_S: u64 = 600;

/// Calls the session of these settings.
///
/// # Errors
/// When there is none, or more than one, or it answers with no JSON.
pub fn call(
    config: &Path,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let (settings, _) = load(Some(config), &environment())?;
    let folders = control_folders(&settings)?;
    let mut doors = Vec::new();
    for folder in &folders {
        let door = ControlDoor::find(folder);
        doors.extend(door.with_context(|| format!("cannot read {}", folder.shown()))?);
    }
    let [door] = &doors[..] else {
        anyhow::bail!(
            "{}: {} with a control API",
            config.shown(),
            if doors.is_empty() {
                "no session of these settings runs"
            } else {
                "several sessions of these settings run"
            }
        );
    };
    let url = format!("http://{}{path}", door.address);
    let bearer = format!("Bearer {}", door.token);
    let most = Duration::from_secs(WAIT_MAX_S + 30);
    let answer =
        Caller::answered_within(most).call(method, &url, &[("Authorization", &bearer)], body);
    let text = answer.map_err(|refusal| match refusal {
        NotTaken::Later { what, .. } | NotTaken::Never { what } => {
            anyhow::anyhow!("the session at {}: {what}", door.address)
        }
    })?;
    serde_json::from_str(&text).context("the session answers with no JSON")
}
