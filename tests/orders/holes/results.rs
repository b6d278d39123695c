//! What the result of a command says of its trade.

use crate::stage::{Stage, command, rests_work};
use serde_json::json;
use tickdeck::session::description::Latency;
use tickdeck::session::fault::FaultKind;

/// The rest of an entry works on and fills: the result says all that was opened.
#[test]
fn a_result_says_what_was_opened_in_all() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 20_000 };
    let open =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.10 }));
    Stage::empty(&[], "9:00")
        .symbol(rests_work)
        .fault(1, working)
        .command("6:30", "open", &open)
        .run()
        .check(
            "
        06:30 send 1: buy 0.10, command
        06:30 opened #2 buy 0.04
        06:30 answer 1: 10010 DONE_PARTIAL #2
        06:30 warning partial_fill 10010 DONE_PARTIAL
        06:50 result open: executed OK position #2 0.10
        06:50 changed #2 0.10 sl - tp -
        ",
            "#2 buy 0.10 sl - tp -",
        );
}

/// The news of a part's position comes before that of its order and before the answer: a result
/// does not take the part for the whole.
#[test]
fn a_result_waits_for_what_tells_how_an_order_ended() {
    let working = FaultKind::PartialWorking { percent: 40, rest_after_ms: 20_000 };
    let open =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.10 }));
    let mut stage = Stage::empty(&[], "9:00")
        .symbol(rests_work)
        .fault(1, working)
        .fault_at("6:29", FaultKind::NewsReordered);
    stage.model.answer_latency = Latency::ConstantMs(1_000);
    stage.command("6:30", "open", &open).run().check(
        "
        06:30 send 1: buy 0.10, command
        06:31 opened #2 buy 0.04
        06:31 answer 1: 10010 DONE_PARTIAL #2
        06:31 warning partial_fill 10010 DONE_PARTIAL
        06:50 result open: executed OK position #2 0.10
        06:50 changed #2 0.10 sl - tp -
        ",
        "#2 buy 0.10 sl - tp -",
    );
}

/// An entry is executed and its position closed by somebody else before anything is heard of
/// either.
#[test]
fn a_result_says_what_was_opened_though_it_is_closed_by_then() {
    let open =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.10 }));
    let late = FaultKind::NewsLate { after_ms: 90_000 };
    let stage =
        Stage::empty(&[], "9:00").fault(1, FaultKind::ExecutedUnanswered).always(late, "6:59");
    stage.fault_at("6:45", FaultKind::ExternalClose).command("6:30", "open", &open).run().check(
        "
        06:30 send 1: buy 0.10, command
        07:00 warning outcome_unknown
        07:02 warning closed_elsewhere #2
        07:02 info unknown_found
        07:02 opened #2 buy 0.10
        07:02 closed #2 0.10 external
        07:02 result open: executed OK position #2 0.10
        ",
        "nothing",
    );
}

/// The rest of an entry was filled and nobody has heard of it: what is known of its position is
/// closed, and the rest is not.
#[test]
fn what_may_be_open_is_closed_by_commands_too() {
    let stage = Stage::new(&["6:00", "10:00"], "16:00")
        .symbol(rests_work)
        .fault(1, FaultKind::PartialWorking { percent: 50, rest_after_ms: 120_000 });
    let stage = stage.fault_at("7:59", FaultKind::NewsLate { after_ms: 145_000 });
    let stage = (0..20).fold(stage, |stage, _| stage.fault_at("6:01", FaultKind::SnapshotLost));
    let stage = stage.command("10:10", "all", &command("CLOSE_ALL_POSITIONS", json!({})));
    stage
        .command("10:10", "one", &command("CLOSE_POSITION", json!({ "ticket": 2 })))
        .run()
        .check_from(
            "10:00",
            "
        10:00 send 2: close #2 0.05, opposite_signal
        10:00 note sell exited
        10:00 send 3: remove order #2, opposite_signal
        10:00 answer 2: 10009 DONE #3
        10:00 answer 3: 10023 ORDER_CHANGED
        10:01 send 4: remove order #2, opposite_signal
        10:01 answer 4: 10023 ORDER_CHANGED
        10:03 send 5: remove order #2, opposite_signal
        10:03 answer 5: 10023 ORDER_CHANGED
        10:07 send 6: remove order #2, opposite_signal
        10:07 answer 6: 10023 ORDER_CHANGED
        10:15 send 7: remove order #2, opposite_signal
        10:15 answer 7: 10023 ORDER_CHANGED
        10:25 send 8: close #2 0.05, opposite_signal
        10:25 closed #2 0.10 signal
        10:25 result all: executed OK closed #2
        10:25 result one: executed OK closed #2
        10:25 answer 8: 10009 DONE #4
        ",
            "nothing",
        );
}
