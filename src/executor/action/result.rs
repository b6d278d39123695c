//! What came of commands: codes and values; the text is made in `wire`.

use super::request::Owner;
use crate::domain::account::MarginMode;
use crate::domain::amount::{Money, Points, Price, Volume};
use crate::domain::id::{CommandId, IntentKey, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::{Expiration, OrderKind, OrderState, Side};
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use serde::{Deserialize, Serialize};

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// Id of the command.
    pub id: CommandId,
    /// Done or not.
    pub status: ResultStatus,
    /// In which way.
    pub code: ResultCode,
    /// The strategy concerned, if it was about one.
    pub strategy: Option<StrategyId>,
    /// Figures that belong to it.
    pub data: ResultData,
    /// What the trade server said last, where that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retcode: Option<Retcode>,
}

/// Done or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    /// Done.
    Executed,
    /// Not done.
    Failed,
}

/// In which way a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResultCode {
    /// As asked.
    Ok,
    /// START of what runs already with the same rules: no change.
    AlreadyRunningSame,
    /// STOP, PAUSE, RESUME or UPDATE of what does not run.
    NotRunning,
    /// START of what runs already with other rules.
    AlreadyRunning,
    /// START, RESUME or UPDATE of what is being stopped.
    Stopping,
    /// The command could not be read.
    Malformed,
    /// Read, but this version does not carry it out.
    Unsupported,
    /// The same id came with another body.
    IdReused,
    /// It came after its expiry.
    Expired,
    /// It was made before the ledger's memory begins.
    TooOld,
    /// The symbol is not in the session.
    UnknownSymbol,
    /// The symbol does not trade.
    NotTradable,
    /// A rule or setting does not fit the symbol or the executor's caps.
    BadRules,
    /// UPDATE names another symbol or timeframe.
    CannotChange,
    /// STOP could not make the strategy flat in time; it keeps trying.
    NotFlat,
    /// It needs the broker, which is not connected and read.
    NotReady,
    /// Entries are latched by EMERGENCY_STOP or the operator's kill until an operator clears them.
    Latched,
    /// Entries are paused, by PAUSE or by the operator.
    Paused,
    /// The position is not one that the executor knows.
    UnknownPosition,
    /// The order is not one that the executor knows.
    UnknownOrder,
    /// A figure of the command does not fit the symbol, the position or the executor's caps.
    BadParameters,
    /// A cap on positions is reached, counting what is in flight, unknown and working.
    LimitReached,
    /// The trade server refused it for good.
    Refused,
    /// The deadline came before the outcome; it goes on, and what becomes of it is reported.
    NotDone,
    /// It was withdrawn by a command or an operator before it was carried out.
    Withdrawn,
    /// The account is of a kind that this version does not trade.
    AccountRefused,
}

/// Figures that belong to a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultData {
    /// None.
    None,
    /// The settings that hold for a strategy.
    Effective(EffectiveSettings),
    /// What STOP did.
    Stopped {
        /// Positions that it closed.
        closed: Vec<Ticket>,
        /// Positions that remain.
        remaining: Vec<Ticket>,
        /// Orders that remain and may still open something.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        orders: Vec<Ticket>,
    },
    /// From which bar an UPDATE holds.
    Updated {
        /// Open time of the first bar that is judged by the new rules; none: from the first bar that closes.
        from_bar_msc: Option<ServerMsc>,
        /// The settings that then hold.
        effective: EffectiveSettings,
    },
    /// Which field is wrong, and how.
    Field {
        /// Its path.
        path: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// How things stand.
    Status(Box<StatusData>),
    /// What a request of a command came to.
    Trade(Box<TradeData>),
    /// Open positions of ours.
    Positions(Vec<PositionData>),
    /// The account.
    Account(Box<AccountData>),
    /// A symbol.
    Symbol(Box<SymbolData>),
    /// An order, or the request for one.
    OrderStatus(Box<OrderStatusData>),
    /// What has been sent, and what came of it.
    Summary(Box<ExecutionSummary>),
}

/// What a request of a command came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeData {
    /// Key of the intent.
    pub key: IntentKey,
    /// The order, once the broker has named it.
    pub order: Option<Ticket>,
    /// The position concerned.
    pub position: Option<Ticket>,
    /// Lots filled.
    pub volume: Volume,
    /// Price of the fill, or of the order that was placed.
    pub price: Option<Price>,
}

/// One open position of ours.
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
    /// Floating profit at the last quote, in the symbol's profit currency.
    pub profit: Option<Money>,
    /// Whether an exit is wanted.
    pub closing: bool,
}

/// One order of ours that works at the broker.
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

/// Answer to GET_ACCOUNT_INFO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountData {
    /// Number of the account.
    pub login: u64,
    /// Deposit currency.
    pub currency: String,
    /// One unit of own money carries so many.
    pub leverage: u32,
    /// Deposits and withdrawals plus all deals.
    pub balance: Money,
    /// Margin held.
    pub margin: Money,
    /// Whether programs may trade.
    pub trade_allowed: bool,
    /// How positions are kept.
    pub margin_mode: MarginMode,
    /// When the broker last told of it.
    pub as_of: Timestamp,
}

/// Answer to GET_SYMBOL_INFO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolData {
    /// The specification.
    pub spec: SymbolSpec,
    /// Last Bid; none before the first quote of this life.
    pub bid: Option<Price>,
    /// Last Ask.
    pub ask: Option<Price>,
}

/// Answer to GET_ORDER_STATUS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStatusData {
    /// Key of the intent.
    pub key: IntentKey,
    /// Whose it is.
    #[serde(flatten)]
    pub owner: Owner,
    /// How far it has come.
    pub progress: OrderProgress,
    /// The order, once the broker has named it.
    pub order: Option<Ticket>,
    /// The position, once there is one.
    pub position: Option<Ticket>,
    /// What the trade server said last.
    pub retcode: Option<Retcode>,
}

/// How far a request for an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderProgress {
    /// Refused for now; to be sent again.
    Waiting,
    /// Sent, not answered.
    Sent,
    /// Accepted; the deal is awaited.
    Accepted,
    /// Nobody knows.
    Unknown,
    /// Two pieces of evidence contradict each other.
    Ambiguous,
    /// It stands at the broker.
    Working,
    /// Filled.
    Filled,
    /// Refused, withdrawn, removed or expired without a fill.
    Ended,
}

/// Answer to GET_EXECUTION_SUMMARY: counted since the state began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExecutionSummary {
    /// Requests sent.
    pub sent: u64,
    /// Of these, answered as done, in part or placed.
    pub accepted: u64,
    /// Of these, refused by the trade server.
    pub refused: u64,
    /// Of these, once of unknown outcome.
    pub unknown: u64,
    /// Positions opened.
    pub opened: u64,
    /// Positions closed.
    pub closed: u64,
    /// Profit, commission and swap of the closed ones, in the deposit currency.
    pub net_profit: Money,
    /// Slippage of the entries together, in points; positive is worse.
    pub entry_slippage: Points,
}

/// The settings that hold for a strategy after all precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveSettings {
    /// Volume of an entry.
    pub lots: Volume,
    /// Most positions open at once.
    pub max_open_trades: u32,
    /// Bars before the first that may signal.
    pub warmup_bars: u32,
    /// The strategy's magic.
    pub magic: Magic,
}

/// Answer to GET_STATUS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusData {
    /// Balance, once the account is known.
    pub balance: Option<Money>,
    /// Open positions of ours.
    pub positions: u32,
    /// Requests whose outcome nobody knows.
    pub unknown: u32,
    /// Each strategy with what it is doing.
    pub strategies: Vec<(StrategyId, StrategyState)>,
}

/// What a strategy is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyState {
    /// Evaluating, and entering.
    Running,
    /// Evaluating, not entering.
    Paused,
    /// Closing what it holds.
    Stopping,
}
