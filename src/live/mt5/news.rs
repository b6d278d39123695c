//! What the terminal's side says ([`lines`](super::lines)).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A line from the terminal's side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum FromTerminal {
    /// Who speaks: the first line.
    Hello {
        /// The version of the protocol.
        schema: u32,
        /// What it is.
        peer: String,
        /// Its process.
        pid: u32,
    },
    /// The terminal is connected, and which account it trades.
    Attached(Attached),
    /// Whether the terminal is connected to its server, and whether programs may trade.
    State(TradeState),
    /// A specification.
    Symbol {
        /// The question that it answers; none when it has changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// `symbol_info()`, or those of its fields on which decisions and sums depend.
        info: Map<String, Value>,
    },
    /// There is no such symbol.
    NoSymbol {
        /// The question.
        id: u64,
        /// The name that was asked for.
        symbol: String,
        /// The names that are nearest.
        similar: Vec<String>,
    },
    /// A tick of a subscribed symbol.
    Tick(TickRow),
    /// The account's figures.
    Account(AccountRow),
    /// An open position.
    Position(BookRow<PositionRow>),
    /// A position is no longer open.
    Gone {
        /// Its ticket.
        position: u64,
    },
    /// A working order.
    Order(BookRow<OrderRow>),
    /// An order that has ended.
    HistoryOrder(BookRow<OrderRow>),
    /// A deal.
    Deal(BookRow<DealRow>),
    /// Bars.
    Rates {
        /// The question.
        id: u64,
        /// Time in seconds, open, high, low, close, tick volume, spread, real volume; oldest first.
        rows: Vec<RateRow>,
    },
    /// Everything that was asked for has been sent.
    Done(AnswerEnd),
    /// What came of a request.
    Result(RequestResult),
    /// What came of a check.
    Checked {
        /// The question.
        id: u64,
        /// What the check said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<CheckAnswer>,
        /// Why there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<TerminalError>,
    },
    /// The answer to a ping.
    Pong {
        /// The question.
        id: u64,
        /// The time of the machine.
        now_utc_ms: i64,
    },
    /// Each second, while the module answers.
    Heartbeat {
        /// The time of the machine.
        now_utc_ms: i64,
        /// Whether the terminal is connected to its server.
        connected: bool,
        /// How long the server takes to answer the terminal, in microseconds.
        ping_us: i64,
        /// How far ticks that are read lie behind the newest.
        tick_lag_ms: i64,
    },
    /// The history holds other ticks than were sent.
    Rewritten {
        /// The symbol.
        symbol: String,
        /// The number of ticks that are not there any more.
        count: u64,
    },
    /// Something failed, and nothing more specific says it.
    Fault {
        /// A name, or a number of `last_error`.
        code: String,
        /// What it says.
        text: String,
        /// What it is about: the question's number, or its kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
    },
}

/// A row of the book: part of the answer to a question, or new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookRow<R> {
    /// The question that it is part of the answer to; none when it is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The row.
    pub row: R,
}

/// A bar: time in seconds, open, high, low, close, tick volume, spread, real volume.
pub type RateRow = (i64, f64, f64, f64, f64, u64, i64, u64);

/// `last_error()`, or a word in place of its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalError(pub ErrorCode, pub String);

/// A number of MT5's, or a word of the gateway's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorCode {
    /// MT5's.
    Number(i64),
    /// The gateway's.
    Word(String),
}

/// The account that a terminal trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct Attached {
    pub login: u64,
    pub server: String,
    pub trade_mode: u32,
    pub margin_mode: u32,
    pub currency: String,
    pub currency_digits: u32,
    pub leverage: u32,
    pub company: String,
    pub build: u32,
    pub now_utc_ms: i64,
}

/// Whether trading is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, clippy::struct_excessive_bools, reason = "the fields are MT5's")]
pub struct TradeState {
    pub connected: bool,
    pub trade_allowed: bool,
    pub tradeapi_disabled: bool,
    pub account_trade_allowed: bool,
    pub account_trade_expert: bool,
    pub now_utc_ms: i64,
}

/// A tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct TickRow {
    pub symbol: String,
    pub time_msc: i64,
    pub bid: f64,
    pub ask: f64,
    pub last: f64,
    pub volume: u64,
    pub flags: u32,
    pub now_utc_ms: i64,
}

/// The account's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct AccountRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    pub balance: f64,
    pub credit: f64,
    pub margin: f64,
    pub equity: f64,
    pub so_call: f64,
    pub so_so: f64,
    pub so_mode: u32,
    pub trade_allowed: bool,
    pub trade_expert: bool,
    pub now_utc_ms: i64,
}

/// `TradePosition`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct PositionRow {
    pub ticket: u64,
    pub identifier: u64,
    pub symbol: String,
    #[serde(rename = "type")]
    pub kind: u32,
    pub volume: f64,
    pub price_open: f64,
    pub sl: f64,
    pub tp: f64,
    pub time_msc: i64,
    pub time_update_msc: i64,
    pub magic: u64,
    pub comment: String,
    pub swap: f64,
}

/// `TradeOrder`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct OrderRow {
    pub ticket: u64,
    pub symbol: String,
    #[serde(rename = "type")]
    pub kind: u32,
    pub type_time: u32,
    pub state: u32,
    pub reason: u32,
    pub magic: u64,
    pub position_id: u64,
    pub volume_initial: f64,
    pub volume_current: f64,
    pub price_open: f64,
    pub price_stoplimit: f64,
    pub sl: f64,
    pub tp: f64,
    pub time_setup_msc: i64,
    pub time_expiration: i64,
    pub comment: String,
}

/// `TradeDeal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct DealRow {
    pub ticket: u64,
    pub order: u64,
    pub position_id: u64,
    pub symbol: String,
    #[serde(rename = "type")]
    pub kind: u32,
    pub entry: u32,
    pub reason: u32,
    pub magic: u64,
    pub volume: f64,
    pub price: f64,
    pub profit: f64,
    pub commission: f64,
    pub fee: f64,
    pub swap: f64,
    pub time_msc: i64,
    pub comment: String,
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerEnd {
    /// The question.
    pub id: u64,
    /// Whether every part could be read.
    pub complete: bool,
    /// The newest time of the server that had been seen when the reading began; 0 before any was.
    pub as_of_msc: i64,
    /// Why it is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TerminalError>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestResult {
    /// The request.
    pub cid: String,
    /// Whether `order_send` was called.
    pub sent: bool,
    /// How long that took.
    pub took_ms: u64,
    /// What `order_check` had against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckRefusal>,
    /// What the trade server said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<SendAnswer>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TerminalError>,
}

/// What `order_check` has against a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckRefusal {
    /// The return code, as the trade server would give it.
    pub retcode: u32,
    /// The same in words.
    pub comment: String,
}

/// `OrderSendResult`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct SendAnswer {
    pub retcode: u32,
    pub order: u64,
    pub deal: u64,
    pub volume: f64,
    pub price: f64,
    pub bid: f64,
    pub ask: f64,
    pub comment: String,
    pub request_id: u64,
    pub retcode_external: i64,
}

/// `OrderCheckResult`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are MT5's")]
pub struct CheckAnswer {
    pub retcode: u32,
    pub balance: f64,
    pub equity: f64,
    pub margin: f64,
    pub margin_free: f64,
    pub margin_level: f64,
    pub comment: String,
}
