//! Commands of the platform after `wire` has read them.

use crate::domain::amount::{Money, Points, Price, Volume};
use crate::domain::id::{CommandId, ContentHash, StrategyId, Ticket};
use crate::domain::order::{PendingKind, Side};
use crate::domain::time::Timestamp;
use crate::market::timeframe::Timeframe;
use crate::strategy::rules::Rules;
use serde::{Deserialize, Serialize};

/// A command as it arrived: from where, and what could be made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandEvent {
    /// From where.
    pub source: CommandSource,
    /// The body as it arrived, for the journal; the core looks at what was made of it alone.
    pub body: String,
    /// Hash of the body: the same id with another hash is another command.
    pub body_hash: ContentHash,
    /// What it says.
    pub content: CommandContent,
}

/// From where a command came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandSource {
    /// The session's own file: a strategy that it starts.
    Session,
    /// A recorded or written stream of commands.
    Stream,
}

/// What a command's body says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandContent {
    /// Understood.
    Parsed(Envelope),
    /// Not understood: it still gets its result, if an id could be read.
    Malformed(Malformed),
}

/// A command that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malformed {
    /// The id, if one could be read.
    pub id: Option<CommandId>,
    /// The field at fault, as a path (`parameters.rules.entry.indicators[1]`).
    pub path: String,
    /// What is wrong with it and what would be right.
    pub reason: String,
    /// Whether it is not understood at all, or only not by this version.
    pub kind: MalformedKind,
}

/// In what way a command could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedKind {
    /// No command at all.
    Malformed,
    /// A command of the vocabulary, or a rule, that this version does not carry out.
    Unsupported,
}

/// A command that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Its id.
    pub id: CommandId,
    /// Sorts commands that wait at the same moment.
    pub priority: Priority,
    /// When the platform made it.
    pub created: Option<Timestamp>,
    /// After this moment it must not begin (never honoured for what reduces risk).
    pub expires: Option<Timestamp>,
    /// What to do.
    pub command: Command,
}

/// The platform's priorities, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the platform's and say it all")]
pub enum Priority {
    Urgent,
    High,
    #[default]
    Normal,
    Low,
}

/// What to do (executor 2.2, 2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Run a strategy.
    Start(Box<StartStrategy>),
    /// End a strategy, flat.
    Stop {
        /// The strategy.
        strategy: StrategyId,
        /// Whether its positions are closed first.
        positions: OnStop,
    },
    /// No more entries of a strategy.
    Pause {
        /// The strategy.
        strategy: StrategyId,
    },
    /// Entries of a strategy again.
    Resume {
        /// The strategy.
        strategy: StrategyId,
    },
    /// Other rules or settings for a running strategy.
    Update(Box<UpdateStrategy>),
    /// STOP_ALL: ends every strategy.
    StopAll {
        /// Whether positions are closed first.
        positions: OnStop,
    },
    /// PAUSE: no more entries of any kind.
    PauseAll,
    /// RESUME: undoes PAUSE; never clears a latch, nor what an operator paused.
    ResumeAll,
    /// EMERGENCY_STOP: no entries from now on, everything of ours removed and closed, latched.
    EmergencyStop {
        /// For people.
        reason: String,
    },
    /// OPEN_POSITION.
    Open(Box<OpenPosition>),
    /// PLACE_ORDER.
    Place(Box<PlaceOrder>),
    /// CANCEL_ORDER.
    CancelOrder {
        /// The order.
        order: Ticket,
    },
    /// MODIFY_ORDER.
    ModifyOrder(Box<ModifyOrder>),
    /// CLOSE_POSITION.
    Close {
        /// The position.
        position: Ticket,
        /// How much of it in lots; all where absent.
        volume: Option<Volume>,
        /// The opposite position by which it is closed; at the market where absent.
        by: Option<Ticket>,
    },
    /// MODIFY_POSITION: these stops are wanted from now on; what is none is not wanted.
    ModifyPosition {
        /// The position.
        position: Ticket,
        /// Stop loss.
        sl: StopChange,
        /// Take profit.
        tp: StopChange,
    },
    /// CLOSE_ALL_POSITIONS and its kin; strategies run on.
    CloseMany(CloseFilter),
    /// RISK_UPDATE: tighter caps at once, looser ones from the next day cut.
    RiskUpdate {
        /// The strategy; the executor's own cap on all positions where absent.
        strategy: Option<StrategyId>,
        /// Most positions open at once.
        max_open_trades: u32,
    },
    /// Is anybody there?
    Ping,
    /// What is running, and how does the account stand?
    GetStatus,
    /// GET_POSITIONS.
    GetPositions,
    /// GET_ACCOUNT_INFO.
    GetAccount,
    /// GET_SYMBOL_INFO.
    GetSymbol {
        /// MT5's name.
        symbol: String,
    },
    /// GET_ORDER_STATUS.
    GetOrderStatus {
        /// The key of an intent, its first characters as an order's comment has them, or the id of the command behind it.
        client_order_id: String,
    },
    /// GET_EXECUTION_SUMMARY.
    GetExecutionSummary,
}

impl Command {
    /// Whether the command can only reduce risk: such commands pass all others, never expire and are never too old.
    #[must_use]
    pub const fn reduces_risk(&self) -> bool {
        match self {
            Self::Stop { .. }
            | Self::Pause { .. }
            | Self::StopAll { .. }
            | Self::PauseAll
            | Self::EmergencyStop { .. }
            | Self::CancelOrder { .. }
            | Self::Close { .. }
            | Self::CloseMany(_) => true,
            Self::Start(_)
            | Self::Resume { .. }
            | Self::Update(_)
            | Self::ResumeAll
            | Self::Open(_)
            | Self::Place(_)
            | Self::ModifyOrder(_)
            | Self::ModifyPosition { .. }
            | Self::RiskUpdate { .. }
            | Self::Ping
            | Self::GetStatus
            | Self::GetPositions
            | Self::GetAccount
            | Self::GetSymbol { .. }
            | Self::GetOrderStatus { .. }
            | Self::GetExecutionSummary => false,
        }
    }

    /// Whether it only asks: nothing is changed by it.
    #[must_use]
    pub const fn only_asks(&self) -> bool {
        matches!(
            self,
            Self::Ping
                | Self::GetStatus
                | Self::GetPositions
                | Self::GetAccount
                | Self::GetSymbol { .. }
                | Self::GetOrderStatus { .. }
                | Self::GetExecutionSummary
        )
    }

    /// Whether `expires` is honoured (executor 2.3).
    #[must_use]
    pub const fn can_expire(&self) -> bool {
        matches!(self, Self::Start(_) | Self::Update(_) | Self::Open(_) | Self::Place(_))
    }

    /// Whether it can make a position or an order: refused when it was made before a life without a state began.
    #[must_use]
    pub const fn enters(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_))
    }
}

/// A position to be opened at the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPosition {
    /// MT5's symbol.
    pub symbol: String,
    /// Long or short.
    pub side: Side,
    /// In lots.
    pub volume: Volume,
    /// Stop loss.
    pub sl: Option<Price>,
    /// Take profit.
    pub tp: Option<Price>,
    /// Greatest deviation from the price at the decision; the executor's own where absent.
    pub deviation: Option<Points>,
}

/// A pending order to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// MT5's symbol.
    pub symbol: String,
    /// Limit, stop or stop-limit.
    pub kind: PendingKind,
    /// Long or short.
    pub side: Side,
    /// In lots.
    pub volume: Volume,
    /// The price at which it is triggered.
    pub price: Price,
    /// Price of the limit order that a stop-limit order becomes.
    pub stop_limit: Option<Price>,
    /// Stop loss of the position.
    pub sl: Option<Price>,
    /// Take profit of the position.
    pub tp: Option<Price>,
    /// How long it stands.
    pub expiration: OrderLife,
}

/// A pending order to be changed; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyOrder {
    /// The order.
    pub order: Ticket,
    /// The price at which it is triggered.
    pub price: Option<Price>,
    /// Price of the limit order that a stop-limit order becomes.
    pub stop_limit: Option<Price>,
    /// Stop loss.
    pub sl: StopChange,
    /// Take profit.
    pub tp: StopChange,
    /// How long it stands.
    pub expiration: Option<OrderLife>,
}

/// How long a pending order is to stand, as a command says it: in UTC, since no platform knows the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderLife {
    /// Until it is removed.
    #[default]
    Gtc,
    /// To the end of the server's day.
    Day,
    /// So long from the moment the command is carried out, in milliseconds.
    ForMsc(u64),
    /// Up to this moment.
    Until(Timestamp),
}

/// What becomes of one stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Remove,
    /// It is set to this price.
    Set(Price),
}

impl StopChange {
    /// What a stop is after the change.
    #[must_use]
    pub const fn of(self, before: Option<Price>) -> Option<Price> {
        match self {
            Self::Keep => before,
            Self::Remove => None,
            Self::Set(price) => Some(price),
        }
    }
}

/// Which positions are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseFilter {
    /// CLOSE_ALL_POSITIONS.
    All,
    /// CLOSE_PROFITABLE: those whose floating profit, in the symbol's profit currency, is above this.
    Profitable {
        /// 0 where the command says nothing.
        min_profit: Money,
    },
    /// CLOSE_LOSING: those whose floating profit is below 0.
    Losing,
    /// CLOSE_BY_STRATEGY.
    Strategy(StrategyId),
    /// CLOSE_BY_SYMBOL.
    Symbol(String),
}

/// What STOP does with open positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnStop {
    /// Closes them.
    #[default]
    Close,
    /// Leaves them, with the stops they have.
    Keep,
}

/// START_STRATEGY.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartStrategy {
    /// The platform's id.
    pub strategy: StrategyId,
    /// A name for people.
    pub name: String,
    /// MT5's symbol.
    pub symbol: String,
    /// The bars on which the rules are evaluated.
    pub timeframe: Timeframe,
    /// The rules, checked.
    pub rules: Rules,
    /// Hash of the rules' checked form: equal rules have equal hashes, whatever they looked like.
    pub rules_hash: ContentHash,
    /// Settings that go before the rules' own figures.
    pub settings: Settings,
    /// How it is evaluated.
    pub options: Options,
}

/// UPDATE_STRATEGY: rules are replaced whole, settings merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateStrategy {
    /// Which.
    pub strategy: StrategyId,
    /// Another symbol is refused.
    pub symbol: Option<String>,
    /// Another timeframe is refused.
    pub timeframe: Option<Timeframe>,
    /// New rules and their hash.
    pub rules: Option<(Rules, ContentHash)>,
    /// Settings to change.
    pub settings: Settings,
}

/// A strategy's settings; what is not said stays with the rules or the executor's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// Fixed volume of an entry.
    pub lots: Option<Volume>,
    /// Most positions open at once.
    pub max_open_trades: Option<u32>,
}

impl Settings {
    /// These settings, overridden by what `newer` says.
    #[must_use]
    pub fn merged(self, newer: Self) -> Self {
        Self { lots: newer.lots.or(self.lots), max_open_trades: newer.max_open_trades.or(self.max_open_trades) }
    }
}

/// How a strategy is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Options {
    /// Bars that must have closed before the first bar that may signal; none: by the indicators' own need.
    pub warmup_bars: Option<u32>,
}
