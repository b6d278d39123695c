//! Every command about trades, the account and questions, in every spelling, well-formed and not.

use tickdeck::executor::command::{CommandContent, CommandSource};
use tickdeck::wire::command::parse;

/// What is made of a body: the command as JSON, or the refusal.
fn told(body: &str) -> String {
    match parse(CommandSource::Stream, body).content {
        CommandContent::Parsed(envelope) => serde_json::to_string(&envelope.command).unwrap(),
        CommandContent::Malformed(malformed) => {
            format!("{:?} {}: {}", malformed.kind, malformed.path, malformed.reason)
        }
    }
}

/// A command with parameters must come to `expect` in the envelopes A, B, C and D alike.
fn check(name: &str, parameters: &str, expect: &str) {
    for body in [
        format!(r#"{{"id": "x", "command": "{name}", "parameters": {parameters}}}"#),
        format!(
            r#"{{"id": "x", "command": "{name}", "type": "{name}", "priority": "HIGH", "executorId": "e", "parameters": {parameters},
                "payload": {parameters}, "metadata": {{"a": 1}}, "createdAt": "2025-09-22T10:00:00Z", "timestamp": 1758535200,
                "expiresAt": "2025-09-22T11:00:00Z"}}"#
        ),
        format!(
            r#"{{"id": "x", "type": "{name}", "priority": "LOW", "executorId": "e", "payload": {parameters}, "timestamp": 1758535200000}}"#
        ),
        format!(
            r#"{{"id": "x", "command": "{name}", "parameters": {parameters}, "priority": "URGENT", "createdAt": 1758535200.5}}"#
        ),
    ] {
        // B and C name the field of the payload.
        assert_eq!(told(&body).replace("payload", "parameters"), expect, "{body}");
    }
}

fn refused(name: &str, parameters: &str, expect: &str) {
    check(name, parameters, &format!("Malformed parameters{expect}"));
}

/// The object of envelope E must come to `expect`.
fn signal(object: &str, expect: &str) {
    let body = format!(
        r#"{{"id": "e", "strategyId": "s", "executorId": "x", "type": "TRADE_SIGNAL", "priority": "HIGH", "command": {object},
            "timestamp": 1758535200000, "expiry": 1758535260000, "retryCount": 0, "maxRetries": 3}}"#
    );
    assert_eq!(told(&body), expect, "{body}");
}

#[test]
fn a_position_is_opened_in_every_spelling() {
    let expect = r#"{"open":{"symbol":"EURUSD","side":"buy","volume":"0.1","sl":"1.17","tp":"1.18","deviation":20}}"#;
    for parameters in [
        r#"{"symbol": "EURUSD", "type": "BUY", "volume": 0.10, "stopLoss": 1.17, "takeProfit": 1.18, "deviation": 20}"#,
        r#"{"symbol": "EURUSD", "side": "buy", "lots": "0.1", "sl": "1.1700", "tp": "1.18", "slippage": 20.0}"#,
        r#"{"symbol": "EURUSD", "type": "Buy", "side": "BUY", "lotSize": 1e-1, "lots": 0.1, "stopLoss": 1.17, "sl": 1.17,
            "takeProfit": 1.18, "deviation": 20, "magicNumber": 7, "comment": "mine"}"#,
    ] {
        check("OPEN_POSITION", parameters, expect);
    }
    check(
        "OPEN_POSITION",
        r#"{"symbol": "EURUSD", "type": "SELL", "volume": 1, "stopLoss": 0, "tp": null, "magicNumber": null, "comment": "", "strategyId": ""}"#,
        r#"{"open":{"symbol":"EURUSD","side":"sell","volume":"1","sl":null,"tp":null,"deviation":null}}"#,
    );
}

#[test]
fn what_opens_no_position_is_refused_by_its_field() {
    for (parameters, expect) in [
        ("{}", ".symbol: is required"),
        (r#"{"symbol": "E"}"#, ".type: is required"),
        (r#"{"symbol": "E", "type": "BUY"}"#, ".volume: is required"),
        (
            r#"{"symbol": "E", "type": "LONG", "volume": 1}"#,
            ".type: `LONG` is no side: expected BUY or SELL",
        ),
        (
            r#"{"symbol": "E", "type": "BUYY", "volume": 1}"#,
            ".type: `BUYY` is no side: did you mean `BUY`?",
        ),
        (
            r#"{"symbol": "E", "type": "BUY_LIMIT", "volume": 1}"#,
            ".type: `BUY_LIMIT` is no side: a pending order is placed by PLACE_ORDER",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "side": "SELL", "volume": 1}"#,
            ".side: says otherwise than `type`, which means the same: give one of them",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 0}"#,
            ".volume: must be above 0, not 0; leave it out for none",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "lots": -1}"#,
            ".lots: must be above 0, not -1; leave it out for none",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 0.123456789}"#,
            ".volume: `0.123456789`: more than 8 digits after the point",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "lots": 2}"#,
            ".lots: says otherwise than `volume`, which means the same: give one of them",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "sl": -1.17}"#,
            ".sl: must be a price above 0, or 0 for none, not -1.17",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "sl": "none"}"#,
            ".sl: `none`: not a decimal number",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "sl": "1e-2147483648"}"#,
            ".sl: `1e-2147483648`: more than 9 digits after the point",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "tp": {"pips": 5}}"#,
            ".tp: must be a number, not an object",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "deviation": 1.5}"#,
            ".deviation: must be a whole number from 0 to 4294967295, not 1.5",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "slippage": 2000000}"#,
            ".slippage: must be from 0 to 1000000 points, not 2000000",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "magicNumber": -1}"#,
            ".magicNumber: must be a whole number from 0, not -1",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "comment": 5}"#,
            ".comment: must be text, not a number",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "stoploss": 1}"#,
            ".stoploss: unknown field: did you mean `stopLoss`?",
        ),
        (
            r#"{"symbol": "E", "type": "BUY", "volume": 1, "strategyId": "s"}"#,
            ".strategyId: OPEN_POSITION takes no `strategyId`: the trade of a command belongs to the command, not to a strategy",
        ),
    ] {
        refused("OPEN_POSITION", parameters, expect);
    }
}

#[test]
fn an_order_is_placed_in_every_kind_and_life() {
    for (word, kind, side) in [
        ("BUY_LIMIT", "limit", "buy"),
        ("sell_limit", "limit", "sell"),
        ("BUY_STOP", "stop", "buy"),
        ("SELL_STOP", "stop", "sell"),
    ] {
        check(
            "PLACE_ORDER",
            &format!(
                r#"{{"symbol": "E", "type": "{word}", "volume": 0.5, "price": 1.1, "sl": 1.0, "takeProfit": "1.2", "comment": "c"}}"#
            ),
            &format!(
                r#"{{"place":{{"symbol":"E","kind":"{kind}","side":"{side}","volume":"0.5","price":"1.1","stop_limit":null,"sl":"1","tp":"1.2","expiration":"gtc"}}}}"#
            ),
        );
    }
    for (word, spelled, side) in
        [("BUY_STOP_LIMIT", "stopLimit", "buy"), ("SELL_STOP_LIMIT", "stopLimitPrice", "sell")]
    {
        check(
            "PLACE_ORDER",
            &format!(
                r#"{{"symbol": "E", "type": "{word}", "lots": 1, "price": 1.1, "{spelled}": 1.09}}"#
            ),
            &format!(
                r#"{{"place":{{"symbol":"E","kind":"stop_limit","side":"{side}","volume":"1","price":"1.1","stop_limit":"1.09","sl":null,"tp":null,"expiration":"gtc"}}}}"#
            ),
        );
    }
    for (said, expect) in [
        (r#""expiration": "GTC""#, r#""gtc""#),
        (r#""expiration": 0"#, r#""gtc""#),
        (r#""expiration": null"#, r#""gtc""#),
        (r#""expiration": "day""#, r#""day""#),
        (r#""expiration": "2025-09-22T10:00:00Z""#, r#"{"until":"2025-09-22T10:00:00Z"}"#),
        (r#""expiration": 1758535200"#, r#"{"until":"2025-09-22T10:00:00Z"}"#),
        (r#""expiration": 1758535200250"#, r#"{"until":"2025-09-22T10:00:00.25Z"}"#),
        (r#""expirationMs": 3600000"#, r#"{"for_msc":3600000}"#),
    ] {
        check(
            "MODIFY_ORDER",
            &format!(r#"{{"ticket": 5, "price": 1.1, {said}}}"#),
            &format!(
                r#"{{"modify_order":{{"order":5,"price":"1.1","stop_limit":null,"sl":"keep","tp":"keep","expiration":{}}}}}"#,
                if said.ends_with("null") { "null" } else { expect }
            ),
        );
        check(
            "PLACE_ORDER",
            &format!(r#"{{"symbol": "E", "type": "BUY_STOP", "volume": 1, "price": 1.1, {said}}}"#),
            &format!(
                r#"{{"place":{{"symbol":"E","kind":"stop","side":"buy","volume":"1","price":"1.1","stop_limit":null,"sl":null,"tp":null,"expiration":{expect}}}}}"#
            ),
        );
    }
}

#[test]
fn what_places_no_order_is_refused_by_its_field() {
    let kinds = "BUY_LIMIT, SELL_LIMIT, BUY_STOP, SELL_STOP, BUY_STOP_LIMIT or SELL_STOP_LIMIT";
    let life = "neither GTC nor DAY nor a moment: ISO-8601 with a zone such as 2025-09-22T10:00:00Z, or seconds or milliseconds since 1970";
    for (changed, expect) in [
        (r#""type": null"#, ".type: is required".to_owned()),
        (
            r#""type": "BUY""#,
            format!(
                ".type: `BUY` is no pending order: at the market a position is opened by OPEN_POSITION; here it is {kinds}"
            ),
        ),
        (
            r#""type": "BUY_LIMT""#,
            ".type: `BUY_LIMT` is no pending order: did you mean `BUY_LIMIT`?".to_owned(),
        ),
        (r#""type": "zzz""#, format!(".type: `zzz` is no pending order: expected {kinds}")),
        (r#""type": "BUY_STOP_LIMIT""#, ".stopLimit: is required".to_owned()),
        (
            r#""type": "BUY_STOP", "stopLimit": 1.2"#,
            ".stopLimit: belongs to BUY_STOP_LIMIT and SELL_STOP_LIMIT alone: leave it out"
                .to_owned(),
        ),
        (
            r#""type": "BUY_STOP", "expiration": "tomorrow""#,
            format!(".expiration: \"tomorrow\" is {life}"),
        ),
        (
            r#""type": "BUY_STOP", "expiration": "2025-09-22T10:00:00""#,
            format!(".expiration: \"2025-09-22T10:00:00\" is {life}"),
        ),
        (r#""type": "BUY_STOP", "expiration": -1"#, format!(".expiration: -1 is {life}")),
        (r#""type": "BUY_STOP", "expiration": true"#, format!(".expiration: true is {life}")),
        (
            r#""type": "BUY_STOP", "expirationMs": 0"#,
            ".expirationMs: must be a whole number from 1 to 4294967295, not 0".to_owned(),
        ),
        (
            r#""type": "BUY_STOP", "expiration": "DAY", "expirationMs": 5"#,
            ".expirationMs: excludes `expiration`: give one of them".to_owned(),
        ),
        (
            r#""type": "BUY_STOP", "deviation": 5"#,
            ".deviation: unknown field: did you mean `expiration`?".to_owned(),
        ),
    ] {
        refused(
            "PLACE_ORDER",
            &format!(r#"{{"symbol": "E", "volume": 1, "price": 1.1, {changed}}}"#),
            &expect,
        );
    }
    refused(
        "PLACE_ORDER",
        r#"{"symbol": "E", "type": "BUY_STOP", "volume": 1}"#,
        ".price: is required",
    );
    refused(
        "PLACE_ORDER",
        r#"{"symbol": "E", "type": "BUY_STOP", "volume": 1, "price": 0}"#,
        ".price: must be above 0, not 0; leave it out for none",
    );
    for (parameters, expect) in [
        ("{}", ".ticket: is required"),
        (
            r#"{"ticket": 1}"#,
            ".price: nothing is to be changed: give price, stopLimit, stopLoss, takeProfit or expiration",
        ),
        (
            r#"{"order": 1, "volume": 2}"#,
            ".volume: MODIFY_ORDER takes no `volume`: MT5 changes no order's volume: cancel it and place another",
        ),
    ] {
        refused("MODIFY_ORDER", parameters, expect);
    }
}

#[test]
fn tickets_are_numbers_or_text_up_to_64_bits() {
    for (written, expect) in [
        ("1", "1"),
        ("5000000000.0", "5000000000"),
        ("\"00012\"", "12"),
        ("18446744073709551615", "18446744073709551615"),
        ("\"18446744073709551615\"", "18446744073709551615"),
    ] {
        check(
            "CANCEL_ORDER",
            &format!(r#"{{"ticket": {written}}}"#),
            &format!(r#"{{"cancel_order":{{"order":{expect}}}}}"#),
        );
        check(
            "CANCEL_ORDER",
            &format!(r#"{{"order": {written}}}"#),
            &format!(r#"{{"cancel_order":{{"order":{expect}}}}}"#),
        );
    }
    for (written, shown) in [
        ("0", "0"),
        ("-1", "-1"),
        ("1.5", "1.5"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("9007199254740992.0", "9007199254740992.0"),
        ("\"18446744073709551616\"", "\"18446744073709551616\""),
        ("\"+5\"", "\"+5\""),
        ("\" 5\"", "\" 5\""),
        ("\"\"", "\"\""),
        ("[5]", "a list"),
        ("true", "true"),
    ] {
        let expect = format!(
            ".ticket: must be a ticket: a whole number above 0, as a number or as text, not {shown}"
        );
        refused("CANCEL_ORDER", &format!(r#"{{"ticket": {written}}}"#), &expect);
    }
    refused("CANCEL_ORDER", "{}", ".ticket: is required");
    refused(
        "CANCEL_ORDER",
        r#"{"ticket": 1, "order": "2"}"#,
        ".order: says otherwise than `ticket`, which means the same: give one of them",
    );
}

#[test]
fn a_position_is_closed_in_whole_in_part_or_by_another() {
    for (parameters, expect) in [
        (r#"{"ticket": 7}"#, r#"{"close":{"position":7,"volume":null,"by":null}}"#),
        (
            r#"{"position": "7", "lots": 0.10, "comment": "half"}"#,
            r#"{"close":{"position":7,"volume":"0.1","by":null}}"#,
        ),
        (
            r#"{"ticket": 7, "position": 7, "byTicket": "8"}"#,
            r#"{"close":{"position":7,"volume":null,"by":8}}"#,
        ),
    ] {
        check("CLOSE_POSITION", parameters, expect);
    }
    for (parameters, expect) in [
        ("{}", ".ticket: is required"),
        (
            r#"{"ticket": 7, "volume": 0}"#,
            ".volume: must be above 0, not 0; leave it out to close all of it",
        ),
        (
            r#"{"ticket": 7, "byTicket": 7}"#,
            ".byTicket: a position is not closed by itself: name an opposite one",
        ),
        (
            r#"{"ticket": 7, "byTicket": 8, "volume": 1}"#,
            ".byTicket: excludes a volume: the smaller of both positions decides how much is closed",
        ),
        (
            r#"{"ticket": 7, "symbol": "E"}"#,
            ".symbol: unknown field: expected ticket, position, volume, lots, lotSize, byTicket, magicNumber or comment",
        ),
    ] {
        refused("CLOSE_POSITION", parameters, expect);
    }
}

#[test]
fn stops_are_kept_removed_or_set() {
    let check = |said: &str, sl: &str, tp: &str| {
        let parameters = format!(r#"{{"ticket": 7{said}}}"#);
        check(
            "MODIFY_POSITION",
            &parameters,
            &format!(r#"{{"modify_position":{{"position":7,"sl":{sl},"tp":{tp}}}}}"#),
        );
    };
    let set = r#"{"set":"1.17"}"#;
    check(r#", "stopLoss": 1.17"#, set, r#""keep""#);
    check(r#", "tp": "1.170""#, r#""keep""#, set);
    check(r#", "sl": null, "takeProfit": 0"#, r#""remove""#, r#""remove""#);
    check(r#", "stopLoss": null, "sl": "0.0""#, r#""remove""#, r#""keep""#);
    for (parameters, expect) in [
        (
            r#"{"ticket": 7}"#,
            ".stopLoss: nothing is to be changed: give stopLoss or takeProfit as a price, or as 0 to remove it",
        ),
        (
            r#"{"ticket": 7, "stopLoss": null, "sl": 1.17}"#,
            ".sl: says otherwise than `stopLoss`, which means the same: give one of them",
        ),
        (r#"{"ticket": 7, "stopLoss": false}"#, ".stopLoss: must be a number, not true or false"),
        (r#"{"ticket": 7, "stopLoss": ""}"#, ".stopLoss: ``: not a decimal number"),
        (r#"{"stopLoss": 1}"#, ".ticket: is required"),
    ] {
        refused("MODIFY_POSITION", parameters, expect);
    }
}

#[test]
fn many_positions_are_closed_by_what_they_have_in_common() {
    for (name, parameters, expect) in [
        ("CLOSE_ALL_POSITIONS", "{}", r#"{"close_many":"all"}"#),
        ("CLOSE_PROFITABLE", "{}", r#"{"close_many":{"profitable":{"min_profit":"0"}}}"#),
        (
            "CLOSE_PROFITABLE",
            r#"{"minProfit": 12.50}"#,
            r#"{"close_many":{"profitable":{"min_profit":"12.5"}}}"#,
        ),
        ("CLOSE_LOSING", "{}", r#"{"close_many":"losing"}"#),
        (
            "CLOSE_BY_STRATEGY",
            r#"{"strategyId": 5, "strategyName": "n"}"#,
            r#"{"close_many":{"strategy":"5"}}"#,
        ),
        ("CLOSE_BY_SYMBOL", r#"{"symbol": "EURUSD"}"#, r#"{"close_many":{"symbol":"EURUSD"}}"#),
    ] {
        check(name, parameters, expect);
    }
    for (name, parameters, expect) in [
        (
            "CLOSE_ALL_POSITIONS",
            r#"{"symbol": "E"}"#,
            ".symbol: CLOSE_ALL_POSITIONS takes no `symbol`: one symbol's positions are closed by CLOSE_BY_SYMBOL",
        ),
        (
            "CLOSE_PROFITABLE",
            r#"{"minProfit": -1}"#,
            ".minProfit: must be 0 or above, not -1; losing positions are closed by CLOSE_LOSING",
        ),
        (
            "CLOSE_LOSING",
            r#"{"strategyId": "s"}"#,
            ".strategyId: CLOSE_LOSING takes no `strategyId`: it is about the whole account",
        ),
        ("CLOSE_LOSING", r#"{"maxLoss": 5}"#, ".maxLoss: unknown field: nothing is expected here"),
        ("CLOSE_BY_STRATEGY", "{}", ".strategyId: is required"),
        ("CLOSE_BY_SYMBOL", "{}", ".symbol: is required"),
    ] {
        refused(name, parameters, expect);
    }
    // The envelope's strategy is meant where a command is about one, and not where it is about all.
    assert_eq!(
        told(r#"{"id": "x", "type": "CLOSE_BY_STRATEGY", "strategyId": "s", "payload": {}}"#),
        r#"{"close_many":{"strategy":"s"}}"#
    );
    assert_eq!(
        told(r#"{"id": "x", "type": "CLOSE_LOSING", "strategyId": "s"}"#),
        r#"{"close_many":"losing"}"#
    );
}

#[test]
fn the_account_is_paused_resumed_stopped_and_capped() {
    for (name, parameters, expect) in [
        ("STOP_ALL", "{}", r#"{"stop_all":{"positions":"close"}}"#),
        ("STOP_ALL", r#"{"closePositions": false}"#, r#"{"stop_all":{"positions":"keep"}}"#),
        ("PAUSE", "{}", r#""pause_all""#),
        ("RESUME", "{}", r#""resume_all""#),
        (
            "RISK_UPDATE",
            r#"{"maxOpenTrades": 3}"#,
            r#"{"risk_update":{"strategy":null,"max_open_trades":3}}"#,
        ),
        (
            "RISK_UPDATE",
            r#"{"maxPositions": 2.0, "strategyId": "s", "maxDailyLoss": null}"#,
            r#"{"risk_update":{"strategy":"s","max_open_trades":2}}"#,
        ),
    ] {
        check(name, parameters, expect);
    }
    for (name, parameters, expect) in [
        (
            "PAUSE",
            r#"{"strategyId": "s"}"#,
            ".strategyId: PAUSE takes no `strategyId`: one strategy is paused by PAUSE_STRATEGY",
        ),
        (
            "RESUME",
            r#"{"strategyId": "s"}"#,
            ".strategyId: RESUME takes no `strategyId`: one strategy is resumed by RESUME_STRATEGY",
        ),
        (
            "STOP_ALL",
            r#"{"strategyId": "s"}"#,
            ".strategyId: STOP_ALL takes no `strategyId`: one strategy is stopped by STOP_STRATEGY",
        ),
        (
            "STOP_ALL",
            r#"{"closePositions": 1}"#,
            ".closePositions: must be true or false, not a number",
        ),
        ("RISK_UPDATE", "{}", ".maxOpenTrades: is required"),
        (
            "RISK_UPDATE",
            r#"{"maxOpenTrades": 0}"#,
            ".maxOpenTrades: must be a whole number from 1 to 4294967295, not 0",
        ),
        (
            "RISK_UPDATE",
            r#"{"maxOpenTrades": 1, "maxPositions": 2}"#,
            ".maxPositions: says otherwise than `maxOpenTrades`, which means the same: give one of them",
        ),
    ] {
        refused(name, parameters, expect);
    }
    for limit in ["maxRisk", "riskRewardRatio", "mode"] {
        check(
            "RISK_UPDATE",
            &format!(r#"{{"maxOpenTrades": 1, "{limit}": 5}}"#),
            &format!(
                "Unsupported parameters.{limit}: `{limit}` is known, not carried out by this version"
            ),
        );
    }
}

#[test]
fn an_emergency_stop_is_never_refused_for_what_is_in_it() {
    let long = "x".repeat(300);
    for (parameters, reason) in [
        ("{}", ""),
        (r#"{"reason": "news"}"#, "news"),
        (r#"{"reason": "two\nlines"}"#, "two lines"),
        (r#"{"reason": 5, "initiatedBy": "desk", "strategyId": "s"}"#, "5"),
        (&format!(r#"{{"reason": "{long}"}}"#), &long[..256]),
    ] {
        check(
            "EMERGENCY_STOP",
            parameters,
            &format!(r#"{{"emergency_stop":{{"reason":"{reason}"}}}}"#),
        );
    }
    assert_eq!(
        told(
            r#"{"id": "e", "strategyId": "s", "type": "EMERGENCY_STOP", "command": {"action": "CLOSE_ALL", "symbol": "E", "comment": "now"}}"#
        ),
        r#"{"emergency_stop":{"reason":"now"}}"#
    );
}

#[test]
fn questions_are_read() {
    for (name, parameters, expect) in [
        ("GET_POSITIONS", "{}", r#""get_positions""#),
        ("GET_ACCOUNT_INFO", "{}", r#""get_account""#),
        ("GET_SYMBOL_INFO", r#"{"symbol": "EURUSD"}"#, r#"{"get_symbol":{"symbol":"EURUSD"}}"#),
        (
            "GET_ORDER_STATUS",
            r#"{"clientOrderId": "td12"}"#,
            r#"{"get_order_status":{"client_order_id":"td12"}}"#,
        ),
        ("GET_EXECUTION_SUMMARY", "{}", r#""get_execution_summary""#),
        ("GET_STATUS", "{}", r#""get_status""#),
        ("STATUS_REQUEST", "{}", r#""get_status""#),
        ("PING", "{}", r#""ping""#),
    ] {
        check(name, parameters, expect);
    }
    refused("GET_SYMBOL_INFO", "{}", ".symbol: is required");
    refused("GET_SYMBOL_INFO", r#"{"symbol": 5}"#, ".symbol: must be text, not a number");
    refused(
        "GET_ORDER_STATUS",
        r#"{"orderId": "5"}"#,
        ".orderId: unknown field: expected clientOrderId",
    );
    refused(
        "GET_POSITIONS",
        r#"{"symbol": "E"}"#,
        ".symbol: unknown field: nothing is expected here",
    );
}

#[test]
fn a_signal_is_one_of_four_commands() {
    signal(
        r#"{"action": "OPEN_POSITION", "symbol": "E", "type": "SELL", "volume": 0.2, "ticket": null, "stopLoss": 1.2, "takeProfit": 0,
            "magicNumber": 5, "comment": "c"}"#,
        r#"{"open":{"symbol":"E","side":"sell","volume":"0.2","sl":"1.2","tp":null,"deviation":null}}"#,
    );
    signal(
        r#"{"action": "CLOSE_POSITION", "symbol": "E", "type": "SELL", "volume": 0.1, "ticket": "9", "stopLoss": null, "takeProfit": 0,
            "magicNumber": 5, "comment": ""}"#,
        r#"{"close":{"position":9,"volume":"0.1","by":null}}"#,
    );
    // Null is what the action does not use: a stop is removed by 0 alone.
    signal(
        r#"{"action": "MODIFY_POSITION", "symbol": "E", "type": null, "volume": 0, "ticket": 9, "stopLoss": 1.19, "takeProfit": null,
            "magicNumber": 0, "comment": ""}"#,
        r#"{"modify_position":{"position":9,"sl":{"set":"1.19"},"tp":"keep"}}"#,
    );
    signal(
        r#"{"action": "MODIFY_POSITION", "ticket": 9, "stopLoss": 0}"#,
        r#"{"modify_position":{"position":9,"sl":"remove","tp":"keep"}}"#,
    );
    signal(
        r#"{"action": "CLOSE_ALL", "symbol": "", "type": null, "volume": 0, "ticket": 0, "stopLoss": 0, "takeProfit": 0}"#,
        r#"{"close_many":"all"}"#,
    );
    assert_eq!(
        told(
            r#"{"id": "e", "type": "RISK_UPDATE", "strategyId": "s", "command": {"maxOpenTrades": 2, "symbol": null, "volume": 0}}"#
        ),
        r#"{"risk_update":{"strategy":"s","max_open_trades":2}}"#
    );
    assert_eq!(
        told(
            r#"{"id": "e", "type": "STATUS_REQUEST", "strategyId": "s", "command": {"action": null}}"#
        ),
        r#""get_status""#
    );
}

#[test]
fn a_signal_that_says_two_things_is_refused() {
    for (object, expect) in [
        ("{}", ".action: is required"),
        (
            r#"{"action": "CLOSE"}"#,
            ".action: `CLOSE` is no action of a signal: did you mean `CLOSE_ALL`?",
        ),
        (r#"{"action": 5}"#, ".action: must be text, not a number"),
        (
            r#"{"action": "OPEN_POSITION", "symbol": "E", "type": "BUY", "volume": 1, "ticket": 5}"#,
            ".ticket: OPEN_POSITION takes no `ticket`: a position has none before it is opened",
        ),
        (r#"{"action": "CLOSE_POSITION", "symbol": "E"}"#, ".ticket: is required"),
        (
            r#"{"action": "CLOSE_POSITION", "ticket": 5, "type": "up"}"#,
            ".type: `up` is no side: expected BUY or SELL",
        ),
        (
            r#"{"action": "CLOSE_POSITION", "ticket": 5, "stopLoss": 1.1}"#,
            ".stopLoss: CLOSE_POSITION takes no `stopLoss`: stops are changed by MODIFY_POSITION",
        ),
        (
            r#"{"action": "MODIFY_POSITION", "ticket": 5, "stopLoss": null, "takeProfit": null}"#,
            ".stopLoss: nothing is to be changed: give stopLoss or takeProfit as a price, or as 0 to remove it",
        ),
        (
            r#"{"action": "MODIFY_POSITION", "ticket": 5, "sl": 1, "volume": 1}"#,
            ".volume: MODIFY_POSITION takes no `volume`: a part of a position is closed by CLOSE_POSITION with its ticket",
        ),
        (
            r#"{"action": "CLOSE_ALL", "symbol": "E"}"#,
            ".symbol: CLOSE_ALL takes no `symbol`: it closes everything; one symbol's positions are closed by CLOSE_BY_SYMBOL",
        ),
        (
            r#"{"action": "CLOSE_ALL", "tickets": 5}"#,
            ".tickets: unknown field: expected action, magicNumber or comment",
        ),
    ] {
        signal(object, &format!("Malformed command{expect}"));
    }
    assert_eq!(
        told(
            r#"{"id": "e", "type": "TRADE_SIGNAL", "command": {"action": "CLOSE_ALL"}, "payload": {"action": "OPEN_POSITION"}}"#
        ),
        "Malformed command: holds parameters, and so does `payload`: send one of them"
    );
    assert_eq!(
        told(r#"{"id": "e", "type": "RISK_UPDATE", "command": {"action": "CLOSE_ALL"}}"#),
        "Malformed command.action: RISK_UPDATE takes no `action`: a trade is asked for by TRADE_SIGNAL"
    );
}
