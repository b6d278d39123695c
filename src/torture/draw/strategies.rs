//! Strategies that cross often: short periods on M1 and a small warm-up.

use super::dice::Dice;
use super::span::Span;
use crate::session::description::StrategyEntry;
use crate::torture::plan::SessionPlan;
use serde_json::{Value, json};

const KINDS: &[&str] = &["EMA", "SMA"];
const DIRECTIONS: &[&str] = &["both", "both", "both", "above", "below"];

/// Draws one to six strategies.
pub fn draw(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    let count = dice.pick(&[1, 1, 2, 2, 3, 4, 6]);
    for n in 1..=count {
        let symbol = plan.file.symbols[dice.place(plan.file.symbols.len())].clone();
        let entry = StrategyEntry {
            id: format!("s{n}"),
            name: None,
            at: dice.maybe(20, |dice| span.draw(dice, 0, 300)),
            symbol: Some(symbol),
            timeframe: dice.pick(&["M1", "M1", "M1", "M1", "M2"]).to_owned(),
            settings: dice.maybe(20, |dice| json!({ "maxOpenTrades": dice.between(1, 3) })),
            options: Some(json!({ "warmupBars": dice.between(2, 6) })),
            rules: rules(dice),
        };
        plan.file.strategy.push(entry);
    }
}

/// Rules of dialect R1.
pub fn rules(dice: &mut Dice) -> Value {
    let fast = dice.between(1, 3);
    let slow = fast + dice.between(1, 4);
    let (kind, other) = (dice.pick(KINDS), dice.pick(KINDS));
    let mut exit = json!({ "type": if dice.percent(75) { "opposite_signal" } else { "none" } });
    let is_kept_open = exit["type"] == "none";
    // Positions that neither a signal nor a stop ever closes would keep the session at its cap.
    if is_kept_open || dice.percent(60) {
        exit["stopLoss"] = json!(dice.between(2, 8));
        exit["takeProfit"] = json!(dice.between(2, 8));
    }
    json!({
        "entry": {
            "type": "indicator_cross",
            "indicators": [format!("{kind}_{fast}"), format!("{other}_{slow}")],
            "direction": dice.pick(DIRECTIONS),
        },
        "exit": exit,
        "risk": { "lotSize": f64::from(dice.small(1, 30)) / 100.0, "maxOpenTrades": dice.between(1, 3) },
    })
}
