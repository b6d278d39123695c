//! The lines of the protocol between the executor and whatever stands for an MT5 terminal.
//!
#![doc = include_str!("protocol.md")]

use serde::{Deserialize, Serialize};

/// The version of the protocol.
pub const SCHEMA: u32 = 1;

/// The longest line, its end included.
pub const LINE_BYTES_MAX: usize = 65_536;

/// A line that does not fit the protocol.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is longer than a line may be.
    #[error("a line of {length} bytes: {LINE_BYTES_MAX} are the most")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// It is no line of the protocol. What it says is not quoted: it may hold a password.
    #[error("no line of the protocol (column {column}): {reason}")]
    Unreadable {
        /// The place in the line at which it was found, counted from 1.
        column: usize,
        /// What was expected there.
        reason: String,
    },
}

/// A line to the terminal's side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToTerminal {
    /// Connect to the terminal.
    Attach(Attach),
    /// A symbol's specification, and its ticks from now on.
    Subscribe {
        /// The number of the question.
        id: u64,
        /// The broker's name of the symbol.
        symbol: String,
    },
    /// A reading of the account.
    Read {
        /// The number of the question.
        id: u64,
        /// How far the history reaches back, in seconds by the server's clock.
        since_s: i64,
    },
    /// The latest bars, the unfinished one included.
    Rates {
        /// The number of the question.
        id: u64,
        /// The broker's name of the symbol.
        symbol: String,
        /// `ENUM_TIMEFRAMES`.
        timeframe: u32,
        /// The number of bars.
        count: u32,
    },
    /// `order_send`.
    Submit(Submit),
    /// `order_check`.
    Check {
        /// The number of the question.
        id: u64,
        /// What is checked.
        request: TradeRequest,
    },
    /// Answered after everything that was asked before.
    Ping {
        /// The number of the question.
        id: u64,
    },
    /// Let the terminal go, and end.
    Detach,
}

/// The first line, and the only one that holds a secret. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The version of the protocol.
    pub schema: u32,
    /// The terminal; none lets the module find one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<u64>,
    /// Its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Its server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// How long the terminal may take to connect, in milliseconds.
    pub timeout_ms: u64,
    /// Whether the terminal keeps its data in its own folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portable: Option<bool>,
    /// The pause between two looks for new ticks, in milliseconds.
    pub tick_poll_ms: u64,
    /// The pause between two looks at the book, in milliseconds.
    pub book_poll_ms: u64,
}

impl std::fmt::Debug for Attach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { schema, path, login, server, timeout_ms, .. } = self;
        let password = self.password.as_ref().map(|_| "(not shown)");
        f.debug_struct("Attach")
            .field("schema", schema)
            .field("path", path)
            .field("login", login)
            .field("password", &password)
            .field("server", server)
            .field("timeout_ms", timeout_ms)
            .finish_non_exhaustive()
    }
}

/// A request to the trade server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submit {
    /// What the answer names.
    pub cid: String,
    /// The moment after which it must not be sent, in milliseconds since 1970.
    pub not_after_utc_ms: i64,
    /// Whether `order_check` must pass it first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check: bool,
    /// What is asked for.
    pub request: TradeRequest,
}

/// `MqlTradeRequest`: the fields that are wanted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct TradeRequest {
    pub action: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stoplimit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sl: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub magic: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_by: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_filling: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<i64>,
}

/// The line as it is sent, with its end.
///
/// # Errors
/// When it would be too long: a name in it is.
pub fn write(line: &ToTerminal) -> Result<String, LineError> {
    let mut text = serde_json::to_string(line).map_err(|error| unreadable(&error))?;
    text.push('\n');
    checked(&text)?;
    Ok(text)
}

/// The line that came from the terminal's side, without its end.
///
/// # Errors
/// When it is none of the protocol's.
pub fn read(text: &str) -> Result<super::news::FromTerminal, LineError> {
    checked(text)?;
    serde_json::from_str(text).map_err(|error| unreadable(&error))
}

fn checked(text: &str) -> Result<(), LineError> {
    let length = text.len() + usize::from(!text.ends_with('\n'));
    if length > LINE_BYTES_MAX { Err(LineError::TooLong { length }) } else { Ok(()) }
}

fn unreadable(error: &serde_json::Error) -> LineError {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "a field is missing, unknown or of another type",
        _ => "no JSON object",
    };
    LineError::Unreadable { column: error.column(), reason: kind.to_owned() }
}
