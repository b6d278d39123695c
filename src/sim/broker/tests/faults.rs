//! What goes wrong with requests and with news.

use super::*;
use crate::domain::order::OrderState;

#[test]
fn requests_fare_as_scripted() {
    let done = "O2Filled D2@1.1002 P2=0.1 A10000/22";
    for (kind, now, later) in [
        (FaultKind::Refused { retcode: 10_028 }, "1:10028".to_owned(), String::new()),
        (
            FaultKind::RefusedLate { retcode: 10_012, after_ms: 50 },
            String::new(),
            "1:10012".to_owned(),
        ),
        (
            FaultKind::PlacedRejected { after_ms: 50 },
            "O2Placed 1:10008".into(),
            "O2Rejected".into(),
        ),
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
    for (kind, expect) in [
        (FaultKind::CommentCut { keep: 5 }, "td070"),
        (FaultKind::CommentRewritten, "by the dealing desk"),
    ] {
        let mut world = World::faulty(kind);
        world.open(Side::Buy, "0.1", "0", "0");
        world.pass(0);
        let snapshot = world.snapshot().unwrap();
        let comments = [
            &snapshot.positions[0].comment,
            &snapshot.history_orders[0].comment,
            &snapshot.history_deals[1].comment,
        ];
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
    let mut world = World::at_times(vec![
        (0, FaultKind::NewsLate { after_ms: 50 }),
        (10, FaultKind::NewsReordered),
    ]);
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.modify(2, "1.06", "0");
    world.pass(10);
    world.hears("1:10009 P2=0.1 2:10009");
    world.tick("1.04", "1.0402");
    world.hears("A9398/0 R2 D3@1.04 O3Filled");
    world.pass(40);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22");
}

/// What makes no difference has not happened.
#[test]
fn a_fault_counts_where_it_makes_a_difference() {
    for (kind, (lots, sl), counts) in [
        (FaultKind::StopsDropped, ("0.1", "1.05"), true),
        (FaultKind::StopsDropped, ("0.1", "0"), false),
        (FaultKind::Partial { percent: 50 }, ("0.02", "0"), true),
        (FaultKind::Partial { percent: 50 }, ("0.01", "0"), false),
        (FaultKind::PartialWorking { percent: 50, rest_after_ms: 10 }, ("0.01", "0"), false),
        (FaultKind::TimeoutExecuted, ("0.01", "0"), true),
        (FaultKind::TimeoutExecuted, ("0.015", "0"), false),
        (FaultKind::ExecutedUnanswered, ("0.01", "0"), true),
        (FaultKind::ExecutedUnanswered, ("0.015", "0"), false),
        (FaultKind::AnswerContradicted { retcode: 10_006 }, ("0.01", "0"), true),
        (FaultKind::AnswerContradicted { retcode: 10_006 }, ("0.015", "0"), false),
        (FaultKind::AnswerBare { order: true }, ("0.01", "0"), true),
        (FaultKind::AnswerBare { order: true }, ("0.015", "0"), false),
        (FaultKind::Placed { after_ms: 10 }, ("0.01", "0"), true),
        (FaultKind::Placed { after_ms: 10 }, ("0.015", "0"), false),
        (FaultKind::PlacedRejected { after_ms: 10 }, ("0.015", "0"), false),
        (FaultKind::CommentCut { keep: 5 }, ("0.01", "0"), true),
        (FaultKind::CommentCut { keep: 64 }, ("0.01", "0"), false),
        (FaultKind::DuplicateAnswer, ("0.015", "0"), true),
        (FaultKind::Reject, ("0.015", "0"), true),
    ] {
        let mut world = World::faulty(kind.clone());
        world.open(Side::Buy, lots, sl, "0");
        world.pass(10);
        let refused = world.heard.iter().any(|event| word(event) == "1:10014");
        assert_eq!(world.broker.fault_counts().len(), usize::from(counts), "{kind:?} {lots} {sl}");
        assert_eq!(refused, lots == "0.015" && kind != FaultKind::Reject, "{kind:?} {lots} {sl}");
    }
}

#[test]
fn stops_that_a_request_does_not_have_are_not_dropped() {
    let drops = |request| Fault { request: Some(request), at: None, kind: FaultKind::StopsDropped };
    let mut world = World::new(BrokerModel {
        faults: vec![drops(2), drops(3), drops(4)],
        ..BrokerModel::default()
    });
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
    world.close(2, Side::Sell, "0.05");
    world.pass(0);
    assert!(world.broker.fault_counts().is_empty());
    world.modify(2, "1.06", "0");
    world.pass(0);
    assert_eq!(world.broker.fault_counts()["stops_dropped"], 1);
}

#[test]
fn readings_that_are_as_they_would_be_have_not_gone_wrong() {
    let mut world =
        World::at_times(vec![(0, FaultKind::NewsReordered), (0, FaultKind::BarsShort { keep: 1 })]);
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
    world.pass(60_000);
    world.tick("1.1", "1.1002");
    world.ask_bars();
    world.pass(0);
    assert!(world.broker.fault_counts().is_empty());
    let mut world = World::at_times(vec![(0, FaultKind::BarsShort { keep: 0 })]);
    world.pass(60_000);
    world.tick("1.1", "1.1002");
    world.ask_bars();
    world.pass(0);
    assert_eq!(world.broker.fault_counts()["bars_short"], 1);
}

/// What was accepted counts in the symbol's volume limit, against others and not against itself.
#[test]
fn an_accepted_order_does_not_stand_in_its_own_way() {
    let limited = || {
        let faults =
            vec![Fault { request: Some(1), at: None, kind: FaultKind::Placed { after_ms: 50 } }];
        World::with_spec(BrokerModel { faults, ..BrokerModel::default() }, |spec| {
            spec.volume_limit = Some(volume("0.1"));
        })
    };
    let mut world = limited();
    world.open(Side::Buy, "0.1", "0", "0");
    world.open(Side::Buy, "0.01", "0", "0");
    world.pass(0);
    world.hears("O2Placed 1:10008 2:10034");
    world.pass(50);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22");
    let mut world = limited();
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
    world.pass(50);
    world.hears("O2Started 1:10008 O2Placed");
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
    let mut world = World::new(BrokerModel {
        fault_rates,
        faults_until: Some(at(600_000)),
        ..BrokerModel::default()
    });
    let round = |world: &mut World| {
        for _ in 0..20 {
            world.open(Side::Buy, "0.01", "0", "0");
            world.ask_bars();
            world.pass(30_000);
        }
    };
    round(&mut world);
    let counts = world.broker.fault_counts();
    assert_eq!(
        counts.keys().copied().collect::<Vec<_>>(),
        ["bars_lost", "deposit", "news_repeated", "reject"]
    );
    assert!(counts.values().all(|&count| (2..=18).contains(&count)), "{counts:?}");
    round(&mut world);
    assert_eq!((world.broker.fault_counts(), world.broker.next_due()), (counts, None));
}
