//! Money that would be more than can be booked.

use super::*;
use crate::session::description::StopsCheck;

#[test]
fn no_more_is_paid_in_than_can_be_booked() {
    let fault_rates = vec![FaultRate {
        kind: FaultKind::Deposit { amount: money("10000000000") },
        per_mille: 1_000,
    }];
    let mut world = World::new(BrokerModel { fault_rates, ..BrokerModel::default() });
    world.pass(20 * 60_000);
    assert_eq!(
        (world.broker.summary().balance, world.broker.fault_counts()["deposit"]),
        (money("20000010000"), 2)
    );
}

/// The far stop stays, the near one would be below zero.
#[test]
fn a_stop_is_not_moved_beyond_all_prices() {
    let faults = vec![Fault {
        request: None,
        at: Some(at(10)),
        kind: FaultKind::ExternalStops { points: 1_000_000 },
    }];
    let mut world =
        World::new(BrokerModel { faults, stops_check: StopsCheck::Off, ..BrokerModel::default() });
    world.open(Side::Buy, "0.1", "1.05", "9223372030");
    world.pass(10);
    let position = world.snapshot().unwrap().positions.pop().unwrap();
    assert_eq!((position.sl, position.tp), (None, level("9223372030")));
}

fn rich(change: impl Fn(&mut SymbolSpec), commission_per_lot: &str) -> World {
    let commission_per_lot = money(commission_per_lot);
    let mut config = config(BrokerModel { commission_per_lot, ..BrokerModel::default() }, 1);
    config.account = AccountModel {
        balance: money("10000000000"),
        leverage: u32::MAX,
        ..AccountModel::default()
    };
    change(&mut config.symbols[0]);
    World::of(config)
}

#[test]
fn what_may_come_to_more_than_can_be_booked_is_not_opened() {
    let change = |spec: &mut SymbolSpec| {
        (spec.contract_size, spec.volume_max) = (1_000_000_000, volume("1000000"));
    };
    let mut world = rich(change, "0");
    world.open(Side::Buy, "1000000", "0", "0");
    world.place_lots("1000000", PendingKind::Stop, Side::Buy, "1.2", Expiration::Gtc);
    world.pass(0);
    world.tick("1.2", "1.2002");
    world.hears("1:10019 O2Placed 2:10009 O2Rejected");
}

#[test]
fn no_trade_is_made_at_a_price_at_which_money_cannot_be_booked() {
    let mut world = World::new(BrokerModel::default());
    world.open(Side::Buy, "1", "0", "1.2");
    world.pass(0);
    world.heard.clear();
    world.tick("9000000000", "9000000000");
    world.close(2, Side::Sell, "1");
    world.pass(0);
    world.hears("2:10021");
    assert_eq!(world.broker.summary().open_positions, 1);
    world.tick("1.2", "1.2002");
    world.hears("O3Filled D3@1.2 R2 A19980/0");
}

/// Covered volume needs no margin, its commission is to be paid all the same.
#[test]
fn a_commission_that_the_equity_cannot_bear_is_not_incurred() {
    let mut world = rich(|spec| spec.volume_max = volume("10"), "1000000000");
    world.open(Side::Buy, "10", "0", "0");
    world.open(Side::Sell, "10", "0", "0");
    world.pass(0);
    world.hears("O2Filled D2@1.1002 P2=10 A0/0 1:10009 2:10019");
}
