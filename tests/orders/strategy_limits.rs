//! The limits of single strategies, as order sequences. In each, `s` buys 0.10 lots at a crossing, two
//! points above Bid; the next jump takes 100 points from that, 10.20 dollars with the spread.

use crate::stage;
use crate::stage::{Memory, Stage, command, start, stop, stop_and_keep};
use serde_json::{Value, json};
use tickdeck::executor::event::Operator;
use tickdeck::risk::account::DayCut;
use tickdeck::session::fault::FaultKind;

const MOMENTS: [&str; 3] = ["26:00", "30:00", "34:00"];

/// A session with a strategy that has these settings.
fn limited(moments: &[&str], end: &str, settings: &Value) -> Stage {
    let mut start = start("s");
    start["parameters"]["settings"] = settings.clone();
    Stage::empty(moments, end).command("0:00", "start", &start)
}

fn money(value: f64) -> Value {
    json!({ "value": value, "unit": "money" })
}

fn cut_at(minute: u16) -> impl FnOnce(&mut tickdeck::risk::account::AccountRisk) {
    move |risk| risk.day_cut = Some(DayCut { minute, zone: None })
}

#[test]
fn a_daily_loss_keeps_entries_out_and_closes_where_that_is_said() {
    limited(&MOMENTS, "36:00", &json!({ "maxDailyLoss": money(5.0) })).run().check_from(
        "26:10",
        "
        29:30 critical strategy_limit_reached strategy_daily_loss: -10.2 at a floor of -5
        30:00 send 2: close #2 0.10, opposite_signal
        30:00 note sell exited
        30:00 closed #2 0.10 signal
        30:00 answer 2: 10009 DONE #3
        34:00 note buy strategy_daily_loss
        ",
        "nothing",
    );
    let settings = json!({ "maxDailyLoss": money(5.0), "flatten": true });
    limited(&MOMENTS, "36:00", &settings).run().check_from(
        "26:10",
        "
        29:30 critical strategy_limit_reached strategy_daily_loss: -10.2 at a floor of -5
        29:30 send 2: close #2 0.10, limit_reached
        29:30 closed #2 0.10 limit
        29:30 answer 2: 10009 DONE #3
        30:00 note sell strategy_daily_loss
        34:00 note buy strategy_daily_loss
        ",
        "nothing",
    );
}

/// What is said at 34:00 of the second buy.
fn second_buy(stage: Stage) -> String {
    let played = stage.run();
    let said = played.script.since(stage::at("34:00"));
    said.first().map_or_else(String::new, ToString::to_string)
}

/// The account is worth 10,000 dollars.
#[test]
fn a_loss_is_given_in_percent_or_money_as_each_dialect_says() {
    let by_settings =
        |loss: Value| second_buy(limited(&MOMENTS, "34:20", &json!({ "maxDailyLoss": loss })));
    let reached = "34:00 note buy strategy_daily_loss";
    let entered = "34:00 send 3: buy 0.10, signal";
    // In settings a bare number is percent of the equity at the day's opening.
    for (loss, expect) in [
        (json!(0.1), reached),
        (json!(0.11), entered),
        (json!({ "value": 0.1, "unit": "percent", "base": "balance" }), reached),
        (json!({ "value": 0.11, "unit": "percent", "base": "initial" }), entered),
        (money(10.2), reached),
        (money(10.21), entered),
    ] {
        assert_eq!(by_settings(loss.clone()), expect, "{loss}");
    }
    // In `risk` too; in `riskManagement` it is money.
    let mut r1 = start("s");
    r1["parameters"]["rules"]["risk"]["maxDailyLoss"] = json!(0.1);
    let stage = |start: &Value| Stage::empty(&MOMENTS, "34:20").command("0:00", "start", start);
    assert_eq!(second_buy(stage(&r1)), reached);
    // Settings go before rules.
    r1["parameters"]["settings"] = json!({ "maxDailyLoss": money(50.0) });
    assert_eq!(second_buy(stage(&r1)), entered);
    let mut builtin = start("s");
    builtin["parameters"]["rules"] = json!({
        "builtin": "ema_cross",
        "parameters": { "fast": 2, "slow": 3 },
        "riskManagement": { "lotSize": 0.1, "maxDailyLoss": 10 },
    });
    assert!(second_buy(stage(&builtin)).contains("strategy_daily_loss"));
}

/// The executor's default holds for a strategy that says nothing itself.
#[test]
fn a_default_holds_where_neither_settings_nor_rules_say_anything() {
    let set = |limits: &mut tickdeck::executor::config::Limits| {
        limits.strategy.max_daily_trades = Some(1);
    };
    let stage = || limited(&MOMENTS, "34:20", &json!({})).limit(set);
    assert_eq!(second_buy(stage()), "34:00 note buy strategy_daily_trades");
    let own = limited(&MOMENTS, "34:20", &json!({ "maxDailyTrades": 2 })).limit(set);
    assert_eq!(second_buy(own), "34:00 send 3: buy 0.10, signal");
}

/// Another strategy with the same rules is none of its business.
#[test]
fn entries_are_counted_by_strategy_until_the_day_cut() {
    let moments = ["26:00", "30:00", "34:00", "38:00"];
    limited(&moments, "42:00", &json!({ "maxDailyTrades": 1 }))
        .risk(cut_at(36))
        .command("31:00", "other", &start("t"))
        .run()
        .check_from(
            "26:10",
            "
            30:00 send 2: close #2 0.10, opposite_signal
            30:00 note sell exited
            30:00 closed #2 0.10 signal
            30:00 answer 2: 10009 DONE #3
            31:00 result other: executed OK
            34:00 note buy strategy_daily_trades
            34:00 send 3: buy 0.10, signal
            34:00 note buy entered
            34:00 opened #4 buy 0.10
            34:00 answer 3: 10009 DONE #4
            38:00 send 4: sell 0.10, signal
            38:00 note sell entered
            38:00 send 5: close #4 0.10, opposite_signal
            38:00 note sell exited
            38:00 opened #5 sell 0.10
            38:00 answer 4: 10009 DONE #5
            38:00 closed #4 0.10 signal
            38:00 answer 5: 10009 DONE #6
            ",
            "#5 sell 0.10 sl 1.10300 tp 1.09400",
        );
}

/// By 29:20 the price has drifted three points up, so that its highest is ten cents above nothing. The
/// drawdown stays reached over the day cut, and in the process that goes on from a state; an operator
/// clears it.
#[test]
fn a_drawdown_is_reached_until_an_operator_clears_it() {
    let moments = ["26:00", "30:00", "34:00", "38:00", "42:00"];
    limited(&moments, "43:00", &json!({ "maxDrawdown": money(10.0), "flatten": true }))
        .risk(cut_at(36))
        .fault(2, FaultKind::Refused { retcode: 10_018 })
        .restart("33:00", Memory::Kept)
        .operator("40:00", Operator::ClearKill)
        .run()
        .check_from(
            "26:10",
            "
            29:30 critical strategy_limit_reached strategy_drawdown: -10.3 at a floor of -10
            29:30 send 2: close #2 0.10, limit_reached
            29:30 answer 2: 10018 MARKET_CLOSED
            29:30 warning request_refused #2 10018 MARKET_CLOSED
            29:31 send 3: close #2 0.10, limit_reached
            29:31 closed #2 0.10 limit
            29:31 answer 3: 10009 DONE #3
            30:00 note sell strategy_drawdown
            33:00 restart
            33:00 link up
            34:00 note buy strategy_drawdown
            38:00 note sell strategy_drawdown
            40:00 info latch_cleared
            42:00 send 4: buy 0.10, signal
            42:00 note buy entered
            42:00 opened #4 buy 0.10
            42:00 answer 4: 10009 DONE #4
            ",
            "#4 buy 0.10 sl 1.09802 tp 1.10702",
        );
}

/// A position that is closed at a loss at 30:00: it rests until 35:00, and enters at 38:00.
#[test]
fn it_rests_after_losses_in_a_row_and_after_closes() {
    let moments = ["26:00", "30:00", "34:00", "38:00"];
    let rests = |settings: &Value, says: &[&str]| {
        let played = limited(&moments, "38:20", settings).run();
        let said = played.script.since(stage::at("30:00"));
        let told: Vec<String> = said
            .iter()
            .map(ToString::to_string)
            .filter(|line| line.contains("note") || line.contains("paused"))
            .collect();
        assert_eq!(told, says, "{settings}");
    };
    let streak = |losses: u32| json!({ "lossStreak": losses, "pauseMinutes": 5 });
    rests(
        &streak(1),
        &[
            "30:00 note sell exited",
            "30:00 warning entries_paused loss_streak",
            "34:00 note buy loss_streak",
            "38:00 note sell entered",
        ],
    );
    rests(
        &streak(2),
        &[
            "30:00 note sell exited",
            "34:00 note buy entered",
            "38:00 note sell exited",
            "38:00 warning entries_paused loss_streak",
        ],
    );
    let cools =
        |minutes: u32, after: &str| json!({ "cooldownMinutes": minutes, "cooldownAfter": after });
    let waits =
        ["30:00 note sell exited", "34:00 note buy cooling_down", "38:00 note sell entered"];
    let enters = ["30:00 note sell exited", "34:00 note buy entered", "38:00 note sell exited"];
    rests(&cools(5, "loss"), &waits);
    rests(&cools(5, "close"), &waits);
    rests(&cools(3, "close"), &enters);
}

/// A tighter limit holds at once, a looser one from the day cut at 36:00 on; one that cannot be compared
/// changes nothing at all.
#[test]
fn a_risk_update_tightens_at_once_and_loosens_with_the_day() {
    let update = |parameters: Value| {
        let mut body = command("RISK_UPDATE", parameters);
        body["parameters"]["strategyId"] = json!("s");
        body
    };
    let notes = |stage: Stage| {
        let played = stage.risk(cut_at(36)).run();
        let said = played.script.since(stage::at("31:00"));
        let said = said.iter().map(ToString::to_string);
        said.filter(|line| line.contains("note") || line.contains("risk")).collect::<Vec<_>>()
    };
    let moments = ["26:00", "30:00", "34:00", "38:00"];
    let stage = |settings: Value| limited(&moments, "38:20", &settings);
    assert_eq!(
        notes(stage(json!({ "maxDailyTrades": 5 })).command(
            "31:00",
            "risk",
            &update(json!({ "maxDailyTrades": 1 }))
        )),
        [
            "31:00 result risk: executed OK",
            "34:00 note buy strategy_daily_trades",
            "38:00 note sell entered"
        ],
    );
    assert_eq!(
        notes(stage(json!({ "maxDailyLoss": money(5.0) })).command(
            "27:00",
            "risk",
            &update(json!({ "maxDailyLoss": money(500.0) }))
        )),
        ["34:00 note buy strategy_daily_loss", "38:00 note sell entered"],
    );
    assert_eq!(
        notes(stage(json!({ "maxDailyLoss": money(5.0), "maxDailyTrades": 5 })).command(
            "31:00",
            "risk",
            &update(json!({ "maxDailyLoss": 2, "maxDailyTrades": 1 }))
        )),
        [
            "31:00 result risk: failed BAD_PARAMETERS max_daily_loss",
            "34:00 note buy strategy_daily_loss",
            "38:00 note sell entered"
        ],
    );
}

/// A looser limit that waits for the day cut at 36:00 goes on waiting when an UPDATE changes another one.
#[test]
fn an_update_of_another_limit_brings_no_looser_one_early() {
    let looser = json!({ "strategyId": "s", "maxDailyTrades": 5 });
    let update = |settings: Value| {
        let parameters = json!({ "strategyId": "s", "settings": settings });
        let stage = limited(
            &["26:00", "30:00", "34:00", "38:00"],
            "38:20",
            &json!({
                "maxDailyTrades": 1, "maxDailyLoss": money(500.0)
            }),
        );
        let stage = stage.risk(cut_at(36));
        let stage = stage.command("27:00", "risk", &command("RISK_UPDATE", looser.clone()));
        let played =
            stage.command("28:00", "update", &command("UPDATE_STRATEGY", parameters)).run();
        let said = played.script.since(stage::at("29:00"));
        let notes = said.iter().filter(|line| line.contains("note"));
        notes.map(ToString::to_string).collect::<Vec<_>>()
    };
    let waits = [
        "30:00 note sell exited",
        "34:00 note buy strategy_daily_trades",
        "38:00 note sell entered",
    ];
    assert_eq!(update(json!({ "maxDailyLoss": money(400.0) })), waits);
    assert_eq!(update(json!({ "maxOpenTrades": 1 })), waits);
    // What the update itself says holds from the next bar on.
    let enters = ["30:00 note sell exited", "34:00 note buy entered", "38:00 note sell exited"];
    assert_eq!(update(json!({ "maxDailyTrades": 4 })), enters);
}

/// What is reached stays so for the strategy that is stopped and started again, with other limits or none;
/// and a loss while it was stopped counts among those in a row.
#[test]
fn starting_again_forgives_nothing() {
    let again = |settings: &Value, then: &Value, keeps: bool| {
        let mut start = start("s");
        start["parameters"]["settings"] = then.clone();
        let stop = if keeps { stop_and_keep("s") } else { stop("s") };
        let stage = limited(&MOMENTS, "34:20", settings).command("29:50", "stop", &stop);
        let stage = stage.command(
            "31:00",
            "out",
            &command("CLOSE_BY_STRATEGY", json!({ "strategyId": "s" })),
        );
        second_buy(stage.command("32:00", "again", &start))
    };
    let loss = json!({ "maxDailyLoss": money(5.0) });
    let reached = "34:00 note buy strategy_daily_loss";
    assert_eq!(again(&loss, &loss, false), reached);
    assert_eq!(again(&loss, &json!({}), false), reached);
    let streak = json!({ "lossStreak": 1, "pauseMinutes": 5 });
    assert_eq!(again(&streak, &streak, true), "34:00 note buy loss_streak");
}
