//! Pending orders that are changed: statements of an order carry no time, so that late ones may say what was before.

use crate::stage::{Stage, command};
use serde_json::{Value, json};
use tickdeck::session::fault::FaultKind;

fn to(price: f64) -> Value {
    command("MODIFY_ORDER", json!({ "ticket": 2, "price": price }))
}

/// The news of its placing comes when the order was moved and is to go back, and the request for that is lost: it is moved
/// back once a reading has shown that it is not there.
#[test]
fn late_news_of_an_order_does_not_move_it_back() {
    let order = json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.1005 });
    let stage = Stage::empty(&["6:00", "10:00"], "12:00").command("6:00", "place", &command("PLACE_ORDER", order));
    let stage = stage.fault_at("5:00", FaultKind::NewsLate { after_ms: 130_000 }).fault(3, FaultKind::Lost);
    stage.command("7:00", "away", &to(1.09)).command("8:05", "back", &to(1.1005)).run().check_from(
        "6:00",
        "
        06:00 send 1: place buy 0.05 1.10050, command
        06:00 answer 1: 10009 DONE #2
        06:00 result place: executed OK order #2
        07:00 send 2: change order #2 1.09000, command
        07:00 result away: executed OK
        07:00 answer 2: 10009 DONE #2
        08:05 send 3: change order #2 1.10050, command
        08:35 warning outcome_unknown order #2
        08:36 send 4: change order #2 1.10050, command
        08:36 answer 4: 10009 DONE #2
        08:37 result back: executed OK
        09:30 opened #2 buy 0.05
        ",
        "#2 buy 0.05 sl - tp -",
    );
}
