//! Orders that are filled in part and work on.

use super::*;
use crate::domain::order::OrderState;

fn partly(percent: u32) -> World {
    World::faulty(FaultKind::PartialWorking { percent, rest_after_ms: 50 })
}

#[test]
fn the_rest_is_filled_into_the_same_position() {
    let mut world = partly(25);
    world.open(Side::Buy, "0.4", "1.05", "0");
    world.pass(10);
    world.hears("O2Partial D2@1.1002 P2=0.1 A10000/22 1:10010");
    let order = world.snapshot().unwrap().orders.pop().unwrap();
    assert_eq!(
        (order.state, order.volume_current, order.position),
        (OrderState::Partial, volume("0.3"), Some(Ticket(2)))
    );
    world.tick("1.104", "1.1042");
    world.pass(40);
    world.hears("O2Filled D3@1.1042 P2=0.4 A10000/88.25");
    let snapshot = world.snapshot().unwrap();
    let position = &snapshot.positions[0];
    // A quarter from 1.1002, the rest from 1.1042.
    assert_eq!(
        (position.price_open, position.time_update_msc, snapshot.orders.len()),
        (price("1.1032"), Some(ServerMsc(50)), 0)
    );
    assert_eq!(snapshot.history_deals[2].position, Ticket(2));
    world.close(2, Side::Sell, "0.4");
    world.pass(0);
    world.hears("O3Filled D4@1.104 R2 A10032/0 2:10009");
}

#[test]
fn the_rest_can_be_removed_and_goes_with_its_position() {
    let mut world = partly(25);
    world.open(Side::Buy, "0.4", "1.05", "0");
    world.remove(2);
    world.pass(60);
    world.hears("O2Partial D2@1.1002 P2=0.1 A10000/22 1:10010 O2Canceled 2:10009");
    let mut world = partly(25);
    world.open(Side::Buy, "0.4", "1.05", "0");
    world.close(2, Side::Sell, "0.1");
    world.pass(60);
    world.hears("O2Partial D2@1.1002 P2=0.1 A10000/22 1:10010 O3Filled D3@1.1 R2 A9998/0 2:10009 O2Canceled");
}

#[test]
fn a_close_can_be_filled_in_parts_too() {
    let faults = vec![Fault {
        request: Some(2),
        at: None,
        kind: FaultKind::PartialWorking { percent: 50, rest_after_ms: 50 },
    }];
    let mut world = World::new(BrokerModel { faults, ..BrokerModel::default() });
    world.open(Side::Buy, "0.4", "0", "0");
    world.close(2, Side::Sell, "0.4");
    world.pass(0);
    world.hears("O2Filled D2@1.1002 P2=0.4 A10000/88.02 1:10009 O3Partial D3@1.1 P2=0.2 A9996/44.01 2:10010");
    world.pass(50);
    world.hears("O3Filled D4@1.1 R2 A9992/0");
}

#[test]
fn no_rest_is_filled_while_nothing_is_executed() {
    for kind in [FaultKind::MarketShut { for_ms: 100 }, FaultKind::TradingForbidden { for_ms: 100 }]
    {
        let faults = vec![
            Fault {
                request: Some(1),
                at: None,
                kind: FaultKind::PartialWorking { percent: 25, rest_after_ms: 50 },
            },
            Fault { request: None, at: Some(at(20)), kind: kind.clone() },
        ];
        let mut world = World::new(BrokerModel { faults, ..BrokerModel::default() });
        world.open(Side::Buy, "0.4", "1.05", "0");
        world.pass(200);
        let order = &world.broker.history().unwrap().orders()[&Ticket(2)];
        assert_eq!(
            (order.state, order.volume_current),
            (OrderState::Canceled, volume("0.3")),
            "{kind:?}"
        );
    }
}

/// Fill or kill is whole or nothing, whatever goes wrong.
#[test]
fn fill_or_kill_is_never_filled_in_part() {
    for kind in [
        FaultKind::Partial { percent: 45 },
        FaultKind::PartialWorking { percent: 45, rest_after_ms: 50 },
    ] {
        let mut world = World::faulty(kind);
        world.open_or(FillingMode::Fok, Side::Buy, "0.1", "0", "0");
        world.pass(200);
        world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22 1:10009");
    }
}
