//! What was found in a session: violated invariants, and marks of what was reached.

use crate::domain::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The seed of the session.
    pub seed: u64,
    /// The name of the invariant.
    pub invariant: &'static str,
    /// The step, counted from 1 over all lives.
    pub step: u64,
    /// The moment of the step.
    pub at: Timestamp,
    /// What was seen.
    pub text: String,
}

/// Violations and marks of one session.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The first violation of each invariant.
    pub violations: Vec<Violation>,
    /// How often each mark was reached.
    pub marks: BTreeMap<&'static str, u64>,
    seed: u64,
    step: u64,
    at: Timestamp,
}

impl Findings {
    /// Nothing found yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Sets the step to which further findings belong.
    pub fn moment(&mut self, step: u64, at: Timestamp) {
        (self.step, self.at) = (step, at);
    }

    /// Notes a violated invariant. Only the first violation of each is kept, because the others
    /// mostly follow from it.
    pub fn violate(&mut self, invariant: &'static str, text: impl FnOnce() -> String) {
        if self.violations.iter().all(|violation| violation.invariant != invariant) {
            self.violations.push(Violation {
                seed: self.seed,
                invariant,
                step: self.step,
                at: self.at,
                text: text(),
            });
        }
    }

    /// Adds the violations of the same session run in another way, of invariants without one here.
    pub fn add_violations(&mut self, other: Self) {
        for violation in other.violations {
            if self.violations.iter().all(|own| own.invariant != violation.invariant) {
                self.violations.push(violation);
            }
        }
    }

    /// Counts a mark.
    pub fn mark(&mut self, name: &'static str) {
        self.mark_times(name, 1);
    }

    /// Counts a mark a number of times.
    pub fn mark_times(&mut self, name: &'static str, times: u64) {
        if times > 0 {
            *self.marks.entry(name).or_default() += times;
        }
    }
}
