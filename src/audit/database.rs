//! The database of an account.

use super::rows::{Deriver, NamedValue, RowChange};
use super::schema::{self, VERSION};
use crate::domain::text::ShownPath;
use crate::domain::zone::ServerZone;
use rusqlite::types::Value;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params_from_iter,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for another program that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database refused.
    #[error("{}: {}", path.shown(), what(error))]
    Sqlite {
        /// The path of the database.
        path: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
    /// It was made by a later version.
    #[error(
        "{}: its tables are of version {found}, and this program knows them up to version {VERSION}: use the program \
         that made it, or another folder",
        path.shown()
    )]
    Newer {
        /// The path of the database.
        path: PathBuf,
        /// The version that it states.
        found: i64,
    },
    /// It was made by an earlier version, or by another program.
    #[error(
        "{}: its tables are of version {found}, and not of {VERSION}: `tickdeck live` brings them to that when it \
         begins",
        path.shown()
    )]
    Older {
        /// The path of the database.
        path: PathBuf,
        /// The version that it states.
        found: i64,
    },
}

impl AuditError {
    /// Whether another program holds the database just now.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        let code = match self {
            Self::Sqlite { error, .. } => error.sqlite_error_code(),
            Self::Newer { .. } | Self::Older { .. } => None,
        };
        matches!(code, Some(DatabaseBusy | DatabaseLocked))
    }
}

/// What is wrong, for people.
fn what(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            format!("another program holds the audit database ({error})")
        }
        Some(rusqlite::ErrorCode::DiskFull) => format!("there is no room for the audit ({error})"),
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            format!("it is no audit database, or a damaged one ({error})")
        }
        _ => format!("the audit cannot be used ({error})"),
    }
}

/// A run: what a process records of a day.
#[derive(Debug, Clone)]
pub struct AuditRun {
    /// Its name, which is that of its recording.
    pub id: String,
    /// The account.
    pub login: u64,
    /// The account's server, if it is stated.
    pub server: Option<String>,
    /// The zone of the server's clock.
    pub zone: ServerZone,
}

impl AuditRun {
    /// What derives the rows of the run.
    #[must_use]
    pub fn deriver(&self) -> Deriver {
        Deriver::new(self.id.clone(), self.zone.clone())
    }
}

/// The changes of a step, and how many steps the run had with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The number of steps, this one included.
    pub steps: u64,
    /// The changes.
    pub changes: Vec<RowChange>,
}

/// The database of an account.
#[derive(Debug)]
pub struct AuditDatabase {
    path: PathBuf,
    connection: Connection,
}

impl AuditDatabase {
    /// Opens the database, and makes it if it is not there.
    ///
    /// # Errors
    /// When it cannot be opened, is of a later version, or no database at all.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let connection = Connection::open(path).map_err(failed(path))?;
        let database = Self { path: path.to_owned(), connection };
        database.refused(database.prepare())?;
        let found = database.version()?;
        if found > VERSION {
            return Err(AuditError::Newer { path: path.to_owned(), found });
        }
        if found < VERSION {
            let made =
                Transaction::new_unchecked(&database.connection, TransactionBehavior::Immediate)
                    .and_then(|change| {
                        schema::migrate(&change)?;
                        change.commit()
                    });
            database.refused(made)?;
        }
        Ok(database)
    }

    /// Opens the database of an account to read in it.
    ///
    /// # Errors
    /// When it is not there or cannot be opened, or is of another version.
    pub fn open_to_read(path: &Path) -> Result<Self, AuditError> {
        // One that may not write could not clear away what belongs to reading, either.
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
        let database =
            Self { path: path.to_owned(), connection: connection.map_err(failed(path))? };
        database.refused(database.connection.busy_timeout(BUSY_TIMEOUT))?;
        match database.version()? {
            VERSION => Ok(database),
            found if found > VERSION => Err(AuditError::Newer { path: path.to_owned(), found }),
            found => Err(AuditError::Older { path: path.to_owned(), found }),
        }
    }

    /// A database in memory, to compare with.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn in_memory() -> Result<Self, AuditError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(failed(&path))?;
        schema::migrate(&connection).map_err(failed(&path))?;
        Ok(Self { path, connection })
    }

    /// Attaches another database as `audit`, to compare with.
    ///
    /// # Errors
    /// When its path is no text, or it cannot be opened.
    pub fn attach(&self, other: &Path) -> Result<(), AuditError> {
        let refused = || rusqlite::Error::InvalidPath(other.to_owned());
        let text = other.to_str().ok_or_else(refused).map_err(failed(other))?;
        self.ask(|connection| connection.execute("ATTACH DATABASE ?1 AS audit", [text])).map(drop)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        self.connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        // What a loss of power takes away is put in again from the journal.
        self.connection.pragma_update(None, "synchronous", "NORMAL")
    }

    fn version(&self) -> Result<i64, AuditError> {
        self.refused(self.connection.pragma_query_value(None, "user_version", |row| row.get(0)))
    }

    fn refused<T>(&self, result: rusqlite::Result<T>) -> Result<T, AuditError> {
        result.map_err(failed(&self.path))
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks the database.
    ///
    /// # Errors
    /// When it refuses.
    pub fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, AuditError> {
        self.refused(question(&self.connection))
    }

    /// The names of the runs in it, in their order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn runs(&self) -> Result<Vec<String>, AuditError> {
        self.ask(|connection| {
            let mut runs = connection.prepare("SELECT run_id FROM runs ORDER BY id")?;
            runs.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The server of the last run that states one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn last_server(&self) -> Result<Option<String>, AuditError> {
        let select = "SELECT server FROM runs WHERE server IS NOT NULL ORDER BY id DESC LIMIT 1";
        self.ask(|connection| connection.query_row(select, [], |row| row.get(0)).optional())
    }

    /// Begins a run, unless it has begun.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn begin(&self, run: &AuditRun) -> Result<(), AuditError> {
        let insert =
            "INSERT OR IGNORE INTO runs (run_id, login, server, applied_steps, version, created_at)
                      VALUES (?1, ?2, ?3, 0, ?4, CURRENT_TIMESTAMP)";
        let row = (&run.id, run.login.cast_signed(), &run.server, VERSION);
        self.ask(|connection| connection.execute(insert, row)).map(drop)
    }

    /// Puts in the changes of steps in their order; those that are in stay as they are.
    ///
    /// # Errors
    /// When the database refuses: then none of them are in.
    pub fn put(&mut self, run_id: &str, batches: &[Batch]) -> Result<(), AuditError> {
        let put = Transaction::new(&mut self.connection, TransactionBehavior::Immediate).and_then(
            |change| {
                let applied = "SELECT applied_steps FROM runs WHERE run_id = ?1";
                let applied: i64 = change.query_row(applied, [run_id], |row| row.get(0))?;
                let is_new = |batch: &&Batch| batch.steps.cast_signed() > applied;
                for batch in batches.iter().filter(is_new) {
                    for one in &batch.changes {
                        carry_out(&change, one)?;
                    }
                    let steps = batch.steps.cast_signed();
                    let update = "UPDATE runs SET applied_steps = ?1 WHERE run_id = ?2";
                    change.prepare_cached(update)?.execute((steps, run_id))?;
                }
                change.commit()
            },
        );
        put.map_err(failed(&self.path))
    }

    /// A run is whole, and its recording has this hash. What was put in is durable from then on.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn seal(&self, run_id: &str, hash: &str) -> Result<(), AuditError> {
        let update = "UPDATE runs SET sealed_hash = ?1 WHERE run_id = ?2";
        self.ask(|connection| {
            // A change with this syncs the log of changes, those before it included, whoever reads meanwhile.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute(update, (hash, run_id))?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.query_row("PRAGMA main.wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        })
    }
}

fn failed(path: &Path) -> impl FnOnce(rusqlite::Error) -> AuditError {
    move |error| AuditError::Sqlite { path: path.to_owned(), error }
}

fn carry_out(change: &Transaction<'_>, one: &RowChange) -> rusqlite::Result<()> {
    match one {
        RowChange::Insert(table, row) => {
            let (names, places) = names_and_places(row);
            let sql = format!(
                "INSERT OR IGNORE INTO {table} ({names}, created_at) VALUES ({places}, CURRENT_TIMESTAMP)"
            );
            execute(change, &sql, row, &[])?;
            if *table == "orders" {
                count_attempts(change, row)?;
            }
        }
        RowChange::Answered(cid, row) => {
            let sets = sets(row, |name| format!("{name} = coalesce(?, {name})"));
            // Numbers begin anew with an executor that does; the last one is meant.
            let sql = format!(
                "UPDATE orders SET {sets} WHERE id = (SELECT max(id) FROM orders WHERE cid = ?)"
            );
            execute(change, &sql, row, &[Value::Integer(cid.cast_signed())])?;
        }
        RowChange::Dealt(order, comment, row) => {
            let sets = sets(row, |name| format!("{name} = coalesce({name}, ?)"));
            // Such a comment begins with `td` and 20 digits of the intent's key.
            let sql = format!(
                "UPDATE orders SET {sets}, mt5_order_id = ?, status = iif(status = 'unknown', 'found', status),
                 executed_volume = (SELECT round(sum(volume), 8) FROM deals WHERE mt5_order_id = ?)
                 WHERE mt5_order_id = ? OR
                 mt5_order_id IS NULL AND status IN ('sent', 'unknown') AND 'td' || substr(intent_key, 1, 20) = ?"
            );
            let ticket = Value::Integer(order.0.cast_signed());
            let more = [ticket.clone(), ticket.clone(), ticket, comment.clone().into()];
            execute(change, &sql, row, &more)?;
        }
        RowChange::Closed(position, row) => {
            let (names, places) = names_and_places(row);
            let sql = format!(
                "INSERT INTO trades ({names}, created_at, exit_order_id) VALUES ({places}, CURRENT_TIMESTAMP,
                 (SELECT mt5_order_id FROM deals WHERE position_ticket = ? AND entry <> 'in' ORDER BY id DESC LIMIT 1))"
            );
            execute(change, &sql, row, &[Value::Integer(position.0.cast_signed())])?;
        }
    }
    Ok(())
}

/// How often the intent of this order was sent, this time included.
fn count_attempts(change: &Transaction<'_>, row: &[NamedValue]) -> rusqlite::Result<()> {
    let value = |wanted: &str| row.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let sql = "UPDATE orders SET attempts = (SELECT count(*) FROM orders WHERE intent_key = ?1)
               WHERE client_order_id = ?2";
    let of = (value("intent_key"), value("client_order_id"));
    change.prepare_cached(sql)?.execute(of).map(drop)
}

fn execute(
    change: &Transaction<'_>,
    sql: &str,
    row: &[NamedValue],
    more: &[Value],
) -> rusqlite::Result<usize> {
    let values = row.iter().map(|(_, value)| value).chain(more);
    change.prepare_cached(sql)?.execute(params_from_iter(values))
}

fn names_and_places(row: &[NamedValue]) -> (String, String) {
    let names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
    (names.join(", "), vec!["?"; row.len()].join(", "))
}

fn sets(row: &[NamedValue], one: impl Fn(&str) -> String) -> String {
    let sets: Vec<String> = row.iter().map(|(name, _)| one(name)).collect();
    sets.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database that people had before, with a row and a query of theirs.
    #[test]
    fn a_database_of_before_keeps_its_rows_and_queries() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sqlite");
        let before = Connection::open(&path).unwrap();
        before
            .execute_batch(
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, timestamp TEXT, client_order_id TEXT UNIQUE, symbol TEXT,
                 volume REAL, status TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP, note_of_mine TEXT);
                 INSERT INTO orders (client_order_id, symbol, volume, status, note_of_mine)
                 VALUES ('a', 'EURUSD', 0.1, 'done', 'x');
                 CREATE VIEW of_mine AS SELECT symbol, sum(volume) AS volume FROM orders GROUP BY symbol;",
            )
            .unwrap();
        drop(before);
        let mut database = AuditDatabase::open(&path).unwrap();
        let run = AuditRun { id: "r".to_owned(), login: 77, server: None, zone: ServerZone::utc() };
        database.begin(&run).unwrap();
        let row = vec![
            ("client_order_id", Value::from("r/1".to_owned())),
            ("run_id", "r".to_owned().into()),
            ("symbol", "EURUSD".to_owned().into()),
            ("volume", 0.2.into()),
            ("intent_key", "k".to_owned().into()),
            ("cid", 1.into()),
        ];
        let batch = Batch { steps: 3, changes: vec![RowChange::Insert("orders", row)] };
        // Twice is once.
        database.put("r", std::slice::from_ref(&batch)).unwrap();
        database.put("r", &[batch]).unwrap();
        drop(database);
        let again = AuditDatabase::open_to_read(&path).unwrap();
        let sums = again
            .ask(|one| one.query_row("SELECT volume FROM of_mine", [], |row| row.get::<_, f64>(0)));
        assert!((sums.unwrap() - 0.3).abs() < 1e-9);
        let rows = again.ask(|one| {
            one.query_row("SELECT count(*), max(note_of_mine) FROM orders", [], |row| {
                Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
            })
        });
        assert_eq!(rows.unwrap(), (2, "x".to_owned()));
    }
}
