//! What forbids entries, and which caps hold, according to the commands and operator's acts
//! received.
//!
//! All of it is kept as a list, so that what a dying process forgets can be undone.

use crate::domain::id::StrategyId;
use crate::domain::time::ServerMsc;
use crate::executor::action::Owner;
use crate::executor::command::OnStop;
use std::collections::BTreeMap;

/// Something received that changes what is allowed.
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
    /// The operator clears the latch.
    ClearLatch,
    /// The operator pauses.
    OperatorPause,
    /// The operator resumes.
    OperatorResume,
    /// A START was executed: the strategy runs, with at most so many positions.
    Started(StrategyId, u32),
    /// An UPDATE whose settings give a cap, which holds from the next bar on.
    Updated(StrategyId, u32),
    /// An UPDATE whose rules give a cap. Earlier settings may take precedence, so the cap may or
    /// may not be this one.
    Ruled(StrategyId, u32),
    /// `RISK_UPDATE`: changes the cap of a strategy or of the account, at once or from the next day
    /// on.
    Cap(Option<StrategyId>, u32),
}

/// A strategy according to the commands.
#[derive(Debug, Clone, Default)]
pub struct StrategyControl {
    /// The last STOP since the last executed START, with its step.
    pub stop: Option<(u64, OnStop)>,
    /// Whether the strategy is paused.
    pub paused: bool,
    /// Whether a START of it was executed. Others are named by commands and known to nobody.
    is_started: bool,
    caps: Caps,
}

/// All controls.
#[derive(Debug, Clone, Default)]
pub struct Controls {
    received: Vec<(u64, ServerMsc, Control)>,
    strategies: BTreeMap<StrategyId, StrategyControl>,
    paused: bool,
    operator_paused: bool,
    /// The step at which the present latch was set.
    pub latched: Option<u64>,
    account_caps: Caps,
}

/// How long the cap before an UPDATE may still hold, in milliseconds: caps change at the boundary
/// of a bar.
const CAP_SWAP_MS: i64 = 600_000;

/// A cap, with others that may hold in its place.
#[derive(Debug, Clone, Default)]
struct Caps {
    now: Option<u32>,
    /// The cap that holds from a moment on.
    later: Option<(ServerMsc, u32)>,
    /// Caps that may still hold up to a moment.
    before: Vec<(ServerMsc, u32)>,
}

impl Caps {
    const fn new(now: Option<u32>) -> Self {
        Self { now, later: None, before: Vec::new() }
    }

    /// The highest cap that may hold.
    fn at(&self, at: ServerMsc) -> Option<u32> {
        let now =
            self.later.filter(|(from, _)| *from <= at).map_or(self.now, |(_, most)| Some(most));
        let before = self.before.iter().filter(|(until, _)| *until > at).map(|(_, most)| *most);
        now.map(|now| before.fold(now, u32::max))
    }

    fn start(&mut self, at: ServerMsc, most: u32) {
        let before = self.at(at);
        *self = Self { now: Some(most), later: None, before: std::mem::take(&mut self.before) };
        // Before the first tick of a process nobody can say when the bar ends that still has the
        // cap of before.
        let until = if at == ServerMsc::default() {
            ServerMsc(i64::MAX)
        } else {
            ServerMsc(at.0 + CAP_SWAP_MS)
        };
        self.before.extend(before.map(|before| (until, before)));
    }

    fn may_be(&mut self, most: u32) {
        self.now = self.now.map(|now| now.max(most));
        self.later = self.later.map(|(from, later)| (from, later.max(most)));
    }

    fn risk(&mut self, at: ServerMsc, most: u32) {
        let before = self.at(at);
        if before.is_none_or(|before| most <= before) {
            *self = Self::new(Some(most));
        } else {
            let day_cut = ServerMsc((at.0.div_euclid(DAY_MS) + 1) * DAY_MS);
            *self = Self { now: before, later: Some((day_cut, most)), before: Vec::new() };
        }
    }
}

const DAY_MS: i64 = 86_400_000;

impl Controls {
    /// Nothing received yet; the account's cap is as configured.
    #[must_use]
    pub fn new(account_cap: Option<u32>) -> Self {
        Self { account_caps: Caps::new(account_cap), ..Self::default() }
    }

    /// Takes a control. `at` is the server's clock by the last tick.
    pub fn receive(&mut self, step: u64, at: ServerMsc, control: Control) {
        self.apply(step, at, &control);
        self.received.push((step, at, control));
    }

    /// A process died, and the next one begins with what was known after `step`. Returns what is
    /// forgotten.
    pub fn forget_after(&mut self, step: u64, account_cap: Option<u32>) -> Vec<Control> {
        let all = std::mem::take(&mut self.received);
        *self = Self::new(account_cap);
        let (kept, lost): (Vec<_>, Vec<_>) = all.into_iter().partition(|(own, _, _)| *own <= step);
        for (step, at, control) in kept {
            self.receive(step, at, control);
        }
        lost.into_iter().map(|(_, _, control)| control).collect()
    }

    fn apply(&mut self, step: u64, at: ServerMsc, control: &Control) {
        match control {
            Control::Stop(strategy, on) => self.stop(step, strategy.clone(), *on),
            Control::StopAll(on) => {
                let known = self.strategies.iter().filter(|(_, known)| known.is_started);
                let known: Vec<StrategyId> = known.map(|(strategy, _)| strategy.clone()).collect();
                known.into_iter().for_each(|strategy| self.stop(step, strategy, *on));
            }
            Control::Pause(strategy) => {
                self.strategies.entry(strategy.clone()).or_default().paused = true;
            }
            Control::Resume(strategy) => {
                self.strategies.entry(strategy.clone()).or_default().paused = false;
            }
            Control::PauseAll => self.paused = true,
            Control::ResumeAll => self.paused = false,
            Control::Latch | Control::Kill => self.latched = Some(step),
            Control::ClearLatch => self.latched = None,
            Control::OperatorPause => self.operator_paused = true,
            Control::OperatorResume => self.operator_paused = false,
            Control::Started(strategy, cap) => {
                let known = self.strategies.entry(strategy.clone()).or_default();
                *known = StrategyControl {
                    is_started: true,
                    caps: std::mem::take(&mut known.caps),
                    ..StrategyControl::default()
                };
                known.caps.start(at, *cap);
            }
            Control::Updated(strategy, cap) => {
                self.strategies.entry(strategy.clone()).or_default().caps.start(at, *cap);
            }
            Control::Ruled(strategy, cap) => {
                self.strategies.entry(strategy.clone()).or_default().caps.may_be(*cap);
            }
            Control::Cap(Some(strategy), cap) => {
                self.strategies.entry(strategy.clone()).or_default().caps.risk(at, *cap);
            }
            Control::Cap(None, cap) => self.account_caps.risk(at, *cap),
        }
    }

    /// A later STOP that keeps positions does not undo one that closes them.
    fn stop(&mut self, step: u64, strategy: StrategyId, on: OnStop) {
        let known = self.strategies.entry(strategy).or_default();
        known.stop = match (known.stop, on) {
            (Some((first, OnStop::Close)), _) => Some((first, OnStop::Close)),
            _ => Some((step, on)),
        };
    }

    /// A strategy; none when no command for it was received.
    #[must_use]
    pub fn strategy(&self, strategy: &StrategyId) -> Option<&StrategyControl> {
        self.strategies.get(strategy)
    }

    /// What forbids an entry of this owner, in words; none when nothing does.
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

    /// The step since which the positions of this owner are to be closed; none when they are not.
    #[must_use]
    pub fn wants_flat(&self, owner: &Owner) -> Option<u64> {
        let stopped = owner.strategy().and_then(|strategy| self.strategies.get(strategy)?.stop);
        let stopped = stopped.filter(|(_, on)| *on == OnStop::Close).map(|(step, _)| step);
        self.latched.or(stopped)
    }

    /// The largest number of positions that the owner's strategy and the account may have, by any
    /// cap that may hold.
    #[must_use]
    pub fn caps(&self, owner: &Owner, at: ServerMsc) -> (Option<u32>, Option<u32>) {
        let own = owner
            .strategy()
            .and_then(|strategy| self.strategies.get(strategy))
            .and_then(|own| own.caps.at(at));
        (own, self.account_caps.at(at))
    }
}
