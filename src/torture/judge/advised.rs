//! `enters-as-advised`: a strategy in another process enters only what its program has answered in
//! time, to the last question. And what the program wants closed is closed: this feeds
//! `exit-has-a-next`.

use crate::domain::id::StrategyId;
use crate::domain::order::Side;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Action, Alert, AlertCode, Owner, Report, RequestReason};
use crate::executor::event::{Advice, AdviceFailure, AdviceOutcome, Event, Wants};
use crate::session::ports::Step;
use crate::strategy::rules::{EntryRule, Rules};
use crate::torture::facts::{Facts, side_of_entry};
use crate::torture::found::Findings;
use crate::torture::judge::exits::Exits;
use crate::torture::judge::overtaken::Overtaken;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "enters-as-advised";

/// The last question to a program.
#[derive(Debug, Clone, Copy)]
struct Asked {
    bar_msc: ServerMsc,
    deadline: Timestamp,
}

/// What an answer lets its strategy enter, until the next question.
#[derive(Debug, Clone, Copy)]
struct Allowed {
    side: Side,
    step: u64,
}

/// The questions and answers so far.
#[derive(Debug, Default)]
pub struct AsAdvised {
    /// Questions to which an answer still counts.
    asked: BTreeMap<StrategyId, Asked>,
    allowed: BTreeMap<StrategyId, Allowed>,
}

impl AsAdvised {
    /// Takes a step, before its requests are judged.
    pub fn step(
        &mut self,
        facts: &Facts,
        step: &Step<'_>,
        (overtaken, exits): (&mut Overtaken, &mut Exits),
        found: &mut Findings,
    ) {
        match step.event {
            // Programs end with their process.
            Event::Life(_) => self.asked.clear(),
            Event::Advice(advice) => {
                if let Some(wants) = self.answered(step.at, facts, advice, found) {
                    let owner = Owner::Strategy(advice.strategy.clone());
                    leave(facts, &owner, wants, (overtaken, exits));
                }
            }
            _ => {}
        }
        for action in step.actions {
            match action {
                Action::Ask(question) => {
                    let bar_msc = question.bar.time_msc;
                    let asked = Asked { bar_msc, deadline: question.deadline };
                    self.asked.insert(question.strategy.clone(), asked);
                    self.allowed.remove(&question.strategy);
                }
                Action::Report(report) => {
                    if let Report::Alert(Alert { code, strategy: Some(strategy), .. }) = &**report
                        && is_halt(*code)
                    {
                        self.asked.remove(strategy);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes an answer; what it wants, if it counts.
    fn answered<'a>(
        &mut self,
        at: Timestamp,
        facts: &Facts,
        advice: &'a Advice,
        found: &mut Findings,
    ) -> Option<&'a Wants> {
        let asked = self.asked.get(&advice.strategy).copied();
        let Some(asked) = asked.filter(|asked| asked.bar_msc == advice.bar_msc) else {
            found.mark("advice-of-another-time");
            return None;
        };
        let AdviceOutcome::Wants(wants) = &advice.outcome else {
            // What comes after a silence is late, and counts for exits.
            if advice.outcome == AdviceOutcome::Failed(AdviceFailure::Silent) {
                let late = Asked { deadline: Timestamp::from_nanos(i64::MIN), ..asked };
                self.asked.insert(advice.strategy.clone(), late);
            }
            return None;
        };
        self.asked.remove(&advice.strategy);
        if wants.sl.is_some_and(|sl| sl.raw() <= 0) {
            return None;
        }
        if at > asked.deadline {
            found.mark("advice-late");
        } else if let Some(side) = wants.enters {
            let allowed = Allowed { side, step: facts.step };
            self.allowed.insert(advice.strategy.clone(), allowed);
        }
        Some(wants)
    }

    /// Takes a request that is sent.
    pub fn sent(&self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        let (Some(side), Some(strategy)) = (side_of_entry(&trade.request), trade.owner.strategy())
        else {
            return;
        };
        let is_advised = |rules: &Rules| matches!(rules.entry, EntryRule::Advised(_));
        let mut rules = facts.rules.of(&trade.owner).peekable();
        if trade.why != RequestReason::Signal || rules.peek().is_none() || !rules.all(is_advised) {
            return;
        }
        if facts.sent[..place].iter().any(|before| before.trade.key == trade.key) {
            return;
        }
        found.mark("advised-entry");
        if self.allowed.get(strategy).is_none_or(|allowed| allowed.side != side) {
            let (cid, side) = (trade.cid.0, side.name());
            found.violate(NAME, || {
                format!(
                    "request {cid} of {strategy} enters a {side} that no answer in time asks for"
                )
            });
        }
    }

    /// A strategy was started: what was asked before is void.
    pub fn started(&mut self, strategy: &StrategyId) {
        self.asked.remove(strategy);
    }

    /// A process died: the next one knows what was answered up to `step`, and awaits nothing.
    pub fn forget_after(&mut self, step: u64) {
        self.asked.clear();
        self.allowed.retain(|_, allowed| allowed.step <= step);
    }

    /// A process without a state begins.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Whether an alert says that a strategy is not asked any more.
const fn is_halt(code: AlertCode) -> bool {
    matches!(code, AlertCode::StrategyHalted | AlertCode::ProgramGone | AlertCode::ProgramNonsense)
}

/// Wants closed what an answer wants closed, unless its strategy is being stopped, or may have other
/// rules by now.
fn leave(
    facts: &Facts,
    owner: &Owner,
    wants: &Wants,
    (overtaken, exits): (&mut Overtaken, &mut Exits),
) {
    let control = owner.strategy().and_then(|strategy| facts.controls.strategy(strategy));
    let is_stopped = control.is_none_or(|control| control.stop.is_some());
    if is_stopped || facts.rules.of(owner).count() != 1 {
        return;
    }
    for (side, leaves) in [(Side::Buy, wants.leaves_buys), (Side::Sell, wants.leaves_sells)] {
        if leaves {
            overtaken.leave(facts, owner, side, exits);
        }
    }
}
