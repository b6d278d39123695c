//! A market for live sessions: a process with the simulated broker and the ticks of a session behind it, on a clock that
//! runs faster, which goes on whoever listens; and a folder with the settings to trade on it. Start with [`Market`].

#![allow(dead_code, reason = "each test uses a part of it")]

use crate::common::{python, tickdeck_in};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// How many market seconds pass in one.
pub const SPEED: u32 = 400;

/// Ticks from 23:00 by the server's clock on, one each two seconds, of which the price swings.
pub fn ticks(seconds: i32) -> String {
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
pub const HEAD: &str = "format = 1\nname = \"m\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC+3\"\n";

/// A strategy that trades every few minutes.
pub const STRATEGY: &str = r#"
[[strategy]]
id = "s"
timeframe = "M1"
[strategy.rules]
entry = { type = "indicator_cross", indicators = ["SMA_2", "SMA_4"], direction = "both" }
exit = { type = "none", stopLoss = 20, takeProfit = 10 }
risk = { lotSize = 0.1, maxOpenTrades = 5 }
"#;

/// A market that goes on whoever listens, and a folder with the settings to trade on it.
pub struct Market {
    pub dir: TempDir,
    server: Child,
    pub pace: String,
    pub address: String,
}

impl Drop for Market {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

impl Market {
    pub fn open(seconds: i32, speed: u32, broker: &str) -> Self {
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
    pub fn open_with(session: &str, seconds: i32, speed: u32) -> Self {
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

    /// From then on there is no gateway while a file `away` is there.
    pub fn let_gateway_be_away(&self) {
        let (program, address) = (env!("CARGO_BIN_EXE_tickdeck"), &self.address);
        let join = format!("[ -e away ] || exec {program} terminal --join {address}\nexit 1\n");
        fs::write(self.path("gateway.sh"), join).unwrap();
        let settings = fs::read_to_string(self.path("live.toml")).unwrap();
        let (head, _) = settings.split_once("gateway = ").unwrap();
        let settings = format!("{head}gateway = [\"sh\", \"gateway.sh\"]\n");
        fs::write(self.path("live.toml"), settings).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn live(&self) -> Child {
        self.live_command().spawn().unwrap()
    }

    pub fn live_command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tickdeck"));
        command
            .args(["live", "--pace", &self.pace])
            // They would be refused as no settings.
            .env_remove("TICKDECK_CRASHES")
            .env_remove("TICKDECK_LOSSES")
            .env("XDG_STATE_HOME", self.path("state"))
            .current_dir(self.dir.path())
            .stdout(Stdio::piped())
            .stderr(fs::File::options().create(true).append(true).open(self.path("log")).unwrap());
        command
    }

    /// A layer that can be put under a process, from its source.
    pub fn layer(&self, source: &str) -> PathBuf {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        let built = self.path("layer.so");
        let mut cc = Command::new("cc");
        cc.args(["-O1", "-Wall", "-shared", "-fPIC", "-o"]).args([&built, &source]);
        assert!(cc.args(["-ldl", "-lpthread"]).status().unwrap().success());
        built
    }

    pub fn command(&self, body: &Value) {
        let path = self.path("commands.jsonl");
        let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
        writeln!(file, "{body}").unwrap();
    }

    pub fn results(&self) -> Vec<Value> {
        let live = text(&self.path("rec/77.results.jsonl"));
        let dry = text(&self.path("rec/dry-77.results.jsonl"));
        let all = live + &dry;
        // What was torn with the power is told again.
        all.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub fn log(&self) -> String {
        text(&self.path("log"))
    }

    /// Waits until something holds.
    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        // Long enough for a machine that has much else to do.
        for _ in 0..1_200 {
            if holds(self) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("{what} does not come:\n{}", self.log());
    }

    pub fn until_answered(&self, id: &str) -> Value {
        self.until(id, |market| market.results().iter().any(|result| result["id"] == id));
        self.results().into_iter().find(|result| result["id"] == id).unwrap()
    }

    /// The rows of a kind in the broker's book.
    pub fn book(&self, kind: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path("book.jsonl")).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.filter(|row| row["t"] == kind).collect()
    }

    /// The positions that are open at the broker.
    pub fn open_positions(&self) -> BTreeSet<u64> {
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
    pub fn recordings(&self) -> Vec<String> {
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

    pub fn replay(&self, name: &str, more: &[&str]) -> (i32, String) {
        let path = format!("rec/{name}");
        let ran = tickdeck_in(self.dir.path(), &[&["replay", &path], more].concat());
        (ran.status.code().unwrap(), said(&ran))
    }

    /// Each recording replays, and the audit is what they say and what the broker's book says.
    pub fn replay_all(&self) {
        for name in self.recordings() {
            let (code, text) = self.replay(&name, &[]);
            assert_eq!(code, 0, "{text}");
        }
        let (code, text) = self.verify();
        assert_eq!(code, 0, "{text}\n{}", self.log());
        if self.recordings().iter().all(|name| name.starts_with("77-")) {
            // The broker goes on when the session has ended, with what that left open.
            let (audited, booked) = (self.deals_of_the_audit(), self.deals_of_the_book());
            assert!(booked.starts_with(&audited), "{audited:?}, {booked:?}");
        }
    }

    fn deals_of_the_book(&self) -> Vec<u64> {
        let booked = self.book("deal").into_iter().map(|row| row["row"]["ticket"].as_u64());
        let booked: BTreeSet<u64> = booked.map(Option::unwrap).collect();
        booked.into_iter().collect()
    }

    /// Of a session that has left nothing open, the audit has every deal.
    pub fn audit_has_every_deal(&self) {
        assert_eq!(self.deals_of_the_audit(), self.deals_of_the_book());
    }

    /// Both who verify the audit: the program, and, where there is a Python, the one in it, which shares no code.
    pub fn verify(&self) -> (i32, String) {
        let ran = tickdeck_in(self.dir.path(), &["audit", "verify", "rec"]);
        let mut said = said(&ran);
        if let Some(python) = python() {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/audit/verify_audit.py");
            let other = Command::new(python).arg(script).arg(self.path("rec")).output().unwrap();
            said += &self::said(&other);
            assert_eq!(ran.status.code(), other.status.code(), "{said}");
        }
        (ran.status.code().unwrap(), said)
    }

    pub fn deals_of_the_audit(&self) -> Vec<u64> {
        let ran = tickdeck_in(self.dir.path(), &["audit", "export", "rec", "--executions"]);
        let mut rows = csv::Reader::from_reader(&ran.stdout[..]);
        // The broker's book has what was traded, not the money that it began with.
        let traded = rows.records().map(Result::unwrap).filter(|row| &row[6] != "BALANCE");
        let mut deals: Vec<u64> = traded.map(|row| row[1].parse().unwrap()).collect();
        deals.sort_unstable();
        deals
    }

    /// No intent has two orders at the broker: the comment of an order is that of its intent.
    pub fn no_order_was_sent_twice(&self, least: usize) {
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

    pub fn each_command_has_one_result(&self, ids: &[&str]) {
        let results = self.results();
        for id in ids {
            let count = results.iter().filter(|result| result["id"] == *id).count();
            assert_eq!(count, 1, "{id}: {results:?}");
        }
    }
}

impl Market {
    /// The recordings, and the journals that will be.
    pub fn recordings_begun(&self) -> usize {
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

impl Market {
    pub fn close_all(&self) -> (i32, String) {
        let ran = tickdeck_in(self.dir.path(), &["close", "--all", "--pace", &self.pace]);
        (ran.status.code().unwrap(), said(&ran))
    }
}

/// What a program has said, on both its outputs.
fn said(ran: &Output) -> String {
    [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap()).concat()
}

pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The signal of Ctrl-C; that of `kill` where whoever runs the tests has the other ignored, as a shell does for what it
/// starts in the background: a session keeps to that.
fn interrupt() -> &'static str {
    const SIGINT: u64 = 1 << 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    if ignored.is_some_and(|mask| mask & SIGINT != 0) { "-TERM" } else { "-INT" }
}

/// Ends a session in good order, and gives what it says.
pub fn ended(child: Child) -> String {
    signal(&child, interrupt());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    String::from_utf8(ended.stdout).unwrap()
}

/// The processes that a session has started.
pub fn gateways(live: &Child) -> Vec<String> {
    let path = format!("/proc/{0}/task/{0}/children", live.id());
    if let Ok(text) = fs::read_to_string(Path::new(&path)) {
        return text.split_whitespace().map(str::to_owned).collect();
    }
    let found = Command::new("pgrep").args(["-P", &live.id().to_string()]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

/// Numbers that look drawn, the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// The text of a file, if it is there.
fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
