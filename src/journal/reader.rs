//! Reads what is whole of a journal.

use super::error::JournalError;
use super::line::{LINK_DIGITS, StepLine, StepLink};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The steps of a journal, up to the first line that is not whole.
#[derive(Debug)]
pub struct JournalReader {
    path: PathBuf,
    file: BufReader<File>,
    link: StepLink,
    line: Vec<u8>,
    /// The bytes that were read and are whole.
    whole_bytes: u64,
}

impl JournalReader {
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
            whole_bytes: 0,
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
    /// When the file cannot be read.
    pub fn text(&mut self) -> Result<Option<Vec<u8>>, JournalError> {
        self.line.clear();
        let read = self.file.read_until(b'\n', &mut self.line);
        let bytes = read.map_err(JournalError::io("read", &self.path))?;
        let Some((digits, text)) = self.line.split_at_checked(LINK_DIGITS) else {
            return Ok(None);
        };
        let text = text.strip_prefix(b" ").and_then(|text| text.strip_suffix(b"\n"));
        let Some(text) = text else { return Ok(None) };
        let link = self.link.after(text);
        if digits != link.digits().as_bytes() {
            return Ok(None);
        }
        self.link = link;
        self.whole_bytes += bytes as u64;
        Ok(Some(text.to_vec()))
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
