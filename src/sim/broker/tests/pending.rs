//! Pending orders: placed, triggered, changed, removed, lapsed.

use super::*;
use crate::domain::order::OrderKind;
use crate::domain::symbol::{ExecutionMode, OrderModes};
use crate::executor::action::ModifyOrderRequest;

const GTC: Expiration = Expiration::Gtc;

fn quiet() -> World {
    World::new(BrokerModel::default())
}

#[test]
fn a_limit_waits_for_its_price_and_takes_a_better_one() {
    let mut world = quiet();
    world.place(PendingKind::Limit, Side::Buy, "1.09 1.08 1.12", GTC);
    world.pass(0);
    world.hears("O2Placed 1:10009");
    world.tick("1.0899", "1.0901");
    world.hears("");
    world.tick("1.0889", "1.0891");
    world.hears("O2Filled D2@1.0891 P2=0.1 A10000/21.78");
    let snapshot = world.snapshot().unwrap();
    let order = snapshot.history_orders.last().unwrap();
    assert_eq!(
        (order.kind, order.price, order.position),
        (OrderKind::Limit(Side::Buy), level("1.09"), Some(Ticket(2)))
    );
    let position = &snapshot.positions[0];
    assert_eq!(
        (position.sl, position.tp, position.magic, position.comment.len()),
        (level("1.08"), level("1.12"), Magic(9), 22)
    );
}

#[test]
fn a_stop_takes_the_market_and_the_slippage() {
    let mut world = World::new(BrokerModel {
        slippage: Slippage::ConstantPoints(Points(3)),
        ..BrokerModel::default()
    });
    world.place(PendingKind::Stop, Side::Sell, "1.09", GTC);
    world.place(PendingKind::Stop, Side::Buy, "1.12", GTC);
    world.pass(0);
    world.heard.clear();
    world.tick("1.0889", "1.0891");
    world.hears("O2Filled D2@1.08887 P2=0.1 A10000/21.78");
    let mut world =
        World::new(BrokerModel { stop_fills: Some(StopFills::Level), ..BrokerModel::default() });
    world.place(PendingKind::Stop, Side::Sell, "1.09", GTC);
    world.pass(0);
    world.heard.clear();
    world.tick("1.0889", "1.0891");
    world.hears("O2Filled D2@1.09 P2=0.1 A10000/21.8");
}

#[test]
fn a_stop_limit_becomes_a_limit() {
    let mut world = quiet();
    world.place(PendingKind::StopLimit, Side::Buy, "1.12 0 0 1.11", GTC);
    world.pass(0);
    world.heard.clear();
    world.tick("1.1199", "1.1201");
    world.hears("O2Placed");
    let order = world.snapshot().unwrap().orders.pop().unwrap();
    assert_eq!(
        (order.kind, order.price, order.stop_limit),
        (OrderKind::Limit(Side::Buy), level("1.11"), None)
    );
    world.tick("1.1099", "1.1101");
    world.tick("1.1097", "1.1099");
    world.hears("O2Filled D2@1.1099 P2=0.1 A10000/22.2");
}

/// Stop losses, take profits, pending orders; and a position that a tick opens has its stops looked
/// at by the next.
#[test]
fn one_tick_sets_off_all_in_the_servers_order() {
    let mut world = quiet();
    world.place(PendingKind::Stop, Side::Sell, "1.095 1.0951 0", GTC);
    world.open(Side::Sell, "0.1", "1.2", "1.095");
    world.open(Side::Buy, "0.1", "1.095", "0");
    world.pass(0);
    world.heard.clear();
    world.tick("1.0945", "1.0949");
    world.hears("O5Filled D4@1.0945 R4 A9943/22 O6Filled D5@1.0949 R3 A9994/0 O2Filled D6@1.0945 P2=0.1 A9994/21.89");
    world.place(PendingKind::Stop, Side::Sell, "1.09 1.0901 0", GTC);
    world.pass(0);
    world.heard.clear();
    world.tick("1.0899", "1.0902");
    world.hears("O7Filled D7@1.0899 P7=0.1 A9994/43.69");
    world.tick("1.0899", "1.0902");
    world.hears("O8Filled D8@1.0902 R7 A9991/21.89");
}

#[test]
fn without_margin_an_activated_order_is_refused() {
    let mut world = quiet();
    world.place_lots("60", PendingKind::Limit, Side::Buy, "1.09", GTC);
    world.pass(0);
    world.heard.clear();
    world.tick("1.0898", "1.09");
    world.hears("O2Rejected");
    assert_eq!((world.book().positions_open(), world.book().working().len()), (0, 0));
}

#[test]
fn orders_lapse_by_the_servers_clock() {
    let day = 86_400_000;
    for (expiration, lapses) in [
        (Expiration::Day, day),
        (Expiration::Specified(ServerMsc(5_000)), 5_000),
        (Expiration::SpecifiedDay(ServerMsc(day + 7)), 2 * day),
    ] {
        let mut world = quiet();
        world.place(PendingKind::Limit, Side::Buy, "1.09", expiration);
        world.pass(lapses - 1);
        world.hears("O2Placed 1:10009");
        world.pass(1);
        world.hears("O2Expired");
        world.tick("1.0898", "1.09");
        world.hears("");
    }
    let mut world = quiet();
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Specified(ServerMsc(0)));
    world.pass(0);
    world.hears("1:10022");
}

#[test]
fn a_changed_order_has_its_new_price_and_its_new_end() {
    let mut world = quiet();
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Specified(ServerMsc(5_000)));
    let change = |order, expiration| {
        let (symbol, price) = (SymbolId(0), price("1.08"));
        Request::ModifyOrder(ModifyOrderRequest {
            symbol,
            order: Ticket(order),
            price,
            stop_limit: None,
            sl: None,
            tp: None,
            expiration,
        })
    };
    world.send(change(2, Expiration::Specified(ServerMsc(9_000))));
    world.send(change(3, GTC));
    world.pass(8_999);
    world.hears("O2Placed 1:10009 O2Placed 2:10009 3:10013");
    world.tick("1.0898", "1.09");
    world.hears("");
    world.pass(1);
    world.hears("O2Expired");
    world.send(change(2, GTC));
    world.pass(0);
    world.hears("4:10023");
}

#[test]
fn what_is_removed_is_not_triggered() {
    let mut world = quiet();
    world.place(PendingKind::Limit, Side::Buy, "1.09", GTC);
    world.remove(2);
    world.remove(2);
    world.pass(0);
    world.hears("O2Placed 1:10009 O2Canceled 2:10009 3:10023");
    world.tick("1.0898", "1.09");
    world.hears("");
}

#[test]
fn an_accepted_market_order_can_still_be_removed() {
    let mut world = World::faulty(FaultKind::Placed { after_ms: 50 });
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(10);
    world.remove(2);
    world.pass(100);
    world.hears("O2Placed 1:10008 O2Canceled 2:10009");
    assert_eq!(world.book().positions_open(), 0);
}

#[test]
fn a_pending_order_can_be_placed_later_too() {
    let mut world = World::faulty(FaultKind::Placed { after_ms: 50 });
    world.place(PendingKind::Limit, Side::Buy, "1.09", Expiration::Specified(ServerMsc(100)));
    world.tick("1.0898", "1.09");
    world.tick("1.1", "1.1002");
    world.pass(50);
    world.hears("O2Started 1:10008 O2Placed");
    world.pass(50);
    world.hears("O2Expired");
}

#[test]
fn the_volume_limit_counts_one_direction() {
    let limited = |spec: &mut SymbolSpec| spec.volume_limit = Some(volume("0.3"));
    let mut world = World::with_spec(BrokerModel::default(), limited);
    world.open(Side::Buy, "0.1", "0", "0");
    world.place(PendingKind::Stop, Side::Buy, "1.12", GTC);
    world.pass(0);
    world.heard.clear();
    world.open(Side::Buy, "0.11", "0", "0");
    world.place_lots("0.11", PendingKind::Limit, Side::Buy, "1.09", GTC);
    world.open(Side::Sell, "0.3", "0", "0");
    world.close(2, Side::Sell, "0.1");
    world.open(Side::Buy, "0.2", "0", "0");
    world.pass(0);
    world.hears(
        "3:10034 4:10034 O4Filled D3@1.1 P4=0.3 A10000/44 5:10009 O5Filled D4@1.1 R2 A9998/66 6:10009 \
         O6Filled D5@1.1002 P6=0.2 A9998/22 7:10009",
    );
}

#[test]
fn what_the_symbol_does_not_take_is_refused() {
    let mut world =
        World::with_spec(BrokerModel::default(), |spec| spec.order_mode = OrderModes(2));
    world.open(Side::Buy, "0.1", "0", "0");
    world.place(PendingKind::Stop, Side::Buy, "1.12", GTC);
    world.place(PendingKind::Limit, Side::Buy, "1.09 1.08 0", GTC);
    world.place(PendingKind::Limit, Side::Buy, "1.09", GTC);
    world.pass(0);
    world.hears("1:10035 2:10035 3:10013 O2Placed 4:10009");
}

/// By exchange execution, which does not check limits against the market.
#[test]
fn a_limit_that_crosses_the_market_is_filled_at_once_at_the_market() {
    let mut world =
        World::with_spec(BrokerModel::default(), |spec| spec.execution = ExecutionMode::Exchange);
    world.place(PendingKind::Limit, Side::Buy, "1.2", GTC);
    world.pass(0);
    world.hears("O2Placed O2Filled D2@1.1002 P2=0.1 A10000/22 1:10009");
}
