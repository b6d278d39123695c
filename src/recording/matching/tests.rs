use super::*;
use crate::domain::amount::{Money, Points, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{Magic, SymbolId};
use crate::domain::order::{FillingMode, Side};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::action::{CloseRequest, OpenRequest, RequestReason};

const NOW: Timestamp = Timestamp::from_nanos(0);

fn trade(cid: u64, key: u8, request: Request) -> Vec<Action> {
    let (owner, magic, why) =
        (crate::executor::action::Owner::Strategy("toy".into()), Magic(1), RequestReason::Signal);
    let not_after = NOW.plus_ms(30_000);
    vec![Action::Trade(Box::new(Trade {
        cid: Cid(cid),
        key: IntentKey([key; 16]),
        owner,
        magic,
        why,
        request,
        not_after,
    }))]
}

fn open(price: i64) -> Request {
    Request::Open(OpenRequest {
        symbol: SymbolId(0),
        side: Side::Buy,
        volume: Volume::from_raw(10_000_000),
        price: Price::from_raw(price * 10_000),
        deviation: Points(20),
        sl: None,
        tp: None,
        filling: FillingMode::Fok,
    })
}

fn close(position: u64) -> Request {
    Request::Close(CloseRequest {
        symbol: SymbolId(0),
        position: Ticket(position),
        side: Side::Sell,
        volume: Volume::from_raw(10_000_000),
        price: Price::from_raw(1),
        deviation: Points(20),
        filling: FillingMode::Fok,
    })
}

fn comment(key: u8) -> String {
    IntentKey([key; 16]).comment()
}

fn position(ticket: u64, comment: String) -> Event {
    Event::Broker(BrokerEvent::Position(Box::new(Position {
        ticket: Ticket(ticket),
        symbol: SymbolId(0),
        side: Side::Buy,
        volume: Volume::from_raw(10_000_000),
        price_open: Price::from_raw(1),
        sl: None,
        tp: None,
        time_msc: ServerMsc(0),
        magic: Magic(1),
        comment,
        identifier: None,
        time_update_msc: None,
        swap: Money::ZERO,
    })))
}

fn deal(position: u64, reason: Reason, comment: String) -> Event {
    Event::Broker(BrokerEvent::Deal(Box::new(Deal {
        ticket: Ticket(1),
        order: Ticket(2),
        position: Ticket(position),
        symbol: SymbolId(0),
        time_msc: ServerMsc(0),
        kind: DealKind::Trade(Side::Sell),
        entry: DealEntry::Out,
        reason,
        volume: Volume::from_raw(10_000_000),
        price: Price::from_raw(1),
        profit: Money::ZERO,
        commission: Money::ZERO,
        swap: Money::ZERO,
        magic: Magic(0),
        comment,
    })))
}

fn answer(cid: u64) -> Event {
    Event::Broker(BrokerEvent::Answer(Box::new(Answer {
        cid: Cid(cid),
        outcome: Outcome::NoAnswer,
    })))
}

fn removed(ticket: u64) -> Event {
    Event::Broker(BrokerEvent::Removed(Ticket(ticket)))
}

fn parted() -> Matcher {
    let mut matcher = Matcher::new(vec![Price::from_raw(10_000)]);
    matcher.part();
    matcher
}

#[test]
fn an_answer_goes_to_the_request_that_says_the_same() {
    for (shift, expect) in [(20, Some(answer(9))), (21, None)] {
        let mut matcher = parted();
        matcher.ours(NOW, &trade(9, 2, open(117_400 + shift)));
        matcher.recorded(NOW, &trade(5, 1, open(117_400)));
        assert_eq!(matcher.admit(answer(5)), expect);
        assert_eq!(matcher.admit(answer(5)), expect, "a second answer goes the same way");
    }
}

#[test]
fn what_is_asked_too_late_is_another_request() {
    let mut matcher = parted();
    matcher.recorded(NOW, &trade(5, 1, open(117_400)));
    matcher.ours(NOW.plus_ms(30_001), &trade(9, 1, open(117_400)));
    assert_eq!(matcher.admit(answer(5)), None);
    let mut matcher = parted();
    matcher.recorded(NOW, &trade(5, 1, open(117_400)));
    assert_eq!(matcher.admit(answer(5)), None);
    matcher.ours(NOW, &trade(9, 1, open(117_400)));
    assert_eq!(matcher.admit(answer(5)), None, "its answer has gone by");
    assert_eq!((matcher.unanswered(), matcher.news_dropped), (1, 2));
}

#[test]
fn a_position_that_was_never_opened_here_is_not_heard_of() {
    let mut matcher = parted();
    matcher.recorded(NOW, &trade(5, 1, open(117_400)));
    assert_eq!(matcher.admit(position(70, comment(1))), None);
    assert_eq!(matcher.admit(answer(5)), None);
    assert_eq!(matcher.admit(deal(70, Reason::Sl, "[sl 1.17]".into())), None);
    assert_eq!(matcher.admit(removed(70)), None);
    assert_eq!(matcher.admit(removed(71)), Some(removed(71)));
    assert_eq!(matcher.news_dropped, 4);
}

#[test]
fn a_close_that_was_not_made_here_leaves_the_position_open_until_the_broker_ends_it() {
    let mut matcher = parted();
    matcher.recorded(NOW, &trade(5, 3, close(70)));
    assert_eq!(matcher.admit(answer(5)), None);
    assert_eq!(matcher.admit(deal(70, Reason::Expert, comment(3))), None);
    assert_eq!(matcher.admit(removed(70)), None);

    let mut matcher = parted();
    matcher.recorded(NOW, &trade(5, 3, close(70)));
    assert_eq!(matcher.admit(answer(5)), None);
    let stopped = deal(70, Reason::Sl, "[sl 1.17]".into());
    assert_eq!(matcher.admit(stopped.clone()), Some(stopped));
    assert_eq!(matcher.admit(removed(70)), Some(removed(70)));
}

#[test]
fn the_comment_of_a_recorded_key_becomes_ours() {
    let mut matcher = Matcher::new(Vec::new());
    matcher.same_step(&trade(1, 1, open(1)), &trade(1, 2, open(1)));
    assert_eq!(matcher.admit(position(70, comment(1))), Some(position(70, comment(2))));
    assert!(matcher.keys_agree(IntentKey([1; 16]), IntentKey([2; 16])));
    assert!(
        !matcher.keys_agree(IntentKey([1; 16]), IntentKey([3; 16])),
        "one key cannot stand for two"
    );
    assert!(!matcher.keys_agree(IntentKey([9; 16]), IntentKey([2; 16])));
}
