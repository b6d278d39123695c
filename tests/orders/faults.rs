//! What must hold whatever goes wrong: no intent is executed twice, a STOP that says it is done has
//! left nothing open, and every command has one final result.

use crate::common::{fixture_with_ticks, simulate};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tickdeck::domain::amount::Volume;
use tickdeck::domain::deal::{DealEntry, DealKind};
use tickdeck::domain::id::{CommandId, IntentKey, StrategyId, Ticket};
use tickdeck::executor::action::{Action, Report, Request, ResultCode, ResultStatus, TradeClosed};
use tickdeck::executor::event::{BrokerEvent, Event};
use tickdeck::session::description::Latency;
use tickdeck::session::fault::{Fault, FaultKind};
use tickdeck::session::ports::{Journal, PortError, Step};

/// Looks on, and remembers what the properties speak of.
#[derive(Default)]
struct Witness {
    /// Opening intents by the comment that their orders carry.
    intents: BTreeMap<String, IntentKey>,
    /// Orders that were executed for an intent, as far as the broker told.
    executed: BTreeMap<String, BTreeSet<Ticket>>,
    /// Positions that the broker holds, as far as it told.
    open: BTreeMap<Ticket, String>,
    owner: BTreeMap<String, StrategyId>,
    results: BTreeMap<CommandId, u32>,
    opened: BTreeSet<Ticket>,
    /// Deals that were heard, and what they leave of each position.
    deals: BTreeSet<Ticket>,
    volumes: BTreeMap<Ticket, Volume>,
    closed: Vec<TradeClosed>,
    faults_hit: u64,
}

impl Journal for Witness {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if let Event::Broker(news) = step.event {
            self.hear(news);
        }
        step.actions.iter().for_each(|action| self.see(action));
        Ok(())
    }
}

impl Witness {
    fn hear(&mut self, news: &BrokerEvent) {
        match news {
            BrokerEvent::Deal(deal) => self.hear_deal(deal),
            BrokerEvent::Position(position) => {
                drop(self.open.insert(position.ticket, position.comment.clone()));
            }
            BrokerEvent::Removed(ticket) => drop(self.open.remove(ticket)),
            BrokerEvent::Snapshot(snapshot) => {
                snapshot.history_deals.iter().for_each(|deal| self.hear_deal(deal));
                self.open = snapshot
                    .positions
                    .iter()
                    .map(|position| (position.ticket, position.comment.clone()))
                    .collect();
            }
            BrokerEvent::Answer(_)
            | BrokerEvent::Order(_)
            | BrokerEvent::Account(_)
            | BrokerEvent::Symbol(_)
            | BrokerEvent::NoSymbol(_) => {}
        }
    }

    fn hear_deal(&mut self, deal: &tickdeck::domain::deal::Deal) {
        // A position whose deals close it whole is closed, though its removal is told a moment
        // later.
        if deal.entry.closes() && self.deals.insert(deal.ticket) {
            let left =
                self.volumes.get(&deal.position).copied().unwrap_or(Volume::ZERO) - deal.volume;
            self.volumes.insert(deal.position, left);
            if left <= Volume::ZERO {
                self.open.remove(&deal.position);
            }
        }
        if deal.entry == DealEntry::In && self.deals.insert(deal.ticket) {
            let opened =
                self.volumes.get(&deal.position).copied().unwrap_or(Volume::ZERO) + deal.volume;
            self.volumes.insert(deal.position, opened);
        }
        if deal.entry == DealEntry::In && matches!(deal.kind, DealKind::Trade(_)) {
            self.executed.entry(deal.comment.clone()).or_default().insert(deal.order);
        }
    }

    fn see(&mut self, action: &Action) {
        match action {
            Action::Trade(trade) => {
                if matches!(trade.request, Request::Open(_)) {
                    self.intents.insert(trade.key.comment(), trade.key);
                    self.owner.insert(
                        trade.key.comment(),
                        trade.owner.strategy().expect("only strategies trade here").clone(),
                    );
                }
            }
            Action::Result(result) => {
                *self.results.entry(result.id.clone()).or_default() += 1;
                let stopped = result.code == ResultCode::Ok
                    && result.status == ResultStatus::Executed
                    && result.id.as_str().starts_with("c-");
                if let (true, Some(strategy)) = (stopped, &result.strategy) {
                    let left: Vec<_> = self
                        .open
                        .values()
                        .filter(|comment| self.owner.get(*comment) == Some(strategy))
                        .collect();
                    assert!(
                        left.is_empty(),
                        "STOP of {strategy} says it is done and leaves {left:?} open"
                    );
                }
            }
            Action::Report(report) => match &**report {
                Report::Opened(opened) => {
                    assert!(self.opened.insert(opened.position), "{opened:?} is reported once");
                }
                Report::Closed(closed) => {
                    assert!(
                        self.opened.contains(&closed.position),
                        "{closed:?} was reported as opened"
                    );
                    self.closed.push(closed.clone());
                }
                Report::Alert(_) => self.faults_hit += 1,
                Report::Changed(_) => {}
            },
            Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
        }
    }

    fn check(&self) {
        for (comment, orders) in &self.executed {
            assert!(self.intents.contains_key(comment), "{comment} was executed and never sent");
            assert!(orders.len() == 1, "{comment} was executed {} times: {orders:?}", orders.len());
        }
        for (id, results) in &self.results {
            assert!(*results == 1, "{id} has {results} results");
        }
        let closed: BTreeSet<_> = self.closed.iter().map(|closed| closed.position).collect();
        assert_eq!(closed.len(), self.closed.len(), "a position is closed once");
    }
}

fn kind() -> impl Strategy<Value = FaultKind> {
    prop_oneof![
        Just(FaultKind::Requote),
        Just(FaultKind::Reject),
        Just(FaultKind::PriceOff),
        Just(FaultKind::TooManyRequests),
        Just(FaultKind::InvalidFill),
        (1_u32..100).prop_map(|percent| FaultKind::Partial { percent }),
        (1_u64..60_000).prop_map(|after_ms| FaultKind::Placed { after_ms }),
        Just(FaultKind::Timeout),
        Just(FaultKind::TimeoutExecuted),
        Just(FaultKind::Lost),
        Just(FaultKind::ExecutedUnanswered),
        (1_u64..120_000).prop_map(|after_ms| FaultKind::LateAnswer { after_ms }),
        Just(FaultKind::DuplicateAnswer),
        Just(FaultKind::StopsDropped),
        (1_u64..120_000).prop_map(|for_ms| FaultKind::Disconnect { for_ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_executed_twice_and_stop_ends_flat(
        kinds in prop::collection::btree_map(1_u64..60, kind(), 0..30),
        request_ms in 0_u64..3_000,
        answer_ms in 0_u64..5_000,
        seed in any::<u64>(),
    ) {
        let mut session = fixture_with_ticks("order-troubles", 30_000);
        session.file.seed = seed;
        session.file.broker.faults = kinds.into_iter().map(|(request, kind)| Fault { request: Some(request), at: None, kind }).collect();
        session.file.broker.request_latency = Latency::UniformMs { min: 0, max: request_ms };
        session.file.broker.answer_latency = Latency::UniformMs { min: 0, max: answer_ms };
        // The stops of the fixture, earlier: there must be something open to be closed.
        let last = session.stream.last().map(|(at, _)| *at);
        for (at, _) in &mut session.stream {
            if Some(*at) == last {
                *at = "2025-09-22T07:00:00Z".parse().unwrap();
            }
        }
        let witness = simulate(&session, Witness::default()).1;
        prop_assert!(witness.closed.len() > 3, "{} trades are too few to prove anything", witness.closed.len());
        for stop in ["c-2", "c-3"] {
            prop_assert_eq!(witness.results.get(&stop.into()), Some(&1), "{} has its result", stop);
        }
        witness.check();
    }
}
