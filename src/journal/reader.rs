//! Reads what is whole of a journal.

use super::error::JournalError;
use super::line::{LINK_DIGITS, StepLine, StepLink};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The steps of a journal, up to the first line that is not whole.
#[derive(Debug)]
pub struct JournalReader {
    path: PathBuf,
    file: BufReader<File>,
    link: StepLink,
    line: Vec<u8>,
    /// The lines that were read and are whole, and their bytes.
    whole: u64,
    whole_bytes: u64,
    ends_at_damage: bool,
}

/// A line that is what was written, if the digits of the one before it are.
struct Line<'a> {
    text: &'a [u8],
    link: StepLink,
}

impl<'a> Line<'a> {
    fn after(before: StepLink, line: &'a [u8]) -> Option<Self> {
        let (digits, text) = line.split_at_checked(LINK_DIGITS)?;
        let text = text.strip_prefix(b" ")?.strip_suffix(b"\n")?;
        let link = before.after(text);
        (digits == link.digits().as_bytes()).then_some(Self { text, link })
    }
}

impl JournalReader {
    /// Takes damage for an end, too.
    #[must_use]
    pub fn up_to_damage(mut self) -> Self {
        self.ends_at_damage = true;
        self
    }

    /// Opens the file of the steps.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(JournalError::io("open", path))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufReader::with_capacity(1 << 18, file),
            link: StepLink::default(),
            line: Vec::new(),
            whole: 0,
            whole_bytes: 0,
            ends_at_damage: false,
        })
    }

    /// The next step; none after the last whole one.
    ///
    /// # Errors
    /// When the file cannot be read, or a line that is whole is of another version.
    pub fn read(&mut self) -> Result<Option<StepLine>, JournalError> {
        let Some(text) = self.text()? else { return Ok(None) };
        let read = serde_json::from_slice(&text);
        read.map(Some).map_err(|error| {
            let reason = format!("a step that this version cannot read: {error}");
            JournalError::damaged(&self.path, &reason)
        })
    }

    /// The text of the next step.
    ///
    /// # Errors
    /// When the file cannot be read, or a step that was durable is not whole.
    pub fn text(&mut self) -> Result<Option<Vec<u8>>, JournalError> {
        let bytes = self.line().map_err(JournalError::io("read", &self.path))?;
        let Some(Line { text, link }) = Line::after(self.link, &self.line) else {
            if self.ends_at_damage {
                return Ok(None);
            }
            self.expect_nothing_durable().map_err(JournalError::io("read", &self.path))??;
            return Ok(None);
        };
        self.link = link;
        self.whole += 1;
        self.whole_bytes += bytes;
        Ok(Some(text.to_vec()))
    }

    fn line(&mut self) -> io::Result<u64> {
        self.line.clear();
        self.file.read_until(b'\n', &mut self.line).map(|bytes| bytes as u64)
    }

    /// Looks for what a later line tells of the one that is not whole: whether it was durable. A process that dies
    /// tears off what was not.
    fn expect_nothing_durable(&mut self) -> io::Result<Result<(), JournalError>> {
        let number = self.whole + 1;
        while !self.line.is_empty() {
            let before = self.line.get(..LINK_DIGITS).and_then(StepLink::told);
            self.line()?;
            let line = before.and_then(|before| Line::after(before, &self.line));
            let step: Option<StepLine> =
                line.and_then(|line| serde_json::from_slice(line.text).ok());
            let durable = step.and_then(|step| step.durable).filter(|steps| *steps >= number);
            if let Some(durable) = durable {
                return Ok(Err(JournalError::DurableLost {
                    path: self.path.clone(),
                    line: number,
                    durable,
                }));
            }
        }
        Ok(Ok(()))
    }

    /// The bytes after the last whole line.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub fn lost_bytes(&self) -> Result<u64, JournalError> {
        let found = self.file.get_ref().metadata().map_err(JournalError::io("read", &self.path))?;
        Ok(found.len().saturating_sub(self.whole_bytes))
    }
}
