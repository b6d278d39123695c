//! Opens a recording and checks it before anything runs: its format, its hashes, its numbering and
//! every line.
//!
//! A damaged tick file is an error. A text that was edited by hand is reported and read. Each older
//! format will get a reader of its own next to [`read_v1`]. Reading never rewrites files on disk.

use crate::data::plain_file;
use crate::domain::symbol::SymbolSpec;
use crate::domain::text;
use crate::domain::text::ShownPath;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::snapshot::Snapshot;
use crate::market::bar::Bar;
use crate::recording::arrivals::{ARRIVALS, ArrivalReader};
use crate::recording::error::RecordingError;
use crate::recording::expected::Expected;
use crate::recording::files;
use crate::recording::folder::recover;
use crate::recording::hashed_file::hash_file;
use crate::recording::history;
use crate::recording::inputs::{InputLines, Inputs, open_tick_files};
use crate::recording::specs;
use crate::recording::writer::description_hash;
use crate::session::description::{FORMAT, NOT_A_FIGURE, Recorded, SessionFile, not_a_figure};
use crate::wire::secrets::find_in_session;
use crate::wire::secrets::lines::{HIDDEN, hides_toml};
use std::fs;
use std::path::{Path, PathBuf};

/// How often a recording is read that other runs go on replacing.
const READS_MAX: u32 = 5;

/// A recording that has passed the checks.
#[derive(Debug)]
pub struct Recording {
    /// The path of its folder.
    pub dir: PathBuf,
    /// The session that was run.
    pub file: SessionFile,
    /// The outcome of the run.
    pub recorded: Recorded,
    /// The specifications, in the order of the session's symbols.
    pub specs: Vec<SymbolSpec>,
    /// The executor's state at the start as JSON, if it did not start fresh.
    pub state: Option<String>,
    /// The text files that have been edited since they were written.
    pub edited: Vec<String>,
}

impl Recording {
    /// Opens a recording's directory.
    ///
    /// # Errors
    /// Whatever is wrong with the recording, with the file and the line; [`RecordingError::Busy`]
    /// when other runs replace it all the time.
    pub fn open(dir: &Path) -> Result<Self, RecordingError> {
        let path = dir.join(files::SESSION);
        let session = || {
            let written = fs::symlink_metadata(&path).ok()?.modified().ok()?;
            let text = plain_file::check(&path).and_then(|()| plain_file::read_text(&path));
            Some((written, text.ok()))
        };
        let mut was_there = false;
        for _ in 0..READS_MAX {
            recover(dir)?;
            let before = session();
            was_there |= before.is_some();
            let opened = Self::read(dir);
            // Another run may have replaced it meanwhile: files of both would look like a damaged
            // one, or like one that was edited.
            let is_sure = opened.as_ref().is_ok_and(|recording| recording.edited.is_empty());
            if is_sure || before.is_some() && before == session() {
                return opened;
            }
        }
        // While one is being replaced, there is none for a moment.
        if was_there { Err(RecordingError::Busy(dir.to_owned())) } else { Self::read(dir) }
    }

    fn read(dir: &Path) -> Result<Self, RecordingError> {
        if dir.is_file() {
            return Err(RecordingError::text(
                dir,
                None,
                "a recording is a directory, this is a file: name the directory that it is in",
            ));
        }
        let path = dir.join(files::SESSION);
        let file = read_session(&path)?;
        let recorded =
            file.recording.clone().ok_or_else(|| RecordingError::NotRecorded(path.clone()))?;
        files::check(dir, &file, &recorded)?;
        let edited = check_files(dir, &file, &recorded)?;
        let state = if recorded.files.contains_key(files::STATE) {
            let path = dir.join(files::STATE);
            Some(plain_file::read_text(&path).map_err(RecordingError::io("read", &path))?)
        } else {
            None
        };
        let specs = specs::resolve(&path, &file)?;
        let recording = Self { dir: dir.to_owned(), file, recorded, specs, state, edited };
        recording.check_ticks()?;
        recording.check_lines()?;
        recording.history()?;
        Ok(recording)
    }

    /// Whether it is of a live session: its ticks have moments of their own.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.recorded.files.contains_key(ARRIVALS)
    }

    /// The executor as it was when the recording began.
    ///
    /// # Errors
    /// When its state cannot be continued.
    pub fn executor(&self) -> Result<Executor, RecordingError> {
        let Some(state) = &self.state else {
            return Ok(Executor::new(self.file.executor_config()));
        };
        let restored = Snapshot::from_json(state).and_then(Executor::restore);
        let path = self.dir.join(files::STATE);
        restored.map_err(|error| RecordingError::text(&path, None, error.to_string()))
    }

    /// The minutes before its first moment, by the place of their symbol; empty where it has none.
    ///
    /// # Errors
    /// When the file is not as it was written.
    pub fn history(&self) -> Result<Vec<Vec<Bar>>, RecordingError> {
        if !self.recorded.files.contains_key(files::HISTORY) {
            return Ok(Vec::new());
        }
        let first = self.recorded.first_time_msc;
        history::read(&self.dir.join(files::HISTORY), &self.file.symbols, first)
    }

    /// A message when the recording was made with another time zone database than this program's;
    /// none when not. Hours of a clock may differ in it, mostly in years to come. That is no error,
    /// but may be why a replay differs.
    #[must_use]
    pub fn other_zone_database(&self) -> Option<String> {
        let (made, here) = (&self.recorded.tzdb, ServerZone::tzdb());
        let told = || {
            format!(
                "it was made with the time zone database {}, this is {here}: its clock may be another",
                text::name(made)
            )
        };
        (made != here).then(told)
    }

    /// All inputs in order, from the beginning.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn inputs(&self) -> Result<Inputs, RecordingError> {
        Inputs::open(&self.dir, &self.file, &self.specs)
    }

    /// The recorded actions, from the beginning.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn expected(&self) -> Result<Expected, RecordingError> {
        Expected::open(&self.dir.join(files::ACTIONS))
    }

    /// Reads every line once, so that no line ends a run halfway, and compares the counts in
    /// session.toml with the lines. The counts of an edited text may differ.
    fn check_lines(&self) -> Result<(), RecordingError> {
        let path = self.dir.join(files::INPUTS);
        let mut lines = InputLines::open(&path, self.file.strategy.len())?;
        let mut numbered = 0;
        while let Some(line) = lines.read()? {
            numbered += u64::from(line.seq.is_some());
        }
        let Recorded { inputs, ticks, .. } = self.recorded;
        if self.is_edited(files::INPUTS) && numbered + ticks != inputs {
            let message = format!(
                "{numbered} inputs and {ticks} ticks make {}, session.toml counts {inputs}: to take an input out give its line \
                 `\"event\":null`, so that the others keep their numbers",
                numbered + ticks
            );
            return Err(RecordingError::text(&path, None, message));
        }
        self.hold("inputs", &inputs, &(numbered + ticks))?;
        let (mut expected, mut steps, mut orders) = (self.expected()?, 0, 0);
        while let Some(line) = expected.pop()? {
            steps += 1;
            orders +=
                line.actions.iter().filter(|action| matches!(action, Action::Trade(_))).count()
                    as u64;
        }
        if self.is_edited(files::ACTIONS) {
            return Ok(());
        }
        self.hold("steps", &self.recorded.steps, &steps)?;
        self.hold("orders", &self.recorded.orders, &orders)
    }

    /// Compares what session.toml says of the ticks with their files.
    fn check_ticks(&self) -> Result<(), RecordingError> {
        let (mut ticks, mut spans) = (0, Vec::new());
        for (path, file) in open_tick_files(&self.dir, &self.file.symbols, &self.specs)? {
            let Some(file) = file else { continue };
            ticks += file.rows();
            spans.extend(
                file.span()
                    .map_err(|error| RecordingError::Ticks { path, source: error.into() })?,
            );
        }
        let told = |time: Option<ServerMsc>| {
            time.map_or_else(|| "absent".to_owned(), |time| time.0.to_string())
        };
        let (first, last) =
            (spans.iter().map(|span| span.0).min(), spans.iter().map(|span| span.1).max());
        self.hold("ticks", &self.recorded.ticks, &ticks)?;
        if self.recorded.files.contains_key(ARRIVALS) {
            let arrivals = ArrivalReader::open(&self.dir.join(ARRIVALS))?;
            self.hold("ticks", &self.recorded.ticks, &arrivals.rows())?;
        }
        self.hold("first_time_msc", &told(self.recorded.first_time_msc), &told(first))?;
        self.hold("last_time_msc", &told(self.recorded.last_time_msc), &told(last))
    }

    fn is_edited(&self, name: &str) -> bool {
        self.edited.iter().any(|edited| edited == name)
    }

    fn hold<T: PartialEq + ToString>(
        &self,
        field: &'static str,
        stated: &T,
        found: &T,
    ) -> Result<(), RecordingError> {
        if stated == found {
            return Ok(());
        }
        let path = self.dir.join(files::SESSION);
        Err(RecordingError::Contradiction {
            path,
            field,
            stated: stated.to_string(),
            found: found.to_string(),
        })
    }
}

/// Reads a session file of any supported format.
fn read_session(path: &Path) -> Result<SessionFile, RecordingError> {
    let text = plain_file::check(path)
        .and_then(|()| plain_file::read_text(path))
        .map_err(RecordingError::io("read", path))?;
    let table: toml::Table =
        toml::from_str(&text).map_err(|error| toml_error(path, &text, &error))?;
    if let Some(field) = not_a_figure(&table) {
        return Err(RecordingError::text(path, None, format!("{field}: {NOT_A_FIGURE}")));
    }
    match table.get("format").and_then(toml::Value::as_integer) {
        Some(1) => read_v1(path, &text),
        Some(found) if found > i64::from(FORMAT) => {
            Err(RecordingError::Newer { path: path.to_owned(), found, supported: FORMAT })
        }
        _ => Err(RecordingError::text(
            path,
            None,
            format!("`format` must be a number from 1 to {FORMAT}"),
        )),
    }
}

/// What looks like a secret is refused before any message can quote it: recordings are edited by
/// hand, and are sent around.
fn read_v1(path: &Path, text: &str) -> Result<SessionFile, RecordingError> {
    let file: SessionFile = toml::from_str(text).map_err(|error| toml_error(path, text, &error))?;
    match find_in_session(&serde_json::to_value(&file).unwrap_or_default()) {
        Some(field) => Err(RecordingError::Secret { place: path.shown().into_owned(), field }),
        None => Ok(file),
    }
}

fn toml_error(path: &Path, text: &str, error: &toml::de::Error) -> RecordingError {
    let line =
        error.span().map(|span| text[..span.start].bytes().filter(|byte| *byte == b'\n').count());
    let is_secret = error.span().is_some_and(|span| hides_toml(text, span.start, error.message()));
    let message = if is_secret { HIDDEN } else { error.message() };
    RecordingError::text(path, line.map(|before| before as u64 + 1), message)
}

/// Compares all hashes. Returns the text files that differ; a binary file that differs is an error.
fn check_files(
    dir: &Path,
    file: &SessionFile,
    recorded: &Recorded,
) -> Result<Vec<String>, RecordingError> {
    let mut edited = Vec::new();
    for (name, expected) in &recorded.files {
        let path = dir.join(name);
        let found = if name == files::SESSION { description_hash(file) } else { hash_file(&path)? };
        if found == *expected {
            continue;
        }
        if name.ends_with(".parquet") {
            return Err(RecordingError::Damaged { path, expected: *expected, found });
        }
        edited.push(name.clone());
    }
    Ok(edited)
}
