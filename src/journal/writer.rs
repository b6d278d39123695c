//! Writes a journal.

use super::error::JournalError;
use super::line::{StepLine, StepLink, tick_line};
use super::{SESSION, STATE, STEPS};
use crate::disk;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::recording::line_events::LineEvents;
use crate::recording::lines::InputLine;
use crate::session::description::SessionFile;
use crate::session::ports::{self, PortError, Step};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How long a step that nothing waits for may be in the system's memory alone.
const SYNC_MS: u64 = 1_000;

/// A journal being written.
#[derive(Debug)]
pub struct JournalWriter {
    path: PathBuf,
    file: File,
    events: LineEvents,
    link: StepLink,
    line: Vec<u8>,
    /// When the first step came that is not durable yet.
    unsynced: Option<Timestamp>,
    steps: u64,
    durable_steps: Arc<AtomicU64>,
    /// How many of them the lines tell of.
    told_durable: u64,
    syncs: u64,
}

impl JournalWriter {
    /// Begins a journal in a folder of its own, which must not be there yet. It appears complete.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(
        folder: &Path,
        file: &SessionFile,
        executor: Option<&Executor>,
    ) -> Result<Self, JournalError> {
        let made = disk::beside(folder, ".new");
        disk::remove(&made).map_err(JournalError::io("remove", &made))?;
        fs::create_dir_all(&made).map_err(JournalError::io("create", &made))?;
        let text = toml::to_string(file)
            .map_err(|error| JournalError::damaged(&folder.join(SESSION), &error))?;
        write(&made.join(SESSION), &text)?;
        if let Some(executor) = executor {
            let text = executor.snapshot().to_json();
            let text = text.map_err(|error| JournalError::damaged(&folder.join(STATE), &error))?;
            write(&made.join(STATE), &text)?;
        }
        write(&made.join(STEPS), "")?;
        disk::sync_folder(&made).map_err(JournalError::io("write", &made))?;
        disk::rename(&made, folder).map_err(JournalError::io("rename", &made))?;
        let above = disk::parent(folder);
        disk::sync_folder(folder)
            .and_then(|()| disk::sync_folder(above))
            .map_err(JournalError::io("write", above))?;
        let path = folder.join(STEPS);
        let opened = File::options().append(true).open(&path);
        Ok(Self {
            file: opened.map_err(JournalError::io("open", &path))?,
            path,
            events: LineEvents::new(file),
            link: StepLink::default(),
            line: Vec::new(),
            unsynced: None,
            steps: 0,
            durable_steps: Arc::default(),
            told_durable: 0,
            syncs: 0,
        })
    }

    /// How often steps were made durable.
    #[must_use]
    pub const fn syncs(&self) -> u64 {
        self.syncs
    }

    /// How many steps are durable, for whoever must not tell of one that could be forgotten.
    #[must_use]
    pub fn durable_steps(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.durable_steps)
    }

    /// Makes all steps durable.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.unsynced = None;
        self.syncs += 1;
        self.file.sync_data().map_err(JournalError::io("write", &self.path))?;
        self.durable_steps.store(self.steps, Relaxed);
        Ok(())
    }

    fn take(&mut self, step: &Step<'_>) -> Result<(), JournalError> {
        let (input, tick) = match step.event {
            Event::Tick(tick) => (None, Some(tick_line(step.input_seq, step.at, tick))),
            Event::Wakeup => {
                let (at, after) = (step.at, Some(step.input_seq));
                let wakeup = InputLine {
                    seq: None,
                    after,
                    at,
                    due: None,
                    source: None,
                    body_hash: None,
                    event: None,
                };
                (Some(wakeup), None)
            }
            _ => (Some(self.events.line(step)), None),
        };
        let is_kept = |action: &&Action| !matches!(action, Action::Note(_));
        let actions = step.actions.iter().filter(is_kept).cloned().collect();
        let known = self.durable_steps.load(Relaxed);
        let durable = (known > self.told_durable).then_some(known);
        self.told_durable = known;
        let text = serde_json::to_vec(&StepLine { input, tick, actions, durable });
        let text = text.expect("lines are made of text, integers and lists");
        self.link = self.link.after(&text);
        self.line.clear();
        self.line.extend_from_slice(self.link.digits().as_bytes());
        self.line.push(b' ');
        self.line.extend_from_slice(&text);
        self.line.push(b'\n');
        // In one piece: what is written survives the process, durable or not.
        self.file.write_all(&self.line).map_err(JournalError::io("write", &self.path))?;
        self.steps += 1;
        let since = *self.unsynced.get_or_insert(step.at);
        // What leaves this process must not be forgotten: a request, and the word that something is done or has happened.
        let leaves = |action: &Action| {
            matches!(action, Action::Trade(_) | Action::Result(_) | Action::Report(_))
        };
        if step.actions.iter().any(leaves) || since.plus_ms(SYNC_MS) <= step.at {
            return self.sync();
        }
        Ok(())
    }
}

impl ports::Journal for JournalWriter {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.take(step).map_err(PortError::from)
    }
}

fn write(path: &Path, text: &str) -> Result<(), JournalError> {
    disk::write(path, text.as_bytes()).map_err(JournalError::io("write", path))
}
