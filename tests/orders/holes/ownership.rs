//! What belongs to a strategy that ended, that is not known here any more, or that was forgotten.

use crate::stage::{Memory, Stage, command, start, stop, stop_and_keep};
use serde_json::json;
use tickdeck::session::fault::FaultKind;

/// The state is lost while a position is open; START finds it listed.
#[test]
fn a_position_of_a_forgotten_strategy_is_adopted_by_its_start() {
    let stage =
        Stage::new(&["6:00", "28:00", "31:00", "33:00"], "35:00").restart("10:00", Memory::Lost);
    stage.command("11:00", "start-again", &start("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        10:00 restart
        10:00 link up
        11:00 warning position_adopted #2
        11:00 opened #2 buy 0.10
        11:00 result start-again: executed OK
        28:00 send 1: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 1: 10009 DONE #3
        31:00 send 2: buy 0.10, signal
        31:00 note buy entered
        31:00 opened #4 buy 0.10
        31:00 answer 2: 10009 DONE #4
        33:00 send 3: close #4 0.10, opposite_signal
        33:00 note sell exited
        33:00 closed #4 0.10 signal
        33:00 answer 3: 10009 DONE #5
        ",
        "nothing",
    );
}

/// The same, where START comes before the account was read.
#[test]
fn a_position_is_adopted_by_a_start_that_came_before_it_was_read() {
    let stage =
        Stage::new(&["6:00", "28:00", "31:00", "33:00"], "35:00").restart("10:00", Memory::Lost);
    let stage = stage.fault_at("10:00", FaultKind::SnapshotLate { after_ms: 10_000 });
    stage.command("10:01", "start-again", &start("s")).run().check_from(
        "10:00",
        "
        10:00 restart
        10:00 link up
        10:01 result start-again: executed OK
        10:10 warning position_adopted #2
        10:10 opened #2 buy 0.10
        28:00 send 1: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 1: 10009 DONE #3
        31:00 send 2: buy 0.10, signal
        31:00 note buy entered
        31:00 opened #4 buy 0.10
        31:00 answer 2: 10009 DONE #4
        33:00 send 3: close #4 0.10, opposite_signal
        33:00 note sell exited
        33:00 closed #4 0.10 signal
        33:00 answer 3: 10009 DONE #5
        ",
        "nothing",
    );
}

/// An order that works is adopted, too, counted, and removed by a STOP.
#[test]
fn a_working_order_of_a_forgotten_strategy_is_adopted() {
    let stage = Stage::new(&["6:00", "15:00", "18:00"], "23:00")
        .fault(1, FaultKind::Placed { after_ms: 2_000_000 });
    let stage = stage.restart("10:00", Memory::Lost).command("11:00", "start-again", &start("s"));
    stage.command("20:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10008 PLACED #2
        10:00 restart
        10:00 link up
        11:00 warning order_adopted order #2
        11:00 result start-again: executed OK
        15:00 note sell max_open_trades
        18:00 note buy max_open_trades
        20:00 send 1: remove order #2, stop_command
        20:00 result stop: executed OK
        20:00 answer 1: 10009 DONE #2
        ",
        "nothing",
    );
}

/// STOP of a strategy that nobody knows here closes what carries its magic.
#[test]
fn stop_of_a_forgotten_strategy_closes_by_magic() {
    let stage = Stage::new(&["6:00"], "12:00").restart("10:00", Memory::Lost);
    stage.command("11:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        10:00 restart
        10:00 link up
        11:00 send 1: close #2 0.10, stop_command
        11:00 opened #2 buy 0.10
        11:00 closed #2 0.10 stop_command
        11:00 result stop: executed OK closed #2
        11:00 answer 1: 10009 DONE #3
        ",
        "nothing",
    );
}

/// STOP before the account has been read in this life: what it does not know it cannot call flat.
#[test]
fn stop_of_a_forgotten_strategy_waits_for_the_account() {
    let stage = Stage::new(&["6:00"], "12:00").restart("10:00", Memory::Lost);
    let stage = stage.fault_at("10:00", FaultKind::SnapshotLate { after_ms: 10_000 });
    stage.command("10:01", "stop", &stop("s")).run().check_from(
        "10:00",
        "
        10:00 restart
        10:00 link up
        10:10 warning position_adopted #2
        10:10 opened #2 buy 0.10
        10:10 send 1: close #2 0.10, stop_command
        10:10 closed #2 0.10 stop_command
        10:10 result stop: executed OK closed #2
        10:10 answer 1: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn stop_all_closes_what_ever_ran_here() {
    let stage = Stage::new(&["6:00"], "12:00").command("7:00", "keep", &stop_and_keep("s"));
    stage.command("9:00", "all", &command("STOP_ALL", json!({}))).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 result keep: executed OK
        09:00 send 2: close #2 0.10, stop_command
        09:00 closed #2 0.10 stop_command
        09:00 result all: executed OK closed #2
        09:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn a_second_stop_closes_what_the_first_one_kept() {
    let stage = Stage::new(&["6:00"], "12:00").command("7:00", "keep", &stop_and_keep("s"));
    stage.command("9:00", "close", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 result keep: executed OK
        09:00 send 2: close #2 0.10, stop_command
        09:00 closed #2 0.10 stop_command
        09:00 result close: executed OK closed #2
        09:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// A position that was kept keeps its stops and is no business of a STOP that keeps it again.
#[test]
fn a_second_stop_that_keeps_changes_nothing() {
    let stage =
        Stage::new(&["6:00", "28:00"], "30:00").command("7:00", "keep", &stop_and_keep("s"));
    stage.command("9:00", "again", &stop_and_keep("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 result keep: executed OK
        09:00 result again: executed NOT_RUNNING
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// The entry is executed after its STOP was thought to be done: it is closed, and told.
#[test]
fn what_executes_after_a_stop_is_closed() {
    let stage = Stage::new(&["6:00"], "12:00").fault(1, FaultKind::ExecutedUnanswered);
    stage.command("6:10", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:30 warning outcome_unknown
        06:32 opened #2 buy 0.10
        06:32 info unknown_found
        06:32 send 2: close #2 0.10, stop_command
        06:32 closed #2 0.10 stop_command
        06:32 result stop: executed OK closed #2
        06:32 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The position that STOP could not close becomes flat later: a report, and no second result.
#[test]
fn a_stop_that_failed_reports_when_it_is_flat() {
    let stage =
        Stage::new(&["6:00"], "20:00").fault_at("8:50", FaultKind::MarketShut { for_ms: 300_000 });
    stage.command("9:00", "stop", &stop("s")).command("15:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        09:00 send 2: close #2 0.10, stop_command
        09:00 answer 2: 10018 MARKET_CLOSED
        09:00 warning request_refused #2 10018 MARKET_CLOSED
        09:01 send 3: close #2 0.10, stop_command
        09:01 answer 3: 10018 MARKET_CLOSED
        09:03 send 4: close #2 0.10, stop_command
        09:03 answer 4: 10018 MARKET_CLOSED
        09:07 send 5: close #2 0.10, stop_command
        09:07 answer 5: 10018 MARKET_CLOSED
        09:15 send 6: close #2 0.10, stop_command
        09:15 answer 6: 10018 MARKET_CLOSED
        09:31 send 7: close #2 0.10, stop_command
        09:31 answer 7: 10018 MARKET_CLOSED
        10:00 warning exit_overdue #2
        10:00 critical not_flat #2
        10:00 result stop: failed NOT_FLAT remaining #2
        10:03 send 8: close #2 0.10, stop_command
        10:03 answer 8: 10018 MARKET_CLOSED
        11:00 warning exit_overdue #2
        11:03 send 9: close #2 0.10, stop_command
        11:03 answer 9: 10018 MARKET_CLOSED
        12:03 send 10: close #2 0.10, stop_command
        12:03 answer 10: 10018 MARKET_CLOSED
        13:00 critical exit_overdue #2
        13:03 send 11: close #2 0.10, stop_command
        13:03 answer 11: 10018 MARKET_CLOSED
        14:03 send 12: close #2 0.10, stop_command
        14:03 closed #2 0.10 stop_command
        14:03 info flat_after_all
        14:03 answer 12: 10009 DONE #3
        15:00 result stop: failed NOT_FLAT remaining #2
        ",
        "nothing",
    );
}

/// START again after a STOP that kept the position: it is the strategy's, and counted.
#[test]
fn a_start_after_a_stop_that_kept_owns_the_position_again() {
    let stage = Stage::new(&["6:00", "28:00", "50:00"], "52:00").command(
        "7:00",
        "keep",
        &stop_and_keep("s"),
    );
    stage.command("8:00", "again", &start("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 result keep: executed OK
        08:00 result again: executed OK
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 2: 10009 DONE #3
        50:00 send 3: buy 0.10, signal
        50:00 note buy entered
        50:00 opened #4 buy 0.10
        50:00 answer 3: 10009 DONE #4
        ",
        "#4 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// Somebody else closes the position of a strategy that runs on: it may enter again.
#[test]
fn a_position_closed_elsewhere_frees_its_place() {
    let stage =
        Stage::new(&["6:00", "9:00", "12:00"], "14:00").fault_at("7:00", FaultKind::ExternalClose);
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 warning closed_elsewhere #2
        07:00 closed #2 0.10 external
        09:00 send 2: sell 0.10, signal
        09:00 note sell entered
        09:00 opened #4 sell 0.10
        09:00 answer 2: 10009 DONE #4
        12:00 send 3: close #4 0.10, opposite_signal
        12:00 note buy exited
        12:00 closed #4 0.10 signal
        12:00 answer 3: 10009 DONE #5
        ",
        "nothing",
    );
}
