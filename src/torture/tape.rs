//! The inputs of a life, kept to be fed again to its starting state.

use crate::domain::id::ContentHash;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::executor::snapshot::Snapshot;
use crate::recording::hash::StepHasher;
use crate::session::ports::Step;
use crate::torture::found::Findings;
use crate::torture::judge::{REPLAYS, RESTORES};
use crate::torture::plan::Replays;
use crate::torture::subject::Subject;

/// One input, and what the executor asked for after it.
#[derive(Debug, Clone)]
struct Input {
    at: Timestamp,
    event: Event,
    wakeup: Option<Timestamp>,
}

/// A recorded life.
#[derive(Debug, Default)]
pub struct Tape {
    replays: Replays,
    subject: Subject,
    start: Option<Executor>,
    inputs: Vec<Input>,
    hasher: StepHasher,
}

impl Tape {
    /// A tape for a life that begins with this state. It keeps nothing when nothing will be
    /// replayed.
    #[must_use]
    pub fn new(replays: Replays, start: &Executor, subject: Subject) -> Self {
        let start = (replays != Replays::default()).then(|| start.clone());
        Self { replays, subject, start, inputs: Vec::new(), hasher: StepHasher::default() }
    }

    /// Takes a step.
    #[inline]
    pub fn push(&mut self, step: &Step<'_>) {
        if self.start.is_some() {
            self.inputs.push(Input {
                at: step.at,
                event: step.event.clone(),
                wakeup: step.executor.next_wakeup(),
            });
            self.hasher.push(step.input_seq, step.at, step.actions);
        }
    }

    /// Feeds the inputs again, once as they were and once with the state written and read back on
    /// the way.
    pub fn judge(&self, found: &mut Findings) {
        let Replays { again, restore_every } = self.replays;
        if again {
            found.mark("replayed");
            self.compare(REPLAYS, u64::MAX, found);
        }
        if restore_every > 0 {
            found.mark("restored-on-the-way");
            self.compare(RESTORES, restore_every, found);
        }
    }

    fn compare(&self, invariant: &'static str, restore_every: u64, found: &mut Findings) {
        let Some(start) = &self.start else { return };
        match self.feed(start.clone(), restore_every) {
            Ok(hash) if hash == self.hasher.hash() => {}
            Ok(_) => {
                found.violate(invariant, || "the same inputs call for other actions".to_owned());
            }
            Err(text) => found.violate(invariant, || text),
        }
    }

    fn feed(&self, mut executor: Executor, restore_every: u64) -> Result<ContentHash, String> {
        let mut hasher = StepHasher::default();
        let mut actions: Vec<Action> = Vec::new();
        let (mut seq, mut fed) = (0, 0);
        for input in &self.inputs {
            fed += 1;
            if fed % restore_every == 0 {
                executor = self.subject.again(written_and_read(&executor)?);
            }
            seq += u64::from(!matches!(input.event, Event::Wakeup));
            actions.clear();
            executor.handle(input.at, &input.event, &mut actions);
            hasher.push(seq, input.at, &actions);
            if executor.next_wakeup() != input.wakeup {
                return Err(format!("after input {seq} it wants to be woken at another moment"));
            }
        }
        Ok(hasher.hash())
    }
}

/// The executor after its state was written to text and read back.
pub fn written_and_read(executor: &Executor) -> Result<Executor, String> {
    let text = executor.snapshot().to_json().map_err(|error| error.to_string())?;
    let snapshot = Snapshot::from_json(&text).map_err(|error| error.to_string())?;
    Executor::restore(snapshot).map_err(|error| error.to_string())
}
