//! Closing everything: by the process that trades the account, if there is one, or by this one, which then ends.

use super::account;
use crate::cli::output::{ExitStatus, Output};
use crate::disk;
use crate::disk::lock::Lock;
use crate::domain::id::CommandId;
use crate::domain::text::ShownPath;
use crate::executor::action::{Action, AlertCode, Report, ResultStatus};
use crate::executor::command::{CommandContent, CommandEvent, CommandSource};
use crate::live::inbox::Incoming;
use crate::live::time::machine_now;
use crate::session::ports::{Journal, PortError, Step};
use crate::wire;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io;
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
    let stamp = machine_now().nanos();
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

/// Waits until commands have closed everything, and then ends the session. What was not flat in time is pursued
/// further, and awaited.
pub struct Awaited {
    ids: BTreeSet<String>,
    /// Those that were not executed in time.
    overdue: BTreeSet<String>,
    inbox: SyncSender<Incoming>,
}

impl Awaited {
    /// Waits for these; for none of them it never ends a session.
    pub fn new(commands: &[CommandEvent], inbox: SyncSender<Incoming>) -> Self {
        let ids = commands.iter().filter_map(id_of).collect();
        Self { ids, overdue: BTreeSet::new(), inbox }
    }

    /// Whether each has its result, and nothing is left.
    pub fn are_all_done(&self) -> bool {
        self.ids.is_empty() && self.overdue.is_empty()
    }
}

impl Journal for Awaited {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let mut is_news = false;
        for action in step.actions {
            match action {
                Action::Result(result) if self.ids.remove(result.id.as_str()) => {
                    if result.status != ResultStatus::Executed {
                        self.overdue.insert(result.id.to_string());
                    }
                    is_news = true;
                }
                Action::Report(report) => {
                    let late = flat_after_all(report);
                    is_news |= late.is_some_and(|id| self.overdue.remove(id));
                }
                _ => {}
            }
        }
        if is_news && self.are_all_done() {
            let inbox = self.inbox.clone();
            // The inbox may be full, and is emptied by this thread alone.
            Builder::new().spawn(move || stop(&inbox))?;
        }
        Ok(())
    }
}

/// The command that was not executed in time and is now.
fn flat_after_all(report: &Report) -> Option<&str> {
    match report {
        Report::Alert(alert) if alert.code == AlertCode::FlatAfterAll => {
            alert.command.as_ref().map(CommandId::as_str)
        }
        _ => None,
    }
}

/// What came of asking the process that trades an account.
pub enum ClosedBy {
    /// It has told results, or the time is over.
    Running(ExitStatus),
    /// There is no such process, or no longer: its lock is taken.
    Nobody(Lock),
}

/// Hands the commands to the process that trades the account, and waits for what comes of them, or until it ends.
///
/// # Errors
/// When its lock, its commands or its results cannot be read or written.
pub fn through_running(
    (recordings, name): (&Path, &str),
    commands: &[CommandEvent],
    wait: Duration,
    output: &Output,
) -> anyhow::Result<ClosedBy> {
    let handed = Handed::new(&control_folder(recordings, name), commands);
    let results = recordings.join(format!("{name}.results.jsonl"));
    let mut waited = Duration::ZERO;
    loop {
        if let Some(lock) = account::take_folder(recordings, name)? {
            return Ok(ClosedBy::Nobody(lock));
        }
        if waited.is_zero() {
            output.note("the process that trades the account is asked to close everything");
        }
        handed.hand_over()?;
        let found = handed.results(&results)?;
        let is_over = found.len() == handed.0.len();
        if is_over || waited >= wait {
            for result in &found {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let (status, message) =
                    (text(&result["status"]), text(&result["result"]["message"]));
                output.data(&format!("{status} {message}"))?;
            }
            if !is_over {
                output.note(&format!(
                    "after {} s not everything has a result: the process may still be closing, see {}",
                    wait.as_secs(),
                    results.shown()
                ));
            }
            let is_executed = |result: &Value| result["status"] == json!("executed");
            let is_done = is_over && found.iter().all(is_executed);
            let status = if is_done { ExitStatus::Fine } else { ExitStatus::CheckFailed };
            return Ok(ClosedBy::Running(status));
        }
        sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
    }
}

/// Commands in the folder of a process. They are taken away again in the end: one that nobody took must not be taken
/// much later.
struct Handed(Vec<HandedCommand>);

struct HandedCommand {
    id: String,
    path: PathBuf,
    body: String,
}

impl Handed {
    fn new(folder: &Path, commands: &[CommandEvent]) -> Self {
        let ids = commands.iter().filter_map(|command| Some((id_of(command)?, command)));
        let one = |(id, command): (String, &CommandEvent)| {
            let path = folder.join(format!("{id}.json"));
            HandedCommand { id, path, body: command.body.clone() }
        };
        Self(ids.map(one).collect())
    }

    /// Puts there what is not there: a process that begins or ends has no folder yet, or no longer.
    fn hand_over(&self) -> anyhow::Result<()> {
        for HandedCommand { path, body, .. } in &self.0 {
            if path.exists() {
                continue;
            }
            let made = disk::beside(path, ".new");
            let written =
                disk::write(&made, body.as_bytes()).and_then(|()| disk::rename(&made, path));
            match written {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot write {}", path.shown()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn results(&self, path: &Path) -> anyhow::Result<Vec<Value>> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.shown()));
            }
        };
        let lines = text.split(|byte| *byte == b'\n');
        let results = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        let is_wanted =
            |result: &Value| self.0.iter().any(|one| result["id"].as_str() == Some(&one.id));
        Ok(results.filter(is_wanted).collect())
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        for HandedCommand { path, .. } in &self.0 {
            // The next process that trades the account clears what could not be taken away.
            let _ = disk::remove(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows takes no `:` in a name, and no name that ends in a dot.
    #[test]
    fn the_ids_of_commands_are_names_of_files_everywhere() {
        for id in commands().iter().map(|command| id_of(command).unwrap()) {
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{id}");
        }
    }
}
