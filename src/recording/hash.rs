//! `actions_hash` (session 4): BLAKE3 over the steps that have at least one action other than a
//! note.
//!
//! [`fields`] writes what is hashed, in the encoding of [`encode`](crate::recording::encode). A
//! step with nothing to hash costs only a look at its actions. Other steps need no allocation once
//! the buffer has grown.

use crate::domain::id::ContentHash;
use crate::domain::time::Timestamp;
use crate::executor::action::Action;
use crate::recording::encode::Encoder;
use crate::recording::fields;
use crate::session::description::Checkpoint;
use crate::session::ports::{Journal, Passed, PortError, Step};

/// The number of hashed steps between two checkpoints.
const CHECKPOINT_STEPS: u64 = 1_000;

/// Whether a step has anything that is compared and hashed.
#[must_use]
pub fn has_actions(actions: &[Action]) -> bool {
    actions.iter().any(|action| !matches!(action, Action::Note(_)))
}

/// Hashes steps one after another.
#[derive(Debug, Default)]
pub struct StepHasher {
    hasher: blake3::Hasher,
    encoder: Encoder,
    steps: u64,
    checkpoints: Vec<Checkpoint>,
}

impl StepHasher {
    /// Takes a step; one without actions to be hashed changes nothing.
    #[inline]
    pub fn push(&mut self, input_seq: u64, at: Timestamp, actions: &[Action]) {
        if !has_actions(actions) {
            return;
        }
        self.encoder.clear();
        fields::step(&mut self.encoder, input_seq, at, actions);
        self.hasher.update(self.encoder.bytes());
        self.steps += 1;
        if self.steps.is_multiple_of(CHECKPOINT_STEPS) {
            self.checkpoints.push(Checkpoint { input_seq, hash: self.hash() });
        }
    }

    /// The number of steps hashed.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// The hash so far.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        ContentHash(*self.hasher.finalize().as_bytes())
    }

    /// The hash of all steps, and the checkpoints.
    #[must_use]
    pub fn finish(self) -> (ContentHash, Vec<Checkpoint>) {
        (self.hash(), self.checkpoints)
    }
}

impl Journal for StepHasher {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.push(step.input_seq, step.at, step.actions);
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    /// Steps without actions are not hashed.
    fn pass(&mut self, _passed: &Passed<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
