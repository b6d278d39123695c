//! One evaluation in full, for people: values, rule, and the verdict as a sentence. It is made
//! right after its step, while the executor still holds the values, and decides nothing.

use crate::domain::id::StrategyId;
use crate::domain::order::Side;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, Explanation, Note, RequestReason, Verdict};
use crate::executor::headroom::Headroom;
use crate::executor::limit::limit_of;
use crate::recording::divergence::OPERAND_DECIMALS;
use crate::risk::limit::{LimitRow, RiskLimit};
use crate::session::ports::Step;
use serde::Serialize;
use std::fmt;

/// The evaluation of one closed bar by a strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The strategy; none when it ended in the same step.
    pub strategy: Option<String>,
    /// MT5's symbol and the timeframe.
    pub bars: Option<String>,
    /// Open time of the bar by the server's clock, as the terminal writes it.
    pub bar: String,
    /// When the bar was evaluated: with the first tick of a later bar, or while it formed.
    pub at: Timestamp,
    /// The number of the input that closed the bar.
    pub input_seq: u64,
    /// The lines and their values at the bar; none while a value is not defined.
    pub operands: Vec<(String, Option<f64>)>,
    /// The comparisons that the rules make, and whether each held; none for a plain crossing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<(String, bool)>,
    /// The rules' filters, and whether each lets the signal through; none without a signal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<(String, bool)>,
    /// The rule in words.
    pub rule: Option<String>,
    /// The side of the crossing, if there was one.
    pub side: Option<Side>,
    /// The outcome.
    pub verdict: Verdict,
    /// The outcome as a sentence, with the first reason against an entry.
    pub sentence: String,
    /// Where a signal the other way closed what was open: what becomes of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned: Option<&'static str>,
}

impl Evaluation {
    /// Spells out a note of `step`.
    #[must_use]
    pub fn of(step: &Step<'_>, note: &Note) -> Self {
        let explained = step.executor.explain(note);
        let mut sentence = sentence(note, explained.as_ref());
        if let Some(limit) = limit_of(note.verdict) {
            let strategy = explained.as_ref().map(|it| &it.strategy);
            sentence += &figures(step.executor, limit, strategy);
        }
        let mut evaluation = Self {
            strategy: None,
            bars: None,
            bar: note.bar_msc.to_string(),
            at: step.at,
            input_seq: step.input_seq,
            operands: Vec::new(),
            conditions: Vec::new(),
            filters: Vec::new(),
            rule: None,
            side: note.side,
            verdict: note.verdict,
            sentence,
            turned: turned(step, note),
        };
        if let Some(it) = explained {
            evaluation.strategy = Some(it.strategy.to_string());
            evaluation.bars = Some(format!("{} {}", it.symbol, it.timeframe));
            evaluation.operands = it.operands;
            evaluation.conditions = it.conditions;
            evaluation.filters = it.filters;
            evaluation.rule = Some(it.rule);
        }
        evaluation
    }

    /// The lines and their values, `EMA_20 1.174031234, EMA_50 not yet defined`.
    #[must_use]
    pub fn values(&self) -> String {
        let one = |(name, value): &(String, Option<f64>)| match value {
            Some(value) => format!("{name} {value:.OPERAND_DECIMALS$}"),
            None => format!("{name} not yet defined"),
        };
        self.operands.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bar        {} {}", text::name(self.bars.as_deref().unwrap_or("?")), self.bar)?;
        for (name, value) in &self.operands {
            match value {
                Some(value) => writeln!(f, "{name:10} {value:.OPERAND_DECIMALS$}")?,
                None => writeln!(f, "{name:10} not yet defined")?,
            }
        }
        for (condition, held) in &self.conditions {
            let word = if *held { "holds" } else { "holds not" };
            writeln!(f, "{word:10} {condition}")?;
        }
        for (filter, lets_through) in &self.filters {
            let word = if *lets_through { "lets in" } else { "keeps out" };
            writeln!(f, "{word:10} {filter}")?;
        }
        writeln!(f, "rule       {}", self.rule.as_deref().unwrap_or("?"))?;
        write!(f, "verdict    {}", self.sentence)?;
        self.turned.map_or(Ok(()), |turned| write!(f, "\nturned     {turned}"))
    }
}

/// The notes of a step, or only those of `strategy` if one is given.
pub fn notes<'a>(step: &'a Step<'_>, strategy: Option<&'a str>) -> impl Iterator<Item = &'a Note> {
    let executor: &Executor = step.executor;
    let wanted = move |note: &&Note| {
        strategy
            .is_none_or(|id| executor.judged(note).is_some_and(|(judged, _)| judged.as_str() == id))
    };
    let notes = step
        .actions
        .iter()
        .filter_map(|action| if let Action::Note(note) = action { Some(note) } else { None });
    notes.filter(wanted)
}

/// What becomes of the other side where a signal the other way closed what was open: many expect that it
/// turns the position around.
fn turned(step: &Step<'_>, note: &Note) -> Option<&'static str> {
    let (judged, _) = step.executor.judged(note)?;
    let closes = |action: &Action| match action {
        Action::Trade(trade) => {
            trade.why == RequestReason::OppositeSignal && trade.owner.name() == judged.as_str()
        }
        _ => false,
    };
    step.actions.iter().any(closes).then_some(match note.verdict {
        Verdict::Reversing => "a position the other way is entered once this is closed: the exit is `reverse`",
        verdict if verdict.is_entry() => "the same signal entered the other way, as the caps allow both",
        _ => "no position the other way follows by itself: `opposite_signal` closes, `reverse` would enter, too",
    })
}

/// The verdict as a sentence that names the first reason against an entry.
fn sentence(note: &Note, explained: Option<&Explanation>) -> String {
    let signal = note.side.map(|side| format!("{} signal: ", side.name())).unwrap_or_default();
    signal + &verdict(note, explained)
}

fn verdict(note: &Note, explained: Option<&Explanation>) -> String {
    match note.verdict {
        Verdict::NoSignal => no_signal(explained),
        Verdict::WarmingUp => warming_up(explained),
        Verdict::Entered => "entered".to_owned(),
        Verdict::EnteredWidened => "entered, with a stop moved out of the stops level".to_owned(),
        Verdict::Exited => "closed what was open, made no entry".to_owned(),
        Verdict::Latched
        | Verdict::Ambiguous
        | Verdict::InGap
        | Verdict::AccountLimit
        | Verdict::WrongAccount
        | Verdict::Paused
        | Verdict::Stopping
        | Verdict::OperatorPaused
        | Verdict::NotReady
        | Verdict::NoAccount
        | Verdict::TradingDisabled => forbidden(note.verdict).to_owned(),
        Verdict::MaxOpenTrades => capped(explained),
        Verdict::InFlight => "not taken: an entry on the same side is still in flight".to_owned(),
        Verdict::OutsideHours
        | Verdict::OutsideDays
        | Verdict::SpreadTooWide
        | Verdict::OutsideSession
        | Verdict::NewsWindow
        | Verdict::NoCalendar
        | Verdict::VolatilityOut
        | Verdict::RegimeOut
        | Verdict::CorrelationOut => filtered(note.verdict).to_owned(),
        Verdict::CopyTooOld
        | Verdict::CopySlipped
        | Verdict::Asked
        | Verdict::Silent
        | Verdict::Halted
        | Verdict::Overtaken
        | Verdict::ClosingTime
        | Verdict::OtherDirection
        | Verdict::AlreadySignalled
        | Verdict::BothSides
        | Verdict::Reversing => held_back(note.verdict).to_owned(),
        Verdict::NotTradable
        | Verdict::NoFilling
        | Verdict::SideNotAllowed
        | Verdict::StopTooNear
        | Verdict::NoDistance
        | Verdict::VolumeTooSmall
        | Verdict::NoQuote => not_tradable(note.verdict).to_owned(),
        Verdict::EquityUnknown
        | Verdict::DailyLoss
        | Verdict::MaxLoss
        | Verdict::MaxDailyTrades
        | Verdict::SymbolLimit
        | Verdict::MaxLotsSymbol
        | Verdict::MaxLotsTotal
        | Verdict::MaxMarginUse
        | Verdict::StrategyDailyTrades
        | Verdict::StrategyDailyLoss
        | Verdict::StrategyDrawdown
        | Verdict::LossStreak
        | Verdict::CoolingDown
        | Verdict::ProfitTarget
        | Verdict::PortfolioRisk
        | Verdict::RiskUnbounded
        | Verdict::CorrelatedExposure
        | Verdict::FlatWeekend
        | Verdict::FlatNews
        | Verdict::ResultUnknown => limited(note.verdict),
    }
}

/// What forbids entries, whatever the signal.
const fn forbidden(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Latched => "not taken: entries are latched until an operator clears them",
        Verdict::Ambiguous => {
            "not taken: the outcome of an earlier request is ambiguous, an operator must look"
        }
        Verdict::InGap => "not taken: the bar closed while its quotes were missed",
        Verdict::AccountLimit => "not taken: the account's cap on positions is reached",
        Verdict::WrongAccount => "not taken: the account is not the one that is to be traded",
        Verdict::Paused => "not taken: the strategy is paused",
        Verdict::Stopping => "not taken: the strategy is being stopped",
        Verdict::OperatorPaused => "not taken: the operator paused all entries",
        Verdict::NotReady => "not taken: the broker is not connected and read",
        Verdict::NoAccount => "not taken: the account is unknown or may not trade",
        _ => "not taken: trading is disabled by the server or the terminal",
    }
}

/// What keeps a strategy from acting at once.
const fn held_back(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::OtherDirection => "not taken: the rules' direction leaves it out",
        Verdict::AlreadySignalled => "not taken: the signal of this bar and side was spent before",
        Verdict::BothSides => {
            "not taken: the conditions of both sides hold, which contradict each other"
        }
        Verdict::ClosingTime => "not taken: the rules have closed their positions for this day",
        Verdict::CopyTooOld => "not copied: the position was opened too long ago",
        Verdict::CopySlipped => "not copied: the price is worse by more than it may be",
        Verdict::Asked => "the strategy's program is asked",
        Verdict::Silent => "the strategy's program did not answer in time",
        Verdict::Overtaken => "not sent again: an exit on the same side came first",
        Verdict::Halted => "not run: the strategy has failed, and nobody has resumed it",
        _ => "what is open the other way is being closed, and the entry follows",
    }
}

/// What the symbol, or its quote, had against a signal.
const fn not_tradable(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotTradable => "not taken: the symbol's specification does not allow it",
        Verdict::NoFilling => "not taken: the symbol has no filling mode that may be used",
        Verdict::SideNotAllowed => "not taken: the symbol's trade mode forbids this side",
        Verdict::StopTooNear => {
            "not taken: a stop or the order's price would lie inside the spread or the stops level"
        }
        Verdict::NoDistance => {
            "not taken: the distance of a stop or of the order's price cannot be told, or is none above 0"
        }
        Verdict::VolumeTooSmall => {
            "not taken: what may be risked is too little for the symbol's smallest volume"
        }
        _ => "not taken: there is no quote to enter at",
    }
}

/// What the account had come to, and what it must not come to.
fn figures(executor: &Executor, limit: RiskLimit, judged: Option<&StrategyId>) -> String {
    let is_meant = |one: &Headroom| {
        one.limit == limit && (one.strategy.is_none() || one.strategy.as_ref() == judged)
    };
    let all = executor.headroom().into_iter().filter(is_meant);
    let nearest = all.filter(|one| one.left().is_some()).min_by_key(Headroom::left);
    let figures = nearest.and_then(|one| Some((one.value?, one.bound?)));
    let words = |(value, bound)| format!(": {value}, and the limit is {bound}");
    figures.map_or_else(String::new, words)
}

/// Which limit stood against a signal.
fn limited(verdict: Verdict) -> String {
    match (limit_of(verdict).map(RiskLimit::row), verdict) {
        (Some(LimitRow { name, sentence, .. }), _) => format!("not taken: {sentence} ({name})"),
        (None, Verdict::RiskUnbounded) => {
            "not taken: something has no stop loss, so that nobody can say what it may lose"
                .to_owned()
        }
        (None, Verdict::ResultUnknown) => {
            "not taken: a limit looks at what the strategy has made, which is not known now"
                .to_owned()
        }
        (None, _) => "not taken: a limit looks at the equity, which is not known now".to_owned(),
    }
}

/// Which filter stood against a signal.
fn filtered(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::OutsideHours => "not taken: the rules do not enter at this hour",
        Verdict::OutsideDays => "not taken: the rules do not enter on this day",
        Verdict::SpreadTooWide => "not taken: the spread is wider than the rules allow",
        Verdict::OutsideSession => "not taken: none of the rules' sessions is on",
        Verdict::NewsWindow => "not taken: the rules do not enter around such news",
        Verdict::NoCalendar => "not taken: the calendar of news says nothing of a day so near",
        Verdict::VolatilityOut => "not taken: the volatility is out of the rules' bounds",
        Verdict::RegimeOut => "not taken: the regime is out of the rules' bounds",
        Verdict::CorrelationOut => {
            "not taken: the correlation with the other symbol is out of the rules' bounds"
        }
        other => unreachable!("{other:?} comes from no filter"),
    }
}

/// What the strategy's warm-up still waits for.
fn warming_up(explained: Option<&Explanation>) -> String {
    match explained.map_or((0, 0), |it| (it.bars_seen, it.warmup_bars)) {
        (0, _) => "warming up: the history is not read yet".to_owned(),
        (seen, warmup) if seen > warmup => {
            "not judged: bars of another timeframe or symbol are still being read".to_owned()
        }
        (seen, warmup) => format!("warming up: bar {seen} of {warmup}"),
    }
}

/// The cap on the strategy's positions that is reached.
fn capped(explained: Option<&Explanation>) -> String {
    let most = explained.map_or(0, |it| it.max_open_trades);
    let sides = explained.and_then(|it| it.max_per_side);
    let sides = sides.map(|most| format!(", or {most} a side,")).unwrap_or_default();
    format!("not taken: maxOpenTrades {most}{sides} reached")
}

/// What stood against a signal first.
fn no_signal(explained: Option<&Explanation>) -> String {
    let conditions = explained.map_or(&[][..], |it| &it.conditions);
    match conditions.iter().find(|(_, held)| !held) {
        Some((first, _)) => format!("no signal: first of what does not hold, `{first}`"),
        // The rules of what is no crossing say by whom it is decided.
        None if explained.is_some_and(|it| it.rule.starts_with("as ")) => "no signal".to_owned(),
        None => "no crossing".to_owned(),
    }
}
