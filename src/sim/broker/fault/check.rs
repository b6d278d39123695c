//! Checks of a session's faults. This is the only place of these checks: a session file and a
//! broker are refused by the same ones.

use crate::domain::amount::{Money, Points};
use crate::domain::decimal::pow10;
use crate::domain::retcode::{Retcode, RetcodeClass};
use crate::session::fault::{Fault, FaultKind, FaultRate, FaultScope};
use std::collections::BTreeSet;

/// The largest deposit or withdrawal; [`Money`] holds nine times as much.
pub const PAYMENT_MOST: Money = Money::from_raw(10_000_000_000 * pow10(Money::SCALE));

/// A field of a session file and what is wrong with it.
pub type FaultFlaw = (String, String);

/// The first thing that is not allowed in a session's faults; none when they are sound.
#[must_use]
pub fn flaw(faults: &[Fault], rates: &[FaultRate]) -> Option<FaultFlaw> {
    let mut seen = BTreeSet::new();
    for (index, fault) in faults.iter().enumerate() {
        let field = format!("broker.faults[{index}]");
        if let Some(flaw) = scripted(&field, fault, &mut seen).or_else(|| kind(&field, &fault.kind))
        {
            return Some(flaw);
        }
    }
    rates.iter().enumerate().find_map(|(index, rate)| {
        let field = format!("broker.fault_rates[{index}]");
        let possible = (1..=1_000).contains(&rate.per_mille);
        if possible {
            kind(&field, &rate.kind)
        } else {
            Some((format!("{field}.per_mille"), "must be 1 to 1000".to_owned()))
        }
    })
}

fn scripted(field: &str, fault: &Fault, seen: &mut BTreeSet<u64>) -> Option<FaultFlaw> {
    let at = |part: &str, reason: String| Some((format!("{field}{part}"), reason));
    match (fault.request, fault.at) {
        (Some(_), Some(_)) => {
            at("", "names a request and a moment: one of `request` and `at` is the most".to_owned())
        }
        (None, None) => {
            at("", "never happens: it needs the number of a `request`, or a moment `at`".to_owned())
        }
        (Some(0), None) => at(
            ".request",
            "requests are counted from 1: a fault of request 0 never happens".to_owned(),
        ),
        (Some(_), None) if fault.kind.scope() != FaultScope::Request => {
            at(".request", "this kind concerns no request: it needs a moment, `at`".to_owned())
        }
        (Some(request), None) if !seen.insert(request) => {
            at(".request", format!("request {request} has two faults: one is the most"))
        }
        _ => None,
    }
}

/// Checks the figures of a kind.
fn kind(field: &str, kind: &FaultKind) -> Option<FaultFlaw> {
    let field = format!("{field}.kind.{}", super::name(kind));
    let unless = |sound: bool, part: &str, reason: &str| {
        (!sound).then(|| (format!("{field}.{part}"), reason.to_owned()))
    };
    match kind {
        FaultKind::Partial { percent }
        | FaultKind::PartialWorking { percent, .. }
        | FaultKind::ExternalPartialClose { percent } => {
            unless((1..=99).contains(percent), "percent", "must be 1 to 99")
        }
        FaultKind::Refused { retcode }
        | FaultKind::RefusedLate { retcode, .. }
        | FaultKind::AnswerContradicted { retcode } => {
            let says_done = matches!(
                Retcode(*retcode).class(),
                RetcodeClass::Done | RetcodeClass::Partial | RetcodeClass::Placed
            );
            unless(
                !says_done,
                "retcode",
                "says that the request was executed: only what refuses can stand here",
            )
        }
        FaultKind::ExternalStops { points }
        | FaultKind::StopsLevel { points, .. }
        | FaultKind::FreezeLevel { points, .. } => unless(
            i64::from(*points) <= Points::MOST.0,
            "points",
            &format!("must not be above {} points", Points::MOST.0),
        ),
        FaultKind::Deposit { amount: Money::ZERO } => unless(false, "amount", "must not be 0"),
        FaultKind::Deposit { amount } => {
            let sound = (-PAYMENT_MOST..=PAYMENT_MOST).contains(amount);
            unless(
                sound,
                "amount",
                &format!("must not be above {PAYMENT_MOST}, nor below -{PAYMENT_MOST}"),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_senseless_script_is_refused() {
        let fault = |request, kind| Fault { request: Some(request), at: None, kind };
        let moment = Some(Timestamp::default());
        let deposit = |amount: &str| Fault {
            request: None,
            at: moment,
            kind: FaultKind::Deposit { amount: amount.parse().unwrap() },
        };
        for (faults, expect) in [
            (vec![fault(0, FaultKind::Lost)], Some("[0].request: requests are counted")),
            (
                vec![fault(2, FaultKind::Lost), fault(2, FaultKind::Reject)],
                Some("[1].request: request 2 has two faults"),
            ),
            (
                vec![fault(1, FaultKind::Partial { percent: 100 })],
                Some("[0].kind.partial.percent: must be 1 to 99"),
            ),
            (vec![fault(1, FaultKind::Partial { percent: 99 }), fault(2, FaultKind::Lost)], None),
            (
                vec![fault(1, FaultKind::BarsLost)],
                Some("[0].request: this kind concerns no request"),
            ),
            (
                vec![Fault { at: moment, ..fault(1, FaultKind::Lost) }],
                Some("[0]: names a request and a moment"),
            ),
            (
                vec![Fault { request: None, at: None, kind: FaultKind::Lost }],
                Some("[0]: never happens"),
            ),
            (vec![Fault { request: None, at: moment, kind: FaultKind::BarsLost }], None),
            (
                vec![deposit("92233720368")],
                Some("[0].kind.deposit.amount: must not be above 10000000000, nor"),
            ),
            (
                vec![deposit("-92233720368.54775808")],
                Some("[0].kind.deposit.amount: must not be above"),
            ),
            (vec![deposit("0")], Some("[0].kind.deposit.amount: must not be 0")),
            (vec![deposit("-10000000000")], None),
            (
                vec![fault(1, FaultKind::Refused { retcode: 10_009 })],
                Some("[0].kind.refused.retcode: says that"),
            ),
            (
                vec![Fault {
                    request: None,
                    at: moment,
                    kind: FaultKind::StopsLevel { points: 1_000_001, for_ms: 1 },
                }],
                Some("[0].kind.stops_level.points"),
            ),
        ] {
            let flaw = flaw(&faults, &[]).map(|(field, reason)| format!("{field}: {reason}"));
            assert_eq!(flaw.is_some(), expect.is_some(), "{flaw:?}");
            assert!(
                expect
                    .is_none_or(|part| flaw.unwrap().starts_with(&format!("broker.faults{part}"))),
                "{expect:?}"
            );
        }
    }

    #[test]
    fn a_rate_is_a_part_of_a_thousand() {
        for (per_mille, sound) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
            let flaw = flaw(&[], &[FaultRate { kind: FaultKind::Lost, per_mille }]);
            assert_eq!(flaw.is_none(), sound, "{per_mille}");
            assert!(flaw.is_none_or(|(field, _)| field == "broker.fault_rates[0].per_mille"));
        }
    }
}
