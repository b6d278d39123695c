//! Results of commands as codes and values; `wire` turns them into text.

use super::request::Owner;
use crate::domain::account::MarginMode;
use crate::domain::amount::{Money, Percent, Points, Price, Volume};
use crate::domain::id::{CommandId, IntentKey, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::{Expiration, OrderKind, OrderState, Side};
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::strategy::limits::StrategyLimits;
use serde::{Deserialize, Serialize};

/// The result of a command. Each command id has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// The id of the command.
    pub id: CommandId,
    /// Whether the command was executed.
    pub status: ResultStatus,
    /// How it ended in detail.
    pub code: ResultCode,
    /// The strategy that the command was about; none for other commands.
    pub strategy: Option<StrategyId>,
    /// Values that belong to the result.
    pub data: ResultData,
    /// The last return code of the trade server, when it decided the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retcode: Option<Retcode>,
}

/// Whether a command was executed.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    /// The command did what it asks for.
    Executed = 1,
    /// The command did not do that, or not in time; the code says why.
    Failed = 2,
}

/// How a command ended in detail.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResultCode {
    /// Executed as asked.
    Ok = 1,
    /// START of a strategy that already runs with the same rules: nothing changed.
    AlreadyRunningSame = 2,
    /// STOP, PAUSE, RESUME or UPDATE of a strategy that does not run.
    NotRunning = 3,
    /// START of a strategy that already runs with other rules.
    AlreadyRunning = 4,
    /// START, RESUME or UPDATE of a strategy that is being stopped.
    Stopping = 5,
    /// The command could not be read.
    Malformed = 6,
    /// The command could be read, but this version does not support it.
    Unsupported = 7,
    /// The id was used before with another body.
    IdReused = 8,
    /// The command came after its expiry.
    Expired = 9,
    /// The command is older than the ids that the ledger remembers.
    TooOld = 10,
    /// The symbol is not in the session.
    UnknownSymbol = 11,
    /// The symbol does not trade.
    NotTradable = 12,
    /// A rule or setting does not fit the symbol or the executor's caps.
    BadRules = 13,
    /// UPDATE names another symbol or timeframe.
    CannotChange = 14,
    /// STOP could not make the strategy flat in time; it keeps trying.
    NotFlat = 15,
    /// The command needs the broker, but the link is down or the account has not been read.
    NotReady = 16,
    /// Entries are latched by EMERGENCY_STOP or the operator's kill until an operator clears them.
    Latched = 17,
    /// Entries are paused, by PAUSE or by the operator.
    Paused = 18,
    /// The executor knows no such position.
    UnknownPosition = 19,
    /// The executor knows no such order.
    UnknownOrder = 20,
    /// A value of the command does not fit the symbol, the position or the executor's caps.
    BadParameters = 21,
    /// A cap on positions is reached, counting requests in flight, those of unknown outcome, and
    /// working orders.
    LimitReached = 22,
    /// The trade server refused the request for good.
    Refused = 23,
    /// The deadline came before the outcome. Attempts go on, and their outcome is reported.
    NotDone = 24,
    /// Another command or an operator withdrew the command before it was carried out.
    Withdrawn = 25,
    /// The account is of a kind that this version does not trade.
    AccountRefused = 26,
}

/// Values that belong to a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultData {
    /// No values.
    None,
    /// The settings in force for a strategy.
    Effective(Box<EffectiveSettings>),
    /// What a STOP closed, and what remains.
    Stopped {
        /// Tickets of the positions that were closed.
        closed: Vec<Ticket>,
        /// Tickets of the positions that remain open.
        remaining: Vec<Ticket>,
        /// Tickets of the remaining orders that may still open a position.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        orders: Vec<Ticket>,
    },
    /// The bar from which an UPDATE takes effect.
    Updated {
        /// The open time of the first bar that the new rules evaluate; none means the first bar to
        /// close.
        from_bar_msc: Option<ServerMsc>,
        /// The settings in force from then on.
        effective: Box<EffectiveSettings>,
    },
    /// Which field is wrong, and how.
    Field {
        /// The path of the field, such as `parameters.volume`.
        path: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The state of the executor, for GET_STATUS.
    Status(Box<StatusData>),
    /// The outcome of the request that a command made.
    Trade(Box<TradeData>),
    /// Our open positions, for GET_POSITIONS.
    Positions(Vec<PositionData>),
    /// The account, for GET_ACCOUNT_INFO.
    Account(Box<AccountData>),
    /// A symbol, for GET_SYMBOL_INFO.
    Symbol(Box<SymbolData>),
    /// An order or the request for it, for GET_ORDER_STATUS.
    OrderStatus(Box<OrderStatusData>),
    /// Counts of requests and their outcomes, for GET_EXECUTION_SUMMARY.
    Summary(Box<ExecutionSummary>),
}

/// The outcome of the request that a command made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeData {
    /// The key of the intent behind the order.
    pub key: IntentKey,
    /// The ticket of the order; none until the broker names it.
    pub order: Option<Ticket>,
    /// The position that was opened, closed or changed; none while there is none.
    pub position: Option<Ticket>,
    /// The filled volume in lots.
    pub volume: Volume,
    /// The price of the fill, or of the placed order; none when there is neither.
    pub price: Option<Price>,
}

/// An open position of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct PositionData {
    pub ticket: Ticket,
    #[serde(flatten)]
    pub owner: Owner,
    pub symbol: SymbolId,
    pub side: Side,
    pub volume: Volume,
    pub price_open: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    /// The floating profit at the last quote, in the symbol's profit currency; none without a quote
    /// or specification.
    pub profit: Option<Money>,
    /// Whether the executor is closing the position.
    pub closing: bool,
}

/// A working order of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "an order's own fields: see `Order`")]
pub struct OrderData {
    pub ticket: Ticket,
    #[serde(flatten)]
    pub owner: Owner,
    pub symbol: SymbolId,
    pub kind: OrderKind,
    pub state: OrderState,
    pub volume: Volume,
    pub price: Option<Price>,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    pub expiration: Expiration,
}

/// The answer to GET_ACCOUNT_INFO. Amounts are in the deposit currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountData {
    /// The account number.
    pub login: u64,
    /// The deposit currency by its ISO code.
    pub currency: String,
    /// The leverage as `1:leverage`.
    pub leverage: u32,
    /// Deposits and withdrawals plus the result of all deals.
    pub balance: Money,
    /// The margin that open positions hold.
    pub margin: Money,
    /// Whether programs may trade on the account.
    pub trade_allowed: bool,
    /// How the account keeps positions.
    pub margin_mode: MarginMode,
    /// When the broker last reported the account.
    pub as_of: Timestamp,
}

/// The answer to GET_SYMBOL_INFO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolData {
    /// The specification as the broker last reported it.
    pub spec: SymbolSpec,
    /// The last Bid; none before the first quote since the process started.
    pub bid: Option<Price>,
    /// The last Ask; none before the first quote since the process started.
    pub ask: Option<Price>,
}

/// The answer to GET_ORDER_STATUS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStatusData {
    /// The key of the intent behind the order.
    pub key: IntentKey,
    /// The strategy or command that the order belongs to.
    #[serde(flatten)]
    pub owner: Owner,
    /// How far the order has come.
    pub progress: OrderProgress,
    /// The ticket of the order; none until the broker names it.
    pub order: Option<Ticket>,
    /// The ticket of the position; none until there is one.
    pub position: Option<Ticket>,
    /// The last return code of the trade server; none before an answer.
    pub retcode: Option<Retcode>,
}

/// How far a request for an order has come.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderProgress {
    /// Refused for now; it will be sent again.
    Waiting = 1,
    /// Sent and not answered yet.
    Sent = 2,
    /// Accepted; the deal is still to come.
    Accepted = 3,
    /// It is not known whether the request was executed.
    Unknown = 4,
    /// The evidence about the request is contradictory.
    Ambiguous = 5,
    /// The order works at the broker.
    Working = 6,
    /// The order was filled.
    Filled = 7,
    /// Refused, withdrawn, removed or expired without a fill.
    Ended = 8,
}

/// The answer to GET_EXECUTION_SUMMARY. It counts from the first start of the executor's state,
/// across restarts that continue it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExecutionSummary {
    /// Requests sent, each attempt counted.
    pub sent: u64,
    /// How many of these were answered as done, filled in part or placed.
    pub accepted: u64,
    /// How many of these the trade server refused.
    pub refused: u64,
    /// How many of these had an unknown outcome at some time.
    pub unknown: u64,
    /// Positions that were opened.
    pub opened: u64,
    /// Positions that were closed.
    pub closed: u64,
    /// Profit, commission and swap of the closed positions, in the deposit currency.
    pub net_profit: Money,
    /// The summed slippage of all entries, in points; positive is worse than requested.
    pub entry_slippage: Points,
}

/// The settings in force for a strategy, after settings, rules, defaults and caps were combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveSettings {
    /// The volume of an entry in lots; 0 where it is found from what the account is worth.
    pub lots: Volume,
    /// The part of the equity that an entry risks, or is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sized_by: Option<Percent>,
    /// The largest number of positions open at once.
    pub max_open_trades: u32,
    /// The number of bars before the first one that may signal.
    pub warmup_bars: u32,
    /// The `magic` of the strategy's orders.
    pub magic: Magic,
    /// What the strategy may lose and do in a day, and when it rests.
    #[serde(default, skip_serializing_if = "StrategyLimits::is_none")]
    pub limits: StrategyLimits,
}

/// The answer to GET_STATUS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusData {
    /// The balance in the deposit currency; none until the account is known.
    pub balance: Option<Money>,
    /// The number of our open positions.
    pub positions: u32,
    /// The number of requests whose outcome is unknown.
    pub unknown: u32,
    /// The strategies in the executor's table, with their states.
    pub strategies: Vec<(StrategyId, StrategyState)>,
}

/// The state of a strategy in the executor's table.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyState {
    /// The strategy evaluates bars and makes entries.
    Running = 1,
    /// The strategy evaluates bars and makes no entries; exits go on.
    Paused = 2,
    /// The strategy makes no entries and closes its positions, unless they are kept.
    Stopping = 3,
}
