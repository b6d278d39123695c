//! Decides which of our requests for data corresponds to which recorded one after the paths of a
//! replay parted (session 6).
//!
//! A recorded answer is for a request of ours that asks for the same and was made no later than the
//! recorded one: what was read earlier does not answer it. An answer to any other request is
//! dropped. No answer is ever made up.

use crate::domain::id::DataId;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Action, DataRequest};
use crate::executor::event::{BrokerEvent, Event};
use crate::recording::read_history::ReadHistory;
use std::collections::BTreeMap;

/// Pairs requests for data, and readdresses the recorded answers.
#[derive(Debug, Default)]
pub struct Questions {
    /// The last request number that is the same on both sides; none while the paths are still
    /// common.
    parted_at: Option<DataId>,
    last: DataId,
    /// Our requests that no recorded answer covers so far, each as it was last made.
    ours: Vec<DataRequest>,
    /// Recorded requests of the moment `recorded_at` that have no partner.
    recorded: Vec<DataRequest>,
    recorded_at: Timestamp,
    /// Partners by the recorded number.
    partners: BTreeMap<DataId, Partner>,
    recorded_of: BTreeMap<DataId, DataId>,
    history: ReadHistory,
}

/// The request of ours that a recorded answer goes to.
#[derive(Debug, Clone, Copy)]
struct Partner {
    id: DataId,
    /// The start of the history that our request wants, if it is earlier than that of the recorded
    /// one.
    since_msc: Option<ServerMsc>,
}

impl Questions {
    /// Takes the requests of a step that is the same on both sides.
    pub fn same_step(&mut self, actions: &[Action]) {
        for question in questions(actions) {
            self.last = self.last.max(question.id());
            self.note(question);
        }
    }

    /// From here on, requests are matched by what they ask for.
    pub fn part(&mut self) {
        self.parted_at.get_or_insert(self.last);
    }

    /// Takes the recorded requests of a moment, after the paths parted.
    pub fn recorded(&mut self, at: Timestamp, actions: &[Action]) {
        for question in questions(actions) {
            self.note(question);
            match self.ours.iter().position(|ours| covers(question, ours)) {
                Some(place) => {
                    let ours = self.ours.remove(place);
                    self.pair(question, &ours);
                }
                None => self.recorded_now(at).push(question.clone()),
            }
        }
    }

    /// Takes the executor's requests of a moment, after the paths parted.
    pub fn ours(&mut self, at: Timestamp, actions: &[Action]) {
        for question in questions(actions) {
            self.ours.retain(|before| !covers(question, before));
            match self.recorded_now(at).iter().position(|recorded| covers(recorded, question)) {
                Some(place) => {
                    let recorded = self.recorded.remove(place);
                    self.pair(&recorded, question);
                }
                None => self.ours.push(question.clone()),
            }
        }
    }

    /// Whether a step on either side only repeats requests of ours that no recorded answer covers.
    /// However often they are made, and by which side, they are one difference, which has been
    /// counted.
    #[must_use]
    pub fn are_open(&self, actions: &[Action]) -> bool {
        actions.iter().all(|action| match action {
            Action::Note(_) => true,
            Action::Data(question) => self.ours.iter().any(|ours| covers(question, ours)),
            Action::Trade(_) | Action::Ask(_) | Action::Result(_) | Action::Report(_) => false,
        })
    }

    /// The number of our requests that no recorded answer covers, repetitions not counted.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.ours.len() as u64
    }

    /// The recorded number of a request of ours; its own number while it has no partner.
    #[must_use]
    pub fn as_recorded(&self, id: DataId) -> DataId {
        self.recorded_of.get(&id).copied().unwrap_or(id)
    }

    /// A recorded event as the answer to a request of ours; none when it answers a request that was
    /// not made here.
    pub fn admit(&mut self, mut event: Event) -> Option<Event> {
        if let Event::Broker(BrokerEvent::Snapshot(reading)) = &event {
            self.history.take(reading);
        }
        let id = match &mut event {
            Event::Bars(bars) => &mut bars.id,
            Event::Broker(BrokerEvent::Snapshot(snapshot)) => &mut snapshot.id,
            Event::Broker(BrokerEvent::NoSymbol(none)) => &mut none.id,
            _ => return Some(event),
        };
        if self.parted_at.is_none_or(|parted_at| *id <= parted_at) {
            return Some(event);
        }
        let partner = self.partners.get(id)?;
        *id = partner.id;
        if let (Event::Broker(BrokerEvent::Snapshot(reading)), Some(since_msc)) =
            (&mut event, partner.since_msc)
        {
            self.history.reach_back(reading, since_msc);
        }
        Some(event)
    }

    /// The recorded requests of this moment; those of an earlier one are dropped.
    fn recorded_now(&mut self, at: Timestamp) -> &mut Vec<DataRequest> {
        if self.recorded_at != at {
            self.recorded.clear();
            self.recorded_at = at;
        }
        &mut self.recorded
    }

    fn note(&mut self, recorded: &DataRequest) {
        if let Some(since_msc) = since(recorded) {
            self.history.ask(recorded.id(), since_msc);
        }
    }

    fn pair(&mut self, recorded: &DataRequest, ours: &DataRequest) {
        let since_msc = since(ours).filter(|since_msc| since(recorded) > Some(*since_msc));
        self.partners.insert(recorded.id(), Partner { id: ours.id(), since_msc });
        self.recorded_of.insert(ours.id(), recorded.id());
    }
}

/// Whether an answer to one request contains what another one asks for.
fn covers(question: &DataRequest, other: &DataRequest) -> bool {
    use DataRequest::{Bars, Snapshot, Subscribe};
    match (question, other) {
        (
            Bars { symbol: a, timeframe: b, count, .. },
            Bars { symbol, timeframe, count: wanted, .. },
        ) => (a, b) == (symbol, timeframe) && count >= wanted,
        (Snapshot { .. }, Snapshot { .. }) => true,
        (Subscribe { name: a, .. }, Subscribe { name: b, .. }) => a == b,
        _ => false,
    }
}

const fn since(question: &DataRequest) -> Option<ServerMsc> {
    match question {
        DataRequest::Snapshot { history_since_msc, .. } => Some(*history_since_msc),
        DataRequest::Bars { .. } | DataRequest::Subscribe { .. } => None,
    }
}

fn questions(actions: &[Action]) -> impl Iterator<Item = &DataRequest> {
    actions.iter().filter_map(|action| match action {
        Action::Data(question) => Some(question),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SymbolId;
    use crate::executor::event::Bars;
    use crate::market::bar::TickCursor;
    use crate::market::timeframe::Timeframe;

    const NOW: Timestamp = Timestamp::from_nanos(0);

    fn reading(id: u64, since: i64) -> Vec<Action> {
        vec![Action::Data(DataRequest::Snapshot {
            id: DataId(id),
            deadline: NOW,
            history_since_msc: ServerMsc(since),
        })]
    }

    fn bars(id: u64, count: u32) -> Vec<Action> {
        let (id, symbol, timeframe) = (DataId(id), SymbolId(0), Timeframe::M1);
        vec![Action::Data(DataRequest::Bars { id, deadline: NOW, symbol, timeframe, count })]
    }

    fn answer(id: u64) -> Event {
        let as_of = TickCursor::default();
        let (symbol, timeframe) = (SymbolId(0), Timeframe::M1);
        Event::Bars(Box::new(Bars {
            id: DataId(id),
            symbol,
            timeframe,
            closed: Vec::new(),
            forming: None,
            as_of,
        }))
    }

    /// Parted after question 3.
    fn parted() -> Questions {
        let mut questions = Questions::default();
        questions.same_step(&bars(3, 10));
        questions.part();
        questions
    }

    #[test]
    fn an_answer_goes_to_the_question_that_was_asked_no_later() {
        let mut questions = parted();
        assert_eq!(questions.admit(answer(3)), Some(answer(3)), "it was asked on the common path");
        questions.ours(NOW, &bars(7, 10));
        questions.recorded(NOW.plus_ms(1), &bars(4, 10));
        assert_eq!(questions.admit(answer(4)), Some(answer(7)));
        assert_eq!(questions.as_recorded(DataId(7)), DataId(4));
        // Asked at the same moment, whichever is heard of first; not later, nor for more.
        questions.recorded(NOW.plus_ms(2), &bars(5, 10));
        questions.ours(NOW.plus_ms(2), &bars(8, 10));
        assert_eq!(questions.admit(answer(5)), Some(answer(8)));
        questions.recorded(NOW.plus_ms(3), &bars(6, 10));
        questions.ours(NOW.plus_ms(4), &bars(9, 10));
        assert_eq!(questions.admit(answer(6)), None);
        questions.recorded(NOW.plus_ms(5), &bars(7, 9));
        assert_eq!((questions.admit(answer(7)), questions.unanswered()), (None, 1));
    }

    #[test]
    fn what_is_asked_again_is_one_question_until_it_is_answered() {
        let mut questions = parted();
        assert!(!questions.are_open(&reading(4, 100)));
        questions.ours(NOW, &reading(4, 100));
        assert!(questions.are_open(&reading(5, 90)));
        assert!(
            !questions.are_open(&[reading(5, 90), bars(6, 10)].concat()),
            "bars were not asked for before"
        );
        questions.ours(NOW.plus_ms(1), &reading(5, 90));
        assert_eq!(questions.unanswered(), 1);
        questions.recorded(NOW.plus_ms(2), &reading(4, 80));
        assert_eq!((questions.unanswered(), questions.are_open(&reading(6, 90))), (0, false));
        assert_eq!(questions.as_recorded(DataId(5)), DataId(4));
    }
}
