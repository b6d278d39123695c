//! Opens plain files only. A device has no end, a pipe is gone once it is read, and a link may lead
//! anywhere.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// Opens the file at a path that a user names. A link there is the user's own, and is followed.
///
/// # Errors
/// When there is nothing, when it cannot be opened, or when it is not a plain file. The error says
/// what it is.
pub fn open(path: &Path) -> io::Result<File> {
    // This is checked before opening, because opening a pipe waits for its writer.
    plain(fs::metadata(path)?.file_type())?;
    File::open(path)
}

/// The largest file that is read as a whole: commands of a year, or a state of more strategies than
/// anybody runs.
const TEXT_BYTES_MAX: u64 = 256 << 20;

/// The text of the file at a path that a user names, without the byte order mark that some editors
/// write. A link there is the user's own, and is followed.
///
/// # Errors
/// When there is nothing, when it cannot be read or is larger than 256 MiB, or when it is not a
/// plain file. The error says what it is.
pub fn read_text(path: &Path) -> io::Result<String> {
    let (file, mut text) = (open(path)?, String::new());
    if file.metadata()?.len() > TEXT_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", TEXT_BYTES_MAX >> 20),
        ));
    }
    file.take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// Checks that a path in a folder that somebody else may have made is itself a plain file, and not
/// a link.
///
/// # Errors
/// When there is nothing, or when it is something else. The error says what it is.
pub fn check(path: &Path) -> io::Result<()> {
    plain(fs::symlink_metadata(path)?.file_type())
}

fn plain(kind: FileType) -> io::Result<()> {
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a directory",
        kind if kind.is_symlink() => "a link",
        kind if is_pipe(kind) => "a pipe",
        _ => "a device",
    };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {what}, and should be a plain file"),
    ))
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo() || kind.is_socket()
}

/// Other kinds cannot be distinguished on this platform.
#[cfg(not(unix))]
fn is_pipe(_kind: FileType) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read_text(&link).unwrap(), "text");
        fs::write(&file, "\u{feff}text").unwrap();
        assert_eq!(read_text(&file).unwrap(), "text");
        assert!(check(&file).is_ok());
        File::options().write(true).open(&file).unwrap().set_len(TEXT_BYTES_MAX + 1).unwrap();
        assert_eq!(read_text(&file).unwrap_err().to_string(), "it is larger than 256 MiB");
        let wrong = [
            read_text("/dev/zero".as_ref()).err(),
            read_text(dir.path()).err(),
            check(&link).err(),
        ];
        let said: Vec<String> = wrong.into_iter().map(|error| error.unwrap().to_string()).collect();
        let said: Vec<&str> = said.iter().map(|text| text.split(',').next().unwrap()).collect();
        assert_eq!(said, ["it is a device", "it is a directory", "it is a link"]);
    }
}
