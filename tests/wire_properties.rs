//! Whatever comes over the wire, an event is made of it; and the order of keys never matters.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tickdeck::executor::command::{CommandContent, CommandSource};
use tickdeck::wire::{command, symbol_info};

/// Words that reach deep into the readers.
const WORDS: [&str; 30] = [
    "id",
    "command",
    "type",
    "payload",
    "parameters",
    "strategyId",
    "rules",
    "entry",
    "exit",
    "risk",
    "settings",
    "options",
    "indicators",
    "direction",
    "stopLoss",
    "lotSize",
    "timestamp",
    "expiry",
    "START_STRATEGY",
    "STOP_STRATEGY",
    "UPDATE_STRATEGY",
    "STATUS_REQUEST",
    "indicator_cross",
    "EMA_20",
    "both",
    "M1",
    "symbol",
    "timeframe",
    "name",
    "digits",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned), any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word(), inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same value as text with every object's keys backwards.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let field = |(key, value): (&String, &Value)| format!("{}: {}", Value::from(key.as_str()), backwards(value));
            format!("{{ {} }}", map.iter().rev().map(field).collect::<Vec<_>>().join(" , "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(",\n")),
        plain => plain.to_string(),
    }
}

/// A START that is sound but for one field, which is anything.
fn nearly_sound(pointer: &str, anything: Value) -> Value {
    let mut body = json!({
        "id": "x", "command": "START_STRATEGY", "priority": "HIGH", "timestamp": 1_758_535_200,
        "parameters": {
            "strategyId": "s", "strategyName": "n", "symbol": "EURUSD", "timeframe": "M1",
            "rules": {
                "entry": { "type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "both" },
                "exit": { "type": "none", "stopLoss": 10, "takeProfit": 20 },
                "risk": { "lotSize": 0.1, "maxOpenTrades": 1 },
            },
            "settings": { "lotSize": 0.2 }, "options": { "warmupBars": 50 },
        },
    });
    *body.pointer_mut(pointer).unwrap() = anything;
    body
}

const POINTERS: [&str; 18] = [
    "/id",
    "/command",
    "/priority",
    "/timestamp",
    "/parameters",
    "/parameters/strategyId",
    "/parameters/symbol",
    "/parameters/timeframe",
    "/parameters/rules",
    "/parameters/rules/entry/indicators",
    "/parameters/rules/entry/indicators/0",
    "/parameters/rules/entry/direction",
    "/parameters/rules/exit",
    "/parameters/rules/exit/stopLoss",
    "/parameters/rules/risk/lotSize",
    "/parameters/settings/lotSize",
    "/parameters/options",
    "/parameters/options/warmupBars",
];

/// Objects in which nothing unknown may stand.
const CLOSED: [&str; 7] = [
    "/parameters",
    "/parameters/rules",
    "/parameters/rules/entry",
    "/parameters/rules/exit",
    "/parameters/rules/risk",
    "/parameters/settings",
    "/parameters/options",
];

proptest! {
    #[test]
    fn any_text_becomes_an_event(body in any::<String>()) {
        let event = command::parse(CommandSource::Stream, &body);
        prop_assert_eq!(event.body, body);
    }

    #[test]
    fn any_json_becomes_an_event_that_names_its_field(value in value()) {
        let event = command::parse(CommandSource::Stream, &value.to_string());
        if let CommandContent::Malformed(malformed) = event.content {
            prop_assert!(!malformed.path.is_empty() && !malformed.reason.is_empty());
        }
    }

    #[test]
    fn any_field_of_a_start_may_be_anything_in_any_order(at in 0..POINTERS.len(), anything in value()) {
        let body = nearly_sound(POINTERS[at], anything);
        let one = command::parse(CommandSource::Stream, &body.to_string());
        let other = command::parse(CommandSource::Stream, &backwards(&body));
        prop_assert_eq!(one.body_hash, other.body_hash);
        prop_assert_eq!(&one.content, &other.content);
        if let CommandContent::Malformed(malformed) = one.content {
            prop_assert!(!malformed.path.is_empty() && !malformed.reason.is_empty());
        }
    }

    #[test]
    fn a_field_that_nobody_knows_is_never_ignored(at in 0..CLOSED.len(), name in "[a-z]{14}") {
        let mut body = nearly_sound("/priority", json!("LOW"));
        body.pointer_mut(CLOSED[at]).unwrap()[&name] = json!(1);
        let event = command::parse(CommandSource::Stream, &body.to_string());
        let CommandContent::Malformed(malformed) = event.content else { panic!("{}/{name} was ignored", CLOSED[at]) };
        prop_assert_eq!(malformed.path, format!("{}.{name}", CLOSED[at][1..].replace('/', ".")));
    }

    #[test]
    fn any_file_of_specifications_is_read_or_refused(value in value()) {
        let object = match value {
            Value::Object(map) => map,
            other => Map::from_iter([("EURUSD".to_owned(), other)]),
        };
        if let Ok(book) = symbol_info::read(&Value::Object(object).to_string()) {
            prop_assert!(book.names().all(|name| book.contains(name)));
        }
    }
}
