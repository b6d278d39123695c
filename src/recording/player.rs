//! Replays a recording: a clock that brings its inputs, a broker that answers nothing by itself
//! (the recorded answers are inputs), and a journal that compares. The loop is the usual one,
//! `session::run`.
//!
//! Up to the first difference the recorded order holds, including wakeups. From then on the
//! executor's own wakeups come at their times, the recorded ones are left out, and the broker's
//! news pass through [`matching`](crate::recording::matching). [`FreshComparer`] compares a run
//! with another broker.

use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::Event;
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use crate::recording::compare::Trail;
use crate::recording::divergence::Divergence;
use crate::recording::error::RecordingError;
use crate::recording::files;
use crate::recording::hash::StepHasher;
use crate::recording::inputs::{Ahead, Inputs, Item};
use crate::recording::reader::Recording;
use crate::session::ports::{
    Advisor, Broker, Clock, Heard, Journal, Next, Passed, PortError, RunReceiver, Step,
};
use crate::session::run::run;
use std::cell::RefCell;
use std::rc::Rc;

/// The outcome of a replay.
#[derive(Debug)]
pub struct ReplayOutcome {
    /// The number of inputs taken.
    pub inputs: u64,
    /// The number of steps with at least one action that is hashed.
    pub steps: u64,
    /// The hash of the replay's own steps.
    pub actions_hash: crate::domain::id::ContentHash,
    /// The first difference, if there is one.
    pub divergence: Option<Divergence>,
}

/// Replays a recording with its own answers. `also` gets every step too: a journal that records the
/// replay, or one that looks for something in it.
///
/// # Errors
/// When a file of the recording cannot be read, or `also` cannot be written.
pub fn replay<J: Journal>(
    recording: &Recording,
    executor: &mut Executor,
    also: &mut J,
) -> Result<ReplayOutcome, PortError> {
    replay_asking(recording, executor, &mut (), also)
}

/// As [`replay`]. What strategies in other processes have answered is in the recording; `advisor` gets
/// their questions too, and must owe nothing.
///
/// # Errors
/// As [`replay`].
pub fn replay_asking<A: Advisor, J: Journal>(
    recording: &Recording,
    executor: &mut Executor,
    advisor: &mut A,
    also: &mut J,
) -> Result<ReplayOutcome, PortError> {
    let (mut clock, comparer) = player(recording)?;
    clock.go_on_from(executor.now(), recording)?;
    let mut journal = (comparer, also);
    let inputs = run(executor, &mut clock, &mut Silent, advisor, &mut (), &mut journal)?;
    drop(clock);
    let (steps, actions_hash, divergence) = journal.0.finish()?;
    Ok(ReplayOutcome { inputs, steps, actions_hash, divergence })
}

/// The clock and the journal of a replay.
///
/// # Errors
/// When a file of the recording cannot be opened.
pub fn player(recording: &Recording) -> Result<(RecordedClock, Comparer), RecordingError> {
    let trail = Rc::new(RefCell::new(Trail::new(recording)?));
    let clock = RecordedClock {
        source: Source::open(recording)?,
        trail: Rc::clone(&trail),
        begins_at: START,
        last_at: START,
        end_at: START,
        is_live: recording.is_live(),
        given: Event::Wakeup,
    };
    Ok((clock, Comparer { trail, hasher: StepHasher::default() }))
}

const START: Timestamp = Timestamp::from_nanos(i64::MIN);

/// The recorded inputs, with the next one in view.
#[derive(Debug)]
struct Source {
    inputs: Inputs,
    next: Option<Ahead>,
}

impl Source {
    fn open(recording: &Recording) -> Result<Self, RecordingError> {
        let mut inputs = recording.inputs()?;
        let next = inputs.look()?;
        Ok(Self { inputs, next })
    }

    fn take(&mut self) -> Result<Option<Item>, RecordingError> {
        let taken = match self.next.take() {
            None => return Ok(None),
            Some(Ahead::Item(item)) => item,
            Some(Ahead::Tick { .. }) => self.inputs.take_tick()?,
        };
        self.next = self.inputs.look()?;
        Ok(Some(taken))
    }

    /// The moment of the next input; none before a wakeup or at the end.
    const fn input_at(&self) -> Option<Timestamp> {
        match &self.next {
            Some(Ahead::Item(Item::Input { at, .. }) | Ahead::Tick { at }) => Some(*at),
            Some(Ahead::Item(Item::Wakeup { .. })) | None => None,
        }
    }

    /// Whether the next input comes from the broker.
    const fn is_from_broker(&self) -> bool {
        matches!(
            &self.next,
            Some(Ahead::Item(Item::Input { event: Event::Broker(_) | Event::Bars(_), .. }))
        )
    }

    /// Skips recorded wakeups and returns the moment of the last.
    fn pass_wakeups(&mut self) -> Result<Option<Timestamp>, RecordingError> {
        let mut last = None;
        while let Some(Ahead::Item(Item::Wakeup { at, .. })) = &self.next {
            last = Some(*at);
            self.take()?;
        }
        Ok(last)
    }

    /// Whether `deadline` comes before the next input, at `at`: at one moment news of the broker
    /// come first, then a due wakeup, then everything else (session 2).
    fn is_due(&self, deadline: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
        let is_first =
            |deadline: &Timestamp| *deadline < at || (*deadline == at && !self.is_from_broker());
        deadline.filter(is_first)
    }
}

/// Brings the recorded inputs in the recorded order, until the executor acts differently.
#[derive(Debug)]
pub struct RecordedClock {
    source: Source,
    trail: Rc<RefCell<Trail>>,
    /// The executor's moment at the beginning.
    begins_at: Timestamp,
    last_at: Timestamp,
    /// The last moment of the recording, as far as it is known: no wakeup comes after it.
    end_at: Timestamp,
    /// Whether the recording is of a live session.
    is_live: bool,
    /// The input last given.
    given: Event,
}

/// What comes next, before the input is lent out.
enum Turn {
    Input,
    Deadline,
    End,
}

impl RecordedClock {
    /// Starts with an executor at the moment `now`; nothing may come before it.
    fn go_on_from(&mut self, now: Timestamp, recording: &Recording) -> Result<(), RecordingError> {
        self.begins_at = now;
        let Some(
            Ahead::Item(Item::Input { at, .. } | Item::Wakeup { at, .. }) | Ahead::Tick { at },
        ) = &self.source.next
        else {
            return Ok(());
        };
        if *at >= now {
            return Ok(());
        }
        let file = if recording.state.is_some() { files::STATE } else { files::INPUTS };
        let message = format!(
            "the executor begins at {now} and the first input is of {at}: time must not go back"
        );
        Err(RecordingError::text(&recording.dir.join(file), None, message))
    }

    fn next_recorded(
        &mut self,
        deadline: Option<Timestamp>,
    ) -> Result<Option<Turn>, RecordingError> {
        if let Some(Ahead::Item(Item::Wakeup { after, at, due })) = &self.source.next {
            let (after, at, due) = (*after, *at, *due);
            if deadline != Some(due) {
                let first = deadline.map_or(at, |deadline| deadline.min(at));
                self.trail.borrow_mut().other_wakeup(first, Some(due), deadline);
                return Ok(None);
            }
            self.source.take()?;
            self.trail.borrow_mut().recorded_wakeup(after)?;
            self.last_at = at;
            return Ok(Some(Turn::Deadline));
        }
        let Some(at) = self.source.input_at() else { return Ok(Some(Turn::End)) };
        // Further inputs at the moment of the previous step may come first. Live, what lay in the inbox goes before
        // a deadline that has passed meanwhile, and the deadline comes at that moment.
        let missed = deadline.filter(|deadline| {
            let is_due = if self.is_live { *deadline <= self.last_at } else { *deadline < at };
            is_due && self.last_at < at
        });
        if let Some(deadline) = missed {
            self.trail.borrow_mut().other_wakeup(deadline, None, Some(deadline));
            return Ok(None);
        }
        self.give_input()
    }

    fn give_input(&mut self) -> Result<Option<Turn>, RecordingError> {
        let Some(Item::Input { seq, at, event }) = self.source.take()? else { return Ok(None) };
        self.last_at = at;
        let Some(event) = self.trail.borrow_mut().input(seq, event)? else { return Ok(None) };
        self.given = event;
        Ok(Some(Turn::Input))
    }

    fn next_by_time(&mut self, deadline: Option<Timestamp>) -> Result<Turn, RecordingError> {
        loop {
            self.end_at = self.source.pass_wakeups()?.unwrap_or(self.end_at).max(self.last_at);
            let due = match self.source.input_at() {
                Some(at) => self.source.is_due(deadline, at),
                None => deadline.filter(|deadline| *deadline <= self.end_at),
            };
            if let Some(due) = due {
                self.last_at = due.max(self.last_at).max(self.begins_at);
                self.trail.borrow_mut().own_wakeup();
                return Ok(Turn::Deadline);
            }
            if self.source.next.is_none() {
                return Ok(Turn::End);
            }
            if let Some(next) = self.give_input()? {
                return Ok(next);
            }
        }
    }
}

impl Clock for RecordedClock {
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        let parted = self.trail.borrow().has_parted();
        let recorded = if parted { None } else { self.next_recorded(deadline)? };
        let turn = match recorded {
            Some(turn) => turn,
            None => self.next_by_time(deadline)?,
        };
        Ok(match turn {
            Turn::Input => Next::Event(self.last_at, &self.given),
            Turn::Deadline => Next::Deadline(self.last_at),
            Turn::End => Next::End,
        })
    }

    /// Until the executor acts differently: up to the next recorded line, or the next recorded
    /// action.
    fn pass_quiet<R: RunReceiver>(
        &mut self,
        deadline: Option<Timestamp>,
        receiver: &mut R,
    ) -> Result<(), PortError> {
        if !matches!(self.source.next, Some(Ahead::Tick { .. })) {
            return Ok(());
        }
        let Some(seq_max) = self.trail.borrow().quiet_until() else { return Ok(()) };
        let until = deadline.unwrap_or(Timestamp::from_nanos(i64::MAX));
        let passed = self.source.inputs.pass_quiet(until, seq_max, receiver)?;
        if let Some((seq, at)) = passed {
            self.trail.borrow_mut().pass(seq);
            self.last_at = at;
            self.source.next = self.source.inputs.look()?;
        }
        Ok(())
    }
}

/// Compares a fresh run over recorded inputs with the recording, up to the first difference. After
/// it, answers have other numbers, and nothing says which belong together.
#[derive(Debug)]
pub struct FreshComparer {
    trail: Trail,
    hasher: StepHasher,
}

impl FreshComparer {
    /// Starts at the beginning of a recording.
    ///
    /// # Errors
    /// When its actions cannot be read.
    pub fn new(recording: &Recording) -> Result<Self, RecordingError> {
        Ok(Self { trail: Trail::new(recording)?, hasher: StepHasher::default() })
    }

    /// The outcome of the run, after so many `inputs`.
    ///
    /// # Errors
    /// When the recorded actions cannot be read to their end.
    pub fn finish(self, inputs: u64) -> Result<ReplayOutcome, RecordingError> {
        let (steps, actions_hash) = (self.hasher.steps(), self.hasher.hash());
        Ok(ReplayOutcome {
            inputs,
            steps,
            actions_hash,
            divergence: self.trail.finish_at_first("--broker sim")?,
        })
    }
}

impl Journal for FreshComparer {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.hasher.push(step.input_seq, step.at, step.actions);
        if self.trail.has_parted() {
            return Ok(());
        }
        match step.event {
            Event::Wakeup => self.trail.recorded_wakeup(step.input_seq)?,
            event => drop(self.trail.input(step.input_seq, event.clone())?),
        }
        Ok(self.trail.step(step)?)
    }
}

/// Compares each step with the recorded one.
#[derive(Debug)]
pub struct Comparer {
    trail: Rc<RefCell<Trail>>,
    hasher: StepHasher,
}

impl Comparer {
    /// The number of hashed steps, their hash, and the first difference.
    ///
    /// # Errors
    /// When the recorded actions cannot be read to their end.
    ///
    /// # Panics
    /// If the clock of the same replay still exists.
    pub fn finish(
        self,
    ) -> Result<(u64, crate::domain::id::ContentHash, Option<Divergence>), RecordingError> {
        let trail = Rc::into_inner(self.trail).map(RefCell::into_inner);
        let divergence = trail.expect("the clock is gone before the comparer ends").finish()?;
        Ok((self.hasher.steps(), self.hasher.hash(), divergence))
    }
}

impl Journal for Comparer {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.hasher.push(step.input_seq, step.at, step.actions);
        Ok(self.trail.borrow_mut().step(step)?)
    }

    fn takes_runs(&self) -> bool {
        true
    }

    /// The clock passes runs only where no actions were recorded.
    fn pass(&mut self, _passed: &Passed<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

/// A broker that answers nothing by itself.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Broker for Silent {
    fn tick(&mut self, _at: Timestamp, _tick: &Tick, _out: &mut Vec<Event>) -> Heard {
        Heard::Yes
    }
    fn quiet(&self, _symbol: SymbolId) -> Quiet {
        Quiet::EVER
    }
    fn pass(&mut self, _run: &Run<'_>) -> Heard {
        Heard::Yes
    }
    fn send(&mut self, _at: Timestamp, _trade: &Trade) {}
    fn ask(&mut self, _at: Timestamp, _request: &DataRequest) {}
    fn next_due(&self) -> Option<Timestamp> {
        None
    }
    fn owed(&mut self, _at: Timestamp, _out: &mut Vec<Event>) {}
}
