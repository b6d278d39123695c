//! Live sessions: the program, its gateway as a process of its own, and the simulated broker behind it, on a clock
//! that runs faster. Judged from the broker's book, the results and the recordings.
#![cfg(unix)]

mod common;

use common::tickdeck_in;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// How many market seconds pass in one.
const SPEED: u32 = 400;

/// Ticks from 23:00 by the server's clock on, one each two seconds, of which the price swings.
fn ticks(seconds: i32) -> String {
    let mut text = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n".to_owned();
    for step in 0..seconds / 2 {
        let second = 23 * 3_600 + step * 2;
        let (day, second) = (22 + second / 86_400, second % 86_400);
        let swing = (step % 251 - 125).abs() + (step % 97 - 48).abs() * 2 + step % 7;
        let (bid, ask) = (10_000 + swing, 10_010 + swing);
        let time = format!(
            "2025.09.{day}\t{:02}:{:02}:{:02}.000",
            second / 3_600,
            second / 60 % 60,
            second % 60
        );
        writeln!(text, "{time}\t1.{bid:05}\t1.{ask:05}\t\t\t6").unwrap();
    }
    text
}

/// How every session here begins.
const HEAD: &str = "format = 1\nname = \"m\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC+3\"\n";

/// A strategy that trades every few minutes.
const STRATEGY: &str = r#"
[[strategy]]
id = "s"
timeframe = "M1"
[strategy.rules]
entry = { type = "indicator_cross", indicators = ["SMA_2", "SMA_4"], direction = "both" }
exit = { type = "none", stopLoss = 20, takeProfit = 10 }
risk = { lotSize = 0.1, maxOpenTrades = 5 }
"#;

/// A market that goes on whoever listens, and a folder with the settings to trade on it.
struct Market {
    dir: TempDir,
    server: Child,
    pace: String,
    address: String,
}

impl Drop for Market {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

impl Market {
    fn open(seconds: i32, speed: u32, broker: &str) -> Self {
        Self::open_with(
            &format!(
                "{HEAD}seed = 7\nassume_zone = true\n[ticks.files]\nEURUSD = \"t.csv\"\n\
                 [account]\nlogin = 77\nserver = \"Demo\"\nbalance = \"100000\"\n{broker}"
            ),
            seconds,
            speed,
        )
    }

    /// One with this session behind it.
    fn open_with(session: &str, seconds: i32, speed: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("market.toml"), session).unwrap();
        fs::write(dir.path().join("t.csv"), ticks(seconds)).unwrap();
        fs::write(dir.path().join("session.toml"), format!("{HEAD}{STRATEGY}")).unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_tickdeck"))
            .args(["terminal", "market.toml", "--listen", "127.0.0.1:0", "--book", "book.jsonl"])
            .args(["--speed", &speed.to_string()])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let (address, pace) = said.trim().split_once(' ').unwrap();
        let program = json!([env!("CARGO_BIN_EXE_tickdeck"), "terminal", "--join", address]);
        let settings = format!(
            "recordings = \"rec\"\ncommands = \"commands.jsonl\"\n[mt5]\nlogin = 77\nserver = \"Demo\"\ngateway = {program}\n"
        );
        fs::write(dir.path().join("live.toml"), settings).unwrap();
        Self { pace: pace.to_owned(), address: address.to_owned(), dir, server }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn live(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tickdeck"))
            .args(["live", "--pace", &self.pace])
            // It would be refused as no setting.
            .env_remove("TICKDECK_CRASHES")
            .current_dir(self.dir.path())
            .stdout(Stdio::piped())
            .stderr(fs::File::options().create(true).append(true).open(self.path("log")).unwrap())
            .spawn()
            .unwrap()
    }

    fn command(&self, body: &Value) {
        let path = self.path("commands.jsonl");
        let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
        writeln!(file, "{body}").unwrap();
    }

    fn results(&self) -> Vec<Value> {
        let live = fs::read_to_string(self.path("rec/77.results.jsonl")).unwrap_or_default();
        let dry = fs::read_to_string(self.path("rec/dry-77.results.jsonl")).unwrap_or_default();
        let text = live + &dry;
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    /// Waits until something holds.
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..600 {
            if holds(self) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("{what} does not come:\n{}", self.log());
    }

    fn until_answered(&self, id: &str) -> Value {
        self.until(id, |market| market.results().iter().any(|result| result["id"] == id));
        self.results().into_iter().find(|result| result["id"] == id).unwrap()
    }

    /// The rows of a kind in the broker's book.
    fn book(&self, kind: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path("book.jsonl")).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.filter(|row| row["t"] == kind).collect()
    }

    /// The positions that are open at the broker.
    fn open_positions(&self) -> BTreeSet<u64> {
        let mut open = BTreeSet::new();
        let text = fs::read_to_string(self.path("book.jsonl")).unwrap();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            match row["t"].as_str().unwrap() {
                "position" => drop(open.insert(row["row"]["ticket"].as_u64().unwrap())),
                "gone" => drop(open.remove(&row["position"].as_u64().unwrap())),
                _ => {}
            }
        }
        open
    }

    /// The recordings, in order.
    fn recordings(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("rec"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|name| name.starts_with("77-") || name.starts_with("dry-77-"))
            .collect();
        names.sort();
        names
    }

    fn replay(&self, name: &str, more: &[&str]) -> (i32, String) {
        let path = format!("rec/{name}");
        let ran = tickdeck_in(self.dir.path(), &[&["replay", &path], more].concat());
        let text = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
        (ran.status.code().unwrap(), text)
    }

    /// Each recording replays, and the audit is what they say and what the broker's book says.
    fn replay_all(&self) {
        for name in self.recordings() {
            let (code, text) = self.replay(&name, &[]);
            assert_eq!(code, 0, "{text}");
        }
        let (code, text) = self.verify();
        assert_eq!(code, 0, "{text}\n{}", self.log());
        if self.recordings().iter().all(|name| name.starts_with("77-")) {
            let booked = self.book("deal").into_iter().map(|row| row["row"]["ticket"].as_u64());
            let mut booked: Vec<u64> = booked.map(Option::unwrap).collect();
            booked.sort_unstable();
            booked.dedup();
            // The broker goes on when the session has ended, with what that left open.
            let audited = self.deals_of_the_audit();
            assert!(booked.starts_with(&audited), "{audited:?}, {booked:?}");
            assert!(!self.open_positions().is_empty() || audited == booked, "{booked:?}");
        }
    }

    /// Both who verify the audit: the program, and the one in Python, which shares no code with it.
    fn verify(&self) -> (i32, String) {
        let ran = tickdeck_in(self.dir.path(), &["audit", "verify", "rec"]);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/audit/verify_audit.py");
        let python = Command::new("python3").arg(script).arg(self.path("rec")).output().unwrap();
        let said = [&ran.stdout, &ran.stderr, &python.stdout, &python.stderr];
        let said = said.map(|bytes| String::from_utf8(bytes.clone()).unwrap()).concat();
        assert_eq!(ran.status.code(), python.status.code(), "{said}");
        (ran.status.code().unwrap(), said)
    }

    fn deals_of_the_audit(&self) -> Vec<u64> {
        let ran = tickdeck_in(self.dir.path(), &["audit", "export", "rec", "--executions"]);
        let mut rows = csv::Reader::from_reader(&ran.stdout[..]);
        // The broker's book has what was traded, not the money that it began with.
        let traded = rows.records().map(Result::unwrap).filter(|row| &row[6] != "BALANCE");
        let mut deals: Vec<u64> = traded.map(|row| row[1].parse().unwrap()).collect();
        deals.sort_unstable();
        deals
    }

    /// No intent has two orders at the broker: the comment of an order is that of its intent.
    fn no_order_was_sent_twice(&self, least: usize) {
        let mut orders = BTreeMap::<String, BTreeSet<u64>>::new();
        for row in self.book("order").into_iter().chain(self.book("history_order")) {
            let (comment, ticket) = (&row["row"]["comment"], &row["row"]["ticket"]);
            let comment = comment.as_str().unwrap();
            if comment.starts_with("td") {
                orders.entry(comment.to_owned()).or_default().insert(ticket.as_u64().unwrap());
            }
        }
        assert!(orders.len() >= least, "{orders:?}");
        for (comment, tickets) in orders {
            assert_eq!(tickets.len(), 1, "{comment}: {tickets:?}");
        }
    }

    fn each_command_has_one_result(&self, ids: &[&str]) {
        let results = self.results();
        for id in ids {
            let count = results.iter().filter(|result| result["id"] == *id).count();
            assert_eq!(count, 1, "{id}: {results:?}");
        }
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Ends a session in good order, and gives what it says.
fn ended(child: Child) -> String {
    signal(&child, "-INT");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn a_live_session_is_recorded_day_by_day_and_each_day_replays() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let child = market.live();
    let started = market.until_answered("session-start-s");
    assert_eq!(started["status"], "executed");
    market.until("a trade", |market| !market.book("deal").is_empty());
    market.command(&json!({ "id": "c1", "command": "GET_STATUS", "parameters": {} }));
    market.command(
        &json!({ "id": "c2", "command": "PAUSE_STRATEGY", "parameters": { "strategyId": "s" } }),
    );
    market.command(
        &json!({ "id": "c2", "command": "PAUSE_STRATEGY", "parameters": { "strategyId": "s" } }),
    );
    market.until_answered("c2");
    market.command(
        &json!({ "id": "c3", "command": "RESUME_STRATEGY", "parameters": { "strategyId": "s" } }),
    );
    market.command(&json!({ "id": "c4", "command": "UPDATE_STRATEGY", "parameters": { "strategyId": "s", "settings": { "lotSize": 0.2 } } }));
    assert_eq!(market.until_answered("c4")["status"], "executed");
    market.until("a position of the new size", |market| {
        market.book("position").iter().any(|row| row["row"]["volume"] == 0.2)
    });
    // The midnight of the server is an hour, that is nine seconds, after the first tick.
    market.until("another day", |market| market.recordings_begun() > 1);
    market.command(&json!({ "id": "c5", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3, "stopLoss": 1.0, "takeProfit": 1.2 } }));
    assert_eq!(market.until_answered("c5")["status"], "executed");
    fs::write(market.path("KILL"), "").unwrap();
    market.until("everything to be closed", |market| market.open_positions().is_empty());
    fs::remove_file(market.path("KILL")).unwrap();
    market.until("the latch to be cleared", |market| market.log().contains("latch_cleared"));
    market.command(&json!({ "id": "c6", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    market.until_answered("c6");
    let said = ended(child);
    assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    market.each_command_has_one_result(&["session-start-s", "c1", "c2", "c3", "c4", "c5", "c6"]);
    market.no_order_was_sent_twice(5);
    let recordings = market.recordings();
    assert_eq!(recordings.len(), 2, "{recordings:?}");
    market.replay_all();
    // What the simulated broker would have done otherwise is told.
    let (code, text) = market.replay(&recordings[0], &["--broker", "sim"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("first difference"), "{text}");
    // Nothing is in the folder but recordings with their hashes, the audit, results and the state.
    let left = fs::read_dir(market.path("rec")).unwrap().count();
    assert_eq!(left, recordings.len() * 2 + 3);
}

impl Market {
    /// The recordings, and the journals that will be.
    fn recordings_begun(&self) -> usize {
        let Ok(entries) = fs::read_dir(self.path("rec")) else { return 0 };
        entries
            .filter(|entry| {
                let entry = entry.as_ref().unwrap();
                let name = entry.file_name().into_string().unwrap();
                entry.path().is_dir() && name.trim_start_matches('.').starts_with("77-")
            })
            .count()
    }
}

/// Numbers that look drawn, the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// The process is killed again and again, at moments that nobody chose; `TICKDECK_CRASHES` says how often.
#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_is_sent_twice() {
    #[expect(clippy::disallowed_methods, reason = "a test is a shell")]
    let crashes = std::env::var("TICKDECK_CRASHES").ok().and_then(|text| text.parse().ok());
    let crashes: u64 = crashes.unwrap_or(25);
    let seconds = i32::try_from(crashes * 6 + 120).unwrap() * 200;
    let broker = "[broker.request_latency.uniform_ms]\nmin = 50\nmax = 9000\n\
                  [broker.answer_latency.uniform_ms]\nmin = 50\nmax = 9000\n";
    let market = Market::open(seconds, 200, broker);
    let mut dice = Dice(crashes);
    let mut ids = vec!["session-start-s".to_owned()];
    let mut opened = BTreeSet::new();
    for number in 0..crashes {
        let mut child = market.live();
        sleep(Duration::from_millis(dice.next(900)));
        let id = format!("open-{number}");
        market.command(&json!({ "id": id, "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": if dice.next(2) == 0 { "BUY" } else { "SELL" }, "lotSize": 0.01 } }));
        ids.push(id);
        sleep(Duration::from_millis(200 + dice.next(1_500)));
        child.kill().unwrap();
        child.wait().unwrap();
        opened.extend(market.open_positions());
    }
    let child = market.live();
    for id in &ids {
        market.until_answered(id);
    }
    market.command(
        &json!({ "id": "flat", "command": "STOP_ALL", "parameters": { "closePositions": true } }),
    );
    market.command(&json!({ "id": "close", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    ids.extend(["flat".to_owned(), "close".to_owned()]);
    market.until_answered("close");
    market.until_answered("flat");
    let said = ended(child);
    assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
    assert_eq!(market.open_positions(), BTreeSet::new(), "{}", market.log());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    market.each_command_has_one_result(&ids);
    market.no_order_was_sent_twice(opened.len());
    assert!(opened.len() as u64 > crashes / 4, "{opened:?}");
    market.replay_all();
    let lost = market.log().matches("are no whole step").count();
    println!("{crashes} kills, {} recordings, {lost} torn steps", market.recordings().len());
}

/// A strategy goes on as it was at the next start: one that was stopped stays so, and no command is done twice.
#[test]
fn what_was_stopped_stays_stopped() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    market.command(&json!({ "id": "c1", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    market.until_answered("c1");
    market.command(&json!({ "id": "c2", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    market.until_answered("c2");
    let said = ended(child);
    assert!(said.contains("1 positions and 0 orders are left open"), "{said}");
    let deals = market.book("deal").len();
    let child = market.live();
    market.until("the note", |market| market.log().contains("s has run before"));
    market.command(&json!({ "id": "c3", "command": "GET_STATUS", "parameters": {} }));
    let status = market.until_answered("c3");
    assert_eq!(status["result"]["data"]["openPositions"], 1, "{status}");
    sleep(Duration::from_secs(3));
    let said = ended(child);
    assert!(said.contains("1 positions and 0 orders are left open"), "{said}");
    assert_eq!(market.book("deal").len(), deals);
    market.each_command_has_one_result(&["session-start-s", "c1", "c2", "c3"]);
    market.replay_all();
}

/// A dry run trades with the simulated broker on the terminal's ticks, and the terminal is sent nothing.
#[test]
fn a_dry_run_sends_the_terminal_nothing() {
    let market = Market::open(3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), format!("dry_run = true\n{settings}")).unwrap();
    let child = market.live();
    assert_eq!(market.until_answered("session-start-s")["status"], "executed");
    market.until("a trade", |market| market.log().contains(" opened "));
    let said = ended(child);
    assert!(!said.contains("0 positions and 0 orders"), "{said}");
    assert!(market.book("deal").is_empty() && market.book("history_order").is_empty());
    market.replay_all();
}

#[test]
fn a_second_process_on_the_account_is_refused() {
    let market = Market::open(3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    let second = market.live().wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(market.log().contains("another process trades account 77"), "{}", market.log());
    ended(child);
}

#[test]
fn another_account_than_the_one_that_is_meant_is_never_traded() {
    let market = Market::open(3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), settings.replace("login = 77", "login = 78")).unwrap();
    let refused = market.live().wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(market.log().contains("the terminal trades account 77 at Demo"), "{}", market.log());
    assert!(market.book("deal").is_empty());
    let typed = tickdeck_in(market.dir.path(), &["live", "--account", "77"]);
    assert_eq!(typed.status.code(), Some(2));
    let session = fs::read_to_string(market.path("session.toml")).unwrap();
    let (head, _) = session.split_once("entry = ").unwrap();
    let program = "strategy = { command = [\"true\"], deadlineMs = 1000 }\n\
                   exit = { stopLoss = { type = \"pips\", value = 20 } }\n\
                   riskManagement = { lotSize = 0.1 }\n";
    fs::write(market.path("session.toml"), format!("{head}{program}")).unwrap();
    let refused = tickdeck_in(market.dir.path(), &["live"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("are not run live yet"), "{told}");
}

/// What cannot be written is not done: the session ends with the reason, and goes on once there is room.
#[test]
fn a_full_disk_ends_the_session_before_anything_is_sent() {
    let market = Market::open(12 * 3_600, SPEED, "");
    // No file of the process may grow above 200 kB.
    let limited = Command::new("sh")
        .args(["-c", "ulimit -f 400 && exec \"$0\" live --pace \"$1\""])
        .args([env!("CARGO_BIN_EXE_tickdeck"), &market.pace])
        .current_dir(market.dir.path())
        .stderr(fs::File::options().create(true).append(true).open(market.path("log")).unwrap())
        .output()
        .unwrap();
    assert_eq!(limited.status.code(), Some(2), "{}", market.log());
    let log = market.log();
    assert!(log.contains("the session cannot go on, and nothing more is sent"), "{log}");
    assert!(log.contains("cannot write") && log.contains("steps.jsonl"), "{log}");
    // The torn step is told, and what it would have sent was not.
    let child = market.live();
    market.until("the next start", |market| market.log().contains("s has run before"));
    market.until("the torn step", |market| market.log().contains("are no whole step"));
    market.command(&json!({ "id": "c", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c");
    ended(child);
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// A gateway that is killed is started again, and what the executor did not hear of meanwhile is read.
#[test]
fn a_gateway_that_dies_is_started_again() {
    let market = Market::open(2 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    for times in 1..=3 {
        market.until("a gateway", |_| !gateways(&child).is_empty());
        for pid in gateways(&child) {
            Command::new("kill").args(["-9", &pid]).status().unwrap();
        }
        market.until("its end", |market| {
            market.log().matches("the gateway has ended").count() >= times
        });
        sleep(Duration::from_millis(1_200));
    }
    market.until("a trade", |market| !market.book("deal").is_empty());
    market.command(&json!({ "id": "c", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c");
    ended(child);
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// The processes that a session has started.
fn gateways(live: &Child) -> Vec<String> {
    let path = format!("/proc/{0}/task/{0}/children", live.id());
    if let Ok(text) = fs::read_to_string(Path::new(&path)) {
        return text.split_whitespace().map(str::to_owned).collect();
    }
    let found = Command::new("pgrep").args(["-P", &live.id().to_string()]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

/// Whoever changes a row of the audit or a line of a recording is found out, by the program and by the verifier in
/// Python alike.
#[test]
fn what_was_changed_afterwards_is_found() {
    let market = Market::open(3_600, SPEED, "");
    let child = market.live();
    market.until("trades", |market| market.book("deal").len() > 3);
    ended(child);
    market.replay_all();
    let recording = market.recordings().remove(0);
    let database = market.path("rec/77.audit.sqlite");
    let change = |sql: &str| {
        let changed = rusqlite::Connection::open(&database).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
    };
    let whole = fs::read(&database).unwrap();
    for (sql, table) in [
        ("UPDATE deals SET profit = profit + 1 WHERE id = (SELECT max(id) FROM deals)", "deals"),
        ("DELETE FROM orders WHERE id = (SELECT min(id) FROM orders)", "orders"),
        (
            "INSERT INTO results (run_id, seq, command_id) SELECT run_id, 7, 'x' FROM runs",
            "results",
        ),
        ("UPDATE events SET details = '{}' WHERE id = (SELECT min(id) FROM events)", "events"),
    ] {
        change(sql);
        let (code, text) = market.verify();
        assert_eq!(code, 1, "{text}");
        // Both say where.
        assert!(text.matches(&format!("{recording}: {table}")).count() >= 2, "{text}");
        fs::write(&database, &whole).unwrap();
    }
    // What only the program can derive again.
    change("UPDATE orders SET executed_price = 2 WHERE id = (SELECT max(id) FROM orders)");
    let ran = tickdeck_in(market.dir.path(), &["audit", "verify", "rec"]);
    assert_eq!(ran.status.code(), Some(1));
    fs::write(&database, &whole).unwrap();
    // Words for people: nothing depends on them but the hashes.
    let orders = market.path("rec").join(&recording).join("orders.txt");
    let words = fs::read_to_string(&orders).unwrap();
    fs::write(&orders, words.replacen("buy", "bUy", 1)).unwrap();
    let (code, text) = market.verify();
    assert_eq!(code, 1, "{text}");
    assert_eq!(text.matches("orders.txt is not what it was").count(), 2, "{text}");
    fs::write(&orders, words).unwrap();
    assert_eq!(market.verify().0, 0);
}

/// A database that another program holds keeps no order waiting; what it missed is in it when the day is sealed.
#[test]
fn an_audit_that_is_busy_is_written_when_the_day_is_sealed() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    let other = rusqlite::Connection::open(market.path("rec/77.audit.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    market.until("what is told", |market| market.log().contains("another program holds the audit"));
    market.command(&json!({ "id": "c", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    ended(child);
    market.replay_all();
    // One that is no database, or of a later version, is refused by name before anything begins.
    let database = market.path("rec/77.audit.sqlite");
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    assert_eq!(market.live().wait_with_output().unwrap().status.code(), Some(2));
    assert!(market.log().contains("its tables are of version 99"), "{}", market.log());
    fs::write(&database, "this is no database, and nobody should write into it").unwrap();
    assert_eq!(market.live().wait_with_output().unwrap().status.code(), Some(2));
    assert!(market.log().contains("it is no audit database"), "{}", market.log());
    assert_eq!(fs::read(&database).unwrap().len(), 52);
}

impl Market {
    fn close_all(&self) -> (i32, String) {
        let ran = tickdeck_in(self.dir.path(), &["close", "--all", "--pace", &self.pace]);
        let text = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
        (ran.status.code().unwrap(), text)
    }
}

/// Everything is closed by the process that trades, or by one that does nothing else: by a strategy and by command,
/// with the orders that work.
#[test]
fn everything_is_closed_whether_a_process_trades_or_not() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let place = |id: &str| {
        market.command(&json!({ "id": format!("{id}-open"), "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
        market.command(&json!({ "id": format!("{id}-place"), "command": "PLACE_ORDER", "parameters": { "symbol": "EURUSD", "type": "BUY_LIMIT", "lotSize": 0.3, "price": 1.05 } }));
        assert_eq!(market.until_answered(&format!("{id}-open"))["status"], "executed");
        assert_eq!(market.until_answered(&format!("{id}-place"))["status"], "executed");
    };
    let mut child = market.live();
    market.until("a trade", |market| !market.book("deal").is_empty());
    place("one");
    let (code, text) = market.close_all();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("executed").count(), 2, "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    // Nothing is entered until an operator says so.
    market.command(&json!({ "id": "latched", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    assert_eq!(market.until_answered("latched")["result"]["error"], "LATCHED");
    fs::write(market.path("KILL"), "").unwrap();
    sleep(Duration::from_millis(500));
    fs::remove_file(market.path("KILL")).unwrap();
    market.until("the latch to be cleared", |market| market.log().contains("latch_cleared"));
    place("two");
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, text) = market.close_all();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("0 positions and 0 orders are left open"), "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    market.no_order_was_sent_twice(4);
    market.replay_all();
    // The next session says why it enters nothing.
    let child = market.live();
    market.until("why", |market| market.log().contains("entries are latched since"));
    ended(child);
}

/// A gateway that hangs is ended and replaced; what the market did meanwhile is read, and nothing is done twice.
#[test]
fn a_gateway_that_hangs_is_replaced() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until("open positions", |market| market.open_positions().len() > 2);
    let hanging = gateways(&child);
    assert_eq!(hanging.len(), 1);
    Command::new("kill").args(["-STOP", &hanging[0]]).status().unwrap();
    let before = market.open_positions();
    // Seconds of silence are more than an hour of this market: stops and targets are reached.
    market.until("what is said of it", |market| market.log().contains("says nothing any more"));
    market.until("another one", |_| {
        let now = gateways(&child);
        !now.is_empty() && !now.contains(&hanging[0])
    });
    assert_ne!(market.open_positions(), before, "the market went on");
    market.command(&json!({ "id": "c", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    assert_eq!(market.open_positions(), BTreeSet::new());
    let said = ended(child);
    assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// A terminal that has turned to another account while it was away is traded no more, and the session says so.
#[test]
fn another_account_after_a_reconnect_ends_the_session() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let session = fs::read_to_string(market.path("market.toml")).unwrap();
    let other = Market::open_with(&session.replace("login = 77", "login = 78"), 12 * 3_600, SPEED);
    // The program that speaks for the terminal finds out where it is.
    let script = market.path("gateway.sh");
    let program = env!("CARGO_BIN_EXE_tickdeck");
    fs::write(&script, format!("exec {program} terminal --join $(cat address)\n")).unwrap();
    fs::write(market.path("address"), &market.address).unwrap();
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    let (head, _) = settings.split_once("gateway = ").unwrap();
    fs::write(market.path("live.toml"), format!("{head}gateway = [\"sh\", \"gateway.sh\"]\n"))
        .unwrap();
    let child = market.live();
    market.until("open positions", |market| !market.open_positions().is_empty());
    fs::write(market.path("address"), &other.address).unwrap();
    for pid in gateways(&child) {
        Command::new("kill").args(["-9", &pid]).status().unwrap();
    }
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2), "{}", market.log());
    assert!(market.log().contains("the terminal trades account 78 at Demo"), "{}", market.log());
    assert!(other.book("deal").is_empty() && other.book("history_order").is_empty());
    assert!(!String::from_utf8_lossy(&ended.stdout).contains(" 0 positions and"));
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// A process can die after a command was carried out and before anybody heard of it: the journal knows the result.
#[test]
fn a_result_that_nobody_heard_is_told_at_the_next_start() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let mut child = market.live();
    market.command(&json!({ "id": "c", "command": "GET_STATUS", "parameters": {} }));
    let told = market.until_answered("c");
    child.kill().unwrap();
    child.wait().unwrap();
    // As if it had not come into the file, whose last line was torn within a letter.
    let path = market.path("rec/77.results.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let mut kept: Vec<&str> = text.lines().filter(|line| !line.contains("\"c\"")).collect();
    kept.push("");
    let kept = kept.join("\n");
    assert_ne!(kept, text);
    fs::write(&path, [kept.as_bytes(), b"{\"id\":\"\xc3"].concat()).unwrap();
    fs::remove_file(market.path("commands.jsonl")).unwrap();
    let child = market.live();
    market.until("the next start", |market| market.log().contains("s has run before"));
    market.until("its result", |market| {
        let text = fs::read(market.path("rec/77.results.jsonl")).unwrap();
        String::from_utf8_lossy(&text).contains("\"c\"")
    });
    sleep(Duration::from_millis(500));
    ended(child);
    let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
    assert!(
        text.lines().any(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line == told)),
        "{text}"
    );
    market.replay_all();
}
