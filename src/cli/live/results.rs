//! The results of commands, in a file of the account: one line each, whatever happens to the process.

use super::teller::Teller;
use crate::disk;
use crate::domain::text::ShownPath;
use crate::domain::time::Timestamp;
use crate::executor::action::{Action, CommandResult};
use crate::executor::view::KnownSymbol;
use crate::session::ports::{Journal, PortError, Step};
use crate::wire;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The file of the results of an account. It takes steps once they are durable, those of a journal that is sealed as
/// well: a result that is in it already is not told again.
pub struct ResultFile {
    file: File,
    /// The commands whose result is in the file.
    done: BTreeSet<String>,
    teller: Teller,
}

impl ResultFile {
    /// Goes on with the file in a folder, or begins it anew.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(
        folder: &Path,
        account: &str,
        is_fresh: bool,
        teller: &Teller,
    ) -> anyhow::Result<Self> {
        let path = folder.join(format!("{account}.results.jsonl"));
        if is_fresh {
            disk::remove(&path).with_context(|| format!("cannot remove {}", path.shown()))?;
        }
        // Whatever a full disk has left of the last line, the lines before it count.
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.shown()));
            }
        };
        let read = |line: &[u8]| {
            let line: Value = serde_json::from_slice(line).ok()?;
            line["id"].as_str().map(str::to_owned)
        };
        let done = text.split(|byte| *byte == b'\n').filter_map(read).collect();
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.shown()))?;
        disk::sync_folder(folder).with_context(|| format!("cannot write {}", folder.shown()))?;
        if text.last().is_some_and(|byte| *byte != b'\n') {
            // The process before died in the middle of a line, whose result is told again.
            file.write_all(b"\n")?;
        }
        Ok(Self { file, done, teller: teller.clone() })
    }

    /// The commands whose result is known.
    pub const fn done(&self) -> &BTreeSet<String> {
        &self.done
    }

    fn take(
        &mut self,
        at: Timestamp,
        result: &CommandResult,
        symbols: &[KnownSymbol<'_>],
    ) -> Result<(), PortError> {
        let id = result.id.to_string();
        if self.done.contains(&id) {
            return Ok(());
        }
        let status = wire::result::status(result.status);
        let line = json!({
            "id": id,
            "at": at.to_string(),
            "status": status,
            "result": wire::result::body(result, symbols),
        });
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()?;
        self.teller.note(&format!("{at} {id}: {status}: {}", wire::result::message(result)));
        self.done.insert(id);
        Ok(())
    }
}

impl Journal for ResultFile {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        for action in step.actions {
            if let Action::Result(result) = action {
                let symbols: Vec<KnownSymbol<'_>> = step.executor.symbols_known().collect();
                self.take(step.at, result, &symbols)?;
            }
        }
        Ok(())
    }
}
