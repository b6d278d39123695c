//! What goes wrong, and when: by script and by chance. The effects of a fault are implemented where
//! requests, questions, news and the world are handled.
//!
//! Each kind that happens by chance draws from a stream of its own, once for each thing that it
//! could concern, whether or not something else goes wrong. So no kind shifts another.

pub mod check;
mod name;

use crate::domain::amount::Volume;
use crate::domain::retcode::Retcode;
use crate::domain::time::Timestamp;
use crate::session::description::BrokerModel;
use crate::session::fault::{FaultKind, FaultRate, FaultScope};
use crate::sim::random::RandomStream;
pub use name::KINDS;
use name::name;
use std::collections::BTreeMap;

/// A fault by chance, with its own stream.
#[derive(Debug)]
struct Chance {
    kind: FaultKind,
    per_mille: u64,
    stream: RandomStream,
}

/// The faults of a session.
#[derive(Debug)]
pub(super) struct Faults {
    by_request: BTreeMap<u64, FaultKind>,
    /// Scripted faults that wait for the first thing of their scope after their moment, in order of
    /// moments.
    waiting: Vec<(Timestamp, FaultKind)>,
    chances: Vec<Chance>,
    /// From this moment on nothing goes wrong by chance.
    until: Option<Timestamp>,
    counts: BTreeMap<&'static str, u64>,
}

impl Faults {
    /// The faults of a checked model, for a session with `seed`.
    pub(super) fn new(model: &BrokerModel, seed: u64) -> Self {
        assert!(
            check::flaw(&model.faults, &model.fault_rates).is_none(),
            "the faults were checked"
        );
        let (mut by_request, mut waiting) = (BTreeMap::new(), Vec::new());
        for fault in &model.faults {
            match (fault.request, fault.at) {
                (Some(request), _) => drop(by_request.insert(request, fault.kind.clone())),
                (None, Some(at)) if fault.kind.scope() != FaultScope::World => {
                    waiting.push((at, fault.kind.clone()));
                }
                (None, _) => {}
            }
        }
        waiting.sort_by_key(|(at, _)| *at);
        Self {
            by_request,
            waiting,
            chances: chances(&model.fault_rates, seed),
            until: model.faults_until,
            counts: BTreeMap::new(),
        }
    }

    /// The fault of the request with this number, if any. Each scripted fault happens once.
    pub(super) fn request(&mut self, number: u64, at: Timestamp) -> Option<FaultKind> {
        let drawn = self.drawn(FaultScope::Request, at);
        let scripted =
            self.by_request.remove(&number).or_else(|| self.waited(FaultScope::Request, at));
        scripted.or(drawn)
    }

    /// The fault of one question or one delivery of news, if any.
    pub(super) fn take(&mut self, scope: FaultScope, at: Timestamp) -> Option<FaultKind> {
        assert!(
            scope != FaultScope::Request && scope != FaultScope::World,
            "requests have numbers, the world has minutes"
        );
        let drawn = self.drawn(scope, at);
        let scripted = self.waited(scope, at);
        scripted.or(drawn)
    }

    /// The faults of the world in one minute.
    pub(super) fn world(&mut self, at: Timestamp) -> Vec<FaultKind> {
        if self.are_over(at) {
            return Vec::new();
        }
        let chances =
            self.chances.iter_mut().filter(|chance| chance.kind.scope() == FaultScope::World);
        chances.filter_map(Chance::draw).collect()
    }

    /// Whether the world has faults by chance.
    pub(super) fn draw_minutes(&self) -> bool {
        self.chances.iter().any(|chance| chance.kind.scope() == FaultScope::World)
    }

    /// Whether the time of faults by chance is over.
    pub(super) fn are_over(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| at >= until)
    }

    /// Counts a fault. Whoever carries it out calls this if the fault made a difference.
    pub(super) fn count(&mut self, kind: &FaultKind) {
        *self.counts.entry(name(kind)).or_default() += 1;
    }

    /// How often each kind happened, by its word in a session file.
    pub(super) const fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    fn waited(&mut self, scope: FaultScope, at: Timestamp) -> Option<FaultKind> {
        let first = self
            .waiting
            .iter()
            .take_while(|(from, _)| *from <= at)
            .position(|(_, kind)| kind.scope() == scope)?;
        Some(self.waiting.remove(first).1)
    }

    /// The first fault that hits; all of them are drawn.
    fn drawn(&mut self, scope: FaultScope, at: Timestamp) -> Option<FaultKind> {
        if self.are_over(at) {
            return None;
        }
        let chances = self.chances.iter_mut().filter(|chance| chance.kind.scope() == scope);
        chances.filter_map(Chance::draw).fold(None, |first, kind| first.or(Some(kind)))
    }
}

impl Chance {
    fn draw(&mut self) -> Option<FaultKind> {
        let hit = self.stream.between(0, 999) < self.per_mille;
        hit.then(|| self.kind.clone())
    }
}

/// One stream for each rate, named by its kind, and numbered when a kind has several rates.
fn chances(rates: &[FaultRate], seed: u64) -> Vec<Chance> {
    let mut seen: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut chances = Vec::with_capacity(rates.len());
    for rate in rates {
        let nth = seen.entry(name(&rate.kind)).or_default();
        *nth += 1;
        let stream = RandomStream::new(&format!("fault {} {nth}", name(&rate.kind)), seed);
        chances.push(Chance {
            kind: rate.kind.clone(),
            per_mille: u64::from(rate.per_mille),
            stream,
        });
    }
    chances
}

/// The code with which a fault refuses a request instead of executing it.
pub(super) const fn refusal(kind: &FaultKind) -> Option<Retcode> {
    Some(match kind {
        FaultKind::Requote => Retcode::REQUOTE,
        FaultKind::Reject => Retcode::REJECT,
        FaultKind::PriceOff => Retcode::PRICE_OFF,
        FaultKind::TooManyRequests => Retcode::TOO_MANY_REQUESTS,
        FaultKind::AutotradingOff => Retcode::CLIENT_DISABLES_AT,
        FaultKind::InvalidFill => Retcode::INVALID_FILL,
        FaultKind::Timeout => Retcode::TIMEOUT,
        FaultKind::Refused { retcode } | FaultKind::RefusedLate { retcode, .. } => {
            Retcode(*retcode)
        }
        _ => return None,
    })
}

/// The part of `volume` that is filled under a fault, in percent, rounded down to `step` but at
/// least one step.
pub(super) fn filled(kind: Option<&FaultKind>, volume: Volume, step: Volume) -> Volume {
    match kind {
        Some(FaultKind::Partial { percent } | FaultKind::PartialWorking { percent, .. }) => {
            part(volume, *percent, step)
        }
        _ => volume,
    }
}

/// A percentage of a volume, rounded down to `step` but at least one step.
pub(super) fn part(volume: Volume, percent: u32, step: Volume) -> Volume {
    let part = i128::from(volume.raw()) * i128::from(percent) / 100;
    let steps = (part / i128::from(step.raw())).max(1);
    let filled =
        i64::try_from(steps * i128::from(step.raw())).map_or(volume, Volume::from_raw).min(volume);
    assert!(filled > Volume::ZERO, "a part is something");
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fault::Fault;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_nanos(ms * 1_000_000)
    }

    fn faults(script: Vec<Fault>, rates: Vec<FaultRate>, until: Option<i64>) -> Faults {
        Faults::new(
            &BrokerModel {
                faults: script,
                fault_rates: rates,
                faults_until: until.map(at),
                ..BrokerModel::default()
            },
            1,
        )
    }

    #[test]
    fn a_partial_fill_is_whole_steps() {
        for (volume, percent, expect) in
            [("1", 40, "0.4"), ("0.05", 50, "0.02"), ("0.01", 50, "0.01"), ("0.03", 1, "0.01")]
        {
            let filled = filled(
                Some(&FaultKind::Partial { percent }),
                volume.parse().unwrap(),
                "0.01".parse().unwrap(),
            );
            assert_eq!(filled, expect.parse().unwrap(), "{volume} {percent} %");
        }
    }

    #[test]
    fn a_moment_waits_for_the_first_thing_of_its_kind() {
        let fault = |ms, kind| Fault { request: None, at: Some(at(ms)), kind };
        let script = vec![
            fault(20, FaultKind::Lost),
            fault(10, FaultKind::Reject),
            fault(10, FaultKind::BarsLost),
        ];
        let mut faults = faults(script, vec![], None);
        assert_eq!(faults.request(1, at(9)), None);
        assert_eq!(faults.take(FaultScope::Bars, at(30)), Some(FaultKind::BarsLost));
        assert_eq!(faults.request(2, at(30)), Some(FaultKind::Reject));
        assert_eq!(faults.request(3, at(30)), Some(FaultKind::Lost));
        assert_eq!(faults.request(4, at(30)), None);
    }

    #[test]
    fn a_kind_draws_by_itself_and_ceases_in_time() {
        let rate = |kind, per_mille| FaultRate { kind, per_mille };
        let hits = |rates: Vec<FaultRate>| -> Vec<u64> {
            let mut faults = faults(vec![], rates, Some(1_000));
            (0..2_000)
                .filter(|&n| faults.request(n, at(n.cast_signed())) == Some(FaultKind::Reject))
                .collect()
        };
        let alone = hits(vec![rate(FaultKind::Reject, 300)]);
        assert!(
            (200..400).contains(&alone.len()) && alone.last().unwrap() < &1_000,
            "{}",
            alone.len()
        );
        let beside = hits(vec![rate(FaultKind::Reject, 300), rate(FaultKind::Lost, 500)]);
        assert_eq!(beside, alone);
        let behind = hits(vec![rate(FaultKind::Lost, 500), rate(FaultKind::Reject, 300)]);
        assert!(behind.len() < alone.len() && behind.iter().all(|n| alone.contains(n)));
    }
}
