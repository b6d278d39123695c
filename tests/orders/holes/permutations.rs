//! The news of one trade in any order, each perhaps twice: the end is the same.

use crate::stage::{Stage, at, command_event};
use proptest::prelude::*;
use serde_json::Value;
use tickdeck::domain::amount::Money;
use tickdeck::domain::deal::{Deal, DealEntry};
use tickdeck::domain::id::Ticket;
use tickdeck::domain::position::Position;
use tickdeck::domain::retcode::Retcode;
use tickdeck::executor::Executor;
use tickdeck::executor::action::{Action, PositionData, Report, Request};
use tickdeck::executor::command::{Command, OnStop};
use tickdeck::executor::event::{Answer, BrokerEvent, Event, Outcome, ServerAnswer};
use tickdeck::session::fault::FaultKind;
use tickdeck::sim::broker::SimBroker;

/// An entry that has left and of which nothing was heard, and what the broker has to tell of it.
struct Trade {
    executor: Executor,
    answer: BrokerEvent,
    deals: Vec<Deal>,
    orders: Vec<BrokerEvent>,
    /// As it was opened.
    opened: Position,
}

/// The executor of a session that ended a second after the entry; the broker of one in which more
/// happened.
fn trade(then: Option<FaultKind>) -> Trade {
    let stage = || Stage::new(&["6:00"], "6:01").fault(1, FaultKind::ExecutedUnanswered);
    let executor = stage().run().executor;
    let Some(then) = then else { return trade_of(executor, &stage().run().broker) };
    let later = Stage::new(&["6:00"], "6:20")
        .fault(1, FaultKind::ExecutedUnanswered)
        .fault_at("6:01", then);
    trade_of(executor, &later.run().broker)
}

fn trade_of(executor: Executor, broker: &SimBroker) -> Trade {
    let history = broker.history().unwrap();
    let (ticket, sent) = history.sent().first_key_value().unwrap();
    let Request::Open(open) = &sent.request else { panic!("the first request is the entry") };
    let deals: Vec<Deal> =
        history.deals().iter().filter(|deal| deal.position == *ticket).cloned().collect();
    let first = &deals[0];
    let server = ServerAnswer {
        retcode: Retcode::DONE,
        order: Some(*ticket),
        deal: Some(first.ticket),
        volume: first.volume,
        price: first.price,
        bid: open.price,
        ask: open.price,
    };
    let opened = Position {
        ticket: *ticket,
        identifier: None,
        symbol: open.symbol,
        side: open.side,
        volume: first.volume,
        price_open: first.price,
        sl: open.sl,
        tp: open.tp,
        time_msc: first.time_msc,
        magic: first.magic,
        comment: first.comment.clone(),
        time_update_msc: None,
        swap: Money::ZERO,
    };
    let answer =
        BrokerEvent::Answer(Box::new(Answer { cid: sent.cid, outcome: Outcome::Server(server) }));
    let orders = history
        .orders()
        .values()
        .map(|order| BrokerEvent::Order(Box::new(order.clone())))
        .collect();
    Trade { executor, answer, deals, orders, opened }
}

impl Trade {
    /// The deal that closed a part of it.
    fn out(&self) -> &Deal {
        self.deals.iter().find(|deal| deal.entry == DealEntry::Out).unwrap()
    }

    /// The position after that.
    fn rest(&self) -> Position {
        let out = self.out();
        Position {
            volume: self.opened.volume - out.volume,
            time_update_msc: Some(out.time_msc),
            swap: Money::ZERO,
            ..self.opened.clone()
        }
    }

    /// All that the broker tells, in the order in which it happened; `rest` after a part was
    /// closed.
    fn news(&self, rest: Option<&Position>, removed: Option<Ticket>) -> Vec<BrokerEvent> {
        let deals = self.deals.iter().map(|deal| BrokerEvent::Deal(Box::new(deal.clone())));
        let positions = [Some(&self.opened), rest]
            .into_iter()
            .flatten()
            .map(|one| BrokerEvent::Position(Box::new(one.clone())));
        let removed = removed.map(BrokerEvent::Removed);
        [self.answer.clone()]
            .into_iter()
            .chain(self.orders.iter().cloned())
            .chain(deals)
            .chain(positions)
            .chain(removed)
            .collect()
    }
}

/// What is left after the news, and what was reported on the way.
#[derive(Debug, PartialEq)]
struct End {
    reports: Vec<String>,
    requests: usize,
    positions: Vec<PositionData>,
    book: Value,
    flows: Value,
}

fn end(mut executor: Executor, news: &[BrokerEvent]) -> End {
    let mut out = Vec::new();
    for one in news {
        executor.handle(at("6:02"), &Event::Broker(one.clone()), &mut out);
    }
    let mut reports: Vec<String> = out.iter().filter_map(told).collect();
    reports.sort();
    let requests = out.iter().filter(|action| matches!(action, Action::Trade(_))).count();
    let state: Value = serde_json::from_str(&executor.snapshot().to_json().unwrap()).unwrap();
    let [book, flows] =
        ["book", "flows"].map(|part| without_order(state["executor"][part].clone()));
    End { reports, requests, positions: executor.view().positions, book, flows }
}

/// Openings and closings: how often a change is told depends on what came together, and so does the
/// volume of an opening.
fn told(action: &Action) -> Option<String> {
    let Action::Report(report) = action else { return None };
    match &**report {
        Report::Opened(one) => {
            Some(format!("opened #{} {:?} {}", one.position, one.owner, one.price))
        }
        Report::Closed(one) => Some(format!("{one:?}")),
        Report::Changed(_) | Report::Alert(_) => None,
    }
}

/// Without what says in which order things were heard.
fn without_order(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                !["heard", "since", "retcode", "done_at", "most"].contains(&name.as_str())
            });
            fields.values_mut().for_each(|field| *field = without_order(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_order(item.take())),
        _ => {}
    }
    value
}

/// Every order of the news, each once and those of orders left out, has the end of the order in
/// which it happened.
fn check_all(trade: &Trade, news: &[BrokerEvent]) {
    let news: Vec<&BrokerEvent> =
        news.iter().filter(|one| !matches!(one, BrokerEvent::Order(_))).collect();
    let happened: Vec<BrokerEvent> = news.iter().map(|one| (*one).clone()).collect();
    let expect = end(trade.executor.clone(), &happened);
    let mut order: Vec<usize> = (0..news.len()).collect();
    permute(&mut order, 0, &mut |order| {
        let turned: Vec<BrokerEvent> = order.iter().map(|place| happened[*place].clone()).collect();
        let ended = end(trade.executor.clone(), &turned);
        assert!(
            ended == expect,
            "{}\n{}",
            turned.iter().map(word).collect::<Vec<_>>().join(", "),
            difference(&ended, &expect)
        );
    });
}

/// The lines in which two ends differ.
fn difference(one: &End, other: &End) -> String {
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    let pairs = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    pairs
        .map(|(one, other)| format!("{} instead of {}", one.trim(), other.trim()))
        .collect::<Vec<_>>()
        .join("\n")
}

fn permute(order: &mut [usize], from: usize, see: &mut impl FnMut(&[usize])) {
    if from == order.len() {
        return see(order);
    }
    for place in from..order.len() {
        order.swap(from, place);
        permute(order, from + 1, see);
        order.swap(from, place);
    }
}

fn word(news: &BrokerEvent) -> String {
    match news {
        BrokerEvent::Answer(_) => "answer".to_owned(),
        BrokerEvent::Deal(deal) => format!("deal {:?} {}", deal.entry, deal.volume),
        BrokerEvent::Order(order) => format!("order {} {:?}", order.ticket, order.state),
        BrokerEvent::Position(position) => format!("position {}", position.volume),
        BrokerEvent::Removed(_) => "removed".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn an_opening_is_told_in_any_order() {
    let trade = trade(None);
    let news = trade.news(None, None);
    let end = end(trade.executor.clone(), &news);
    assert_eq!((end.reports.len(), end.requests), (1, 0), "{end:#?}");
    check_all(&trade, &news);
}

#[test]
fn an_opening_and_its_end_are_told_in_any_order() {
    let trade = trade(Some(FaultKind::ExternalClose));
    let news = trade.news(None, Some(trade.opened.ticket));
    let end = end(trade.executor.clone(), &news);
    assert_eq!((end.reports.len(), end.requests), (2, 0), "{end:#?}");
    assert_eq!(end.book["holdings"], serde_json::json!({}));
    check_all(&trade, &news);
}

/// A part is closed by somebody else: what is left stays, whatever comes first.
#[test]
fn an_opening_and_a_partial_close_are_told_in_any_order() {
    let trade = trade(Some(FaultKind::ExternalPartialClose { percent: 40 }));
    let news = trade.news(Some(&trade.rest()), None);
    let end = end(trade.executor.clone(), &news);
    assert_eq!((end.reports.len(), end.requests), (1, 0), "{end:#?}");
    check_all(&trade, &news);
}

/// A statement that is younger than a closing deal contains it: what it says is open.
#[test]
fn what_is_stated_after_a_deal_is_open() {
    let trade = trade(Some(FaultKind::ExternalPartialClose { percent: 40 }));
    let deal = BrokerEvent::Deal(Box::new(trade.out().clone()));
    let (before, after) = (
        BrokerEvent::Position(Box::new(trade.opened.clone())),
        BrokerEvent::Position(Box::new(trade.rest())),
    );
    for news in [
        vec![&after, &deal],
        vec![&deal, &after],
        vec![&before, &deal, &after],
        vec![&before, &after, &deal],
        vec![&before, &deal],
    ] {
        let news: Vec<BrokerEvent> = news.into_iter().cloned().collect();
        let volumes: Vec<String> = end(trade.executor.clone(), &news)
            .positions
            .iter()
            .map(|position| position.volume.with_digits(2))
            .collect();
        assert_eq!(volumes, ["0.06"], "{}", news.iter().map(word).collect::<Vec<_>>().join(", "));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Each news twice, those of orders among them, shuffled; whole or in part closed.
    #[test]
    fn news_that_is_repeated_changes_nothing(places in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle(), whole in any::<bool>()) {
        let trade = trade(Some(if whole { FaultKind::ExternalClose } else { FaultKind::ExternalPartialClose { percent: 40 } }));
        let once = if whole { trade.news(None, Some(trade.opened.ticket)) } else { trade.news(Some(&trade.rest()), None) };
        let turned: Vec<BrokerEvent> = places.iter().filter_map(|place| once.get(place % 7).cloned()).collect();
        prop_assert_eq!(once.len(), 7);
        prop_assert_eq!(end(trade.executor.clone(), &turned), end(trade.executor.clone(), &once));
    }

    /// A STOP comes between them: the position is closed by one request for what is open, in
    /// whatever order it became known.
    #[test]
    fn a_stop_between_the_news_sends_one_close(places in Just((0..4_usize).collect::<Vec<_>>()).prop_shuffle(), before in 0..5_usize) {
        let mut trade = trade(None);
        let once = trade.news(None, None);
        prop_assert_eq!(once.len(), 4);
        let mut out = Vec::new();
        let stop = command_event("stop", Command::Stop { strategy: "s".into(), positions: OnStop::Close });
        for (n, place) in places.iter().enumerate() {
            if n == before {
                trade.executor.handle(at("6:02"), &stop, &mut out);
            }
            trade.executor.handle(at("6:02"), &Event::Broker(once[*place].clone()), &mut out);
        }
        if before == 4 {
            trade.executor.handle(at("6:02"), &stop, &mut out);
        }
        let closes: Vec<_> = out.iter().filter_map(|action| match action {
            Action::Trade(trade) => Some(crate::stage::script::asked(&trade.request)),
            _ => None,
        }).collect();
        prop_assert_eq!(closes, ["close #2 0.10"]);
        prop_assert!(out.iter().all(|action| !matches!(action, Action::Result(_))), "it is not flat");
    }
}
