//! Checked rules in plain words: one line for each thing that they settle, and what deserves a
//! second look.

use crate::indicator::spec::LineSpec;
use crate::strategy::rules::{Direction, Exit, IndicatorCross, OppositeSignal, RiskRules, Rules};

/// What the rules settle, each under its name, in the order in which a trade meets it.
///
/// ```
/// use serde_json::json;
/// use tickdeck::wire::{rules, rules_words};
/// let rules = json!({ "entry": { "type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "above" } });
/// let words = rules_words::words(&rules::read("rules", &rules).unwrap());
/// assert_eq!(words[0], ("entry", "market, when EMA_20 comes to stand above EMA_50: buys".to_owned()));
/// ```
#[must_use]
pub fn words(rules: &Rules) -> Vec<(&'static str, String)> {
    let Rules { entry, exit, risk } = rules;
    let bars = entry.warmup_bars();
    let mut words = vec![("entry", entry_words(entry))];
    words.extend(exit_words(exit));
    words.extend(risk_words(risk));
    words
        .push(("warm-up", format!("{bars} closed bars, unless options.warmupBars says otherwise")));
    words
}

fn entry_words(entry: &IndicatorCross) -> String {
    let IndicatorCross { fast, slow, direction } = entry;
    let crosses = |to: &str| format!("market, when {fast} comes to stand {to} {slow}");
    match direction {
        Direction::Above => format!("{}: buys", crosses("above")),
        Direction::Below => format!("{}: sells", crosses("below")),
        Direction::Both => format!("{}: buys; or below it: sells", crosses("above")),
    }
}

fn exit_words(exit: &Exit) -> [(&'static str, String); 3] {
    let opposite = match exit.opposite_signal {
        OppositeSignal::Close => "a crossing the other way closes what is open",
        OppositeSignal::Ignore => "a crossing the other way leaves what is open",
    };
    let away = |distance: Option<_>| {
        distance.map_or_else(
            || "none".to_owned(),
            |pips| format!("{pips} pips from the price of the entry's side"),
        )
    };
    [
        ("opposite signal", opposite.to_owned()),
        ("stop loss", away(exit.stop_loss)),
        ("take profit", away(exit.take_profit)),
    ]
}

fn risk_words(risk: &RiskRules) -> [(&'static str, String); 2] {
    let left = || "as the settings say, or else the executor's default".to_owned();
    [
        ("volume", risk.lots.map_or_else(left, |lots| format!("{lots} lots an entry"))),
        (
            "positions",
            risk.max_open_trades.map_or_else(left, |most| format!("no more than {most} at once")),
        ),
    ]
}

/// What is allowed and probably not meant, a sentence each.
#[must_use]
pub fn warnings(rules: &Rules) -> Vec<String> {
    let Rules { entry, exit, .. } = rules;
    let mut warnings = Vec::new();
    if is_slower(entry.fast, entry.slow) {
        warnings.push(format!(
            "{}, named first, follows prices more slowly than {}: it comes to stand above it when prices fall",
            entry.fast, entry.slow
        ));
    }
    let is_left = exit.opposite_signal == OppositeSignal::Close;
    if exit.stop_loss.is_none() && exit.take_profit.is_none() && !is_left {
        warnings.push("nothing ever closes a position".to_owned());
    } else if exit.stop_loss.is_none() {
        warnings.push("no stop loss bounds what a position may lose".to_owned());
    }
    warnings
}

/// Indicators that follow prices the more slowly, the longer their period.
const AVERAGES: [&str; 6] = ["ema", "sma", "smma", "lwma", "dema", "tema"];

/// Whether two lines are averages of one kind, and the first one's period is longer.
fn is_slower(fast: LineSpec, slow: LineSpec) -> bool {
    let (fast, slow) = (fast.indicator(), slow.indicator());
    fast.kind() == slow.kind()
        && AVERAGES.contains(&fast.row().name)
        && fast.parameters().0.first() > slow.parameters().0.first()
}
