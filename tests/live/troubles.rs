//! What befalls a session that is left alone: its clock is set, its machine sleeps, its terminal is away while others
//! trade the account, its zone is not the server's. Judged from the broker's book, the log and the recordings.

use crate::market::{HEAD, Market, SPEED, STRATEGY, ended, gateways, signal};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// An hour of the market by the machine's clock.
#[cfg(target_os = "linux")]
const HOUR_MS: i64 = 3_600_000 / SPEED as i64;

/// The machine's clock is set an hour forward, and back again: entries and exits go on, and no day is lived twice.
#[test]
#[cfg(target_os = "linux")]
fn a_clock_that_is_set_by_an_hour_both_ways_stops_nothing() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let (layer, ahead) = (market.layer("tests/live/layers/clock.c"), market.path("ahead"));
    let set = |ahead_ms: i64| {
        let mut file = fs::File::options().create(true).truncate(false).write(true).open(&ahead);
        file.as_mut().unwrap().write_all(&ahead_ms.to_ne_bytes()).unwrap();
    };
    set(0);
    let mut command = market.live_command();
    let child = command.env("LD_PRELOAD", layer).env("CLOCK_AHEAD", &ahead).spawn().unwrap();
    let trades_on = |part: &str| {
        for place in 0..3 {
            let (open, close) = (format!("open-{part}-{place}"), format!("close-{part}-{place}"));
            let parameters = json!({ "symbol": "EURUSD", "type": "BUY", "lotSize": 0.01 });
            market.command(
                &json!({ "id": open, "command": "OPEN_POSITION", "parameters": parameters }),
            );
            assert_eq!(market.until_answered(&open)["status"], "executed", "{}", market.log());
            market.command(
                &json!({ "id": close, "command": "CLOSE_ALL_POSITIONS", "parameters": {} }),
            );
            assert_eq!(market.until_answered(&close)["status"], "executed", "{}", market.log());
        }
    };
    trades_on("before");
    set(HOUR_MS);
    trades_on("just-set");
    market.until("what is said of it", |market| market.log().contains("minutes behind"));
    trades_on("ahead");
    set(0);
    trades_on("set-back");
    market.until("what is said of it", |market| market.log().contains("is where the session's"));
    trades_on("after");
    let stop = json!({ "strategyId": "s", "closePositions": true });
    market.command(&json!({ "id": "c", "command": "STOP_STRATEGY", "parameters": stop }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    assert_eq!(market.open_positions(), BTreeSet::new());
    ended(child);
    market.no_order_was_sent_twice(10);
    market.replay_all();
}

/// The machine sleeps, again and again, with requests under way: answers that came meanwhile are taken before the
/// deadlines that have passed, and nothing is sent again.
#[test]
fn a_machine_that_sleeps_takes_what_came_meanwhile_before_its_deadlines() {
    const SLOW: &str = "[broker.answer_latency.uniform_ms]\nmin = 2000\nmax = 9000\n";
    let market = Market::open(24 * 3_600, SPEED, SLOW);
    let child = market.live();
    market.until_answered("session-start-s");
    let mut executed = 0;
    for nap in 0..8 {
        let id = format!("open-{nap}");
        let parameters = json!({ "symbol": "EURUSD", "type": "BUY", "lotSize": 0.01 });
        market.command(&json!({ "id": id, "command": "OPEN_POSITION", "parameters": parameters }));
        let orders = market.book("history_order").len();
        market.until("an order", |market| market.book("history_order").len() > orders);
        signal(&child, "-STOP");
        // More than ten minutes of the market: longer than any request is waited for.
        sleep(Duration::from_millis(1_600));
        signal(&child, "-CONT");
        // One that had not left when the machine fell asleep leaves no more.
        let answered = market.until_answered(&id);
        let is_late = answered["result"]["error"] == "NOT_DONE";
        assert!(answered["status"] == "executed" || is_late, "{answered}\n{}", market.log());
        executed += usize::from(!is_late);
    }
    assert!(executed > 4, "{executed}");
    market.command(
        &json!({ "id": "c", "command": "STOP_ALL", "parameters": { "closePositions": true } }),
    );
    market.command(&json!({ "id": "d", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c");
    market.until_answered("d");
    assert_eq!(market.open_positions(), BTreeSet::new());
    ended(child);
    market.no_order_was_sent_twice(8);
    market.replay_all();
}

/// Another program on the account, which speaks to the terminal by itself.
struct Stranger {
    voice: std::process::Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Stranger {
    fn at(market: &Market) -> Self {
        let mut voice = Command::new(env!("CARGO_BIN_EXE_tickdeck"))
            .args(["terminal", "--join", &market.address])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(voice.stdout.take().unwrap());
        let mut stranger = Self { voice, said };
        stranger.tell(&json!({ "t": "attach", "schema": 1, "timeout_ms": 1000, "tick_poll_ms": 10, "book_poll_ms": 10 }));
        stranger.hears("attached", |_| true);
        stranger
    }

    fn tell(&mut self, line: &Value) {
        writeln!(self.voice.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// What it hears of a kind.
    fn hears(&mut self, kind: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            let said: Value = serde_json::from_str(&line).unwrap();
            assert_ne!(said["t"], "fault", "{said}");
            if said["t"] == kind && is_it(&said) {
                return said;
            }
            line.clear();
        }
        panic!("the terminal says no `{kind}`");
    }

    /// Trades, and returns the ticket of the order.
    fn trade(&mut self, cid: &str, request: &Value) -> u64 {
        self.tell(
            &json!({ "t": "submit", "cid": cid, "not_after_utc_ms": i64::MAX, "request": request }),
        );
        let result = self.hears("result", |said| said["cid"] == cid);
        assert_eq!(result["answer"]["retcode"], 10_009, "{result}");
        result["answer"]["order"].as_u64().unwrap()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.voice.kill().unwrap();
        self.voice.wait().unwrap();
    }
}

/// The terminal is away for minutes, and comes back with other positions: one of ours was closed by hand, and somebody
/// else's is there. Ours is known to be gone, theirs is left alone, and what ends everything of ours leaves it open.
#[test]
fn a_terminal_that_comes_back_with_other_positions_is_taken_as_it_is() {
    let market = Market::open(24 * 3_600, SPEED, "");
    market.let_gateway_be_away();
    let child = market.live();
    // Without stops it is there until somebody closes it.
    let parameters = json!({ "symbol": "EURUSD", "type": "BUY", "lotSize": 0.03, "stopLoss": 0.9, "takeProfit": 1.5 });
    market.command(&json!({ "id": "o", "command": "OPEN_POSITION", "parameters": parameters }));
    assert_eq!(market.until_answered("o")["status"], "executed");
    market.until("a trade of the strategy", |market| market.open_positions().len() > 1);
    let ours = market.book("position").into_iter().find(|row| row["row"]["volume"] == 0.03);
    let ours = ours.unwrap()["row"]["ticket"].as_u64().unwrap();
    fs::write(market.path("away"), "").unwrap();
    for pid in gateways(&child) {
        Command::new("kill").args(["-9", &pid]).status().unwrap();
    }
    market.until("its end", |market| market.log().contains("the gateway has ended"));
    let mut stranger = Stranger::at(&market);
    let theirs = stranger.trade(
        "900001",
        &json!({ "action": 1, "symbol": "EURUSD", "volume": 0.5, "type": 1, "price": 1.1, "deviation": 100_000, "magic": 0, "comment": "tdaa", "type_filling": 1, "type_time": 0 }),
    );
    stranger.trade(
        "900002",
        &json!({ "action": 1, "symbol": "EURUSD", "volume": 0.03, "type": 1, "price": 1.1, "deviation": 100_000, "magic": 0, "comment": "tdbb", "position": ours, "type_filling": 1, "type_time": 0 }),
    );
    drop(stranger);
    assert!(!market.open_positions().contains(&ours));
    fs::remove_file(market.path("away")).unwrap();
    let deals = market.book("deal").len();
    market.until("more deals", |market| market.book("deal").len() > deals + 2);
    let stop = json!({ "closePositions": true });
    market.command(&json!({ "id": "c", "command": "STOP_ALL", "parameters": stop }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    assert_eq!(market.open_positions(), BTreeSet::from([theirs]), "{}", market.log());
    let said = ended(child);
    assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
    market.no_order_was_sent_twice(2);
    market.replay_all();
}

/// A session whose zone is not the server's is told, and goes on: MT5 does not say which it is.
#[test]
fn a_zone_that_is_not_the_servers_is_told() {
    let market = Market::open(6 * 3_600, SPEED, "");
    let other = HEAD.replace("UTC+3", "UTC+1");
    fs::write(market.path("session.toml"), format!("{other}{STRATEGY}")).unwrap();
    let child = market.live();
    market.until("what is said of it", |market| {
        market.log().contains("minutes ahead of the session's `zone`")
    });
    ended(child);
    assert!(market.log().contains("120 minutes ahead of the session's `zone`"), "{}", market.log());
    market.replay_all();
}
