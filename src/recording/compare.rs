//! Compares a replay with its recording, step by step. It keeps what the report of the first
//! difference needs, five steps on either side and the requests in flight, however long the
//! recording is.
//!
//! A tick without actions costs two comparisons of numbers. Notes are not compared, and neither are
//! texts made for people.

use crate::domain::id::{Cid, IntentKey};
use crate::domain::text::ShownPath;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, DataRequest, Note, ResultData, Trade};
use crate::executor::event::Event;
use crate::recording::divergence::{
    AROUND, Cause, Divergence, FieldDifference, Rest, StepPair, differing_fields,
};
use crate::recording::error::RecordingError;
use crate::recording::expected::{Expected, StepPlace};

use crate::recording::hash::has_actions;
use crate::recording::lines::ActionLine;
use crate::recording::matching::Matcher;
use crate::recording::reader::Recording;
use crate::recording::words::{self, Names};
use crate::session::ports::Step;
use serde_json::Value;
use std::collections::VecDeque;

/// What the clock and the comparer of a replay share.
#[derive(Debug)]
pub struct Trail {
    name: String,
    command: String,
    expected: Expected,
    names: Names,
    matcher: Matcher,
    /// The place in the recording of the event that was passed on last.
    place: StepPlace,
    before: VecDeque<StepPair>,
    divergence: Option<Divergence>,
    rest: Rest,
}

impl Trail {
    /// Starts at the beginning of a recording.
    ///
    /// # Errors
    /// When its actions cannot be read.
    pub fn new(recording: &Recording) -> Result<Self, RecordingError> {
        Ok(Self {
            name: recording.file.name.clone(),
            command: format!("tickdeck replay {}", recording.dir.shown()),
            expected: recording.expected()?,
            names: Names::new(&recording.file.symbols),
            matcher: Matcher::new(
                recording.specs.iter().map(crate::domain::symbol::SymbolSpec::point).collect(),
            ),
            place: StepPlace::default(),
            before: VecDeque::with_capacity(AROUND + 1),
            divergence: None,
            rest: Rest::default(),
        })
    }

    /// Whether a difference was found.
    #[must_use]
    pub const fn has_parted(&self) -> bool {
        self.divergence.is_some()
    }

    /// The clock passes on an input: sets the place, and returns the part of the input that
    /// concerns this executor.
    ///
    /// # Errors
    /// When the recorded actions before it cannot be read.
    pub fn input(&mut self, seq: u64, event: Event) -> Result<Option<Event>, RecordingError> {
        self.go_to(StepPlace { seq, wakeup: 0 })?;
        if self.has_parted() {
            self.skip_to(seq, None)?;
        }
        Ok(self.matcher.admit(event))
    }

    /// The last input up to which ticks may be passed as quiet runs: no actions were recorded of
    /// them. None once a difference was found, where what was recorded no longer holds.
    #[must_use]
    pub const fn quiet_until(&self) -> Option<u64> {
        if self.has_parted() { None } else { Some(self.expected.place().seq.saturating_sub(1)) }
    }

    /// The clock has passed ticks up to the input `seq` as quiet runs.
    ///
    /// # Panics
    /// If actions were recorded of one of them.
    pub fn pass(&mut self, seq: u64) {
        assert!(self.expected.place().seq > seq, "what is quiet was recorded without actions");
        self.place = StepPlace { seq, wakeup: 0 };
    }

    /// The clock passes on a recorded wakeup, which came after the input `after`.
    ///
    /// # Errors
    /// When the recorded actions before it cannot be read.
    pub fn recorded_wakeup(&mut self, after: u64) -> Result<(), RecordingError> {
        let wakeup = if after == self.place.seq { self.place.wakeup + 1 } else { 1 };
        self.go_to(StepPlace { seq: after, wakeup })
    }

    /// The clock passes on a wakeup of the executor's own.
    pub const fn own_wakeup(&mut self) {
        self.place.wakeup += 1;
    }

    /// The executor's wakeups differ from the recorded ones: this is the first difference.
    pub fn other_wakeup(
        &mut self,
        at: Timestamp,
        recorded: Option<Timestamp>,
        wanted: Option<Timestamp>,
    ) {
        let text = |at: Option<Timestamp>| at.map(|at| Value::from(at.to_string()));
        let fields = vec![FieldDifference {
            path: "wakeup".to_owned(),
            expected: text(recorded),
            got: text(wanted),
        }];
        self.part(at, "wakeup".to_owned(), (Vec::new(), Vec::new()), fields, Vec::new());
        self.rest.count(self.place.seq, false);
    }

    /// Takes a step of the replay.
    ///
    /// # Errors
    /// When the recorded actions cannot be read.
    pub fn step(&mut self, step: &Step<'_>) -> Result<(), RecordingError> {
        if let Event::Broker(_) = step.event {
            self.names.see(step.event);
        }
        if self.has_parted() {
            return self.step_apart(step);
        }
        let beside = self.expected.place() == self.place;
        if !beside && !has_actions(step.actions) {
            return Ok(());
        }
        let recorded = if beside { self.expected.pop()? } else { None };
        let at = recorded.as_ref().map_or(step.at, |line| line.at);
        let recorded = recorded.map(|line| line.actions).unwrap_or_default();
        if at == step.at && self.same_on_the_way(&recorded, step.actions) {
            self.matcher.same_step(&recorded, step.actions);
            self.remember(step, &recorded);
            return Ok(());
        }
        self.first_difference(step, at, &recorded);
        Ok(())
    }

    /// Ends the comparison at the first difference, with a run whose numbers are others after it, and says
    /// how to see it again.
    ///
    /// # Errors
    /// When the recorded actions cannot be read.
    pub fn finish_at_first(mut self, options: &str) -> Result<Option<Divergence>, RecordingError> {
        self.go_to(StepPlace { seq: u64::MAX, wakeup: 0 })?;
        let command = format!("{} {options}", self.command);
        let first = |divergence| Divergence { rest: Rest::default(), command, ..divergence };
        Ok(self.divergence.map(first))
    }

    /// Ends the comparison. Recorded steps that did not occur are differences too.
    ///
    /// # Errors
    /// When the recorded actions cannot be read.
    pub fn finish(mut self) -> Result<Option<Divergence>, RecordingError> {
        self.go_to(StepPlace { seq: u64::MAX, wakeup: 0 })?;
        if self.has_parted() {
            self.skip_to(u64::MAX, None)?;
        }
        let (news_dropped, requests_unanswered) =
            (self.matcher.news_dropped, self.matcher.unanswered());
        let rest = Rest { news_dropped, requests_unanswered, ..self.rest };
        Ok(self.divergence.map(|divergence| Divergence { rest, ..divergence }))
    }

    /// Goes on to the next event. A recorded step before it that did not occur is the first
    /// difference.
    fn go_to(&mut self, place: StepPlace) -> Result<(), RecordingError> {
        if !self.has_parted()
            && self.expected.place() < place
            && let Some(line) = self.expected.pop()?
        {
            self.place = StepPlace { seq: line.seq, wakeup: line.wakeup };
            let fields = differing_fields(&self.json(&line.actions, None), &[]);
            let texts = (self.texts(&line.actions), Vec::new());
            self.part(
                line.at,
                "a step that did not come again".to_owned(),
                texts,
                fields,
                Vec::new(),
            );
            self.rest.count(line.seq, false);
            self.matcher.recorded(line.at, &line.actions);
        }
        self.place = place;
        Ok(())
    }

    fn first_difference(&mut self, step: &Step<'_>, at: Timestamp, recorded: &[Action]) {
        let mut fields =
            differing_fields(&self.json(recorded, None), &self.json(step.actions, Some(recorded)));
        if at != step.at {
            let text = |at: Timestamp| Some(Value::from(at.to_string()));
            fields.insert(
                0,
                FieldDifference { path: "at".to_owned(), expected: text(at), got: text(step.at) },
            );
        }
        let texts = (self.texts(recorded), self.texts(step.actions));
        let causes = self.causes(step, recorded);
        self.part(step.at, words::event(&self.names, step.event), texts, fields, causes);
        self.rest.count(self.place.seq, false);
        self.matcher.recorded(at, recorded);
        self.matcher.ours(step.at, step.actions);
    }

    fn part(
        &mut self,
        at: Timestamp,
        event: String,
        texts: (Vec<String>, Vec<String>),
        fields: Vec<FieldDifference>,
        causes: Vec<Cause>,
    ) {
        self.matcher.part();
        self.divergence = Some(Divergence {
            recording: self.name.clone(),
            seq: self.place.seq,
            wakeup: self.place.wakeup,
            at,
            event,
            expected: texts.0,
            got: texts.1,
            fields,
            causes,
            before: self.before.drain(..).collect(),
            after: Vec::new(),
            rest: Rest::default(),
            command: self.command.clone(),
        });
    }

    /// Takes a step after the first difference, and compares it with the recorded one at the same
    /// place, if there is one.
    fn step_apart(&mut self, step: &Step<'_>) -> Result<(), RecordingError> {
        let is_wakeup = matches!(step.event, Event::Wakeup);
        self.skip_to(self.place.seq, is_wakeup.then_some(step.at))?;
        let head = self.expected.place();
        let beside = head.seq == self.place.seq
            && (head.wakeup > 0) == is_wakeup
            && (!is_wakeup || self.expected.at() == Some(step.at));
        let recorded = if beside { self.expected.pop()? } else { None };
        if recorded.is_none() && !has_actions(step.actions) {
            return Ok(());
        }
        let at = recorded.as_ref().map_or(step.at, |line| line.at);
        let recorded = recorded.map(|line| line.actions).unwrap_or_default();
        let one_sided = has_actions(&recorded) != has_actions(step.actions);
        let is_counted = one_sided
            && [&recorded, step.actions]
                .into_iter()
                .all(|actions| self.matcher.questions.are_open(actions));
        self.matcher.recorded(at, &recorded);
        self.matcher.ours(step.at, step.actions);
        if is_counted {
            return Ok(());
        }
        let same = at == step.at && self.same_apart(&recorded, step.actions);
        self.tally(StepPair {
            seq: self.place.seq,
            at,
            same,
            expected: self.texts(&recorded),
            got: self.texts(step.actions),
        });
        Ok(())
    }

    /// Skips recorded steps before the input `seq` or, after that input, before the moment of a
    /// wakeup: they did not occur.
    fn skip_to(&mut self, seq: u64, wakeup: Option<Timestamp>) -> Result<(), RecordingError> {
        loop {
            let head = self.expected.place();
            let behind = head.seq < seq
                || (head.seq == seq
                    && wakeup.is_some_and(|now| {
                        head.wakeup == 0 || self.expected.at().is_some_and(|at| at < now)
                    }));
            if !behind {
                return Ok(());
            }
            let Some(ActionLine { seq, at, actions, .. }) = self.expected.pop()? else {
                return Ok(());
            };
            let is_counted = self.matcher.questions.are_open(&actions);
            self.matcher.recorded(at, &actions);
            if is_counted {
                continue;
            }
            self.tally(StepPair {
                seq,
                at,
                same: false,
                expected: self.texts(&actions),
                got: Vec::new(),
            });
        }
    }

    fn tally(&mut self, pair: StepPair) {
        self.rest.count(pair.seq, pair.same);
        if let Some(divergence) = &mut self.divergence
            && divergence.after.len() < AROUND
        {
            divergence.after.push(pair);
        }
    }

    fn remember(&mut self, step: &Step<'_>, recorded: &[Action]) {
        let texts = self.texts(recorded);
        self.before.push_back(StepPair {
            seq: self.place.seq,
            at: step.at,
            same: true,
            expected: texts.clone(),
            got: texts,
        });
        if self.before.len() > AROUND {
            self.before.pop_front();
        }
    }

    fn same_on_the_way(&self, recorded: &[Action], ours: &[Action]) -> bool {
        let ours = ours.iter().filter(|action| !matches!(action, Action::Note(_)));
        recorded.len() == ours.clone().count()
            && recorded.iter().zip(ours).all(|pair| match pair {
                (Action::Trade(a), Action::Trade(b)) => {
                    self.matcher.keys_agree(a.key, b.key)
                        && **a == (Trade { key: a.key, ..(**b).clone() })
                }
                (a, b) => comparable(a) == comparable(b),
            })
    }

    fn same_apart(&self, recorded: &[Action], ours: &[Action]) -> bool {
        let ours = ours.iter().filter(|action| !matches!(action, Action::Note(_)));
        recorded.len() == ours.clone().count()
            && recorded
                .iter()
                .zip(ours)
                .all(|(a, b)| comparable(a) == comparable(&self.as_recorded(b)))
    }

    /// An action of ours with the numbers and keys of the recording.
    fn as_recorded(&self, action: &Action) -> Action {
        let mut action = action.clone();
        match &mut action {
            Action::Trade(trade) => {
                let (cid, key) = self.matcher.as_recorded(trade.cid, trade.key);
                (trade.cid, trade.key) = (cid.unwrap_or(Cid(0)), key);
            }
            Action::Report(report) => {
                if let crate::executor::action::Report::Alert(alert) = &mut **report {
                    alert.cid = alert.cid.map(|cid| {
                        self.matcher.as_recorded(cid, IntentKey([0; 16])).0.unwrap_or(Cid(0))
                    });
                }
            }
            Action::Data(
                DataRequest::Bars { id, .. }
                | DataRequest::Snapshot { id, .. }
                | DataRequest::Subscribe { id, .. },
            ) => {
                *id = self.matcher.questions.as_recorded(*id);
            }
            Action::Ask(_) | Action::Result(_) | Action::Note(_) => {}
        }
        action
    }

    /// Actions as JSON for the list of fields. A key of ours that may stand for the one in `beside`
    /// is shown as that one.
    fn json(&self, actions: &[Action], beside: Option<&[Action]>) -> Vec<Value> {
        let actions = actions.iter().filter(|action| !matches!(action, Action::Note(_)));
        let beside = beside.unwrap_or_default().iter().map(Some).chain(std::iter::repeat(None));
        let one = |(action, beside): (&Action, Option<&Action>)| {
            let mut action = comparable(action);
            if let (Action::Trade(ours), Some(Action::Trade(recorded))) = (&mut action, beside)
                && self.matcher.keys_agree(recorded.key, ours.key)
            {
                ours.key = recorded.key;
            }
            serde_json::to_value(action).unwrap_or_default()
        };
        actions.zip(beside).map(one).collect()
    }

    fn texts(&self, actions: &[Action]) -> Vec<String> {
        let actions = actions.iter().filter(|action| !matches!(action, Action::Note(_)));
        actions.map(|action| words::action(&self.names, action)).collect()
    }

    /// The evaluations of the step by the strategies whose actions differ; all of them when no
    /// strategy is named.
    fn causes(&self, step: &Step<'_>, recorded: &[Action]) -> Vec<Cause> {
        let concerned: Vec<&str> =
            recorded.iter().chain(step.actions).filter_map(strategy).collect();
        let notes = step.actions.iter().filter_map(|action| match action {
            Action::Note(note) => Some(note),
            _ => None,
        });
        let causes = notes.map(|note| self.cause(step.executor, note, step.actions));
        causes
            .filter(|cause| {
                cause
                    .strategy
                    .as_deref()
                    .is_none_or(|id| concerned.is_empty() || concerned.contains(&id))
            })
            .take(AROUND)
            .collect()
    }

    fn cause(&self, executor: &Executor, note: &Note, actions: &[Action]) -> Cause {
        let explanation = executor.explain(note);
        let strategy_id = explanation.as_ref().map(|it| it.strategy.to_string());
        let request = actions.iter().find(|action| {
            matches!(action, Action::Trade(_)) && strategy(action) == strategy_id.as_deref()
        });
        let (bars, operands, rule) = match explanation {
            Some(it) => {
                (Some(format!("{} {}", it.symbol, it.timeframe.name())), it.operands, Some(it.rule))
            }
            None => (None, Vec::new(), None),
        };
        Cause {
            strategy: strategy_id,
            bars,
            bar: note.bar_msc.to_string(),
            operands,
            rule,
            verdict: words::word(&note.verdict),
            request: request.map(|action| words::action(&self.names, action)),
        }
    }
}

/// An action without what is not compared: texts made for people.
fn comparable(action: &Action) -> Action {
    let mut action = action.clone();
    if let Action::Result(result) = &mut action
        && let ResultData::Field { reason, .. } = &mut result.data
    {
        reason.clear();
    }
    action
}

fn strategy(action: &Action) -> Option<&str> {
    use crate::executor::action::Report;
    Some(match action {
        Action::Trade(trade) => trade.owner.name(),
        Action::Ask(question) => question.strategy.as_str(),
        Action::Result(result) => result.strategy.as_ref()?.as_str(),
        Action::Report(report) => match &**report {
            Report::Opened(one) => one.owner.name(),
            Report::Changed(one) => one.owner.name(),
            Report::Closed(one) => one.owner.name(),
            Report::Alert(one) => one.strategy.as_ref()?.as_str(),
        },
        Action::Data(_) | Action::Note(_) => return None,
    })
}
