//! All that the core can ask for (session 1).

use crate::domain::amount::{Money, Points, Price, Volume};
use crate::domain::id::{Cid, CommandId, IntentKey, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::{FillingMode, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

/// One thing that is to be done, or that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Send a request to the trade server.
    Trade(Box<Trade>),
    /// Ask the broker for data.
    Data(DataRequest),
    /// Tell the platform what came of a command.
    Result(Box<CommandResult>),
    /// Tell the platform what happened.
    Report(Box<Report>),
    /// Why a signal was taken or not.
    Note(Note),
}

/// A request on its way to the trade server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Number of this attempt.
    pub cid: Cid,
    /// The intent behind it; attempts at the same intent share it.
    pub key: IntentKey,
    /// Whose intent.
    pub strategy: StrategyId,
    /// The strategy's magic.
    pub magic: Magic,
    /// What it is for.
    pub why: Why,
    /// What is asked.
    pub request: Request,
    /// The peer must refuse to send it after this moment.
    pub not_after: Timestamp,
}

/// Why a request was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The rules' entry.
    Signal,
    /// The rules' exit on the opposite crossing.
    OppositeSignal,
    /// STOP of the strategy.
    StopCommand,
    /// A position stood without the stops that its rules gave it.
    RestoreStops,
}

/// What is asked of the trade server (MT5 reference 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Open a position at the market.
    Open(OpenRequest),
    /// Close a position, or part of it, at the market.
    Close(CloseRequest),
    /// Set a position's stops.
    Modify(ModifyRequest),
}

impl Request {
    /// Whose.
    #[must_use]
    pub const fn symbol(&self) -> SymbolId {
        match self {
            Self::Open(open) => open.symbol,
            Self::Close(close) => close.symbol,
            Self::Modify(modify) => modify.symbol,
        }
    }
}

/// A market order that opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Whose.
    pub symbol: SymbolId,
    /// Which way.
    pub side: Side,
    /// How much.
    pub volume: Volume,
    /// The price at the decision; the server heeds it in instant and request execution only.
    pub price: Price,
    /// Greatest deviation from it, heeded likewise.
    pub deviation: Points,
    /// Stop loss.
    pub sl: Option<Price>,
    /// Take profit.
    pub tp: Option<Price>,
    /// Filling mode.
    pub filling: FillingMode,
}

/// A market order that closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseRequest {
    /// Whose.
    pub symbol: SymbolId,
    /// Which position.
    pub position: Ticket,
    /// Side of the closing order: the opposite of the position's.
    pub side: Side,
    /// How much.
    pub volume: Volume,
    /// The price at the decision.
    pub price: Price,
    /// Greatest deviation from it.
    pub deviation: Points,
    /// Filling mode.
    pub filling: FillingMode,
}

/// A change of a position's stops; what is none is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyRequest {
    /// Whose.
    pub symbol: SymbolId,
    /// Which position.
    pub position: Ticket,
    /// Stop loss.
    pub sl: Option<Price>,
    /// Take profit.
    pub tp: Option<Price>,
}

/// Data that the core needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataRequest {
    /// The last closed bars and the forming one.
    Bars {
        /// Whose.
        symbol: SymbolId,
        /// Of which period.
        timeframe: Timeframe,
        /// How many closed bars.
        count: u32,
    },
    /// Account, positions, orders, and the history since a moment.
    Snapshot {
        /// From when history is wanted, by the server's clock.
        history_since_msc: ServerMsc,
    },
}

/// What came of a command: codes and values; the text is made in `wire`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// Which command.
    pub id: CommandId,
    /// Done or not.
    pub status: ResultStatus,
    /// In which way.
    pub code: ResultCode,
    /// Whose.
    pub strategy: Option<StrategyId>,
    /// Figures that belong to it.
    pub data: ResultData,
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
    /// START before the broker is connected and read.
    NotReady,
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

/// What happened, for the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// A position of ours was opened.
    Opened(TradeOpened),
    /// A position of ours has other stops or less volume.
    Changed(TradeChanged),
    /// A position of ours was closed.
    Closed(TradeClosed),
    /// Somebody should look.
    Alert(Alert),
}

/// A position of ours was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct TradeOpened {
    pub position: Ticket,
    pub strategy: StrategyId,
    pub symbol: SymbolId,
    pub side: Side,
    pub volume: Volume,
    pub time_msc: ServerMsc,
    pub price: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    /// Price asked, when an intent of ours is known for it.
    pub asked: Option<Price>,
}

/// A position of ours has other stops or another volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct TradeChanged {
    pub position: Ticket,
    pub strategy: StrategyId,
    pub volume: Volume,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
}

/// A position of ours was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct TradeClosed {
    pub position: Ticket,
    pub strategy: StrategyId,
    pub symbol: SymbolId,
    pub side: Side,
    /// All that was closed, in parts or at once.
    pub volume: Volume,
    pub open_time_msc: ServerMsc,
    pub open_price: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    pub close_time_msc: ServerMsc,
    /// Price of the last deal that closed it.
    pub close_price: Price,
    pub reason: CloseReason,
    pub profit: Money,
    pub commission: Money,
    pub swap: Money,
}

/// Why a position ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Its stop loss.
    Sl,
    /// Its take profit.
    Tp,
    /// The opposite crossing.
    Signal,
    /// STOP of the strategy.
    StopCommand,
    /// A stop-out.
    So,
    /// It stood without its stops and they could not be restored.
    StopsMissing,
    /// Somebody else: a person at the terminal, another program, the broker.
    External,
}

impl CloseReason {
    /// The word used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sl => "sl",
            Self::Tp => "tp",
            Self::Signal => "signal",
            Self::StopCommand => "stop_command",
            Self::So => "so",
            Self::StopsMissing => "stops_missing",
            Self::External => "external",
        }
    }
}

/// Somebody should look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub code: AlertCode,
    /// Whose.
    pub strategy: Option<StrategyId>,
    /// The request concerned.
    pub cid: Option<Cid>,
    /// The position concerned.
    pub position: Option<Ticket>,
    /// The return code concerned.
    pub retcode: Option<Retcode>,
}

impl Alert {
    /// One that concerns nothing in particular yet.
    #[must_use]
    pub const fn new(severity: Severity, code: AlertCode) -> Self {
        Self { severity, code, strategy: None, cid: None, position: None, retcode: None }
    }
}

impl From<Alert> for Action {
    fn from(alert: Alert) -> Self {
        Self::Report(Box::new(Report::Alert(alert)))
    }
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look soon.
    Warning,
    /// Look now.
    Critical,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCode {
    /// A command could not be read.
    MalformedCommand,
    /// A command id came with another body.
    CommandIdReused,
    /// Nobody knows whether a request was executed.
    OutcomeUnknown,
    /// It turned out that it was.
    UnknownFound,
    /// It turned out that it was not.
    UnknownAbsent,
    /// A request was refused for good.
    RequestRefused,
    /// A request was filled in part and the rest given up.
    PartialFill,
    /// Trading is disabled; entries stop until an operator resumes.
    TradingDisabled,
    /// A position of ours was found that no intent here explains.
    PositionAdopted,
    /// A position of ours stood without its stops.
    StopsMissing,
    /// A STOP could not make its strategy flat in time.
    NotFlat,
    /// The link to the broker went down.
    LinkDown,
}

/// Why a signal was taken or not: codes and references, a fixed size. Operands stand once with the shared indicators;
/// the sentence is made by `inspect` through replay (session 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Open time of the bar that was judged.
    pub bar_msc: ServerMsc,
    /// Place of the strategy in the executor's table.
    pub slot: u32,
    /// Place of the bars in the executor's table.
    pub feed: u16,
    /// What came of it: the first thing that stood against it, or that it was taken.
    pub verdict: Verdict,
    /// The side of the signal, if there was one.
    pub side: Option<Side>,
}

const _: () = assert!(size_of::<Note>() <= 32, "a note is written for each evaluation: keep it small");

/// What came of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No crossing.
    NoSignal,
    /// Not enough bars yet.
    WarmingUp,
    /// A crossing that the rules' direction leaves out.
    OtherDirection,
    /// An entry was sent.
    Entered,
    /// An entry was sent, with a stop moved out of the stops level.
    EnteredWidened,
    /// A position was closed on it, and no entry made.
    Exited,
    /// The signal of this bar and side has been spent.
    AlreadySignalled,
    /// The strategy is paused.
    Paused,
    /// The strategy is stopping.
    Stopping,
    /// The operator paused everything.
    OperatorPaused,
    /// The broker is not connected and read.
    NotReady,
    /// No account figures.
    NoAccount,
    /// Trading is disabled by the server or the terminal.
    TradingDisabled,
    /// maxOpenTrades is reached, counting what is in flight and unknown.
    MaxOpenTrades,
    /// An intent of the same strategy, symbol and side is in flight.
    InFlight,
    /// The symbol's trade mode forbids the side.
    SideNotAllowed,
    /// A stop would lie inside the stops level.
    StopTooNear,
    /// There is no quote to enter at.
    NoQuote,
}

/// A note spelled out: what was compared, and by which rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Whose.
    pub strategy: StrategyId,
    /// MT5's symbol.
    pub symbol: String,
    /// The strategy's bars.
    pub timeframe: Timeframe,
    /// The lines and their values at the bar; none where not yet defined.
    pub operands: Vec<(String, Option<f64>)>,
    /// The rule in words.
    pub rule: String,
    /// Bars that both lines have seen.
    pub bars_seen: u32,
    /// Bars before the first that may signal.
    pub warmup_bars: u32,
    /// Most positions open at once.
    pub max_open_trades: u32,
}
