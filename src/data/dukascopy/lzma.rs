//! Unpacks LZMA as Dukascopy uses it ("LZMA alone", with a header of 13 bytes), in a stream and in
//! bounded memory.
//!
//! The claims of a header are checked against limits before anything is allocated, and the output
//! is counted.

use crate::data::dukascopy::flaw::Bi5Flaw;
use lzma_rust2::LzmaReader;
use std::io::{self, ErrorKind, Read};

/// The most memory in bytes that a header may ask for: four times what Dukascopy's files need,
/// twice what common packers use by default.
const DICTIONARY_MAX: u32 = 16 << 20;
/// The settings (lc 3, lp 0, pb 2) of all the vendor's files.
const PROPERTIES: u8 = 0x5d;
const HEADER: usize = 13;
/// The claimed size that means "until the end marker".
const UNKNOWN: u64 = u64::MAX;

/// Whether these are the first bytes of such a stream: the usual settings and, after the header,
/// the 0 with which all packed data begin.
#[must_use]
pub fn begins(head: &[u8]) -> bool {
    head.starts_with(&[PROPERTIES, 0, 0])
        || (head.first() == Some(&PROPERTIES) && head.get(HEADER) == Some(&0))
}

/// Why unpacking stopped.
#[derive(Debug)]
pub enum LzmaStop {
    /// The bytes could not be read.
    Io(io::Error),
    /// The bytes are wrong.
    Flaw(Bi5Flaw),
}

impl From<Bi5Flaw> for LzmaStop {
    fn from(flaw: Bi5Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

/// The largest size of the unpacked stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The largest number of bytes.
    pub bytes: u64,
    /// What is unpacked, for messages.
    pub what: &'static str,
}

/// A stream being unpacked.
pub struct Lzma {
    /// None when there is nothing to unpack, or nothing more.
    decoder: Option<LzmaReader<Box<dyn Read + Send>>>,
    unpacked: u64,
    limit: Limit,
}

impl Lzma {
    /// Reads the header. An empty stream unpacks to nothing: this is how the vendor says that there
    /// were no ticks.
    ///
    /// # Errors
    /// [`LzmaStop`]: not LZMA, or a header that claims too much.
    pub fn open(mut reader: Box<dyn Read + Send>, limit: Limit) -> Result<Self, LzmaStop> {
        let mut head = Vec::with_capacity(HEADER);
        reader.by_ref().take(HEADER as u64).read_to_end(&mut head).map_err(LzmaStop::Io)?;
        if head.is_empty() {
            return Ok(Self { decoder: None, unpacked: 0, limit });
        }
        if head[0] != PROPERTIES {
            return Err(Bi5Flaw::NotLzma { seen: seen(&head) }.into());
        }
        let (Some(dictionary), Some(size)) =
            (head[1..].first_chunk(), head[1..].last_chunk().filter(|_| head.len() == HEADER))
        else {
            return Err(Bi5Flaw::CutOff { unpacked: 0 }.into());
        };
        let (dictionary, size) = (u32::from_le_bytes(*dictionary), u64::from_le_bytes(*size));
        if dictionary > DICTIONARY_MAX {
            return Err(Bi5Flaw::Dictionary { claimed: dictionary, most: DICTIONARY_MAX }.into());
        }
        if size != UNKNOWN && size > limit.bytes {
            return Err(Bi5Flaw::TooLong {
                claimed: Some(size),
                most: limit.bytes,
                what: limit.what,
            }
            .into());
        }
        let decoder = LzmaReader::new_with_props(reader, size, PROPERTIES, dictionary, None);
        let mut decoder = decoder.map_err(|error| stop(error, 0))?;
        // Otherwise damage in the last bytes would go unnoticed.
        decoder.set_relaxed_end_condition(false);
        // The output before the damage counts, so that a message can say where it is.
        decoder.set_defer_errors(true);
        Ok(Self { decoder: Some(decoder), unpacked: 0, limit })
    }

    /// Fills `buffer`; fewer bytes are returned only at the end.
    ///
    /// # Errors
    /// [`LzmaStop`].
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, LzmaStop> {
        let mut filled = 0;
        while let Some(decoder) = self.decoder.as_mut().filter(|_| filled < buffer.len()) {
            let read =
                decoder.read(&mut buffer[filled..]).map_err(|error| stop(error, self.unpacked))?;
            filled += read;
            self.unpacked += read as u64;
            if self.unpacked > self.limit.bytes {
                return Err(Bi5Flaw::TooLong {
                    claimed: None,
                    most: self.limit.bytes,
                    what: self.limit.what,
                }
                .into());
            }
            if read == 0 {
                self.end()?;
            }
        }
        Ok(filled)
    }

    /// Nothing may follow: if two files were joined, the second would be lost silently.
    fn end(&mut self) -> Result<(), LzmaStop> {
        let Some(decoder) = self.decoder.take() else { return Ok(()) };
        let (mut reader, unused) = decoder.into_parts();
        let rest = reader.read(&mut [0]).map_err(LzmaStop::Io)?;
        if unused.is_empty() && rest == 0 { Ok(()) } else { Err(Bi5Flaw::Trailing.into()) }
    }
}

fn stop(error: io::Error, unpacked: u64) -> LzmaStop {
    match error.kind() {
        ErrorKind::UnexpectedEof => Bi5Flaw::CutOff { unpacked }.into(),
        // The decoder reports wrong data with these kinds; a disk or a pipe uses others.
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
            Bi5Flaw::Damaged { unpacked, why: error.to_string() }.into()
        }
        _ => LzmaStop::Io(error),
    }
}

/// The first bytes for people: as text if they are text, so that a web page is recognisable.
fn seen(head: &[u8]) -> String {
    if head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return format!("the text `{}`", String::from_utf8_lossy(head).escape_debug());
    }
    let hex: Vec<String> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("the bytes {}", hex.join(" "))
}
