//! Limits of single strategies, near enough to be reached: about a third of the strategies have some, and
//! now and then a RISK_UPDATE changes them.

use super::dice::Dice;
use super::span::{Span, TO};
use crate::torture::plan::{Act, SessionPlan, What};
use serde_json::{Map, Value, json};

/// Draws them.
pub(super) fn draw(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    if dice.percent(15) {
        plan.file.limits.strategy.max_daily_trades = Some(dice.small(2, 20));
    }
    let mut limited = Vec::new();
    for entry in &mut plan.file.strategy {
        if !dice.percent(35) {
            continue;
        }
        let settings = entry.settings.get_or_insert_with(|| json!({}));
        for (name, value) in own(dice) {
            settings[name] = value;
        }
        limited.push(entry.id.clone());
    }
    for (n, id) in limited.into_iter().enumerate() {
        if !dice.percent(25) {
            continue;
        }
        let at = span.draw(dice, 20, TO);
        let mut parameters = match dice.between(0, 2) {
            0 => json!({ "maxDailyTrades": dice.between(1, 12) }),
            1 => {
                json!({ "maxDailyTrades": dice.between(1, 12), "maxOpenTrades": dice.between(1, 3) })
            }
            _ => Value::Object(own(dice)),
        };
        parameters["strategyId"] = json!(id);
        let body = json!({
            "id": format!("limits{n}"), "command": "RISK_UPDATE", "parameters": parameters, "createdAt": at,
        });
        plan.acts.push(Act { at, after_request_ms: None, what: What::Body(body.to_string()) });
    }
}

/// One session in twelve has the limits of its account changed: tighter, and later looser again.
pub(super) fn draw_of_account(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    if !dice.percent(8) {
        return;
    }
    let loss = |value: f64| json!({ "maxDailyLoss": { "value": value, "unit": "money" } });
    let trades = |most: u64| json!({ "maxDailyTrades": most });
    let both = match dice.between(0, 3) {
        0 => [loss(dice.pick(&[1.0, 5.0])), loss(dice.pick(&[20.0, 300.0]))],
        1 => [loss(3.0), json!({ "maxDailyLoss": 1, "maxDailyTrades": 1 })],
        2 => [json!({ "maxDailyTrades": 1, "maxDrawdown": 1 }), trades(dice.between(1, 20))],
        _ => [trades(dice.between(1, 6)), trades(dice.between(7, 20))],
    };
    let moments = [span.draw(dice, 10, 250), span.draw(dice, 250, TO)];
    for (n, (parameters, at)) in both.into_iter().zip(moments).enumerate() {
        let body = json!({
            "id": format!("account{n}"), "command": "RISK_UPDATE", "parameters": parameters, "createdAt": at,
        });
        plan.acts.push(Act { at, after_request_ms: None, what: What::Body(body.to_string()) });
    }
}

/// Some limits of one strategy.
fn own(dice: &mut Dice) -> Map<String, Value> {
    let mut own = Map::new();
    let loss = |name: &str, dice: &mut Dice| {
        let value = dice.pick(&[0.5, 1.0, 3.0, 10.0, 40.0]);
        match dice.between(0, 4) {
            0 => json!({ "value": value / 100.0, "unit": "percent", "base": "balance" }),
            1 if name == "maxDailyLoss" => json!(value / 100.0),
            _ => json!({ "value": value, "unit": "money" }),
        }
    };
    if dice.percent(35) {
        own.insert("maxDailyTrades".into(), json!(dice.between(1, 10)));
    }
    for name in ["maxDailyLoss", "maxDrawdown"] {
        if dice.percent(35) {
            own.insert(name.into(), loss(name, dice));
        }
    }
    if dice.percent(30) {
        own.insert("lossStreak".into(), json!(dice.between(1, 4)));
        own.insert("pauseMinutes".into(), json!(dice.pick(&[1, 3, 10, 45])));
    }
    if dice.percent(30) {
        own.insert("cooldownMinutes".into(), json!(dice.pick(&[1, 2, 5, 20])));
        own.insert("cooldownAfter".into(), json!(dice.pick(&["loss", "close"])));
    }
    if dice.percent(50) {
        own.insert("flatten".into(), json!(dice.percent(80)));
    }
    own
}
