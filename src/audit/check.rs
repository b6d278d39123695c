//! Whether the database says what the recordings say: it is derived from them again, in memory, and compared row by
//! row, both ways.

use super::chain::{self, ChainError};
use super::database::{AuditDatabase, AuditError, AuditRun};
use super::schema::derived_tables;
use super::sink::AuditFiller;
use crate::domain::text::ShownPath;
use crate::recording::error::RecordingError;
use crate::recording::player::replay;
use crate::recording::reader::Recording;
use crate::session::ports::PortError;
use rusqlite::{Connection, Result};
use std::path::{Path, PathBuf};

/// How many differences of a table are told.
const TOLD_MAX: usize = 5;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The database cannot be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A recording cannot be run again.
    #[error("{}: it cannot be replayed", recording.shown())]
    Replay {
        /// The recording.
        recording: PathBuf,
        /// What failed.
        source: PortError,
    },
    /// The hashes of a recording cannot be read.
    #[error(transparent)]
    Chain(ChainError),
}

/// What was found.
#[derive(Debug, Default)]
pub struct AuditFindings {
    /// The recordings that were compared.
    pub recordings: usize,
    /// The rows that were compared.
    pub rows: u64,
    /// What differs.
    pub differences: Vec<String>,
    /// The runs of the database without a recording here: a session that runs, or recordings that were removed.
    pub without_recording: Vec<String>,
    /// The recordings of earlier simulated accounts, whose audit went with them.
    pub forgotten: Vec<String>,
}

/// Compares a database with the recordings of its account, the oldest first. Where the account is simulated, `is_fresh`,
/// each session's audit takes the place of the one before, and its recordings alone are compared.
///
/// # Errors
/// When one of them cannot be read.
pub fn check(
    database: &Path,
    recordings: &[PathBuf],
    is_fresh: bool,
) -> std::result::Result<AuditFindings, CheckError> {
    // It is of a version that can be compared.
    let runs = AuditDatabase::open_to_read(database)?.runs()?;
    let mut derived = AuditDatabase::in_memory()?;
    derived.attach(database)?;
    let is_known = |path: &&PathBuf| !is_fresh || runs.contains(&run_id(path));
    let (known, others): (Vec<&PathBuf>, Vec<&PathBuf>) = recordings.iter().partition(is_known);
    let mut checked = AuditFindings {
        recordings: known.len(),
        forgotten: others.into_iter().map(|path| run_id(path)).collect(),
        ..AuditFindings::default()
    };
    let names: Vec<String> = known.iter().map(|path| run_id(path)).collect();
    checked.without_recording = derived.ask(|connection| take_the_others(connection, &names))?;
    let mut before: Option<&Path> = None;
    for (recording, name) in known.into_iter().zip(&names) {
        match chain::check(recording, before) {
            Ok(()) => {}
            Err(wrong @ (ChainError::Changed { .. } | ChainError::Missing { .. })) => {
                checked.differences.push(wrong.to_string());
            }
            Err(error) => return Err(CheckError::Chain(error)),
        }
        before = Some(recording).filter(|one| chain::path_of(one).is_file()).map(|one| &**one);
        derive(&mut derived, recording, name, &mut checked.differences)?;
    }
    for name in &names {
        derived.ask(|connection| compare(connection, name, &mut checked))?;
    }
    derived.ask(|connection| count_strays(connection, &mut checked))?;
    Ok(checked)
}

/// Rows that say of no run that they are its own.
fn count_strays(connection: &Connection, checked: &mut AuditFindings) -> Result<()> {
    for table in derived_tables() {
        let sql = format!(
            "SELECT count(*) FROM audit.{table}
             WHERE seq IS NOT NULL AND (run_id IS NULL OR run_id NOT IN (SELECT run_id FROM audit.runs))"
        );
        let strays: u64 = connection.query_row(&sql, [], |row| row.get(0))?;
        if strays > 0 {
            checked
                .differences
                .push(format!("{table} has {strays} rows of a run that it does not know"));
        }
    }
    Ok(())
}

/// The name of the run of a recording.
fn run_id(recording: &Path) -> String {
    recording.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Takes the rows of runs without a recording as they are. Returns those runs.
fn take_the_others(connection: &Connection, names: &[String]) -> Result<Vec<String>> {
    let mut runs = connection.prepare("SELECT run_id FROM audit.runs ORDER BY id")?;
    let runs = runs.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>>>()?;
    let others: Vec<String> = runs.into_iter().filter(|run| !names.contains(run)).collect();
    for table in derived_tables() {
        let columns = columns(connection, table)?;
        let sql = format!(
            "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM audit.{table} WHERE run_id = ?1 ORDER BY id"
        );
        for run in &others {
            connection.execute(&sql, [run])?;
        }
    }
    Ok(others)
}

/// The columns of a table that follow from the steps; `message` and `body` are in words of the version that wrote them.
fn columns(connection: &Connection, table: &str) -> Result<String> {
    let sql = "SELECT group_concat(name, ', ') FROM pragma_table_info(?1, 'main')
               WHERE name NOT IN ('id', 'created_at', 'message', 'body')";
    connection.query_row(sql, [table], |row| row.get(0))
}

fn derive(
    derived: &mut AuditDatabase,
    path: &Path,
    name: &str,
    differences: &mut Vec<String>,
) -> std::result::Result<(), CheckError> {
    let recording = Recording::open(path)?;
    let mut executor = recording.executor()?;
    let file = &recording.file;
    let (login, server) = (file.account.login, file.account.server.clone());
    let run = AuditRun { id: name.to_owned(), login, server, zone: file.zone.clone() };
    let mut filler = AuditFiller::begin(derived, &run)?;
    let outcome = replay(&recording, &mut executor, &mut filler)
        .map_err(|source| CheckError::Replay { recording: path.to_owned(), source })?;
    if outcome.divergence.is_some() {
        differences.push(format!(
            "{}: replayed, the executor does something else than was recorded: see `tickdeck replay`",
            path.shown()
        ));
    }
    filler.finish(&outcome.actions_hash.to_string())?;
    Ok(())
}

/// The rows of a run that can be compared. An order that had not ended when its run did gets the rest from a later one,
/// which may not have been recorded yet.
const fn comparable(table: &str, is_recorded: bool) -> &'static str {
    match (table.as_bytes(), is_recorded) {
        (b"orders", false) => {
            "run_id = ?1 AND cid NOT IN (SELECT cid FROM main.orders WHERE run_id = ?1 AND \
             (status IN ('sent', 'unknown') OR mt5_deal_id IS NULL OR executed_volume < volume))"
        }
        _ => "run_id = ?1",
    }
}

/// Compares the rows of a run.
fn compare(connection: &Connection, run: &str, checked: &mut AuditFindings) -> Result<()> {
    let is_known = "SELECT count(*) FROM audit.runs WHERE run_id = ?1";
    let known: u64 = connection.query_row(is_known, [run], |row| row.get(0))?;
    if known == 0 {
        checked.differences.push(format!("{run}: the audit knows nothing of this recording"));
        return Ok(());
    }
    let hashes =
        "SELECT ours.sealed_hash IS theirs.sealed_hash FROM main.runs ours, audit.runs theirs
                  WHERE ours.run_id = ?1 AND theirs.run_id = ?1";
    if !connection.query_row(hashes, [run], |row| row.get::<_, bool>(0))? {
        checked.differences.push(format!("{run}: runs.sealed_hash is not that of the recording"));
    }
    let version = "SELECT coalesce(version, 1) FROM audit.runs WHERE run_id = ?1";
    let version: i64 = connection.query_row(version, [run], |row| row.get(0))?;
    // The first version had no outbox.
    for table in derived_tables().filter(|table| version > 1 || *table != "outbox") {
        let columns = columns(connection, table)?;
        let count = |of: &str| {
            let sql = format!("SELECT count(*) FROM {of}.{table} WHERE run_id = ?1");
            connection.query_row(&sql, [run], |row| row.get::<_, u64>(0))
        };
        let (ours, theirs) = (count("main")?, count("audit")?);
        checked.rows += ours;
        if ours != theirs {
            checked
                .differences
                .push(format!("{run}: {table} has {theirs} rows, and the recording gives {ours}"));
        }
        for (from, other, words) in [
            ("main", "audit", "is not in the audit, or with other values"),
            ("audit", "main", "does not follow from the recording"),
        ] {
            let rows = comparable(table, checked.without_recording.is_empty());
            let sql = format!(
                "SELECT seq FROM (SELECT {columns} FROM {from}.{table} WHERE {rows}
                 EXCEPT SELECT {columns} FROM {other}.{table} WHERE {rows}) ORDER BY seq LIMIT {TOLD_MAX}"
            );
            let mut rows = connection.prepare(&sql)?;
            let seqs = rows.query_map([run], |row| row.get::<_, Option<i64>>(0))?;
            for seq in seqs {
                let seq = seq?.unwrap_or_default();
                checked.differences.push(format!("{run}: {table}, a row of input {seq} {words}"));
            }
        }
    }
    Ok(())
}
