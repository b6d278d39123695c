//! What is watched besides the terminal: a file or a folder of commands, and the kill switch.

use super::inbox::Incoming;
use crate::executor::command::{CommandContent, CommandEvent, CommandSource};
use crate::executor::event::{Event, Operator};
use crate::wire;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::SyncSender;
use std::thread::{self, Builder};
use std::time::Duration;

/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Watches from now on, until nobody takes what is found. WatchedCommands wait until the account has been read: before
/// that, they would be refused.
///
/// # Errors
/// When there can be no thread.
pub fn watch(
    mut commands: Option<WatchedCommands>,
    kill_switch: Option<PathBuf>,
    is_ready: Arc<AtomicBool>,
    inbox: SyncSender<Incoming>,
) -> io::Result<()> {
    let mut switch = kill_switch.map(|path| KillSwitch { path, is_on: false });
    Builder::new().name("watch".to_owned()).spawn(move || {
        loop {
            // The switch goes first.
            let turned = switch.as_mut().and_then(KillSwitch::look).map(Event::Operator);
            let mut given = Vec::new();
            if let Some(commands) = commands.as_mut().filter(|_| is_ready.load(Relaxed)) {
                given = commands.look();
            }
            let given = given.into_iter().map(|command| Event::Command(Box::new(command)));
            for event in turned.into_iter().chain(given) {
                if inbox.send(Incoming::Event(event)).is_err() {
                    return;
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    })?;
    Ok(())
}

/// A file that stops everything while it is there.
#[derive(Debug)]
struct KillSwitch {
    path: PathBuf,
    is_on: bool,
}

impl KillSwitch {
    fn look(&mut self) -> Option<Operator> {
        // What cannot be looked at is there.
        let is_on = !matches!(fs::symlink_metadata(&self.path), Err(error) if error.kind() == io::ErrorKind::NotFound);
        let was_on = std::mem::replace(&mut self.is_on, is_on);
        match (was_on, is_on) {
            (false, true) => Some(Operator::Kill),
            (true, false) => Some(Operator::ClearKill),
            _ => None,
        }
    }
}

/// A file with a command a line, to which more are appended; or a folder in which each file that ends in `.json`
/// is a command, to be put there under another name and renamed once it is whole.
///
/// At the next start those are left out whose result is known.
#[derive(Debug)]
pub struct WatchedCommands {
    path: PathBuf,
    /// How far the file has been read.
    offset: u64,
    /// The files of the folder that were read.
    given: BTreeSet<PathBuf>,
    /// The ids of commands whose result was known at the start.
    done: BTreeSet<String>,
}

impl WatchedCommands {
    /// The commands of a file or folder, without those whose results are known.
    #[must_use]
    pub const fn new(path: PathBuf, done: BTreeSet<String>) -> Self {
        Self { path, offset: 0, given: BTreeSet::new(), done }
    }

    /// The new commands.
    fn look(&mut self) -> Vec<CommandEvent> {
        let bodies = self.bodies();
        let parse = |body: String| wire::command::parse(CommandSource::Stream, &body);
        bodies.into_iter().map(parse).filter(|command| !self.is_done(command)).collect()
    }

    fn is_done(&self, command: &CommandEvent) -> bool {
        let id = match &command.content {
            CommandContent::Parsed(envelope) => Some(&envelope.id),
            CommandContent::Malformed(malformed) => malformed.id.as_ref(),
        };
        id.is_some_and(|id| self.done.contains(id.as_str()))
    }

    /// The bodies of new commands. What cannot be read now is looked at again.
    fn bodies(&mut self) -> Vec<String> {
        let found = if self.path.is_dir() { self.folder() } else { self.lines() };
        found.unwrap_or_default()
    }

    fn lines(&mut self) -> io::Result<Vec<String>> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() < self.offset {
            // Another file has taken its place.
            self.offset = 0;
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut file = BufReader::new(file);
        let (mut bodies, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            let bytes = file.read_until(b'\n', &mut line)?;
            // A line that does not end is still being written.
            if bytes == 0 || line.last() != Some(&b'\n') {
                return Ok(bodies);
            }
            self.offset += bytes as u64;
            let text = String::from_utf8_lossy(&line);
            bodies.extend(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned));
        }
    }

    fn folder(&mut self) -> io::Result<Vec<String>> {
        let is_command = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            paths.push(entry?.path());
        }
        paths.retain(|path| is_command(path) && !self.given.contains(path));
        paths.sort();
        let mut bodies = Vec::new();
        for path in paths {
            if let Ok(text) = fs::read(&path) {
                bodies.push(String::from_utf8_lossy(&text).trim().to_owned());
                self.given.insert(path);
            }
        }
        Ok(bodies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn lines_are_given_once_and_only_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.jsonl");
        let mut commands = WatchedCommands::new(path.clone(), BTreeSet::new());
        assert!(commands.bodies().is_empty());
        let mut file = File::create(&path).unwrap();
        write!(file, "{{\"a\":1}}\n\n  {{\"b\":").unwrap();
        assert_eq!(commands.bodies(), ["{\"a\":1}"]);
        assert!(commands.bodies().is_empty());
        writeln!(file, "2}}").unwrap();
        assert_eq!(commands.bodies(), ["{\"b\":2}"]);
        // A shorter file is another one.
        fs::write(&path, "{}\n").unwrap();
        assert_eq!(commands.bodies(), ["{}"]);
    }

    #[test]
    fn files_of_a_folder_are_given_once_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("2.json", "two"), ("1.json", "one\n"), ("3.tmp", "three")] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let mut commands = WatchedCommands::new(dir.path().to_owned(), BTreeSet::new());
        assert_eq!(commands.bodies(), ["one", "two"]);
        fs::rename(dir.path().join("3.tmp"), dir.path().join("3.json")).unwrap();
        assert_eq!(commands.bodies(), ["three"]);
        assert!(commands.bodies().is_empty());
    }

    #[test]
    fn a_command_whose_result_is_known_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.jsonl");
        let ping =
            |id: &str| format!("{{\"id\":\"{id}\",\"command\":\"PING\",\"parameters\":{{}}}}\n");
        fs::write(&path, ping("one") + &ping("two") + "nonsense\n").unwrap();
        let mut commands = WatchedCommands::new(path, BTreeSet::from(["one".to_owned()]));
        let given = commands.look();
        assert_eq!(given.len(), 2);
        assert!(given[0].body.contains("two") && given[1].body == "nonsense");
    }

    #[test]
    fn a_kill_switch_is_told_when_it_turns() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("KILL");
        let mut switch = KillSwitch { path: path.clone(), is_on: false };
        assert_eq!(switch.look(), None);
        fs::write(&path, "").unwrap();
        assert_eq!((switch.look(), switch.look()), (Some(Operator::Kill), None));
        fs::remove_file(&path).unwrap();
        assert_eq!((switch.look(), switch.look()), (Some(Operator::ClearKill), None));
    }
}
