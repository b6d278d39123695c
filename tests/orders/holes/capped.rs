//! Caps count what may be: unknown, working, in flight; and what is latched stays latched.

use crate::stage::{Memory, Stage, command, start};
use serde_json::json;
use tickdeck::executor::event::Operator;
use tickdeck::session::fault::FaultKind;

fn open(volume: f64) -> serde_json::Value {
    command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": volume }))
}

/// The account cannot be read for long, so that nobody knows of the first entry: no second one.
#[test]
fn an_unknown_entry_counts() {
    let stage = Stage::new(&["6:00", "9:00", "12:00"], "13:00").fault(1, FaultKind::Lost);
    (0..30).fold(stage, |stage, _| stage.fault_at("6:20", FaultKind::SnapshotLost)).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:30 warning outcome_unknown
        09:00 note sell max_open_trades
        12:00 note buy in_flight
        ",
        "nothing",
    );
}

/// The account's cap counts strategies and commands together.
#[test]
fn the_accounts_cap_counts_trades_of_commands() {
    let stage =
        Stage::new(&["6:00"], "10:00").limit(|limits| limits.max_open_trades_account = Some(1));
    stage.command("5:00", "open", &open(0.05)).command("7:00", "another", &open(0.05)).run().check(
        "
        00:00 result start: executed OK
        05:00 send 1: buy 0.05, command
        05:00 result open: executed OK position #2 0.05
        05:00 opened #2 buy 0.05
        05:00 answer 1: 10009 DONE #2
        06:00 note buy account_limit
        07:00 result another: failed LIMIT_REACHED
        ",
        "#2 buy 0.05 sl - tp -",
    );
}

/// A pending order that works counts.
#[test]
fn a_working_order_counts_in_the_accounts_cap() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let stage =
        Stage::new(&["6:00"], "10:00").limit(|limits| limits.max_open_trades_account = Some(1));
    stage.command("5:00", "place", &place).command("7:00", "open", &open(0.05)).run().check(
        "
        00:00 result start: executed OK
        05:00 send 1: place buy 0.05 1.05000, command
        05:00 result place: executed OK order #2
        05:00 answer 1: 10009 DONE #2
        06:00 note buy account_limit
        07:00 result open: failed LIMIT_REACHED
        ",
        "order #2 0.05 1.05000",
    );
}

#[test]
fn an_emergency_is_latched_over_a_restart_and_no_resume_clears_it() {
    let emergency = command("EMERGENCY_STOP", json!({ "reason": "test" }));
    let stage = Stage::new(&["6:00", "12:00", "18:00", "24:00", "30:00"], "32:00").command(
        "7:00",
        "emergency",
        &emergency,
    );
    let stage = stage.restart("10:00", Memory::Kept).command(
        "10:30",
        "resume",
        &command("RESUME", json!({})),
    );
    let stage = stage.command("10:40", "open", &open(0.05)).operator("11:00", Operator::Resume);
    stage.operator("20:00", Operator::ClearKill).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 critical latched
        07:00 send 2: close #2 0.10, emergency
        07:00 closed #2 0.10 emergency
        07:00 result emergency: executed OK closed #2
        07:00 answer 2: 10009 DONE #3
        10:00 restart
        10:00 link up
        10:30 result resume: executed LATCHED
        10:40 result open: failed LATCHED
        12:00 note sell latched
        18:00 note buy latched
        20:00 info latch_cleared
        24:00 send 3: sell 0.10, signal
        24:00 note sell entered
        24:00 opened #4 sell 0.10
        24:00 answer 3: 10009 DONE #4
        30:00 send 4: close #4 0.10, opposite_signal
        30:00 note buy exited
        30:00 closed #4 0.10 signal
        30:00 answer 4: 10009 DONE #5
        ",
        "nothing",
    );
}

/// EMERGENCY_STOP closes trades of commands and of strategies that ended, and removes what works.
#[test]
fn an_emergency_ends_everything_of_ours() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let emergency = command("EMERGENCY_STOP", json!({ "reason": "test" }));
    let stage = Stage::new(&["6:00"], "10:00").command("5:00", "place", &place).command(
        "5:10",
        "open",
        &open(0.05),
    );
    stage.command("8:00", "emergency", &emergency).run().check_from(
        "8:00",
        "
        08:00 critical latched
        08:00 send 4: close #3 0.05, emergency
        08:00 send 5: close #4 0.10, emergency
        08:00 send 6: remove order #2, emergency
        08:00 closed #3 0.05 emergency
        08:00 answer 4: 10009 DONE #5
        08:00 closed #4 0.10 emergency
        08:00 answer 5: 10009 DONE #6
        08:00 result emergency: executed OK closed #3 #4
        08:00 answer 6: 10009 DONE #2
        ",
        "nothing",
    );
}

/// A part is closed by a command: the rest stays, with its stops, and its strategy goes on.
#[test]
fn the_rest_of_a_partial_close_stays() {
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.04 }));
    let stage = Stage::new(&["6:00", "28:00"], "30:00").command("7:00", "close", &close);
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: close #2 0.04, command
        07:00 result close: executed OK
        07:00 changed #2 0.06 sl 1.09802 tp 1.10702
        07:00 answer 2: 10009 DONE #3
        28:00 send 3: close #2 0.06, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 3: 10009 DONE #4
        ",
        "nothing",
    );
}

/// The same, refused at first.
#[test]
fn a_partial_close_is_tried_until_it_is_done_and_no_further() {
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.04 }));
    let stage = Stage::new(&["6:00"], "10:00")
        .symbol(crate::stage::fills_in_part)
        .fault(2, FaultKind::Requote);
    let stage = stage.fault(3, FaultKind::Partial { percent: 50 });
    stage.command("7:00", "close", &close).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: close #2 0.04, command
        07:00 answer 2: 10004 REQUOTE
        07:00 warning request_refused #2 10004 REQUOTE
        07:01 send 3: close #2 0.04, command
        07:01 changed #2 0.08 sl 1.09802 tp 1.10702
        07:01 answer 3: 10010 DONE_PARTIAL #3
        07:01 send 4: close #2 0.02, command
        07:01 result close: executed OK
        07:01 changed #2 0.06 sl 1.09802 tp 1.10702
        07:01 answer 4: 10009 DONE #4
        ",
        "#2 buy 0.06 sl 1.09802 tp 1.10702",
    );
}

/// Two parts, wanted one after another while the order of the first works: the second is closed
/// beside it.
#[test]
fn two_partial_closes_add_up() {
    let close = |volume: f64| command("CLOSE_POSITION", json!({ "ticket": 2, "volume": volume }));
    let stage = Stage::new(&["6:00"], "10:00").fault(2, FaultKind::Placed { after_ms: 5_000 });
    stage.command("7:00", "one", &close(0.04)).command("7:01", "two", &close(0.03)).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: close #2 0.04, command
        07:00 answer 2: 10008 PLACED #3
        07:01 send 3: close #2 0.03, command
        07:01 changed #2 0.07 sl 1.09802 tp 1.10702
        07:01 answer 3: 10009 DONE #4
        07:05 result one: executed OK
        07:05 result two: executed OK
        07:05 changed #2 0.03 sl 1.09802 tp 1.10702
        ",
        "#2 buy 0.03 sl 1.09802 tp 1.10702",
    );
}

/// Crossings of two strategies at one moment: each has its own cap.
#[test]
fn each_strategy_has_its_own_cap() {
    let stage = Stage::new(&["6:00", "28:00"], "30:00").command("0:00", "start-2", &start("t"));
    stage.run().check(
        "
        00:00 result start: executed OK
        00:00 result start-2: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 send 2: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        06:00 opened #3 buy 0.10
        06:00 answer 2: 10009 DONE #3
        28:00 send 3: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 send 4: close #3 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 3: 10009 DONE #4
        28:00 closed #3 0.10 signal
        28:00 answer 4: 10009 DONE #5
        ",
        "nothing",
    );
}

/// An order that was on its way when the emergency came is removed once it is heard of.
#[test]
fn an_emergency_removes_an_order_that_was_in_flight() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let emergency = command("EMERGENCY_STOP", json!({ "reason": "test" }));
    let stage =
        Stage::empty(&["6:00"], "10:00").fault(1, FaultKind::LateAnswer { after_ms: 20_000 });
    let stage = stage.command("7:00", "place", &place).command("7:05", "emergency", &emergency);
    stage.always(FaultKind::NewsLate { after_ms: 30_000 }, "8:00").run().check(
        "
        07:00 send 1: place buy 0.05 1.05000, command
        07:05 critical latched
        07:20 answer 1: 10009 DONE #2
        07:20 send 2: remove order #2, emergency
        07:20 result place: executed OK order #2
        07:20 answer 2: 10009 DONE #2
        07:21 send 3: remove order #2, emergency
        07:21 answer 3: 10023 ORDER_CHANGED
        07:22 result emergency: executed OK
        ",
        "nothing",
    );
}

/// Of an OPEN that waits for its next attempt when an emergency comes its result says so.
#[test]
fn an_entry_of_a_command_is_withdrawn_by_an_emergency() {
    let emergency = command("EMERGENCY_STOP", json!({ "reason": "test" }));
    let stage = Stage::empty(&["6:00"], "10:00").fault(1, FaultKind::Requote).command(
        "7:00",
        "open",
        &open(0.05),
    );
    stage.command("7:00.2", "emergency", &emergency).run().check(
        "
        07:00 send 1: buy 0.05, command
        07:00 answer 1: 10004 REQUOTE
        07:00.200 critical latched
        07:00.200 info request_given_up latched
        07:00.200 result open: failed LATCHED 10004 REQUOTE
        07:00.200 result emergency: executed OK
        ",
        "nothing",
    );
}

/// One position is closed by an opposite one: what both cover goes.
#[test]
fn a_position_is_closed_by_an_opposite_one() {
    let sell =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "SELL", "volume": 0.04 }));
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "byTicket": 3 }));
    let stage = Stage::empty(&["6:00"], "10:00")
        .command("7:00", "buy", &open(0.10))
        .command("7:10", "sell", &sell);
    stage.command("8:00", "close", &close).run().check(
        "
        07:00 send 1: buy 0.10, command
        07:00 result buy: executed OK position #2 0.10
        07:00 opened #2 buy 0.10
        07:00 answer 1: 10009 DONE #2
        07:10 send 2: sell 0.04, command
        07:10 result sell: executed OK position #3 0.04
        07:10 opened #3 sell 0.04
        07:10 answer 2: 10009 DONE #3
        08:00 send 3: close #2 by #3, command
        08:00 result close: executed OK
        08:00 closed #3 0.04 command
        08:00 changed #2 0.06 sl - tp -
        08:00 answer 3: 10009 DONE #4
        ",
        "#2 buy 0.06 sl - tp -",
    );
}

/// A pending order that was removed is over, and counts no more.
#[test]
fn a_removed_order_is_over() {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let cancel = command("CANCEL_ORDER", json!({ "ticket": 2 }));
    let status = command("GET_ORDER_STATUS", json!({ "clientOrderId": "place" }));
    let stage =
        Stage::new(&["6:00"], "10:00").limit(|limits| limits.max_open_trades_account = Some(1));
    let stage = stage
        .command("4:00", "place", &place)
        .command("5:00", "cancel", &cancel)
        .command("5:30", "status", &status);
    stage.run().check(
        "
        00:00 result start: executed OK
        04:00 send 1: place buy 0.05 1.05000, command
        04:00 result place: executed OK order #2
        04:00 answer 1: 10009 DONE #2
        05:00 send 2: remove order #2, command
        05:00 result cancel: executed OK
        05:00 answer 2: 10009 DONE #2
        05:30 result status: executed OK ended
        06:00 send 3: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #3 buy 0.10
        06:00 answer 3: 10009 DONE #3
        ",
        "#3 buy 0.10 sl 1.09802 tp 1.10702",
    );
}
