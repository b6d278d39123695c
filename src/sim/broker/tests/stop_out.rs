//! Margin calls and stop-outs (MT5 reference 5.4).

use super::*;
use crate::domain::order::Reason;
use crate::session::description::MarginLevels;

/// An account of 1,200 USD at 1:100 with one lot long from 1.1002, which holds 1,100.20 USD. At Bid
/// 1.1 it has lost 20 USD.
fn long(levels: MarginLevels, faults: Vec<Fault>) -> World {
    let mut world = account("1200", levels, faults);
    world.open(Side::Buy, "1", "0", "0");
    world.pass(0);
    world.hears("O2Filled D2@1.1002 P2=1 A1200/1100.2 1:10009");
    world
}

fn account(balance: &str, levels: MarginLevels, faults: Vec<Fault>) -> World {
    let mut config = config(BrokerModel { faults, ..BrokerModel::default() }, 1);
    config.account = AccountModel {
        balance: money(balance),
        leverage: 100,
        margin_so: levels,
        ..AccountModel::default()
    };
    World::of(config)
}

/// Whether the account was told to have a margin call, each time that it was told.
fn calls(world: &mut World) -> Vec<bool> {
    let told = world.heard.drain(..).filter_map(|event| match event {
        Event::Broker(BrokerEvent::Account(account)) => Some(account.margin_call),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_margin_call_begins_below_its_level_and_ends_at_it() {
    let mut world = long(MarginLevels::default(), vec![]);
    // 1,100.20 USD are left when 99.80 are lost: at Bid 1.099202.
    for (bid, told) in [
        ("1.09921", vec![]),
        ("1.0992", vec![true]),
        ("1.0991", vec![]),
        ("1.09921", vec![false]),
        ("1.0992", vec![true]),
    ] {
        world.tick(bid, "1.1");
        assert_eq!(calls(&mut world), told, "{bid}");
    }
    assert_eq!(world.broker.summary().stop_outs, 0);
}

#[test]
fn a_position_is_closed_below_half_of_the_margin() {
    let mut world = long(MarginLevels::default(), vec![]);
    // Half of the margin is 550.10 USD, 649.90 below the balance: at Bid 1.093701.
    world.tick("1.09371", "1.1");
    world.hears("A1200/1100.2");
    world.tick("1.0937", "1.1");
    world.hears("O3Filled D3@1.0937 R2 A550/0 A550/0");
    let deal = world.snapshot().unwrap().history_deals.pop().unwrap();
    // 550 of 1,100.20 USD are 49.99 %.
    assert_eq!((deal.reason, deal.comment.as_str()), (Reason::So, "[so 49.99%]"));
    assert_eq!((deal.magic, deal.profit), (Magic(9), money("-650")));
    assert_eq!(world.broker.summary().stop_outs, 1);
}

/// The larger loss goes first. Then half of the margin is enough.
#[test]
fn no_more_is_closed_than_it_takes() {
    let mut world = account("1400", MarginLevels::default(), vec![]);
    world.open(Side::Buy, "0.5", "0", "0");
    world.pass(0);
    world.tick("1.095", "1.0952");
    world.open(Side::Buy, "0.5", "0", "0");
    world.pass(0);
    world.heard.clear();
    // They hold 550.10 and 547.60 USD. At Bid 1.0892, they have lost 550 and 300: 550 are left, and
    // half of the margin is 548.85.
    world.tick("1.0892", "1.1");
    assert_eq!(world.broker.positions().count(), 2);
    // At 1.0891, 555 and 305: 540 are left.
    world.tick("1.0891", "1.1");
    let open: Vec<u64> = world.broker.positions().map(|one| one.ticket.0).collect();
    assert_eq!((open, world.broker.summary().balance), (vec![3], money("845")));
}

#[test]
fn levels_may_be_money() {
    let levels = MarginLevels::Money { call: money("1000"), so: money("700") };
    let mut world = long(levels, vec![]);
    // 500 USD are lost at Bid 1.0952.
    world.tick("1.0952", "1.1");
    assert_eq!((calls(&mut world), world.broker.positions().count()), (vec![true], 1));
    world.tick("1.09519", "1.1");
    let deal = world.snapshot().unwrap().history_deals.pop().unwrap();
    assert_eq!((deal.reason, deal.comment.as_str()), (Reason::So, "[so 699.00]"));
}

#[test]
fn an_account_without_levels_is_left_alone() {
    let mut world = long(MarginLevels::Off, vec![]);
    world.tick("1", "1.1");
    world.hears("");
    assert_eq!(world.broker.summary().equity, money("-8820"));
}

#[test]
fn a_hedged_account_is_left_alone() {
    let mut world = long(MarginLevels::default(), vec![]);
    world.open(Side::Sell, "1", "0", "0");
    world.pass(0);
    world.tick("1", "1.2");
    assert_eq!(world.broker.positions().count(), 2);
}

/// While the market is shut nothing is closed; when it opens, at once, at the last quote.
#[test]
fn a_stop_out_waits_for_the_market() {
    let shut =
        Fault { request: None, at: Some(at(10)), kind: FaultKind::MarketShut { for_ms: 90 } };
    let mut world = long(MarginLevels::default(), vec![shut]);
    world.pass(10);
    world.tick("1.08", "1.1");
    world.pass(89);
    assert_eq!(calls(&mut world), [true]);
    assert_eq!(world.broker.positions().count(), 1);
    world.pass(1);
    assert_eq!(world.broker.positions().count(), 0);
    world.hears("O3Filled D3@1.08 R2 A-820/0 A-820/0");
}

/// A withdrawal, and a request, are looked at like a quote.
#[test]
fn what_is_paid_out_may_stop_out() {
    let amount = money("-700");
    let paid = Fault { request: None, at: Some(at(10)), kind: FaultKind::Deposit { amount } };
    let mut world = long(MarginLevels::default(), vec![paid]);
    world.pass(10);
    world.hears("D3@0 A500/1100.2 O3Filled D4@1.1 R2 A480/0");
}

/// The broker has a level in view within which no quote stops out or calls.
#[test]
fn quotes_are_quiet_only_above_the_level() {
    let mut world = long(MarginLevels::default(), vec![]);
    // A fall, so that the drawdown watches nothing near, and back.
    for bid in ["1.0993", "1.1"] {
        world.tick(bid, "1.1003");
    }
    let quotes = world.broker.quiet(SymbolId(0)).quotes;
    assert!(quotes.hold(price("1.09935"), price("1.2")));
    assert!(!quotes.hold(price("1.0992"), price("1.2")));
}

#[test]
fn levels_in_disorder_are_refused() {
    let mut config = config(BrokerModel::default(), 1);
    config.account.margin_so = MarginLevels::Money { call: money("1"), so: money("2") };
    let error = SimBroker::new(config).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "account.margin_so: `so` must not be negative, nor above `call`");
}
