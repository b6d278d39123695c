//! Writes a recording while a session runs:
//!
//! ```text
//! session.toml    the session with its specifications, and [recording]: counts, hashes, checkpoints
//! state.json      the executor's state at the start, if the run did not start fresh
//! ticks/S.parquet the ticks, one file per symbol
//! arrivals.parquet when the ticks of a live session came, and in which order (`arrivals`)
//! inputs.jsonl    everything but ticks (`lines`)
//! actions.jsonl   the actions of the steps, without notes (`lines`)
//! orders.txt      the order sequence for people (`orders`)
//! ```
//!
//! The directory appears complete at [`Recorder::finish`]; until then it has another name next to
//! its place. A tick that a replay could not bring again at the same moment and place is refused,
//! because nothing may look replayable that is not. Nothing is written twice that is in the tick
//! files already, and no secret is written.

use crate::disk;
use crate::domain::id::{ContentHash, SymbolId};
use crate::domain::symbol::SymbolSpec;
use crate::domain::text;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::market::bar::Bar;
use crate::recording::error::RecordingError;
use crate::recording::files;
use crate::recording::folder::{Existing, Folder};
use crate::recording::hash::{StepHasher, has_actions};
use crate::recording::hashed_file::HashedFile;
use crate::recording::history;
use crate::recording::line_events::LineEvents;
use crate::recording::lines::{ActionLine, InputLine, LINE_BYTES_MAX, too_long};
use crate::recording::orders::OrderLog;
use crate::recording::specs;
use crate::recording::tick_files::{TickFiles, Ticks};
use crate::session::description::{Recorded, SessionFile};
use crate::session::ports::{self, Passed, PortError, Step};
use crate::wire;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// A recording being written.
#[derive(Debug)]
pub struct Recorder {
    file: SessionFile,
    ticks: TickFiles,
    inputs: HashedFile,
    actions: HashedFile,
    orders: HashedFile,
    log: OrderLog,
    hasher: StepHasher,
    events: LineEvents,
    files: BTreeMap<String, ContentHash>,
    last_at: Timestamp,
    /// The moment of the last step, runs not counted.
    step_at: Timestamp,
    /// The wakeup that the executor wanted after the last step.
    wanted: Option<Timestamp>,
    wakeups: u32,
    count: Count,
    line: Vec<u8>,
    // After the files in it, which must be closed before it is removed.
    folder: Folder,
}

/// What is counted along the way.
#[derive(Debug, Default)]
struct Count {
    inputs: u64,
    ticks: u64,
    orders: u64,
    first_time_msc: Option<ServerMsc>,
    last_time_msc: Option<ServerMsc>,
}

impl Count {
    /// Counts ticks between two server times.
    fn ticks(&mut self, ticks: u64, first_msc: ServerMsc, last_msc: ServerMsc) {
        self.ticks += ticks;
        // Runs of several symbols overlap.
        let first = self.first_time_msc.unwrap_or(first_msc);
        self.first_time_msc = Some(first.min(first_msc));
        self.last_time_msc = self.last_time_msc.max(Some(last_msc));
    }
}

impl Recorder {
    /// Starts a recording that will become `target`. `specs` are those of the session's symbols, in
    /// order. `state` is the executor's state as JSON when it does not start fresh.
    ///
    /// # Errors
    /// When `target` is something other than a recording, the file holds something that looks like
    /// a secret, or the file system refuses.
    pub fn create(
        target: &Path,
        existing: Existing,
        file: &SessionFile,
        specs: &[SymbolSpec],
        state: Option<&str>,
        ticks: Ticks<'_>,
    ) -> Result<Self, RecordingError> {
        let mut file = SessionFile { recording: None, ..file.clone() };
        specs::embed(&mut file, specs)?;
        if let Some(field) =
            wire::secrets::find_in_session(&serde_json::to_value(&file).unwrap_or_default())
        {
            return Err(RecordingError::Secret { place: files::SESSION.to_owned(), field });
        }
        toml::to_string(&file).map_err(|error| {
            RecordingError::text(&target.join(files::SESSION), None, error.to_string())
        })?;
        let folder = Folder::create(target, existing)?;
        let mut files = BTreeMap::new();
        if let Some(state) = state {
            let path = folder.path(files::STATE);
            disk::write(&path, state.as_bytes()).map_err(RecordingError::io("write", &path))?;
            files.insert(files::STATE.to_owned(), ContentHash::of(state.as_bytes()));
        }
        Ok(Self {
            ticks: TickFiles::create(&folder, &file, specs, ticks)?,
            inputs: HashedFile::create(folder.path(files::INPUTS))?,
            actions: HashedFile::create(folder.path(files::ACTIONS))?,
            orders: HashedFile::create(folder.path(files::ORDERS))?,
            log: OrderLog::new(&file.symbols, file.strategy.iter().map(|entry| entry.id.as_str())),
            hasher: StepHasher::default(),
            events: LineEvents::new(&file),
            folder,
            file,
            files,
            last_at: Timestamp::from_nanos(i64::MIN),
            step_at: Timestamp::from_nanos(i64::MIN),
            wanted: None,
            wakeups: 0,
            count: Count::default(),
            line: Vec::new(),
        })
    }

    /// Keeps the minutes before the session's first moment, by the place of their symbol.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn keep_history(&mut self, bars: &[Vec<Bar>]) -> Result<(), RecordingError> {
        let Some(text) = history::to_text(&self.file.symbols, bars) else { return Ok(()) };
        let path = self.folder.path(files::HISTORY);
        disk::write(&path, text.as_bytes()).map_err(RecordingError::io("write", &path))?;
        self.files.insert(files::HISTORY.to_owned(), ContentHash::of(text.as_bytes()));
        Ok(())
    }

    /// Ends the recording, moves it to its place and returns what `[recording]` says.
    ///
    /// # Errors
    /// When the file system refuses. Nothing then changes at its place.
    pub fn finish(mut self) -> Result<Recorded, RecordingError> {
        self.orders.write(self.log.finish().as_bytes())?;
        self.files.insert(files::SESSION.to_owned(), description_hash(&self.file));
        self.files.insert(files::INPUTS.to_owned(), self.inputs.finish()?);
        self.files.insert(files::ACTIONS.to_owned(), self.actions.finish()?);
        self.files.insert(files::ORDERS.to_owned(), self.orders.finish()?);
        self.ticks.finish(&mut self.files)?;
        let steps = self.hasher.steps();
        let (actions_hash, checkpoints) = self.hasher.finish();
        let recorded = Recorded {
            tickdeck: env!("CARGO_PKG_VERSION").to_owned(),
            tzdb: ServerZone::tzdb().to_owned(),
            first_time_msc: self.count.first_time_msc,
            last_time_msc: self.count.last_time_msc,
            inputs: self.count.inputs,
            ticks: self.count.ticks,
            steps,
            orders: self.count.orders,
            actions_hash,
            checkpoints,
            files: self.files,
        };
        self.file.recording = Some(recorded.clone());
        let path = self.folder.path(files::SESSION);
        let text = toml::to_string(&self.file)
            .map_err(|error| RecordingError::text(&path, None, error.to_string()))?;
        disk::write(&path, text.as_bytes()).map_err(RecordingError::io("write", &path))?;
        self.folder.finish()?;
        Ok(recorded)
    }

    fn take(&mut self, step: &Step<'_>) -> Result<(), RecordingError> {
        match step.event {
            Event::Tick(tick) => self.tick(step, tick)?,
            Event::Wakeup => {
                self.wakeups += 1;
                let after = Some(step.input_seq);
                let due = self.wanted.filter(|wanted| *wanted != step.at);
                self.input(&InputLine {
                    seq: None,
                    after,
                    at: step.at,
                    due,
                    source: None,
                    body_hash: None,
                    event: None,
                })?;
            }
            _ => self.input(&self.events.line(step))?,
        }
        if !matches!(step.event, Event::Wakeup) {
            self.wakeups = 0;
            self.count.inputs = step.input_seq;
        }
        (self.last_at, self.step_at) = (step.at, step.at);
        self.wanted = step.executor.next_wakeup();
        self.log.step(step);
        if !has_actions(step.actions) {
            return Ok(());
        }
        self.acted(step)
    }

    fn tick(&mut self, step: &Step<'_>, tick: &Tick) -> Result<(), RecordingError> {
        let expected = if self.ticks.keep_arrivals() {
            step.at
        } else {
            self.file.zone.to_utc(tick.time_msc).max(self.last_at)
        };
        if step.at != expected || !self.ticks.follows(tick) {
            return Err(self.not_in_order(step.input_seq, tick.symbol, step.at, expected));
        }
        self.count.ticks(1, tick.time_msc, tick.time_msc);
        self.ticks.push(tick, step.input_seq, step.at)
    }

    /// Takes a run. Its ticks come at their own moments, and not before the last tick that came
    /// alone.
    fn run(&mut self, passed: &Passed<'_>) -> Result<(), RecordingError> {
        let (run, (first_msc, last_msc)) = (passed.run, passed.run.span_msc());
        let zone = &mut self.file.zone;
        let expected = (zone.to_utc(first_msc).max(self.step_at), zone.to_utc(last_msc));
        if (passed.first_at, passed.last_at) != expected || !self.ticks.follow(run) {
            let (at, expected) = if passed.first_at == expected.0 {
                (passed.last_at, expected.1)
            } else {
                (passed.first_at, expected.0)
            };
            return Err(self.not_in_order(passed.input_seq, run.symbol(), at, expected));
        }
        self.count.ticks(run.count() as u64, first_msc, last_msc);
        self.count.inputs = passed.input_seq;
        self.wakeups = 0;
        self.last_at = self.last_at.max(passed.last_at);
        self.ticks.push_run(run)
    }

    fn not_in_order(
        &self,
        input_seq: u64,
        symbol: SymbolId,
        at: Timestamp,
        expected: Timestamp,
    ) -> RecordingError {
        RecordingError::TickOrder {
            input_seq,
            symbol: self.file.symbols.get(symbol.index()).cloned().unwrap_or_default(),
            at: at.to_string(),
            expected: expected.to_string(),
        }
    }

    fn input(&mut self, line: &InputLine) -> Result<(), RecordingError> {
        write_line(&mut self.inputs, &mut self.line, line)
    }

    fn acted(&mut self, step: &Step<'_>) -> Result<(), RecordingError> {
        let actions: Vec<Action> = step
            .actions
            .iter()
            .filter(|action| !matches!(action, Action::Note(_)))
            .cloned()
            .collect();
        self.count.orders +=
            actions.iter().filter(|action| matches!(action, Action::Trade(_))).count() as u64;
        let line = ActionLine { seq: step.input_seq, wakeup: self.wakeups, at: step.at, actions };
        write_line(&mut self.actions, &mut self.line, &line)?;
        self.hasher.push(step.input_seq, step.at, step.actions);
        self.orders.write(self.log.drain().as_bytes())
    }
}

impl ports::Journal for Recorder {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.take(step).map_err(PortError::from)
    }

    /// Of ticks that keep their arrivals each is one of its own.
    fn takes_runs(&self) -> bool {
        !self.ticks.keep_arrivals()
    }

    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.run(passed).map_err(PortError::from)
    }
}

/// The hash of what the session file describes, without the results of the run.
#[must_use]
pub fn description_hash(file: &SessionFile) -> ContentHash {
    let described = SessionFile { recording: None, ..file.clone() };
    ContentHash::of(toml::to_string(&described).unwrap_or_default().as_bytes())
}

fn write_line(
    file: &mut HashedFile,
    buffer: &mut Vec<u8>,
    line: &impl Serialize,
) -> Result<(), RecordingError> {
    buffer.clear();
    let written = serde_json::to_writer(&mut *buffer, line);
    assert!(written.is_ok(), "lines are made of text, integers and lists");
    buffer.push(b'\n');
    let plain = match std::str::from_utf8(buffer).map(text::json) {
        Ok(Cow::Owned(plain)) => plain.into_bytes().into(),
        Ok(Cow::Borrowed(_)) | Err(_) => Cow::Borrowed(&**buffer),
    };
    if plain.len() > LINE_BYTES_MAX {
        // It could not be read again.
        return Err(RecordingError::text(file.path(), None, too_long()));
    }
    file.write(&plain)
}
