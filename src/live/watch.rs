//! What is watched besides the terminal: a file or a folder of commands, and the kill switch.

use super::inbox::Incoming;
use crate::executor::command::{Command, CommandContent, CommandEvent, CommandSource};
use crate::executor::event::{Event, Operator};
use crate::wire;
use crate::wire::command::BODY_BYTES_MAX;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::SyncSender;
use std::thread::{self, Builder};
use std::time::Duration;

/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Watches from now on, until nobody takes what is found. Commands wait until the account has been read: before
/// that, they would be refused. But a way out is given at once, with what was asked for before it.
///
/// # Errors
/// When there can be no thread.
pub fn watch(
    (origins, done): (CommandOrigins, &BTreeSet<String>),
    kill_switch: Option<PathBuf>,
    is_ready: &Arc<AtomicBool>,
    inbox: &SyncSender<Incoming>,
) -> io::Result<()> {
    // Each has a thread: a folder on a machine that does not answer must not keep the switch waiting.
    if let Some(path) = kill_switch {
        let mut switch = KillSwitch::new(path);
        look_again_and_again("kill switch", inbox.clone(), move || {
            switch.look().map(Event::Operator).into_iter().collect()
        })?;
    }
    for origin in origins {
        let mut commands = HeldCommands::new(origin, done.clone());
        let is_ready = Arc::clone(is_ready);
        look_again_and_again("commands", inbox.clone(), move || {
            let given = commands.look(is_ready.load(Relaxed));
            given.into_iter().map(|command| Event::Command(Box::new(command))).collect()
        })?;
    }
    Ok(())
}

fn look_again_and_again(
    name: &str,
    inbox: SyncSender<Incoming>,
    mut look: impl FnMut() -> Vec<Event> + Send + 'static,
) -> io::Result<()> {
    Builder::new().name(name.to_owned()).spawn(move || {
        loop {
            for event in look() {
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
    /// How often it could not be looked at since it last could.
    unseen: u32,
    /// Whether it counts as there for that reason alone.
    is_by_failure: bool,
}

/// How often in a row a kill switch that cannot be looked at is taken as it was: a folder on the net may be away for a
/// moment. Then it counts as there.
const UNSEEN_MAX: u32 = 20;

impl KillSwitch {
    const fn new(path: PathBuf) -> Self {
        Self { path, is_on: false, unseen: 0, is_by_failure: false }
    }

    fn look(&mut self) -> Option<Operator> {
        let seen = match fs::symlink_metadata(&self.path) {
            Ok(_) => Some(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(false),
            Err(_) => None,
        };
        self.took(seen)
    }

    /// What follows from a look; none where it failed.
    fn took(&mut self, seen: Option<bool>) -> Option<Operator> {
        self.unseen = if seen.is_some() { 0 } else { self.unseen.saturating_add(1) };
        let is_on = seen.unwrap_or(self.is_on || self.unseen > UNSEEN_MAX);
        let was_on = std::mem::replace(&mut self.is_on, is_on);
        let by_failure = self.is_by_failure;
        self.is_by_failure = is_on && seen.is_none() && (by_failure || !was_on);
        match (was_on, is_on) {
            (false, true) => Some(Operator::Kill),
            // Nobody has taken away what was never seen: an operator clears that, by the file.
            (true, false) if !by_failure => Some(Operator::ClearKill),
            _ => None,
        }
    }
}

/// Where commands come from.
///
/// ```
/// use tickdeck::live::watch::CommandOrigin;
///
/// /// Gives a PING, once.
/// struct Once(Option<String>);
///
/// impl CommandOrigin for Once {
///     fn bodies(&mut self) -> Vec<String> {
///         self.0.take().into_iter().collect()
///     }
/// }
/// let ping = r#"{"id":"p","command":"PING","parameters":{}}"#;
/// let mut once = Once(Some(ping.to_owned()));
/// assert_eq!((once.bodies().len(), once.bodies().len()), (1, 0));
/// ```
pub trait CommandOrigin: Send {
    /// The bodies of new commands.
    fn bodies(&mut self) -> Vec<String>;
}

/// Several of them.
pub type CommandOrigins = Vec<Box<dyn CommandOrigin>>;

/// Commands of an origin, without those whose result was known at the start.
struct HeldCommands {
    origin: Box<dyn CommandOrigin>,
    /// The ids of commands whose result was known at the start.
    done: BTreeSet<String>,
    /// What waits until the account has been read.
    held: Vec<CommandEvent>,
}

impl HeldCommands {
    const fn new(origin: Box<dyn CommandOrigin>, done: BTreeSet<String>) -> Self {
        Self { origin, done, held: Vec::new() }
    }

    /// The commands that are due: all new ones, or those up to the last way out while the account is not known.
    fn look(&mut self, is_ready: bool) -> Vec<CommandEvent> {
        let bodies = self.origin.bodies();
        let parse = |body: String| wire::command::parse(CommandSource::Stream, cut(&body));
        let new = bodies.into_iter().map(parse).filter(|command| !self.is_done(command));
        let new: Vec<CommandEvent> = new.collect();
        self.held.extend(new);
        let due = if is_ready {
            self.held.len()
        } else {
            self.held.iter().rposition(is_way_out).map_or(0, |last| last + 1)
        };
        self.held.drain(..due).collect()
    }

    fn is_done(&self, command: &CommandEvent) -> bool {
        let id = match &command.content {
            CommandContent::Parsed(envelope) => Some(&envelope.id),
            CommandContent::Malformed(malformed) => malformed.id.as_ref(),
        };
        id.is_some_and(|id| self.done.contains(id.as_str()))
    }
}

/// A file with a command a line, to which more are appended; or a folder in which each file that ends in `.json`
/// is a command, to be put there under another name and renamed once it is whole.
#[derive(Debug)]
pub struct WatchedCommands {
    path: PathBuf,
    /// How far the file has been read.
    offset: u64,
    /// The line that ends there, by which another file of the same name is told.
    last_line: Vec<u8>,
    /// The files of the folder that were read.
    given: BTreeSet<PathBuf>,
}

impl CommandOrigin for WatchedCommands {
    /// What cannot be read now is looked at again.
    fn bodies(&mut self) -> Vec<String> {
        let found = if self.path.is_dir() { self.folder() } else { self.lines() };
        found.unwrap_or_default()
    }
}

impl WatchedCommands {
    /// The commands of a file or folder.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path, offset: 0, last_line: Vec::new(), given: BTreeSet::new() }
    }

    fn lines(&mut self) -> io::Result<Vec<String>> {
        let mut file = BufReader::new(File::open(&self.path)?);
        let (mut offset, mut last_line) = (self.offset, self.last_line.clone());
        if !ends_with(&mut file, offset, &last_line)? {
            // Another file has taken its place.
            (offset, last_line) = (0, Vec::new());
            file.rewind()?;
        }
        let (mut bodies, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            let bytes = file.read_until(b'\n', &mut line)?;
            // A line that does not end is still being written.
            if bytes == 0 || line.last() != Some(&b'\n') {
                // Only now: what cannot be read to this place is read again from where it was.
                (self.offset, self.last_line) = (offset, last_line);
                return Ok(bodies);
            }
            offset += bytes as u64;
            last_line.clone_from(&line);
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
        // A name that is free again may be used again.
        self.given.retain(|path| paths.contains(path));
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

/// Whether a file has this line before this place, where it is then read on.
fn ends_with(file: &mut BufReader<File>, offset: u64, line: &[u8]) -> io::Result<bool> {
    file.seek(SeekFrom::Start(offset.saturating_sub(line.len() as u64)))?;
    let mut found = vec![0; line.len()];
    match file.read_exact(&mut found) {
        Ok(()) => Ok(found == line),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a command leads out of the market, or keeps out of it: it is of use before the account is known.
const fn is_way_out(command: &CommandEvent) -> bool {
    let CommandContent::Parsed(envelope) = &command.content else { return false };
    matches!(
        envelope.command,
        Command::EmergencyStop { .. }
            | Command::Stop { .. }
            | Command::StopAll { .. }
            | Command::Pause { .. }
            | Command::PauseAll
    )
}

/// A body, as far as it matters: one that is too long is refused, and is kept no further than that shows.
fn cut(body: &str) -> &str {
    &body[..body.floor_char_boundary(BODY_BYTES_MAX + 4)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn held(path: PathBuf, done: &[&str]) -> HeldCommands {
        let done = done.iter().map(|id| (*id).to_owned()).collect();
        HeldCommands::new(Box::new(WatchedCommands::new(path)), done)
    }

    #[test]
    fn lines_are_given_once_and_only_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.jsonl");
        let mut commands = WatchedCommands::new(path.clone());
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
        // And so is one that is as long or longer and begins otherwise.
        fs::write(&path, "[]\n[1]\n").unwrap();
        assert_eq!(commands.bodies(), ["[]", "[1]"]);
    }

    #[test]
    fn a_way_out_waits_for_nothing_and_keeps_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.jsonl");
        let line = |id: &str, command: &str| {
            format!("{{\"id\":\"{id}\",\"command\":\"{command}\",\"parameters\":{{}}}}\n")
        };
        fs::write(&path, line("1", "PING") + &line("2", "STOP_ALL") + &line("3", "PING")).unwrap();
        let mut commands = held(path, &[]);
        assert_eq!(commands.look(false).len(), 2);
        assert_eq!(commands.look(false).len(), 0);
        assert_eq!(commands.look(true).len(), 1);
    }

    #[test]
    fn a_body_that_is_too_long_is_refused_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("1.json"), "é".repeat(BODY_BYTES_MAX)).unwrap();
        let mut commands = held(dir.path().to_owned(), &[]);
        let given = commands.look(true).remove(0);
        assert!(given.body.len() <= BODY_BYTES_MAX + 4);
        assert!(matches!(given.content, CommandContent::Malformed(_)));
        assert_eq!(wire::command::parse(CommandSource::Stream, &given.body), given);
    }

    #[test]
    fn files_of_a_folder_are_given_once_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("2.json", "two"), ("1.json", "one\n"), ("3.tmp", "three")] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let mut commands = held(dir.path().to_owned(), &[]);
        assert_eq!(commands.origin.bodies(), ["one", "two"]);
        fs::rename(dir.path().join("3.tmp"), dir.path().join("3.json")).unwrap();
        assert_eq!(commands.origin.bodies(), ["three"]);
        assert!(commands.origin.bodies().is_empty());
    }

    #[test]
    fn a_command_whose_result_is_known_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.jsonl");
        let ping =
            |id: &str| format!("{{\"id\":\"{id}\",\"command\":\"PING\",\"parameters\":{{}}}}\n");
        fs::write(&path, ping("one") + &ping("two") + "nonsense\n").unwrap();
        let mut commands = held(path, &["one"]);
        let given = commands.look(true);
        assert_eq!(given.len(), 2);
        assert!(given[0].body.contains("two") && given[1].body == "nonsense");
    }

    #[test]
    fn a_kill_switch_is_told_when_it_turns() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("KILL");
        let mut switch = KillSwitch::new(path.clone());
        assert_eq!(switch.look(), None);
        fs::write(&path, "").unwrap();
        assert_eq!((switch.look(), switch.look()), (Some(Operator::Kill), None));
        fs::remove_file(&path).unwrap();
        assert_eq!((switch.look(), switch.look()), (Some(Operator::ClearKill), None));
    }

    #[test]
    fn a_kill_switch_that_cannot_be_seen_counts_as_there_after_a_while_and_stays_so() {
        let mut switch = KillSwitch::new(PathBuf::new());
        let unseen = |switch: &mut KillSwitch, times: u32| -> Vec<Operator> {
            (0..times).filter_map(|_| switch.took(None)).collect()
        };
        assert_eq!(switch.took(Some(false)), None);
        assert_eq!(unseen(&mut switch, UNSEEN_MAX), []);
        assert_eq!(switch.took(Some(false)), None);
        assert_eq!(unseen(&mut switch, UNSEEN_MAX + 9), [Operator::Kill]);
        assert_eq!(switch.took(Some(false)), None, "nobody has taken it away");
        // One that was there stays so while it cannot be seen.
        assert_eq!(switch.took(Some(true)), Some(Operator::Kill));
        assert_eq!(unseen(&mut switch, UNSEEN_MAX + 9), []);
        assert_eq!(switch.took(Some(false)), Some(Operator::ClearKill));
    }
}
