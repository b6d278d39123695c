//! Decision notes (session 5).

use crate::domain::id::StrategyId;
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

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
    /// Entries are latched until an operator clears them.
    Latched,
    /// A request of the same strategy is ambiguous: an operator has to look.
    Ambiguous,
    /// The bar closed while its quotes were missed: it warms up and makes no entry.
    InGap,
    /// The account's cap on positions is reached, counting what is in flight, unknown and working.
    AccountLimit,
    /// The symbol's specification makes no sense or takes no such order.
    NotTradable,
    /// The symbol has no filling mode that may be used.
    NoFilling,
    /// The account is not the configured one, or of a kind that is not traded.
    WrongAccount,
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
