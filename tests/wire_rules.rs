//! Rules in dialect R1, and what is refused of them and of the other dialects.

use serde_json::{Value, json};
use tickdeck::executor::command::MalformedKind;
use tickdeck::strategy::rules::{Direction, OppositeSignal};
use tickdeck::wire::rules::{hash, read};

fn good() -> Value {
    json!({
        "entry": { "type": "indicator_cross", "indicators": ["ema_20", "SMA_50"], "direction": "below" },
        "exit": { "type": "opposite_signal", "stopLoss": 10.5, "takeProfit": "20", "trailingStop": false, "trailingStopDistance": 5 },
        "risk": { "lotSize": 0.10, "maxOpenTrades": 1 },
        "filters": {},
    })
}

/// Good rules with the value at a JSON pointer replaced or added; null is as good as absent.
fn changed(pointer: &str, value: Value) -> Value {
    let mut rules = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match rules.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    rules
}

#[test]
fn what_is_understood_is_carried_over_exactly() {
    let rules = read("rules", &good()).unwrap();
    assert_eq!((rules.entry.fast.to_string(), rules.entry.slow.to_string()), ("EMA_20".to_owned(), "SMA_50".to_owned()));
    assert_eq!((rules.entry.direction, rules.exit.opposite_signal), (Direction::Below, OppositeSignal::Close));
    assert_eq!(rules.exit.stop_loss.map(|pips| pips.to_string()).as_deref(), Some("10.5"));
    assert_eq!(rules.exit.take_profit.map(|pips| pips.to_string()).as_deref(), Some("20"));
    assert_eq!(rules.risk.lots.map(|lots| lots.to_string()).as_deref(), Some("0.1"));
    assert_eq!(rules.risk.max_open_trades, Some(1));
    let entry = json!({ "type": "indicator_cross", "indicators": ["RSI_2", "ATR_14"], "direction": "above" });
    let bare = read("rules", &json!({ "entry": entry })).unwrap();
    assert_eq!((bare.exit.opposite_signal, bare.exit.stop_loss, bare.risk.lots), (OppositeSignal::Ignore, None, None));
    for exit in [json!({}), json!({ "type": "none" }), Value::Null] {
        assert_eq!(read("rules", &changed("/exit", exit)).unwrap().exit.opposite_signal, OppositeSignal::Ignore);
    }
}

#[test]
fn equal_rules_have_equal_hashes_whatever_they_looked_like() {
    let of = |rules: &Value| hash(&read("rules", rules).unwrap());
    let same = changed("/exit/stopLoss", json!("10.50"));
    assert_eq!(of(&changed("/entry/indicators/0", json!("Ema_20"))), of(&same));
    assert_ne!(of(&changed("/exit/stopLoss", json!(10.6))), of(&same));
    assert_ne!(of(&changed("/entry/direction", json!("both"))), of(&same));
    // Pinned: recordings carry it, so that it must not change from one version to the next.
    assert_eq!(of(&good()).to_string(), "741ff1ee2317fb88940effa6aae3dbbe480fd676d966fbc5a410a04a366e2ace");
}

#[test]
fn what_is_wrong_is_refused_by_its_path() {
    for (pointer, value, expect) in [
        ("/entry", Value::Null, "rules.entry: is required"),
        ("/entry", json!([]), "rules.entry: must be an object, not a list"),
        ("/entrie", json!({}), "rules.entrie: unknown field: did you mean `entry`?"),
        ("/entry/type", Value::Null, "rules.entry.type: is required"),
        ("/entry/type", json!("candles"), "rules.entry.type: `candles` is no entry of these rules: expected indicator_cross"),
        ("/entry/indicators", Value::Null, "rules.entry.indicators: is required"),
        ("/entry/indicators", json!("EMA_20"), "rules.entry.indicators: must be a list of two indicators, not text"),
        (
            "/entry/indicators",
            json!(["EMA_20"]),
            "rules.entry.indicators: must name exactly two indicators, such as EMA_20 and EMA_50, not 1",
        ),
        ("/entry/indicators/1", json!("EMMA_50"), "rules.entry.indicators[1]: `EMMA_50` is no indicator: did you mean `ema`?"),
        ("/entry/indicators/1", json!("EMA_0"), "rules.entry.indicators[1]: `EMA_0` needs a period from 1 to 10000, such as EMA_20"),
        ("/entry/indicators/1", json!("EMA"), "rules.entry.indicators[1]: `EMA` needs a period from 1 to 10000, such as EMA_20"),
        ("/entry/indicators/1", json!(50), "rules.entry.indicators[1]: must be text such as EMA_20, or an object, not a number"),
        ("/entry/indicators/1", json!("EMA_20"), "rules.entry.indicators[1]: EMA_20 never crosses itself: name two different indicators"),
        ("/entry/direction", Value::Null, "rules.entry.direction: is required"),
        ("/entry/direction", json!("up"), "rules.entry.direction: `up` is no direction: expected above, below or both"),
        ("/entry/direction", json!("Above"), "rules.entry.direction: `Above` is no direction: did you mean `above`?"),
        ("/exit/type", json!("opposite"), "rules.exit.type: `opposite` is no exit of these rules: did you mean `opposite_signal`?"),
        ("/exit/stopLoss", json!(0), "rules.exit.stopLoss: must be above 0, not 0; leave it out for none"),
        ("/exit/stopLoss", json!(-10), "rules.exit.stopLoss: must be above 0, not -10; leave it out for none"),
        ("/exit/stopLoss", json!({ "type": "atr" }), "rules.exit.stopLoss: must be a number, not an object"),
        ("/exit/takeProfit", json!(0.00001), "rules.exit.takeProfit: `0.00001`: more than 4 digits after the point"),
        ("/exit/stoploss", json!(10), "rules.exit.stoploss: unknown field: did you mean `stopLoss`?"),
        ("/risk/lotSize", json!(0), "rules.risk.lotSize: must be above 0, not 0; leave it out for none"),
        ("/risk/lots", json!(1), "rules.risk.lots: unknown field: did you mean `lotSize`?"),
        ("/risk/maxOpenTrades", json!(0), "rules.risk.maxOpenTrades: must be a whole number from 1 to 4294967295, not 0"),
    ] {
        let refusal = read("rules", &changed(pointer, value)).unwrap_err();
        assert_eq!((refusal.to_string().as_str(), refusal.kind), (expect, MalformedKind::Malformed), "{pointer}");
    }
}

#[test]
fn what_is_known_and_not_carried_out_is_never_left_out_in_silence() {
    for (pointer, value, expect) in [
        ("/entry/confirmation", json!({ "type": "volume", "threshold": 1.5 }), "rules.entry.confirmation: `confirmation`"),
        ("/entry/order", json!({ "type": "limit" }), "rules.entry.order: `order`"),
        ("/exit/trailingStop", json!(true), "rules.exit.trailingStop: a trailing stop"),
        ("/exit/trailingStop", Value::Null, "rules.exit.trailingStopDistance: a trailing stop"),
        ("/risk/maxRisk", json!(1), "rules.risk.maxRisk: `maxRisk`"),
        ("/risk/maxDailyLoss", json!(0), "rules.risk.maxDailyLoss: `maxDailyLoss`"),
        ("/risk/riskRewardRatio", json!(2), "rules.risk.riskRewardRatio: `riskRewardRatio`"),
        ("/filters", json!({ "daysOfWeek": [1, 2] }), "rules.filters: `filters`"),
        ("/entry/conditions", json!([]), "rules.entry.conditions: dialect R2 of the rules"),
        ("/entry/groups", json!([]), "rules.entry.groups: dialect R3 of the rules"),
        ("/entryConditions", json!([]), "rules.entryConditions: dialect R4 of the rules"),
        ("/primaryTimeframe", json!("M5"), "rules.primaryTimeframe: dialect R5 of the rules"),
    ] {
        let refusal = read("rules", &changed(pointer, value)).unwrap_err();
        let expect = format!("{expect} is known, not carried out by this version");
        assert_eq!((refusal.to_string(), refusal.kind), (expect, MalformedKind::Unsupported), "{pointer}");
    }
}
