//! RISK_UPDATE of the whole account, as order sequences. A trading day begins at 36:00.

use crate::stage;
use crate::stage::{Memory, Stage, command};
use serde_json::{Value, json};
use tickdeck::risk::account::DayCut;
use tickdeck::risk::loss::{DailyLoss, LossSize};

/// A strategy that buys at 26:00, where 100 points lower 10.20 dollars are lost, sells that at 30:00, and would
/// buy at 34:00 and sell at 38:00.
fn stage() -> Stage {
    Stage::new(&["26:00", "30:00", "34:00", "38:00"], "38:20")
        .risk(|risk| risk.day_cut = Some(DayCut { minute: 36, zone: None }))
}

fn updated(stage: Stage, moment: &str, parameters: Value) -> Stage {
    stage.command(moment, moment, &command("RISK_UPDATE", parameters))
}

/// What is noted and alerted, and what becomes of commands.
fn said(stage: Stage) -> Vec<String> {
    let played = stage.run();
    let said = played.script.since(stage::at("1:00"));
    let told = ["note", "result", "critical", "limit_released"];
    let said = said.iter().filter(|line| told.iter().any(|word| line.contains(word)));
    said.map(ToString::to_string).collect()
}

fn loss(money: f64) -> Value {
    json!({ "maxDailyLoss": { "value": money, "unit": "money" } })
}

#[test]
fn entries_are_fewer_at_once_and_more_from_the_next_day_on() {
    let tight = || updated(stage(), "20:00", json!({ "maxDailyTrades": 1 }));
    let spent = [
        "26:00 note buy entered",
        "30:00 note sell exited",
        "34:00 note buy max_daily_trades",
        "38:00 note sell entered",
    ];
    assert_eq!(said(tight())[1..], spent);
    let looser = updated(tight(), "27:00", json!({ "maxDailyTrades": 5 }));
    assert_eq!(said(looser.clone())[3..], spent[1..]);
    assert_eq!(said(looser.restart("28:00", Memory::Kept))[3..], spent[1..]);
    // Of what was sent before nothing was counted.
    let late = updated(stage(), "31:00", json!({ "maxDailyTrades": 1 }));
    assert_eq!(said(late)[3], "34:00 note buy entered");
}

#[test]
fn a_loss_is_smaller_at_once_and_larger_from_the_next_day_on() {
    let tight = || updated(stage(), "20:00", loss(5.0));
    let reached = [
        "29:30 critical limit_reached daily_loss: 9989.8 at a floor of 9995",
        "30:00 note sell exited",
        "34:00 note buy daily_loss",
        "36:00 info limit_released",
        "38:00 note sell entered",
    ];
    assert_eq!(said(tight())[2..], reached);
    assert_eq!(said(updated(tight(), "27:00", loss(500.0)))[3..], reached);
    assert_eq!(
        said(updated(tight(), "27:00", loss(500.0)).restart("28:00", Memory::Kept))[3..],
        reached
    );
    let closed = tight().risk(|risk| risk.flatten = Some(true));
    assert_eq!(closed.run().count("send 2: close #2 0.10, limit_reached"), 1);
    let enough = updated(stage(), "20:00", loss(10.21));
    assert_eq!(said(enough)[3], "34:00 note buy entered");
}

#[test]
fn what_nobody_can_compare_or_only_a_strategy_has_is_refused_as_a_whole() {
    let refused = |stage: Stage, parameters: Value, name: &str| {
        let said = said(updated(stage, "20:00", parameters));
        assert!(said[0].starts_with("20:00 result 20:00: failed BAD_PARAMETERS"), "{said:?}");
        assert!(said[0].ends_with(name), "{said:?}");
        assert_eq!(said[3], "34:00 note buy entered");
    };
    let drawdown = json!({ "maxDailyTrades": 1, "maxDrawdown": { "value": 5, "unit": "money" } });
    refused(stage(), drawdown, "maxDrawdown");
    refused(stage(), json!({ "lossStreak": 1, "pauseMinutes": 5 }), "lossStreak");
    refused(stage(), json!({ "flatten": true, "maxDailyTrades": 1 }), "flatten");
    let few = stage().risk(|risk| risk.max_daily_trades = Some(3));
    refused(few, json!({ "maxDailyTrades": 4 }), "maxDailyTrades");
    let size = LossSize::Money("100".parse().unwrap());
    let little = stage().risk(|risk| risk.daily_loss = vec![DailyLoss::plain(size)]);
    refused(little, loss(101.0), "maxDailyLoss");
    let capped = stage().limit(|limits| limits.max_open_trades_account = Some(2));
    refused(capped, json!({ "maxDailyTrades": 1, "maxOpenTrades": 3 }), "maxOpenTrades");
    // Percent after money.
    let percent =
        updated(updated(stage(), "10:00", loss(50.0)), "20:00", json!({ "maxDailyLoss": 1 }));
    assert_eq!(said(percent)[1], "20:00 result 20:00: failed BAD_PARAMETERS max_daily_loss");
}

/// Another strategy, which is paused, is sized by a risk: so the account is valued from the beginning. What
/// was lost by 30:00 is no part of a limit that is first said at 31:00.
#[test]
fn a_limit_that_is_first_said_measures_the_day_from_then_on() {
    let mut sized = stage::start("t");
    sized["parameters"]["settings"] = json!({ "maxRisk": 1 });
    let valued = stage().command("0:00", "sized", &sized).command(
        "0:01",
        "paused",
        &command("PAUSE_STRATEGY", json!({ "strategyId": "t" })),
    );
    let late = said(updated(valued.clone(), "31:00", loss(5.0)));
    // 10.30 were lost by then, and the next trade loses as much again.
    let critical: Vec<&String> = late.iter().filter(|line| line.contains("critical")).collect();
    assert_eq!(critical, ["37:30 critical limit_reached daily_loss: 9979.6 at a floor of 9984.7"]);
    assert!(late.contains(&"34:00 note buy entered".to_owned()), "{late:#?}");
    let early = said(updated(valued, "20:00", loss(5.0)));
    assert!(
        early.contains(
            &"29:30 critical limit_reached daily_loss: 9989.8 at a floor of 9995".to_owned()
        ),
        "{early:#?}"
    );
}
