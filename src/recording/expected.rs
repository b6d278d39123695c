//! The recorded actions, one step after another, and below them the reader of JSON lines. It never
//! holds more than the next line.

use crate::domain::time::Timestamp;
use crate::recording::error::RecordingError;
use crate::recording::lines::{ActionLine, LINE_BYTES_MAX, too_long};
use crate::wire::json::flaw_of_line;
use crate::wire::secrets::lines::reason_of_json;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// The place of a step: the number of its input, and the number of the wakeup since then (0 for the
/// input itself).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct StepPlace {
    /// The number of the input.
    pub seq: u64,
    /// The number of wakeups since then, including this one.
    pub wakeup: u32,
}

/// A place after every step.
const NOWHERE: StepPlace = StepPlace { seq: u64::MAX, wakeup: u32::MAX };

/// The recorded steps that had actions.
#[derive(Debug)]
pub struct Expected {
    lines: JsonLines<ActionLine>,
    head: Option<ActionLine>,
    place: StepPlace,
}

impl Expected {
    /// Opens `actions.jsonl`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let mut expected =
            Self { lines: JsonLines::open(path)?, head: None, place: StepPlace::default() };
        expected.advance()?;
        Ok(expected)
    }

    /// The place of the next step; after every step when there is none.
    #[must_use]
    pub const fn place(&self) -> StepPlace {
        self.place
    }

    /// The moment of the next step.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        self.head.as_ref().map(|line| line.at)
    }

    /// Takes the next step.
    ///
    /// # Errors
    /// When the line after it cannot be read.
    pub fn pop(&mut self) -> Result<Option<ActionLine>, RecordingError> {
        let taken = self.head.take();
        if taken.is_some() {
            self.advance()?;
        }
        Ok(taken)
    }

    fn advance(&mut self) -> Result<(), RecordingError> {
        let before = self.place;
        self.head = self.lines.read()?;
        let Some(head) = &self.head else {
            self.place = NOWHERE;
            return Ok(());
        };
        self.place = StepPlace { seq: head.seq, wakeup: head.wakeup };
        if self.place <= before && before != StepPlace::default() {
            let message =
                format!("step {} comes after step {}: numbers must go up", head.seq, before.seq);
            return Err(self.lines.wrong(message));
        }
        Ok(())
    }
}

/// A file of JSON lines.
#[derive(Debug)]
pub struct JsonLines<T> {
    path: PathBuf,
    file: BufReader<File>,
    number: u64,
    text: Vec<u8>,
    kind: PhantomData<T>,
}

impl<T: DeserializeOwned> JsonLines<T> {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let file = File::open(path).map_err(RecordingError::io("open", path))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufReader::new(file),
            number: 0,
            text: Vec::new(),
            kind: PhantomData,
        })
    }

    /// The next line that is not empty.
    ///
    /// # Errors
    /// When it cannot be read or understood; the error names the line.
    pub fn read(&mut self) -> Result<Option<T>, RecordingError> {
        loop {
            self.text.clear();
            self.number += 1;
            // What follows the longest line is left unread, however much it is.
            let mut bounded = self.file.by_ref().take(LINE_BYTES_MAX as u64 + 1);
            if bounded
                .read_until(b'\n', &mut self.text)
                .map_err(RecordingError::io("read", &self.path))?
                == 0
            {
                return Ok(None);
            }
            if self.text.len() > LINE_BYTES_MAX {
                return Err(self.wrong(too_long()));
            }
            let text = str::from_utf8(&self.text)
                .map_err(|error| self.wrong(format!("is not UTF-8: {error}")))?;
            // Some editors write a byte order mark.
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
            if !text.trim().is_empty() {
                let wrong = |error| self.wrong(reason_of_json(text, flaw_of_line(&error)));
                return serde_json::from_str(text).map(Some).map_err(wrong);
            }
        }
    }

    /// An error that names the line last read.
    pub fn wrong(&self, message: impl Into<String>) -> RecordingError {
        RecordingError::text(&self.path, Some(self.number), message)
    }
}
