//! Strategies in other processes, asked while the session goes on: each program has a thread that waits for it, and its
//! answer comes by the inbox.

use super::teller::Teller;
use crate::domain::id::StrategyId;
use crate::domain::time::Timestamp;
use crate::executor::action::Question;
use crate::executor::event::{Advice, AdviceFailure, AdviceOutcome, Event};
use crate::live::inbox::Incoming;
use crate::process::{self, Programs};
use crate::session::ports::Advisor;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::Builder;
use std::time::Duration;

/// Asks the programs of a live session.
#[derive(Debug)]
pub struct LiveAdvisor {
    /// The folder in which programs run.
    dir: PathBuf,
    inbox: SyncSender<Incoming>,
    teller: Teller,
    /// To the thread of each program.
    asking: BTreeMap<StrategyId, SyncSender<Question>>,
    /// Answers for those that cannot be asked.
    unasked: Vec<Event>,
    at: Timestamp,
    /// Held by each thread as long as it lives, and by this.
    lives: Option<SyncSender<()>>,
    ended: Receiver<()>,
}

/// How long programs may take to end by themselves.
const FAREWELL: Duration = Duration::from_secs(3);

impl LiveAdvisor {
    /// Programs that will run in a folder and answer into an inbox; none is started yet.
    #[must_use]
    pub fn new(dir: PathBuf, inbox: SyncSender<Incoming>, teller: Teller) -> Self {
        let (lives, ended) = sync_channel(1);
        Self {
            dir,
            inbox,
            teller,
            asking: BTreeMap::new(),
            unasked: Vec::new(),
            at: Timestamp::from_nanos(0),
            lives: Some(lives),
            ended,
        }
    }

    /// Hands a question to the thread of its program. One that is still asked something else is silent.
    fn hand_over(&mut self, question: &Question) -> Result<(), AdviceFailure> {
        if !self.asking.contains_key(&question.strategy) {
            let asking = self.begin().map_err(|error| {
                self.teller.note(&format!("no thread for {}: {error}", question.strategy.as_str()));
                AdviceFailure::Gone
            })?;
            self.asking.insert(question.strategy.clone(), asking);
        }
        let asking = &self.asking[&question.strategy];
        asking.try_send(question.clone()).map_err(|_| AdviceFailure::Silent)
    }

    fn begin(&self) -> io::Result<SyncSender<Question>> {
        // One may wait; that an answer comes too late is for the executor to judge.
        let (sender, questions) = sync_channel(1);
        let (inbox, teller, lives) = (self.inbox.clone(), self.teller.clone(), self.lives.clone());
        let programs = Programs::new(self.dir.clone());
        Builder::new().name("program".to_owned()).spawn(move || {
            answer(programs, &questions, &inbox, &teller);
            drop(lives);
        })?;
        Ok(sender)
    }
}

/// Asks a program what is to be asked, until the session ends.
fn answer(
    mut programs: Programs,
    questions: &Receiver<Question>,
    inbox: &SyncSender<Incoming>,
    teller: &Teller,
) {
    for question in questions {
        let outcome = programs.answer(&question);
        programs.take_remarks().iter().for_each(|remark| teller.note(remark));
        if inbox.send(Incoming::Event(advice(&question, outcome))).is_err() {
            return;
        }
    }
}

fn advice(question: &Question, outcome: AdviceOutcome) -> Event {
    let (strategy, bar_msc) = (question.strategy.clone(), question.bar.time_msc);
    Event::Advice(Box::new(Advice { strategy, bar_msc, outcome }))
}

impl Drop for LiveAdvisor {
    /// Programs are asked no more, which ends them; those that are still busy are killed.
    fn drop(&mut self) {
        self.asking.clear();
        self.lives = None;
        if self.ended.recv_timeout(FAREWELL) == Err(RecvTimeoutError::Timeout) {
            process::end_all();
        }
    }
}

impl Advisor for LiveAdvisor {
    fn ask(&mut self, at: Timestamp, question: &Question) {
        if let Err(failure) = self.hand_over(question) {
            self.unasked.push(advice(question, AdviceOutcome::Failed(failure)));
            self.at = at;
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        (!self.unasked.is_empty()).then_some(self.at)
    }

    fn owed(&mut self, _at: Timestamp, out: &mut Vec<Event>) {
        out.append(&mut self.unasked);
    }
}
