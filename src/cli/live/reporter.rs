//! What a live session tells: results into a file, one line each, and what happens to people.

use crate::audit::summary::LiveSummary;
use crate::cli::output::Output;
use crate::config::Session;
use crate::disk;
use crate::domain::text::ShownPath;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, CommandResult, Report};
use crate::recording::words::{self, Names};
use crate::session::ports::{Platform, PortError};
use crate::wire;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// The file of the results.
const RESULTS: &str = "results.jsonl";

/// Tells what happens.
pub struct Reporter {
    results: File,
    /// The commands whose result is in the file.
    done: BTreeSet<String>,
    names: Names,
    specs: Vec<crate::domain::symbol::SymbolSpec>,
    output: Output,
    trades: u64,
    alerts: u64,
}

impl Reporter {
    /// Goes on with the file of results in a folder; a session with a name of its own begins one of its own.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(
        folder: &Path,
        own: Option<&str>,
        session: &Session,
        output: &Output,
    ) -> anyhow::Result<Self> {
        let path = match own {
            None => folder.join(RESULTS),
            Some(name) => folder.join(format!("{name}.{RESULTS}")),
        };
        if own.is_some() {
            disk::remove(&path).with_context(|| format!("cannot remove {}", path.shown()))?;
        }
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.shown()));
            }
        };
        let read = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            line["id"].as_str().map(str::to_owned)
        };
        let done = text.lines().filter_map(read).collect();
        let mut results = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.shown()))?;
        if !text.is_empty() && !text.ends_with('\n') {
            // The process before died in the middle of a line, whose result is told again.
            results.write_all(b"\n")?;
        }
        Ok(Self {
            results,
            done,
            names: Names::new(&session.file.symbols),
            specs: session.specs.clone(),
            output: output.clone(),
            trades: 0,
            alerts: 0,
        })
    }

    /// The commands whose result is known.
    pub const fn done(&self) -> &BTreeSet<String> {
        &self.done
    }

    /// Takes a result. That of a command is told once.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn result(&mut self, at: Timestamp, result: &CommandResult) -> Result<(), PortError> {
        let id = result.id.to_string();
        if !self.done.insert(id.clone()) {
            return Ok(());
        }
        let status = wire::result::status(result.status);
        let body = wire::result::body(result, &self.specs);
        let line = json!({
            "id": id,
            "at": at.to_string(),
            "status": status,
            "result": body,
        });
        let mut text = line.to_string();
        text.push('\n');
        self.results.write_all(text.as_bytes())?;
        self.results.sync_data()?;
        self.output.note(&format!("{at} {id}: {status}: {}", wire::result::message(result)));
        Ok(())
    }

    /// Says what is left.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn farewell(
        &self,
        executor: &Executor,
        summary: &LiveSummary,
        output: &Output,
    ) -> anyhow::Result<()> {
        let view = executor.view();
        let Self { trades, alerts, .. } = self;
        for line in summary.lines() {
            output.data(&line)?;
        }
        output.data(&format!(
            "{trades} trades closed, {alerts} alerts; {} positions and {} orders are left open",
            view.positions.len(),
            view.orders.len()
        ))
    }
}

impl Platform for Reporter {
    fn deliver(&mut self, at: Timestamp, action: &Action) -> Result<(), PortError> {
        match action {
            Action::Result(result) => self.result(at, result)?,
            Action::Report(report) => {
                match &**report {
                    Report::Closed(_) => self.trades += 1,
                    Report::Alert(_) => self.alerts += 1,
                    _ => {}
                }
                self.output.note(&format!("{at} {}", words::action(&self.names, action)));
            }
            _ => {}
        }
        Ok(())
    }
}
