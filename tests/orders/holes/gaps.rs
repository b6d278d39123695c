//! Crossings that nobody saw when they happened: they end what is held against them, and enter
//! nothing.

use crate::stage::{Stage, command, start};
use serde_json::json;
use tickdeck::session::fault::FaultKind;

fn blind(for_ms: u64) -> FaultKind {
    FaultKind::LinkDown { for_ms, ticks_lost: true }
}

#[test]
fn a_crossing_inside_a_gap_closes_at_the_first_live_moment() {
    Stage::new(&["6:00", "28:00", "50:00"], "40:00")
        .fault_at("25:00", blind(480_000))
        .run()
        .check_from(
            "25:00",
            "
        25:00 link down
        25:00 warning link_down
        33:00 link up
        33:00 send 2: close #2 0.10, opposite_signal
        33:00 note sell exited
        33:00 closed #2 0.10 signal
        33:00 answer 2: 10009 DONE #3
        ",
            "nothing",
        );
}

#[test]
fn an_entry_inside_a_gap_is_none() {
    Stage::new(&["6:00", "28:00"], "30:00").fault_at("5:00", blind(180_000)).run().check(
        "
        00:00 result start: executed OK
        05:00 link down
        05:00 warning link_down
        08:00 link up
        08:00 note buy in_gap
        28:00 send 1: sell 0.10, signal
        28:00 note sell entered
        28:00 opened #2 sell 0.10
        28:00 answer 1: 10009 DONE #2
        ",
        "#2 sell 0.10 sl 1.10300 tp 1.09400",
    );
}

/// The gap ends inside the bar of the jump: the bar closes live, and the crossing is a live one.
#[test]
fn a_bar_that_closes_after_a_gap_is_live() {
    Stage::new(&["6:00"], "8:00").fault_at("5:25", blind(20_000)).run().check(
        "
        00:00 result start: executed OK
        05:25 link down
        05:25 warning link_down
        05:45 link up
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// The bars that were asked for come half an hour late: what crossed meanwhile is no signal of now.
#[test]
fn bars_that_come_late_only_warm_up() {
    let stage = Stage::empty(&["6:00", "40:00", "60:00"], "62:00")
        .fault_at("5:00", FaultKind::BarsLate { after_ms: 1_800_000 });
    let stage = (0..200).fold(stage, |stage, _| stage.fault_at("5:01", FaultKind::BarsLost));
    stage.command("5:00", "start", &start("s")).run().check(
        "
        05:00 result start: executed OK
        35:00 note buy in_gap
        40:00 send 1: sell 0.10, signal
        40:00 note sell entered
        40:00 opened #2 sell 0.10
        40:00 answer 1: 10009 DONE #2
        60:00 send 2: close #2 0.10, opposite_signal
        60:00 note buy exited
        60:00 closed #2 0.10 signal
        60:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The same without any answer for long.
#[test]
fn bars_are_asked_for_until_they_come() {
    let stage = (0..60).fold(Stage::empty(&["16:00", "40:00"], "42:00"), |stage, _| {
        stage.fault_at("5:00", FaultKind::BarsLost)
    });
    stage.command("5:00", "start", &start("s")).run().check(
        "
        05:00 result start: executed OK
        40:00 send 1: sell 0.10, signal
        40:00 note sell entered
        40:00 opened #2 sell 0.10
        40:00 answer 1: 10009 DONE #2
        ",
        "#2 sell 0.10 sl 1.10300 tp 1.09400",
    );
}

/// The bar from which new settings hold begins in a gap that is longer than what is read of the
/// past: they hold after it.
#[test]
fn an_update_whose_first_bar_begins_in_a_gap_holds_after_it() {
    let update =
        command("UPDATE_STRATEGY", json!({ "strategyId": "s", "settings": { "lotSize": 0.2 } }));
    let stage =
        Stage::new(&["6:00", "20:00", "60:00"], "61:00").fault_at("25:00", blind(2_060_000));
    stage.command("24:50", "update", &update).run().check_from(
        "24:00",
        "
        24:50 result update: executed OK
        25:00 link down
        25:00 warning link_down
        59:20 link up
        60:00 send 3: buy 0.20, signal
        60:00 note buy entered
        60:00 opened #4 buy 0.20
        60:00 answer 3: 10009 DONE #4
        ",
        "#4 buy 0.20 sl 1.09802 tp 1.10702",
    );
}

/// The same where the bars come when that first bar has ended: it is judged by the new rules. By the
/// old ones, the crossing would close the position.
#[test]
fn the_first_bar_after_a_gap_is_judged_by_the_new_rules() {
    let mut rules = start("s")["parameters"]["rules"].clone();
    rules["exit"]["type"] = "none".into();
    let update = command("UPDATE_STRATEGY", json!({ "strategyId": "s", "rules": rules }));
    let stage = Stage::new(&["6:00", "60:00"], "62:00").fault_at("25:00", blind(2_060_000));
    let stage = (0..2).fold(stage, |stage, _| stage.fault_at("59:00", FaultKind::BarsLost));
    let stage = stage.fault_at("59:01", FaultKind::BarsLate { after_ms: 12_000 });
    stage.command("24:50", "update", &update).run().check_from(
        "24:00",
        "
        24:50 result update: executed OK
        25:00 link down
        25:00 warning link_down
        59:20 link up
        60:02 note sell in_gap
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}
