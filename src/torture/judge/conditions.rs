//! `conditions-told`: what is told of the trading days and of the best of them is what the broker's deals
//! and the reports say. It asks the executor how far the account is, because that is what it judges.

use crate::domain::amount::Money;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::executor::action::{Action, Report};
use crate::executor::headroom::Measure;
use crate::risk::account::AccountRisk;
use crate::risk::limit::RiskLimit;
use crate::session::description::SessionFile;
use crate::session::ports::Step;
use crate::torture::facts::{Change, Facts};
use crate::torture::found::Findings;
use crate::torture::judge::losses::{SETTLED_MS, day_of};
use crate::torture::world::World;
use std::collections::BTreeSet;

/// The name of the invariant.
pub const NAME: &str = "conditions-told";

/// The time between two questions to the executor.
const PAUSE_MS: u64 = 600_000;
/// How near to a day cut nobody can say in which day something is reported.
const NEAR_MS: i64 = 60_000;

/// The trading days so far.
#[derive(Debug)]
pub struct ConditionsTold {
    risk: AccountRisk,
    zone: ServerZone,
    /// Whether what is counted here is what any executor must have counted.
    is_certain: bool,
    day: Option<i64>,
    opened: BTreeSet<i64>,
    /// What all deals have made when the day began, and at the last tick.
    from: Option<Money>,
    last: Money,
    best: Option<Money>,
    changed: Timestamp,
    asks_from: Timestamp,
}

impl ConditionsTold {
    /// Nothing has happened yet; `is_calm` where nothing goes wrong in the session.
    #[must_use]
    pub fn new(session: &SessionFile, is_calm: bool) -> Self {
        Self {
            risk: session.risk.clone(),
            zone: session.zone.clone(),
            is_certain: is_calm && session.risk.has_conditions(),
            day: None,
            opened: BTreeSet::new(),
            from: None,
            last: Money::ZERO,
            best: None,
            changed: Timestamp::default(),
            asks_from: Timestamp::default(),
        }
    }

    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, _: Change) {
        self.changed = self.changed.max(facts.at);
    }

    fn is_settled(&self, facts: &Facts) -> bool {
        self.changed.plus_ms(SETTLED_MS) < facts.at
    }

    fn day_at(&mut self, facts: &Facts, later_ms: i64) -> i64 {
        let cut = self.risk.day_cut.clone().unwrap_or_default();
        let mut shown = facts.server_msc;
        shown.0 += later_ms;
        day_of(&cut, &mut self.zone, shown)
    }

    /// Takes what the broker sees after a tick that was heard.
    pub fn tick(&mut self, facts: &Facts, world: &World) {
        if !self.is_certain {
            return;
        }
        let made = world.summary().net_profit;
        let day = self.day_at(facts, 0);
        let from = *self.from.get_or_insert(made);
        if self.day.replace(day).is_some_and(|before| before != day) {
            self.is_certain &= self.is_settled(facts);
            let result = self.last - from;
            self.best = Some(self.best.map_or(result, |best| best.max(result)));
            self.from = Some(self.last);
        }
        self.last = made;
    }

    /// Takes a step with its actions.
    ///
    /// # Panics
    /// Never: a session has few days.
    pub fn step(&mut self, facts: &Facts, step: &Step<'_>, found: &mut Findings) {
        if !self.is_certain {
            return;
        }
        let opens = |action: &Action| matches!(action, Action::Report(report) if matches!(**report, Report::Opened(_)));
        if step.actions.iter().any(opens) {
            let day = self.day_at(facts, 0);
            self.is_certain &= self.day_at(facts, NEAR_MS) == day;
            self.opened.insert(day);
        }
        if !self.is_certain || facts.at < self.asks_from || !self.is_settled(facts) {
            return;
        }
        self.asks_from = facts.at.plus_ms(PAUSE_MS);
        for told in step.executor.headroom() {
            let today = self.from.map(|from| self.last - from);
            let expected = match told.limit {
                RiskLimit::TradingDays => {
                    Measure::Count(i64::try_from(self.opened.len()).expect("there are few"))
                }
                RiskLimit::Consistency => match (self.best, today) {
                    (Some(best), Some(today)) => Measure::Money(best.max(today)),
                    (None, Some(today)) => Measure::Money(today),
                    _ => continue,
                },
                _ => continue,
            };
            let Some(value) = told.value else { continue };
            found.mark("condition-told");
            if value != expected {
                found.violate(NAME, || {
                    format!("{} is said to be {value}: it is {expected}", told.limit.row().name)
                });
            }
        }
    }

    /// A process died, and the next one knows nothing: it counts anew, and what it finds open is of another
    /// day, or not.
    pub const fn forget(&mut self) {
        self.is_certain = false;
    }
}
