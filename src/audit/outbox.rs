//! What is to be told, and how far each channel has told it.

use super::database::{AuditDatabase, AuditError};

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place.
    pub id: i64,
    /// What is the same each time it is told.
    pub key: String,
    /// `result`, `trade_open`, `trade_close` or `alert`.
    pub kind: String,
    /// That of an alert: `info`, `warning` or `critical`.
    pub severity: Option<String>,
    /// The body of the platform's call, as JSON; who tells it is left out.
    pub body: String,
    /// When it happened, by UTC.
    pub time_utc: String,
}

impl AuditDatabase {
    /// A channel is there from now on. One that is new tells what is put in from now on.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn open_channel(&self, channel: &str) -> Result<(), AuditError> {
        let insert = "INSERT OR IGNORE INTO couriers (channel, told_id)
                      VALUES (?1, (SELECT coalesce(max(id), 0) FROM outbox))";
        self.ask(|connection| connection.execute(insert, [channel])).map(drop)
    }

    /// What a channel has not told yet: the first rows, in their order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn untold(&self, channel: &str, most: u32) -> Result<Vec<OutboxRow>, AuditError> {
        let select = "SELECT id, key, kind, severity, body, time_utc FROM outbox
                      WHERE id > (SELECT told_id FROM couriers WHERE channel = ?1) ORDER BY id LIMIT ?2";
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(select)?;
            let rows = rows.query_map((channel, most), |row| {
                Ok(OutboxRow {
                    id: row.get(0)?,
                    key: row.get(1)?,
                    kind: row.get(2)?,
                    severity: row.get(3)?,
                    body: row.get(4)?,
                    time_utc: row.get(5)?,
                })
            })?;
            rows.collect()
        })
    }

    /// A channel has told everything up to a row, or given it up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn told(&self, channel: &str, id: i64) -> Result<(), AuditError> {
        let update = "UPDATE couriers SET told_id = ?2 WHERE channel = ?1";
        self.ask(|connection| connection.execute(update, (channel, id))).map(drop)
    }
}
