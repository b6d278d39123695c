//! Marks that a run must reach: a judge that never sees anything happen proves nothing.

use crate::domain::order::OrderState;
use crate::executor::action::{
    Action, AlertCode, CommandResult, Report, Request, RequestReason, ResultCode, ResultData,
    ResultStatus, Verdict,
};
use crate::executor::command::{CloseFilter, Command, CommandContent, CommandEvent, OnStop};
use crate::executor::event::{BrokerEvent, Event, Link, Operator};
use crate::sim::broker::fault::KINDS;
use crate::torture::commands::Delivery;
use crate::torture::facts::{Change, Facts, Sent};
use crate::torture::found::Findings;

/// Declares tables, each of which names all cases of a type, and the list of all names.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident($value:ident: $type:ty) { $($pattern:pat => $word:literal,)* })*) => {
        $($(#[$doc])*
        const fn $name($value: $type) -> &'static str {
            match $value { $($pattern => $word,)* }
        })*

        /// The names in the tables.
        const NAMES: &[&[&str]] = &[$(&[$($word,)*],)*];
    };
}

tables! {
    /// The mark of an alert.
    alert(code: AlertCode) {
        AlertCode::MalformedCommand => "malformed-command",
        AlertCode::CommandIdReused => "id-reused",
        AlertCode::OutcomeUnknown => "outcome-unknown",
        AlertCode::UnknownFound => "unknown-found",
        AlertCode::UnknownAbsent => "unknown-absent",
        AlertCode::RequestRefused => "request-refused",
        AlertCode::PartialFill => "partial-fill",
        AlertCode::TradingDisabled => "trading-disabled",
        AlertCode::PositionAdopted => "adopted",
        AlertCode::StopsMissing => "stops-missing",
        AlertCode::NotFlat => "not-flat",
        AlertCode::LinkDown => "link-down",
        AlertCode::RequestGivenUp => "request-given-up",
        AlertCode::Ambiguous => "ambiguous",
        AlertCode::AmbiguityResolved => "ambiguity-resolved",
        AlertCode::StopsChanged => "stops-changed-elsewhere",
        AlertCode::ClosedElsewhere => "closed-elsewhere",
        AlertCode::ExitOverdue => "exit-overdue",
        AlertCode::FlatAfterAll => "flat-after-all",
        AlertCode::BrokerFlaw => "broker-flaw",
        AlertCode::WrongAccount => "wrong-account",
        AlertCode::ReadingContradicts => "reading-contradicts",
        AlertCode::OrderChanged => "order-changed",
        AlertCode::Latched => "latch-set",
        AlertCode::LatchCleared => "latch-cleared",
        AlertCode::OrderAdopted => "order-adopted",
        AlertCode::PositionMissing => "position-missing",
        AlertCode::StrategyHalted => "strategy-halted",
        AlertCode::LimitReached => "limit-reached",
        AlertCode::LimitReleased => "limit-released",
        AlertCode::ProgramSilent => "program-silent",
        AlertCode::ProgramAnswers => "program-answers",
        AlertCode::ProgramGone => "program-gone",
        AlertCode::ProgramNonsense => "program-nonsense",
        AlertCode::MarginCall => "margin-call",
        AlertCode::StopOut => "stop-out",
        AlertCode::StrategyLimitReached => "strategy-limit-reached",
        AlertCode::StrategyLimitReleased => "strategy-limit-released",
        AlertCode::EntriesPaused => "strategy-rests-after-losses",
        AlertCode::TargetReached => "profit-target-reached",
    }
    /// The mark of a result code.
    code(code: ResultCode) {
        ResultCode::Ok => "result-ok",
        ResultCode::AlreadyRunningSame => "result-already-running-same",
        ResultCode::NotRunning => "result-not-running",
        ResultCode::AlreadyRunning => "result-already-running",
        ResultCode::Stopping => "result-stopping",
        ResultCode::Malformed => "result-malformed",
        ResultCode::Unsupported => "result-unsupported",
        ResultCode::IdReused => "result-id-reused",
        ResultCode::Expired => "result-expired",
        ResultCode::UnknownSymbol => "result-unknown-symbol",
        ResultCode::NotTradable => "result-not-tradable",
        ResultCode::BadRules => "result-bad-rules",
        ResultCode::CannotChange => "result-cannot-change",
        ResultCode::NotFlat => "result-not-flat",
        ResultCode::Latched => "result-latched",
        ResultCode::Paused => "result-paused",
        ResultCode::UnknownPosition => "result-unknown-position",
        ResultCode::UnknownOrder => "result-unknown-order",
        ResultCode::BadParameters => "result-bad-parameters",
        ResultCode::LimitReached => "result-limit-reached",
        ResultCode::Refused => "result-refused",
        ResultCode::NotDone => "result-not-done",
        ResultCode::Withdrawn => "result-withdrawn",
        ResultCode::NotReady => "result-not-ready",
        ResultCode::TooOld => "result-too-old",
        ResultCode::AccountRefused => "result-account-refused",
    }
    /// The mark of a command that was carried out.
    done(command: &Command) {
        Command::Start(_) => "did-start",
        Command::Stop { positions: OnStop::Close, .. } => "did-stop",
        Command::Stop { positions: OnStop::Keep, .. } => "did-stop-keep",
        Command::Pause { .. } => "did-pause-strategy",
        Command::Resume { .. } => "did-resume-strategy",
        Command::Update(_) => "did-update",
        Command::StopAll { .. } => "did-stop-all",
        Command::PauseAll => "did-pause",
        Command::ResumeAll => "did-resume",
        Command::EmergencyStop { .. } => "did-emergency-stop",
        Command::Open(_) => "did-open",
        Command::Place(_) => "did-place",
        Command::CancelOrder { .. } => "did-cancel-order",
        Command::ModifyOrder(_) => "did-modify-order",
        Command::Close { by: Some(_), .. } => "close-by-done",
        Command::Close { volume: Some(_), .. } => "did-close-part",
        Command::Close { .. } => "did-close",
        Command::ModifyPosition { .. } => "did-modify-position",
        Command::CloseMany(CloseFilter::All) => "did-close-all",
        Command::CloseMany(CloseFilter::Profitable { .. }) => "did-close-profitable",
        Command::CloseMany(CloseFilter::Losing) => "did-close-losing",
        Command::CloseMany(CloseFilter::Strategy(_)) => "did-close-by-strategy",
        Command::CloseMany(CloseFilter::Symbol(_)) => "did-close-by-symbol",
        Command::RiskUpdate { .. } => "did-risk-update",
        Command::CopyAdd(_) => "did-copy-add",
        Command::CopyUpdate { .. } => "did-copy-update",
        Command::Ping => "did-ping",
        Command::GetStatus => "did-get-status",
        Command::GetPositions => "did-get-positions",
        Command::GetAccount => "did-get-account",
        Command::GetSymbol { .. } => "did-get-symbol",
        Command::GetOrderStatus { .. } => "did-get-order-status",
        Command::GetExecutionSummary => "did-get-execution-summary",
    }
    /// The mark of an operator's act.
    operated(operator: Operator) {
        Operator::Pause => "operator-pause",
        Operator::Resume => "operator-resume",
        Operator::Kill => "operator-kill",
        Operator::ClearKill => "operator-clear-kill",
    }
}

/// Marks outside the tables.
const OTHERS: &[&str] = &[
    "book-empty",
    "order-kinds-limited",
    "duplicate-command",
    "reused-command",
    "forgotten-command-refused",
    "life-with-state",
    "restart-without-state",
    "restart-with-open-unknown",
    "replayed",
    "restored-on-the-way",
    "quiet-run",
    "driven-both-ways",
    "position-opened",
    "position-closed",
    "late-fill-after-stop",
    "late-fill-after-signal",
    "pending-filled",
    "stop-closed-something",
    "stops-restored",
    "pending-expired",
    "pending-removed",
    "partial-rest-filled",
    "gap-bars",
    "both-sides-signalled",
    "stop-without-a-distance",
    "outside-hours",
    "outside-days",
    "spread-too-wide",
    "outside-session",
    "volatility-out",
    "regime-out",
    "daily-loss-reached",
    "max-loss-reached",
    "equity-unknown",
    "daily-trades-spent",
    "symbol-full",
    "symbol-lots-full",
    "total-lots-full",
    "margin-full",
    "flattened-by-a-limit",
    "stopped-out",
    "swap-charged",
    "volume-found-by-a-risk",
    "volume-too-small",
    "strategy-trades-spent",
    "strategy-daily-loss",
    "strategy-drawdown",
    "strategy-loss-streak",
    "strategy-cools-down",
    "strategy-result-unknown",
    "risk-at-all-stops",
    "portfolio-risk-full",
    "portfolio-risk-unbounded",
    "correlated-lots-full",
    "condition-told",
    "flat-weekend",
    "flat-news",
    "closed-by-a-holding-ban",
    "goes-along-in-another-symbol",
    "flattened-by-its-own-limit",
    "exit-on-conditions",
    "stop-loss-trailed",
    "stop-loss-at-break-even",
    "part-closed",
    "held-long-enough",
    "closing-time",
    "reversing",
    "news-window",
    "correlation-out",
    "signal-placed-an-order",
    "stops-changed-outside",
    "exit-retried",
    "closed-beside-an-order",
];

/// A mark that no random session reaches. The simulated broker takes no position away without a
/// deal that explains it, and an emptied reading lacks the known deals, so that it contradicts them
/// and proves nothing.
const UNREACHED: &[&str] = &["position-missing"];

/// Every mark that a random session can reach, including the kinds of faults.
pub fn all() -> impl Iterator<Item = &'static str> {
    let names = NAMES.iter().copied().flatten().chain(OTHERS).chain(KINDS).copied();
    names.filter(|name| !UNREACHED.contains(name))
}

/// Counts an operator's act.
pub fn operator(operator: Operator, found: &mut Findings) {
    found.mark(operated(operator));
}

/// Counts the actions of a step.
pub fn actions(actions: &[Action], found: &mut Findings) {
    for action in actions {
        match action {
            Action::Note(note) => match note.verdict {
                Verdict::InGap => found.mark("gap-bars"),
                Verdict::BothSides => found.mark("both-sides-signalled"),
                Verdict::NoDistance => found.mark("stop-without-a-distance"),
                Verdict::OutsideHours => found.mark("outside-hours"),
                Verdict::OutsideDays => found.mark("outside-days"),
                Verdict::SpreadTooWide => found.mark("spread-too-wide"),
                Verdict::Reversing => found.mark("reversing"),
                Verdict::NewsWindow => found.mark("news-window"),
                Verdict::CorrelationOut => found.mark("correlation-out"),
                Verdict::OutsideSession => found.mark("outside-session"),
                Verdict::VolatilityOut => found.mark("volatility-out"),
                Verdict::RegimeOut => found.mark("regime-out"),
                Verdict::DailyLoss => found.mark("daily-loss-reached"),
                Verdict::MaxLoss => found.mark("max-loss-reached"),
                Verdict::EquityUnknown => found.mark("equity-unknown"),
                Verdict::MaxDailyTrades => found.mark("daily-trades-spent"),
                Verdict::SymbolLimit => found.mark("symbol-full"),
                Verdict::MaxLotsSymbol => found.mark("symbol-lots-full"),
                Verdict::MaxLotsTotal => found.mark("total-lots-full"),
                Verdict::MaxMarginUse => found.mark("margin-full"),
                Verdict::VolumeTooSmall => found.mark("volume-too-small"),
                Verdict::StrategyDailyTrades => found.mark("strategy-trades-spent"),
                Verdict::StrategyDailyLoss => found.mark("strategy-daily-loss"),
                Verdict::StrategyDrawdown => found.mark("strategy-drawdown"),
                Verdict::LossStreak => found.mark("strategy-loss-streak"),
                Verdict::CoolingDown => found.mark("strategy-cools-down"),
                Verdict::PortfolioRisk => found.mark("portfolio-risk-full"),
                Verdict::RiskUnbounded => found.mark("portfolio-risk-unbounded"),
                Verdict::CorrelatedExposure => found.mark("correlated-lots-full"),
                Verdict::FlatWeekend => found.mark("flat-weekend"),
                Verdict::FlatNews => found.mark("flat-news"),
                Verdict::ResultUnknown => found.mark("strategy-result-unknown"),
                _ => {}
            },
            Action::Trade(trade) => match trade.why {
                RequestReason::ExitCondition => found.mark("exit-on-conditions"),
                RequestReason::Trailing => found.mark("stop-loss-trailed"),
                RequestReason::BreakEven => found.mark("stop-loss-at-break-even"),
                RequestReason::PartialClose => found.mark("part-closed"),
                RequestReason::HoldingTime => found.mark("held-long-enough"),
                RequestReason::ClosingTime => found.mark("closing-time"),
                RequestReason::HoldingBan if matches!(trade.request, Request::Close(_)) => {
                    found.mark("closed-by-a-holding-ban");
                }
                RequestReason::Signal if matches!(trade.request, Request::Place(_)) => {
                    found.mark("signal-placed-an-order");
                }
                _ => {}
            },
            // A command under a used id is refused; that refusal is not the result of the id.
            Action::Result(result) if result.code == ResultCode::IdReused => {
                found.mark(code(result.code));
            }
            _ => {}
        }
    }
}

/// Counts an event that is neither tick nor command.
pub fn event(event: &Event, found: &mut Findings) {
    match event {
        Event::Link(Link::Down) => found.mark("link-went-down"),
        Event::Broker(BrokerEvent::Snapshot(_)) => found.mark("snapshot-read"),
        _ => {}
    }
}

/// Counts a delivered command.
pub fn command(event: &CommandEvent, delivery: Delivery, found: &mut Findings) {
    match delivery {
        Delivery::Again => found.mark("duplicate-command"),
        Delivery::Reused => found.mark("reused-command"),
        Delivery::First | Delivery::Nameless => {}
    }
    if matches!(event.content, CommandContent::Malformed(_)) {
        found.mark("malformed-delivered");
    }
}

/// Counts the first result of a command.
pub fn result(result: &CommandResult, found: &mut Findings) {
    found.mark(code(result.code));
    if let (ResultData::Stopped { closed, .. }, ResultStatus::Executed) =
        (&result.data, result.status)
        && !closed.is_empty()
    {
        found.mark("stop-closed-something");
    }
}

/// Counts an executed command.
pub fn executed(command: &Command, found: &mut Findings) {
    found.mark(done(command));
}

/// Counts a report.
pub fn report(report: &Report, found: &mut Findings) {
    if let Report::Alert(one) = report {
        found.mark(alert(one.code));
    }
}

/// Counts a change of the broker's book.
pub fn change(facts: &Facts, change: Change, found: &mut Findings) {
    match change {
        Change::Opened(ticket) => {
            found.mark("position-opened");
            let Some(sent) = facts.opener(ticket) else { return };
            if facts.controls.wants_flat(&sent.trade.owner).is_some_and(|step| sent.step < step) {
                found.mark("late-fill-after-stop");
            }
            if matches!(sent.trade.request, Request::Place(_)) {
                found.mark("pending-filled");
            }
        }
        Change::Closed(_) => found.mark("position-closed"),
        Change::Stops { is_foreign: true, .. } => found.mark("stops-changed-outside"),
        Change::Stops { ticket, is_foreign: false } => {
            let restores = |sent: &Sent| {
                let is_of =
                    matches!(&sent.trade.request, Request::Modify(one) if one.position == ticket);
                is_of && sent.trade.why == RequestReason::RestoreStops
            };
            if facts.sent.iter().rev().any(restores) {
                found.mark("stops-restored");
            }
        }
        Change::Gone { sent, state }
            if matches!(facts.sent[sent].trade.request, Request::Place(_)) =>
        {
            match state {
                OrderState::Expired => found.mark("pending-expired"),
                OrderState::Canceled => found.mark("pending-removed"),
                _ => {}
            }
        }
        Change::Entered(_) | Change::Dealt { .. } | Change::Gone { .. } => {}
    }
}
