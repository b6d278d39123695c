//! Every envelope of the platform, well-formed and not: what is made of it, in one line each.

use tickdeck::domain::time::Timestamp;
use tickdeck::executor::command::{Command, CommandContent, CommandSource};
use tickdeck::wire::command::{BODY_BYTES_MAX, parse};

const RULES: &str = r#"{"entry": {"type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "both"}}"#;

/// `body`, with RULES put in, must come to `expect`.
fn check(body: &str, expect: &str) {
    let body = body.replace("RULES", RULES);
    assert_eq!(told(&body), expect, "{body}");
}

fn told(body: &str) -> String {
    match parse(CommandSource::Stream, body).content {
        CommandContent::Malformed(malformed) => {
            let id = malformed.id.map_or_else(|| "-".to_owned(), |id| id.to_string());
            format!("{id} {:?} {}: {}", malformed.kind, malformed.path, malformed.reason)
        }
        CommandContent::Parsed(envelope) => {
            let moment = |moment: Option<Timestamp>| {
                moment.map_or_else(|| "-".to_owned(), |at| at.to_string())
            };
            let command = command(&envelope.command);
            format!(
                "{} {:?} {} {} {command}",
                envelope.id,
                envelope.priority,
                moment(envelope.created),
                moment(envelope.expires)
            )
        }
    }
}

fn command(command: &Command) -> String {
    match command {
        Command::Start(start) => format!(
            "start {} `{}` {} {} lots {:?} most {:?} warm-up {:?}",
            start.strategy,
            start.name,
            start.symbol,
            start.timeframe,
            start.settings.lots.map(|lots| lots.to_string()),
            start.settings.max_open_trades,
            start.options.warmup_bars
        ),
        Command::Stop { strategy, positions } => format!("stop {strategy} {positions:?}"),
        Command::Pause { strategy } => format!("pause {strategy}"),
        Command::Resume { strategy } => format!("resume {strategy}"),
        Command::Update(update) => {
            let lots = update.settings.lots.map(|lots| lots.to_string());
            format!("update {} rules {} lots {lots:?}", update.strategy, update.rules.is_some())
        }
        Command::Ping => "ping".to_owned(),
        Command::GetStatus => "status".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_envelope_is_read() {
    // A
    check(
        r#"{"id": "a1", "command": "START_STRATEGY", "parameters": {"strategyId": "s", "strategyName": "Cross", "symbol": "EURUSD",
            "timeframe": "5m", "rules": RULES, "settings": {"lotSize": 0.10, "maxPositions": 2},
            "options": {"warmupBars": 50, "evaluate": "bar"}, "enabled": true}}"#,
        r#"a1 Normal - - start s `Cross` EURUSD M5 lots Some("0.1") most Some(2) warm-up Some(50)"#,
    );
    check(
        r#"{"id": 7, "command": "STOP_STRATEGY", "parameters": {"strategyId": 12, "closePositions": false}, "priority": "urgent"}"#,
        "7 Urgent - - stop 12 Keep",
    );
    // B: `type` says what it is, else `command`; the payload goes before the parameters.
    check(
        r#"{"id": "b1", "command": "PING", "type": "PAUSE_STRATEGY", "priority": "HIGH", "executorId": "e",
            "parameters": {"strategyId": "old"}, "payload": {"strategyId": "s"}, "metadata": {"x": 1},
            "createdAt": "2025-09-22T09:00:00Z", "timestamp": "2025-09-22T12:00:00+02:00", "expiresAt": "2025-09-22T11:00:00Z"}"#,
        "b1 High 2025-09-22T10:00:00Z 2025-09-22T11:00:00Z pause s",
    );
    check(
        r#"{"id": "b2", "command": "RESUME_STRATEGY", "type": "COMMAND", "parameters": {"strategyId": "s"}, "payload": null,
            "createdAt": 1758535200}"#,
        "b2 Normal 2025-09-22T10:00:00Z - resume s",
    );
    // C: the strategy may stand outside.
    check(
        r#"{"id": "c1", "type": "STOP_STRATEGY", "priority": "LOW", "executorId": "e", "strategyId": "s", "payload": {},
            "timestamp": 1758535200250}"#,
        "c1 Low 2025-09-22T10:00:00.25Z - stop s Close",
    );
    check(
        r#"{"id": "c2", "type": "UPDATE_STRATEGY", "strategyId": "s",
            "payload": {"strategyId": "s", "rules": RULES, "settings": {"lots": "0.25"}}, "timestamp": 1758535200.5}"#,
        r#"c2 Normal 2025-09-22T10:00:00.5Z - update s rules true lots Some("0.25")"#,
    );
    // D
    check(
        r#"{"id": "d1", "command": "PING", "parameters": {}, "priority": "NORMAL", "createdAt": "2025-09-22T10:00:00.000Z"}"#,
        "d1 Normal 2025-09-22T10:00:00Z - ping",
    );
    check(r#"{"id": "d2", "command": "GET_STATUS"}"#, "d2 Normal - - status");
    // E
    check(
        r#"{"id": "e1", "strategyId": "s", "type": "STATUS_REQUEST", "priority": "HIGH", "command": {}, "timestamp": 1758535200000,
            "expiry": 1758535260000, "retryCount": 0, "maxRetries": 3}"#,
        "e1 High 2025-09-22T10:00:00Z 2025-09-22T10:01:00Z status",
    );
}

#[test]
fn what_is_known_and_not_carried_out_says_so() {
    for (more, expect) in [
        (r#""options": {"closeGraceMs": 500}"#, "parameters.options.closeGraceMs: `closeGraceMs`"),
        (
            r#""settings": {"requireConfirmation": true}"#,
            "parameters.settings.requireConfirmation: `requireConfirmation`",
        ),
    ] {
        check(
            &start(r#""symbol": "EURUSD","#, "M1", &format!(", {more}")),
            &format!("x Unsupported {expect} is known, not carried out by this version"),
        );
    }
}

#[test]
fn what_cannot_be_read_names_its_field() {
    for (body, expect) in [
        ("", "- Malformed body: is not JSON: EOF while parsing a value at line 1 column 0"),
        (
            "{\"id\": \"x\"",
            "- Malformed body: is not JSON: EOF while parsing an object at line 1 column 10",
        ),
        ("[1]", "- Malformed body: must be an object, not a list"),
        (
            r#"{"id": "x", "id": "y", "command": "PING"}"#,
            "- Malformed body: is not JSON: the field `id` stands twice at line 1 column 21",
        ),
        (r#"{"command": "PING"}"#, "- Malformed id: is required"),
        (
            r#"{"id": 1.5, "command": "PING"}"#,
            "- Malformed id: must be text or a whole number, not a number",
        ),
        (r#"{"id": "", "command": "PING"}"#, "- Malformed id: must not be empty"),
        (r#"{"id": "x"}"#, "x Malformed command: is required"),
        (
            r#"{"id": "x", "command": "START_STRATEGI"}"#,
            "x Malformed command: `START_STRATEGI` is no command: did you mean `START_STRATEGY`?",
        ),
        (
            r#"{"id": "x", "command": "ping"}"#,
            "x Malformed command: `ping` is no command: did you mean `PING`?",
        ),
        (
            r#"{"id": "x", "type": "zzz"}"#,
            "x Malformed type: `zzz` is no command: expected START_STRATEGY, STOP_STRATEGY, PAUSE_STRATEGY, RESUME_STRATEGY, \
             UPDATE_STRATEGY, GET_STATUS or PING",
        ),
        (
            r#"{"id": "x", "command": 5}"#,
            "x Malformed command: must be a command's name, not a number",
        ),
        (
            r#"{"id": "x", "command": {"action": "CLOSE_ALL"}}"#,
            "x Malformed type: must say what `command` is: TRADE_SIGNAL, RISK_UPDATE, EMERGENCY_STOP or STATUS_REQUEST",
        ),
        (
            r#"{"id": "x", "type": "STATUS_REQUEST", "command": {"action": "CLOSE_ALL"}}"#,
            "x Malformed command.action: STATUS_REQUEST takes no `action`: a trade is asked for by TRADE_SIGNAL",
        ),
        (
            r#"{"id": "x", "command": "PING", "parameters": []}"#,
            "x Malformed parameters: must be an object, not a list",
        ),
        (
            r#"{"id": "x", "command": "PING", "parameters": {"loud": true}}"#,
            "x Malformed parameters.loud: unknown field: nothing is expected here",
        ),
        (
            r#"{"id": "x", "command": "PING", "priority": "HIHG"}"#,
            "x Malformed priority: `HIHG` is no priority: did you mean `HIGH`?",
        ),
        (
            r#"{"id": "x", "command": "PING", "timestamp": "2025-09-22T10:00:00"}"#,
            "x Malformed timestamp: \"2025-09-22T10:00:00\" is not a moment: ISO-8601 with a zone such as 2025-09-22T10:00:00Z, \
             or seconds or milliseconds since 1970",
        ),
        (
            r#"{"id": "x", "command": "PING", "expiry": 60000}"#,
            "x Malformed expiry: 60000 is not a moment in milliseconds since 1970, such as 1758535200000",
        ),
        (
            r#"{"id": "x", "command": "STOP_STRATEGY", "parameters": {}}"#,
            "x Malformed parameters.strategyId: is required",
        ),
        (
            r#"{"id": "x", "type": "STOP_STRATEGY", "strategyId": "a", "payload": {"strategyId": "b"}}"#,
            "x Malformed payload.strategyId: `b` is not the envelope's `a`: which of them is meant?",
        ),
        (
            r#"{"id": "x", "command": "STOP_STRATEGY", "parameters": {"strategyId": "s", "closePositions": "no"}}"#,
            "x Malformed parameters.closePositions: must be true or false, not text",
        ),
        (
            r#"{"id": "x", "command": "STOP_STRATEGY", "parameters": {"strategyId": "s", "closePosition": false}}"#,
            "x Malformed parameters.closePosition: unknown field: did you mean `closePositions`?",
        ),
        (
            r#"{"id": "x", "command": "UPDATE_STRATEGY", "parameters": {"strategyId": "s"}}"#,
            "x Malformed parameters.rules: nothing is to be changed: give rules or settings",
        ),
    ] {
        check(body, expect);
    }
    let long = format!(r#"{{"id": "{}"}}"#, "x".repeat(BODY_BYTES_MAX));
    check(&long, "- Malformed body: is longer than 1048576 bytes");
    check(
        &"[".repeat(10_000),
        "- Malformed body: is not JSON: recursion limit exceeded at line 1 column 128",
    );
}

/// A START with a symbol field, a timeframe and further fields.
fn start(symbol: &str, timeframe: &str, more: &str) -> String {
    let parameters =
        format!(r#""strategyId": "s", {symbol} "timeframe": "{timeframe}", "rules": RULES {more}"#);
    format!(r#"{{"id": "x", "command": "START_STRATEGY", "parameters": {{{parameters}}}}}"#)
}

#[test]
fn a_start_is_refused_by_its_first_wrong_field() {
    let euro = r#""symbol": "EURUSD","#;
    for (body, expect) in [
        (start("", "M1", ""), "symbol: is required"),
        (start(r#""symbol": "","#, "M1", ""), "symbol: must not be empty"),
        (
            start(euro, "M7", ""),
            "timeframe: `M7` is no timeframe: one of M1, M2, M3, M5, M15, M30, H1, H4, D1, W1, MN1 (or 1m, 1h, 1d, 1w)",
        ),
        (
            start(euro, "M1", r#", "enabled": false"#),
            "enabled: a strategy that is not enabled is not started: send true, or leave it out",
        ),
        (
            start(euro, "M1", r#", "setting": {}"#),
            "setting: unknown field: did you mean `settings`?",
        ),
        (
            start(euro, "M1", r#", "settings": {"lotSize": 0}"#),
            "settings.lotSize: must be above 0, not 0; leave it out for none",
        ),
        (
            start(euro, "M1", r#", "settings": {"lotSize": "a lot"}"#),
            "settings.lotSize: `a lot`: not a decimal number",
        ),
        (
            start(euro, "M1", r#", "settings": {"lotSize": 0.000000001}"#),
            "settings.lotSize: `1e-9`: more than 8 digits after the point",
        ),
        (
            start(euro, "M1", r#", "settings": {"lots": 0.1, "volume": 0.2}"#),
            "settings.volume: says otherwise than `lots`, which means the same: give one of them",
        ),
        (
            start(euro, "M1", r#", "settings": {"maxOpenTrades": 1, "maxPositions": 3}"#),
            "settings.maxPositions: says otherwise than `maxOpenTrades`, which means the same: give one of them",
        ),
        (
            start(euro, "M1", r#", "settings": {"maxOpenTrades": 1.5}"#),
            "settings.maxOpenTrades: must be a whole number from 1 to 4294967295, not 1.5",
        ),
        (
            start(euro, "M1", r#", "options": {"evaluate": "bars"}"#),
            "options.evaluate: `bars` is no way to evaluate: did you mean `bar`?",
        ),
        (
            start(euro, "M1", r#", "options": {"warmUpBar": 1}"#),
            "options.warmUpBar: unknown field: did you mean `warmupBars`?",
        ),
    ] {
        check(&body, &format!("x Malformed parameters.{expect}"));
    }
    // The same figure in two spellings is no conflict.
    check(
        &start(
            euro,
            "M1",
            r#", "settings": {"lots": 0.1, "lotSize": "0.10", "maxOpenTrades": 2.0}"#,
        ),
        r#"x Normal - - start s `s` EURUSD M1 lots Some("0.1") most Some(2) warm-up None"#,
    );
}

#[test]
fn one_command_has_one_hash_in_every_envelope_and_at_each_delivery() {
    let hash = |body: &str| parse(CommandSource::Stream, body).body_hash;
    let pushed = hash(
        r#"{"id": "x", "command": "STOP_STRATEGY", "type": "STOP_STRATEGY", "priority": "HIGH", "executorId": "e",
            "parameters": {"strategyId": "s", "closePositions": true}, "payload": {"strategyId": "s", "closePositions": true},
            "timestamp": 1758535200, "retryCount": 0}"#,
    );
    let heartbeat = hash(
        r#"{"createdAt": "2025-09-22T10:00:00Z", "id": "x", "parameters": {"closePositions": true, "strategyId": "s"},
            "command": "STOP_STRATEGY"}"#,
    );
    let outside = hash(
        r#"{"id": "x", "type": "STOP_STRATEGY", "strategyId": "s", "payload": {"closePositions": true}, "retryCount": 2}"#,
    );
    assert_eq!((pushed, pushed), (heartbeat, outside));
    for other in [
        r#"{"id": "x", "command": "STOP_STRATEGY", "parameters": {"strategyId": "s", "closePositions": false}}"#,
        r#"{"id": "x", "command": "STOP_STRATEGY", "parameters": {"strategyId": "t", "closePositions": true}}"#,
        r#"{"id": "x", "command": "PAUSE_STRATEGY", "parameters": {"strategyId": "s", "closePositions": true}}"#,
    ] {
        assert_ne!(hash(other), pushed, "{other}");
    }
    // A strategy that the envelope names and that the command is not about belongs to the delivery.
    assert_eq!(
        hash(r#"{"id": "x", "type": "CLOSE_LOSING", "strategyId": "s", "payload": {}}"#),
        hash(r#"{"id": "x", "command": "CLOSE_LOSING", "parameters": {}}"#)
    );
    assert_ne!(
        hash(
            r#"{"id": "x", "type": "TRADE_SIGNAL", "command": {"action": "OPEN_POSITION", "volume": 1}}"#
        ),
        hash(
            r#"{"id": "x", "type": "TRADE_SIGNAL", "command": {"action": "OPEN_POSITION", "volume": 2}}"#
        )
    );
}

#[test]
fn commands_about_followers() {
    let copy = |name: &str, more: &str| {
        format!(
            r#"{{"id": "f", "command": "{name}", "parameters": {{"sourceStrategyId": "s"{more}}}}}"#
        )
    };
    check(&copy("COPY_REMOVE", ""), "f Normal - - stop copy_s Close");
    for (more, expect) in [
        (
            r#", "allocation": 0.35"#,
            "parameters.allocation: must be percent, from 1 to 100, not 0.35: 35 is 35 %",
        ),
        (
            r#", "allocation": 101"#,
            "parameters.allocation: must be percent, from 1 to 100, not 101: 35 is 35 %",
        ),
        (r#", "multiplier": 101"#, "parameters.multiplier: must be above 0, and no more than 100"),
    ] {
        check(&copy("COPY_ADD", more), &format!("f Malformed {expect}"));
    }
    let of_follower = copy("COPY_ADD", "").replace("\"s\"", "\"copy_s\"");
    check(
        &of_follower,
        "f Malformed parameters.sourceStrategyId: is a follower itself: follow what it follows",
    );
    check(&copy("COPY_UPDATE_ALLOCATION", ""), "f Malformed parameters.allocation: is required");
}
