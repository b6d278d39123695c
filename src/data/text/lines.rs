//! A text as lines of bytes, in any encoding and with any line ends, in bounded memory.
//!
//! UTF-8 is returned as it is in the buffer, UTF-16 is converted to UTF-8 first. The encoding is
//! recognised by the byte order mark, or else by the positions of the zero bytes in ASCII
//! characters.

use crate::data::error::{DataError, FilePlace, LineFlaw};
use crate::data::input::Input;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The number of bytes read at once.
const CHUNK: usize = 1 << 16;
/// The longest line in bytes; no export has longer ones.
pub const LINE_MAX: usize = 4_096;
/// Room for an incomplete line and the next bytes (a UTF-16 character may need three bytes of
/// UTF-8), with some to spare.
const BUFFER: usize = LINE_MAX + 2 * CHUNK;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a text.
pub struct Lines {
    path: PathBuf,
    source: Box<dyn Read + Send>,
    transcoder: Option<Transcoder>,
    buffer: Box<[u8]>,
    /// The start of the current line.
    from: usize,
    /// The end of the current line.
    until: usize,
    /// The start of the next line.
    next: usize,
    /// The end of the text in the buffer.
    end: usize,
    /// Whether the source has ended.
    ended: bool,
    /// Whether the current line had no line end.
    unended: bool,
    /// Whether all text so far is ASCII, so that lines need no check.
    ascii: bool,
    number: u64,
}

/// Converts UTF-16 to UTF-8.
struct Transcoder {
    encoding: &'static Encoding,
    decoder: Decoder,
    bytes: Vec<u8>,
    /// Whether the source is no text from here on. What comes before is returned first.
    broken: bool,
}

impl Lines {
    /// Opens a text.
    ///
    /// # Errors
    /// [`DataError`]: the file does not exist, is not readable or is empty.
    pub fn open(input: &Input) -> Result<Self, DataError> {
        Self::over(input.name(), input.open()?)
    }

    /// The lines of a stream; `path` is its name for messages.
    ///
    /// # Errors
    /// [`DataError`]: the stream is not readable or is empty.
    pub fn over(path: &Path, mut source: Box<dyn Read + Send>) -> Result<Self, DataError> {
        let mut buffer = vec![0; BUFFER].into_boxed_slice();
        let failed = |source| DataError::Read { path: path.into(), source };
        let end = read_full(&mut source, &mut buffer[..CHUNK]).map_err(failed)?;
        if end == 0 {
            return Err(DataError::Empty { path: path.into(), what: "byte" });
        }
        let encoding = sniff(&buffer[..end]);
        let (path, next) =
            (path.into(), if buffer.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 });
        let ascii = buffer[next..end].is_ascii();
        let mut lines = Self {
            path,
            source,
            transcoder: None,
            buffer,
            from: 0,
            until: 0,
            next,
            end,
            ended: end < CHUNK,
            unended: false,
            ascii,
            number: 0,
        };
        if encoding != UTF_8 {
            let bytes = lines.buffer[..end].to_vec();
            lines.transcoder = Some(Transcoder {
                encoding,
                decoder: encoding.new_decoder_with_bom_removal(),
                bytes,
                broken: false,
            });
            (lines.next, lines.end, lines.ended, lines.ascii) = (0, 0, false, true);
        }
        Ok(lines)
    }

    /// The name of the file, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the current line, counted from 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The place of the current line.
    #[must_use]
    pub const fn place(&self) -> FilePlace {
        FilePlace::Line(self.number)
    }

    /// Whether the current line is the last of the text and has no line end.
    #[must_use]
    pub const fn is_unended(&self) -> bool {
        self.unended
    }

    /// Goes to the next line that is not blank. Returns false at the end of the text.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a line that is too long.
    #[inline]
    pub fn next_line(&mut self) -> Result<bool, DataError> {
        while self.advance()? {
            // The line end is the byte before the next line, unless the text ends without one.
            let until = if self.unended { self.next } else { self.next - 1 };
            self.until = if until > self.from && self.buffer[until - 1] == b'\r' {
                until - 1
            } else {
                until
            };
            if self.until > self.from {
                if !self.ascii && std::str::from_utf8(self.line()).is_err() {
                    return Err(self.flawed(LineFlaw::Encoding(UTF_8.name())));
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The current line, without its line end.
    #[must_use]
    #[inline]
    pub fn line(&self) -> &[u8] {
        &self.buffer[self.from..self.until]
    }

    /// Makes the current line the next one again. Allowed once after each [`Lines::next_line`].
    pub const fn put_back(&mut self) {
        self.next = self.from;
        self.number -= 1;
    }

    /// Finds the next line and counts it.
    #[inline]
    fn advance(&mut self) -> Result<bool, DataError> {
        loop {
            let rest = &self.buffer[self.next..self.end];
            let found = memchr::memchr(b'\n', rest);
            if found.unwrap_or(rest.len()) > LINE_MAX {
                self.number += 1;
                let nul = rest[..LINE_MAX].contains(&0);
                return Err(self.flawed(if nul {
                    LineFlaw::Nul
                } else {
                    LineFlaw::TooLong(LINE_MAX)
                }));
            }
            if let Some(length) = found {
                self.from = self.next;
                self.next += length + 1;
                self.number += 1;
                return Ok(true);
            }
            if self.ended {
                let left = !rest.is_empty();
                (self.from, self.next, self.unended) = (self.next, self.end, left);
                self.number += u64::from(left);
                return Ok(left);
            }
            self.fill()?;
        }
    }

    /// Reads more text into the buffer, after what is left.
    #[cold]
    fn fill(&mut self) -> Result<(), DataError> {
        self.buffer.copy_within(self.next..self.end, 0);
        self.end -= self.next;
        (self.from, self.next) = (0, 0);
        let start = self.end;
        let added = match &mut self.transcoder {
            None => {
                let read = self.source.read(&mut self.buffer[start..start + CHUNK]);
                read.inspect(|&read| self.ended = read == 0).map_err(Some)
            }
            Some(transcoder) => {
                transcoder.fill(&mut self.source, &mut self.buffer[start..], &mut self.ended)
            }
        };
        match added {
            Ok(added) => {
                self.end += added;
                self.ascii &= self.buffer[start..self.end].is_ascii();
                Ok(())
            }
            Err(Some(source)) if source.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(Some(source)) => Err(DataError::Read { path: self.path.clone(), source }),
            Err(None) => {
                self.number += 1;
                Err(self.flawed(LineFlaw::Encoding(
                    self.transcoder.as_ref().map_or(UTF_8, |transcoder| transcoder.encoding).name(),
                )))
            }
        }
    }

    /// The error that the current line is wrong as a whole.
    #[must_use]
    pub fn flawed(&self, flaw: LineFlaw) -> DataError {
        DataError::Line { path: self.path.clone(), place: self.place(), flaw }
    }
}

impl Transcoder {
    /// Decodes the next bytes into `out`. Returns the number of bytes written, or an error without
    /// a source when the rest is not text.
    fn fill(
        &mut self,
        source: &mut dyn Read,
        out: &mut [u8],
        ended: &mut bool,
    ) -> Result<usize, Option<io::Error>> {
        if self.broken {
            return Err(None);
        }
        if self.bytes.is_empty() {
            source.take(CHUNK as u64 / 2).read_to_end(&mut self.bytes)?;
        }
        let last = self.bytes.is_empty();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.bytes, out, last);
        self.bytes.drain(..read);
        self.broken = matches!(result, DecoderResult::Malformed(..));
        *ended = last && !self.broken;
        Ok(written)
    }
}

/// Fills `buffer` as far as the source goes.
fn read_full(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut end = 0;
    while end < buffer.len() {
        match source.read(&mut buffer[end..]) {
            Ok(0) => break,
            Ok(read) => end += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(end)
}

fn sniff(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    match bytes {
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => UTF_16LE,
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => UTF_16BE,
        _ => UTF_8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time: every border of a read falls into every place.
    struct Dribble(std::vec::IntoIter<u8>);

    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(place) = buffer.first_mut() else { return Ok(0) };
            Ok(self.0.next().map_or(0, |byte| {
                *place = byte;
                1
            }))
        }
    }

    fn read(bytes: &[u8]) -> Result<Vec<(u64, String)>, String> {
        let mut found = Vec::new();
        let source = Dribble(Vec::from(bytes).into_iter());
        let mut lines =
            Lines::over(Path::new("a"), Box::new(source)).map_err(|error| error.to_string())?;
        while lines.next_line().map_err(|error| error.to_string())? {
            found.push((lines.number(), String::from_utf8(lines.line().to_vec()).unwrap()));
        }
        Ok(found)
    }

    #[test]
    fn lines_are_the_same_in_every_encoding_and_with_every_end() {
        let text = "first\r\n\r\n\nsecond é€𝄞\nthird";
        let expect: Vec<(u64, String)> = [(1, "first"), (4, "second é€𝄞"), (5, "third")]
            .map(|(n, line)| (n, line.to_owned()))
            .into();
        let utf16 = |bytes: fn(u16) -> [u8; 2], mark: &str| {
            format!("{mark}{text}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
        };
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(u16::to_le_bytes, ""),
            utf16(u16::to_be_bytes, ""),
            utf16(u16::to_le_bytes, "\u{feff}"),
            utf16(u16::to_be_bytes, "\u{feff}"),
        ] {
            assert_eq!(read(&bytes).as_ref(), Ok(&expect));
        }
    }

    #[test]
    fn a_long_text_is_whole_across_the_buffer() {
        let text =
            (0..60_000).map(|n| format!("line {n} of a text")).collect::<Vec<_>>().join("\n");
        let expect: Vec<&str> = text.lines().collect();
        for bytes in
            [text.clone().into_bytes(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()]
        {
            let found = read(&bytes).unwrap();
            assert!(found.iter().map(|(_, line)| line.as_str()).eq(expect.iter().copied()));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        for (bytes, expect) in [
            (&b""[..], "a: holds no byte"),
            (b"fine\n\xff\xff\n", "a, line 2: not UTF-8 text"),
            (
                &[[b'9'; LINE_MAX + 1].as_slice(), b"\n"].concat(),
                "a, line 1: longer than 4096 characters",
            ),
            (
                &[b"fine\n1".as_slice(), &[0; LINE_MAX + 1]].concat(),
                "a, line 2: bytes of zero instead of text",
            ),
            (b"a\0\n\0b\0\n\0c\0\0\xd8\n\0", "a, line 3: not UTF-16LE text"),
        ] {
            let told = read(bytes).unwrap_err();
            assert!(told.starts_with(expect), "{told}");
        }
    }

    #[test]
    fn a_line_can_be_put_back() {
        let mut lines = Lines::over(Path::new("a"), Box::new(&b"one\ntwo"[..])).unwrap();
        for expect in ["one", "two"] {
            assert!(lines.next_line().unwrap());
            lines.put_back();
            assert!(lines.next_line().unwrap());
            assert_eq!(lines.line(), expect.as_bytes());
        }
        assert!(lines.is_unended());
        assert_eq!((lines.number(), lines.next_line().unwrap()), (2, false));
    }
}
