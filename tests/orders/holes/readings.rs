//! What readings of the account prove, and what they do not.

use crate::stage::{Memory, Stage, command, stop};
use serde_json::json;
use tickdeck::session::fault::FaultKind;

fn stage(end: &str) -> Stage {
    Stage::new(&["6:00", "28:00", "50:00"], end)
}

/// The exit is lost, and the next reading lists nothing: the position is alive.
#[test]
fn an_empty_reading_does_not_end_a_position() {
    let stage =
        stage("34:00").fault(2, FaultKind::Lost).fault_at("28:01", FaultKind::SnapshotEmpty);
    stage.run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:30 warning outcome_unknown #2
        28:32 warning reading_contradicts
        29:00 warning exit_overdue #2
        29:34 warning unknown_absent #2
        29:34 send 3: close #2 0.10, opposite_signal
        29:34 closed #2 0.10 signal
        29:34 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The same, and a STOP while the reading says that nothing is there.
#[test]
fn stop_does_not_say_flat_on_an_empty_reading() {
    let stage = stage("34:00").fault(2, FaultKind::Lost);
    let stage = (0..3).fold(stage, |stage, _| stage.fault_at("28:01", FaultKind::SnapshotEmpty));
    stage.command("28:35", "stop", &stop("s")).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:30 warning outcome_unknown #2
        28:32 warning reading_contradicts
        28:36 warning reading_contradicts
        28:44 warning reading_contradicts
        29:00 warning exit_overdue #2
        29:34 warning unknown_absent #2
        29:34 send 3: close #2 0.10, opposite_signal
        29:34 closed #2 0.10 signal
        29:34 result stop: executed OK closed #2
        29:34 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Of 0.10 opened without an answer a part of 0.04 was closed by somebody else before anybody
/// looked: 0.06 are closed.
#[test]
fn an_unanswered_fill_that_was_reduced_is_closed_whole() {
    let stage = stage("30:00")
        .fault(1, FaultKind::ExecutedUnanswered)
        .fault_at("6:01", FaultKind::ExternalPartialClose { percent: 40 });
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:01 warning closed_elsewhere #2
        06:01 opened #2 buy 0.10
        28:00 send 2: close #2 0.06, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 2: 10009 DONE #4
        ",
        "nothing",
    );
}

/// The same where nobody is told of the partial close either: the reading shows all of it at once.
#[test]
fn an_unanswered_fill_that_was_reduced_unheard_is_closed_whole() {
    let stage = stage("30:00").fault(1, FaultKind::ExecutedUnanswered);
    let stage = stage.fault_at("6:00.5", FaultKind::NewsLate { after_ms: 300_000 });
    stage.fault_at("6:01", FaultKind::ExternalPartialClose { percent: 40 }).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:30 warning outcome_unknown
        06:32 warning closed_elsewhere #2
        06:32 opened #2 buy 0.10
        06:32 info unknown_found
        28:00 send 2: close #2 0.06, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 2: 10009 DONE #4
        ",
        "nothing",
    );
}

/// An entry of which nothing is known, and that was not carried out: absent after its window, by
/// two readings.
#[test]
fn a_lost_entry_is_absent_after_its_window() {
    Stage::new(&["6:00", "9:00", "12:00"], "14:00").fault(1, FaultKind::Lost).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:30 warning outcome_unknown
        07:34 warning unknown_absent
        09:00 send 2: sell 0.10, signal
        09:00 note sell entered
        09:00 opened #2 sell 0.10
        09:00 answer 2: 10009 DONE #2
        12:00 send 3: close #2 0.10, opposite_signal
        12:00 note buy exited
        12:00 closed #2 0.10 signal
        12:00 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Twelve readings of the account that are not whole prove nothing: the entry stays unknown, and
/// counted, until one is.
fn unread(fault: &FaultKind) -> Stage {
    let stage = Stage::new(&["6:00", "9:00", "12:00", "18:00"], "20:00").fault(1, FaultKind::Lost);
    (0..12).fold(stage, |stage, _| stage.fault_at("6:20", fault.clone()))
}

#[test]
fn readings_that_are_partial_prove_nothing() {
    unread(&FaultKind::SnapshotPartial).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:30 warning outcome_unknown
        09:00 note sell max_open_trades
        12:00 note buy in_flight
        12:34 warning unknown_absent
        18:00 send 2: sell 0.10, signal
        18:00 note sell entered
        18:00 opened #2 sell 0.10
        18:00 answer 2: 10009 DONE #2
        ",
        "#2 sell 0.10 sl 1.10300 tp 1.09400",
    );
}

#[test]
fn readings_that_are_lost_prove_nothing() {
    unread(&FaultKind::SnapshotLost).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:30 warning outcome_unknown
        09:00 note sell max_open_trades
        09:34 warning unknown_absent
        12:00 send 2: buy 0.10, signal
        12:00 note buy entered
        12:00 opened #2 buy 0.10
        12:00 answer 2: 10009 DONE #2
        18:00 send 3: close #2 0.10, opposite_signal
        18:00 note sell exited
        18:00 closed #2 0.10 signal
        18:00 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// A part of 0.10 is gone before the opening is heard of: a STOP in that very moment closes what is
/// stated to be open.
#[test]
fn a_reduced_position_is_closed_by_what_is_stated() {
    let stage = Stage::new(&["6:00"], "10:00").fault(1, FaultKind::ExecutedUnanswered);
    let stage = stage.fault_at("6:01", FaultKind::ExternalPartialClose { percent: 40 });
    stage.command("6:01.5", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:01 warning closed_elsewhere #2
        06:01 opened #2 buy 0.10
        06:01.500 send 2: close #2 0.06, stop_command
        06:01.500 answer 2: 10009 DONE #4
        06:03 closed #2 0.10 stop_command
        06:30 result stop: executed OK closed #2
        ",
        "nothing",
    );
}

/// The account of somebody else is read: nothing is concluded, nothing is sent, an operator is
/// told.
#[test]
fn the_account_of_somebody_else_proves_nothing() {
    let stage =
        stage("31:00").fault(2, FaultKind::Lost).fault_at("28:01", FaultKind::SnapshotForeign);
    stage.run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:30 warning outcome_unknown #2
        28:32 critical wrong_account account.login
        29:00 warning exit_overdue #2
        29:34 warning unknown_absent #2
        29:34 send 3: close #2 0.10, opposite_signal
        29:34 closed #2 0.10 signal
        29:34 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// STOP with a moment of the past after the ledger has forgotten: what reduces risk is never too
/// old.
#[test]
fn an_old_stop_is_carried_out() {
    let mut old = stop("s");
    old["timestamp"] = json!("2025-09-01T00:00:00Z");
    let mut ping = command("PING", json!({}));
    ping["timestamp"] = json!("2025-09-01T00:00:00Z");
    let stage = (0..4).fold(
        Stage::new(&["6:00"], "12:00").limit(|limits| limits.ledger_ids_max = 2),
        |stage, n| {
            stage.command(&format!("7:{n:02}"), &format!("ping-{n}"), &command("PING", json!({})))
        },
    );
    stage.command("8:00", "old-ping", &ping).command("9:00", "stop", &old).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 result ping-0: executed OK
        07:01 result ping-1: executed OK
        07:02 result ping-2: executed OK
        07:03 result ping-3: executed OK
        08:00 result old-ping: failed TOO_OLD
        09:00 send 2: close #2 0.10, stop_command
        09:00 closed #2 0.10 stop_command
        09:00 result stop: executed OK closed #2
        09:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The process dies with an order on its way; the state is kept.
#[test]
fn a_life_goes_on_with_what_was_sent() {
    let stage = stage("30:00")
        .fault(1, FaultKind::LateAnswer { after_ms: 60_000 })
        .restart("6:10", Memory::Kept);
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:10 restart
        06:10 info unknown_found
        06:10 link up
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Somebody logs on to another account for a moment: what is told of it is not ours, and ours is
/// read again.
#[test]
fn news_of_another_account_change_nothing() {
    Stage::new(&["6:00"], "9:00").fault_at("5:59", FaultKind::NewsForeign).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 critical wrong_account account.login
        06:00 answer 1: 10009 DONE #2
        06:00 opened #2 buy 0.10
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// A process that knows nothing reads nothing, twice, while two positions cover one another so that
/// no margin is held: a balance without a history says that more is to come.
#[test]
fn nothing_read_is_not_believed_where_there_is_a_balance() {
    let open = |side: &str| {
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": side, "volume": 0.1 }))
    };
    let stage = Stage::empty(&[], "12:00").limit(|limits| limits.max_open_trades_account = Some(2));
    let stage = stage.command("6:00", "buy", &open("BUY")).command("7:00", "sell", &open("SELL"));
    let stage = (0..2).fold(stage.restart("10:00", Memory::Lost), |stage, _| {
        stage.fault_at("10:00", FaultKind::SnapshotEmpty)
    });
    stage.command("11:00", "third", &open("BUY")).run().check_from(
        "10:00",
        "
        10:00 restart
        10:00 link up
        10:00 warning reading_contradicts
        10:04 warning reading_contradicts
        10:12 warning position_adopted #2
        10:12 opened #2 buy 0.10
        10:12 warning position_adopted #3
        10:12 opened #3 sell 0.10
        11:00 result third: failed LIMIT_REACHED
        ",
        "#2 buy 0.10 sl - tp -, #3 sell 0.10 sl - tp -",
    );
}

/// A process that knows nothing reads an account whose deals have opened positions that are not
/// listed. Two of the same volume against one another hold no margin by which that could be told.
#[test]
fn positions_that_the_deals_have_opened_are_missed() {
    let open = |side: &str| {
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": side, "volume": 0.05 }))
    };
    let stage = Stage::empty(&[], "14:00").limit(|limits| limits.max_open_trades_account = Some(2));
    let stage = stage
        .command("6:00", "buy", &open("BUY"))
        .command("7:00", "sell", &open("SELL"))
        .restart("9:00", Memory::Lost);
    let stage =
        (0..4).fold(stage, |stage, _| stage.fault_at("9:00", FaultKind::SnapshotWithoutPositions));
    stage
        .command("9:20", "third", &open("BUY"))
        .command("12:00", "fourth", &open("BUY"))
        .run()
        .check_from(
            "8:00",
            "
        09:00 restart
        09:00 link up
        09:00 warning reading_contradicts
        09:04 warning reading_contradicts
        09:12 warning reading_contradicts
        09:20 result third: failed NOT_READY
        09:28 warning reading_contradicts
        10:00 warning position_adopted #2
        10:00 opened #2 buy 0.05
        10:00 warning position_adopted #3
        10:00 opened #3 sell 0.05
        12:00 result fourth: failed LIMIT_REACHED
        ",
            "#2 buy 0.05 sl - tp -, #3 sell 0.05 sl - tp -",
        );
}
