//! Stops that the broker drops or refuses: they stand, or the position goes.

use crate::stage::{Memory, Stage, command};
use serde_json::json;
use tickdeck::session::description::Latency;
use tickdeck::session::fault::FaultKind;

fn stage(end: &str) -> Stage {
    Stage::new(&["6:00"], end).fault(1, FaultKind::StopsDropped)
}

#[test]
fn dropped_stops_are_restored() {
    stage("8:00").run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 warning stops_missing #2
        06:00 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:00 answer 1: 10009 DONE #2
        06:00 changed #2 0.10 sl 1.09802 tp 1.10702
        06:00 answer 2: 10009 DONE
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// DONE, and nothing changed: it is tried again, and then the position goes.
#[test]
fn stops_that_are_done_without_effect_end_the_position() {
    let stage = (2..=4)
        .fold(stage("12:00"), |stage, request| stage.fault(request, FaultKind::StopsDropped));
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 warning stops_missing #2
        06:00 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:00 answer 1: 10009 DONE #2
        06:00 answer 2: 10009 DONE
        06:02 send 3: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:02 answer 3: 10009 DONE
        06:04 send 4: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:04 answer 4: 10009 DONE
        06:06 send 5: close #2 0.10, restore_stops
        06:06 closed #2 0.10 stops_missing
        06:06 answer 5: 10009 DONE #3
        ",
        "nothing",
    );
}

#[test]
fn stops_that_are_done_without_effect_once_are_tried_again() {
    stage("12:00").fault(2, FaultKind::StopsDropped).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 warning stops_missing #2
        06:00 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:00 answer 1: 10009 DONE #2
        06:00 answer 2: 10009 DONE
        06:02 send 3: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:02 changed #2 0.10 sl 1.09802 tp 1.10702
        06:02 answer 3: 10009 DONE
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// The server refuses the stops for good, and the close, too: the close is wanted on.
#[test]
fn refused_stops_and_a_refused_close_end_flat() {
    let refused = |code| FaultKind::Refused { retcode: code };
    let stage =
        (2..=4).fold(stage("12:00"), |stage, request| stage.fault(request, refused(10_016)));
    (5..=8).fold(stage, |stage, request| stage.fault(request, refused(10_006))).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 warning stops_missing #2
        06:00 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:00 answer 1: 10009 DONE #2
        06:00 answer 2: 10016 INVALID_STOPS
        06:00 warning request_refused #2 10016 INVALID_STOPS
        06:01 send 3: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:01 answer 3: 10016 INVALID_STOPS
        06:03 send 4: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:03 answer 4: 10016 INVALID_STOPS
        06:03 send 5: close #2 0.10, restore_stops
        06:03 answer 5: 10006 REJECT
        06:03 warning request_refused #2 10006 REJECT
        06:04 send 6: close #2 0.10, restore_stops
        06:04 answer 6: 10006 REJECT
        06:06 send 7: close #2 0.10, restore_stops
        06:06 answer 7: 10006 REJECT
        06:10 send 8: close #2 0.10, restore_stops
        06:10 answer 8: 10006 REJECT
        06:18 send 9: close #2 0.10, restore_stops
        06:18 closed #2 0.10 stops_missing
        06:18 answer 9: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Stops that stood and were changed by somebody else are what is wanted from then on.
#[test]
fn stops_changed_by_somebody_else_are_wanted_from_then_on() {
    let stage =
        Stage::new(&["6:00"], "12:00").fault_at("7:00", FaultKind::ExternalStops { points: 50 });
    stage.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 changed #2 0.10 sl 1.09752 tp 1.10752
        07:02 warning stops_changed #2
        ",
        "#2 buy 0.10 sl 1.09752 tp 1.10752",
    );
}

#[test]
fn a_command_sets_what_stops_are_wanted() {
    let modify =
        command("MODIFY_POSITION", json!({ "ticket": 2, "stopLoss": 1.095, "takeProfit": 0 }));
    Stage::new(&["6:00"], "12:00").command("7:00", "modify", &modify).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: modify #2 sl 1.09500 tp -, command
        07:00 changed #2 0.10 sl 1.09500 tp -
        07:00 result modify: executed OK
        07:00 answer 2: 10009 DONE
        ",
        "#2 buy 0.10 sl 1.09500 tp -",
    );
}

/// Refused for good: the command fails, and what was wanted before is wanted again.
#[test]
fn a_refused_change_of_stops_leaves_those_before() {
    let modify = command("MODIFY_POSITION", json!({ "ticket": 2, "stopLoss": 1.2 }));
    Stage::new(&["6:00"], "12:00").command("7:00", "modify", &modify).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: modify #2 sl 1.20000 tp 1.10702, command
        07:00 answer 2: 10016 INVALID_STOPS
        07:00 warning request_refused #2 10016 INVALID_STOPS
        07:00 result modify: failed REFUSED 10016 INVALID_STOPS
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// The first change is accepted for later; the second is done at once. What comes of the first is
/// not what is wanted, and not somebody else's either.
#[test]
fn a_change_that_was_overtaken_does_not_stay() {
    let modify = |sl: f64| command("MODIFY_POSITION", json!({ "ticket": 2, "stopLoss": sl }));
    let stage = Stage::new(&["6:00"], "12:00").fault(2, FaultKind::Placed { after_ms: 60_000 });
    stage
        .command("7:00", "one", &modify(1.095))
        .command("7:01", "two", &modify(1.096))
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: modify #2 sl 1.09500 tp 1.10702, command
        07:00 answer 2: 10008 PLACED
        07:01 result one: failed WITHDRAWN
        07:01 send 3: modify #2 sl 1.09600 tp 1.10702, command
        07:01 changed #2 0.10 sl 1.09600 tp 1.10702
        07:01 answer 3: 10009 DONE
        07:02 result two: executed OK
        08:00 changed #2 0.10 sl 1.09500 tp 1.10702
        08:02 send 4: modify #2 sl 1.09600 tp 1.10702, restore_stops
        08:02 changed #2 0.10 sl 1.09600 tp 1.10702
        08:02 answer 4: 10009 DONE
        ",
            "#2 buy 0.10 sl 1.09600 tp 1.10702",
        );
}

/// A part that cannot be closed does not leave the rest without stops.
#[test]
fn stops_are_restored_while_a_part_waits_to_be_closed() {
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.04 }));
    let stage = Stage::new(&["6:00"], "9:00")
        .fault(1, FaultKind::StopsDropped)
        .fault(2, FaultKind::Timeout);
    let stage = (3..=5).fold(stage, |stage, request| stage.fault(request, FaultKind::Requote));
    stage.command("6:00.2", "close", &close).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 warning stops_missing #2
        06:00 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:00 answer 1: 10009 DONE #2
        06:00 answer 2: 10012 TIMEOUT
        06:00 warning outcome_unknown #2
        06:00 warning request_refused #2
        06:00.200 send 3: close #2 0.04, command
        06:00.200 answer 3: 10004 REQUOTE
        06:00.200 warning request_refused #2 10004 REQUOTE
        06:01 send 4: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:01 answer 4: 10004 REQUOTE
        06:01.200 send 5: close #2 0.04, command
        06:01.200 answer 5: 10004 REQUOTE
        06:03 send 6: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:03 changed #2 0.10 sl 1.09802 tp 1.10702
        06:03 answer 6: 10009 DONE
        06:03.200 send 7: close #2 0.04, command
        06:03.200 result close: executed OK
        06:03.200 changed #2 0.06 sl 1.09802 tp 1.10702
        06:03.200 answer 7: 10009 DONE #3
        ",
        "#2 buy 0.06 sl 1.09802 tp 1.10702",
    );
}

/// A take profit is moved, its news is late, and half a second later it is moved back.
fn there_and_back() -> Stage {
    let change = |tp: &str| command("MODIFY_POSITION", json!({ "ticket": 2, "takeProfit": tp }));
    let stage =
        Stage::new(&["6:00"], "9:00").fault_at("6:30", FaultKind::NewsLate { after_ms: 20_000 });
    stage.command("7:00", "there", &change("1.10802")).command("7:00.5", "back", &change("1.10702"))
}

/// A change is answered as done, its news is late, and a second one asks for what the news still
/// says: it is done once a reading has shown what stands, and that is undone.
#[test]
fn stops_are_not_said_to_stand_before_what_was_done_is_seen() {
    there_and_back().run().check_from(
        "7:00",
        "
        07:00 send 2: modify #2 sl 1.09802 tp 1.10802, command
        07:00 answer 2: 10009 DONE
        07:00.500 result there: failed WITHDRAWN
        07:02 changed #2 0.10 sl 1.09802 tp 1.10802
        07:02 send 3: modify #2 sl 1.09802 tp 1.10702, command
        07:02 changed #2 0.10 sl 1.09802 tp 1.10702
        07:02 result back: executed OK
        07:02 answer 3: 10009 DONE
        07:20 changed #2 0.10 sl 1.09802 tp 1.10802
        07:22 changed #2 0.10 sl 1.09802 tp 1.10702
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
}

/// The repetition of a change is answered with "no changes" while another one is wanted already:
/// that one is tried.
#[test]
fn no_changes_is_said_of_what_was_asked_and_not_of_a_later_wish() {
    let change = |sl: &str| command("MODIFY_POSITION", json!({ "ticket": 2, "stopLoss": sl }));
    let mut stage = Stage::new(&["6:00"], "9:00")
        .fault(2, FaultKind::ExecutedUnanswered)
        .fault_at("6:30", FaultKind::NewsLate { after_ms: 200_000 });
    stage.model.answer_latency = Latency::ConstantMs(1_000);
    stage
        .command("7:00", "one", &change("1.09000"))
        .command("7:31.5", "two", &change("1.09100"))
        .run()
        .check_from(
            "7:00",
            "
        07:00 send 2: modify #2 sl 1.09000 tp 1.10702, command
        07:30 warning outcome_unknown #2
        07:30 warning request_refused #2
        07:31 send 3: modify #2 sl 1.09000 tp 1.10702, command
        07:31.500 result one: failed WITHDRAWN
        07:32 answer 3: 10025 NO_CHANGES
        07:32 send 4: modify #2 sl 1.09100 tp 1.10702, command
        07:32 changed #2 0.10 sl 1.09100 tp 1.10702
        07:32 result two: executed OK
        07:33 answer 4: 10009 DONE
        ",
            "#2 buy 0.10 sl 1.09100 tp 1.10702",
        );
}

/// Before a reading has shown what stands, somebody else sets other stops: a command's wish is not
/// done by them.
#[test]
fn stops_that_somebody_else_sets_are_not_what_a_command_asked_for() {
    there_and_back().fault_at("7:01", FaultKind::ExternalStops { points: 150 }).run().check_from(
        "7:00",
        "
        07:00 send 2: modify #2 sl 1.09802 tp 1.10802, command
        07:00 answer 2: 10009 DONE
        07:00.500 result there: failed WITHDRAWN
        07:01 changed #2 0.10 sl 1.09652 tp 1.10952
        07:02 warning stops_changed #2
        07:02 result back: failed WITHDRAWN
        07:20 changed #2 0.10 sl 1.09802 tp 1.10802
        07:22 changed #2 0.10 sl 1.09652 tp 1.10952
        ",
        "#2 buy 0.10 sl 1.09652 tp 1.10952",
    );
}

/// A change is accepted and carried out only after minutes, when a second attempt has made it and
/// another change has followed: that one is made again.
#[test]
fn a_change_that_is_carried_out_late_does_not_undo_a_later_one() {
    let change = command("MODIFY_POSITION", json!({ "ticket": 2, "takeProfit": "1.10902" }));
    let stage = Stage::new(&["6:00"], "16:00")
        .fault(1, FaultKind::StopsDropped)
        .fault(2, FaultKind::Placed { after_ms: 300_000 });
    stage.command("8:00", "change", &change).run().check_from(
        "6:00",
        "
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 warning stops_missing #2
        06:00 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:00 answer 1: 10009 DONE #2
        06:00 answer 2: 10008 PLACED
        06:02 send 3: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:02 changed #2 0.10 sl 1.09802 tp 1.10702
        06:02 answer 3: 10009 DONE
        08:00 send 4: modify #2 sl 1.09802 tp 1.10902, command
        08:00 changed #2 0.10 sl 1.09802 tp 1.10902
        08:00 result change: executed OK
        08:00 answer 4: 10009 DONE
        11:00 changed #2 0.10 sl 1.09802 tp 1.10702
        11:02 send 5: modify #2 sl 1.09802 tp 1.10902, restore_stops
        11:02 changed #2 0.10 sl 1.09802 tp 1.10902
        11:02 answer 5: 10009 DONE
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10902",
    );
}

/// The same over a restart: an attempt that was out when the process ended may come as well.
#[test]
fn a_change_that_was_out_at_a_restart_does_not_undo_a_later_one() {
    let change = command("MODIFY_POSITION", json!({ "ticket": 2, "takeProfit": "1.10902" }));
    let stage = Stage::new(&["6:00"], "16:00")
        .fault(1, FaultKind::StopsDropped)
        .fault(2, FaultKind::Placed { after_ms: 300_000 });
    let mut stage = stage.restart("6:25", Memory::Kept).command("8:00", "change", &change);
    stage.model.answer_latency = Latency::ConstantMs(15_000);
    stage.run().check_from(
        "6:00",
        "
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:15 opened #2 buy 0.10
        06:15 warning stops_missing #2
        06:15 send 2: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:15 answer 1: 10009 DONE #2
        06:25 restart
        06:25 link up
        06:25 send 3: modify #2 sl 1.09802 tp 1.10702, restore_stops
        06:25 changed #2 0.10 sl 1.09802 tp 1.10702
        06:40 answer 3: 10009 DONE
        08:00 send 4: modify #2 sl 1.09802 tp 1.10902, command
        08:15 changed #2 0.10 sl 1.09802 tp 1.10902
        08:15 result change: executed OK
        08:15 answer 4: 10009 DONE
        11:30 changed #2 0.10 sl 1.09802 tp 1.10702
        11:32 send 5: modify #2 sl 1.09802 tp 1.10902, restore_stops
        11:47 changed #2 0.10 sl 1.09802 tp 1.10902
        11:47 answer 5: 10009 DONE
        ",
        "#2 buy 0.10 sl 1.09802 tp 1.10902",
    );
}
