//! Decides which of our requests corresponds to which recorded one (session 6), and which recorded
//! news therefore reach the executor.
//!
//! Up to the first difference the requests are in the same order. Their numbers agree, and only the
//! keys may not: a changed rule changes every key. After it, a request of ours takes the answer of
//! a recorded one with the same content: strategy, kind, symbol, side, volume, and prices within
//! the deviation. What belongs to a recorded request without a partner is dropped and counted. A
//! request of ours without a partner gets no answer, and times out as usual. The matcher must never
//! make up an answer.

use crate::domain::amount::Price;
use crate::domain::id::{Cid, IntentKey, Ticket};
use crate::domain::order::Reason;
use crate::domain::time::Timestamp;
use crate::executor::action::{Action, Request, Trade};
use crate::executor::event::{Answer, BrokerEvent, BrokerSnapshot, Event, Outcome};
use crate::recording::questions::Questions;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs requests and translates the recorded news.
#[derive(Debug)]
pub struct Matcher {
    /// The size of a point of each symbol.
    points: Vec<Price>,
    /// The last request number that is the same on both sides; none while the paths are still
    /// common.
    parted_at: Option<Cid>,
    last: Cid,
    /// Recorded numbers and ours, since the paths parted.
    cids: BTreeMap<Cid, Cid>,
    ours_of: BTreeMap<Cid, Cid>,
    /// Keys that differ, from ours to the recorded one.
    keys: BTreeMap<IntentKey, IntentKey>,
    /// Comments of orders that differ, from the recorded one to ours.
    comments: BTreeMap<String, String>,
    recorded: Vec<Trade>,
    ours: Vec<Trade>,
    dropped: BTreeSet<String>,
    positions: BTreeMap<Ticket, Parting>,
    /// Requests for data.
    pub questions: Questions,
    /// The number of recorded answers and news that were dropped.
    pub news_dropped: u64,
    /// The number of our requests that are like no recorded one.
    pub unmatched: u64,
}

/// How a recorded position differs from the one here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parting {
    /// It was never opened here.
    NotHere,
    /// In the recording, it was closed or changed by a request that was not made here. From then on
    /// its recorded changes mean nothing here, unless the broker itself ended it.
    ChangedThere,
}

impl Matcher {
    /// A matcher for symbols with these points.
    #[must_use]
    pub fn new(points: Vec<Price>) -> Self {
        Self {
            points,
            parted_at: None,
            last: Cid(0),
            cids: BTreeMap::new(),
            ours_of: BTreeMap::new(),
            keys: BTreeMap::new(),
            comments: BTreeMap::new(),
            recorded: Vec::new(),
            ours: Vec::new(),
            dropped: BTreeSet::new(),
            positions: BTreeMap::new(),
            questions: Questions::default(),
            news_dropped: 0,
            unmatched: 0,
        }
    }

    /// Takes the requests of a step that is the same on both sides, or differs only in the keys.
    pub fn same_step(&mut self, recorded: &[Action], ours: &[Action]) {
        for (recorded, ours) in trades(recorded).zip(trades(ours)) {
            self.last = self.last.max(ours.cid);
            self.pair_keys(recorded.key, ours.key);
        }
        self.questions.same_step(ours);
    }

    /// From here on, requests are matched by their content.
    pub fn part(&mut self) {
        self.parted_at.get_or_insert(self.last);
        self.questions.part();
    }

    /// Takes the recorded actions of a moment, after the paths parted.
    pub fn recorded(&mut self, at: Timestamp, actions: &[Action]) {
        self.expire(at);
        self.questions.recorded(at, actions);
        for trade in trades(actions) {
            match self.ours.iter().position(|ours| self.alike(trade, ours)) {
                Some(place) => {
                    let ours = self.ours.remove(place);
                    self.pair(trade, &ours);
                }
                None => self.recorded.push(trade.clone()),
            }
        }
    }

    /// Takes the executor's actions of a moment, after the paths parted.
    pub fn ours(&mut self, at: Timestamp, actions: &[Action]) {
        self.expire(at);
        self.questions.ours(at, actions);
        for trade in trades(actions) {
            match self.recorded.iter().position(|recorded| self.alike(recorded, trade)) {
                Some(place) => {
                    let recorded = self.recorded.remove(place);
                    self.pair(&recorded, trade);
                }
                None => self.ours.push(trade.clone()),
            }
        }
    }

    /// The number of our requests without a partner so far, including those for data.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.unmatched + self.ours.len() as u64 + self.questions.unanswered()
    }

    /// The recorded number and key of a request of ours; its own key and no number without a
    /// partner.
    #[must_use]
    pub fn as_recorded(&self, cid: Cid, key: IntentKey) -> (Option<Cid>, IntentKey) {
        let common = self.parted_at.is_none_or(|parted_at| cid <= parted_at);
        let cid = if common { Some(cid) } else { self.ours_of.get(&cid).copied() };
        (cid, self.keys.get(&key).copied().unwrap_or(key))
    }

    /// Whether two keys may stand for each other: they are known to be partners, or neither has one
    /// yet.
    #[must_use]
    pub fn keys_agree(&self, recorded: IntentKey, ours: IntentKey) -> bool {
        match self.keys.get(&ours) {
            Some(known) => *known == recorded,
            None => recorded == ours || !self.comments.contains_key(&recorded.comment()),
        }
    }

    /// A recorded event as it concerns the executor here; none when it does not.
    pub fn admit(&mut self, event: Event) -> Option<Event> {
        let admitted = match self.questions.admit(event) {
            Some(Event::Broker(news)) if self.parted_at.is_some() || !self.comments.is_empty() => {
                self.admit_news(news).map(Event::Broker)
            }
            other => other,
        };
        if admitted.is_none() {
            self.news_dropped += 1;
        }
        admitted
    }

    fn admit_news(&mut self, news: BrokerEvent) -> Option<BrokerEvent> {
        match news {
            BrokerEvent::Answer(answer) => {
                self.admit_answer(*answer).map(|answer| BrokerEvent::Answer(Box::new(answer)))
            }
            BrokerEvent::Order(mut order) => {
                let position = order.position.unwrap_or(order.ticket);
                self.admit_comment(&mut order.comment, position)
                    .then_some(BrokerEvent::Order(order))
            }
            BrokerEvent::Deal(mut deal) => {
                let admitted = self.admit_comment(&mut deal.comment, deal.position);
                if admitted
                    && deal.reason != Reason::Expert
                    && self.positions.get(&deal.position) == Some(&Parting::ChangedThere)
                {
                    self.positions.remove(&deal.position);
                }
                admitted.then_some(BrokerEvent::Deal(deal))
            }
            BrokerEvent::Position(mut position) => {
                let admitted = self.admit_comment(&mut position.comment, position.ticket);
                (admitted && !self.positions.contains_key(&position.ticket))
                    .then_some(BrokerEvent::Position(position))
            }
            BrokerEvent::Removed(ticket) => {
                self.positions.remove(&ticket).is_none().then_some(BrokerEvent::Removed(ticket))
            }
            BrokerEvent::Snapshot(mut snapshot) => {
                self.admit_snapshot(&mut snapshot);
                Some(BrokerEvent::Snapshot(snapshot))
            }
            other @ (BrokerEvent::Account(_)
            | BrokerEvent::Symbol(_)
            | BrokerEvent::NoSymbol(_)) => Some(other),
        }
    }

    fn admit_answer(&mut self, answer: Answer) -> Option<Answer> {
        let Answer { cid, outcome } = answer;
        if self.parted_at.is_none_or(|parted_at| cid <= parted_at) {
            return Some(Answer { cid, outcome });
        }
        if let Some(ours) = self.cids.get(&cid) {
            return Some(Answer { cid: *ours, outcome });
        }
        if let Some(place) = self.recorded.iter().position(|trade| trade.cid == cid) {
            let order = match &outcome {
                Outcome::Server(answer) => answer.order,
                Outcome::NotSent | Outcome::NoAnswer => None,
            };
            self.drop_request(place, order);
        }
        None
    }

    /// Whether news with this comment about this position concern the executor here. The comment
    /// becomes ours.
    fn admit_comment(&mut self, comment: &mut String, position: Ticket) -> bool {
        if let Some(place) = self.recorded.iter().position(|trade| trade.key.comment() == *comment)
        {
            self.drop_request(place, Some(position));
        }
        if self.dropped.contains(comment) {
            self.positions.entry(position).or_insert(Parting::NotHere);
            return false;
        }
        if let Some(ours) = self.comments.get(comment) {
            comment.clone_from(ours);
        }
        self.positions.get(&position) != Some(&Parting::NotHere)
    }

    /// Leaves out positions that were never opened here. Those closed in the recording stay absent,
    /// because nobody knows their state now.
    fn admit_snapshot(&mut self, snapshot: &mut BrokerSnapshot) {
        snapshot.positions.retain_mut(|position| {
            let ticket = position.ticket;
            self.admit_comment(&mut Arc::make_mut(position).comment, ticket)
        });
        let orders = snapshot.orders.iter_mut().map(|order| &mut order.comment);
        let history = snapshot.history_orders.iter_mut().map(Arc::make_mut);
        let history = history.map(|order| &mut order.comment);
        for comment in orders.chain(history) {
            if let Some(ours) = self.comments.get(comment) {
                comment.clone_from(ours);
            }
        }
        snapshot.orders.retain(|order| !self.dropped.contains(&order.comment));
        snapshot.history_orders.retain(|order| !self.dropped.contains(&order.comment));
        snapshot.history_deals.retain_mut(|deal| {
            let position = deal.position;
            self.admit_comment(&mut Arc::make_mut(deal).comment, position)
        });
    }

    /// Gives up a recorded request that was not made here.
    fn drop_request(&mut self, place: usize, opened: Option<Ticket>) {
        let trade = self.recorded.remove(place);
        self.dropped.insert(trade.key.comment());
        for position in trade.request.positions() {
            self.positions.entry(position).or_insert(Parting::ChangedThere);
        }
        if let (true, Some(ticket)) = (trade.request.enters(), opened) {
            self.positions.insert(ticket, Parting::NotHere);
        }
    }

    fn pair(&mut self, recorded: &Trade, ours: &Trade) {
        self.cids.insert(recorded.cid, ours.cid);
        self.ours_of.insert(ours.cid, recorded.cid);
        self.pair_keys(recorded.key, ours.key);
    }

    fn pair_keys(&mut self, recorded: IntentKey, ours: IntentKey) {
        if recorded != ours && !self.keys.contains_key(&ours) {
            self.keys.insert(ours, recorded);
            self.comments.insert(recorded.comment(), ours.comment());
        }
    }

    /// A request that may no longer be sent is no longer in flight: a later one is another request.
    fn expire(&mut self, now: Timestamp) {
        let before = self.ours.len();
        self.ours.retain(|trade| trade.not_after >= now);
        self.unmatched += (before - self.ours.len()) as u64;
        while let Some(place) = self.recorded.iter().position(|trade| trade.not_after < now) {
            self.drop_request(place, None);
        }
    }

    fn alike(&self, recorded: &Trade, ours: &Trade) -> bool {
        let symbol = recorded.request.symbol();
        if recorded.owner != ours.owner || symbol != ours.request.symbol() {
            return false;
        }
        let near = |a: Price, b: Price, points: i64| {
            let point = self.points.get(symbol.index()).map_or(0, |point| point.raw());
            a.distance(b).raw() <= point.saturating_mul(points)
        };
        let near_stop = |a: Option<Price>, b: Option<Price>, points| match (a, b) {
            (Some(a), Some(b)) => near(a, b, points),
            (a, b) => a == b,
        };
        match (&recorded.request, &ours.request) {
            (Request::Open(a), Request::Open(b)) => {
                let points = a.deviation.0.max(b.deviation.0);
                let stops = near_stop(a.sl, b.sl, points) && near_stop(a.tp, b.tp, points);
                a.side == b.side && a.volume == b.volume && near(a.price, b.price, points) && stops
            }
            (Request::Close(a), Request::Close(b)) => {
                let points = a.deviation.0.max(b.deviation.0);
                a.position == b.position
                    && a.side == b.side
                    && a.volume == b.volume
                    && near(a.price, b.price, points)
            }
            (Request::Place(a), Request::Place(b)) => {
                let stops = near_stop(a.sl, b.sl, 0) && near_stop(a.tp, b.tp, 0);
                (a.side, a.kind, a.volume, a.price) == (b.side, b.kind, b.volume, b.price) && stops
            }
            (a, b) => a == b,
        }
    }
}

fn trades(actions: &[Action]) -> impl Iterator<Item = &Trade> {
    actions.iter().filter_map(|action| match action {
        Action::Trade(trade) => Some(&**trade),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
