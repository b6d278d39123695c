//! Rules that signal often: short periods, small stops, every dialect, lines of other timeframes and
//! symbols.

use super::dice::Dice;
use crate::torture::{counsel, stumbler};
use serde_json::{Value, json};

const KINDS: &[&str] = &["EMA", "SMA"];
const DIRECTIONS: &[&str] = &["both", "both", "both", "above", "below"];
/// Lines among prices.
const PRICES: &[&str] = &[
    "close",
    "open",
    "high",
    "low",
    "ema_2",
    "sma_3",
    "lwma_4",
    "donchian_upper_3",
    "donchian_lower_4",
    "vwap",
];
/// Timeframes that close often enough in a session.
const TIMEFRAMES: &[&str] = &["M1", "M2", "M3", "M5"];

/// Where rules are drawn: the symbols that they may read, and the timeframe of their strategy.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The session's symbols.
    pub symbols: &'a [String],
    /// The strategy's own timeframe.
    pub timeframe: &'a str,
}

/// Rules of any dialect.
pub fn draw(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let kind = dice.between(0, 9);
    if dice.percent(8) {
        return builtin(ground, dice);
    }
    let mut rules = match kind {
        0..=3 => crossing(dice),
        4 if dice.percent(15) => own(dice),
        4 if dice.percent(45) => advised(dice),
        4 => r2(ground, dice),
        5..=7 => r3(ground, dice),
        8 => r4(ground, dice),
        _ => r5(ground, dice),
    };
    if dice.percent(15) {
        place_order(&mut rules, dice);
    }
    if matches!(kind, 4 | 8) {
        return rules;
    }
    if dice.percent(12) {
        rules["filters"] = filters(ground, dice);
    }
    rules
}

/// A built-in strategy, with periods and factors that let it signal.
fn builtin(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let (name, parameters) = match dice.between(0, 3) {
        0 => {
            let fast = dice.between(1, 3);
            let slow = fast + dice.between(1, 4);
            let stop = dice.between(2, 8);
            ("ema_cross", json!({ "fast": fast, "slow": slow, "stopLossPips": stop }))
        }
        1 | 2 => {
            let (average, range) = (dice.between(2, 5), dice.between(2, 4));
            let multiplier = dice.pick(&[0.1, 0.3, 0.6]);
            let parameters = json!({
                "smaPeriod": average, "atrPeriod": range, "multiplier": multiplier,
                "stopMultiplier": 3, "profitMultiplier": 4,
            });
            ("atr_breakout", parameters)
        }
        _ => {
            let mut parameters = json!({
                "timeframe": ground.timeframe, "trendTimeframe": dice.pick(&["M3", "M5"]),
                "rangeTimeframe": "M5", "rangePeriod": 1,
            });
            if dice.percent(50) {
                let symbol = &ground.symbols[dice.place(ground.symbols.len())];
                parameters["quoteBasket"] = json!([{ "symbol": symbol, "inverted": true }]);
            }
            ("swing_trend_momentum", parameters)
        }
    };
    let mut exit = json!({});
    manage(&mut exit, "trailing", dice);
    let mut rules = json!({ "builtin": name, "parameters": parameters, "exit": exit });
    if dice.percent(60) {
        rules["riskManagement"] = risk(dice);
    }
    if dice.percent(12) {
        rules["filters"] = filters(ground, dice);
    }
    rules
}

/// Lets signals place pending orders, most of which are reached or lapse soon.
fn place_order(rules: &mut Value, dice: &mut Dice) {
    let offset = match dice.between(0, 2) {
        0 => json!({ "type": "atr", "value": 0.5, "period": 3 }),
        _ => json!(dice.pick(&[0.5, 1.0, 2.0, 3.0])),
    };
    let mut order = json!({ "type": dice.pick(&["limit", "stop"]), "offset": offset });
    if dice.percent(75) {
        order["expiryBars"] = json!(dice.between(1, 6));
    }
    if rules.get("entry").is_some() {
        rules["entry"]["order"] = order;
    } else if rules.get("strategy").is_some() {
        rules["order"] = order;
    } else {
        rules["entryOrder"] = order;
    }
}

/// Filters that let most signals through.
fn filters(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let mut filters = json!({});
    if dice.percent(50) {
        let from = dice.between(0, 23);
        let to = (from + dice.between(12, 20)) % 24;
        let (start, end) = (format!("{from:02}:15"), format!("{to:02}:45"));
        filters["timeRange"] = json!({ "start": start, "end": end });
        if dice.percent(50) {
            filters["timeRange"]["timezone"] = json!(dice.pick(&["Europe/London", "UTC+3"]));
        }
    }
    if dice.percent(30) {
        filters["daysOfWeek"] = json!(dice.pick(&[[1, 2], [2, 3]]));
    }
    if dice.percent(30) {
        let sessions = dice.pick(&[["tokyo", "london"], ["sydney", "newyork"]]);
        filters["session"] = json!({ "sessions": sessions });
    }
    if dice.percent(50) {
        filters["spread"] = json!({ "maxSpreadPoints": dice.between(4, 20) });
    }
    if dice.percent(30) {
        filters["volatility"] = json!({ "period": 3, "slowPeriod": 5, "minRatio": 0.9 });
    }
    if dice.percent(30) {
        let timeframe = dice.pick(&["M1", "M2"]);
        filters["regime"] = json!({ "period": 3, "timeframe": timeframe, "minAdx": 20 });
    }
    if dice.percent(30) {
        let impact = dice.pick(&["low", "medium", "high"]);
        filters["news"] = json!({ "minutesBefore": 20, "minutesAfter": 10, "impact": impact });
    }
    if ground.symbols.len() > 1 && dice.percent(30) {
        let symbol = ground.symbols[dice.place(ground.symbols.len())].clone();
        filters["correlation"] = json!({ "symbol": symbol, "period": 4, "min": -0.8, "max": 0.9 });
    }
    filters
}

/// Dialect R1.
fn crossing(dice: &mut Dice) -> Value {
    let fast = dice.between(1, 3);
    let slow = fast + dice.between(1, 4);
    let (kind, other) = (dice.pick(KINDS), dice.pick(KINDS));
    let mut exit =
        json!({ "type": dice.pick(&["opposite_signal", "opposite_signal", "reverse", "none"]) });
    let is_kept_open = exit["type"] == "none";
    // Positions that neither a signal nor a stop ever closes would keep the session at its cap.
    if is_kept_open || dice.percent(60) {
        exit["stopLoss"] = json!(dice.between(2, 8));
        exit["takeProfit"] = json!(dice.between(2, 8));
    }
    if dice.percent(15) {
        exit["trailingStop"] = json!(true);
        exit["trailingStopDistance"] = json!(dice.between(1, 4));
    }
    let mut entry = json!({
        "type": "indicator_cross",
        "indicators": [format!("{kind}_{fast}"), format!("{other}_{slow}")],
        "direction": dice.pick(DIRECTIONS),
    });
    if dice.percent(10) {
        entry["confirmation"] = json!({ "type": "volume", "threshold": 0.5 });
    }
    let mut risk = json!({
        "lotSize": f64::from(dice.small(1, 30)) / 100.0, "maxOpenTrades": dice.between(1, 3),
    });
    if dice.percent(25) {
        risk["maxRisk"] = json!(dice.pick(&[0.01, 0.1, 0.5, 2.0]));
    }
    json!({ "entry": entry, "exit": exit, "risk": risk })
}

fn r2(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let mut conditions = Vec::new();
    for side in ["buy", "sell", "both"] {
        for _ in 0..dice.between(0, 2) {
            let mut one = condition(ground, "condition", dice);
            one["side"] = json!(side);
            if dice.percent(20) {
                one["and"] = json!([condition(ground, "condition", dice)]);
            }
            conditions.push(one);
        }
    }
    if conditions.is_empty() {
        let mut one = condition(ground, "condition", dice);
        one["side"] = json!("sell");
        conditions.push(one);
    }
    json!({
        "entry": { "logic": dice.pick(&["AND", "OR"]), "conditions": conditions },
        "exit": exit(dice),
        "riskManagement": risk(dice),
    })
}

/// A strategy in Rust that fails sooner or later.
fn own(dice: &mut Dice) -> Value {
    stumbler::install();
    json!({
        "strategy": stumbler::NAME,
        "lines": [dice.pick(&["close", "sma_3"])],
        "parameters": { "every": dice.between(20, 400) },
        "exit": exit(dice),
        "riskManagement": risk(dice),
    })
}

/// A strategy in another process, which the session answers for.
fn advised(dice: &mut Dice) -> Value {
    let deadline_ms = dice.pick(&[500, 5_000, 30_000]);
    let mut rules = json!({
        "strategy": { "command": counsel::COMMAND, "deadlineMs": deadline_ms, "bars": dice.between(1, 5) },
        "exit": exit(dice),
        "riskManagement": risk(dice),
    });
    if dice.percent(50) {
        rules["lines"] = json!([dice.pick(&["close", "sma_3"])]);
    }
    rules
}

fn r3(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let names: &[&str] = match dice.between(0, 4) {
        0 => &["long_entry"],
        1 => &["short_entry"],
        2 => &["long_entry", "long_entry", "short_entry"],
        _ => &["long_entry", "short_entry"],
    };
    let mut group = |name: &&str| {
        let count = dice.between(1, 3);
        let conditions: Vec<Value> =
            (0..count).map(|_| condition(ground, "condition", dice)).collect();
        json!({ "name": name, "logic": dice.pick(&["AND", "AND", "OR"]), "conditions": conditions })
    };
    let groups: Vec<Value> = names.iter().map(&mut group).collect();
    json!({
        "entry": { "logic": "OR", "groups": groups },
        "exit": exit(dice),
        "riskManagement": risk(dice),
    })
}

fn r4(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let mut list = |count: u64| -> Vec<Value> {
        let mut one = |_| {
            let mut one = condition(ground, "comparison", dice);
            one["enabled"] = json!(dice.percent(90));
            one
        };
        let mut all: Vec<Value> = (0..count).map(&mut one).collect();
        all[0]["enabled"] = json!(true);
        all
    };
    let (entry, leave) = (list(2), list(1));
    let mut rules = json!({
        "side": dice.pick(&["buy", "sell"]),
        "entryConditions": entry,
        "entryLogic": dice.pick(&["AND", "OR"]),
        "exitConditions": leave,
        "exitLogic": "AND",
        "positionSizing": { "mode": "fixed", "lots": 0.07, "maxPositions": dice.between(1, 3) },
    });
    let sizing = sizing(dice);
    if dice.percent(60) {
        let Value::Object(stops) = exit(dice) else { unreachable!("an exit is an object") };
        for name in ["stopLoss", "takeProfit"] {
            if let Some(stop) = stops.get(name) {
                rules[name] = stop.clone();
            }
        }
    }
    if rules.get("stopLoss").is_some()
        && let Some(mut sizing) = sizing
    {
        if dice.percent(30) {
            sizing["drawdown"] = json!({ "from": 0.05, "to": 3, "least": 25 });
        }
        sizing["maxPositions"] = rules["positionSizing"]["maxPositions"].clone();
        rules["positionSizing"] = sizing;
    }
    manage(&mut rules, "trailingStop", dice);
    rules
}

/// A way to find volumes from what the account is worth; most rules state them.
fn sizing(dice: &mut Dice) -> Option<Value> {
    let percent = dice.pick(&[0.01, 0.1, 0.5, 2.0]);
    match dice.between(0, 6) {
        0 => Some(json!({ "mode": "risk_percent", "percent": percent })),
        1 => {
            let (period, multiple) = (dice.between(2, 5), dice.pick(&[1.0, 2.5]));
            Some(
                json!({ "mode": "atr", "percent": percent, "period": period, "multiple": multiple }),
            )
        }
        2 => Some(json!({
            "mode": "kelly", "winRate": dice.between(30, 60), "rewardRatio": 1.5,
            "fraction": 20, "maxPercent": percent,
        })),
        3 => Some(json!({ "mode": "equity_fraction", "percent": dice.pick(&[5, 100, 900]) })),
        _ => None,
    }
}

fn r5(ground: Ground<'_>, dice: &mut Dice) -> Value {
    let mut one = condition(ground, "condition", dice);
    one["side"] = json!(dice.pick(&["buy", "sell"]));
    json!({
        "primaryTimeframe": ground.timeframe,
        "confirmationTimeframes": ["M2", "M5"],
        "entry": {
            "primary": [one],
            "confirmation": [{ "timeframe": dice.pick(&["M2", "M5"]), "condition": dice.pick(&["bullish", "bearish"]) }],
        },
        "exit": exit(dice),
        "riskManagement": risk(dice),
    })
}

/// A condition that holds now and then.
fn condition(ground: Ground<'_>, operator: &str, dice: &mut Dice) -> Value {
    let mut one = match dice.between(0, 9) {
        0..=3 => {
            let left = dice.pick(PRICES);
            let others: Vec<&str> = PRICES.iter().copied().filter(|line| *line != left).collect();
            let is = dice.pick(&["crosses_above", "crosses_below", "gt", "lt", "gte", "lte"]);
            json!({ "indicator": left, operator: is, "value": dice.pick(&others) })
        }
        4 => {
            let (is, line) = dice.pick(&[
                ("breaks_above", "donchian_upper_3"),
                ("breaks_below", "donchian_lower_3"),
                ("breaks_above", "ema_3"),
            ]);
            json!({ "indicator": "close", operator: is, "value": line })
        }
        5 => {
            let is = dice.pick(&["gt", "lt", "crosses_above", "crosses_below"]);
            json!({ "indicator": "rsi", "period": 3, operator: is, "value": dice.between(30, 70) })
        }
        6 => {
            let is = dice.pick(&["between", "outside"]);
            json!({ "indicator": "rsi", "period": 4, operator: is, "value": [40, 60] })
        }
        7 => json!({ "indicator": "close", operator: dice.pick(&["bullish", "bearish"]) }),
        8 => {
            let ago = dice.between(1, 4);
            json!({ "indicator": "close", operator: dice.pick(&["gt", "lt"]), "compareIndicator": "close", "compareBarsAgo": ago })
        }
        _ => {
            json!({ "indicator": "volume", operator: "gt", "compareIndicator": "volume_ma", "comparePeriod": 3, "multiplier": 0.8 })
        }
    };
    if dice.percent(30) {
        one["timeframe"] = json!(dice.pick(TIMEFRAMES));
    }
    if dice.percent(10) {
        one["symbol"] = json!(ground.symbols[dice.place(ground.symbols.len())]);
    }
    one
}

/// Stops measured in every way; nearly always a stop loss, so that not everything stays open.
fn exit(dice: &mut Dice) -> Value {
    let stop = match dice.between(0, 5) {
        0 => json!(dice.between(2, 8)),
        1 => json!({ "type": "points", "value": dice.between(20, 80) }),
        2 => json!({ "type": "atr", "value": dice.between(1, 4), "period": 3 }),
        3 => json!({ "type": "percent", "value": 0.03 }),
        4 => json!({ "type": "atr", "value": 2, "period": 3, "minPips": 2, "maxPips": 6 }),
        _ => json!({ "type": "fixed", "value": dice.between(2, 8) }),
    };
    let profit = match dice.between(0, 3) {
        0 => None,
        1 => Some(json!({ "type": "ratio", "value": 1.5 })),
        2 => Some(json!(dice.between(2, 8))),
        _ => Some(json!({ "type": "atr", "value": 2, "period": 4 })),
    };
    let kind = dice.pick(&["opposite_signal", "reverse", "none"]);
    let mut exit = json!({ "type": kind, "stopLoss": stop });
    if let Some(profit) = profit {
        exit["takeProfit"] = profit;
    }
    manage(&mut exit, "trailing", dice);
    exit
}

/// What becomes of open positions, in two of five rules.
fn manage(exit: &mut Value, trailing: &str, dice: &mut Dice) {
    if dice.percent(60) {
        return;
    }
    if dice.percent(60) {
        exit[trailing] = json!({ "enabled": dice.percent(90), "distance": dice.between(1, 5) });
        if dice.percent(40) {
            exit[trailing]["step"] = json!(dice.pick(&[0.3, 1.0, 2.0]));
        }
        if dice.percent(40) {
            exit[trailing]["activateAfter"] = json!({ "type": "atr", "value": 1, "period": 3 });
        }
        if dice.percent(20) {
            exit[trailing]["distance"] = json!({ "type": "atr", "value": 2, "period": 3 });
        }
    }
    if dice.percent(40) {
        let lock = dice.pick(&[0.0, 0.5, 1.0]);
        exit["breakeven"] =
            json!({ "enabled": true, "triggerPips": dice.between(2, 4), "lockPips": lock });
    }
    if dice.percent(40) {
        exit["partialClose"] = json!({ "levels": [
            { "percent": dice.pick(&[25, 33, 50]), "atPips": dice.between(1, 2) },
            { "percent": dice.pick(&[25, 50]), "atPips": dice.between(3, 5) },
        ] });
    }
    if dice.percent(20) {
        exit["maxHoldingMinutes"] = json!(dice.between(2, 30));
    }
    if dice.percent(20) {
        let mut time =
            json!({ "time": format!("{:02}:{:02}", dice.between(0, 23), dice.between(0, 59)) });
        if dice.percent(50) {
            time["timezone"] = json!(dice.pick(&["Europe/London", "UTC+3"]));
        }
        if dice.percent(20) {
            time = json!({ "session": dice.pick(&["london", "newyork"]) });
        }
        exit["closeAt"] = time;
    }
}

fn risk(dice: &mut Dice) -> Value {
    json!({ "lotSize": f64::from(dice.small(1, 30)) / 100.0, "maxPositions": dice.between(1, 3) })
}
