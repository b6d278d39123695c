//! What a session came to: violated invariants and marks of what was reached.

use crate::domain::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Of which session.
    pub seed: u64,
    /// Its name.
    pub invariant: &'static str,
    /// At which step, counted from 1 over all lives.
    pub step: u64,
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub text: String,
}

/// Violations and marks of one session.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The first violation of each invariant.
    pub violations: Vec<Violation>,
    /// What was reached, and how often.
    pub marks: BTreeMap<&'static str, u64>,
    seed: u64,
    step: u64,
    at: Timestamp,
}

impl Findings {
    /// Nothing yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// From now on what is found belongs to this step.
    pub fn moment(&mut self, step: u64, at: Timestamp) {
        (self.step, self.at) = (step, at);
    }

    /// An invariant does not hold. One violation of each is kept: the others mostly follow from it.
    pub fn violate(&mut self, invariant: &'static str, text: impl FnOnce() -> String) {
        if self.violations.iter().all(|violation| violation.invariant != invariant) {
            self.violations.push(Violation { seed: self.seed, invariant, step: self.step, at: self.at, text: text() });
        }
    }

    /// Something was reached.
    pub fn mark(&mut self, name: &'static str) {
        self.mark_times(name, 1);
    }

    /// Something was reached so many times.
    pub fn mark_times(&mut self, name: &'static str, times: u64) {
        if times > 0 {
            *self.marks.entry(name).or_default() += times;
        }
    }
}
