//! `tickdeck send`: gives a command to a live session, by its control API.

use crate::cli::control::{WAIT_MAX_S, call};
use crate::cli::output::{ExitStatus, Output};
use crate::courier::http::Method;
use crate::domain::text::ShownPath;
use crate::live::time::machine_now;
use anyhow::Context;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

/// Give a command to a live session, and wait for its result.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// The command, such as START_STRATEGY or PAUSE_ALL
    #[arg(value_name = "COMMAND")]
    command: String,
    /// A JSON file with its parameters
    #[arg(long, value_name = "FILE.json")]
    file: Option<PathBuf>,
    /// Its parameters as JSON
    #[arg(long, value_name = "JSON", conflicts_with = "file")]
    parameters: Option<String>,
    /// Its id; a command with an id that was used before is not carried out again
    #[arg(long)]
    id: Option<String>,
    /// How many seconds to wait for its result
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=WAIT_MAX_S))]
    wait: u64,
    /// The settings file of the session
    #[arg(long, value_name = "LIVE.toml", default_value = "live.toml")]
    config: PathBuf,
}

/// Gives a command to a session.
///
/// # Errors
/// When its parameters cannot be read, or no session takes it.
pub fn run(args: &SendArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let parameters = match (&args.file, &args.parameters) {
        (Some(path), _) => {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.shown()))?;
            serde_json::from_str(&text).with_context(|| path.shown().into_owned())?
        }
        (None, Some(text)) => serde_json::from_str(text).context("--parameters")?,
        (None, None) => json!({}),
    };
    let id = args
        .id
        .clone()
        .unwrap_or_else(|| format!("send-{}-{}", machine_now().nanos(), std::process::id()));
    let body = json!({ "id": id, "command": args.command, "parameters": parameters });
    let path = format!("/api/commands?wait={}", args.wait);
    let answer = call(&args.config, Method::Post, &path, Some(&body))?;
    if output.json {
        output.object(answer.as_object().context("the session answers with no object")?)?;
    }
    let Some(status) = answer["status"].as_str() else {
        output.note(&format!("{id}: after {} s there is no result yet", args.wait));
        return Ok(ExitStatus::CheckFailed);
    };
    if !output.json {
        let message = answer["result"]["message"].as_str().unwrap_or_default();
        output.data(&format!("{status} {message}"))?;
    }
    Ok(if status == "executed" { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}
