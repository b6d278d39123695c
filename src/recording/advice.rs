//! What strategies in other processes answered in a recording: a run with another broker, in which
//! nobody asks the programs, answers the same questions in the same way.

use crate::domain::id::StrategyId;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::Question;
use crate::executor::event::{Advice, AdviceOutcome, Event};
use crate::recording::error::RecordingError;
use crate::recording::inputs::Item;
use crate::recording::reader::Recording;
use crate::session::ports::Advisor;
use std::collections::{BTreeMap, VecDeque};

/// The first answer to each question of a recording, by strategy and open time of the bar.
///
/// # Errors
/// When the inputs of the recording cannot be read.
pub fn recorded_answers(
    recording: &Recording,
) -> Result<BTreeMap<(StrategyId, ServerMsc), AdviceOutcome>, RecordingError> {
    let mut inputs = recording.inputs()?;
    let mut answers = BTreeMap::new();
    while let Some(item) = inputs.read()? {
        if let Item::Input { event: Event::Advice(advice), .. } = item {
            let Advice { strategy, bar_msc, outcome } = *advice;
            answers.entry((strategy, bar_msc)).or_insert(outcome);
        }
    }
    Ok(answers)
}

/// Answers from a recording, each at the moment of its question. A question that was not asked there
/// gets no answer.
#[derive(Debug)]
pub struct RecordedAdvisor {
    answers: BTreeMap<(StrategyId, ServerMsc), AdviceOutcome>,
    owed: VecDeque<(Timestamp, Advice)>,
}

impl RecordedAdvisor {
    /// The answers of a recording.
    ///
    /// # Errors
    /// When its inputs cannot be read.
    pub fn new(recording: &Recording) -> Result<Self, RecordingError> {
        Ok(Self { answers: recorded_answers(recording)?, owed: VecDeque::new() })
    }
}

impl Advisor for RecordedAdvisor {
    fn ask(&mut self, at: Timestamp, question: &Question) {
        let place = (question.strategy.clone(), question.bar.time_msc);
        if let Some(&outcome) = self.answers.get(&place) {
            let (strategy, bar_msc) = place;
            self.owed.push_back((at, Advice { strategy, bar_msc, outcome }));
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.owed.front().map(|(due, _)| *due)
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        while let Some((_, advice)) = self.owed.pop_front_if(|(due, _)| *due <= at) {
            out.push(Event::Advice(Box::new(advice)));
        }
    }
}
