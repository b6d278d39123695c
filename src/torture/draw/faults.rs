//! Which kinds of faults a session has, how often, and which of them come at a given moment.

use super::dice::Dice;
use super::span::{CEASE, Span};
use crate::domain::amount::Money;
use crate::domain::decimal::pow10;
use crate::session::fault::{Fault, FaultKind, FaultRate, FaultScope};
use crate::torture::plan::SessionPlan;

/// The chance that a session has a kind at all, in percent.
const KIND_PERCENT: u64 = 25;
const RETCODES: &[u32] = &[
    10006, 10011, 10013, 10014, 10015, 10016, 10017, 10018, 10019, 10026, 10028, 10029, 10031,
    10036, 10039,
];

/// Draws what goes wrong. One session in eight has no faults by chance.
pub fn draw(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    plan.file.broker.faults_until = Some(span.at(CEASE));
    if dice.percent(12) {
        return;
    }
    if dice.percent(12) {
        plan.file.broker.fault_rates = unseen(dice);
        return;
    }
    let kinds: Vec<(FaultKind, u64)> = requests(dice).into_iter().chain(readings(dice)).collect();
    for (kind, most) in kinds {
        if dice.percent(KIND_PERCENT) {
            let per_mille = dice.small(2, u32::try_from(most).unwrap_or(2));
            plan.file.broker.fault_rates.push(FaultRate { kind, per_mille });
        }
    }
    if dice.percent(60) {
        plan.file.broker.faults = world(span, dice);
    }
}

/// Much is executed without any news, and readings that would show it come late or never, or show an
/// empty account. Requests of unknown outcome then count for long.
fn unseen(dice: &mut Dice) -> Vec<FaultRate> {
    let percent = dice.small(10, 90);
    let kinds = [
        FaultKind::Placed { after_ms: dice.between(40_000, 400_000) },
        FaultKind::TimeoutExecuted,
        FaultKind::ExecutedUnanswered,
        FaultKind::PartialWorking { percent, rest_after_ms: dice.between(20_000, 200_000) },
        FaultKind::SnapshotLost,
        FaultKind::SnapshotLate { after_ms: dice.between(5_000, 40_000) },
        FaultKind::SnapshotEmpty,
        FaultKind::NewsLate { after_ms: dice.between(20_000, 120_000) },
    ];
    let chosen: Vec<FaultKind> = kinds.into_iter().filter(|_| dice.percent(60)).collect();
    let mut per_mille = |kind: &FaultKind| match kind {
        FaultKind::SnapshotEmpty => dice.small(50, 250),
        kind if kind.scope() == FaultScope::Request => dice.small(80, 400),
        _ => dice.small(300, 800),
    };
    chosen.into_iter().map(|kind| FaultRate { per_mille: per_mille(&kind), kind }).collect()
}

/// The kinds that concern requests, each with its highest rate.
fn requests(dice: &mut Dice) -> Vec<(FaultKind, u64)> {
    let percent = dice.small(1, 99);
    let rest_after_ms = dice.between(500, 120_000);
    vec![
        (FaultKind::Requote, 120),
        (FaultKind::Reject, 80),
        (FaultKind::PriceOff, 120),
        (FaultKind::TooManyRequests, 80),
        (FaultKind::AutotradingOff, 8),
        (FaultKind::InvalidFill, 40),
        (FaultKind::Partial { percent }, 120),
        (FaultKind::Placed { after_ms: dice.between(50, 90_000) }, 100),
        (FaultKind::Timeout, 80),
        (FaultKind::TimeoutExecuted, 80),
        (FaultKind::Lost, 80),
        (FaultKind::ExecutedUnanswered, 80),
        (FaultKind::LateAnswer { after_ms: dice.between(500, 120_000) }, 100),
        (FaultKind::DuplicateAnswer, 120),
        (FaultKind::AnswerBare { order: dice.percent(50) }, 120),
        (FaultKind::AnswerContradicted { retcode: dice.pick(RETCODES) }, 80),
        (FaultKind::StopsDropped, 120),
        (FaultKind::Disconnect { for_ms: dice.between(500, 120_000) }, 25),
        (FaultKind::Refused { retcode: dice.pick(RETCODES) }, 80),
        (FaultKind::Refused { retcode: dice.pick(RETCODES) }, 80),
        (
            FaultKind::RefusedLate {
                retcode: dice.pick(RETCODES),
                after_ms: dice.between(500, 120_000),
            },
            60,
        ),
        (FaultKind::PlacedRejected { after_ms: dice.between(50, 90_000) }, 60),
        (FaultKind::PartialWorking { percent, rest_after_ms }, 80),
        (FaultKind::CommentCut { keep: dice.small(0, 20) }, 120),
        (FaultKind::CommentRewritten, 120),
    ]
}

/// The kinds that concern readings, requests for bars and news, each with its highest rate.
fn readings(dice: &mut Dice) -> Vec<(FaultKind, u64)> {
    // In some sessions so often that commands come while entries are refused.
    let foreign_most = dice.pick(&[60, 60, 60, 900]);
    vec![
        (FaultKind::SnapshotEmpty, 250),
        (FaultKind::SnapshotPartial, 200),
        (FaultKind::SnapshotLate { after_ms: dice.between(200, 40_000) }, 200),
        (FaultKind::SnapshotLost, 200),
        (FaultKind::SnapshotForeign, foreign_most),
        (FaultKind::SnapshotWithoutPositions, 200),
        (FaultKind::BarsLate { after_ms: dice.between(200, 60_000) }, 300),
        (FaultKind::BarsLost, 300),
        (FaultKind::BarsShort { keep: dice.small(0, 60) }, 300),
        (FaultKind::NewsRepeated, 300),
        (FaultKind::NewsReordered, 300),
        (FaultKind::NewsLate { after_ms: dice.between(50, 60_000) }, 150),
        (FaultKind::NewsForeign, 40),
    ]
}

/// The faults at given moments. They are over before all faults cease.
fn world(span: Span, dice: &mut Dice) -> Vec<Fault> {
    let kinds = dice.between(1, 4);
    let chosen: Vec<u64> = (0..kinds).map(|_| dice.between(0, 11)).collect();
    let count = dice.between(1, 10);
    let mut faults: Vec<Fault> = (0..count)
        .map(|_| {
            let kind = one(dice.pick(&chosen), dice);
            Fault { request: None, at: Some(span.draw(dice, 20, 700)), kind }
        })
        .collect();
    faults.sort_by_key(|fault| fault.at);
    faults.dedup_by_key(|fault| fault.at);
    faults
}

fn one(kind: u64, dice: &mut Dice) -> FaultKind {
    let for_ms = dice.between(300, 150_000);
    match kind {
        0 => FaultKind::LinkDown { for_ms, ticks_lost: dice.percent(50) },
        1 => FaultKind::ExternalClose,
        2 => FaultKind::ExternalPartialClose { percent: dice.small(1, 99) },
        3 => FaultKind::ExternalStops { points: dice.pick(&[0, 0, 50, 300]) },
        4 => FaultKind::OrderRemoved,
        5 => FaultKind::Deposit {
            amount: Money::from_raw(
                (i64::from(dice.small(0, 400)) * 2 - 401) * pow10(Money::SCALE),
            ),
        },
        6 => FaultKind::SpecBroken { for_ms },
        7 => FaultKind::StopsLevel { points: dice.small(0, 200), for_ms },
        8 => FaultKind::FreezeLevel { points: dice.small(0, 200), for_ms },
        9 => FaultKind::MarketShut { for_ms },
        10 => FaultKind::OrdersHidden { for_ms },
        _ => FaultKind::TradingForbidden { for_ms },
    }
}
