//! A text file as lines, whatever its encoding and line ends, in bounded memory.

use crate::data::error::{DataError, LineFlaw, Place};
use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes read at once.
const CHUNK: usize = 1 << 16;
/// No export has longer lines; what has is no export.
const LINE_MAX: usize = 4_096;

/// The lines of a file.
pub struct Lines {
    path: PathBuf,
    file: File,
    encoding: &'static Encoding,
    decoder: Decoder,
    /// Bytes read and not decoded yet.
    bytes: Vec<u8>,
    /// Text decoded; up to `taken` it has been given out.
    text: String,
    taken: usize,
    ended: bool,
    line: u64,
}

impl Lines {
    /// Opens a file; the encoding is told by its first bytes.
    ///
    /// # Errors
    /// [`DataError`]: not there or empty.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = File::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
        let mut bytes = Vec::with_capacity(CHUNK);
        read_chunk(path, &mut file, &mut bytes)?;
        if bytes.is_empty() {
            return Err(DataError::Empty { path: path.into(), what: "byte" });
        }
        let encoding = sniff(&bytes);
        let decoder = encoding.new_decoder_with_bom_removal();
        Ok(Self { path: path.into(), file, encoding, decoder, bytes, text: String::new(), taken: 0, ended: false, line: 0 })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The place of the line given last.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place::Line(self.line)
    }

    /// The next line that is not blank, without its end; none when the file has ended.
    ///
    /// # Errors
    /// [`DataError`]: unreadable, not text, or a line without end.
    pub fn next_line(&mut self) -> Result<Option<&str>, DataError> {
        loop {
            let Some((from, until)) = self.advance()? else { return Ok(None) };
            if !self.text[from..until].trim_end_matches('\r').is_empty() {
                return Ok(Some(self.text[from..until].trim_end_matches('\r')));
            }
        }
    }

    /// Finds the bounds of the next line and counts it.
    fn advance(&mut self) -> Result<Option<(usize, usize)>, DataError> {
        loop {
            let rest = &self.text[self.taken..];
            let end = rest.bytes().position(|byte| byte == b'\n');
            if end.unwrap_or(rest.len()) > LINE_MAX {
                return Err(self.flawed(LineFlaw::TooLong(LINE_MAX)));
            }
            let from = self.taken;
            if let Some(length) = end {
                self.taken += length + 1;
                self.line += 1;
                return Ok(Some((from, from + length)));
            }
            if self.ended {
                self.taken = self.text.len();
                self.line += u64::from(from < self.text.len());
                return Ok((from < self.text.len()).then_some((from, self.text.len())));
            }
            self.decode()?;
        }
    }

    /// Decodes the next bytes behind the text that is left.
    fn decode(&mut self) -> Result<(), DataError> {
        self.text.drain(..self.taken);
        self.taken = 0;
        if self.bytes.is_empty() {
            read_chunk(&self.path, &mut self.file, &mut self.bytes)?;
        }
        let last = self.bytes.is_empty();
        self.text.reserve(self.decoder.max_utf8_buffer_length_without_replacement(self.bytes.len()).unwrap_or(CHUNK * 4));
        let (result, read) = self.decoder.decode_to_string_without_replacement(&self.bytes, &mut self.text, last);
        self.bytes.drain(..read);
        self.ended = last;
        match result {
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(..) => {
                self.line += self.text.bytes().filter(|&byte| byte == b'\n').count() as u64;
                Err(self.flawed(LineFlaw::Encoding(self.encoding.name())))
            }
        }
    }

    fn flawed(&self, flaw: LineFlaw) -> DataError {
        DataError::Line { path: self.path.clone(), place: Place::Line(self.line + 1), flaw }
    }
}

fn read_chunk(path: &Path, file: &mut File, bytes: &mut Vec<u8>) -> Result<(), DataError> {
    let read = file.take(CHUNK as u64).read_to_end(bytes);
    read.map(drop).map_err(|source| DataError::Read { path: path.into(), source })
}

/// By the mark at the beginning, else by where the zero bytes of ASCII characters stand.
fn sniff(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    match bytes {
        [_, 0, _, 0, ..] => UTF_16LE,
        [0, _, 0, _, ..] => UTF_16BE,
        _ => UTF_8,
    }
}

/// The first line of a file's first bytes, for those who ask what it is; none when it is no text.
#[must_use]
pub fn first_line(bytes: &[u8]) -> Option<String> {
    let mut decoder = sniff(bytes).new_decoder_with_bom_removal();
    let mut text = String::with_capacity(bytes.len() * 3 + 16);
    // Not the last bytes of the file: a character cut in two at their end is no error.
    let (result, ..) = decoder.decode_to_string(bytes, &mut text, false);
    let line = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    let plain = result == CoderResult::InputEmpty && !line.contains(['\0', char::REPLACEMENT_CHARACTER]);
    plain.then(|| line.to_owned())
}
