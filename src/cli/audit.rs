//! `tickdeck audit`: what a live session did, in tables, and whether they can be believed.

use crate::audit::check::{AuditFindings, check};
use crate::audit::database::AuditDatabase;
use crate::audit::files::{database_name, is_simulated, recordings_of};
use crate::cli::output::{ExitStatus, Output};
use crate::domain::text::ShownPath;
use anyhow::Context;
use rusqlite::types::ValueRef;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// The tables of a live session.
#[derive(Debug, clap::Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    verb: AuditVerb,
}

#[derive(Debug, clap::Subcommand)]
enum AuditVerb {
    /// Write signals or executions as CSV to stdout
    Export(ExportArgs),
    /// Compare the audit with the recordings, and these with their hashes
    Verify(VerifyArgs),
}

/// What is exported.
#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// The database, or the folder of the recordings
    path: PathBuf,
    /// The signals, taken or not
    #[arg(long, conflicts_with = "executions", required_unless_present = "executions")]
    signals: bool,
    /// What was executed: one row a deal, with the order that it came of
    #[arg(long)]
    executions: bool,
}

/// What is compared.
#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// The folder of the recordings
    folder: PathBuf,
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read.
pub fn run(args: &AuditArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    match &args.verb {
        AuditVerb::Export(args) => export(args, output),
        AuditVerb::Verify(args) => verify(&args.folder, output),
    }
}

const SIGNALS: &str =
    "SELECT time_utc, signal_id, strategy_id, symbol, signal_type, price, verdict, run_id, seq
                       FROM signals ORDER BY id";
const EXECUTIONS: &str =
    "SELECT deals.time_utc, deals.deal, deals.mt5_order_id, deals.position_ticket, deals.symbol, deals.entry, deals.side,
     deals.reason, deals.volume, deals.price, deals.profit, deals.commission, deals.swap, deals.magic,
     orders.strategy_id, orders.client_order_id, orders.price AS asked_price,
     (orders.answered_ns - orders.sent_ns) / 1e6 AS latency_ms, deals.run_id, deals.seq
     FROM deals LEFT JOIN orders ON orders.id = (SELECT max(id) FROM orders WHERE mt5_order_id = deals.mt5_order_id)
     ORDER BY deals.id";

fn export(args: &ExportArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let databases = databases(&args.path)?;
    let [path] = &databases[..] else {
        let names: Vec<String> = databases.iter().map(|path| path.shown().into_owned()).collect();
        anyhow::bail!("{}: several accounts: name one of {}", args.path.shown(), names.join(", "));
    };
    let database = AuditDatabase::open_to_read(path)?;
    let question = if args.signals { SIGNALS } else { EXECUTIONS };
    let text = database.ask(|connection| {
        let mut rows = connection.prepare(question)?;
        let names: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let mut text = csv::Writer::from_writer(Vec::new());
        let in_memory = "memory takes everything";
        text.write_record(&names).expect(in_memory);
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let fields = (0..names.len()).map(|place| row.get_ref(place).map(field));
            let fields = fields.collect::<rusqlite::Result<Vec<String>>>()?;
            text.write_record(&fields).expect(in_memory);
        }
        Ok(text.into_inner().expect(in_memory))
    })?;
    let text = String::from_utf8(text).context("the audit holds text that is no UTF-8")?;
    output.data(text.trim_end())?;
    Ok(ExitStatus::Fine)
}

fn field(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

/// The databases that a path leads to.
fn databases(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.shown()))? {
        let path = entry?.path();
        if account(&path).is_some() {
            found.push(path);
        }
    }
    found.sort();
    let ending = database_name("*");
    anyhow::ensure!(!found.is_empty(), "{}: there is no audit ({ending}) in it", path.shown());
    Ok(found)
}

/// The account of a database, by its name.
fn account(database: &Path) -> Option<String> {
    let name = database.file_name()?.to_str()?;
    name.strip_suffix(&database_name("")).map(str::to_owned)
}

fn verify(folder: &Path, output: &Output) -> anyhow::Result<ExitStatus> {
    let mut is_fine = true;
    let mut all = Vec::new();
    for database in databases(folder)? {
        let account = account(&database).context("a database is named after its account")?;
        let found = recordings_of(folder, &account)
            .with_context(|| format!("cannot read {}", folder.shown()))?;
        let AuditFindings { recordings, rows, differences, without_recording, forgotten } =
            check(&database, &found, is_simulated(&account))?;
        is_fine &= differences.is_empty();
        all.push(json!({
            "account": account,
            "recordings": recordings,
            "rows": rows,
            "differences": differences,
            "without_recording": without_recording,
            "forgotten": forgotten,
        }));
        if output.json {
            continue;
        }
        for difference in &differences {
            output.data(difference)?;
        }
        for run in forgotten {
            output.note(&format!("{run}: of an earlier simulated account, whose audit is gone"));
        }
        for run in without_recording {
            output
                .note(&format!("{run}: its recording is not here, so nothing is said of its rows"));
        }
        let verdict = if differences.is_empty() { "agree" } else { "DO NOT AGREE" };
        output.data(&format!("{account}: {recordings} recordings and {rows} rows {verdict}"))?;
    }
    if output.json {
        output.object(&json!({ "audits": all }))?;
    }
    Ok(if is_fine { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}
