//! Entries whose outcome is late, refused or working: what works is counted and owned, and nothing
//! leaves that was forbidden meanwhile.

use crate::stage::{Stage, command, msc, rests_work, start, stop, tick};
use serde_json::json;
use tickdeck::domain::amount::Price;
use tickdeck::domain::tick::Tick;
use tickdeck::executor::event::{Event, Operator};
use tickdeck::session::description::Latency;
use tickdeck::session::fault::FaultKind;

const WORKS: FaultKind = FaultKind::Placed { after_ms: 900_000 };
const REFUSED_LATE: FaultKind = FaultKind::RefusedLate { retcode: 10_030, after_ms: 20_000 };

/// The plain course of things, from which every other sequence departs.
#[test]
fn a_crossing_enters_and_the_opposite_one_closes() {
    Stage::new(&["6:00", "28:00", "50:00"], "52:00").run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
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

/// Crossings at 9 and 12 minutes: a buy at 12 would be a second one.
#[test]
fn an_order_that_works_for_long_is_counted() {
    Stage::new(&["6:00", "9:00", "12:00", "28:00"], "30:00").fault(1, WORKS).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10008 PLACED #2
        09:00 note sell max_open_trades
        12:00 note buy max_open_trades
        21:00 opened #2 buy 0.10
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn stop_removes_an_order_that_works() {
    Stage::new(&["6:00"], "30:00").fault(1, WORKS).command("9:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10008 PLACED #2
        09:00 send 2: remove order #2, stop_command
        09:00 result stop: executed OK
        09:00 answer 2: 10009 DONE #2
        ",
        "nothing",
    );
}

/// The order is filled while its removal fails: STOP closes what it became.
#[test]
fn stop_closes_what_a_working_order_became() {
    let placed = FaultKind::Placed { after_ms: 190_000 };
    let stage = Stage::new(&["6:00"], "12:00").fault(1, placed).fault(2, FaultKind::Lost);
    stage.command("9:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10008 PLACED #2
        09:00 send 2: remove order #2, stop_command
        09:10 send 3: close #2 0.10, stop_command
        09:10 opened #2 buy 0.10
        09:10 closed #2 0.10 stop_command
        09:10 result stop: executed OK closed #2
        09:10 answer 3: 10009 DONE #3
        09:30 warning outcome_unknown order #2
        ",
        "nothing",
    );
}

/// Neither removal nor close is possible before the deadline of STOP: it fails, goes on, and the
/// end is reported.
#[test]
fn stop_that_takes_too_long_fails_and_goes_on() {
    let stage = Stage::new(&["6:00"], "40:00").fault(1, WORKS);
    let stage = stage.fault_at("8:50", FaultKind::MarketShut { for_ms: 600_000 });
    stage.command("9:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10008 PLACED #2
        09:00 send 2: remove order #2, stop_command
        09:00 answer 2: 10018 MARKET_CLOSED
        09:01 send 3: remove order #2, stop_command
        09:01 answer 3: 10018 MARKET_CLOSED
        09:03 send 4: remove order #2, stop_command
        09:03 answer 4: 10018 MARKET_CLOSED
        09:07 send 5: remove order #2, stop_command
        09:07 answer 5: 10018 MARKET_CLOSED
        09:15 send 6: remove order #2, stop_command
        09:15 answer 6: 10018 MARKET_CLOSED
        09:31 send 7: remove order #2, stop_command
        09:31 answer 7: 10018 MARKET_CLOSED
        10:00 critical not_flat order #2
        10:00 result stop: failed NOT_FLAT working #2
        10:03 send 8: remove order #2, stop_command
        10:03 answer 8: 10018 MARKET_CLOSED
        11:03 send 9: remove order #2, stop_command
        11:03 answer 9: 10018 MARKET_CLOSED
        12:03 send 10: remove order #2, stop_command
        12:03 answer 10: 10018 MARKET_CLOSED
        13:03 send 11: remove order #2, stop_command
        13:03 answer 11: 10018 MARKET_CLOSED
        14:03 send 12: remove order #2, stop_command
        14:03 answer 12: 10018 MARKET_CLOSED
        15:03 send 13: remove order #2, stop_command
        15:03 answer 13: 10018 MARKET_CLOSED
        16:03 send 14: remove order #2, stop_command
        16:03 answer 14: 10018 MARKET_CLOSED
        17:03 send 15: remove order #2, stop_command
        17:03 answer 15: 10018 MARKET_CLOSED
        18:03 send 16: remove order #2, stop_command
        18:03 answer 16: 10018 MARKET_CLOSED
        19:03 send 17: remove order #2, stop_command
        19:03 info flat_after_all
        19:03 answer 17: 10009 DONE #2
        ",
        "nothing",
    );
}

/// The late answer asks for another filling mode: no entry may leave after a PAUSE.
#[test]
fn no_entry_leaves_after_a_pause() {
    let pause = command("PAUSE_STRATEGY", json!({ "strategyId": "s" }));
    Stage::new(&["6:00"], "10:00")
        .fault(1, REFUSED_LATE)
        .command("6:10", "pause", &pause)
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:10 result pause: executed OK
        06:20 answer 1: 10030 INVALID_FILL
        06:20 info request_given_up paused
        ",
            "nothing",
        );
}

#[test]
fn no_entry_leaves_after_a_pause_of_the_account() {
    let pause = command("PAUSE", json!({}));
    Stage::new(&["6:00"], "10:00")
        .fault(1, REFUSED_LATE)
        .command("6:10", "pause", &pause)
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:10 result pause: executed OK
        06:20 answer 1: 10030 INVALID_FILL
        06:20 info request_given_up operator_paused
        ",
            "nothing",
        );
}

#[test]
fn no_entry_leaves_after_the_operators_pause() {
    Stage::new(&["6:00"], "10:00")
        .fault(1, REFUSED_LATE)
        .operator("6:10", Operator::Pause)
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:20 answer 1: 10030 INVALID_FILL
        06:20 info request_given_up operator_paused
        ",
            "nothing",
        );
}

#[test]
fn no_entry_leaves_after_a_stop() {
    Stage::new(&["6:00"], "10:00")
        .fault(1, REFUSED_LATE)
        .command("6:10", "stop", &stop("s"))
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:20 answer 1: 10030 INVALID_FILL
        06:20 info request_given_up stopping
        06:20 result stop: executed OK
        ",
            "nothing",
        );
}

/// Without a pause the other filling mode is tried at once.
#[test]
fn another_filling_mode_is_tried() {
    Stage::new(&["6:00"], "10:00").fault(1, FaultKind::InvalidFill).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10030 INVALID_FILL
        06:00 send 2: buy 0.10, signal
        06:00 opened #2 buy 0.10
        06:00 answer 2: 10009 DONE #2
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// A requote gives the pause time to come between two attempts.
#[test]
fn an_entry_that_waits_for_its_next_attempt_is_withdrawn_by_a_pause() {
    let pause = command("PAUSE_STRATEGY", json!({ "strategyId": "s" }));
    Stage::new(&["6:00"], "10:00")
        .fault(1, FaultKind::Requote)
        .command("6:00.2", "pause", &pause)
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10004 REQUOTE
        06:00.200 info request_given_up paused
        06:00.200 result pause: executed OK
        ",
            "nothing",
        );
}

#[test]
fn a_symbol_without_a_filling_mode_is_not_started() {
    let stage = Stage::empty(&["6:00", "28:00"], "30:00").symbol(|spec| {
        spec.filling_mask = 0;
        spec.execution = tickdeck::domain::symbol::ExecutionMode::Market;
    });
    stage.command("0:00", "start", &start("s")).run().check(
        "
        00:00 result start: failed NOT_TRADABLE symbol
        ",
        "nothing",
    );
}

/// Of a pause and a resume at one moment the one that stands last in the file holds.
#[test]
fn the_operators_last_word_of_a_moment_holds() {
    let pause_last = Stage::new(&["6:00"], "10:00")
        .operator("5:00", Operator::Resume)
        .operator("5:00", Operator::Pause);
    pause_last.run().check(
        "
        00:00 result start: executed OK
        06:00 note buy operator_paused
        ",
        "nothing",
    );
    let resume_last = Stage::new(&["6:00"], "10:00")
        .operator("5:00", Operator::Pause)
        .operator("5:00", Operator::Resume);
    resume_last.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// Of two commands of one moment the one that takes risk away holds, in either order.
#[test]
fn a_pause_beats_a_resume_of_the_same_moment() {
    let (pause, resume) = (command("PAUSE", json!({})), command("RESUME", json!({})));
    let one =
        Stage::new(&["6:00"], "10:00").command("5:00", "a", &pause).command("5:00", "b", &resume);
    let other =
        Stage::new(&["6:00"], "10:00").command("5:00", "b", &resume).command("5:00", "a", &pause);
    for stage in [one, other] {
        stage.run().check(
            "
            00:00 result start: executed OK
            05:00 result b: executed OK
            05:00 result a: executed OK
            06:00 note buy operator_paused
            ",
            "nothing",
        );
    }
}

/// The rest of an entry works on: a STOP removes it and closes what was filled.
#[test]
fn stop_removes_the_rest_of_an_entry() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 600_000 };
    Stage::new(&["6:00"], "20:00")
        .symbol(rests_work)
        .fault(1, working)
        .command("9:00", "stop", &stop("s"))
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.04
        06:00 answer 1: 10010 DONE_PARTIAL #2
        06:00 warning partial_fill 10010 DONE_PARTIAL
        09:00 send 2: close #2 0.04, stop_command
        09:00 send 3: remove order #2, stop_command
        09:00 answer 2: 10009 DONE #3
        09:00 closed #2 0.04 stop_command
        09:00 result stop: executed OK closed #2
        09:00 answer 3: 10009 DONE #2
        ",
            "nothing",
        );
}

/// The same in the very second of the answer.
#[test]
fn stop_at_once_removes_the_rest_of_an_entry() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 600_000 };
    Stage::new(&["6:00"], "20:00")
        .symbol(rests_work)
        .fault(1, working)
        .command("6:00.5", "stop", &stop("s"))
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.04
        06:00 answer 1: 10010 DONE_PARTIAL #2
        06:00 warning partial_fill 10010 DONE_PARTIAL
        06:00.500 send 2: close #2 0.04, stop_command
        06:00.500 send 3: remove order #2, stop_command
        06:00.500 answer 2: 10009 DONE #3
        06:00.500 closed #2 0.04 stop_command
        06:00.500 result stop: executed OK closed #2
        06:00.500 answer 3: 10009 DONE #2
        ",
            "nothing",
        );
}

/// The broker writes its own comment and does not answer: by magic, symbol, side and volume the
/// position is ours.
#[test]
fn an_entry_with_another_comment_is_ours() {
    let stage = Stage::new(&["6:00", "28:00"], "30:00").fault(1, FaultKind::CommentRewritten);
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10009 DONE #2
        06:00 opened #2 buy 0.10
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 closed #2 0.10 signal
        28:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Servers accept an order without naming it, and then say that they refuse it. It was executed:
/// nothing is sent again.
#[test]
fn two_answers_that_contradict_each_other_prove_nothing() {
    Stage::new(&["6:00"], "9:00")
        .fault(1, FaultKind::AnswerContradicted { retcode: 10_004 })
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10008 PLACED
        06:00 answer 1: 10004 REQUOTE
        ",
            "#2 buy 0.10 sl 1.09802 tp 1.10702",
        );
}

/// The same with any code, where nothing but readings tells what came of it: it counts as long as
/// nobody knows.
#[test]
fn no_code_takes_back_what_was_accepted() {
    for retcode in [
        10_004, 10_006, 10_013, 10_018, 10_019, 10_021, 10_024, 10_025, 10_027, 10_030, 10_036,
        10_039,
    ] {
        let stage =
            Stage::new(&["6:00"], "6:01").fault(1, FaultKind::AnswerContradicted { retcode });
        let played = stage.always(FaultKind::NewsLate { after_ms: 60_000 }, "9:00").run();
        let told = played.script.since(crate::stage::at("6:00"));
        assert!(told.iter().any(|line| line.contains("outcome_unknown")), "{retcode}: {told:#?}");
    }
}

/// DONE without a deal, a volume, a price: what was done is what was asked for.
#[test]
fn an_answer_that_leaves_everything_out_is_an_answer() {
    for (order, named) in [(true, " #2"), (false, "")] {
        Stage::new(&["6:00"], "9:00").fault(1, FaultKind::AnswerBare { order }).run().check(
            &format!(
                "
                00:00 result start: executed OK
                06:00 send 1: buy 0.10, signal
                06:00 note buy entered
                06:00 opened #2 buy 0.10
                06:00 answer 1: 10009 DONE{named}
                "
            ),
            "#2 buy 0.10 sl 1.09802 tp 1.10702",
        );
    }
}

/// A process that has not heard a tick does not know the server's time: neither when an order is to
/// expire nor which of what it finds was there before.
#[test]
fn nothing_is_placed_before_the_servers_time_is_known() {
    let order = json!({ "symbol": "EURUSD", "type": "BUY_STOP", "volume": 0.10, "price": "1.20000", "expiration": "2025-09-22T01:00:00Z" });
    let stage = Stage::empty(&[], "8:00").restart("6:30.1", crate::stage::Memory::Lost);
    let place = command("PLACE_ORDER", order);
    let gtc = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_STOP", "volume": 0.10, "price": "1.20000" }),
    );
    let stage = stage.command("6:30.2", "first", &gtc).command("6:30.3", "early", &place);
    stage.command("7:00", "late", &place).run().check(
        "
        06:30.100 restart
        06:30.100 link up
        06:30.200 result first: failed NOT_READY
        06:30.300 result early: failed NOT_READY
        07:00 send 1: place buy 0.10 1.20000, command
        07:00 result late: executed OK order #2
        07:00 answer 1: 10009 DONE #2
        ",
        "order #2 0.10 1.20000",
    );
}

/// A book that lacks a side says nothing of where an order would stand.
#[test]
fn nothing_is_placed_in_a_book_that_lacks_a_side() {
    let gtc = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_STOP", "volume": 0.10, "price": "1.20000" }),
    );
    let one_sided = Tick { ask: Price::ZERO, ..tick(0, msc("6:30.1"), 110_000) };
    let stage = Stage::empty(&[], "8:00").event("6:30.1", Event::Tick(one_sided));
    stage.command("6:30.3", "early", &gtc).command("7:00", "late", &gtc).run().check(
        "
        06:30.300 result early: failed NOT_READY
        07:00 send 1: place buy 0.10 1.20000, command
        07:00 result late: executed OK order #2
        07:00 answer 1: 10009 DONE #2
        ",
        "order #2 0.10 1.20000",
    );
}

/// The outcome of a large order is unknown when a small one fills at once, without its comment and
/// before its answer: the position is the small one's.
#[test]
fn a_fill_belongs_to_the_attempt_that_asks_for_just_as_much() {
    let order = |volume: f64| json!({ "symbol": "EURUSD", "type": "BUY", "volume": volume });
    let mut stage = Stage::empty(&[], "9:00")
        .symbol(crate::stage::fills_in_part)
        .fault(1, FaultKind::Timeout)
        .fault(2, FaultKind::CommentRewritten);
    stage.model.request_latency = Latency::ConstantMs(1_000);
    stage.model.answer_latency = Latency::ConstantMs(1_000);
    let stage = stage.command("6:00", "large", &command("OPEN_POSITION", order(0.10)));
    stage.command("6:00.5", "small", &command("OPEN_POSITION", order(0.01))).run().check_from(
        "6:00",
        "
        06:00 send 1: buy 0.10, command
        06:00.500 send 2: buy 0.01, command
        06:02 answer 1: 10012 TIMEOUT
        06:02 warning outcome_unknown
        06:02.500 answer 2: 10009 DONE #2
        06:02.500 opened #2 buy 0.01
        06:02.500 result small: executed OK position #2 0.01
        07:00 result large: failed NOT_DONE
        07:34 warning unknown_absent
        ",
        "#2 buy 0.01 sl - tp -",
    );
}
