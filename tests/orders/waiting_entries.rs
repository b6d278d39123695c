//! Entries that wait, as order sequences: for the other side to be closed, or as orders at the
//! server. What ends a strategy's entries ends those, too.

use crate::stage;
use crate::stage::{Played, Stage, command};
use serde_json::{Value, json};
use tickdeck::domain::amount::Points;
use tickdeck::session::fault::FaultKind;

/// The strategy `s` as on every stage, with another part of its rules.
fn start(part: &str, value: &Value) -> Value {
    let mut start = stage::start("s");
    let rules = &mut start["parameters"]["rules"];
    for (name, value) in value.as_object().unwrap() {
        rules[part][name] = value.clone();
    }
    start
}

/// It buys at 6:00 and sells at 10:00, by way of a close that the server executes half a minute
/// after it has placed it.
fn reversal(crossings: &[&str]) -> Stage {
    let reverses = start("exit", &json!({ "type": "reverse" }));
    let placed = FaultKind::Placed { after_ms: 30_000 };
    Stage::empty(crossings, "15:00").command("0:00", "start", &reverses).fault(2, placed)
}

/// The position is closed, and nothing is opened after it.
#[track_caller]
fn ends_flat(played: &Played) {
    assert_eq!(played.count("send 2: close"), 1);
    assert_eq!(played.count("note sell reversing"), 1);
    assert_eq!((played.count("send 3"), played.book()), (0, "nothing".to_owned()));
}

#[test]
fn a_reversal_enters_when_the_other_side_is_closed() {
    reversal(&["6:00", "10:00"]).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        10:00 send 2: close #2 0.10, opposite_signal
        10:00 note sell reversing
        10:00 answer 2: 10008 PLACED #3
        10:30 closed #2 0.10 signal
        10:30 send 3: sell 0.10, signal
        10:30 note sell entered
        10:30 opened #4 sell 0.10
        10:30 answer 3: 10009 DONE #4
        ",
        "#4 sell 0.10 sl 1.10300 tp 1.09400",
    );
}

#[test]
fn a_pause_ends_a_reversal() {
    for (name, parameters) in [
        ("PAUSE_STRATEGY", json!({ "strategyId": "s" })),
        ("PAUSE", json!({})),
        ("EMERGENCY_STOP", json!({ "reason": "test" })),
        ("STOP_STRATEGY", json!({ "strategyId": "s" })),
    ] {
        let pause = command(name, parameters);
        ends_flat(&reversal(&["6:00", "10:00"]).command("10:10", "pause", &pause).run());
    }
}

#[test]
fn a_resumed_strategy_does_not_go_on_reversing() {
    let (pause, resume) = ("PAUSE_STRATEGY", "RESUME_STRATEGY");
    let of_s = || json!({ "strategyId": "s" });
    let paused = reversal(&["6:00", "10:00"])
        .command("10:10", "pause", &command(pause, of_s()))
        .command("10:20", "resume", &command(resume, of_s()));
    ends_flat(&paused.run());
}

#[test]
fn a_gap_in_the_quotes_ends_a_reversal() {
    let gap = FaultKind::LinkDown { for_ms: 15_000, ticks_lost: true };
    ends_flat(&reversal(&["6:00", "10:00"]).fault_at("10:05", gap).run());
}

/// Two levels on forming bars: both signals come while the close is on its way.
#[test]
fn a_contrary_signal_ends_a_reversal() {
    let level = |side: &str, condition: &str| json!({ "indicator": "close", "condition": condition, "value": 1.1005, "side": side });
    let mut start = stage::start("s");
    start["parameters"]["options"] = json!({ "evaluate": "tick" });
    start["parameters"]["rules"] = json!({
        "entry": { "logic": "OR", "conditions": [level("buy", "greater_than"), level("sell", "less_than")] },
        "exit": { "type": "reverse" },
        "riskManagement": { "lotSize": 0.10, "maxPositions": 1 },
    });
    let placed = FaultKind::Placed { after_ms: 20_000 };
    Stage::empty(&["6:00", "10:00", "10:10"], "10:05")
        .command("5:20", "start", &start)
        .fault(2, placed)
        .run()
        .check_from(
            "9:10",
            "
            09:10 note buy max_open_trades
            09:30 send 2: close #2 0.10, opposite_signal
            09:30 note sell reversing
            09:30 answer 2: 10008 PLACED #3
            09:50 closed #2 0.10 signal
            10:00 note buy already_signalled
            ",
            "nothing",
        );
}

/// It buys at 6:00 by an order below the market that lapses after two bars.
fn limit_order(options: &Value, end: &str) -> Played {
    let order = json!({ "order": { "type": "limit", "offset": 20, "expiryBars": 2 } });
    let mut start = start("entry", &order);
    for (name, value) in options.as_object().unwrap() {
        start["parameters"]["options"][name] = value.clone();
    }
    Stage::empty(&["6:00"], end).command("0:00", "start", &start).run()
}

/// Whether the order is there until a moment, and then no more.
#[track_caller]
fn lapses_at_8(options: &Value) {
    let [before, after] = ["7:59", "8:11"].map(|end| limit_order(options, end));
    assert_eq!((before.count("send"), after.count("send")), (1, 1), "by the server alone");
    assert_eq!(before.book(), "order #2 0.10 1.09902");
    assert_eq!(after.book(), "nothing");
}

#[test]
fn an_order_lapses_after_its_bars() {
    lapses_at_8(&json!({}));
}

/// That of the bar that begins at 5:00 is placed within it: its bars are those that follow.
#[test]
fn an_order_of_a_forming_bar_lapses_after_bars_that_follow_it() {
    lapses_at_8(&json!({ "evaluate": "tick" }));
}

/// Eight points below the Ask of 1.10102 is no price of ticks of five points, and the nearest one is
/// nearer than the server allows.
#[test]
fn an_offset_is_not_rounded_into_the_stops_level() {
    let order = json!({ "order": { "type": "limit", "offset": 0.8 } });
    let stage = Stage::empty(&["6:00"], "6:05").command("0:00", "start", &start("entry", &order));
    let stage = stage.symbol(|spec| {
        spec.tick_size = "0.00005".parse().unwrap();
        spec.stops_level = Points(8);
    });
    assert_eq!(stage.run().book(), "order #2 0.10 1.10090");
}

/// Positions close at 8:00: what waits to open one is removed.
#[test]
fn a_closing_time_removes_what_waits() {
    let order = json!({ "order": { "type": "limit", "offset": 20 } });
    let mut start = start("entry", &order);
    start["parameters"]["rules"]["exit"]["closeAt"] = json!({ "time": "00:08" });
    Stage::empty(&["6:00"], "9:00").command("0:00", "start", &start).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: place buy 0.10 1.09902, signal
        06:00 note buy entered
        06:00 answer 1: 10009 DONE #2
        08:00 send 2: remove order #2, closing_time
        08:00 answer 2: 10009 DONE #2
        ",
        "nothing",
    );
}
