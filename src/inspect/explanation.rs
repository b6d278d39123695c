//! Why there was (no) trade at a moment: finds the evaluation of the bar that contains it, with its
//! neighbours. It keeps only a few evaluations, however long the recording is.

use crate::domain::time::ServerMsc;
use crate::executor::action::{Note, Verdict};
use crate::executor::event::Event;
use crate::inspect::evaluation::{Evaluation, notes};
use crate::market::timeframe::Timeframe;
use crate::session::ports::{Journal, PortError, Step};
use std::collections::{BTreeSet, VecDeque};

/// The number of evaluations shown on either side.
const NEIGHBOURS: usize = 2;

/// The journal that searches.
#[derive(Debug)]
pub struct EvaluationSearch {
    strategy: String,
    time_msc: ServerMsc,
    /// All strategies that were evaluated, for messages when another one was asked for.
    pub strategies: BTreeSet<String>,
    /// Evaluations of bars before the moment, the nearest last.
    pub before: VecDeque<Evaluation>,
    /// The evaluation of the bar that contains the moment.
    pub found: Option<Evaluation>,
    has_entered: bool,
    /// The time of the last tick.
    now_msc: ServerMsc,
    /// Evaluations of bars after the moment, the nearest first.
    pub after: Vec<Evaluation>,
    /// The open time of the first evaluated bar, and the end of the last.
    pub span: Option<(ServerMsc, ServerMsc)>,
}

impl EvaluationSearch {
    /// Looks for the bar of `strategy` that contains a server time.
    #[must_use]
    pub fn new(strategy: &str, time_msc: ServerMsc) -> Self {
        let strategies = BTreeSet::new();
        Self {
            strategy: strategy.to_owned(),
            time_msc,
            strategies,
            before: VecDeque::new(),
            found: None,
            now_msc: time_msc,
            has_entered: false,
            after: Vec::new(),
            span: None,
        }
    }

    fn take(&mut self, step: &Step<'_>, note: &Note, timeframe: Timeframe) {
        let (open, end) = timeframe.span(note.bar_msc);
        self.span = Some((self.span.map_or(open, |(first, _)| first), end));
        if end <= self.time_msc {
            // What came of a question stands in its place.
            let is_asked = |one: &Evaluation| is_answered(one, note);
            if self.before.back().is_some_and(is_asked) {
                self.before.pop_back();
            }
            self.before.push_back(Evaluation::of(step, note));
            if self.before.len() > NEIGHBOURS {
                self.before.pop_front();
            }
        } else if open <= self.time_msc {
            // While its bar forms a strategy may be evaluated again and again: the evaluation that
            // entered counts, or else the last one up to the moment.
            let is_before = self.now_msc <= self.time_msc;
            let (enters, has_entered) = (note.verdict.is_entry(), self.has_entered);
            let is_asked = self.found.as_ref().is_some_and(|one| is_answered(one, note));
            if self.found.is_none()
                || is_asked
                || (is_before && !has_entered)
                || (enters && !has_entered)
            {
                self.found = Some(Evaluation::of(step, note));
                self.has_entered = enters;
            }
        } else if self.after.last().is_some_and(|one| is_answered(one, note)) {
            self.after.pop();
            self.after.push(Evaluation::of(step, note));
        } else if self.after.len() < NEIGHBOURS {
            self.after.push(Evaluation::of(step, note));
        }
    }
}

/// Whether an evaluation is the question of whose answer a note tells.
fn is_answered(asked: &Evaluation, note: &Note) -> bool {
    asked.verdict == Verdict::Asked && asked.bar == note.bar_msc.to_string()
}

impl Journal for EvaluationSearch {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if let Event::Tick(tick) = step.event {
            self.now_msc = tick.time_msc;
        }
        for note in notes(step, None) {
            let Some((id, timeframe)) = step.executor.judged(note) else { continue };
            if id.as_str() == self.strategy {
                self.take(step, note, timeframe);
            }
            if !self.strategies.contains(id.as_str()) {
                self.strategies.insert(id.to_string());
            }
        }
        Ok(())
    }
}
