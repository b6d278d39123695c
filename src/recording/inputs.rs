//! The recorded inputs in order: the lines of `inputs.jsonl`, and the ticks at the numbers that
//! these lines leave out.
//!
//! Ticks of several symbols are merged by server time, then by the order of the symbols
//! ([`TickMerge`]). Inputs are streamed: at most one batch of ticks per symbol and one line are
//! held.

use crate::data::error::DataError;
use crate::data::prefetch::Prefetch;
use crate::data::tick_file::TickFile;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::event::Event;
use crate::recording::arrivals::ARRIVALS;
use crate::recording::arrived::ArrivedTicks;
use crate::recording::error::RecordingError;
use crate::recording::expected::JsonLines;
use crate::recording::files;
use crate::recording::line_events;
use crate::recording::lines::{InputLine, LineEvent};
use crate::session::description::SessionFile;
use crate::session::ports::{PortError, RunReceiver, TickStream};
use crate::session::tick_merge::passing::{PassError, Passage, Stretch};
use crate::session::tick_merge::{FailedStream, TickMerge};
use std::fmt;
use std::path::{Path, PathBuf};

/// One item of a recording.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// An input.
    Input {
        /// The number of the input.
        seq: u64,
        /// When it came.
        at: Timestamp,
        /// The event.
        event: Event,
    },
    /// A wakeup.
    Wakeup {
        /// The number of the input before it.
        after: u64,
        /// When it came.
        at: Timestamp,
        /// The moment for which it was wanted.
        due: Timestamp,
    },
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Ahead {
    /// An item that is no tick.
    Item(Item),
    /// A tick, which has not been taken.
    Tick {
        /// When it came.
        at: Timestamp,
    },
}

/// The lines of `inputs.jsonl`, checked.
#[derive(Debug)]
pub struct InputLines {
    lines: JsonLines<InputLine>,
    strategies: usize,
    /// The number of the last line's input.
    reached: u64,
    last_at: Timestamp,
}

impl InputLines {
    /// Opens the file of a session with so many strategies.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, strategies: usize) -> Result<Self, RecordingError> {
        Ok(Self {
            lines: JsonLines::open(path)?,
            strategies,
            reached: 0,
            last_at: Timestamp::from_nanos(i64::MIN),
        })
    }

    /// The next line.
    ///
    /// # Errors
    /// When it cannot be understood or is at a wrong place. The error names the line.
    pub fn read(&mut self) -> Result<Option<InputLine>, RecordingError> {
        let Some(line) = self.lines.read()? else { return Ok(None) };
        match self.flaw(&line) {
            Some(flaw) => Err(self.lines.wrong(flaw)),
            None => Ok(Some(line)),
        }
    }

    fn flaw(&mut self, line: &InputLine) -> Option<String> {
        let reached = self.reached;
        match (line.seq, line.after, &line.event) {
            (Some(seq), None, _) if seq <= reached => {
                return Some(format!("input {seq} comes after {reached}: numbers must go up"));
            }
            (None, Some(after), None) if after < reached => {
                return Some(format!(
                    "a wakeup after input {after} comes behind input {reached}: numbers must not go down"
                ));
            }
            (Some(_), None, Some(LineEvent::Start(index))) if *index >= self.strategies => {
                return Some(format!(
                    "start {index}: session.toml has {} strategies, counted from 0",
                    self.strategies
                ));
            }
            (Some(number), None, _) | (None, Some(number), None) => self.reached = number,
            _ => {
                return Some(
                    "must have `seq`, `at` and `event`, or `after` and `at` for a wakeup"
                        .to_owned(),
                );
            }
        }
        if line.body_hash.is_some() && !matches!(line.event, Some(LineEvent::Command(_)) | None) {
            return Some("`body_hash` belongs to a command".to_owned());
        }
        let epoch = Timestamp::default();
        if line.at < epoch {
            return Some(format!(
                "{} is before {epoch}, where the executor's time begins",
                line.at
            ));
        }
        if line.at < self.last_at {
            return Some(format!(
                "{} is before the line above ({}): time must not go back",
                line.at, self.last_at
            ));
        }
        self.last_at = line.at;
        None
    }
}

/// All inputs of a recording.
pub struct Inputs {
    file: SessionFile,
    lines: InputLines,
    line: Option<InputLine>,
    ticks: TickFiles,
    zone: ServerZone,
    seq: u64,
    last_at: Timestamp,
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("seq", &self.seq)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

impl Inputs {
    /// Opens the inputs in a recording's directory, of a session with these specifications.
    pub(super) fn open(
        dir: &Path,
        file: &SessionFile,
        specs: &[SymbolSpec],
    ) -> Result<Self, RecordingError> {
        let file = SessionFile { recording: None, ..file.clone() };
        let mut lines = InputLines::open(&dir.join(files::INPUTS), file.strategy.len())?;
        let line = lines.read()?;
        let (zone, last_at) = (file.zone.clone(), Timestamp::from_nanos(i64::MIN));
        Ok(Self {
            ticks: TickFiles::open(dir, &file.symbols, specs)?,
            file,
            lines,
            line,
            zone,
            seq: 0,
            last_at,
        })
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// When a file cannot be read, or there are fewer ticks than numbers left for them.
    pub fn read(&mut self) -> Result<Option<Item>, RecordingError> {
        match self.look()? {
            None => Ok(None),
            Some(Ahead::Item(item)) => Ok(Some(item)),
            Some(Ahead::Tick { .. }) => self.take_tick().map(Some),
        }
    }

    /// What comes next: an item, which is taken, or a tick, which is not. None at the end.
    ///
    /// # Errors
    /// As [`Inputs::read`].
    pub fn look(&mut self) -> Result<Option<Ahead>, RecordingError> {
        loop {
            let here = self
                .line
                .as_ref()
                .is_some_and(|line| line.seq == Some(self.seq + 1) || line.after == Some(self.seq));
            if !here {
                return self.look_at_tick();
            }
            let Some(line) = self.line.take() else { return Ok(None) };
            if line.at < self.last_at {
                let flaw = format!(
                    "{} is before the tick above ({}): time must not go back",
                    line.at, self.last_at
                );
                return Err(self.lines.lines.wrong(flaw));
            }
            self.line = self.lines.read()?;
            self.last_at = line.at;
            let Some(seq) = line.seq else {
                let (after, at, due) = (self.seq, line.at, line.due.unwrap_or(line.at));
                return Ok(Some(Ahead::Item(Item::Wakeup { after, at, due })));
            };
            self.seq = seq;
            if let Some(event) = line.event {
                let event = line_events::event(&self.file, event, line.source, line.body_hash)
                    .map_err(|flaw| self.lines.lines.wrong(flaw))?;
                return Ok(Some(Ahead::Item(Item::Input { seq, at: line.at, event })));
            }
        }
    }

    fn look_at_tick(&mut self) -> Result<Option<Ahead>, RecordingError> {
        if let Some(at) = self.tick_at()? {
            return Ok(Some(Ahead::Tick { at }));
        }
        match &self.line {
            None => Ok(None),
            Some(_) => Err(self.lines.lines.wrong(format!(
                "its number is not reached: the ticks end with input {}",
                self.seq
            ))),
        }
    }

    /// When the next tick comes.
    fn tick_at(&mut self) -> Result<Option<Timestamp>, RecordingError> {
        match &mut self.ticks {
            TickFiles::ByTime(ticks) => {
                Ok(ticks.look()?.map(|time| self.zone.to_utc(time).max(self.last_at)))
            }
            TickFiles::ByArrival(ticks) => ticks.look(self.seq + 1, self.last_at),
        }
    }

    /// Takes the tick that [`Inputs::look`] has shown.
    ///
    /// # Errors
    /// When its file cannot be read.
    ///
    /// # Panics
    /// If it has shown none.
    pub fn take_tick(&mut self) -> Result<Item, RecordingError> {
        self.last_at = self.tick_at()?.expect("a tick was shown");
        self.seq += 1;
        let event = Event::Tick(match &mut self.ticks {
            TickFiles::ByTime(ticks) => ticks.merge.take(),
            TickFiles::ByArrival(ticks) => ticks.take()?,
        });
        Ok(Item::Input { seq: self.seq, at: self.last_at, event })
    }

    /// Passes ticks that come next as quiet runs: before the next line and before the moment
    /// `until`, up to the input numbered `seq_max`. To be called when [`Inputs::look`] has shown a
    /// tick. Returns the number of the last input and its moment; none when nothing was passed.
    ///
    /// # Errors
    /// When a file cannot be read, or the receiver fails.
    pub fn pass_quiet<R: RunReceiver>(
        &mut self,
        until: Timestamp,
        seq_max: u64,
        receiver: &mut R,
    ) -> Result<Option<(u64, Timestamp)>, PortError> {
        let TickFiles::ByTime(ticks) = &mut self.ticks else { return Ok(None) };
        let before_line = match &self.line {
            Some(InputLine { seq: Some(seq), .. }) => seq - 1,
            Some(InputLine { after: Some(after), .. }) => *after,
            Some(_) | None => u64::MAX,
        };
        let ticks_max = seq_max.min(before_line).checked_sub(self.seq);
        let stretch = Stretch { now: self.last_at, until, ticks_max: Some(ticks_max.unwrap_or(0)) };
        let passage = match ticks.merge.pass_quiet(stretch, &mut self.zone, receiver) {
            Ok(passage) => passage,
            Err(PassError::Stream(failed)) => return Err(ticks.failed(failed).into()),
            Err(PassError::Receiver(source)) => return Err(source),
        };
        Ok(passage.map(|Passage { ticks, last_at }| {
            self.seq += ticks;
            self.last_at = last_at;
            (self.seq, self.last_at)
        }))
    }
}

/// The tick file of each symbol of a recording with its path, in the order of the symbols; none for
/// a symbol that was never subscribed.
pub(super) fn open_tick_files(
    dir: &Path,
    symbols: &[String],
    specs: &[SymbolSpec],
) -> Result<Vec<(PathBuf, Option<TickFile>)>, RecordingError> {
    let open = |((name, spec), id): ((&String, &SymbolSpec), u16)| {
        let path = dir.join(name);
        match TickFile::open(&path, SymbolId(id), spec) {
            Ok(file) => Ok((path, Some(file))),
            Err(DataError::Empty { .. }) => Ok((path, None)),
            Err(error) => Err(RecordingError::Ticks { path, source: error.into() }),
        }
    };
    files::tick_files(symbols).iter().zip(specs).zip(0..).map(open).collect()
}

/// The tick files of a recording, in the order of its symbols.
enum TickFiles {
    /// Each tick comes at its own moment.
    ByTime(MergedTicks),
    /// They come as a file says.
    ByArrival(ArrivedTicks),
}

impl TickFiles {
    fn open(dir: &Path, symbols: &[String], specs: &[SymbolSpec]) -> Result<Self, RecordingError> {
        let mut streams = Vec::new();
        for (path, file) in open_tick_files(dir, symbols, specs)? {
            let stream: Box<dyn TickStream> = match file {
                None => Box::new(()),
                Some(file) => Box::new(Prefetch::start(&path, file).map_err(|source| {
                    RecordingError::Ticks { path: path.clone(), source: source.into() }
                })?),
            };
            streams.push((path, stream));
        }
        let arrivals = dir.join(ARRIVALS);
        if arrivals.exists() {
            return Ok(Self::ByArrival(ArrivedTicks::open(arrivals, streams)?));
        }
        let (paths, streams) = streams.into_iter().unzip();
        Ok(Self::ByTime(MergedTicks { paths, merge: TickMerge::new(streams) }))
    }
}

/// Tick files that are merged by time.
struct MergedTicks {
    paths: Vec<PathBuf>,
    merge: TickMerge,
}

impl MergedTicks {
    /// The server time of the next tick.
    fn look(&mut self) -> Result<Option<ServerMsc>, RecordingError> {
        match self.merge.peek() {
            Ok(next) => Ok(next),
            Err(failed) => Err(self.failed(failed)),
        }
    }

    fn failed(&self, failed: FailedStream) -> RecordingError {
        let path = self.paths[failed.place].clone();
        RecordingError::Ticks { path, source: failed.source }
    }
}
