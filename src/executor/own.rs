//! Strategies in Rust ([`crate::strategy::own`]) at a closed bar: one that fails is halted alone.

use super::Executor;
use crate::executor::action::{Action, Alert, AlertCode, Owner, Severity, Verdict};
use crate::strategy::own::{self, ClosedBar, Own};
use crate::strategy::rules::EntryRule;
use crate::strategy::watch::evaluator::Judgement;
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Executor {
    /// What a strategy in Rust comes to at a bar whose values have been gathered, beside what the
    /// conditions of its exit have come to.
    ///
    /// # Errors
    /// [`Verdict::Halted`] for one that has failed, now or before.
    pub(super) fn judge_own(
        &mut self,
        slot: u32,
        (feed, place): (u16, u32),
        conditions: Judgement,
        out: &mut Vec<Action>,
    ) -> Result<Judgement, Verdict> {
        let strategy = self.strategies.get(slot).expect("what is judged runs");
        let EntryRule::Own(rules) = &strategy.rules.entry else { return Ok(conditions) };
        if strategy.is_halted {
            return Err(Verdict::Halted);
        }
        let evaluator = self.feeds[usize::from(feed)].watch.conditions_mut(place);
        let values = evaluator.program().own_values(&self.values);
        let mut memory = evaluator.memory().to_vec();
        if let Some(judged) = run(rules, &values, &mut memory) {
            evaluator.set_memory(memory);
            return Ok(Judgement { leaves: judged.leaves.or(conditions.leaves), ..judged });
        }
        let owner = Owner::Strategy(strategy.id.clone());
        self.strategies.get_mut(slot).expect("it runs").is_halted = true;
        out.push(Alert::new(Severity::Critical, AlertCode::StrategyHalted).of(&owner).into());
        Err(Verdict::Halted)
    }
}

/// Runs the code of a strategy; none when there is no such code, or it fails. Then the memory is
/// whatever it has left of it, and of no use.
fn run(rules: &Own, values: &[Option<f64>], memory: &mut Vec<f64>) -> Option<Judgement> {
    let code = own::find(&rules.strategy)?;
    let judge = AssertUnwindSafe(|| code.judge(rules, ClosedBar { values }, memory));
    let judged = catch_unwind(judge).ok()?;
    memory.iter().all(|figure| figure.is_finite()).then_some(judged)
}
