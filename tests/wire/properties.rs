//! Whatever comes over the wire, an event is made of it; and the order of keys never matters.

mod commands;

use commands::{Spelling, body};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tickdeck::executor::command::{CommandContent, CommandSource};
use tickdeck::wire::symbol_info::SymbolInfoError;
use tickdeck::wire::{command, json as wire_json, secrets, symbol_info};

/// Words that reach deep into the readers.
const WORDS: [&str; 60] = [
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
    "action",
    "volume",
    "lots",
    "sl",
    "takeProfit",
    "price",
    "stopLimit",
    "expiration",
    "expirationMs",
    "ticket",
    "position",
    "order",
    "byTicket",
    "deviation",
    "magicNumber",
    "comment",
    "reason",
    "maxOpenTrades",
    "minProfit",
    "clientOrderId",
    "OPEN_POSITION",
    "PLACE_ORDER",
    "CLOSE_POSITION",
    "MODIFY_POSITION",
    "TRADE_SIGNAL",
    "RISK_UPDATE",
    "EMERGENCY_STOP",
    "BUY",
    "SELL_STOP_LIMIT",
    "DAY",
];

/// Numbers at the bounds of what is held, and beyond.
const NUMBERS: [&str; 20] = [
    "0",
    "-0",
    "-1",
    "0.1",
    "1e-9",
    "1e-40",
    "1e-41",
    "1e-2147483648",
    "1E+2147483647",
    "1e2147483648",
    "1e308",
    "1e400",
    "-1e308",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890123456789012345678901234567890",
];

/// A text that is no JSON value, or a strange one.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(NUMBERS.to_vec()).prop_map(str::to_owned),
        prop::sample::select(NUMBERS.to_vec()).prop_map(|number| format!("\"{number}\"")),
        (1_usize..200).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
        (1_usize..200).prop_map(|depth| format!(
            "{}0{}",
            "{\"a\":".repeat(depth),
            "}".repeat(depth)
        )),
        (1_usize..2000).prop_map(|length| format!("\"{}\"", "9".repeat(length))),
        (1_usize..2000).prop_map(|length| "9".repeat(length)),
        value().prop_map(|value| value.to_string()),
        any::<String>(),
    ]
}

/// The places of a body's values, as JSON pointers.
fn places(at: &str, value: &Value, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| places(&format!("{at}/{key}"), value, out));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| places(&format!("{at}/{index}"), value, out)),
        _ => {}
    }
}

/// A body with `text` written in the place of one of its values, whatever that makes of it.
fn with_written(mut body: Value, place: usize, text: &str) -> String {
    const MARK: &str = "the place that is written over";
    let mut all = Vec::new();
    places("", &body, &mut all);
    *body.pointer_mut(&all[place % all.len()]).unwrap() = json!(MARK);
    body.to_string().replace(&format!("\"{MARK}\""), text)
}

/// Reads a body, which must come to an event; a refusal names its place and says something, in
/// bounds.
fn read(text: &str) -> Result<CommandContent, TestCaseError> {
    let event = command::parse(CommandSource::Stream, text);
    // Only what looks like a secret is replaced; with it, all of what is no JSON.
    let is_replaced = match wire_json::read(text) {
        Ok(value) => secrets::find(&value).is_some(),
        Err(_) => event.body == secrets::MARKER,
    };
    prop_assert!(is_replaced || event.body == text, "{} is kept as {}", text, event.body);
    if let CommandContent::Malformed(malformed) = &event.content {
        prop_assert!(!malformed.path.is_empty() && !malformed.reason.is_empty());
        prop_assert!(malformed.reason.len() < 20_000, "{} bytes of reason", malformed.reason.len());
        if matches!(wire_json::read(text), Ok(Value::Object(_))) {
            prop_assert_ne!(&malformed.path, "body", "{}", malformed.reason);
        }
    }
    Ok(event.content)
}

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
            prop::collection::btree_map(word(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same value as text with every object's keys backwards.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let field = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), backwards(value))
            };
            format!("{{ {} }}", map.iter().rev().map(field).collect::<Vec<_>>().join(" , "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(",\n"))
        }
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
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn every_command_round_trips_in_every_spelling_and_envelope(
        command in commands::command(),
        spelling in any::<u64>(),
        envelope in 0_u8..5,
    ) {
        let body = body(&command, Spelling(spelling), envelope);
        for text in [body.to_string(), backwards(&body)] {
            match read(&text)? {
                CommandContent::Parsed(envelope) => prop_assert_eq!(&envelope.command, &command, "{}", body),
                CommandContent::Malformed(malformed) => prop_assert!(false, "{}: {} in {}", malformed.path, malformed.reason, body),
            }
        }
    }

    #[test]
    fn a_command_with_a_field_that_nobody_knows_is_refused_there(
        command in commands::command(),
        spelling in any::<u64>(),
        name in "q[xyz]{13}",
        anything in value(),
    ) {
        let mut body = body(&command, Spelling(spelling), 0);
        body["parameters"][&name] = anything;
        match read(&body.to_string())? {
            // The one command that nothing inside stops.
            CommandContent::Parsed(envelope) => prop_assert_eq!(envelope.command, command),
            CommandContent::Malformed(malformed) => prop_assert_eq!(malformed.path, format!("parameters.{name}")),
        }
    }

    #[test]
    fn anything_in_the_place_of_anything_is_read_or_refused(
        command in commands::command(),
        spelling in any::<u64>(),
        envelope in 0_u8..5,
        place in any::<usize>(),
        text in hostile(),
    ) {
        read(&with_written(body(&command, Spelling(spelling), envelope), place, &text))?;
    }

    #[test]
    fn a_body_that_is_cut_or_has_a_byte_changed_is_read_or_refused(
        command in commands::command(),
        spelling in any::<u64>(),
        envelope in 0_u8..5,
        at in any::<prop::sample::Index>(),
        letter in any::<char>(),
    ) {
        let letters: Vec<char> = body(&command, Spelling(spelling), envelope).to_string().chars().collect();
        let at = at.index(letters.len());
        let cut: String = letters[..at].iter().collect();
        prop_assert!(matches!(read(&cut)?, CommandContent::Malformed(_)), "half a body was obeyed: {}", cut);
        let mut changed = letters;
        changed[at] = letter;
        read(&changed.into_iter().collect::<String>())?;
    }

    /// Which of the two was meant, nobody knows.
    #[test]
    fn a_field_that_stands_twice_is_refused(
        command in commands::command(),
        spelling in any::<u64>(),
        envelope in 0_u8..5,
        at in any::<prop::sample::Index>(),
    ) {
        let body = body(&command, Spelling(spelling), envelope);
        let map = body.as_object().unwrap();
        let (key, value) = map.iter().nth(at.index(map.len())).unwrap();
        let text = body.to_string();
        let twice = format!("{},{}:{value}}}", &text[..text.len() - 1], json!(key));
        match read(&twice)? {
            CommandContent::Malformed(malformed) => prop_assert!(malformed.reason.contains("stands twice"), "{}", malformed.reason),
            CommandContent::Parsed(_) => prop_assert!(false, "{}", twice),
        }
    }

    #[test]
    fn any_text_becomes_an_event(body in any::<String>()) {
        read(&body)?;
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
    fn a_field_that_nobody_knows_is_never_ignored(at in 0..CLOSED.len(), name in "q[xyz]{13}") {
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
            let is_known = |name: &str| !matches!(book.get(name), Err(SymbolInfoError::Unknown { .. }));
            prop_assert!(book.names().all(is_known));
        }
    }
}
