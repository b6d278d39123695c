//! Notes about decisions: one for each evaluation of a strategy (session 5).

use crate::domain::id::StrategyId;
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

/// Why a signal was or was not taken, as codes and references of fixed size. It does not hold the
/// compared values: `inspect` replays the session and spells them out as an [`Explanation`]
/// (session 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The open time of the closed bar that was evaluated, by the server's clock.
    pub bar_msc: ServerMsc,
    /// The index of the strategy in the executor's table.
    pub slot: u32,
    /// The index of the strategy's bars in the executor's table.
    pub feed: u16,
    /// The outcome: the first reason against an entry, or that an entry or exit was made.
    pub verdict: Verdict,
    /// The side of the signal; none when there was no crossing.
    pub side: Option<Side>,
}

const _: () =
    assert!(size_of::<Note>() <= 32, "a note is written for each evaluation: keep it small");

/// The outcome of one evaluation.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The lines did not cross.
    NoSignal = 1,
    /// Fewer bars have closed than the warm-up needs.
    WarmingUp = 2,
    /// The lines crossed in a direction on which the rules do not enter.
    OtherDirection = 3,
    /// An entry was sent.
    Entered = 4,
    /// An entry was sent, with a stop moved out of the stops level.
    EnteredWidened = 5,
    /// A position was closed on the signal, and no entry was made.
    Exited = 6,
    /// The signal of this bar and side was used before: a bar causes one entry at most.
    AlreadySignalled = 7,
    /// The strategy is paused.
    Paused = 8,
    /// The strategy is stopping.
    Stopping = 9,
    /// The operator paused everything.
    OperatorPaused = 10,
    /// The link is down, or the account has not been read since it came up.
    NotReady = 11,
    /// The account is not known, or the broker says that it may not trade.
    NoAccount = 12,
    /// The server or the terminal refused to trade; an operator has to resume.
    TradingDisabled = 13,
    /// The strategy's maxOpenTrades is reached, counting requests in flight and those of unknown
    /// outcome.
    MaxOpenTrades = 14,
    /// An intent of the same strategy, symbol and side is in flight.
    InFlight = 15,
    /// The symbol's trade mode forbids the side.
    SideNotAllowed = 16,
    /// A stop would be inside the stops level or on the wrong side of the market, and the policy is
    /// to refuse such an entry.
    StopTooNear = 17,
    /// There is no quote for the entry yet.
    NoQuote = 18,
    /// Entries are latched until an operator clears them.
    Latched = 19,
    /// The evidence about a request of the same strategy is contradictory; an operator has to look
    /// at it.
    Ambiguous = 20,
    /// The bar closed while quotes were missed: it counts for the warm-up and causes no entry.
    InGap = 21,
    /// The account's cap on positions is reached, counting requests in flight, those of unknown
    /// outcome, and working orders.
    AccountLimit = 22,
    /// The symbol's specification makes no sense, or the symbol does not accept such an order.
    NotTradable = 23,
    /// The symbol has no usable filling mode.
    NoFilling = 24,
    /// The account is not the configured one, or of a kind that is not traded.
    WrongAccount = 25,
    /// The conditions of both sides hold, which contradict each other.
    BothSides = 26,
    /// The line that measures the distance of a stop has no value, or none above 0.
    NoDistance = 27,
    /// The rules do not enter at this hour.
    OutsideHours = 28,
    /// The rules do not enter on this day.
    OutsideDays = 29,
    /// The spread is wider than the rules allow.
    SpreadTooWide = 30,
    /// The rules do not enter outside of the sessions that they name.
    OutsideSession = 31,
    /// The volatility is out of the rules' bounds, or has no value.
    VolatilityOut = 32,
    /// The regime is out of the rules' bounds, or has no value.
    RegimeOut = 33,
    /// The rules do not enter around news such as this.
    NewsWindow = 34,
    /// The calendar says nothing of this day, so that news can not be kept away from.
    NoCalendar = 35,
    /// The correlation with another symbol is out of the rules' bounds, or has no value.
    CorrelationOut = 36,
    /// What is open the other way is being closed; the entry follows once it is, with a note of its
    /// own.
    Reversing = 40,
    /// The strategy is one in Rust that has failed: it is not run until somebody resumes it.
    Halted = 41,
    /// An exit of the strategy on the same side came first, so the entry is not sent again.
    Overtaken = 42,
    /// The rules have closed their positions for the rest of the day.
    ClosingTime = 43,
    /// The account has lost as much as a trading day may lose.
    DailyLoss = 44,
    /// The account has lost as much as it may lose at all.
    MaxLoss = 45,
    /// A limit looks at the equity, and it is not known.
    EquityUnknown = 46,
    /// As many entries were sent as a trading day may have.
    MaxDailyTrades = 47,
    /// The symbol's cap on positions is reached, counting what may be open.
    SymbolLimit = 48,
    /// The entry would make the volume of its symbol larger than it may be.
    MaxLotsSymbol = 49,
    /// The entry would make the volume of everything open larger than it may be.
    MaxLotsTotal = 50,
    /// The entry would need more margin than may be used.
    MaxMarginUse = 51,
    /// What may be risked is too little for the smallest volume of the symbol.
    VolumeTooSmall = 52,
    /// The strategy's program is asked; another note tells what comes of it.
    Asked = 80,
    /// The strategy's program has not answered in time.
    Silent = 81,
    /// A position of the strategy that is followed was opened too long ago to be copied.
    CopyTooOld = 82,
    /// The price is too far from that at which the strategy that is followed has entered.
    CopySlipped = 83,
    /// The strategy has sent as many entries as it may in a trading day.
    StrategyDailyTrades = 53,
    /// The strategy has lost as much as it may in a trading day.
    StrategyDailyLoss = 54,
    /// The strategy's result is as far below its highest as it may be.
    StrategyDrawdown = 55,
    /// The strategy rests after losses in a row.
    LossStreak = 56,
    /// The strategy rests after a position was closed.
    CoolingDown = 57,
    /// A limit looks at what the strategy has made, and that is not known.
    ResultUnknown = 58,
    /// The account has earned as much as it is to.
    ProfitTarget = 59,
    /// With the entry everything open would lose more at its stops than it may.
    PortfolioRisk = 60,
    /// What is open, or the entry, has no stop loss: nobody can say what it may lose.
    RiskUnbounded = 61,
    /// With the entry too much would go one way in symbols that move with each other.
    CorrelatedExposure = 84,
    /// The account holds nothing in this part of the week.
    FlatWeekend = 85,
    /// The account holds nothing of the symbol around news such as this.
    FlatNews = 86,
}

impl Verdict {
    /// Whether what is open, or on its way, stood against an entry.
    #[must_use]
    pub const fn is_cap(self) -> bool {
        matches!(
            self,
            Self::MaxOpenTrades
                | Self::InFlight
                | Self::AccountLimit
                | Self::MaxDailyTrades
                | Self::SymbolLimit
                | Self::MaxLotsSymbol
                | Self::MaxLotsTotal
                | Self::MaxMarginUse
                | Self::StrategyDailyTrades
                | Self::PortfolioRisk
                | Self::RiskUnbounded
                | Self::CorrelatedExposure
        )
    }

    /// Whether an entry was sent.
    #[must_use]
    pub const fn is_entry(self) -> bool {
        matches!(self, Self::Entered | Self::EnteredWidened)
    }
}

/// A note in full: what was compared, and by which rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The strategy that was evaluated.
    pub strategy: StrategyId,
    /// The broker's name of the symbol.
    pub symbol: String,
    /// The timeframe of the strategy's bars.
    pub timeframe: Timeframe,
    /// The compared lines and their values at the bar; none while a line is not defined.
    pub operands: Vec<(String, Option<f64>)>,
    /// The comparisons that the rules make, and whether each held; none for a plain crossing.
    pub conditions: Vec<(String, bool)>,
    /// The rules' filters in the order in which a signal meets them, and whether each lets it
    /// through; none where there was no signal for them.
    pub filters: Vec<(String, bool)>,
    /// The rule as a sentence for people.
    pub rule: String,
    /// The number of bars that both lines have taken.
    pub bars_seen: u32,
    /// The number of bars before the first one that may signal.
    pub warmup_bars: u32,
    /// The largest number of positions open at once.
    pub max_open_trades: u32,
    /// The cap on its positions of one side, where its rules have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_side: Option<u32>,
}
