//! The control API of a live session: its owner steers and looks, and nobody else does; whatever clients do, the session
//! goes on.

use crate::common::tickdeck_in;
use crate::market::{Market, SPEED, ended};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

fn run(market: &Market, args: &[&str]) -> (i32, String) {
    let ran = tickdeck_in(market.dir.path(), args);
    let text = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
    (ran.status.code().unwrap(), text)
}

/// The address and the token of a session that runs.
fn door(market: &Market) -> (String, String) {
    let read = |name: &str| fs::read_to_string(market.path(&format!("rec/.77.control/{name}")));
    market.until("the control API", |_| read("address").is_ok());
    (read("address").unwrap(), read("token").unwrap())
}

/// What comes back of these bytes: the status and everything.
fn answer(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // It may have answered before it has heard everything.
    let _ = stream.write_all(request.as_bytes());
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    (status, text)
}

/// A request with these headers beside those that it needs.
fn request(line: &str, host: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"
    )
}

#[test]
fn its_owner_looks_at_a_session_and_steers_it() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let (code, text) = run(&market, &["status"]);
    assert_eq!(code, 2);
    assert!(text.contains("no session of these settings runs"), "{text}");
    let child = market.live();
    market.until_answered("session-start-s");
    let (address, token) = door(&market);
    // Somebody listens to what happens.
    let mut listening = TcpStream::connect(&address).unwrap();
    listening.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let ask = format!("GET /api/events HTTP/1.1\r\nHost: {address}\r\n{bearer}\r\n");
    listening.write_all(ask.as_bytes()).unwrap();
    let mut heard = BufReader::new(listening).lines().map_while(Result::ok);
    assert!(heard.any(|line| line.contains("text/event-stream")));
    let parameters = json!({ "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3, "stopLoss": 1.0, "takeProfit": 1.2 });
    fs::write(market.path("open.json"), parameters.to_string()).unwrap();
    let (code, text) = run(&market, &["send", "OPEN_POSITION", "--file", "open.json", "--id", "o"]);
    assert_eq!((code, text.starts_with("executed")), (0, true), "{text}");
    // The result comes first; after some lines it would be missing.
    let mut lines = heard.by_ref().take(40);
    assert!(lines.any(|line| line.starts_with("data: ") && line.contains("\"id\":\"o\"")));
    assert!(lines.any(|line| line.starts_with("event: opened")));
    let (code, text) = run(&market, &["status"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("ready, entries allowed") && text.contains("strategy s running EURUSD M1"),
        "{text}"
    );
    assert!(
        text.contains("symbol EURUSD type BUY lots 0.3") && text.contains("stopLoss 1.0"),
        "{text}"
    );
    let (_, text) = run(&market, &["status", "--json"]);
    let view: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&view["ready"], &view["latched"]), (&json!(true), &json!(false)));
    // The same id again is not carried out again; what makes no sense has a result as well.
    let (code, _) = run(&market, &["send", "OPEN_POSITION", "--file", "open.json", "--id", "o"]);
    assert_eq!(code, 0);
    let volumes = market.book("position").into_iter().filter(|row| row["row"]["volume"] == 0.3);
    let tickets: std::collections::BTreeSet<u64> =
        volumes.map(|row| row["row"]["ticket"].as_u64().unwrap()).collect();
    assert_eq!(tickets.len(), 1);
    let (code, text) = run(&market, &["send", "DANCE"]);
    assert_eq!((code, text.starts_with("failed")), (1, true), "{text}");
    let (status, text) = answer(&address, &request("GET /metrics", &address, &bearer, ""));
    assert_eq!(status, 200);
    for line in [
        "tickdeck_ready 1\n",
        "tickdeck_results_total{status=\"executed\"} ",
        "tickdeck_answer_latency_seconds_count ",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(answer(&address, &request("GET /healthz", &address, "", "")).0, 200);
    let (code, text) =
        run(&market, &["send", "STOP_ALL", "--parameters", r#"{"closePositions":true}"#]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = run(&market, &["send", "CLOSE_ALL_POSITIONS"]);
    assert_eq!(code, 0, "{text}");
    assert!(market.open_positions().is_empty());
    ended(child);
    assert!(!market.path("rec/.77.control").exists());
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// Nothing below a folder holds a text.
fn is_nowhere(text: &str, folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            is_nowhere(text, &path);
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            let is_in = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!is_in, "{}", path.display());
        }
    }
}

#[test]
fn nobody_else_gets_in_and_no_client_stops_the_session() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    let (address, token) = door(&market);
    let mode = fs::metadata(market.path("rec/.77.control/token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let of = |line: &str, host: &str, more: &str, body: &str| {
        answer(&address, &request(line, host, more, body)).0
    };
    for line in ["GET /api/view", "GET /api/events", "GET /metrics", "POST /api/commands"] {
        assert_eq!(of(line, &address, "", ""), 401, "{line}");
        assert_eq!(of(line, &address, "Authorization: Bearer 00\r\n", ""), 401, "{line}");
        assert_eq!(of(line, "evil.example", &bearer, ""), 403, "{line}");
        let foreign = format!("{bearer}Origin: http://evil.example\r\n");
        assert_eq!(of(line, &address, &foreign, ""), 403, "{line}");
    }
    let post = "POST /api/commands";
    for nonsense in ["", "{", "[]", "{\"command\":\"PING\"}"] {
        assert_eq!(of(post, &address, &bearer, nonsense), 400, "{nonsense}");
    }
    assert_eq!(of(post, &address, &bearer, &"x".repeat(2 << 20)), 413);
    assert_eq!(of("GET /api/nothing", &address, &bearer, ""), 404);
    assert_eq!(of("DELETE /api/view", &address, &bearer, ""), 405);
    assert_eq!(answer(&address, "nonsense\r\n\r\n").0, 400);
    // Some say nothing, some do not say everything, one does not read what it asked for.
    let mut silent: Vec<TcpStream> =
        (0..40).map(|_| TcpStream::connect(&address).unwrap()).collect();
    for stream in &mut silent[..20] {
        let begun = format!(
            "POST /api/commands HTTP/1.1\r\nHost: {address}\r\n{bearer}Content-Length: 99\r\n\r\n{{"
        );
        stream.write_all(begun.as_bytes()).unwrap();
    }
    let ask = format!("GET /api/events HTTP/1.1\r\nHost: {address}\r\n{bearer}\r\n");
    silent[20].write_all(ask.as_bytes()).unwrap();
    for place in 0..3 {
        let id = format!("open-{place}");
        market.command(&json!({ "id": id, "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.01 } }));
        assert_eq!(market.until_answered(&id)["status"], "executed");
    }
    let (code, text) = run(&market, &["send", "CLOSE_ALL_POSITIONS"]);
    assert_eq!(code, 0, "{text}");
    // Those that did not say what they want in time are gone.
    silent[30].set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    let _ = silent[30].read_to_end(&mut rest);
    let late = silent[30].write_all(b"GET /healthz HTTP/1.1\r\n\r\n").and_then(|()| {
        std::thread::sleep(Duration::from_millis(50));
        silent[30].write_all(b"more")
    });
    assert!(late.is_err() || rest.starts_with(b"HTTP/1.1 408"), "{late:?}");
    ended(child);
    is_nowhere(&token, market.dir.path());
    market.no_order_was_sent_twice(3);
    market.replay_all();
}

#[test]
fn it_listens_on_this_machine_unless_it_may_elsewhere_and_not_at_all_where_it_may_not() {
    let market = Market::open(3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    for (part, told) in [
        ("[control]\nlisten = \"0.0.0.0:0\"\n", "is not on this machine alone"),
        ("[control]\nlisten = \"nonsense\"\n", "is no address and port"),
    ] {
        fs::write(market.path("live.toml"), format!("{settings}{part}")).unwrap();
        assert_eq!(market.live().wait_with_output().unwrap().status.code(), Some(2));
        assert!(market.log().contains(told), "{}", market.log());
    }
    fs::write(market.path("live.toml"), format!("{settings}[control]\nenabled = false\n")).unwrap();
    let child = market.live();
    market.until_answered("session-start-s");
    let (code, text) = run(&market, &["status"]);
    assert_eq!(code, 2, "{text}");
    ended(child);
}
