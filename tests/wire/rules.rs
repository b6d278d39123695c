//! Rules in dialect R1, and what is refused of them and of the other dialects.

use serde_json::{Value, json};
use tickdeck::executor::command::MalformedKind;
use tickdeck::strategy::rules::{Direction, EntryRule, IndicatorCross, OppositeSignal, Rules};
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

fn cross(rules: &Rules) -> &IndicatorCross {
    let EntryRule::Cross(cross) = &rules.entry else { panic!("they are of a plain crossing") };
    cross
}

#[test]
fn what_is_understood_is_carried_over_exactly() {
    let rules = read("rules", &good()).unwrap();
    assert_eq!(
        (cross(&rules).fast.to_string(), cross(&rules).slow.to_string()),
        ("EMA_20".to_owned(), "SMA_50".to_owned())
    );
    assert_eq!(
        (cross(&rules).direction, rules.exit.opposite_signal),
        (Direction::Below, OppositeSignal::Close)
    );
    assert_eq!(rules.exit.stop_loss.unwrap().to_string(), "10.5 pips");
    assert_eq!(rules.exit.take_profit.unwrap().to_string(), "20 pips");
    assert_eq!(rules.risk.lots.map(|lots| lots.to_string()).as_deref(), Some("0.1"));
    assert_eq!(rules.risk.max_open_trades, Some(1));
    let entry = json!({ "type": "indicator_cross", "indicators": ["RSI_2", "ATR_14"], "direction": "above" });
    let bare = read("rules", &json!({ "entry": entry })).unwrap();
    assert_eq!(
        (bare.exit.opposite_signal, bare.exit.stop_loss, bare.risk.lots),
        (OppositeSignal::Ignore, None, None)
    );
    for exit in [json!({}), json!({ "type": "none" }), Value::Null] {
        assert_eq!(
            read("rules", &changed("/exit", exit)).unwrap().exit.opposite_signal,
            OppositeSignal::Ignore
        );
    }
}

/// The take profit as a multiple of the stop loss; said twice, both must be the same.
#[test]
fn a_reward_is_a_multiple_of_the_stop_loss() {
    let exit = |stop_loss: Value, take_profit: Value, ratio: Value| {
        let mut rules = changed("/exit/stopLoss", stop_loss);
        rules["exit"]["takeProfit"] = take_profit;
        rules["risk"]["riskRewardRatio"] = ratio;
        read("rules", &rules).map(|rules| rules.exit.take_profit.map(|profit| profit.to_string()))
    };
    let none = Value::Null;
    for (stop_loss, take_profit, ratio, expect) in [
        (json!(10.5), none.clone(), json!(1.5), Some("15.75 pips")),
        (json!(10), json!(20), json!("2"), Some("20 pips")),
        (json!(10), json!(25), none.clone(), Some("25 pips")),
        (json!(10), none.clone(), none.clone(), None),
        (none.clone(), json!(25), json!(false), Some("25 pips")),
        (none.clone(), none.clone(), json!({}), None),
    ] {
        let found = exit(stop_loss, take_profit, ratio).unwrap();
        assert_eq!(found.as_deref(), expect);
    }
    for (stop_loss, take_profit, ratio, expect) in [
        (none.clone(), none.clone(), json!(2), "needs a stop loss: give exit.stopLoss"),
        (json!(10), none.clone(), json!(0), "must be above 0, not 0; leave it out for none"),
        (
            json!(10),
            json!(25),
            json!(2),
            "2 times the stop loss of 10 pips is 20 pips, and exit.takeProfit says 25: give one of them",
        ),
        (
            json!(0.0001),
            none.clone(),
            json!(1.5),
            "1.5 times the stop loss of 0.0001 pips must be a distance of no more than 4 decimal places",
        ),
        (
            json!(900_000_000_000_000_i64),
            none.clone(),
            json!(900_000_000_000_000_i64),
            "900000000000000 times the stop loss of 900000000000000 pips must be a distance of no more than 4 decimal places",
        ),
    ] {
        let refusal = exit(stop_loss, take_profit, ratio).unwrap_err();
        assert_eq!(refusal.to_string(), format!("rules.risk.riskRewardRatio: {expect}"));
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
    assert_eq!(
        of(&good()).to_string(),
        "741ff1ee2317fb88940effa6aae3dbbe480fd676d966fbc5a410a04a366e2ace"
    );
}

#[test]
fn an_indicator_is_named_by_text_or_by_an_object_and_both_are_the_same() {
    let line = |value: &Value| {
        read("rules", &changed("/entry/indicators/1", value.clone()))
            .map(|rules| cross(&rules).slow.to_string())
    };
    for (value, expect) in [
        (json!("macd"), "MACD_12_26_9"),
        (json!({ "indicator": "macd", "fast": 8, "price": "typical" }), "MACD_8_26_9_TYPICAL"),
        (json!({ "indicator": "MACD", "line": "signal", "signal": "5" }), "MACD_SIGNAL_12_26_5"),
        (json!({ "indicator": "macd_histogram", "price": 1 }), "MACD_HISTOGRAM_12_26_9"),
        (json!({ "indicator": "atr", "smoothing": "wilder", "period": 20.0 }), "ATR_WILDER_20"),
        (
            json!({ "indicator": "bb", "line": "lower", "deviation": 2.50, "period": null }),
            "BANDS_LOWER_20_2.5",
        ),
        (json!({ "indicator": "sma_200", "method": "mt5" }), "SMA_200"),
        (json!("close"), "PRICE"),
        (json!("High"), "PRICE_HIGH"),
    ] {
        assert_eq!(line(&value).as_deref(), Ok(expect), "{value}");
    }
    for (value, expect) in [
        (json!({ "period": 20 }), "rules.entry.indicators[1].indicator: is required"),
        (
            json!({ "indicator": "ema" }),
            "rules.entry.indicators[1]: `ema` needs a period from 1 to 10000, such as EMA_20",
        ),
        (
            json!({ "indicator": "ema_20", "period": 20 }),
            "rules.entry.indicators[1].period: `period` is given twice",
        ),
        (
            json!({ "indicator": "ema", "periode": 20 }),
            "rules.entry.indicators[1].periode: `periode` is no field of ema: it takes period and price",
        ),
        (
            json!({ "indicator": "ema", "period": [20] }),
            "rules.entry.indicators[1].period: must be text or a number, not a list",
        ),
        (
            json!({ "indicator": "ema", "period": 2.5 }),
            "rules.entry.indicators[1].period: `ema 2.5` needs a period from 1 to 10000, such as EMA_20",
        ),
        (
            json!({ "indicator": "sma", "period": 20, "price": 8 }),
            "rules.entry.indicators[1].price: `8` is no applied price: close, open, high, low, median, typical or weighted, or MT5's number 1 to 7",
        ),
        (
            json!({ "indicator": "bands" }),
            "rules.entry.indicators[1]: `BANDS_20_2` must name one of the lines bands_upper, bands_middle and bands_lower",
        ),
        (
            json!({ "indicator": "atr", "smoothing": "zzz" }),
            "rules.entry.indicators[1].smoothing: `zzz` is no indicator: did you mean `atr`?",
        ),
        (
            json!({ "indicator": "atr", "price": "open" }),
            "rules.entry.indicators[1].price: atr takes whole bars, not the price `open` of them",
        ),
        (
            json!("ema_20_medain"),
            "rules.entry.indicators[1]: `medain` is no applied price: close, open, high, low, median, typical or weighted, or MT5's number 1 to 7",
        ),
        (
            json!("ema__20"),
            "rules.entry.indicators[1]: `ema__20` is no indicator: did you mean `ema`?",
        ),
        (
            json!("bollinger_uper_20"),
            "rules.entry.indicators[1]: `bollinger_uper_20` is no indicator: did you mean `bollinger_upper`?",
        ),
    ] {
        assert_eq!(line(&value).unwrap_err().to_string(), expect, "{value}");
    }
    for (value, expect) in [
        ("_".repeat(5_000_000), "`a long text` is no indicator: the nearest of 145 are "),
        ("é".into(), "`é` is no indicator: the nearest of 145 are "),
    ] {
        let refusal = line(&json!(value)).unwrap_err().to_string();
        assert!(
            refusal.starts_with(&format!("rules.entry.indicators[1]: {expect}"))
                && refusal.len() < 200,
            "{refusal}"
        );
    }
}

/// Executor 3.1, to the letter.
#[test]
fn every_name_of_the_platform_is_known() {
    for name in [
        "price",
        "close",
        "open",
        "high",
        "low",
        "volume",
        "ema_9",
        "sma_9",
        "smma_9",
        "lwma_9",
        "rsi",
        "macd",
        "macd_signal",
        "macd_histogram",
        "bb_upper",
        "bb_middle",
        "bb_lower",
        "bollinger_upper",
        "bollinger_middle",
        "bollinger_lower",
        "stochastic_k",
        "stochastic_d",
        "stoch_k",
        "stoch_d",
        "atr",
        "adx",
        "cci",
        "williams",
        "momentum",
        "sar",
        "ichimoku_tenkan",
        "ichimoku_kijun",
        "ichimoku_senkou_a",
        "ichimoku_senkou_b",
        "obv",
        "volume_ma",
        "vwap",
        "pivot",
        "support",
        "resistance",
    ] {
        let read = read("rules", &changed("/entry/indicators/0", json!(name)));
        assert!(read.is_ok(), "{name}: {read:?}");
    }
    for (name, expect) in [
        ("rsi", "RSI_14"),
        ("macd", "MACD_12_26_9"),
        ("bb_upper", "BANDS_UPPER_20_2"),
        ("stoch_d", "STOCHASTIC_D_14_3_3"),
        ("atr", "ATR_14"),
        ("adx", "ADX_14"),
        ("cci", "CCI_20"),
    ] {
        let rules = read("rules", &changed("/entry/indicators/0", json!(name))).unwrap();
        assert_eq!(cross(&rules).fast.to_string(), expect, "the defaults of executor 3.1");
    }
}

#[test]
fn what_is_wrong_in_an_entry_is_refused_by_its_path() {
    check_refusals(&[
        ("/entry", Value::Null, "rules.entry: is required"),
        ("/entry", json!([]), "rules.entry: must be an object, not a list"),
        ("/entrie", json!({}), "rules.entrie: unknown field: did you mean `entry`?"),
        ("/entry/type", Value::Null, "rules.entry.type: is required"),
        (
            "/entry/type",
            json!("candles"),
            "rules.entry.type: `candles` is no entry of these rules: expected indicator_cross",
        ),
        ("/entry/indicators", Value::Null, "rules.entry.indicators: is required"),
        (
            "/entry/indicators",
            json!("EMA_20"),
            "rules.entry.indicators: must be a list of two indicators, not text",
        ),
        (
            "/entry/indicators",
            json!(["EMA_20"]),
            "rules.entry.indicators: must name exactly two indicators, such as EMA_20 and EMA_50, not 1",
        ),
        (
            "/entry/indicators/1",
            json!("EMMA_50"),
            "rules.entry.indicators[1]: `EMMA_50` is no indicator: did you mean `ema`?",
        ),
        (
            "/entry/indicators/1",
            json!("EMA_0"),
            "rules.entry.indicators[1]: `EMA_0` needs a period from 1 to 10000, such as EMA_20",
        ),
        (
            "/entry/indicators/1",
            json!("EMA"),
            "rules.entry.indicators[1]: `EMA` needs a period from 1 to 10000, such as EMA_20",
        ),
        (
            "/entry/indicators/1",
            json!(50),
            "rules.entry.indicators[1]: must be text such as EMA_20, or an object, not a number",
        ),
        (
            "/entry/indicators/1",
            json!("EMA_20"),
            "rules.entry.indicators[1]: EMA_20 never crosses itself: name two different indicators",
        ),
        ("/entry/direction", Value::Null, "rules.entry.direction: is required"),
        (
            "/entry/direction",
            json!("up"),
            "rules.entry.direction: `up` is no direction: expected above, below or both",
        ),
        (
            "/entry/direction",
            json!("Above"),
            "rules.entry.direction: `Above` is no direction: did you mean `above`?",
        ),
    ]);
}

#[test]
fn what_is_wrong_elsewhere_is_refused_by_its_path() {
    check_refusals(&[
        (
            "/exit/type",
            json!("opposite"),
            "rules.exit.type: `opposite` is no exit of these rules: did you mean `opposite_signal`?",
        ),
        (
            "/exit/stopLoss",
            json!(0),
            "rules.exit.stopLoss: must be above 0, not 0; leave it out for none",
        ),
        (
            "/exit/stopLoss",
            json!(-10),
            "rules.exit.stopLoss: must be above 0, not -10; leave it out for none",
        ),
        (
            "/exit/stopLoss",
            json!({ "type": "atr" }),
            "rules.exit.stopLoss: must be a number, not an object",
        ),
        (
            "/exit/takeProfit",
            json!(0.00001),
            "rules.exit.takeProfit: `0.00001`: more than 4 digits after the point",
        ),
        (
            "/exit/trailingStop",
            Value::Null,
            "rules.exit.trailingStopDistance: says how far, and trailingStop does not say whether: give `true` or `false`",
        ),
        (
            "/exit/stoploss",
            json!(10),
            "rules.exit.stoploss: unknown field: did you mean `stopLoss`?",
        ),
        (
            "/risk/lotSize",
            json!(0),
            "rules.risk.lotSize: must be above 0, not 0; leave it out for none",
        ),
        ("/risk/lots", json!(1), "rules.risk.lots: unknown field: did you mean `lotSize`?"),
        (
            "/risk/maxOpenTrades",
            json!(0),
            "rules.risk.maxOpenTrades: must be a whole number from 1 to 4294967295, not 0",
        ),
    ]);
}

/// What is put at a pointer of sound rules, and why they are refused then.
fn check_refusals(table: &[(&str, Value, &str)]) {
    for (pointer, value, expect) in table {
        let refusal = read("rules", &changed(pointer, value.clone())).unwrap_err();
        assert_eq!(
            (refusal.to_string().as_str(), refusal.kind),
            (*expect, MalformedKind::Malformed),
            "{pointer}"
        );
    }
}

#[test]
fn what_is_known_and_not_carried_out_is_never_left_out_in_silence() {
    for (pointer, value, expect) in [
        (
            "/entry/indicators/0",
            json!("ichimoku_chikou"),
            "rules.entry.indicators[0]: the indicator `ichimoku_chikou`",
        ),
        ("/risk/manualApproval", json!(true), "rules.risk.manualApproval: `manualApproval`"),
        ("/filters", json!({ "trend": { "period": 30 } }), "rules.filters.trend: `trend`"),
    ] {
        let refusal = read("rules", &changed(pointer, value)).unwrap_err();
        let expect = format!("{expect} is known, not carried out by this version");
        assert_eq!(
            (refusal.to_string(), refusal.kind),
            (expect, MalformedKind::Unsupported),
            "{pointer}"
        );
    }
}

/// Rules that are half of one dialect and half of another are those of the other, and what does not
/// belong there is named.
#[test]
fn a_mixture_of_dialects_is_refused() {
    for (pointer, value, expect) in [
        ("/entry/conditions", json!([]), "rules.risk: unknown field: "),
        ("/entry/groups", json!([]), "rules.risk: unknown field: "),
        ("/entryConditions", json!([]), "rules.entry: unknown field: "),
        ("/primaryTimeframe", json!("M5"), "rules.risk: unknown field: "),
    ] {
        let mut rules = changed(pointer, value);
        rules.as_object_mut().unwrap().remove("filters");
        let refusal = read("rules", &rules).unwrap_err().to_string();
        assert!(refusal.starts_with(expect), "{pointer}: {refusal}");
    }
}
