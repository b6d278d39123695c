//! Files and folders that appear only when complete, on every platform. The operations in which
//! file systems differ are here.
//!
//! [`unfinished`] keeps track of what has been begun and removes it, [`lock`] keeps two runs from
//! one place. Nothing here knows what is written. Whoever holds the handle that wrote a file makes
//! it durable, because Windows refuses to flush a handle opened for reading.

pub mod lock;
pub mod unfinished;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a rename is tried again, and the pause between: two seconds in all.
const RENAMES_MAX: u32 = 20;
const RENAME_PAUSE: Duration = Duration::from_millis(100);

/// The largest number of links that lead to one another; more are taken for a circle.
const LINKS_MAX: u32 = 40;

/// The hidden name next to `target`: `.NAME` with an ending.
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

/// Copies a file's content. The copy is durable when this returns, and is not read-only even if the
/// original is.
///
/// # Errors
/// When the file system refuses.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = File::create(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

/// Makes the names in a folder durable. Windows cannot open a folder as a file; NTFS keeps its
/// names in a journal of its own.
///
/// # Errors
/// When the file system refuses.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(path)?.sync_all() }
}

/// The folder that contains `path`.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Where a path leads through links, whether or not anything is there; the path itself when it is
/// no link.
///
/// # Errors
/// When links lead in a circle, or one cannot be read.
pub fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..LINKS_MAX {
        if !place.is_symlink() {
            return Ok(place);
        }
        // A relative link starts from its folder; an absolute one replaces the path.
        place = parent(&place).join(fs::read_link(&place)?);
    }
    Err(io::Error::other(format!("more than {LINKS_MAX} links lead to one another")))
}

/// The place that a path names, whether or not anything is there: the existing part without links
/// and dots, then the rest.
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

/// Whether a folder is where another file system is mounted, so that no rename replaces it. On
/// Windows such a place is a link.
#[must_use]
pub fn is_mounted(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &Path| fs::metadata(path).ok().map(|found| found.dev());
        path.is_dir()
            && device(path).zip(device(&path.join(".."))).is_some_and(|(own, above)| own != above)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Whether a folder is the current one, or above it: replaced, it would leave whoever started this
/// in one that is gone.
#[must_use]
pub fn is_current(path: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().ok();
    let current = std::env::current_dir().ok().and_then(|current| canonical(&current));
    current.zip(canonical(path)).is_some_and(|(current, path)| current.starts_with(path))
}

/// Whether the owner of what stands at a path may not write to it, whoever runs this: to replace it
/// by a rename would pass that over. On Windows the mark says nothing on a folder. What is not
/// there is not protected.
#[must_use]
pub fn is_write_protected(path: &Path) -> bool {
    let Ok(found) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        found.permissions().mode() & 0o200 == 0
    }
    #[cfg(not(unix))]
    {
        found.is_file() && found.permissions().readonly()
    }
}

/// Gives `to` the mode of `from`, which it is about to replace: who may read and write it.
/// Elsewhere than on Unix, where a file has no mode, and where `from` is not there, nothing is
/// done.
///
/// # Errors
/// When the file system refuses.
pub fn keep_mode(from: &Path, to: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match fs::metadata(from) {
        Ok(found) => fs::set_permissions(to, found.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Renames a file or a folder.
///
/// On Windows, a folder cannot be renamed while a file in it is open, and scanners open new files
/// for a moment. So the rename is repeated there for a while.
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

/// Removes a file, or a folder with everything in it. It is no error if there is nothing.
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
