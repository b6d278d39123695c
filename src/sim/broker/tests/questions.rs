//! Questions and what goes wrong with their answers.

use super::*;

#[test]
fn snapshots_fare_as_scripted() {
    for (kind, now, later) in [
        (FaultKind::SnapshotEmpty, "S0+0", ""),
        (FaultKind::SnapshotPartial, "S0+1", ""),
        (FaultKind::SnapshotLost, "", ""),
        (FaultKind::SnapshotForeign, "S1+0", ""),
        (FaultKind::SnapshotLate { after_ms: 50 }, "", "S1+1"),
    ] {
        let mut world = World::at_times(vec![(5, kind.clone())]);
        world.open(Side::Buy, "0.1", "0", "0");
        world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Gtc);
        world.pass(10);
        world.heard.clear();
        world.ask_snapshot();
        // What is read now is told as it was.
        world.pass(20);
        world.remove(3);
        world.pass(20);
        world.heard.retain(|event| matches!(event, Event::Broker(BrokerEvent::Snapshot(_))));
        world.hears(now);
        world.pass(50);
        world.hears(later);
        world.ask_snapshot();
        world.pass(0);
        world.hears("S1+0");
        assert_eq!(world.broker.fault_counts().len(), 1, "{kind:?}");
    }
}

#[test]
fn a_wrong_snapshot_says_what_it_says() {
    let mut world = World::at_times(vec![
        (0, FaultKind::SnapshotForeign),
        (0, FaultKind::SnapshotPartial),
        (0, FaultKind::SnapshotEmpty),
    ]);
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(0);
    let foreign = world.snapshot().unwrap();
    assert_eq!(
        (foreign.account.login, foreign.positions[0].magic, foreign.complete),
        (2, Magic(0), true)
    );
    assert!(foreign.positions[0].ticket.0 > 1_000_000);
    let partial = world.snapshot().unwrap();
    assert_eq!(
        (partial.complete, partial.history_deals.len(), partial.history_orders.len()),
        (false, 0, 1)
    );
    let empty = world.snapshot().unwrap();
    assert_eq!(
        (empty.complete, empty.account.login, empty.history_deals.len(), empty.id),
        (true, 1, 0, DataId(1))
    );
}

#[test]
fn bars_are_lost_or_late() {
    let mut world =
        World::at_times(vec![(0, FaultKind::BarsLost), (0, FaultKind::BarsLate { after_ms: 50 })]);
    for expect in ["", "", "B"] {
        world.ask_bars();
        world.pass(0);
        world.hears(expect);
    }
    world.pass(49);
    world.hears("");
    world.pass(1);
    world.hears("B");
}

#[test]
fn what_was_read_is_lost_while_the_link_is_down() {
    let mut world = World::at_times(vec![
        (0, FaultKind::SnapshotLate { after_ms: 50 }),
        (40, FaultKind::LinkDown { for_ms: 20, ticks_lost: false }),
    ]);
    world.ask_snapshot();
    world.pass(100);
    world.hears("Down Up Verified Synced");
}

/// Two symbols, one of them known from the start.
fn two() -> World {
    let mut config = config(BrokerModel::default(), 1);
    config.symbols.push(builtin("GBPUSD").unwrap());
    config.subscribed = Some(1);
    World::of(config)
}

fn subscribe(world: &mut World, name: &str) {
    world.broker.ask(
        at(world.now_ms),
        &DataRequest::Subscribe { id: DataId(4), deadline: at(0), name: name.into() },
    );
    world.pass(0);
}

#[test]
fn a_symbol_is_heard_from_its_subscription_on() {
    let mut world = two();
    let tick = |world: &mut World| {
        world.broker.tick(
            at(world.now_ms),
            &tick_of(1, world.now_ms, "1.3", "1.3002"),
            &mut world.heard,
        )
    };
    assert_eq!((tick(&mut world), world.tick("1.1", "1.1002")), (Heard::No, Heard::Yes));
    subscribe(&mut world, "GBPUSD");
    subscribe(&mut world, "XYZ");
    world.hears("GBPUSD no XYZ");
    assert_eq!(tick(&mut world), Heard::Yes);
    world.broker.client_restarts(at(0));
    world.pass(0);
    world.hears("Up Verified EURUSD A10000/0 Synced");
    assert_eq!(tick(&mut world), Heard::No);
}

/// What nobody listens to still happens: the bars of an unheard symbol are there when it is
/// subscribed.
#[test]
fn the_broker_sees_every_tick() {
    let mut world = two();
    world.broker.tick(at(0), &tick_of(1, 0, "1.3", "1.3002"), &mut world.heard);
    subscribe(&mut world, "GBPUSD");
    let (id, deadline, symbol, timeframe, count) =
        (DataId(1), at(0), SymbolId(1), Timeframe::M1, 9);
    world.broker.ask(at(0), &DataRequest::Bars { id, deadline, symbol, timeframe, count });
    world.pass(0);
    let Some(Event::Bars(bars)) = world.heard.pop() else { panic!("bars were asked for") };
    assert_eq!(bars.forming.unwrap().open, price("1.3"));
}
