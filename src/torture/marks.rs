//! What a run must have come by: a judge that nothing ever happens before proves nothing.

use crate::domain::order::OrderState;
use crate::executor::action::{
    Action, AlertCode, CommandResult, Report, Request, RequestReason, ResultCode, ResultData, ResultStatus, Verdict,
};
use crate::executor::command::{CloseFilter, Command, CommandContent, CommandEvent, OnStop};
use crate::executor::event::{BrokerEvent, Event, Link, Operator};
use crate::torture::commands::Delivery;
use crate::torture::facts::{Change, Facts, Sent};
use crate::torture::found::Found;

/// Declares tables of names, and the list of them all.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident($value:ident: $type:ty) { $($pattern:pat => $word:literal,)* })*) => {
        $($(#[$doc])*
        fn $name($value: $type) -> Option<&'static str> {
            #[allow(unreachable_patterns, reason = "tables end with what they leave out")]
            match $value { $($pattern => Some($word),)* _ => None }
        })*

        /// The names in the tables.
        const NAMES: &[&[&str]] = &[$(&[$($word,)*],)*];
    };
}

tables! {
    /// What an alert says.
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
    }
    /// How a command ended.
    code(code: ResultCode) {
        ResultCode::Ok => "result-ok",
        ResultCode::AlreadyRunningSame => "result-already-running-same",
        ResultCode::NotRunning => "result-not-running",
        ResultCode::AlreadyRunning => "result-already-running",
        ResultCode::Stopping => "result-stopping",
        ResultCode::Malformed => "result-malformed",
        ResultCode::Expired => "result-expired",
        ResultCode::UnknownSymbol => "result-unknown-symbol",
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
    }
    /// A command that was carried out.
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
        Command::Ping => "did-ping",
        Command::GetStatus => "did-get-status",
        Command::GetPositions => "did-get-positions",
        Command::GetAccount => "did-get-account",
        Command::GetSymbol { .. } => "did-get-symbol",
        Command::GetOrderStatus { .. } => "did-get-order-status",
        Command::GetExecutionSummary => "did-get-execution-summary",
    }
    /// A person at the controls.
    operated(operator: Operator) {
        Operator::Pause => "operator-pause",
        Operator::Resume => "operator-resume",
        Operator::Kill => "operator-kill",
        Operator::ClearKill => "operator-clear-kill",
    }
}

/// What is found beside the tables.
const OTHERS: &[&str] = &[
    "book-empty",
    "duplicate-command",
    "reused-command",
    "forgotten-command-refused",
    "life-with-state",
    "restart-without-state",
    "restart-with-open-unknown",
    "replayed",
    "restored-on-the-way",
    "position-opened",
    "position-closed",
    "late-fill-after-stop",
    "pending-filled",
    "stop-closed-something",
    "stops-restored",
    "pending-expired",
    "pending-removed",
    "partial-rest-filled",
    "gap-bars",
    "stops-changed-outside",
    "exit-retried",
    "closed-beside-an-order",
];

/// The kinds of faults, by their words in session files.
const FAULTS: &[&str] = &[
    "requote",
    "reject",
    "price_off",
    "too_many_requests",
    "autotrading_off",
    "invalid_fill",
    "partial",
    "placed",
    "timeout",
    "timeout_executed",
    "lost",
    "executed_unanswered",
    "late_answer",
    "duplicate_answer",
    "stops_dropped",
    "disconnect",
    "refused",
    "refused_late",
    "placed_rejected",
    "partial_working",
    "comment_cut",
    "comment_rewritten",
    "snapshot_empty",
    "snapshot_partial",
    "snapshot_late",
    "snapshot_lost",
    "snapshot_foreign",
    "snapshot_without_positions",
    "bars_late",
    "bars_lost",
    "news_repeated",
    "news_reordered",
    "news_late",
    "link_down",
    "external_close",
    "external_partial_close",
    "external_stops",
    "order_removed",
    "deposit",
    "spec_broken",
    "stops_level",
    "freeze_level",
    "orders_hidden",
    "market_shut",
    "trading_forbidden",
];

/// Every mark: what is found, and the kinds of faults.
pub fn all() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied().flatten().chain(OTHERS).chain(FAULTS).copied()
}

/// Takes a person's act.
pub fn operator(operator: Operator, found: &mut Found) {
    operated(operator).into_iter().for_each(|name| found.mark(name));
}

/// Takes the actions of a step.
pub fn actions(actions: &[Action], found: &mut Found) {
    for action in actions {
        if matches!(action, Action::Note(note) if note.verdict == Verdict::InGap) {
            found.mark("gap-bars");
        }
    }
}

/// Takes what is neither tick nor command.
pub fn event(event: &Event, found: &mut Found) {
    match event {
        Event::Link(Link::Down) => found.mark("link-went-down"),
        Event::Broker(BrokerEvent::Snapshot(_)) => found.mark("snapshot-read"),
        _ => {}
    }
}

/// Takes a command that is delivered.
pub fn command(event: &CommandEvent, delivery: Delivery, found: &mut Found) {
    match delivery {
        Delivery::Again => found.mark("duplicate-command"),
        Delivery::Reused => found.mark("reused-command"),
        Delivery::First | Delivery::Nameless => {}
    }
    if matches!(event.content, CommandContent::Malformed(_)) {
        found.mark("malformed-delivered");
    }
}

/// Takes the first result of a command.
pub fn result(result: &CommandResult, found: &mut Found) {
    code(result.code).into_iter().for_each(|name| found.mark(name));
    if let (ResultData::Stopped { closed, .. }, ResultStatus::Executed) = (&result.data, result.status)
        && !closed.is_empty()
    {
        found.mark("stop-closed-something");
    }
}

/// Takes a command that was executed.
pub fn executed(command: &Command, found: &mut Found) {
    done(command).into_iter().for_each(|name| found.mark(name));
}

/// Takes a report.
pub fn report(report: &Report, found: &mut Found) {
    if let Report::Alert(one) = report {
        alert(one.code).into_iter().for_each(|name| found.mark(name));
    }
}

/// Takes a change of the broker's book.
pub fn change(facts: &Facts, change: Change, found: &mut Found) {
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
                let is_of = matches!(&sent.trade.request, Request::Modify(one) if one.position == ticket);
                is_of && sent.trade.why == RequestReason::RestoreStops
            };
            if facts.sent.iter().rev().any(restores) {
                found.mark("stops-restored");
            }
        }
        Change::Gone { sent, state } if matches!(facts.sent[sent].trade.request, Request::Place(_)) => match state {
            OrderState::Expired => found.mark("pending-expired"),
            OrderState::Canceled => found.mark("pending-removed"),
            _ => {}
        },
        Change::Entered(_) | Change::Dealt { .. } | Change::Gone { .. } => {}
    }
}
