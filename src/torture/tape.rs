//! The inputs of a life, kept to be fed again to its starting state.

use crate::domain::id::ContentHash;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::event::Event;
use crate::executor::snapshot::Snapshot;
use crate::recording::hash::StepHasher;
use crate::session::ports::{Passed, Step};
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
    /// How many inputs stand in their order, after runs of several symbols; none when all do.
    sorted: Option<usize>,
    hasher: StepHasher,
}

impl Tape {
    /// A tape for a life that begins with this state. It keeps nothing when nothing will be
    /// replayed.
    #[must_use]
    pub fn new(replays: Replays, start: &Executor, subject: Subject) -> Self {
        let start = (replays != Replays::default()).then(|| start.clone());
        Self { replays, subject, start, ..Self::default() }
    }

    /// Takes a quiet run. Its ticks are fed again one by one.
    pub fn push_run(&mut self, passed: &Passed<'_>) {
        if self.start.is_some() {
            self.sorted.get_or_insert(self.inputs.len());
            let wakeup = passed.executor.next_wakeup();
            let first_msc = passed.run.first().time_msc.0;
            self.inputs.extend(passed.run.iter().map(|tick| Input {
                at: passed.first_at.plus_ms((tick.time_msc.0 - first_msc).cast_unsigned()),
                event: Event::Tick(tick),
                wakeup,
            }));
        }
    }

    /// Puts the ticks of runs into the order in which they would have come one by one.
    fn sort(&mut self) {
        let place = |input: &Input| match &input.event {
            Event::Tick(tick) => (tick.time_msc, tick.symbol),
            _ => unreachable!("only ticks come in runs"),
        };
        if let Some(sorted) = self.sorted.take() {
            self.inputs[sorted..].sort_by_key(place);
        }
    }

    /// Takes a step.
    #[inline]
    pub fn push(&mut self, step: &Step<'_>) {
        if self.start.is_some() {
            self.sort();
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
    pub fn judge(&mut self, found: &mut Findings) {
        self.sort();
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
                let (now, then) = (executor.next_wakeup(), input.wakeup);
                let [now, then] =
                    [now, then].map(|at| at.map_or("never".to_owned(), |at| at.to_string()));
                return Err(format!(
                    "after input {seq} it wants to be woken at another moment: {now}, not {then}"
                ));
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
