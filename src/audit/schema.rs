//! The tables. The first five have kept their columns since before tickdeck, because people have queries on them:
//! columns are added, never renamed or taken away.

use rusqlite::{Connection, Result};

/// The version of the tables; an older database is brought to it, a newer one is refused.
pub const VERSION: i64 = 2;

/// A table and its own columns, after [`ALWAYS`].
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    /// Columns of which no two rows may have the same.
    unique: Option<&'static str>,
}

/// The columns of every table: when it was, by UTC; when it was written; and where in which recording it stands.
const ALWAYS: [&str; 8] = [
    "timestamp TEXT",
    "created_at TEXT",
    "run_id TEXT",
    "seq INTEGER",
    "time_utc TEXT",
    "strategy_id TEXT",
    "magic INTEGER",
    "position_ticket INTEGER",
];

const TABLES: [Table; 11] = [
    Table {
        name: "signals",
        columns: &[
            "signal_id TEXT",
            "symbol TEXT",
            "signal_type TEXT",
            "confidence REAL",
            "price REAL",
            "verdict TEXT",
            "metadata TEXT",
        ],
        unique: Some("signal_id"),
    },
    Table {
        name: "orders",
        columns: &[
            "client_order_id TEXT",
            "signal_id TEXT",
            "symbol TEXT",
            "order_type TEXT",
            "side TEXT",
            "volume REAL",
            "price REAL",
            "sl REAL",
            "tp REAL",
            "status TEXT",
            "mt5_order_id INTEGER",
            "mt5_deal_id INTEGER",
            "executed_price REAL",
            "executed_volume REAL",
            "retcode INTEGER",
            "retcode_message TEXT",
            "attempts INTEGER",
            "error_message TEXT",
            "metadata TEXT",
            "updated_at TEXT",
            "cid INTEGER",
            "intent_key TEXT",
            "sent_ns INTEGER",
            "answered_ns INTEGER",
        ],
        unique: Some("client_order_id"),
    },
    Table {
        name: "trades",
        columns: &[
            "symbol TEXT",
            "side TEXT",
            "entry_price REAL",
            "exit_price REAL",
            "volume REAL",
            "profit REAL",
            "commission REAL",
            "swap REAL",
            "duration_seconds REAL",
            "entry_order_id INTEGER",
            "exit_order_id INTEGER",
            "metadata TEXT",
        ],
        unique: None,
    },
    Table {
        name: "events",
        columns: &["event_type TEXT", "severity TEXT", "message TEXT", "details TEXT"],
        unique: None,
    },
    Table {
        name: "account_snapshots",
        columns: &[
            "balance REAL",
            "equity REAL",
            "profit REAL",
            "margin REAL",
            "margin_free REAL",
            "margin_level REAL",
            "open_positions INTEGER",
            "metadata TEXT",
        ],
        unique: None,
    },
    Table {
        name: "deals",
        columns: &[
            "deal INTEGER",
            "mt5_order_id INTEGER",
            "symbol TEXT",
            "entry TEXT",
            "side TEXT",
            "reason TEXT",
            "volume REAL",
            "price REAL",
            "profit REAL",
            "commission REAL",
            "swap REAL",
            "comment TEXT",
            "time_server_msc INTEGER",
        ],
        unique: Some("deal"),
    },
    Table {
        name: "commands",
        columns: &["command_id TEXT", "source TEXT", "body TEXT"],
        unique: None,
    },
    Table {
        name: "results",
        columns: &["command_id TEXT", "status TEXT", "code TEXT", "retcode INTEGER", "data TEXT"],
        unique: None,
    },
    Table { name: "magics", columns: &[], unique: Some("strategy_id, magic") },
    // What is to be told to the platform and to people.
    Table {
        name: "outbox",
        columns: &["key TEXT", "kind TEXT", "severity TEXT", "body TEXT"],
        unique: Some("key"),
    },
    Table {
        name: "runs",
        columns: &[
            "login INTEGER",
            "server TEXT",
            "applied_steps INTEGER",
            "sealed_hash TEXT",
            "summary TEXT",
            "version INTEGER",
        ],
        unique: Some("run_id"),
    },
];

/// Makes the tables, or adds what those of an earlier version lack.
///
/// # Errors
/// When the database refuses.
pub fn migrate(connection: &Connection) -> Result<()> {
    for Table { name, columns, unique } in &TABLES {
        connection.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY)"
        ))?;
        let mut known = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let known: Vec<String> =
            known.query_map([name], |row| row.get(0))?.collect::<Result<_>>()?;
        for column in ALWAYS.iter().chain(*columns) {
            let own = column.split(' ').next().unwrap_or_default();
            if !known.iter().any(|known| known.eq_ignore_ascii_case(own)) {
                connection.execute_batch(&format!("ALTER TABLE {name} ADD COLUMN {column}"))?;
            }
        }
        if let Some(unique) = unique {
            let index = format!("{name}_are_unique");
            connection.execute_batch(&format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {name} ({unique})"
            ))?;
        }
    }
    // Answers and deals look for their order.
    connection.execute_batch(
        "CREATE INDEX IF NOT EXISTS orders_by_cid ON orders (cid);
         CREATE INDEX IF NOT EXISTS orders_by_mt5_order ON orders (mt5_order_id);
         CREATE INDEX IF NOT EXISTS orders_by_key ON orders (intent_key);
         CREATE INDEX IF NOT EXISTS deals_by_position ON deals (position_ticket);
         CREATE TABLE IF NOT EXISTS couriers (channel TEXT PRIMARY KEY, told_id INTEGER NOT NULL);",
    )?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// The names of the tables whose rows follow from steps.
pub fn derived_tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name).filter(|name| *name != "runs")
}
