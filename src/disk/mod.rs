//! Files and folders that appear whole, on every platform: the acts in which file systems differ have their home here.
//!
//! [`unfinished`] knows what is begun and takes it away again, [`lock`] keeps two runs from one place; the acts
//! themselves stand below. Nothing here knows what is written. What is durable at the end is made so by whoever holds
//! the handle that wrote it: Windows refuses to flush one that was opened to read.

pub mod lock;
pub mod unfinished;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a rename is tried again, and how long is waited each time: together two seconds.
const RENAMES_MAX: u32 = 20;
const RENAME_PAUSE: Duration = Duration::from_millis(100);

/// Links that lead to one another; more are a circle.
const LINKS_MAX: u32 = 40;

/// A hidden name beside `target`: `.NAME` and an ending.
#[must_use]
pub fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_else(|| "unnamed".as_ref()));
    name.push(ending);
    target.with_file_name(name)
}

/// Writes a file that is durable when this returns.
///
/// # Errors
/// When the file system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Copies a file's content; the copy is durable when this returns, and is nobody's read-only file.
///
/// # Errors
/// When the file system refuses.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = File::create(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

/// Makes the names in a folder durable. Windows opens no folder as a file; NTFS keeps its names by a journal of its own.
///
/// # Errors
/// When the file system refuses.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(path)?.sync_all() }
}

/// The folder in which `path` has its name.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Where a path leads: that which a link points to, and what that points to, be it there or not; else the path itself.
///
/// # Errors
/// When links lead in a circle, or one cannot be read.
pub fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..LINKS_MAX {
        if !place.is_symlink() {
            return Ok(place);
        }
        // Relative to the folder of the link; an absolute one takes its place.
        place = parent(&place).join(fs::read_link(&place)?);
    }
    Err(io::Error::other(format!("more than {LINKS_MAX} links lead to one another")))
}

/// The place that a path names, be anything there or not: as much of it as there is without links and dots, and the rest.
#[must_use]
pub fn place(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        let shown = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        if let (Ok(found), Ok(rest)) = (shown.canonicalize(), path.strip_prefix(above)) {
            return if rest.as_os_str().is_empty() { found } else { found.join(rest) };
        }
    }
    path.to_owned()
}

/// Whether another file system begins at a folder, so that no rename replaces it. On Windows such a place is a link.
#[must_use]
pub fn is_mounted(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &Path| fs::metadata(path).ok().map(|found| found.dev());
        path.is_dir() && device(path).zip(device(&path.join(".."))).is_some_and(|(own, above)| own != above)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Renames a file or a folder.
///
/// On Windows no folder is renamed while a file in it is open, and scanners open what is new for a moment: so it is
/// tried again for a while there.
///
/// # Errors
/// When the file system refuses.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut left = if cfg!(windows) { RENAMES_MAX } else { 0 };
    loop {
        match fs::rename(from, to) {
            Err(error) if left > 0 && error.kind() == io::ErrorKind::PermissionDenied => {
                left -= 1;
                std::thread::sleep(RENAME_PAUSE);
            }
            done => return done,
        }
    }
}

/// Removes a file, or a folder with all that is in it; what is not there is no error.
///
/// # Errors
/// When the file system refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
