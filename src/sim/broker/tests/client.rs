//! The executor's process dies and starts again; and what a judge may look at.

use super::*;

#[test]
fn what_was_owed_to_a_dead_process_is_gone_and_the_new_one_is_greeted() {
    let leg = Latency::ConstantMs(20);
    let mut world = World::new(BrokerModel {
        request_latency: leg,
        answer_latency: leg,
        ..BrokerModel::default()
    });
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(30);
    world.open(Side::Sell, "0.1", "0", "0");
    world.ask_snapshot();
    world.broker.client_restarts(at(30));
    world.pass(0);
    world.hears("Up Verified EURUSD A10000/22 Synced");
    // The second request arrives; the account is told to whoever listens, the answer to nobody.
    world.pass(100);
    world.hears("O3Filled D3@1.1 P3=0.1 A10000/0");
    world.open(Side::Sell, "0.1", "0", "0");
    world.pass(100);
    world.hears("O4Filled D4@1.1 P4=0.1 A10000/22 3:10009");
}

#[test]
fn a_process_that_starts_while_the_link_is_down_is_greeted_later() {
    let mut world =
        World::at_times(vec![(10, FaultKind::LinkDown { for_ms: 50, ticks_lost: true })]);
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.pass(20);
    world.tick("1.04", "1.0402");
    world.heard.clear();
    world.broker.client_restarts(at(20));
    world.pass(39);
    world.hears("");
    world.pass(1);
    world.hears("Up Verified EURUSD A9398/0 Synced");
}

#[test]
fn orders_that_work_outlive_the_process() {
    let mut world = World::faulty(FaultKind::PartialWorking { percent: 50, rest_after_ms: 50 });
    world.open(Side::Buy, "0.2", "0", "0");
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Specified(ServerMsc(80)));
    world.pass(10);
    world.heard.clear();
    world.broker.client_restarts(at(10));
    world.pass(70);
    world
        .hears("Up Verified EURUSD A10000/22 Synced O2Filled D3@1.1002 P2=0.2 A10000/44 O3Expired");
}

#[test]
fn a_judge_sees_every_order_with_what_it_was_sent_for() {
    let mut world = World::faulty(FaultKind::ExecutedUnanswered);
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.place(PendingKind::Limit, Side::Buy, "1.06", Expiration::Gtc);
    world.pass(0);
    world.tick("1.04", "1.0402");
    let history = world.broker.history().unwrap();
    let sent: Vec<_> =
        history.sent().iter().map(|(order, sent)| (order.0, sent.cid, sent.key)).collect();
    assert_eq!(sent, [(2, Cid(1), IntentKey([7; 16])), (3, Cid(2), IntentKey([7; 16]))]);
    // Deposit, opening, stop loss, the pending order's opening.
    assert_eq!((history.orders().len(), history.deals().len()), (3, 4));
    assert_eq!(
        world.broker.positions().map(|position| position.ticket).collect::<Vec<_>>(),
        [Ticket(3)]
    );
    assert_eq!(world.broker.working_orders().count(), 0);
    let unwatched =
        SimBroker::new(SimBrokerConfig { witness: false, ..config(BrokerModel::default(), 1) })
            .unwrap();
    assert!(unwatched.history().is_none());
}
