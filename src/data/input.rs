//! Turns files, folders and archives into single readable streams, each with a name for messages.
//!
//! Archives are recognised by their first bytes. Everything is streamed: nothing is unpacked to
//! memory or disk as a whole, and no memory is allocated on the strength of a number in an archive.
//! An archive inside an archive is refused when its content is detected.

use crate::data::error::DataError;
use crate::data::other_files::told_by_name;
use crate::data::plain_file;
use crate::domain::text::ShownPath;
use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// First bytes of a gzip file.
pub const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
/// First bytes of a zip archive.
pub const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// First bytes of a zip archive without an entry.
const EMPTY_ZIP_MAGIC: &[u8] = b"PK\x05\x06";

/// The depth of nested folders; deeper ones mean a circle of links.
const DEPTH_MAX: usize = 32;
/// The largest number of files of one import: a century of hours.
const INPUTS_MAX: usize = 1_000_000;
/// The most bytes of a name in an archive.
const NAME_MAX: usize = 1_024;

/// One readable stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The name for messages. The name of an entry follows that of its archive.
    name: PathBuf,
    path: PathBuf,
    packing: Packing,
}

/// How the bytes are stored in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Entry(Entry),
}

/// The place of an entry in its archive, and what the archive states about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

/// The streams of `paths`: files in the given order, folders in order of names, archives in their
/// own order. Hidden files (`.name`, and `__MACOSX` in archives) are left out, and so is what
/// HistData adds to its data: a `NAME.txt` about the gaps in `NAME.csv`.
///
/// # Errors
/// [`DataError`]: a path does not exist, a folder or archive is empty, or an archive is damaged,
/// encrypted or packed by another method than deflate.
pub fn inputs<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Input>, DataError> {
    let mut found = Vec::new();
    for path in paths {
        let (path, before) = (path.as_ref(), found.len());
        if let Some((what, instead)) = told_by_name(path) {
            return Err(DataError::NoTable { path: path.into(), what, instead });
        }
        walk(path, 0, &mut found)?;
        if found.len() == before {
            return Err(DataError::Empty { path: path.into(), what: "file" });
        }
    }
    Ok(found)
}

fn walk(path: &Path, depth: usize, found: &mut Vec<Input>) -> Result<(), DataError> {
    let failed = |source| DataError::Open { path: path.into(), source };
    if depth > DEPTH_MAX || found.len() > INPUTS_MAX {
        let what =
            format!("more than {DEPTH_MAX} folders within one another or {INPUTS_MAX} files");
        return Err(failed(io::Error::other(what)));
    }
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return open_file(path, found);
    }
    let entries: io::Result<Vec<PathBuf>> =
        fs::read_dir(path).map_err(failed)?.map(|entry| Ok(entry?.path())).collect();
    let mut entries = entries.map_err(failed)?;
    entries
        .retain(|entry| !entry.file_name().is_some_and(|name| is_hidden(&name.to_string_lossy())));
    entries.sort();
    entries.iter().try_for_each(|entry| walk(entry, depth + 1, found))
}

fn is_hidden(name: &str) -> bool {
    (name.starts_with('.') && name != "." && name != "..") || name == "__MACOSX"
}

fn open_file(path: &Path, found: &mut Vec<Input>) -> Result<(), DataError> {
    let file =
        plain_file::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
    let mut magic = Vec::new();
    file.take(4)
        .read_to_end(&mut magic)
        .map_err(|source| DataError::Read { path: path.into(), source })?;
    let packing = if magic == ZIP_MAGIC || magic == EMPTY_ZIP_MAGIC {
        return open_archive(path, found);
    } else if magic.starts_with(GZIP_MAGIC) {
        Packing::Gzip
    } else {
        Packing::Plain
    };
    found.push(Input { name: path.into(), path: path.into(), packing });
    Ok(())
}

fn open_archive(path: &Path, found: &mut Vec<Input>) -> Result<(), DataError> {
    let file =
        plain_file::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
    let damaged = |source| DataError::Archive { path: path.into(), source };
    let listed =
        entries_listed(&file).map_err(|source| DataError::Read { path: path.into(), source })?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    // Of two entries with the same name the archive reader shows only the last.
    if listed.is_some_and(|listed| listed > archive.len()) {
        let flaw = format!(
            "{} entries, but {} names: two entries of one name cannot be told apart",
            listed.unwrap_or(0),
            archive.len()
        );
        return Err(DataError::ArchiveEntry { path: path.into(), flaw });
    }
    if found.len() + archive.len() > INPUTS_MAX {
        return Err(DataError::ArchiveEntry {
            path: path.into(),
            flaw: format!("more than {INPUTS_MAX} files"),
        });
    }
    let names: Result<BTreeSet<String>, _> =
        archive.file_names().map(|name| name.map(Cow::into_owned)).collect();
    let names = names.map_err(damaged)?;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        if name == "[Content_Types].xml" {
            return Err(DataError::ArchiveEntry {
                path: path.into(),
                flaw: "an Office file, not an archive of data: save it as CSV".into(),
            });
        }
        let of_gaps = name
            .strip_suffix(".txt")
            .is_some_and(|stem| is_of_histdata(stem) && names.contains(&format!("{stem}.csv")));
        if of_gaps || name.ends_with('/') || name.split('/').any(is_hidden) {
            continue;
        }
        let shown = PathBuf::from(format!("{}/{name}", path.shown()));
        let refused = |flaw: String| Err(DataError::ArchiveEntry { path: shown.clone(), flaw });
        if name.len() > NAME_MAX {
            return refused(format!("a name of more than {NAME_MAX} bytes"));
        }
        if entry.encrypted() {
            return refused("encrypted: unpack the archive with its password first".into());
        }
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::DEFLATE => true,
            other => {
                return refused(format!(
                    "packed by {other}; only deflate is read: unpack the archive first"
                ));
            }
        };
        let Some(start) = entry.data_start() else {
            return refused("its place in the archive is not told".into());
        };
        let (packed, size, crc) = (entry.compressed_size(), entry.size(), entry.crc32());
        let packing = Packing::Entry(Entry { start, packed, size, crc, deflated });
        found.push(Input { name: shown, path: path.into(), packing });
    }
    Ok(())
}

/// The number of entries that a zip archive lists at its end; none when the list is not found, or
/// is stored elsewhere in 64 bits.
fn entries_listed(mut file: &File) -> io::Result<Option<usize>> {
    const RECORD: usize = 22;
    const COMMENT_MAX: u64 = 65_535;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(COMMENT_MAX + RECORD as u64)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    file.rewind()?;
    let Some(at) = tail.windows(RECORD).rposition(|bytes| bytes.starts_with(EMPTY_ZIP_MAGIC))
    else {
        return Ok(None);
    };
    let listed = u16::from_le_bytes([tail[at + 10], tail[at + 11]]);
    Ok((listed != u16::MAX).then_some(usize::from(listed)))
}

fn is_of_histdata(stem: &str) -> bool {
    stem.rsplit('/').next().is_some_and(|name| name.starts_with("DAT_"))
}

/// Checks that the output does not replace an input.
///
/// # Errors
/// [`DataError::OverInput`], or the errors of [`inputs`].
pub fn check_output<P: AsRef<Path>>(out: &Path, paths: &[P]) -> Result<(), DataError> {
    let Ok(written) = fs::canonicalize(out) else { return Ok(()) };
    let is_read = inputs(paths)?
        .iter()
        .any(|input| fs::canonicalize(&input.path).is_ok_and(|read| read == written));
    if is_read { Err(DataError::OverInput { path: out.into() }) } else { Ok(()) }
}

impl Input {
    /// The one stream of a path.
    ///
    /// # Errors
    /// As [`inputs`]; [`DataError::Several`] when the path is a folder or archive with more than
    /// one file.
    pub fn of(path: &Path) -> Result<Self, DataError> {
        let found = inputs(&[path])?;
        let files = found.len();
        let mut found = found.into_iter();
        match (found.next(), files) {
            (Some(input), 1) => Ok(input),
            _ => Err(DataError::Several { path: path.into(), files }),
        }
    }

    /// The name for messages: the file's path, followed by the entry's name in an archive.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The file's path, unless it is packed; for readers that need to seek.
    #[must_use]
    pub fn plain(&self) -> Option<&Path> {
        (self.packing == Packing::Plain).then_some(&*self.path)
    }

    /// The name of the entry, if there is one, and then that of the file.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        let entry = matches!(self.packing, Packing::Entry(_)).then(|| self.name.file_name());
        entry.flatten().into_iter().chain(self.path.file_name()).filter_map(|name| name.to_str())
    }

    /// Opens the stream at its beginning.
    ///
    /// # Errors
    /// [`DataError::Open`].
    pub fn open(&self) -> Result<Box<dyn Read + Send>, DataError> {
        let failed = |source| DataError::Open { path: self.name.clone(), source };
        let mut file = plain_file::open(&self.path).map_err(failed)?;
        Ok(match &self.packing {
            Packing::Plain => Box::new(file),
            Packing::Gzip => Box::new(MultiGzDecoder::new(file)),
            Packing::Entry(entry) => {
                file.seek(SeekFrom::Start(entry.start)).map_err(failed)?;
                let packed = file.take(entry.packed);
                let bytes: Box<dyn Read + Send> = if entry.deflated {
                    Box::new(DeflateDecoder::new(packed))
                } else {
                    Box::new(packed)
                };
                Box::new(Checked { bytes, left: entry.size, expected: entry.crc, crc: Crc::new() })
            }
        })
    }
}

/// An entry's bytes, checked against the length and the checksum in its archive.
struct Checked {
    bytes: Box<dyn Read + Send>,
    left: u64,
    expected: u32,
    crc: Crc,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.crc.update(&buffer[..read]);
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| wrong("longer than the archive says"))?;
        if read > 0 || buffer.is_empty() {
            Ok(read)
        } else if self.left > 0 {
            Err(wrong("cut off: shorter than the archive says"))
        } else if self.crc.sum() != self.expected {
            Err(wrong("damaged: its checksum is not that of the archive"))
        } else {
            Ok(0)
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
