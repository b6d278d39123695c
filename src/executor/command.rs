//! Commands of the platform after `wire` has read them.

use crate::domain::amount::Volume;
use crate::domain::id::{CommandId, ContentHash, StrategyId};
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
        /// Which.
        strategy: StrategyId,
        /// Whether its positions are closed first.
        positions: OnStop,
    },
    /// No more entries of a strategy.
    Pause {
        /// Which.
        strategy: StrategyId,
    },
    /// Entries of a strategy again.
    Resume {
        /// Which.
        strategy: StrategyId,
    },
    /// Other rules or settings for a running strategy.
    Update(Box<UpdateStrategy>),
    /// Is anybody there?
    Ping,
    /// What is running, and how does the account stand?
    GetStatus,
}

impl Command {
    /// Whether the command can only reduce risk: such commands pass all others and never expire.
    #[must_use]
    pub const fn reduces_risk(&self) -> bool {
        matches!(self, Self::Stop { .. } | Self::Pause { .. })
    }

    /// Whether `expires` is honoured (executor 2.3).
    #[must_use]
    pub const fn can_expire(&self) -> bool {
        matches!(self, Self::Start(_) | Self::Update(_))
    }
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
