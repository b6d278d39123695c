//! Exits that fail: an exit once wanted stays wanted, and is tried again without waiting for the
//! next crossing.

use crate::stage::{Stage, command, stop};
use serde_json::json;
use tickdeck::executor::event::Operator;
use tickdeck::session::description::Latency;
use tickdeck::session::fault::FaultKind;

/// A buy at 6:00, its exit at 28:00 as request 2, and the next crossing 22 minutes later.
fn stage(end: &str) -> Stage {
    Stage::new(&["6:00", "28:00", "50:00"], end)
}

#[test]
fn an_exit_refused_by_the_terminal_is_tried_again() {
    stage("30:00").fault(2, FaultKind::AutotradingOff).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10027 CLIENT_DISABLES_AT
        28:00 critical trading_disabled #2 10027 CLIENT_DISABLES_AT
        28:00 warning request_refused #2 10027 CLIENT_DISABLES_AT
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 closed #2 0.10 signal
        28:01 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// After 1, 2, 4, 8, 16, 32, 60, 60 seconds.
#[test]
fn attempts_come_ever_more_rarely_and_never_end() {
    let stage = (2..=11)
        .fold(stage("36:00"), |stage, request| stage.fault(request, FaultKind::AutotradingOff));
    stage.run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10027 CLIENT_DISABLES_AT
        28:00 critical trading_disabled #2 10027 CLIENT_DISABLES_AT
        28:00 warning request_refused #2 10027 CLIENT_DISABLES_AT
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10027 CLIENT_DISABLES_AT
        28:03 send 4: close #2 0.10, opposite_signal
        28:03 answer 4: 10027 CLIENT_DISABLES_AT
        28:07 send 5: close #2 0.10, opposite_signal
        28:07 answer 5: 10027 CLIENT_DISABLES_AT
        28:15 send 6: close #2 0.10, opposite_signal
        28:15 answer 6: 10027 CLIENT_DISABLES_AT
        28:31 send 7: close #2 0.10, opposite_signal
        28:31 answer 7: 10027 CLIENT_DISABLES_AT
        29:00 warning exit_overdue #2
        29:03 send 8: close #2 0.10, opposite_signal
        29:03 answer 8: 10027 CLIENT_DISABLES_AT
        30:00 warning exit_overdue #2
        30:03 send 9: close #2 0.10, opposite_signal
        30:03 answer 9: 10027 CLIENT_DISABLES_AT
        31:03 send 10: close #2 0.10, opposite_signal
        31:03 answer 10: 10027 CLIENT_DISABLES_AT
        32:00 critical exit_overdue #2
        32:03 send 11: close #2 0.10, opposite_signal
        32:03 answer 11: 10027 CLIENT_DISABLES_AT
        33:03 send 12: close #2 0.10, opposite_signal
        33:03 closed #2 0.10 signal
        33:03 answer 12: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn an_exit_is_requoted_four_times() {
    let stage =
        (2..=5).fold(stage("30:00"), |stage, request| stage.fault(request, FaultKind::Requote));
    stage.run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10004 REQUOTE
        28:00 warning request_refused #2 10004 REQUOTE
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10004 REQUOTE
        28:03 send 4: close #2 0.10, opposite_signal
        28:03 answer 4: 10004 REQUOTE
        28:07 send 5: close #2 0.10, opposite_signal
        28:07 answer 5: 10004 REQUOTE
        28:15 send 6: close #2 0.10, opposite_signal
        28:15 closed #2 0.10 signal
        28:15 answer 6: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Refused for good by the code: the position is still to go.
#[test]
fn an_exit_refused_for_good_is_tried_again() {
    stage("30:00").fault(2, FaultKind::Refused { retcode: 10_013 }).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10013 INVALID
        28:00 warning request_refused #2 10013 INVALID
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 closed #2 0.10 signal
        28:01 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The crossing comes while the link is down, and is seen when the bars of that time have been
/// read.
#[test]
fn an_exit_signalled_while_the_link_is_down_leaves_with_the_link() {
    let down = FaultKind::LinkDown { for_ms: 300_000, ticks_lost: false };
    stage("36:00").fault_at("27:45", down).run().check_from(
        "27:45",
        "
        27:45 link down
        27:45 warning link_down
        32:45 link up
        32:45 send 2: close #2 0.10, opposite_signal
        32:45 note sell exited
        32:45 closed #2 0.10 signal
        32:45 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// What a command wants meanwhile is wanted on after the command has failed.
#[test]
fn an_exit_wanted_while_the_link_is_down_leaves_with_the_link() {
    let down = FaultKind::LinkDown { for_ms: 300_000, ticks_lost: false };
    let close = command("CLOSE_POSITION", json!({ "ticket": 2 }));
    Stage::new(&["6:00"], "36:00")
        .fault_at("27:45", down)
        .command("28:00", "close", &close)
        .run()
        .check_from(
            "27:45",
            "
        27:45 link down
        27:45 warning link_down
        29:00 warning exit_overdue #2
        29:00 result close: failed NOT_DONE remaining #2
        30:00 warning exit_overdue #2
        32:00 critical exit_overdue #2
        32:45 link up
        32:45 send 2: close #2 0.10, command
        32:45 closed #2 0.10 command
        32:45 answer 2: 10009 DONE #3
        ",
            "nothing",
        );
}

/// The link breaks under the exit: nobody knows what came of it until the account was read twice.
#[test]
fn an_exit_that_went_down_with_the_link_is_tried_again() {
    stage("34:00").fault(2, FaultKind::Disconnect { for_ms: 60_000 }).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 link down
        28:00 warning link_down
        28:30 warning outcome_unknown #2
        29:00 link up
        29:00 warning exit_overdue #2
        30:00 warning exit_overdue #2
        30:04 warning unknown_absent #2
        30:04 send 3: close #2 0.10, opposite_signal
        30:04 closed #2 0.10 signal
        30:04 answer 3: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn an_exit_placed_and_then_rejected_is_tried_again() {
    stage("30:00").fault(2, FaultKind::PlacedRejected { after_ms: 5_000 }).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10008 PLACED #3
        28:06 send 3: close #2 0.10, opposite_signal
        28:06 closed #2 0.10 signal
        28:06 answer 3: 10009 DONE #4
        ",
        "nothing",
    );
}

/// What the account itself says brings the next attempt at once, not at the end of its pause.
#[test]
fn an_exit_leaves_as_soon_as_the_account_may_trade() {
    let forbidden = FaultKind::TradingForbidden { for_ms: 100_000 };
    stage("31:00").fault_at("27:55", forbidden).run().check_from(
        "27:55",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10017 TRADE_DISABLED
        28:00 critical trading_disabled #2 10017 TRADE_DISABLED
        28:00 warning request_refused #2 10017 TRADE_DISABLED
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10017 TRADE_DISABLED
        28:03 send 4: close #2 0.10, opposite_signal
        28:03 answer 4: 10017 TRADE_DISABLED
        28:07 send 5: close #2 0.10, opposite_signal
        28:07 answer 5: 10017 TRADE_DISABLED
        28:15 send 6: close #2 0.10, opposite_signal
        28:15 answer 6: 10017 TRADE_DISABLED
        28:31 send 7: close #2 0.10, opposite_signal
        28:31 answer 7: 10017 TRADE_DISABLED
        29:00 warning exit_overdue #2
        29:03 send 8: close #2 0.10, opposite_signal
        29:03 answer 8: 10017 TRADE_DISABLED
        29:35 send 9: close #2 0.10, opposite_signal
        29:35 closed #2 0.10 signal
        29:35 answer 9: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn an_exit_without_prices_leaves_with_the_next_tick() {
    let stage =
        (2..=6).fold(stage("30:00"), |stage, request| stage.fault(request, FaultKind::PriceOff));
    stage.run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10021 PRICE_OFF
        28:00 warning request_refused #2 10021 PRICE_OFF
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10021 PRICE_OFF
        28:03 send 4: close #2 0.10, opposite_signal
        28:03 answer 4: 10021 PRICE_OFF
        28:07 send 5: close #2 0.10, opposite_signal
        28:07 answer 5: 10021 PRICE_OFF
        28:10 send 6: close #2 0.10, opposite_signal
        28:10 answer 6: 10021 PRICE_OFF
        28:20 send 7: close #2 0.10, opposite_signal
        28:20 closed #2 0.10 signal
        28:20 answer 7: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Somebody else closes the position while its exit is refused: there is nothing left to be wanted.
#[test]
fn an_exit_ends_when_somebody_else_closes() {
    let stage =
        stage("31:00").fault(2, FaultKind::AutotradingOff).fault(3, FaultKind::AutotradingOff);
    stage.fault_at("28:02", FaultKind::ExternalClose).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10027 CLIENT_DISABLES_AT
        28:00 critical trading_disabled #2 10027 CLIENT_DISABLES_AT
        28:00 warning request_refused #2 10027 CLIENT_DISABLES_AT
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10027 CLIENT_DISABLES_AT
        28:02 closed #2 0.10 signal
        ",
        "nothing",
    );
}

/// A part of the position is closed by somebody else: what is left is closed, and no more.
#[test]
fn an_exit_takes_what_somebody_else_has_left() {
    let stage =
        stage("31:00").fault(2, FaultKind::AutotradingOff).fault(3, FaultKind::AutotradingOff);
    stage.fault_at("28:02", FaultKind::ExternalPartialClose { percent: 40 }).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10027 CLIENT_DISABLES_AT
        28:00 critical trading_disabled #2 10027 CLIENT_DISABLES_AT
        28:00 warning request_refused #2 10027 CLIENT_DISABLES_AT
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10027 CLIENT_DISABLES_AT
        28:02 changed #2 0.06 sl 1.09802 tp 1.10702
        28:03 send 4: close #2 0.06, opposite_signal
        28:03 closed #2 0.10 signal
        28:03 answer 4: 10009 DONE #4
        ",
        "nothing",
    );
}

/// The exit is filled in part, without and with a rest that works on.
#[test]
fn an_exit_filled_in_part_goes_on_with_the_rest() {
    stage("30:00")
        .symbol(crate::stage::fills_in_part)
        .fault(2, FaultKind::Partial { percent: 40 })
        .run()
        .check_from(
            "28:00",
            "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 changed #2 0.06 sl 1.09802 tp 1.10702
        28:00 answer 2: 10010 DONE_PARTIAL #3
        28:00 send 3: close #2 0.06, opposite_signal
        28:00 closed #2 0.10 signal
        28:00 answer 3: 10009 DONE #4
        ",
            "nothing",
        );
}

#[test]
fn an_exit_filled_in_part_waits_for_a_rest_that_works() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 60_000 };
    stage("31:00").symbol(crate::stage::rests_work).fault(2, working).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 changed #2 0.06 sl 1.09802 tp 1.10702
        28:00 answer 2: 10010 DONE_PARTIAL #3
        29:00 closed #2 0.10 signal
        ",
        "nothing",
    );
}

/// A part of the position is being closed by an order that works for long: the rest does not wait
/// for it.
#[test]
fn an_exit_goes_beside_an_order_that_closes_a_part() {
    let part = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.04 }));
    let whole = command("CLOSE_POSITION", json!({ "ticket": 2 }));
    let stage = Stage::new(&["6:00"], "13:00")
        .fault(2, FaultKind::Placed { after_ms: 300_000 })
        .fault(3, FaultKind::Requote);
    stage.command("7:00", "part", &part).command("7:30", "whole", &whole).run().check_from(
        "7:00",
        "
        07:00 send 2: close #2 0.04, command
        07:00 answer 2: 10008 PLACED #3
        07:30 send 3: close #2 0.06, command
        07:30 answer 3: 10004 REQUOTE
        07:30 warning request_refused #2 10004 REQUOTE
        07:31 send 4: close #2 0.06, command
        07:31 result part: executed OK
        07:31 changed #2 0.04 sl 1.09802 tp 1.10702
        07:31 answer 4: 10009 DONE #4
        08:30 warning exit_overdue #2
        08:30 result whole: failed NOT_DONE remaining #2
        09:30 warning exit_overdue #2
        11:30 critical exit_overdue #2
        12:00 closed #2 0.10 command
        ",
        "nothing",
    );
}

/// A part is to go, and the position grows before it can: so much goes as was said.
#[test]
fn a_part_stays_a_part_though_the_position_grows() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 60_000 };
    let part = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.02 }));
    let stage = Stage::new(&["6:00"], "9:00").symbol(crate::stage::rests_work).fault(1, working);
    stage.always(FaultKind::PriceOff, "7:25").command("6:30", "part", &part).run().check_from(
        "7:00",
        "
        07:00 changed #2 0.10 sl 1.09802 tp 1.10702
        07:00 send 8: close #2 0.02, command
        07:00 answer 8: 10021 PRICE_OFF
        07:10 send 9: close #2 0.02, command
        07:10 answer 9: 10021 PRICE_OFF
        07:20 send 10: close #2 0.02, command
        07:20 answer 10: 10021 PRICE_OFF
        07:30 warning exit_overdue #2
        07:30 result part: failed NOT_DONE remaining #2
        07:30 send 11: close #2 0.02, command
        07:30 changed #2 0.08 sl 1.09802 tp 1.10702
        07:30 answer 11: 10009 DONE #3
        ",
        "#2 buy 0.08 sl 1.09802 tp 1.10702",
    );
}

/// What is open is closed while the opening order may still fill, and its removal is lost: it is
/// done when nothing more can come.
#[test]
fn a_close_of_the_whole_waits_for_an_order_that_may_still_fill() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 60_000 };
    let whole = command("CLOSE_POSITION", json!({ "ticket": 2 }));
    let stage = Stage::new(&["6:00"], "9:00")
        .symbol(crate::stage::rests_work)
        .fault(1, working)
        .fault(3, FaultKind::Lost);
    stage.command("6:30", "whole", &whole).run().check_from(
        "6:30",
        "
        06:30 send 2: close #2 0.04, command
        06:30 send 3: remove order #2, command
        06:30 answer 2: 10009 DONE #3
        07:00 closed #2 0.04 command
        07:00 result whole: executed OK closed #2
        07:00 warning outcome_unknown order #2
        ",
        "nothing",
    );
}

/// A part of any size is asked for while the position may still grow: nothing of it can end the
/// session.
#[test]
fn a_part_beyond_all_measure_is_the_whole() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 60_000 };
    let endless = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": "92233720368.54" }));
    let stage = Stage::new(&["6:00"], "9:00").symbol(crate::stage::rests_work).fault(1, working);
    let stage = stage.command("6:30", "first", &endless).command("6:30", "second", &endless);
    assert_eq!(stage.run().book(), "nothing");
}

/// Somebody looks the more urgently the longer it takes.
#[test]
fn an_exit_that_is_long_overdue_is_told() {
    let shut = FaultKind::MarketShut { for_ms: 1_000_000 };
    let played = stage("46:00").fault_at("27:45", shut).run();
    let overdue: Vec<&str> = played
        .script
        .since(crate::stage::at("27:00"))
        .into_iter()
        .filter(|line| line.contains("overdue"))
        .collect();
    let expect = [
        "29:00 warning exit_overdue #2",
        "30:00 warning exit_overdue #2",
        "32:00 critical exit_overdue #2",
        "36:00 critical exit_overdue #2",
        "44:00 critical exit_overdue #2",
    ];
    assert_eq!(overdue, expect);
    assert_eq!(played.book(), "nothing");
}

/// STOP wants what the rules want already: one close, and the result when it is done.
#[test]
fn stop_goes_on_with_an_exit_that_is_refused() {
    let stage = (2..=4)
        .fold(stage("31:00"), |stage, request| stage.fault(request, FaultKind::AutotradingOff));
    stage.command("28:02", "stop", &stop("s")).run().check_from(
        "28:00",
        "
        28:00 send 2: close #2 0.10, opposite_signal
        28:00 note sell exited
        28:00 answer 2: 10027 CLIENT_DISABLES_AT
        28:00 critical trading_disabled #2 10027 CLIENT_DISABLES_AT
        28:00 warning request_refused #2 10027 CLIENT_DISABLES_AT
        28:01 send 3: close #2 0.10, opposite_signal
        28:01 answer 3: 10027 CLIENT_DISABLES_AT
        28:03 send 4: close #2 0.10, opposite_signal
        28:03 answer 4: 10027 CLIENT_DISABLES_AT
        28:07 send 5: close #2 0.10, opposite_signal
        28:07 closed #2 0.10 signal
        28:07 result stop: executed OK closed #2
        28:07 answer 5: 10009 DONE #3
        ",
        "nothing",
    );
}

/// A close of a part is executed and then contradicted with "position closed" while its news is
/// late: it is not sent again before a reading has told what was closed.
#[test]
fn a_part_that_may_have_been_closed_is_not_closed_again() {
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.04 }));
    let stage =
        Stage::new(&["6:00"], "9:00").fault(2, FaultKind::AnswerContradicted { retcode: 10_036 });
    let stage = stage.fault_at("6:30", FaultKind::NewsLate { after_ms: 300_000 });
    stage.command("7:00", "close", &close).run().check_from(
        "7:00",
        "
        07:00 send 2: close #2 0.04, command
        07:00 answer 2: 10008 PLACED
        07:00 answer 2: 10036 POSITION_CLOSED
        07:02 changed #2 0.06 sl 1.09802 tp 1.10702
        07:02 result close: executed OK
        ",
        "#2 buy 0.06 sl 1.09802 tp 1.10702",
    );
}

/// An emergency comes while nobody knows what became of an entry, and is cleared before that is
/// known: the position is closed when it is seen.
#[test]
fn what_was_out_when_an_emergency_came_is_closed_after_it_was_cleared() {
    let stage =
        Stage::new(&["6:00"], "9:00").fault_at("5:00", FaultKind::NewsLate { after_ms: 60_000 });
    let stage = (0..30).fold(stage, |stage, _| stage.fault_at("5:00", FaultKind::SnapshotLost));
    stage.operator("6:10", Operator::Kill).operator("6:20", Operator::ClearKill).run().check_from(
        "6:00",
        "
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10009 DONE #2
        06:10 critical latched
        06:20 info latch_cleared
        07:00 send 2: close #2 0.10, emergency
        07:00 opened #2 buy 0.10
        07:00 closed #2 0.10 emergency
        07:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// More of a position is to be closed than is known of it, while the rest of its order has filled
/// unheard: the command is not executed before so much is closed.
#[test]
fn a_part_is_not_closed_before_all_of_it_is() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 60_000 };
    let stage = Stage::new(&["6:00"], "9:00").symbol(crate::stage::fills_in_part).fault(1, working);
    let stage = stage.fault_at("6:30", FaultKind::NewsLate { after_ms: 20_000 });
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.06 }));
    stage.command("7:01", "close", &close).run().check_from(
        "7:00",
        "
        07:01 send 2: close #2 0.04, command
        07:01 send 3: remove order #2, signal
        07:01 changed #2 0.02 sl 1.09802 tp 1.10702
        07:01 answer 2: 10009 DONE #3
        07:01 send 4: close #2 0.02, command
        07:01 answer 3: 10023 ORDER_CHANGED
        07:01 result close: executed OK
        07:01 changed #2 0.00 sl 1.09802 tp 1.10702
        07:01 answer 4: 10009 DONE #4
        07:02 send 5: remove order #2, signal
        07:02 answer 5: 10023 ORDER_CHANGED
        ",
        "#2 buy 0.04 sl 1.09802 tp 1.10702",
    );
}

/// The same, and a second part is to be closed before the reading: both are, and no more.
#[test]
fn a_second_part_does_not_make_the_first_one_certain() {
    let close = |volume: f64| command("CLOSE_POSITION", json!({ "ticket": 2, "volume": volume }));
    let stage =
        Stage::new(&["6:00"], "9:00").fault(2, FaultKind::AnswerContradicted { retcode: 10_036 });
    let stage = stage.fault_at("6:30", FaultKind::NewsLate { after_ms: 300_000 });
    stage
        .command("7:00", "one", &close(0.03))
        .command("7:00.5", "two", &close(0.02))
        .run()
        .check_from(
            "7:00",
            "
        07:00 send 2: close #2 0.03, command
        07:00 answer 2: 10008 PLACED
        07:00 answer 2: 10036 POSITION_CLOSED
        07:02 changed #2 0.07 sl 1.09802 tp 1.10702
        07:02 send 3: close #2 0.02, command
        07:02 result one: executed OK
        07:02 result two: executed OK
        07:02 changed #2 0.05 sl 1.09802 tp 1.10702
        07:02 answer 3: 10009 DONE #4
        ",
            "#2 buy 0.05 sl 1.09802 tp 1.10702",
        );
}

/// The outcome of a close is unknown, and a reading lists a pending order without its comment
/// before its answer: that is not what the close made, which is tried again.
#[test]
fn a_pending_order_is_not_what_a_close_has_made() {
    let open =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.10 }));
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "SELL_STOP", "volume": 0.05, "price": 1.05 }),
    );
    let mut stage =
        Stage::empty(&[], "12:00").fault(2, FaultKind::Lost).fault(3, FaultKind::CommentRewritten);
    stage.model.answer_latency = Latency::ConstantMs(4_000);
    let close = command("CLOSE_POSITION", json!({ "ticket": 2 }));
    let stage = stage
        .command("6:00", "open", &open)
        .command("7:00", "close", &close)
        .command("7:31", "place", &place);
    stage.run().check_from(
        "7:00",
        "
        07:00 send 2: close #2 0.10, command
        07:30 warning outcome_unknown #2
        07:31 send 3: place sell 0.05 1.05000, command
        07:35 answer 3: 10009 DONE #3
        07:35 result place: executed OK order #3
        08:00 warning exit_overdue #2
        08:00 result close: failed NOT_DONE remaining #2
        08:34 warning unknown_absent #2
        08:34 send 4: close #2 0.10, command
        08:38 closed #2 0.10 command
        08:38 answer 4: 10009 DONE #4
        ",
        "order #3 0.05 1.05000",
    );
}
