//! Followers: what they open, close and change after their sources, in order sequences.

use crate::stage::{Memory, Stage, command, start, stop};
use serde_json::{Value, json};
use tickdeck::session::fault::FaultKind;

fn add(more: &Value) -> Value {
    let mut parameters = json!({ "sourceStrategyId": "s" });
    for (name, value) in more.as_object().unwrap() {
        parameters[name] = value.clone();
    }
    command("COPY_ADD", parameters)
}

/// The strategy `s` trades 0.10 lots at each crossing, and is followed from the beginning.
fn followed(crossings: &[&str], end: &str) -> Stage {
    Stage::new(crossings, end).command("0:00.5", "add", &add(&json!({})))
}

#[test]
fn a_copy_is_opened_with_the_sources_stops_and_closed_with_it() {
    // 0.10 · 35 % = 0.035, down to whole steps.
    followed(&["20:00", "30:00"], "31:00").run().check_from(
        "20:00",
        "
            20:00 send 1: buy 0.10, signal
            20:00 note buy entered
            20:00 send 2: buy 0.03, copied
            20:00 note buy entered
            20:00 opened #2 buy 0.10
            20:00 answer 1: 10009 DONE #2
            20:00 opened #3 buy 0.03
            20:00 answer 2: 10009 DONE #3
            30:00 send 3: close #2 0.10, opposite_signal
            30:00 note sell exited
            30:00 closed #2 0.10 signal
            30:00 send 4: close #3 0.03, copied
            30:00 answer 3: 10009 DONE #4
            30:00 closed #3 0.03 signal
            30:00 answer 4: 10009 DONE #5
            ",
        "nothing",
    );
}

#[test]
fn a_part_that_is_closed_is_closed_of_the_copy_and_moved_stops_move() {
    let part = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.05 }));
    let stops = command(
        "MODIFY_POSITION",
        json!({ "ticket": 2, "stopLoss": 1.0950, "takeProfit": 1.1200 }),
    );
    Stage::new(&["20:00"], "25:00")
        .command("0:00.5", "add", &add(&json!({ "allocation": 80 })))
        .command("22:00.5", "part", &part)
        .command("23:00.5", "stops", &stops)
        .run()
        .check_from(
            "22:00",
            "
            22:00.500 send 3: close #2 0.05, command
            22:00.500 send 4: close #3 0.04, copied
            22:00.500 result part: executed OK
            22:00.500 changed #2 0.05 sl 1.09802 tp 1.10702
            22:00.500 answer 3: 10009 DONE #4
            22:00.500 changed #3 0.04 sl 1.09802 tp 1.10702
            22:00.500 answer 4: 10009 DONE #5
            23:00.500 send 5: modify #2 sl 1.09500 tp 1.12000, command
            23:00.500 changed #2 0.05 sl 1.09500 tp 1.12000
            23:00.500 send 6: modify #3 sl 1.09500 tp 1.12000, copied
            23:00.500 result stops: executed OK
            23:00.500 answer 5: 10009 DONE
            23:00.500 changed #3 0.04 sl 1.09500 tp 1.12000
            23:00.500 answer 6: 10009 DONE
            ",
            "#2 buy 0.05 sl 1.09500 tp 1.12000, #3 buy 0.04 sl 1.09500 tp 1.12000",
        );
}

#[test]
fn what_is_too_small_or_was_missed_is_not_copied() {
    let tiny =
        Stage::new(&["20:00"], "21:00").command("0:00.5", "add", &add(&json!({ "allocation": 5 })));
    tiny.run().check_from(
        "20:00",
        "
            20:00 send 1: buy 0.10, signal
            20:00 note buy entered
            20:00 note buy volume_too_small
            20:00 opened #2 buy 0.10
            20:00 answer 1: 10009 DONE #2
            ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
    // The follower is paused while the source enters: what it missed stays missed.
    let paused = followed(&["20:00"], "23:00")
        .command("19:00", "pause", &command("PAUSE_STRATEGY", json!({ "strategyId": "copy_s" })))
        .command("22:00", "resume", &command("RESUME_STRATEGY", json!({ "strategyId": "copy_s" })));
    paused.run().check_from(
        "20:00",
        "
            20:00 send 1: buy 0.10, signal
            20:00 note buy entered
            20:00 note buy paused
            20:00 opened #2 buy 0.10
            20:00 answer 1: 10009 DONE #2
            22:00 result resume: executed OK
            ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
    // What is open when the follower begins is not copied, and not closed.
    Stage::new(&["20:00", "30:00"], "32:00")
        .command("25:00", "add", &add(&json!({})))
        .run()
        .check_from(
            "24:00",
            "
            25:00 result add: executed OK
            30:00 send 2: close #2 0.10, opposite_signal
            30:00 note sell exited
            30:00 closed #2 0.10 signal
            30:00 answer 2: 10009 DONE #3
            ",
            "nothing",
        );
}

#[test]
fn allocations_never_sum_to_more_than_the_whole() {
    let stage = Stage::new(&[], "5:00")
        .command("0:00.1", "t", &start("t"))
        .command("1:00", "s60", &add(&json!({ "allocation": 60 })))
        .command("1:01", "t50", &add(&json!({ "sourceStrategyId": "t", "allocation": 50 })))
        .command("1:02", "t40", &add(&json!({ "sourceStrategyId": "t", "allocation": 40 })))
        .command(
            "1:03",
            "more",
            &command(
                "COPY_UPDATE_ALLOCATION",
                json!({ "sourceStrategyId": "s", "allocation": 61 }),
            ),
        )
        .command(
            "1:04",
            "less",
            &command(
                "COPY_UPDATE_ALLOCATION",
                json!({ "sourceStrategyId": "s", "allocation": 30 }),
            ),
        )
        .command("1:05", "again", &add(&json!({ "allocation": 60 })))
        .command("1:06", "nobody", &add(&json!({ "sourceStrategyId": "nobody" })))
        .command(
            "1:07",
            "none",
            &command(
                "COPY_UPDATE_ALLOCATION",
                json!({ "sourceStrategyId": "nobody", "allocation": 30 }),
            ),
        );
    stage.run().check_from(
        "1:00",
        "
            01:00 result s60: executed OK
            01:01 result t50: failed BAD_PARAMETERS allocation
            01:02 result t40: executed OK
            01:03 result more: failed BAD_PARAMETERS allocation
            01:04 result less: executed OK
            01:05 result again: failed ALREADY_RUNNING
            01:06 result nobody: failed BAD_PARAMETERS sourceStrategyId
            01:07 result none: failed NOT_RUNNING
            ",
        "nothing",
    );
}

#[test]
fn a_removed_follower_closes_its_copies_and_the_source_goes_on() {
    let remove = command("COPY_REMOVE", json!({ "sourceStrategyId": "s" }));
    followed(&["20:00"], "23:00").command("22:00", "remove", &remove).run().check_from(
        "22:00",
        "
            22:00 send 3: close #3 0.03, stop_command
            22:00 note - stopping
            22:00 closed #3 0.03 stop_command
            22:00 result remove: executed OK closed #3
            22:00 answer 3: 10009 DONE #4
            ",
        "#2 buy 0.10 sl 1.09802 tp 1.10702",
    );
    let keep = command("COPY_REMOVE", json!({ "sourceStrategyId": "s", "closePositions": false }));
    followed(&["20:00", "30:00"], "31:00").command("22:00", "keep", &keep).run().check_from(
        "22:00",
        "
            22:00 result keep: executed OK
            30:00 send 3: close #2 0.10, opposite_signal
            30:00 note sell exited
            30:00 closed #2 0.10 signal
            30:00 answer 3: 10009 DONE #4
            ",
        "#3 buy 0.03 sl 1.09802 tp 1.10702",
    );
}

#[test]
fn a_copy_that_is_executed_after_its_source_has_closed_is_closed() {
    followed(&["20:00"], "24:00")
        .fault(2, FaultKind::Placed { after_ms: 90_000 })
        .command("20:30", "stop", &stop("s"))
        .run()
        .check_from(
            "20:00",
            "
            20:00 send 1: buy 0.10, signal
            20:00 note buy entered
            20:00 send 2: buy 0.03, copied
            20:00 note buy entered
            20:00 opened #2 buy 0.10
            20:00 answer 1: 10009 DONE #2
            20:00 answer 2: 10008 PLACED #3
            20:30 send 3: close #2 0.10, stop_command
            20:30 closed #2 0.10 stop_command
            20:30 send 4: remove order #3, copied
            20:30 result stop: executed OK closed #2
            20:30 answer 3: 10009 DONE #4
            20:30 answer 4: 10009 DONE #3
            ",
            "nothing",
        );
}

#[test]
fn links_survive_a_restart_and_a_copy_without_one_is_closed() {
    followed(&["20:00", "30:00"], "31:00").restart("25:00", Memory::Kept).run().check_from(
        "25:00",
        "
            25:00 restart
            25:00 link up
            30:00 send 3: close #2 0.10, opposite_signal
            30:00 note sell exited
            30:00 closed #2 0.10 signal
            30:00 send 4: close #3 0.03, copied
            30:00 answer 3: 10009 DONE #4
            30:00 closed #3 0.03 signal
            30:00 answer 4: 10009 DONE #5
            ",
        "nothing",
    );
    followed(&["20:00"], "28:00")
        .restart("25:00", Memory::Lost)
        .command("25:30", "again", &start("s"))
        .command("26:00", "anew", &add(&json!({})))
        .run()
        .check_from(
            "25:00",
            "
            25:00 restart
            25:00 link up
            25:30 warning position_adopted #2
            25:30 opened #2 buy 0.10
            25:30 result again: executed OK
            26:00 warning position_adopted #3
            26:00 opened #3 buy 0.03
            26:00 result anew: executed OK
            26:00 send 1: close #3 0.03, copied
            26:00 closed #3 0.03 signal
            26:00 answer 1: 10009 DONE #4
            ",
            "#2 buy 0.10 sl 1.09802 tp 1.10702",
        );
}

/// The command that the README shows.
#[test]
fn the_command_of_the_readme_is_carried_out() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let line = readme.lines().find(|line| line.contains("\"command\": \"COPY_ADD\"")).unwrap();
    let body: Value = serde_json::from_str(line).unwrap();
    Stage::empty(&[], "2:00")
        .command("0:00", "start", &start("ema-cross-m5"))
        .command("1:00", "add", &body)
        .run()
        .check_from("1:00", "01:00 result add: executed OK", "nothing");
}

/// 0.10 lots lose 30 pips at their stop, 0.3 % of 10,000; their copy would lose another 0.09 %.
#[test]
fn a_copy_is_held_to_the_limits_like_any_entry() {
    followed(&["20:00"], "21:00")
        .risk(|risk| risk.max_portfolio_risk = Some("0.35".parse().unwrap()))
        .run()
        .check_from(
            "20:00",
            "
            20:00 send 1: buy 0.10, signal
            20:00 note buy entered
            20:00 note buy portfolio_risk
            20:00 opened #2 buy 0.10
            20:00 answer 1: 10009 DONE #2
            ",
            "#2 buy 0.10 sl 1.09802 tp 1.10702",
        );
}

fn part(volume: f64) -> Value {
    command("CLOSE_POSITION", json!({ "ticket": 2, "volume": volume }))
}

/// The whole volume is copied: what is closed of the one must be closed of the other.
fn followed_whole(end: &str) -> Stage {
    Stage::new(&["20:00"], end).command("0:00.5", "add", &add(&json!({ "allocation": 100 })))
}

#[test]
fn parts_that_follow_one_another_are_closed_once_each() {
    // The first close of the copy is executed a minute after the second part is wanted.
    let stage = followed_whole("24:00")
        .fault(4, FaultKind::Placed { after_ms: 70_000 })
        .command("21:00.5", "one", &part(0.03))
        .command("21:10.5", "two", &part(0.03));
    assert_eq!(
        stage.run().book(),
        "#2 buy 0.04 sl 1.09802 tp 1.10702, #3 buy 0.04 sl 1.09802 tp 1.10702"
    );
}

#[test]
fn what_is_done_to_the_original_while_the_copy_is_on_its_way_is_made_up_for() {
    let stops = json!({ "ticket": 2, "stopLoss": 1.0950, "takeProfit": 1.1200 });
    let stage = followed_whole("24:00")
        .fault(2, FaultKind::Placed { after_ms: 70_000 })
        .command("20:30.5", "part", &part(0.05))
        .command("20:40.5", "stops", &command("MODIFY_POSITION", stops));
    assert_eq!(
        stage.run().book(),
        "#2 buy 0.05 sl 1.09500 tp 1.12000, #3 buy 0.05 sl 1.09500 tp 1.12000"
    );
}

#[test]
fn no_copy_is_larger_than_the_executors_cap_on_volumes() {
    let stage = Stage::new(&["20:00"], "21:00")
        .limit(|limits| limits.lots_max = Some("0.05".parse().unwrap()))
        .command("0:00.5", "add", &add(&json!({ "allocation": 100, "multiplier": 2 })));
    assert_eq!(
        stage.run().book(),
        "#2 buy 0.05 sl 1.09802 tp 1.10702, #3 buy 0.05 sl 1.09802 tp 1.10702"
    );
}

#[test]
fn a_reversal_is_copied_both_ways() {
    let mut reverses = start("s");
    reverses["parameters"]["rules"]["exit"]["type"] = "reverse".into();
    let stage = Stage::empty(&["20:00", "30:00"], "31:00")
        .command("0:00", "start", &reverses)
        .command("0:00.5", "add", &add(&json!({})))
        // The old copy still counts when the original of the new one is opened.
        .fault(4, FaultKind::Placed { after_ms: 10_000 });
    let played = stage.run();
    assert_eq!(played.count("closed #2 0.10"), 1);
    assert_eq!(played.count("closed #3 0.03"), 1);
    assert!(played.book().contains("sell 0.10") && played.book().contains("sell 0.03"));
}

#[test]
fn a_follower_keeps_to_its_source() {
    let rules = start("s")["parameters"]["rules"].clone();
    let update = json!({ "strategyId": "copy_s", "rules": rules });
    let mut other = start("s");
    other["parameters"]["strategyId"] = "copy_t".into();
    followed(&[], "3:00")
        .command("1:00", "update", &command("UPDATE_STRATEGY", update))
        .command("1:01", "other", &other)
        .run()
        .check_from(
            "1:00",
            "
            01:00 result update: failed CANNOT_CHANGE rules
            01:01 result other: failed BAD_PARAMETERS strategyId
            ",
            "nothing",
        );
}
