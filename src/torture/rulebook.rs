//! The rules by which strategies may act, according to the commands that were executed.

use crate::domain::id::StrategyId;
use crate::executor::action::Owner;
use crate::executor::command::Command;
use crate::strategy::rules::Rules;
use std::collections::BTreeMap;

/// Rules that were given to a strategy.
#[derive(Debug, Clone)]
struct Given {
    step: u64,
    /// Whether by a START, which ends whatever was given before.
    is_start: bool,
    rules: Rules,
}

/// The rules of all strategies.
#[derive(Debug, Default)]
pub struct Rulebook(BTreeMap<StrategyId, Vec<Given>>);

impl Rulebook {
    /// Takes a command that was executed.
    pub fn executed(&mut self, step: u64, command: &Command) {
        let (strategy, is_start, rules) = match command {
            Command::Start(start) => (&start.strategy, true, &start.rules),
            Command::Update(update) => match &update.rules {
                Some((rules, _)) => (&update.strategy, false, rules),
                None => return,
            },
            _ => return,
        };
        let given = Given { step, is_start, rules: rules.clone() };
        self.0.entry(strategy.clone()).or_default().push(given);
    }

    /// A process died: the next one knows what was given up to `step`.
    pub fn forget_after(&mut self, step: u64) {
        self.0.values_mut().for_each(|all| all.retain(|given| given.step <= step));
    }

    /// A process without a state begins.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Every set of rules that may be in force for an owner: an UPDATE holds from some bar on. None
    /// of them for whoever is no strategy.
    pub fn of(&self, owner: &Owner) -> impl Iterator<Item = &Rules> {
        let all = owner.strategy().and_then(|strategy| self.0.get(strategy));
        let all = all.map_or(&[][..], Vec::as_slice);
        let first = all.iter().rposition(|given| given.is_start).unwrap_or(0);
        all[first..].iter().map(|given| &given.rules)
    }

    /// The most positions that an owner's rules allow on a side; none where they may say nothing.
    #[must_use]
    pub fn most_a_side(&self, owner: &Owner) -> Option<u32> {
        let each: Option<Vec<u32>> = self.of(owner).map(|rules| rules.risk.max_per_side).collect();
        each?.into_iter().max()
    }
}
