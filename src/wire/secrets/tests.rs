use super::*;
use proptest::prelude::*;
use serde_json::json;

/// What is left of a body.
fn left(body: &str) -> String {
    replaced_body(body, crate::wire::json::read(body).ok().as_ref()).into_owned()
}

fn check(body: &str, expect: &str) {
    assert_eq!(left(body), expect, "{body}");
    assert_eq!(left(expect), expect, "what is left stays: {body}");
}

#[test]
fn whatever_stands_under_a_secrets_name_is_replaced_whole() {
    check(r#"{"a":{"apiKey":"x"}}"#, r#"{"a":{"apiKey":"[replaced]"}}"#);
    check(
        r#"{"list":[{"Access_Token":["x",{"y":1}]}]}"#,
        r#"{"list":[{"Access_Token":"[replaced]"}]}"#,
    );
    check(r#"{"password":{"old":"x","new":2}}"#, r#"{"password":"[replaced]"}"#);
    check(r#"{"pin":1234}"#, r#"{"pin":"[replaced]"}"#);
    for kept in [
        r#"{"password":"","pin":null,"auth":false,"cookies":[]}"#,
        r#"{"keyword":"x","rules":{"monkey":1},"tokenCount":5}"#,
        r#"{"strategyId":"password"}"#,
        "not JSON at all",
    ] {
        check(kept, kept);
    }
}

#[test]
fn pairs_of_a_name_and_a_value_are_seen_through() {
    check(
        r#"{"name":"Authorization","value":"x"}"#,
        r#"{"name":"Authorization","value":"[replaced]"}"#,
    );
    check(r#"{"field":"X-Api-Key","is":{"a":1}}"#, r#"{"field":"X-Api-Key","is":"[replaced]"}"#);
    check(
        r#"{"key":"Cookie","note":1,"value":["x"]}"#,
        r#"{"key":"[replaced]","note":1,"value":"[replaced]"}"#,
    );
    check(
        r#"[["Authorization","x"],["Accept","y"]]"#,
        r#"[["Authorization","[replaced]"],["Accept","y"]]"#,
    );
    check(
        r#"{"raw":["Accept","y","Cookie","z"]}"#,
        r#"{"raw":["Accept","y","Cookie","[replaced]"]}"#,
    );
}

#[test]
fn values_are_known_by_their_shape() {
    for secret in [
        "https://user:pass@host/path",
        "postgres://u:p/ss@db:5432",
        "see https://abc@host, please",
        "Bearer xyz",
        "authorization: bearer   xyz",
        "Basic dXNlcjpwYXNz",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "x=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "password: hunter2",
        "https://host/?api_key=abc",
        "sid=abc; theme=dark",
        r#"{"auth":{"password":"x"}}"#,
        r#"say \"token\": \"x\""#,
        "-----BEGIN RSA PRIVATE KEY-----",
        "ghp_0123456789abcdefghij",
        "sk-proj-Ab12Cd34Ef56Gh78Ij90",
        "AKIAIOSFODNN7EXAMPL9",
        "basic dXNlcjpww6RzczE=",
        "Basic QTpi",
    ] {
        let body = json!({ "note": secret }).to_string();
        check(&body, r#"{"note":"[replaced]"}"#);
    }
    for kept in [
        "https://host:8080/path?a=1",
        "Basic strategy",
        "Basic EURUSD_M5",
        "Basic Donchian20",
        "sk-ema-cross-eurusd-m5-london",
        "sk-breakout-20250922T140000Z",
        "AKIA-trader-on-five-minutes",
        "a.b.c",
        "me@host",
        "buy: yes",
        "risk=1",
        "the bearer",
        "[replaced]",
    ] {
        let body = json!({ "note": kept }).to_string();
        check(&body, &body);
    }
}

#[test]
fn identities_that_are_replaced_stay_apart() {
    let of = |id: &str| left(&json!({ "id": id, "strategyId": id }).to_string());
    assert_ne!(of("Bearer a"), of("Bearer b"));
    check(r#"{"strategyId":"Bearer a"}"#, &left(r#"{"strategyId":"Bearer a"}"#));
    let keys = left(r#"{"token=a":1,"token=b":2}"#);
    assert_eq!(keys.matches("[replaced ").count(), 2, "{keys}");
}

/// Fields that commands have are read, so that none of them may look like a secret.
#[test]
fn what_commands_say_is_kept() {
    let body = json!({
        "id": "c", "type": "COMMAND", "command": "START_STRATEGY", "strategyId": "s", "executorId": "e", "priority": "HIGH",
        "timestamp": 1, "createdAt": "2025-09-22T10:00:00Z", "expiresAt": 2, "expiry": 3, "retryCount": 0, "metadata": { "source": "web" },
        "payload": {},
        "parameters": {
            "strategyId": "s", "strategyName": "Key levels, pin bars", "symbol": "EURUSD", "timeframe": "M1", "enabled": true,
            "rules": {
                "entry": { "type": "indicator_cross", "indicators": ["EMA_5", { "name": "sma", "period": 5, "price": "close" }],
                           "direction": "both", "confirmation": {}, "order": null },
                "exit": { "type": "none", "stopLoss": 3, "takeProfit": "5", "trailingStop": false, "trailingStopDistance": 1 },
                "risk": { "lotSize": 0.1, "maxOpenTrades": 1, "maxRisk": 1, "maxDailyLoss": 2, "riskRewardRatio": 3 },
                "filters": { "session": "london", "pinBar": true },
            },
            "settings": { "lots": 1, "volume": 1, "maxPositions": 2, "mode": "live" },
            "options": { "warmupBars": 5, "evaluate": "bar", "closeGraceMs": 1 },
            "closePositions": true, "magicNumber": 7, "ticket": "12",
        },
    });
    assert_eq!(replaced(&body), None);
}

#[test]
fn broken_json_that_may_hold_a_secret_is_replaced_whole() {
    for body in [
        r#"{"broken": "api_key=abc"#,
        r#"{"pass\u0077ord": "x""#,
        r#"{"pin": 1234"#,
        r#"{"a": {"password": 1, "password": 2}}"#,
        r#"{"name":"pin","value":"12"#,
        r#"{"note":"eyJhbGciOiJI"#,
        r#"{"note":"https://me:hun"#,
        "Authorization: Bearer x",
    ] {
        check(body, MARKER);
    }
    check(r#"{"command": "PING""#, r#"{"command": "PING""#);
}

/// Each of these would take very long if its length counted twice.
#[test]
fn long_texts_take_a_time_that_is_in_proportion() {
    for part in [
        "eyJ",
        "://a:b/",
        "a=",
        "token=",
        "`token: ",
        "\": ",
        "{\"",
        "[{",
        "a=\"\"\"\n",
        "Bearer ",
        "\\u00",
    ] {
        let text = part.repeat(40_000);
        let _ = left(&text);
        let _ = left(&json!({ "a": text }).to_string());
        let _ = (told::told(&text), told::told_json(&text), lines::hides_toml(&text, 0, ""));
    }
}

/// Names and paths in which a short word stands before a mark; what stands behind one looks random,
/// or is no part of a name.
#[test]
fn names_and_paths_are_judged_as_such() {
    let session = |text: &str| {
        let files = json!({ "name": "x", "ticks": { "files": { "EURUSD": text } } });
        let bars = json!({ "name": "x", "ticks": { "bars": { "files": { "EURUSD": text } } }, "strategy": [{ "id": "x" }] });
        let own = json!({ "name": text, "commands": "c", "specs": "s" });
        let started = json!({ "strategy": [{ "id": text, "name": text }] });
        [
            files,
            bars,
            own,
            started,
            json!({ "specs": text }),
            json!({ "commands": text }),
            json!({ "symbols": [text] }),
        ]
    };
    for honest in [
        "lake/key=EURUSD/t.parquet",
        "lake/key=US30/token=GER40/t.parquet",
        "Token: launch fade",
        "Bearer market",
        "London session: key=level",
        "sign=long, pin=bar",
        "auth: none",
    ] {
        for session in session(honest) {
            assert_eq!(find_in_session(&session), None, "{session}");
        }
        let start = json!({ "command": "START_STRATEGY", "id": honest, "parameters": { "strategyId": honest, "strategyName": honest } });
        check(&start.to_string(), &start.to_string());
        // Elsewhere it may be anything.
        if honest.contains('=') || honest.starts_with("Bearer") || honest.starts_with("Token") {
            assert!(
                find_in_session(&json!({ "options": { "note": honest } })).is_some(),
                "{honest}"
            );
        }
    }
    for secret in [
        "lake/key=s3cr3t/t.parquet",
        "token: s3cr3t",
        "key=0123456789abcdefghijkl",
        "password=EURUSD",
        "lake/password=x/t.parquet",
        "pwd=launch",
        "api_key=abc",
        "accessToken: abc",
        "https://host/?key=abc",
        "https://host/?a=1&token=abc",
        r#""token": "abc""#,
        "Bearer x",
        "Bearer s3cr3t",
        "https://u:p@host/key=EURUSD",
    ] {
        for session in session(secret) {
            assert!(find_in_session(&session).is_some(), "{session}");
        }
    }
}

/// Messages as they stand in errors and reports, and what is told of them.
#[test]
fn of_what_is_told_the_secret_alone_is_replaced() {
    for (message, expect) in [
        ("cannot read a/https://me:x@host/c.jsonl", "cannot read a/[replaced]"),
        ("nothing is known of `https://me:x@host`: give", "nothing is known of `[replaced]`: give"),
        ("nothing is known of `Bearer x`: give", "nothing is known of `Bearer [replaced]`: give"),
        (
            "unknown variant `token=x`, expected `a`",
            "unknown variant `token=[replaced]`, expected `a`",
        ),
        ("cannot read password: x1", "cannot read password: [replaced]"),
        ("unknown field `password: one two`, expected", "unknown field `[replaced]`, expected"),
        ("unknown field `password one`, expected", "unknown field `[replaced]`, expected"),
        (
            r#"invalid type: string "{\"pin\":\"1234\"}", expected"#,
            r#"invalid type: string "{\"pin\":\"[replaced]\"}", expected"#,
        ),
        (
            r#"unknown field `{"auth":{"a":["x"]}}`, expected"#,
            "unknown field `[replaced]`, expected",
        ),
        (r#"body {"token":"x","a":1}"#, r#"body {"token":"[replaced]","a":1}"#),
        ("a  eyJhbGciOiJI.eyJzdWIi.c2ln  b", "a  [replaced]  b"),
        ("key ghp_0123456789abcdefghij, twice", "key [replaced], twice"),
        ("pin=1234&a=1", "pin=[replaced]&a=1"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAB", "a\n-----BEGIN RSA [replaced]"),
    ] {
        assert_eq!(told::told(message), expect);
        assert_eq!(told::told(expect), expect, "what is left stays");
    }
}

#[test]
fn honest_messages_are_told_as_they_are() {
    for message in [
        "unknown field `password`, expected one of `format`, `name`",
        "s.toml: strategy[0].options.notify.botToken: looks like a secret: a session needs none, take it out",
        "parameters.token: unknown field: expected a or b",
        "parameters.max_tokens: 5 is above 4",
        "`Key levels, pin bars` on EURUSD M5",
        "strategy `Token launch fade`: rules.entry: is missing",
        "`Basic EURUSD_M5` is not RFC 3339 with a zone, such as \"2025-09-22T10:00:00Z\"",
        "`sk-ema-cross-eurusd-m5-london` stands twice",
        "data/key=EURUSD/year=2025/ticks.parquet",
        "cannot open data/key=US30/ticks.parquet",
        "cannot open `lake/token=GER40/pin=2/t.parquet`",
        "strategy `Token: launch fade`: rules.entry: is missing",
        "session      Bearer market",
        "`London session: key=level` on EURUSD M5",
        "ticks come at 12:30:00, session.toml counts 12",
        "key        a3d1b7d0231c54fe7fb51359203e2bba",
        "no step differs, but session.toml gives 6f1ed002ab5595859014ebf0951522d9 as actions_hash",
        "for the password, look elsewhere",
        "https://datafeed.dukascopy.com/datafeed/EURUSD/2024/00/02/10h_ticks.bi5: 404",
    ] {
        assert_eq!(told::told(message), message);
    }
}

#[test]
fn json_that_is_told_stays_json() {
    let json = r#"{"a":"Bearer x","b\"c":["say \"pin\": \"1234\"",1,"","\\"],"password":"x"}"#;
    let expect = r#"{"a":"Bearer [replaced]","b\"c":["say \"pin\": \"[replaced]\"",1,"","\\"],"password":"x"}"#;
    assert_eq!(told::told_json(json), expect);
    assert_eq!(told::told_json("{\"cut off"), "{\"cut off");
}

fn tree() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-z]{1,6}",
        prop::sample::select(vec![
            "password",
            "id",
            "strategyId",
            "name",
            "value",
            "apiKey",
            "Bearer x",
            "pin"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        prop::sample::select(vec![
            "Authorization",
            "Bearer x",
            "password",
            "{\"pin\":1}",
            "[replaced]"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_left_is_left(value in tree()) {
        let once = left(&value.to_string());
        prop_assert_eq!(&left(&once), &once);
        prop_assert_eq!(find(&serde_json::from_str(&once).unwrap()), None);
    }

    #[test]
    fn any_text_is_taken(text in any::<String>()) {
        let once = left(&text);
        prop_assert_eq!(&left(&once), &once);
        let (shown, json) = (told::told(&text).into_owned(), serde_json::to_string(&text).unwrap());
        prop_assert_eq!(serde_json::from_str::<String>(&told::told_json(&json)).unwrap(), shown);
        let at = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        let _ = (lines::hides_toml(&text, at, &text), lines::reason_of_json(&text, text.clone()));
    }
}
