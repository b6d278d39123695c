//! Commands of the platform, after `wire` has read them.

use crate::domain::amount::{Money, Percent, Points, Price, Volume};
use crate::domain::id::{CommandId, ContentHash, StrategyId, Ticket};
use crate::domain::order::{PendingKind, Side};
use crate::domain::time::Timestamp;
use crate::market::timeframe::Timeframe;
use crate::strategy::copying::Copying;
use crate::strategy::limits::StrategyLimits;
use crate::strategy::rules::Rules;
use serde::{Deserialize, Serialize};

/// A command as it arrived, with what could be read from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandEvent {
    /// Where the command came from.
    pub source: CommandSource,
    /// The body as it arrived, for the journal. The core uses only `content`.
    pub body: String,
    /// The hash of the body: an id that comes with two hashes is refused as reused.
    pub body_hash: ContentHash,
    /// What could be read from the body.
    pub content: CommandContent,
}

/// Where a command came from.
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
    /// A command that could be read.
    Parsed(Envelope),
    /// A command that could not be read. It still gets a result when its id could be read.
    Malformed(Malformed),
}

/// A command that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malformed {
    /// The id; none when it could not be read either.
    pub id: Option<CommandId>,
    /// The field at fault, as a path (`parameters.rules.entry.indicators[1]`).
    pub path: String,
    /// What is wrong with the field, and what would be right.
    pub reason: String,
    /// Whether the command is invalid or merely not supported by this version.
    pub kind: MalformedKind,
}

/// Why a command could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedKind {
    /// The command is invalid.
    Malformed,
    /// The command, or a rule in it, is known but not supported by this version.
    Unsupported,
}

/// A command that could be read, with its id, priority and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The command's id.
    pub id: CommandId,
    /// The priority among the commands of the same moment.
    pub priority: Priority,
    /// When the platform made the command; none when it does not say.
    pub created: Option<Timestamp>,
    /// The moment after which the command must not start; none means never. It is ignored for
    /// commands that reduce risk.
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

/// What a command asks for (executor 2.2, 2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// START_STRATEGY: runs a strategy.
    Start(Box<StartStrategy>),
    /// STOP_STRATEGY: ends a strategy. COPY_REMOVE: ends a follower.
    Stop {
        /// The platform's id of the strategy.
        strategy: StrategyId,
        /// Whether its positions are closed or kept.
        positions: OnStop,
    },
    /// PAUSE_STRATEGY: the strategy makes no more entries; exits go on.
    Pause {
        /// The platform's id of the strategy.
        strategy: StrategyId,
    },
    /// RESUME_STRATEGY: the strategy makes entries again.
    Resume {
        /// The platform's id of the strategy.
        strategy: StrategyId,
    },
    /// UPDATE_STRATEGY: other rules or settings for a running strategy.
    Update(Box<UpdateStrategy>),
    /// STOP_ALL: ends every strategy.
    StopAll {
        /// Whether positions are closed or kept.
        positions: OnStop,
    },
    /// PAUSE: no more entries of any kind.
    PauseAll,
    /// RESUME: undoes PAUSE. It clears neither a latch nor a pause by the operator.
    ResumeAll,
    /// EMERGENCY_STOP: removes our orders, closes our positions, and latches: no entries until an
    /// operator clears it.
    EmergencyStop {
        /// The reason, for people.
        reason: String,
    },
    /// OPEN_POSITION: opens a position at the market.
    Open(Box<OpenPosition>),
    /// PLACE_ORDER: places a pending order.
    Place(Box<PlaceOrder>),
    /// CANCEL_ORDER: removes a pending order.
    CancelOrder {
        /// The ticket of the order.
        order: Ticket,
    },
    /// MODIFY_ORDER: changes a pending order.
    ModifyOrder(Box<ModifyOrder>),
    /// CLOSE_POSITION: closes a position or a part of it.
    Close {
        /// The ticket of the position.
        position: Ticket,
        /// The volume to close in lots; the whole position when absent.
        volume: Option<Volume>,
        /// The opposite position against which it is closed; when absent, it is closed at the
        /// market.
        by: Option<Ticket>,
    },
    /// MODIFY_POSITION: changes the stops of a position.
    ModifyPosition {
        /// The ticket of the position.
        position: Ticket,
        /// The change of the stop loss.
        sl: StopChange,
        /// The change of the take profit.
        tp: StopChange,
    },
    /// CLOSE_ALL_POSITIONS, CLOSE_PROFITABLE, CLOSE_LOSING, CLOSE_BY_STRATEGY and CLOSE_BY_SYMBOL;
    /// strategies go on running.
    CloseMany(CloseFilter),
    /// RISK_UPDATE: a tighter limit holds at once, a looser one from the next day on.
    RiskUpdate {
        /// The strategy whose limits are changed; when absent, the cap on all our positions is changed.
        strategy: Option<StrategyId>,
        /// The largest number of positions open at once; none leaves it as it is.
        max_open_trades: Option<u32>,
        /// The other limits; what is none stays as it is.
        #[serde(default, skip_serializing_if = "StrategyLimits::is_none")]
        limits: StrategyLimits,
    },
    /// COPY_ADD: follows a strategy.
    CopyAdd(Box<Copying>),
    /// COPY_UPDATE_ALLOCATION: how much of the source's volume is copied from now on.
    CopyUpdate {
        /// The strategy that is followed.
        source: StrategyId,
        /// How much of its volume.
        allocation: Percent,
    },
    /// PING: asks for a sign of life.
    Ping,
    /// GET_STATUS: asks for the strategies and the balance.
    GetStatus,
    /// GET_POSITIONS: asks for the open positions.
    GetPositions,
    /// GET_ACCOUNT_INFO: asks for the account.
    GetAccount,
    /// GET_SYMBOL_INFO: asks for a symbol's specification and quote.
    GetSymbol {
        /// The broker's name of the symbol.
        symbol: String,
    },
    /// GET_ORDER_STATUS: asks how far an entry has come.
    GetOrderStatus {
        /// The key of an intent, the beginning of the key as it stands in an order's comment, or
        /// the id of the command behind it.
        client_order_id: String,
    },
    /// GET_EXECUTION_SUMMARY: asks for counts of requests and their outcomes.
    GetExecutionSummary,
}

impl Command {
    /// Whether the command can only reduce risk. Such commands go before others, never expire and
    /// are never too old.
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
            | Self::CopyAdd(_)
            | Self::CopyUpdate { .. }
            | Self::Ping
            | Self::GetStatus
            | Self::GetPositions
            | Self::GetAccount
            | Self::GetSymbol { .. }
            | Self::GetOrderStatus { .. }
            | Self::GetExecutionSummary => false,
        }
    }

    /// Whether the command only asks and changes nothing.
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

    /// Whether the command can create a position or an order. Such a command is refused when it is
    /// older than a process that started without a state.
    #[must_use]
    pub const fn enters(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_))
    }
}

/// A position to be opened at the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPosition {
    /// The broker's name of the symbol.
    pub symbol: String,
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The stop loss price; none opens without one.
    pub sl: Option<Price>,
    /// The take profit price; none opens without one.
    pub tp: Option<Price>,
    /// The largest accepted deviation from the price at the decision, in points; the executor's
    /// default when absent.
    pub deviation: Option<Points>,
}

/// A pending order to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The broker's name of the symbol.
    pub symbol: String,
    /// Whether the order is a limit, stop or stop-limit order.
    pub kind: PendingKind,
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The price at which the order is triggered.
    pub price: Price,
    /// The price of the limit order that a stop-limit order becomes.
    pub stop_limit: Option<Price>,
    /// The stop loss of the position to be opened; none opens without one.
    pub sl: Option<Price>,
    /// The take profit of the position to be opened; none opens without one.
    pub tp: Option<Price>,
    /// How long the order stays at the server.
    pub expiration: OrderLife,
}

/// A change of a pending order; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyOrder {
    /// The ticket of the order.
    pub order: Ticket,
    /// The price at which the order is triggered.
    pub price: Option<Price>,
    /// The price of the limit order that a stop-limit order becomes.
    pub stop_limit: Option<Price>,
    /// The change of the stop loss.
    pub sl: StopChange,
    /// The change of the take profit.
    pub tp: StopChange,
    /// How long the order stays at the server.
    pub expiration: Option<OrderLife>,
}

/// How long a pending order stays at the server, as a command states it: in UTC, because the
/// platform does not know the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderLife {
    /// Until it is filled or removed.
    #[default]
    Gtc,
    /// Until the end of the current day of the server's clock.
    Day,
    /// For this time from the moment the command is carried out, in milliseconds.
    #[serde(rename = "for_msc")]
    ForMs(u64),
    /// Until this moment.
    Until(Timestamp),
}

/// The change of one stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is removed.
    Remove,
    /// It is set to this price.
    Set(Price),
}

impl StopChange {
    /// The stop after the change, from what it was before.
    #[must_use]
    pub const fn of(self, before: Option<Price>) -> Option<Price> {
        match self {
            Self::Keep => before,
            Self::Remove => None,
            Self::Set(price) => Some(price),
        }
    }
}

/// Which of our positions are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseFilter {
    /// CLOSE_ALL_POSITIONS: all positions.
    All,
    /// CLOSE_PROFITABLE: positions whose floating profit, in the symbol's profit currency, is above
    /// a bound.
    Profitable {
        /// The bound, exclusive; 0 when the command does not say.
        min_profit: Money,
    },
    /// CLOSE_LOSING: positions whose floating profit is below 0.
    Losing,
    /// CLOSE_BY_STRATEGY: positions of one strategy.
    Strategy(StrategyId),
    /// CLOSE_BY_SYMBOL: positions of one symbol, by the broker's name.
    Symbol(String),
}

/// What STOP does with open positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnStop {
    /// It closes them.
    #[default]
    Close,
    /// It keeps them, with the stops they have.
    Keep,
}

/// The parameters of START_STRATEGY.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartStrategy {
    /// The platform's id of the strategy.
    pub strategy: StrategyId,
    /// A name for people; no decision depends on it.
    pub name: String,
    /// The broker's name of the symbol.
    pub symbol: String,
    /// The timeframe of the bars on which the rules are evaluated.
    pub timeframe: Timeframe,
    /// The rules in their checked form.
    pub rules: Rules,
    /// The hash of the checked rules: equal rules have equal hashes, whatever dialect they were
    /// written in.
    pub rules_hash: ContentHash,
    /// Settings that override the rules' own figures.
    pub settings: Settings,
    /// How the strategy is evaluated.
    pub options: Options,
}

/// The parameters of UPDATE_STRATEGY. Rules are replaced as a whole, settings are merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateStrategy {
    /// The platform's id of the strategy.
    pub strategy: StrategyId,
    /// The symbol as the command states it; one that differs from the strategy's is refused.
    pub symbol: Option<String>,
    /// The timeframe as the command states it; one that differs from the strategy's is refused.
    pub timeframe: Option<Timeframe>,
    /// The new rules and their hash; none keeps the present ones.
    pub rules: Option<(Rules, ContentHash)>,
    /// The settings to change; an absent one stays as it is.
    pub settings: Settings,
}

/// A strategy's settings. An absent one comes from the rules or the executor's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// The volume of each entry in lots.
    pub lots: Option<Volume>,
    /// The largest number of positions open at once.
    pub max_open_trades: Option<u32>,
    /// How much of the equity an entry loses at its stop loss: where the rules have one, it goes before
    /// any volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_risk: Option<Percent>,
    /// The largest accepted deviation of an entry from the price at the decision, in points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_slippage: Option<Points>,
    /// What the strategy may lose and do in a day, and when it rests.
    #[serde(default, skip_serializing_if = "StrategyLimits::is_none")]
    pub limits: StrategyLimits,
}

impl Settings {
    /// These settings, overridden by those present in `newer`.
    #[must_use]
    pub fn merged(self, newer: Self) -> Self {
        Self {
            lots: newer.lots.or(self.lots),
            max_open_trades: newer.max_open_trades.or(self.max_open_trades),
            // A volume that is given later goes before an earlier risk.
            max_risk: newer.max_risk.or(self.max_risk.filter(|_| newer.lots.is_none())),
            max_slippage: newer.max_slippage.or(self.max_slippage),
            limits: newer.limits.or(self.limits),
        }
    }
}

/// How a strategy is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Options {
    /// The number of bars that must close before the first one that may signal; none takes what the
    /// indicators need.
    pub warmup_bars: Option<u32>,
    /// When it is evaluated.
    #[serde(default, skip_serializing_if = "Evaluate::is_bar")]
    pub evaluate: Evaluate,
}

/// When a strategy is evaluated (executor 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evaluate {
    /// When a bar closes.
    #[default]
    Bar,
    /// At each tick, too, on the forming bar.
    Tick,
    /// At the first tick of each check interval of its timeframe, too, on the forming bar.
    Interval,
}

impl Evaluate {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bar, Self::Tick, Self::Interval];

    /// The word in commands: `bar`, `tick` or `interval`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Tick => "tick",
            Self::Interval => "interval",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    const fn is_bar(&self) -> bool {
        matches!(self, Self::Bar)
    }
}
