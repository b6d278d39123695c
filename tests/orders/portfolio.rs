//! What the account is to earn, and what everything open may lose at its stops, as order sequences.

use crate::stage;
use crate::stage::{Stage, command, start};
use serde_json::{Value, json};
use tickdeck::executor::event::Operator;
use tickdeck::risk::account::AccountRisk;
use tickdeck::risk::loss::ProfitTarget;

/// A sell of 0.10 lots at 27:00, at a Bid of 1.10101: at 29:30 Ask is 1.10002, 99 points below.
fn sold(set: impl FnOnce(&mut AccountRisk)) -> Stage {
    let sell = json!({ "symbol": "EURUSD", "type": "SELL", "volume": 0.1 });
    Stage::empty(&["26:00", "30:00", "34:00", "38:00"], "38:20")
        .risk(|risk| risk.profit_target = Some(ProfitTarget::Money("5".parse().unwrap())))
        .risk(set)
        .command("27:00", "sell", &command("OPEN_POSITION", sell))
        .command("28:00", "start", &start("s"))
}

#[test]
fn nothing_is_entered_once_the_target_is_reached_until_an_operator_clears_it() {
    sold(|_| {}).operator("36:00", Operator::ClearKill).run().check_from(
        "28:10",
        "
        29:30 info target_reached profit_target: 10009.9 at a floor of 10005
        30:00 note sell profit_target
        34:00 note buy profit_target
        36:00 info latch_cleared
        38:00 send 2: sell 0.10, signal
        38:00 note sell entered
        38:00 opened #3 sell 0.10
        38:00 answer 2: 10009 DONE #3
        ",
        "#2 sell 0.10 sl - tp -, #3 sell 0.10 sl 1.10300 tp 1.09400",
    );
}

#[test]
fn what_is_earned_is_kept_where_everything_is_closed() {
    sold(|risk| risk.flatten = Some(true)).run().check_from(
        "28:10",
        "
        29:30 info target_reached profit_target: 10009.9 at a floor of 10005
        29:30 send 2: close #2 0.10, limit_reached
        29:30 closed #2 0.10 limit
        29:30 answer 2: 10009 DONE #3
        30:00 note sell profit_target
        34:00 note buy profit_target
        38:00 note sell profit_target
        ",
        "nothing",
    );
}

/// What is said at 26:00, with a limit in percent of 10,000 dollars. An entry of 0.10 lots with a stop loss 30
/// pips away may lose 30 dollars.
fn said(most: &str, starts: &[Value], before: Option<Value>) -> Vec<String> {
    let mut stage = Stage::empty(&["26:00"], "26:20")
        .risk(|risk| risk.max_portfolio_risk = Some(most.parse().unwrap()));
    if let Some(body) = before {
        stage = stage.command("20:00", "before", &command("OPEN_POSITION", body));
    }
    for (n, start) in starts.iter().enumerate() {
        stage = stage.command("21:00", &format!("start{n}"), start);
    }
    let played = stage.run();
    let lines = played.script.since(stage::at("20:00"));
    let told =
        |line: &String| line.contains("note") || line.contains("send") || line.contains("before");
    lines.iter().map(ToString::to_string).filter(told).collect()
}

#[test]
fn everything_open_loses_no_more_at_its_stops_than_it_may() {
    let one = [start("s")];
    assert_eq!(
        said("0.3", &one, None),
        ["26:00 send 1: buy 0.10, signal", "26:00 note buy entered"]
    );
    assert_eq!(said("0.29", &one, None), ["26:00 note buy portfolio_risk"]);
    // What is on its way counts.
    let two = [start("s"), start("t")];
    assert_eq!(
        said("0.5", &two, None),
        [
            "26:00 send 1: buy 0.10, signal",
            "26:00 note buy entered",
            "26:00 note buy portfolio_risk"
        ]
    );
    // And what a command has opened.
    let opened = |sl: f64| json!({ "symbol": "EURUSD", "type": "SELL", "volume": 0.1, "sl": sl });
    let sent = "20:00 send 1: sell 0.10, command";
    let done = "20:00 result before: executed OK position #2 0.10";
    assert_eq!(
        said("0.5", &one, Some(opened(1.103))),
        [sent, done, "26:00 note buy portfolio_risk"]
    );
    assert_eq!(
        said("0.5", &one, Some(opened(1.1015)))[2..],
        ["26:00 send 2: buy 0.10, signal", "26:00 note buy entered"]
    );
}

#[test]
fn what_has_no_stop_loss_has_no_bound() {
    let bare = json!({ "symbol": "EURUSD", "type": "SELL", "volume": 0.1 });
    assert_eq!(said("50", &[], Some(bare)), ["20:00 result before: failed LIMIT_REACHED"]);
    let mut start = start("s");
    start["parameters"]["rules"]["exit"] = json!({ "type": "opposite_signal" });
    assert_eq!(said("50", &[start], None), ["26:00 note buy risk_unbounded"]);
}
