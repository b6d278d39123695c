//! `-` for stdin and stdout, where a verb takes it; and files whose names say that they are something else.

use crate::cli::output::Output;
use crate::domain::text::ShownPath;
use anyhow::Context;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The largest text that is read from stdin.
const STDIN_BYTES_MAX: u64 = 256 << 20;

/// Whether a path stands for stdin or stdout.
#[must_use]
pub fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// The text of stdin where a path stands for it; none for a file.
///
/// # Errors
/// When stdin cannot be read, or holds no text.
pub fn stdin_text(path: &Path) -> anyhow::Result<Option<String>> {
    if !is_dash(path) {
        return Ok(None);
    }
    let mut text = String::new();
    let read = io::stdin().lock().take(STDIN_BYTES_MAX).read_to_string(&mut text);
    read.context("cannot read stdin")?;
    Ok(Some(text))
}

/// Refuses a file whose name says that it is something else.
///
/// # Errors
/// Names the file and what is wanted.
pub fn refuse_endings(path: &Path, endings: &[&str], wanted: &str) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_other = endings.contains(&ending.to_ascii_lowercase().as_str()) && !path.is_dir();
    anyhow::ensure!(!is_other, "{}: is named as a .{ending}: {wanted}", path.shown());
    Ok(())
}

/// Where a table is written: to a file, or to stdout once it is whole.
#[derive(Debug)]
pub struct TableOut {
    path: PathBuf,
    is_stdout: bool,
}

impl TableOut {
    /// Where `asked` says.
    ///
    /// # Errors
    /// With `--json`, which stdout is for.
    pub fn of(asked: &Path, output: &Output) -> anyhow::Result<Self> {
        if !is_dash(asked) {
            return Ok(Self { path: asked.to_owned(), is_stdout: false });
        }
        anyhow::ensure!(
            !output.json,
            "--out -: --json is written to stdout, too: name a file .csv"
        );
        let name = format!("tickdeck-{}.csv", std::process::id());
        Ok(Self { path: std::env::temp_dir().join(name), is_stdout: true })
    }

    /// The file to write.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells the file that was written, or writes it to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn finish(self, output: &Output) -> anyhow::Result<()> {
        if self.is_stdout {
            let mut file = fs::File::open(&self.path).context("cannot read the table")?;
            output.copy(&mut file)
        } else if output.quiet {
            Ok(())
        } else {
            output.path(&self.path)
        }
    }
}

impl Drop for TableOut {
    fn drop(&mut self) {
        if self.is_stdout {
            // What never came to be is not there.
            let _ = fs::remove_file(&self.path);
        }
    }
}
