//! What goes wrong with requests and with news.

use super::*;
use crate::domain::order::OrderState;

#[test]
fn requests_fare_as_scripted() {
    let done = "O2Filled D2@1.1002 P2=0.1 A10000/22";
    for (kind, now, later) in [
        (FaultKind::Refused { retcode: 10_028 }, "1:10028".to_owned(), String::new()),
        (FaultKind::RefusedLate { retcode: 10_012, after_ms: 50 }, String::new(), "1:10012".to_owned()),
        (FaultKind::PlacedRejected { after_ms: 50 }, "O2Placed 1:10008".into(), "O2Rejected".into()),
        (FaultKind::CommentCut { keep: 5 }, format!("{done} 1:10009"), String::new()),
        (FaultKind::CommentRewritten, format!("{done} 1:10009"), String::new()),
    ] {
        let mut world = World::faulty(kind.clone());
        world.open(Side::Buy, "0.1", "1.05", "1.2");
        world.pass(49);
        world.hears(&now);
        world.pass(1);
        world.hears(&later);
        assert_eq!(world.broker.fault_counts().values().sum::<u64>(), 1, "{kind:?}");
        assert!(world.book().working().is_empty(), "{kind:?}");
    }
}

#[test]
fn a_comment_that_is_cut_is_cut_everywhere() {
    for (kind, expect) in [(FaultKind::CommentCut { keep: 5 }, "td070"), (FaultKind::CommentRewritten, "by the dealing desk")] {
        let mut world = World::faulty(kind);
        world.open(Side::Buy, "0.1", "0", "0");
        world.pass(0);
        let snapshot = world.snapshot().unwrap();
        let comments = [&snapshot.positions[0].comment, &snapshot.history_orders[0].comment, &snapshot.history_deals[1].comment];
        assert_eq!(comments, [expect; 3]);
    }
}

#[test]
fn a_moment_hits_the_first_request_from_then_on() {
    let mut world = World::at_times(vec![(100, FaultKind::Reject)]);
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(150);
    world.open(Side::Buy, "0.1", "0", "0");
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(0);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22 1:10009 2:10006 O3Filled D3@1.1002 P3=0.1 A10000/44 3:10009");
}

#[test]
fn pending_orders_are_hit_like_others() {
    let mut world = World::faulty(FaultKind::StopsDropped);
    world.place(PendingKind::Limit, Side::Buy, "1.09 1.08 1.2", Expiration::Gtc);
    world.pass(0);
    let order = world.snapshot().unwrap().orders.pop().unwrap();
    assert_eq!((order.state, order.sl, order.tp), (OrderState::Placed, None, None));
    let mut world = World::faulty(FaultKind::ExecutedUnanswered);
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
    world.pass(100);
    world.hears("");
    assert_eq!(world.snapshot().unwrap().orders.len(), 1);
    let mut world = World::faulty(FaultKind::TimeoutExecuted);
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
    world.pass(0);
    world.hears("O2Placed 1:10012");
}

#[test]
fn news_come_twice_in_another_order_or_late() {
    let changes = "O2Filled D2@1.1002 P2=0.1 A10000/22";
    for (kind, now, later) in [
        (FaultKind::NewsRepeated, format!("{changes} {changes} 1:10009"), ""),
        (FaultKind::NewsReordered, "A10000/22 P2=0.1 D2@1.1002 O2Filled 1:10009".to_owned(), ""),
        (FaultKind::NewsLate { after_ms: 50 }, "1:10009".to_owned(), changes),
    ] {
        let mut world = World::at_times(vec![(0, kind.clone())]);
        world.open(Side::Buy, "0.1", "1.05", "0");
        world.pass(49);
        world.hears(&now);
        world.pass(1);
        world.hears(later);
        assert_eq!(world.broker.fault_counts().len(), 1, "{kind:?}");
    }
}

/// The change of stops overtakes the news of the opening; a trigger is a delivery, too.
#[test]
fn late_news_are_overtaken() {
    let mut world = World::at_times(vec![(0, FaultKind::NewsLate { after_ms: 50 }), (10, FaultKind::NewsReordered)]);
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.modify(2, "1.06", "0");
    world.pass(10);
    world.hears("1:10009 P2=0.1 2:10009");
    world.tick("1.04", "1.0402");
    world.hears("A9398/0 R2 D3@1.04 O3Filled");
    world.pass(40);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22");
}

#[test]
fn what_happens_by_chance_ceases() {
    let rate = |kind, per_mille| FaultRate { kind, per_mille };
    let fault_rates = vec![
        rate(FaultKind::Reject, 500),
        rate(FaultKind::NewsRepeated, 500),
        rate(FaultKind::BarsLost, 500),
        rate(FaultKind::Deposit { amount: money("1") }, 500),
    ];
    let mut world = World::new(BrokerModel { fault_rates, faults_until: Some(at(600_000)), ..BrokerModel::default() });
    let round = |world: &mut World| {
        for _ in 0..20 {
            world.open(Side::Buy, "0.01", "0", "0");
            world.ask_bars();
            world.pass(30_000);
        }
    };
    round(&mut world);
    let counts = world.broker.fault_counts();
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), ["bars_lost", "deposit", "news_repeated", "reject"]);
    assert!(counts.values().all(|&count| (2..=18).contains(&count)), "{counts:?}");
    round(&mut world);
    assert_eq!((world.broker.fault_counts(), world.broker.next_due()), (counts, None));
}
