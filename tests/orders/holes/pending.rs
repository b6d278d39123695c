//! Pending orders that are changed: statements of an order carry no time, so that late ones may say
//! what was before.

use crate::stage::{Stage, command};
use serde_json::{Value, json};
use tickdeck::session::fault::FaultKind;

fn to(price: f64) -> Value {
    command("MODIFY_ORDER", json!({ "ticket": 2, "price": price }))
}

/// The news of its placing comes when the order was moved and is to go back, and the request for
/// that is lost: it is moved back once a reading has shown that it is not there.
#[test]
fn late_news_of_an_order_does_not_move_it_back() {
    let order = json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.1005 });
    let stage = Stage::empty(&["6:00", "10:00"], "12:00").command(
        "6:00",
        "place",
        &command("PLACE_ORDER", order),
    );
    let stage =
        stage.fault_at("5:00", FaultKind::NewsLate { after_ms: 130_000 }).fault(3, FaultKind::Lost);
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

/// The same, while a slow reading still shows where it was and the first change is not answered.
#[test]
fn a_change_is_not_done_while_another_one_is_out() {
    let order = json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.09 });
    let stage = Stage::empty(&["6:00", "10:00"], "12:00").command(
        "6:00",
        "place",
        &command("PLACE_ORDER", order),
    );
    let stage = stage
        .fault_at("6:00.5", FaultKind::SnapshotLate { after_ms: 10_000 })
        .fault(2, FaultKind::ExecutedUnanswered);
    let stage = stage.fault_at("6:03", FaultKind::NewsLate { after_ms: 60_000 });
    stage.command("6:05", "away", &to(1.08)).command("6:06", "back", &to(1.09)).run().check_from(
        "6:00",
        "
        06:00 send 1: place buy 0.05 1.09000, command
        06:00 result place: executed OK order #2
        06:00 answer 1: 10009 DONE #2
        06:05 send 2: change order #2 1.08000, command
        06:06 result away: failed WITHDRAWN
        06:35 warning outcome_unknown order #2
        06:36 send 3: change order #2 1.09000, command
        06:36 answer 3: 10009 DONE #2
        06:37 result back: executed OK
        ",
        "order #2 0.05 1.09000",
    );
}

/// The answer to a placing comes late, when a change of the order has no effect: it does not say
/// that the change is done.
#[test]
fn the_answer_to_a_placing_says_nothing_of_a_change() {
    let order = json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.09 });
    let stage = Stage::empty(&["6:00", "10:00"], "12:00").command(
        "6:00",
        "place",
        &command("PLACE_ORDER", order),
    );
    let stage = stage.fault(1, FaultKind::LateAnswer { after_ms: 5_000 });
    let stage = (2..=6).fold(stage, |stage, request| stage.fault(request, FaultKind::StopsDropped));
    let stops = command("MODIFY_ORDER", json!({ "ticket": 2, "stopLoss": 1.08 }));
    stage.command("6:01", "stops", &stops).run().check_from(
        "6:00",
        "
        06:00 send 1: place buy 0.05 1.09000, command
        06:00 result place: executed OK order #2
        06:01 send 2: change order #2 1.09000, command
        06:01 answer 2: 10009 DONE #2
        06:02 send 3: change order #2 1.09000, command
        06:02 answer 3: 10009 DONE #2
        06:04 send 4: change order #2 1.09000, command
        06:04 answer 4: 10009 DONE #2
        06:05 answer 1: 10009 DONE #2
        06:06 result stops: failed REFUSED
        ",
        "order #2 0.05 1.09000",
    );
}

/// The server carries a change out when another one was asked for and stands: the order is moved
/// back.
#[test]
fn a_change_that_comes_late_does_not_undo_a_later_one() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let to = |price: f64| command("MODIFY_ORDER", json!({ "ticket": 2, "price": price }));
    let stage = Stage::empty(&[], "14:00").fault(2, FaultKind::Placed { after_ms: 90_000 });
    let stage = stage.command("6:00", "place", &place).command("7:00", "first", &to(1.06)).command(
        "7:00.5",
        "second",
        &to(1.07),
    );
    stage.run().check(
        "
        06:00 send 1: place buy 0.05 1.05000, command
        06:00 result place: executed OK order #2
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: change order #2 1.06000, command
        07:00 answer 2: 10008 PLACED
        07:00.500 result first: failed WITHDRAWN
        07:00.500 send 3: change order #2 1.07000, command
        07:00.500 answer 3: 10009 DONE #2
        07:02 result second: executed OK
        08:32 warning order_changed order #2
        08:32 send 4: change order #2 1.07000, command
        08:32 answer 4: 10009 DONE #2
        ",
        "order #2 0.05 1.07000",
    );
}

/// While it is moved back, a command changes something else of it: it starts from what was asked.
#[test]
fn a_change_while_a_late_one_is_undone_starts_from_what_was_asked() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let to = |price: f64| command("MODIFY_ORDER", json!({ "ticket": 2, "price": price }));
    let stops = command("MODIFY_ORDER", json!({ "ticket": 2, "stopLoss": 1.02 }));
    let stage = Stage::empty(&[], "14:00").fault(2, FaultKind::Placed { after_ms: 90_000 });
    let stage = stage.fault(4, FaultKind::Requote).command("6:00", "place", &place);
    let stage = stage.command("7:00", "first", &to(1.06)).command("7:00.5", "second", &to(1.07));
    stage.command("8:32.5", "stops", &stops).run().check_from(
        "8:00",
        "
        08:32 warning order_changed order #2
        08:32 send 4: change order #2 1.07000, command
        08:32 answer 4: 10004 REQUOTE
        08:32.500 send 5: change order #2 1.07000, command
        08:32.500 answer 5: 10009 DONE #2
        08:34 result stops: executed OK
        ",
        "order #2 0.05 1.07000",
    );
}

/// The server takes its time with undoing a late change, too. It is tried again, and is not itself
/// taken for a change that came late.
#[test]
fn the_undoing_of_a_late_change_stays_wanted() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let to = |price: f64| command("MODIFY_ORDER", json!({ "ticket": 2, "price": price }));
    let stage = Stage::empty(&[], "14:00").limit(|limits| limits.stops_tries_max = 1);
    let stage = stage.fault(2, FaultKind::Placed { after_ms: 90_000 });
    let stage = (4..=5).fold(stage, |stage, request| {
        stage.fault(request, FaultKind::Placed { after_ms: 120_000 })
    });
    let stage = stage.command("6:00", "place", &place).command("7:00", "first", &to(1.06));
    stage.command("7:00.5", "second", &to(1.07)).run().check_from(
        "8:00",
        "
        08:32 warning order_changed order #2
        08:32 send 4: change order #2 1.07000, command
        08:32 answer 4: 10008 PLACED
        08:35 send 5: change order #2 1.07000, command
        08:35 answer 5: 10008 PLACED
        08:39 send 6: change order #2 1.07000, command
        08:39 answer 6: 10009 DONE #2
        ",
        "order #2 0.05 1.07000",
    );
}
