//! Volumes that rules find from what the account is worth, as order sequences.

use crate::stage;
use crate::stage::{Stage, start};
use serde_json::{Value, json};
use tickdeck::risk::loss::{LossSize, MaxLoss, MaxLossMode};

/// What the buy at 26:00 is sent with, where rules and settings are these.
fn sent(rules: &Value, settings: &Value) -> String {
    let mut start = start("s");
    start["parameters"]["settings"] = settings.clone();
    for (part, value) in rules.as_object().unwrap() {
        start["parameters"]["rules"][part] = value.clone();
    }
    let played = Stage::empty(&["26:00"], "27:00").command("0:00", "start", &start).run();
    let said = played.script.since(stage::at("26:00"));
    said.iter().find(|line| line.contains("send") || line.contains("note")).unwrap().to_string()
}

/// The account is worth 10,000 dollars, and a lot loses 10 dollars a pip.
#[test]
fn a_risk_is_lost_at_the_stop() {
    let exit = |stop: f64| json!({ "type": "opposite_signal", "stopLoss": stop, "takeProfit": 60 });
    let risk = |percent: f64| json!({ "maxRisk": percent, "lotSize": 0.10, "maxOpenTrades": 1 });
    for (stop, percent, expect) in [
        // 100 dollars by 300 a lot; never rounded up.
        (30.0, 1.0, "26:00 send 1: buy 0.33, signal"),
        (50.0, 1.0, "26:00 send 1: buy 0.20, signal"),
        (50.1, 1.0, "26:00 send 1: buy 0.19, signal"),
        (30.0, 0.03, "26:00 send 1: buy 0.01, signal"),
        // 2.90 dollars are less than a hundredth of a lot loses.
        (30.0, 0.029, "26:00 note buy volume_too_small"),
    ] {
        let rules = json!({ "exit": exit(stop), "risk": risk(percent) });
        assert_eq!(sent(&rules, &json!({})), expect, "{stop} {percent}");
    }
    // Settings go before rules, whichever way they say it.
    let rules = json!({ "exit": exit(30.0), "risk": risk(1.0) });
    assert_eq!(sent(&rules, &json!({ "maxRisk": 2 })), "26:00 send 1: buy 0.66, signal");
    assert_eq!(sent(&rules, &json!({ "lots": 0.05 })), "26:00 send 1: buy 0.05, signal");
    // A level is a word for a percentage.
    for (level, expect) in [("low", "0.16"), ("medium", "0.33"), ("high", "0.66")] {
        let rules = json!({ "exit": exit(30.0), "risk": { "riskLevel": level } });
        assert_eq!(sent(&rules, &json!({})), format!("26:00 send 1: buy {expect}, signal"));
        let rules = json!({ "exit": exit(30.0), "risk": { "lotSize": 0.5 } });
        let settings = json!({ "riskLevel": level });
        assert_eq!(sent(&rules, &settings), format!("26:00 send 1: buy {expect}, signal"));
    }
    // Without a stop loss nothing says what a lot may lose.
    let rules = json!({ "exit": { "type": "opposite_signal" }, "risk": risk(1.0) });
    assert_eq!(sent(&rules, &json!({})), "26:00 send 1: buy 0.10, signal");
    assert_eq!(sent(&rules, &json!({ "maxRisk": 1 })), "26:00 send 1: buy 0.10, signal");
}

/// Rules of another dialect: a buy when one average crosses another upwards.
fn start_sized(sizing: &Value) -> Value {
    let mut start = start("s");
    start["parameters"]["rules"] = json!({
        "side": "buy",
        "entryConditions": [
            { "indicator": "ema", "params": { "period": 2 }, "comparison": "crosses_above", "value": "EMA_3" },
        ],
        "stopLoss": { "type": "pips", "value": 40 },
        "positionSizing": sizing.clone(),
    });
    start
}

fn sized(sizing: &Value) -> String {
    let start = start_sized(sizing);
    let played = Stage::empty(&["26:00"], "27:00").command("0:00", "start", &start).run();
    let said = played.script.since(stage::at("0:00"));
    let found = said.iter().find(|line| line.contains("send") || line.contains("26:00 note"));
    found.unwrap_or_else(|| panic!("{said:#?}")).to_string()
}

#[test]
fn each_way_finds_its_volume() {
    for (sizing, expect) in [
        // 50 dollars by 400 a lot.
        (json!({ "mode": "risk_percent", "percent": 0.5 }), "26:00 send 1: buy 0.12, signal"),
        // 32.5 % by the formula, a tenth of it, capped at 2 %: 200 dollars by 400 a lot.
        (
            json!({ "mode": "kelly", "winRate": 55, "rewardRatio": 2, "fraction": 10, "maxPercent": 2 }),
            "26:00 send 1: buy 0.50, signal",
        ),
        // 30 % that win as much as others lose: the formula says not to enter.
        (
            json!({ "mode": "kelly", "winRate": 30, "rewardRatio": 1, "maxPercent": 2 }),
            "26:00 note buy volume_too_small",
        ),
        // A lot of 100,000 EUR is worth 110,102 dollars: 20,000 buy 0.18 of it.
        (json!({ "mode": "equity_fraction", "percent": 200 }), "26:00 send 1: buy 0.18, signal"),
        (json!({ "mode": "fixed", "lots": 0.07 }), "26:00 send 1: buy 0.07, signal"),
    ] {
        assert_eq!(sized(&sizing), expect, "{sizing}");
    }
}

/// With two entries at once each counts with its own volume, and an account's limits hold for both.
#[test]
fn a_volume_that_is_found_is_limited_like_any_other() {
    let mut sized = start("s");
    sized["parameters"]["rules"]["risk"] = json!({ "maxRisk": 1, "maxOpenTrades": 1 });
    let stage = |lots: &str| {
        let lots = lots.parse().ok();
        Stage::empty(&["26:00"], "27:00")
            .risk(|risk| risk.max_lots_symbol = lots)
            .command("0:00", "start", &sized)
            .run()
    };
    assert_eq!(stage("0.33").count("send 1: buy 0.33"), 1);
    assert_eq!(stage("0.32").count("note buy max_lots_symbol"), 1);
}

/// A lot bought at 27:00 loses 102 dollars by 31:00: the equity is 1.02 % below the highest balance. Half
/// way between 0.02 and 2.02 % three quarters are left of half a percent of 9,898 dollars: 37.12 by 400
/// a lot, where 49.49 would be 0.12 lots.
#[test]
fn a_drawdown_makes_sizes_smaller() {
    let open = json!({ "symbol": "EURUSD", "type": "BUY", "volume": 1 });
    let lots = |drawdown: Option<Value>| {
        let mut sizing = json!({ "mode": "risk_percent", "percent": 0.5 });
        if let Some(drawdown) = drawdown {
            sizing["drawdown"] = drawdown;
        }
        let far = LossSize::Money("9000".parse().unwrap());
        let far = MaxLoss { size: far, mode: MaxLossMode::StaticInitial, lock: None };
        let played = Stage::empty(&["26:00", "30:00", "34:00"], "35:00")
            // With a limit the account is valued from the beginning.
            .risk(|risk| risk.max_loss = vec![far])
            .command("27:00", "buy", &stage::command("OPEN_POSITION", open.clone()))
            .command("31:00", "out", &stage::command("CLOSE_ALL_POSITIONS", json!({})))
            .command("31:30", "start", &start_sized(&sizing))
            .run();
        let said = played.script.since(stage::at("34:00"));
        said.iter()
            .find(|line| line.contains("send"))
            .unwrap_or_else(|| panic!("{said:#?}"))
            .to_string()
    };
    assert_eq!(lots(None), "34:00 send 3: buy 0.12, signal");
    let half_way = json!({ "from": 0.02, "to": 2.02, "least": 50 });
    assert_eq!(lots(Some(half_way)), "34:00 send 3: buy 0.09, signal");
    let from_the_first = json!({ "from": 0.01, "to": 1, "least": 10 });
    assert_eq!(lots(Some(from_the_first)), "34:00 send 3: buy 0.01, signal");
}
