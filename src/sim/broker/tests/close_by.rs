//! Close-by: two positions close each other (MT5 reference 4.5).

use super::*;
use crate::domain::deal::DealEntry;
use crate::domain::order::{OrderKind, OrderState};
use crate::domain::symbol::OrderModes;
use crate::executor::action::CloseByRequest;

fn by(position: u64, by: u64) -> Request {
    Request::CloseBy(CloseByRequest {
        symbol: SymbolId(0),
        position: Ticket(position),
        by: Ticket(by),
    })
}

fn hedged(long: &str, short: &str) -> World {
    let mut world =
        World::new(BrokerModel { commission_per_lot: money("3"), ..BrokerModel::default() });
    world.open(Side::Buy, long, "1.05", "0");
    world.pass(0);
    world.tick("1.1052", "1.1054");
    world.open(Side::Sell, short, "0", "0");
    world.pass(0);
    world.heard.clear();
    world.now_ms += 1_000;
    world
}

#[test]
fn the_first_deal_carries_the_profit_and_the_larger_position_goes_on() {
    let mut world = hedged("0.3", "0.1");
    world.send(by(2, 3));
    world.pass(0);
    // Long from 1.1002, short from 1.1052: 50 pips on 0.1 lots, and no commission.
    world.hears("O4Filled D4@1.1052 D5@1.1002 P2=0.2 R3 A10048.8/44.01 3:10009");
    let snapshot = world.snapshot().unwrap();
    let deals: Vec<_> = snapshot.history_deals[3..]
        .iter()
        .map(|deal| (deal.position.0, deal.entry, deal.profit, deal.commission))
        .collect();
    let none = Money::ZERO;
    assert_eq!(
        deals,
        [(2, DealEntry::OutBy, money("50"), none), (3, DealEntry::OutBy, none, none)]
    );
    let order = snapshot.history_orders.last().unwrap();
    assert_eq!(
        (order.kind, order.state, order.volume_initial, order.position),
        (OrderKind::CloseBy, OrderState::Filled, volume("0.1"), Some(Ticket(2)))
    );
    assert_eq!(
        (snapshot.positions[0].time_update_msc, snapshot.positions[0].sl),
        (Some(ServerMsc(1_000)), level("1.05"))
    );
}

#[test]
fn swapping_the_tickets_moves_the_profit() {
    let mut world = hedged("0.1", "0.1");
    world.send(by(3, 2));
    world.pass(0);
    world.hears("O4Filled D4@1.1002 D5@1.1052 R3 R2 A10049.4/0 3:10009");
    let deals = world.snapshot().unwrap().history_deals;
    assert_eq!((deals[3].profit, deals[4].profit), (money("50"), Money::ZERO));
}

#[test]
fn only_opposite_positions_close_each_other() {
    let mut world = hedged("0.1", "0.1");
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(0);
    world.heard.clear();
    for request in [by(2, 2), by(2, 4), by(2, 9), by(9, 2), by(2, 3), by(2, 3)] {
        world.send(request);
    }
    world.pass(0);
    world.hears("4:10013 5:10013 6:10036 7:10036 O5Filled D5@1.1052 D6@1.1002 R2 R3 A10049.1/22.11 8:10009 9:10036");
    let mut world =
        World::with_spec(BrokerModel::default(), |spec| spec.order_mode = OrderModes(1));
    world.open(Side::Buy, "0.1", "0", "0");
    world.open(Side::Sell, "0.1", "0", "0");
    world.send(by(2, 3));
    world.pass(0);
    assert_eq!(world.heard.last().map(word).as_deref(), Some("3:10035"));
}

#[test]
fn an_accepted_close_by_is_carried_out_or_refused_later() {
    let faults =
        vec![Fault { request: Some(3), at: None, kind: FaultKind::Placed { after_ms: 50 } }];
    let mut world = World::new(BrokerModel { faults, ..BrokerModel::default() });
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.open(Side::Sell, "0.1", "0", "0");
    world.send(by(2, 3));
    world.pass(0);
    world.heard.clear();
    world.close(2, Side::Sell, "0.1");
    world.pass(10);
    world.hears("4:10039");
    // Its stop loss takes the position away.
    world.tick("1.04", "1.0402");
    world.pass(40);
    world.hears("O5Filled D4@1.04 R2 A9398/22 O4Rejected");
}
