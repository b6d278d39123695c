//! Exits come however rules are evaluated, and whatever becomes of their entries, as order sequences.

use crate::stage;
use crate::stage::{Stage, start};
use serde_json::{Value, json};
use tickdeck::session::fault::FaultKind;

/// It buys the crossing at 26:00, enters on none the other way, and one at 30:00 closes.
#[track_caller]
fn leaves_at_30(options: &Value, rules: &Value) {
    let mut start = start("s");
    start["parameters"]["options"] = options.clone();
    start["parameters"]["rules"]["entry"]["direction"] = "above".into();
    for (part, value) in rules.as_object().unwrap() {
        for (name, value) in value.as_object().unwrap() {
            start["parameters"]["rules"][part][name] = value.clone();
        }
    }
    let played = Stage::empty(&["26:00", "30:00"], "32:00").command("0:00", "start", &start).run();
    let sent = played.script.since(stage::at("0:10"));
    assert_eq!(played.count("send"), 2, "{options} {rules}: {sent:?}");
    assert_eq!(played.count("send 2: close #2 0.10"), 1, "{options} {rules}: {sent:?}");
    assert_eq!(played.book(), "nothing", "{options} {rules}");
}

#[test]
fn one_sided_rules_leave_on_the_other_crossing() {
    let bars = json!({ "warmupBars": 3 });
    leaves_at_30(&bars, &json!({}));
    leaves_at_30(&json!({ "warmupBars": 3, "evaluate": "interval" }), &json!({}));
    let volatility = json!({ "filters": { "volatility": { "period": 2, "maxPips": 900 } } });
    leaves_at_30(&bars, &volatility);
    let confirmed = json!({ "entry": { "confirmation": { "type": "volume", "threshold": 0.5 } } });
    leaves_at_30(&bars, &confirmed);
}

/// Nothing is known yet of the filter's line on H4, of which no bar has closed: no entry, but what
/// another life has opened is left.
#[test]
fn a_filter_that_cannot_be_told_stands_against_no_exit() {
    let mut slow = start("s");
    let regime = json!({ "regime": { "minAdx": 1, "timeframe": "H4" } });
    slow["parameters"]["rules"]["filters"] = regime;
    let stage = Stage::new(&["6:00", "12:00", "18:00"], "20:00");
    let stage = stage.restart("8:00", stage::Memory::Lost).command("8:00", "again", &slow);
    stage.run().check_from(
        "8:00",
        "
        08:00 restart
        08:00 link up
        08:00 result again: executed OK
        08:00 warning position_adopted #2
        08:00 opened #2 buy 0.10
        12:00 send 1: close #2 0.10, opposite_signal
        12:00 note sell exited
        12:00 closed #2 0.10 signal
        12:00 answer 1: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The server executes the buy at 11:00, when a sell has been signalled.
#[test]
fn what_is_executed_late_is_closed_if_its_signal_is_over() {
    let placed = FaultKind::Placed { after_ms: 300_000 };
    Stage::new(&["6:00", "9:00"], "12:00").fault(1, placed).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 answer 1: 10008 PLACED #2
        09:00 note sell max_open_trades
        11:00 send 2: close #2 0.10, opposite_signal
        11:00 opened #2 buy 0.10
        11:00 closed #2 0.10 signal
        11:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// Halves of three hundredths: one of them first, and then everything that is left.
#[test]
fn parts_that_are_the_whole_leave_nothing() {
    let mut start = start("s");
    let levels = json!([{ "percent": 50, "atPips": 0.1 }, { "percent": 50, "atPips": 0.3 }]);
    start["parameters"]["rules"] = json!({
        "entry": {
            "logic": "OR",
            "conditions": [{ "indicator": "close", "condition": "greater_than", "value": 1.1005, "side": "buy" }],
        },
        "exit": { "partialClose": { "levels": levels } },
        "riskManagement": { "lotSize": 0.03, "maxPositions": 1 },
    });
    let stage = Stage::empty(&["6:00"], "12:00").command("0:00", "start", &start);
    let played = stage.run();
    let sent = played.script.since(stage::at("0:10"));
    assert_eq!(played.count("send 2: close #2 0.01"), 1, "{sent:?}");
    assert_eq!(played.count("send 3: close #2 0.02"), 1, "{sent:?}");
}

/// A START that is refused needs no reading of the account, for which entries would wait.
#[test]
fn a_refused_start_stands_in_nobodys_way() {
    let mut tiny = start("t");
    tiny["parameters"]["rules"]["risk"]["lotSize"] = 0.001.into();
    let stage = Stage::new(&["6:00"], "7:00").command("5:50", "tiny", &tiny);
    let played = stage.fault_at("5:45", FaultKind::SnapshotLate { after_ms: 30_000 }).run();
    assert_eq!(
        played.count("result tiny: failed BAD_RULES"),
        1,
        "{:?}",
        played.script.since(stage::at("5:00"))
    );
    assert_eq!(played.count("note buy entered"), 1);
}

/// Sent at 7:00, executed at 8:30: its rules have closed everything at 8:00.
#[test]
fn what_is_executed_after_a_closing_time_is_closed() {
    let mut start = start("s");
    start["parameters"]["rules"]["exit"]["closeAt"] = json!({ "time": "00:08" });
    let placed = FaultKind::Placed { after_ms: 90_000 };
    let stage = Stage::empty(&["7:00"], "10:00").command("0:00", "start", &start);
    stage.fault(1, placed).run().check(
        "
        00:00 result start: executed OK
        07:00 send 1: buy 0.10, signal
        07:00 note buy entered
        07:00 answer 1: 10008 PLACED #2
        08:30 opened #2 buy 0.10
        08:30 send 2: close #2 0.10, closing_time
        08:30 closed #2 0.10 signal
        08:30 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}
