//! What happens to the broker and the world.

use super::*;
use crate::domain::deal::DealKind;
use crate::domain::order::Reason;
use crate::domain::symbol::TradeSession;

/// A long of 0.4 from 1.1002 with both stops, and one fault at 100 ms.
fn holding(kind: FaultKind) -> World {
    let mut world = World::at_times(vec![(100, kind)]);
    world.open(Side::Buy, "0.4", "1.05", "1.2");
    world.pass(99);
    world.heard.clear();
    world
}

#[test]
fn others_act_on_the_account() {
    for (kind, expect) in [
        (FaultKind::ExternalClose, "O3Filled D3@1.1 R2 A9992/0"),
        (FaultKind::ExternalPartialClose { percent: 30 }, "O3Filled D3@1.1 P2=0.28 A9997.6/61.61"),
        (FaultKind::ExternalStops { points: 100 }, "P2=0.4"),
        (FaultKind::ExternalStops { points: 0 }, "P2=0.4"),
        (FaultKind::OrderRemoved, ""),
        (FaultKind::Deposit { amount: money("-500") }, "D3@0 A9500/88.02"),
        (FaultKind::Deposit { amount: money("-50000") }, ""),
    ] {
        let mut world = holding(kind.clone());
        world.pass(1);
        world.hears(expect);
        assert_eq!(world.broker.fault_counts().len(), usize::from(!expect.is_empty()), "{kind:?}");
    }
}

#[test]
fn what_others_do_is_told_as_theirs() {
    let mut world = holding(FaultKind::ExternalClose);
    world.pass(1);
    let snapshot = world.snapshot().unwrap();
    let (order, deal) =
        (snapshot.history_orders.last().unwrap(), snapshot.history_deals.last().unwrap());
    assert_eq!(
        (order.reason, order.magic, deal.reason, deal.position),
        (Reason::Client, Magic(0), Reason::Client, Ticket(2))
    );
    let mut world = holding(FaultKind::ExternalStops { points: 100 });
    world.pass(1);
    let position = world.snapshot().unwrap().positions.pop().unwrap();
    assert_eq!(
        (position.sl, position.tp, position.time_update_msc),
        (level("1.049"), level("1.201"), None)
    );
    let mut world = holding(FaultKind::ExternalStops { points: 0 });
    world.pass(1);
    let position = world.snapshot().unwrap().positions.pop().unwrap();
    assert_eq!((position.sl, position.tp), (None, None));
    let mut world = holding(FaultKind::Deposit { amount: money("250") });
    world.pass(1);
    let summary = world.broker.summary();
    assert_eq!(
        (summary.balance, summary.net_profit, summary.deals),
        (money("10250"), Money::ZERO, 1)
    );
    assert_eq!(world.snapshot().unwrap().history_deals.last().unwrap().kind, DealKind::Balance);
}

#[test]
fn the_oldest_working_order_is_withdrawn() {
    let mut world = World::at_times(vec![(10, FaultKind::OrderRemoved)]);
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
    world.place(PendingKind::Limit, Side::Buy, "1.08", Expiration::Gtc);
    world.pass(10);
    world.hears("O2Placed 1:10009 O3Placed 2:10009 O2Canceled");
}

#[test]
fn a_broken_specification_is_told_and_the_sound_one_after_it() {
    let mut world = holding(FaultKind::SpecBroken { for_ms: 50 });
    world.pass(1);
    let Some(Event::Broker(BrokerEvent::Symbol(news))) = world.heard.pop() else {
        panic!("it is told")
    };
    assert_eq!((news.spec.tick_size, news.spec.volume_step), (Price::ZERO, Volume::ZERO));
    // The server itself goes on.
    world.close(2, Side::Sell, "0.1");
    world.pass(0);
    world.hears("O3Filled D3@1.1 P2=0.3 A9998/66.02 2:10009");
    world.pass(50);
    let Some(Event::Broker(BrokerEvent::Symbol(news))) = world.heard.pop() else {
        panic!("it is told")
    };
    assert_eq!(news.spec, builtin("EURUSD").unwrap());
}

#[test]
fn levels_change_for_a_while() {
    let mut world = World::at_times(vec![
        (10, FaultKind::StopsLevel { points: 500, for_ms: 50 }),
        (10, FaultKind::FreezeLevel { points: 300, for_ms: 50 }),
    ]);
    world.open(Side::Buy, "0.1", "1.098", "0");
    world.pass(10);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22 1:10009 EURUSD EURUSD");
    world.open(Side::Buy, "0.1", "1.098", "0");
    world.close(2, Side::Sell, "0.1");
    world.pass(0);
    world.hears("2:10016 3:10029");
    world.pass(50);
    world.hears("EURUSD EURUSD");
    world.close(2, Side::Sell, "0.1");
    world.pass(0);
    world.hears("O3Filled D3@1.1 R2 A9998/0 4:10009");
}

#[test]
fn a_shut_market_answers_so_and_stops_wait() {
    let mut world = holding(FaultKind::MarketShut { for_ms: 50 });
    world.place(PendingKind::Limit, Side::Buy, "1.06", Expiration::Gtc);
    world.pass(1);
    world.heard.clear();
    world.close(2, Side::Sell, "0.1");
    world.pass(0);
    world.tick("1.04", "1.0402");
    world.hears("3:10018");
    world.pass(50);
    world.tick("1.1", "1.1002");
    world.hears("");
    world.tick("1.0403", "1.0405");
    world.hears("O4Filled D3@1.0403 R2 A7604/0 O3Filled D4@1.0405 P3=0.1 A7604/20.81");
}

#[test]
fn trading_is_forbidden_for_a_while() {
    let mut world = holding(FaultKind::TradingForbidden { for_ms: 50 });
    world.pass(1);
    world.close(2, Side::Sell, "0.1");
    world.pass(0);
    let Event::Broker(BrokerEvent::Account(account)) = world.heard.remove(0) else {
        panic!("the account says so")
    };
    assert!(!account.trade_allowed);
    world.tick("1.04", "1.0402");
    world.hears("2:10017");
    world.pass(50);
    let Event::Broker(BrokerEvent::Account(account)) = world.heard.remove(0) else {
        panic!("the account says so")
    };
    assert!(account.trade_allowed);
    world.tick("1.0403", "1.0405");
    world.hears("O3Filled D3@1.0403 R2 A7604/0");
}

#[test]
fn quotes_are_missed_while_the_link_is_down_or_not() {
    for (ticks_lost, heard) in [(true, Heard::No), (false, Heard::Yes)] {
        let mut world = holding(FaultKind::LinkDown { for_ms: 50, ticks_lost });
        assert_eq!(world.tick("1.1", "1.1002"), Heard::Yes);
        world.pass(1);
        // The server sees it, whoever does not.
        assert_eq!(world.tick("1.04", "1.0402"), heard);
        assert_eq!((world.broker.link(), world.book().positions_open()), (Link::Down, 0));
        world.hears("Down");
        world.pass(50);
        world.hears("Up Verified O3Filled D3@1.04 R2 A7592/0 Synced");
        assert_eq!((world.broker.link(), world.tick("1.1", "1.1002")), (Link::Up, Heard::Yes));
    }
}

/// Of two that overlap, the later end counts.
#[test]
fn the_link_can_break_while_it_is_down() {
    let down = |for_ms| FaultKind::LinkDown { for_ms, ticks_lost: false };
    let mut world = World::at_times(vec![(100, down(50)), (120, down(100)), (130, down(20))]);
    world.pass(219);
    world.hears("Down");
    world.pass(1);
    world.hears("Up Verified Synced");
    assert_eq!(world.broker.fault_counts()["link_down"], 3);
}

#[test]
fn all_that_lasts_ends_with_the_faults() {
    let long = 1_000_000;
    let kinds = [
        FaultKind::LinkDown { for_ms: long, ticks_lost: true },
        FaultKind::MarketShut { for_ms: long },
        FaultKind::TradingForbidden { for_ms: long },
        FaultKind::SpecBroken { for_ms: long },
        FaultKind::StopsLevel { points: 7, for_ms: long },
        FaultKind::FreezeLevel { points: 7, for_ms: long },
    ];
    let faults =
        kinds.into_iter().map(|kind| Fault { request: None, at: Some(at(10)), kind }).collect();
    let mut world =
        World::new(BrokerModel { faults, faults_until: Some(at(100)), ..BrokerModel::default() });
    world.pass(99);
    world.hears("Down");
    assert_eq!(world.tick("1.1", "1.1002"), Heard::No);
    world.pass(1);
    let specs: Vec<_> = world
        .heard
        .iter()
        .filter_map(|event| match event {
            Event::Broker(BrokerEvent::Symbol(news)) => Some(news.spec.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(specs.last(), Some(&builtin("EURUSD").unwrap()));
    world.heard.clear();
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(0);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22 1:10009");
    assert_eq!(world.tick("1.1", "1.1002"), Heard::Yes);
    world.pass(i64::try_from(2 * long).unwrap());
    world.hears("");
}

/// The epoch was a Thursday; the symbol trades in its first minute alone.
#[test]
fn outside_its_sessions_a_symbol_does_not_trade() {
    let mut world = World::with_spec(BrokerModel::default(), |spec| {
        spec.sessions = vec![TradeSession { day: 4, from_minute: 0, to_minute: 1 }];
    });
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.place(PendingKind::Limit, Side::Buy, "1.06", Expiration::Gtc);
    world.pass(60_000);
    world.heard.clear();
    world.tick("1.04", "1.0402");
    world.close(2, Side::Sell, "0.1");
    world.remove(3);
    world.pass(0);
    world.hears("3:10018 4:10018");
    world.pass(7 * 86_400_000 - 60_000);
    world.tick("1.041", "1.0412");
    world.hears("O4Filled D3@1.041 R2 A9408/0 O3Filled D4@1.0412 P3=0.1 A9408/20.82");
}
