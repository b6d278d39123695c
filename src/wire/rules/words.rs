//! Checked rules in plain words: one line for each thing that they settle, and what deserves a
//! second look.

use crate::indicator::spec::LineSpec;
use crate::strategy::advised::Advised;
use crate::strategy::condition::{Condition, Operand, Relation};
use crate::strategy::copying::Copying;
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::entry_order::EntryOrder;
use crate::strategy::rules::{
    Direction, EntryRule, Exit, IndicatorCross, OppositeSignal, RiskRules, Rules,
};
use crate::strategy::sizing::Sizing;
use std::collections::BTreeMap;

/// What the rules settle, each under its name, in the order in which a trade meets it.
///
/// ```
/// use serde_json::json;
/// use tickdeck::wire::rules::{self, words};
/// let rules = json!({ "entry": { "type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "above" } });
/// let words = words::words(&rules::read("rules", &rules).unwrap());
/// assert_eq!(words[0], ("entry", "market, when EMA_20 comes to stand above EMA_50: buys".to_owned()));
/// ```
#[must_use]
pub fn words(rules: &Rules) -> Vec<(&'static str, String)> {
    let Rules { entry, order, exit, risk, filters, timeframe } = rules;
    let mut words = Vec::new();
    words.extend(timeframe.map(|made_for| ("timeframe", made_for.to_string())));
    let by = order.as_ref().map_or("market", EntryOrder::word);
    match entry {
        EntryRule::Cross(cross) => {
            words.push(("entry", format!("{by}, {}", cross_words(cross))));
        }
        EntryRule::Own(own) => {
            words.push(("entry", format!("{by}, as the strategy `{}` in Rust says", own.strategy)));
            let told = own.parameters.iter().map(|(name, value)| format!("{name} {value}"));
            words.extend(told.map(|text| ("parameter", text)));
            words.extend(own.lines.iter().map(|line| ("reads", line.to_string())));
        }
        EntryRule::Advised(advised) => {
            let Advised { command, deadline_ms, bars, lines, parameters } = &**advised;
            let program = command.join(" ");
            let said = format!("as the program `{program}` answers within {deadline_ms} ms");
            words.push(("entry", format!("{by}, {said}")));
            words.extend((*bars > 1).then(|| ("bars", format!("the last {bars}"))));
            let told = parameters.iter().map(|(name, value)| format!("{name} {value}"));
            words.extend(told.map(|text| ("parameter", text)));
            words.extend(lines.iter().map(|line| ("reads", line.to_string())));
        }
        EntryRule::Copy(copying) => {
            let Copying { source, allocation, multiplier, .. } = &**copying;
            let part = format!("{allocation} % of its volume, times {multiplier}");
            words.push(("entry", format!("{by}, where {source} enters: {part}")));
        }
        EntryRule::When(signals) => {
            let told = |side: &Option<Condition>| {
                side.as_ref().map(|condition| format!("{by}, at each closed bar when {condition}"))
            };
            words.extend(told(&signals.buy).map(|text| ("buy", text)));
            words.extend(told(&signals.sell).map(|text| ("sell", text)));
        }
    }
    words.extend(order.as_ref().map(|order| ("order", format!("the signal places {order}"))));
    words.extend(filters.each().map(|filter| (filter.name(), filter.to_string())));
    words.extend(exit_words(exit));
    words.extend(risk_words(risk));
    words.push(("warm-up", warmup_words(rules)));
    words
}

/// How many bars of each kind must close before the strategy acts.
fn warmup_words(rules: &Rules) -> String {
    let mut bars: BTreeMap<String, u32> = BTreeMap::new();
    for line in rules.lines() {
        let of = match (&line.symbol, line.timeframe) {
            (None, None) => String::new(),
            (Some(symbol), None) => format!(" of {symbol}"),
            (None, Some(timeframe)) => format!(" of {timeframe}"),
            (Some(symbol), Some(timeframe)) => format!(" of {symbol} {timeframe}"),
        };
        let most = bars.entry(of).or_default();
        *most = line.warmup_bars().max(*most);
    }
    let told = |(of, bars): (String, u32)| match bars {
        1 => format!("1 closed bar{of}"),
        bars => format!("{bars} closed bars{of}"),
    };
    let told: Vec<String> = bars.into_iter().map(told).collect();
    format!("{}, unless options.warmupBars says otherwise", told.join(" and "))
}

fn cross_words(entry: &IndicatorCross) -> String {
    let IndicatorCross { fast, slow, direction } = entry;
    let crosses = |to: &str| format!("when {fast} comes to stand {to} {slow}");
    match direction {
        Direction::Above => format!("{}: buys", crosses("above")),
        Direction::Below => format!("{}: sells", crosses("below")),
        Direction::Both => format!("{}: buys; or below it: sells", crosses("above")),
    }
}

fn exit_words(exit: &Exit) -> Vec<(&'static str, String)> {
    let opposite = match exit.opposite_signal {
        OppositeSignal::Close => "a signal the other way closes what is open",
        OppositeSignal::Reverse => {
            "a signal the other way closes what is open, and enters once it is closed"
        }
        OppositeSignal::Ignore => "a signal the other way leaves what is open",
    };
    let away = |distance: Option<String>| {
        distance.map_or_else(
            || "none".to_owned(),
            |distance| format!("{distance} from the price of the entry's side"),
        )
    };
    let profit = match &exit.take_profit {
        Some(TakeProfit::Ratio(ratio)) => format!("{ratio} times as far as the stop loss"),
        Some(TakeProfit::At(distance)) => away(Some(distance.to_string())),
        None => away(None),
    };
    let mut words = vec![
        ("opposite signal", opposite.to_owned()),
        ("stop loss", away(exit.stop_loss.as_ref().map(Distance::to_string))),
        ("take profit", profit),
    ];
    words.extend(exit.management.words());
    let close =
        exit.conditions.iter().flat_map(|conditions| conditions.words(["buys when", "sells when"]));
    words.extend(close.map(|text| ("close", text)));
    words
}

fn risk_words(risk: &RiskRules) -> Vec<(&'static str, String)> {
    let left = || "as the settings say, or else the executor's default".to_owned();
    let given = || risk.lots.map_or_else(left, |lots| format!("{lots} lots an entry"));
    let at_once = |most: u32| format!("no more than {most} at once");
    let sides = risk.max_per_side.map(|most| format!(", and no more than {most} a side"));
    let positions = risk.max_open_trades.map_or_else(left, at_once) + &sides.unwrap_or_default();
    let mut words = vec![
        ("volume", risk.sizing.as_ref().map_or_else(given, Sizing::to_string)),
        ("positions", positions),
    ];
    words.extend(risk.scaling.map(|scaling| ("drawdown", scaling.to_string())));
    let slippage = risk.max_slippage.map(|most| format!("no more than {} points", most.0));
    words.extend(slippage.map(|text| ("slippage", text)));
    words.extend(risk.limits.words().into_iter().map(|text| ("limit", text)));
    words
}

/// What is allowed and probably not meant, a sentence each.
#[must_use]
pub fn warnings(rules: &Rules) -> Vec<String> {
    let Rules { entry, exit, .. } = rules;
    let mut warnings = Vec::new();
    match entry {
        EntryRule::Cross(IndicatorCross { fast, slow, .. }) if is_slower(*fast, *slow) => {
            warnings.push(format!(
                "{fast}, named first, follows prices more slowly than {slow}: it comes to stand above it when prices fall"
            ));
        }
        EntryRule::Cross(_) | EntryRule::Own(_) | EntryRule::Advised(_) | EntryRule::Copy(_) => {}
        EntryRule::When(signals) => {
            let tests = signals.conditions().flat_map(Condition::tests);
            let is_code =
                |operand: &Operand| matches!(operand, Operand::Line(line) if line.line.is_code());
            let equal = tests.filter(|test| {
                test.is == Relation::Equal && !is_code(&test.left) && !is_code(&test.right)
            });
            warnings.extend(equal.map(|test| {
                format!("{test}: a computed value hardly ever equals another to the last bit")
            }));
        }
    }
    if let Some(sizing @ Sizing::Kelly { .. }) = &rules.risk.sizing
        && sizing.risked().is_none()
    {
        warnings.push("Kelly's formula says never to enter with these figures".to_owned());
    }
    let follows = &exit.management;
    let is_left = follows.hold_max_minutes.is_some()
        || follows.trailing.is_some()
        || !follows.close_at.is_empty()
        || (exit.opposite_signal != OppositeSignal::Ignore && signals_both_ways(&rules.entry))
        || matches!(rules.entry, EntryRule::Own(_) | EntryRule::Advised(_) | EntryRule::Copy(_))
        || exit.conditions.is_some();
    if exit.stop_loss.is_none() && exit.take_profit.is_none() && !is_left {
        warnings.push("nothing ever closes a position".to_owned());
    } else if exit.stop_loss.is_none() && follows.trailing.is_none() {
        warnings.push("no stop loss bounds what a position may lose".to_owned());
    }
    warnings
}

/// Whether a signal may come from both sides: one that does not enter may still close.
fn signals_both_ways(entry: &EntryRule) -> bool {
    match entry {
        EntryRule::Cross(_) | EntryRule::Own(_) | EntryRule::Advised(_) => true,
        EntryRule::Copy(_) => false,
        EntryRule::When(signals) => signals.are_both(),
    }
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
