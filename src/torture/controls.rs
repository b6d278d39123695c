//! What stands against entries, and which caps hold, by the commands and the operator's acts that were received.
//!
//! Kept as a list, so that what a process forgets when it dies can be taken back.

use crate::domain::id::StrategyId;
use crate::domain::time::Timestamp;
use crate::executor::action::Owner;
use crate::executor::command::OnStop;
use std::collections::BTreeMap;

/// Something that was received and changes what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// STOP.
    Stop(StrategyId, OnStop),
    /// `PAUSE_STRATEGY`.
    Pause(StrategyId),
    /// `RESUME_STRATEGY`.
    Resume(StrategyId),
    /// `STOP_ALL`.
    StopAll(OnStop),
    /// PAUSE.
    PauseAll,
    /// RESUME.
    ResumeAll,
    /// `EMERGENCY_STOP`.
    Latch,
    /// The operator's kill.
    Kill,
    /// The operator clears it.
    ClearLatch,
    /// The operator pauses.
    OperatorPause,
    /// The operator resumes.
    OperatorResume,
    /// A START was executed: the strategy runs, with so many positions at most.
    Started(StrategyId, u32),
    /// The cap of a strategy, or of the account, is another one.
    Cap(Option<StrategyId>, u32),
}

/// A strategy as the commands have it.
#[derive(Debug, Clone, Default)]
pub struct StrategyControl {
    /// Whether it was ever started.
    pub is_known: bool,
    /// The last STOP since the last START that was executed, and the step of it.
    pub stop: Option<(u64, OnStop)>,
    /// Whether it is paused.
    pub paused: bool,
    caps: Vec<(Timestamp, u32)>,
}

/// All controls.
#[derive(Debug, Clone, Default)]
pub struct Controls {
    received: Vec<(u64, Timestamp, Control)>,
    strategies: BTreeMap<StrategyId, StrategyControl>,
    paused: bool,
    operator_paused: bool,
    /// The step at which the latch that holds was set.
    pub latched: Option<u64>,
    account_caps: Vec<(Timestamp, u32)>,
}

/// A cap that was lifted or lowered may be found either way for so long: it is swapped at the boundary of a bar.
const CAP_SWAP_MSC: u64 = 600_000;

impl Controls {
    /// Nothing was received; the account's cap is as configured.
    #[must_use]
    pub fn new(account_cap: Option<u32>) -> Self {
        let account_caps = account_cap.map(|cap| (Timestamp::default(), cap)).into_iter().collect();
        Self { account_caps, ..Self::default() }
    }

    /// Takes a control.
    pub fn receive(&mut self, step: u64, at: Timestamp, control: Control) {
        self.apply(step, at, &control);
        self.received.push((step, at, control));
    }

    /// A process died and the next one begins with what was known after `step`, and with the account's cap as configured.
    /// Gives what is forgotten.
    pub fn forget_after(&mut self, step: u64, account_cap: Option<u32>) -> Vec<Control> {
        let all = std::mem::take(&mut self.received);
        *self = Self::new(account_cap);
        let (kept, lost): (Vec<_>, Vec<_>) = all.into_iter().partition(|(own, _, _)| *own <= step);
        for (step, at, control) in kept {
            if !matches!(control, Control::Cap(None, _)) {
                self.receive(step, at, control);
            }
        }
        lost.into_iter().map(|(_, _, control)| control).collect()
    }

    fn apply(&mut self, step: u64, at: Timestamp, control: &Control) {
        match control {
            Control::Stop(strategy, on) => self.stop(step, strategy.clone(), *on),
            Control::StopAll(on) => {
                let known: Vec<StrategyId> = self.strategies.keys().cloned().collect();
                known.into_iter().for_each(|strategy| self.stop(step, strategy, *on));
            }
            Control::Pause(strategy) => self.strategies.entry(strategy.clone()).or_default().paused = true,
            Control::Resume(strategy) => self.strategies.entry(strategy.clone()).or_default().paused = false,
            Control::PauseAll => self.paused = true,
            Control::ResumeAll => self.paused = false,
            Control::Latch | Control::Kill => self.latched = Some(step),
            Control::ClearLatch => self.latched = None,
            Control::OperatorPause => self.operator_paused = true,
            Control::OperatorResume => self.operator_paused = false,
            Control::Started(strategy, cap) => {
                let known = self.strategies.entry(strategy.clone()).or_default();
                *known = StrategyControl { is_known: true, caps: std::mem::take(&mut known.caps), ..StrategyControl::default() };
                known.caps.push((at, *cap));
            }
            Control::Cap(Some(strategy), cap) => self.strategies.entry(strategy.clone()).or_default().caps.push((at, *cap)),
            Control::Cap(None, cap) => self.account_caps.push((at, *cap)),
        }
    }

    /// A STOP that closes is not undone by a later one that keeps.
    fn stop(&mut self, step: u64, strategy: StrategyId, on: OnStop) {
        let known = self.strategies.entry(strategy).or_default();
        known.stop = match (known.stop, on) {
            (Some((first, OnStop::Close)), _) => Some((first, OnStop::Close)),
            _ => Some((step, on)),
        };
    }

    /// A strategy, if a command was ever received for it.
    #[must_use]
    pub fn strategy(&self, strategy: &StrategyId) -> Option<&StrategyControl> {
        self.strategies.get(strategy)
    }

    /// Strategies of which something was received.
    pub fn strategies(&self) -> impl Iterator<Item = (&StrategyId, &StrategyControl)> {
        self.strategies.iter()
    }

    /// What stands against an entry of this owner.
    #[must_use]
    pub fn blocks(&self, owner: &Owner) -> Option<&'static str> {
        let own = owner.strategy().and_then(|strategy| self.strategies.get(strategy));
        if self.latched.is_some() {
            Some("the latch of an emergency")
        } else if self.operator_paused {
            Some("the operator's pause")
        } else if self.paused {
            Some("PAUSE")
        } else if own.is_some_and(|own| own.stop.is_some()) {
            Some("STOP of the strategy")
        } else if own.is_some_and(|own| own.paused) {
            Some("PAUSE of the strategy")
        } else {
            None
        }
    }

    /// Whether what this owner holds is to be closed, since which step.
    #[must_use]
    pub fn wants_flat(&self, owner: &Owner) -> Option<u64> {
        let stopped = owner.strategy().and_then(|strategy| self.strategies.get(strategy)?.stop);
        let stopped = stopped.filter(|(_, on)| *on == OnStop::Close).map(|(step, _)| step);
        self.latched.or(stopped)
    }

    /// The most positions that the owner's strategy may have, and the account, by any cap that may be found to hold.
    #[must_use]
    pub fn caps(&self, owner: &Owner, at: Timestamp) -> (Option<u32>, Option<u32>) {
        let own = owner.strategy().and_then(|strategy| self.strategies.get(strategy)).and_then(|own| cap(&own.caps, at));
        (own, cap(&self.account_caps, at))
    }
}

/// The highest of the cap that holds and of those replaced a short time ago.
fn cap(caps: &[(Timestamp, u32)], at: Timestamp) -> Option<u32> {
    let ends = caps.iter().skip(1).map(|(at, _)| *at).chain([Timestamp::from_nanos(i64::MAX)]);
    caps.iter().zip(ends).filter(|(_, end)| end.plus_msc(CAP_SWAP_MSC) > at).map(|((_, cap), _)| *cap).max()
}
