//! The programs of a run, one for each strategy.

use super::lost::Lost;
use super::program::RunningProgram;
use crate::domain::id::StrategyId;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::executor::action::Question;
use crate::executor::event::{Advice, AdviceFailure, AdviceOutcome, Event};
use crate::session::ports::Advisor;
use crate::wire::advice;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

/// The programs of a run, one for each strategy, each answering at the moment of its question.
#[derive(Debug)]
pub struct Programs {
    /// The folder in which they run.
    dir: PathBuf,
    running: BTreeMap<StrategyId, RunningProgram>,
    /// The number of the last question.
    asked: u64,
    owed: VecDeque<(Timestamp, Advice)>,
    remarks: Vec<String>,
}

/// More remarks are not kept.
const REMARKS_MAX: usize = 20;

impl Programs {
    /// Programs that will run in a folder; none is started yet.
    #[must_use]
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir, running: BTreeMap::new(), asked: 0, owed: VecDeque::new(), remarks: Vec::new() }
    }

    /// Asks a program and waits for its answer, no longer than its deadline.
    pub fn answer(&mut self, question: &Question) -> AdviceOutcome {
        self.asked += 1;
        match self.try_answer(question) {
            Ok(outcome) => outcome,
            Err(lost) => {
                let command = question.command.join(" ");
                let command = text::line(&command);
                let strategy = text::name(question.strategy.as_str());
                if self.remarks.len() < REMARKS_MAX {
                    let remark = format!("{strategy}: the program `{command}` {}", lost.reason);
                    self.remarks.push(remark);
                }
                if lost.failure != AdviceFailure::Silent {
                    self.running.remove(&question.strategy);
                }
                AdviceOutcome::Failed(lost.failure)
            }
        }
    }

    fn try_answer(&mut self, question: &Question) -> Result<AdviceOutcome, Lost> {
        let strategy = &question.strategy;
        let is_same =
            |program: &RunningProgram| !question.begins && *program.command() == question.command;
        let is_fresh = !self.running.get(strategy).is_some_and(is_same);
        if is_fresh {
            // The one before ends first: two would be one too many where it holds a file.
            drop(self.running.remove(strategy));
            let started = RunningProgram::start(&question.command, &self.dir)?;
            self.running.insert(strategy.clone(), started);
        }
        let program = self.running.get_mut(strategy).expect("it was started");
        let line = advice::line(self.asked, question, is_fresh);
        program.ask(self.asked, line, question.deadline_ms).map(AdviceOutcome::Wants)
    }

    /// What went wrong with programs since this was last asked, for people.
    pub fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    /// What went wrong with programs, for people: the first few.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

impl Advisor for Programs {
    fn ask(&mut self, at: Timestamp, question: &Question) {
        let (strategy, bar_msc) = (question.strategy.clone(), question.bar.time_msc);
        let outcome = self.answer(question);
        self.owed.push_back((at, Advice { strategy, bar_msc, outcome }));
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
