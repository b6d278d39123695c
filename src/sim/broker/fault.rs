//! The scripted faults: which request is befallen by what. What a fault leads to is done where requests are executed.

use crate::domain::amount::Volume;
use crate::domain::retcode::Retcode;
use crate::session::description::{Fault, FaultKind};
use std::collections::BTreeMap;

/// A script that makes no sense, in one phrase; none when it is sound.
pub fn flaw(faults: &[Fault]) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    faults.iter().find_map(|fault| {
        let request = fault.request;
        match &fault.kind {
            _ if request == 0 => Some("requests are counted from 1: a fault of request 0 never happens".to_owned()),
            _ if !seen.insert(request) => Some(format!("request {request} has two faults: one is the most")),
            FaultKind::Partial { percent } if !(1..=99).contains(percent) => {
                Some(format!("the partial fill of request {request} is {percent} percent: it must be 1 to 99"))
            }
            _ => None,
        }
    })
}

/// The faults by request.
#[derive(Debug)]
pub struct Faults(BTreeMap<u64, FaultKind>);

impl Faults {
    /// The script.
    pub fn new(faults: &[Fault]) -> Self {
        assert!(flaw(faults).is_none(), "the script was checked");
        Self(faults.iter().map(|fault| (fault.request, fault.kind.clone())).collect())
    }

    /// What befalls the request with this number; each fault happens once.
    pub fn take(&mut self, request: u64) -> Option<FaultKind> {
        self.0.remove(&request)
    }
}

/// The code with which a fault refuses a request that it keeps from being executed.
pub const fn refusal(kind: &FaultKind) -> Option<Retcode> {
    Some(match kind {
        FaultKind::Requote => Retcode::REQUOTE,
        FaultKind::Reject => Retcode::REJECT,
        FaultKind::PriceOff => Retcode::PRICE_OFF,
        FaultKind::TooManyRequests => Retcode::TOO_MANY_REQUESTS,
        FaultKind::AutotradingOff => Retcode::CLIENT_DISABLES_AT,
        FaultKind::InvalidFill => Retcode::INVALID_FILL,
        FaultKind::Timeout => Retcode::TIMEOUT,
        _ => return None,
    })
}

/// How much of `volume` is filled under a fault: so many percent, floored to `step`, at least one step.
pub fn filled(kind: Option<&FaultKind>, volume: Volume, step: Volume) -> Volume {
    let Some(FaultKind::Partial { percent }) = kind else { return volume };
    let part = i128::from(volume.raw()) * i128::from(*percent) / 100;
    let steps = (part / i128::from(step.raw())).max(1);
    let filled = i64::try_from(steps * i128::from(step.raw())).map_or(volume, Volume::from_raw).min(volume);
    assert!(filled > Volume::ZERO, "a partial fill fills something");
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_fill_is_whole_steps() {
        for (volume, percent, expect) in [("1", 40, "0.4"), ("0.05", 50, "0.02"), ("0.01", 50, "0.01"), ("0.03", 1, "0.01")] {
            let filled = filled(Some(&FaultKind::Partial { percent }), volume.parse().unwrap(), "0.01".parse().unwrap());
            assert_eq!(filled, expect.parse().unwrap(), "{volume} {percent} %");
        }
    }

    #[test]
    fn a_senseless_script_is_refused() {
        let fault = |request, kind| Fault { request, kind };
        for (faults, expect) in [
            (vec![fault(0, FaultKind::Lost)], Some("request 0")),
            (vec![fault(2, FaultKind::Lost), fault(2, FaultKind::Reject)], Some("two faults")),
            (vec![fault(1, FaultKind::Partial { percent: 100 })], Some("1 to 99")),
            (vec![fault(1, FaultKind::Partial { percent: 99 }), fault(2, FaultKind::Lost)], None),
        ] {
            let flaw = flaw(&faults);
            assert_eq!(flaw.is_some(), expect.is_some(), "{flaw:?}");
            assert!(expect.is_none_or(|part| flaw.unwrap().contains(part)));
        }
    }
}
