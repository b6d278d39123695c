//! Strategies that signal often: short timeframes and a small warm-up.

use super::dice::Dice;
use super::rules::{self, Ground};
use super::span::Span;
use crate::session::description::StrategyEntry;
use crate::torture::plan::SessionPlan;
use serde_json::{Value, json};

/// Draws one to six strategies.
pub fn draw(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    let count = dice.pick(&[1, 1, 2, 2, 3, 4, 6]);
    for n in 1..=count {
        let symbol = plan.file.symbols[dice.place(plan.file.symbols.len())].clone();
        let timeframe = dice.pick(&["M1", "M1", "M1", "M1", "M2"]);
        let ground = Ground { symbols: &plan.file.symbols, timeframe };
        let entry = StrategyEntry {
            id: format!("s{n}"),
            name: None,
            at: dice.maybe(20, |dice| span.draw(dice, 0, 300)),
            symbol: Some(symbol),
            timeframe: timeframe.to_owned(),
            settings: dice.maybe(20, |dice| json!({ "maxOpenTrades": dice.between(1, 3) })),
            options: Some(options(dice)),
            rules: rules::draw(ground, dice),
        };
        plan.file.strategy.push(entry);
    }
}

/// Few bars for the warm-up; now and then the forming bar is looked at, too.
fn options(dice: &mut Dice) -> Value {
    let mut options = json!({ "warmupBars": dice.between(2, 6) });
    if dice.percent(10) {
        options["evaluate"] = json!(dice.pick(&["tick", "interval"]));
    }
    options
}
