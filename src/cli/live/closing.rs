//! Closing everything: by the process that trades the account, if there is one, or by this one, which then ends.

use crate::cli::output::{ExitStatus, Output};
use crate::disk;
use crate::domain::text::ShownPath;
use crate::executor::action::{Action, ResultStatus};
use crate::executor::command::{CommandContent, CommandEvent, CommandSource};
use crate::live::inbox::Incoming;
use crate::live::time::machine_now;
use crate::session::ports::{Journal, PortError, Step};
use crate::wire;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::thread::{Builder, sleep};
use std::time::Duration;

/// The pause between two looks at the results.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The folder in which a process that trades an account takes commands from this program.
pub fn control_folder(recordings: &Path, name: &str) -> PathBuf {
    recordings.join(format!(".{name}.control"))
}

/// The commands that close everything, and keep what has ended from beginning again: the strategies stop, then
/// everything that is left is closed, orders are removed, and entries are latched.
pub fn commands() -> Vec<CommandEvent> {
    let stamp = machine_now();
    let command = |place: u8, command: &str, parameters: Value| {
        let id = format!("close-all-{stamp}-{}-{place}", std::process::id());
        let body = json!({ "id": id, "command": command, "parameters": parameters });
        wire::command::parse(CommandSource::Stream, &body.to_string())
    };
    vec![
        command(1, "STOP_ALL", json!({ "closePositions": true })),
        command(2, "EMERGENCY_STOP", json!({ "reason": "tickdeck close --all" })),
    ]
}

fn id_of(command: &CommandEvent) -> Option<String> {
    match &command.content {
        CommandContent::Parsed(envelope) => Some(envelope.id.to_string()),
        CommandContent::Malformed(_) => None,
    }
}

/// Asks the session to end in good order.
pub fn stop(inbox: &SyncSender<Incoming>) {
    // It may have ended before.
    let _ = inbox.send(Incoming::Stop);
}

/// Waits for the results of commands, and then ends the session.
pub struct Awaited {
    ids: BTreeSet<String>,
    is_done: bool,
    inbox: SyncSender<Incoming>,
}

impl Awaited {
    /// Waits for these; for none of them it never ends a session.
    pub fn new(commands: &[CommandEvent], inbox: SyncSender<Incoming>) -> Self {
        Self { ids: commands.iter().filter_map(id_of).collect(), is_done: true, inbox }
    }

    /// Whether each was executed.
    pub fn are_all_done(&self) -> bool {
        self.is_done && self.ids.is_empty()
    }
}

impl Journal for Awaited {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        for action in step.actions {
            let Action::Result(result) = action else { continue };
            if !self.ids.remove(result.id.as_str()) {
                continue;
            }
            self.is_done &= result.status == ResultStatus::Executed;
            if self.ids.is_empty() {
                let inbox = self.inbox.clone();
                // The inbox may be full, and is emptied by this thread alone.
                Builder::new().spawn(move || stop(&inbox))?;
            }
        }
        Ok(())
    }
}

/// Hands the commands to the process that trades the account, and waits for what comes of them.
pub fn through_running(
    recordings: &Path,
    name: &str,
    commands: &[CommandEvent],
    wait: Duration,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let folder = control_folder(recordings, name);
    output.note("the process that trades the account is asked to close everything");
    let mut files = Vec::new();
    for command in commands {
        let id = id_of(command).context("the commands are our own")?;
        let path = folder.join(format!("{id}.json"));
        let made = disk::beside(&path, ".new");
        disk::write(&made, command.body.as_bytes())
            .and_then(|()| disk::rename(&made, &path))
            .with_context(|| format!("cannot write {}", path.shown()))?;
        files.push((id, path));
    }
    let results = recordings.join(format!("{name}.results.jsonl"));
    let mut found = Vec::new();
    let mut waited = Duration::ZERO;
    while waited < wait && found.len() < files.len() {
        sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
        found = results_of(&results, &files)?;
    }
    for (_, path) in &files {
        // One that nobody took must not be taken much later.
        disk::remove(path).with_context(|| format!("cannot remove {}", path.shown()))?;
    }
    for result in &found {
        output.data(&format!(
            "{} {}",
            result["status"].as_str().unwrap_or_default(),
            result["result"]["message"].as_str().unwrap_or_default()
        ))?;
    }
    let is_done = found.len() == files.len()
        && found.iter().all(|result| result["status"] == json!("executed"));
    if found.len() < files.len() {
        output.note(&format!(
            "after {} s not everything has a result: the process may still be closing, see {}",
            wait.as_secs(),
            results.shown()
        ));
    }
    Ok(if is_done { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}

fn results_of(path: &Path, files: &[(String, PathBuf)]) -> anyhow::Result<Vec<Value>> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.shown()))?;
    let lines = text.split(|byte| *byte == b'\n');
    let results = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let is_wanted = |result: &Value| files.iter().any(|(id, _)| result["id"] == json!(id));
    Ok(results.filter(is_wanted).collect())
}
