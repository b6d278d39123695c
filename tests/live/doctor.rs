//! `tickdeck doctor`: each cause that keeps a session from beginning is provoked, and named with what to do; and what is
//! ready is said to be.

use crate::common::tickdeck_in;
use crate::market::{HEAD, Market, SPEED, STRATEGY, ended};
use crate::peers::{Heard, HttpPeer, MailPeer, Reply};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

const HOUR_MS: i64 = 3_600_000;

/// What a doctor looks at.
struct Patient {
    dir: TempDir,
    settings: String,
    session: String,
    /// What the gateway says.
    lines: Vec<Value>,
}

impl Patient {
    /// One that lacks nothing.
    fn new() -> Self {
        let settings = "recordings = \"rec\"\nstrategies = \"session.toml\"\n[mt5]\nlogin = 77\nserver = \"Demo\"\n\
                        gateway = [\"sh\", \"gateway.sh\"]\nattach_timeout_msc = 1000\n";
        Self {
            dir: tempfile::tempdir().unwrap(),
            settings: settings.to_owned(),
            session: format!("{HEAD}{STRATEGY}"),
            lines: healthy(),
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Changes a field of the line of a kind.
    fn set(&mut self, kind: &str, field: &str, value: Value) {
        let line = self.lines.iter_mut().find(|line| line["t"] == kind).unwrap();
        line[field] = value;
    }

    /// What the gateway says after its greeting.
    fn says_instead(&mut self, lines: &[Value]) {
        self.lines.truncate(1);
        self.lines.extend_from_slice(lines);
    }

    fn seen(&self) -> (i32, String) {
        let lines: Vec<String> = self.lines.iter().map(Value::to_string).collect();
        fs::write(self.path("lines"), lines.join("\n") + "\n").unwrap();
        // It ends with its input.
        fs::write(self.path("gateway.sh"), "cat lines\ncat >/dev/null\n").unwrap();
        fs::write(self.path("live.toml"), &self.settings).unwrap();
        fs::write(self.path("session.toml"), &self.session).unwrap();
        let ran = tickdeck_in(self.dir.path(), &["doctor"]);
        let text = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
        (ran.status.code().unwrap(), text)
    }
}

fn now_ms() -> i64 {
    #[expect(clippy::disallowed_types, reason = "a test of clocks")]
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn tick(ahead_ms: i64) -> Value {
    json!({ "t": "tick", "symbol": "EURUSD", "time_msc": now_ms() + 3 * HOUR_MS + ahead_ms, "bid": 1.1, "ask": 1.1001,
        "last": 0.0, "volume": 0, "flags": 6, "now_utc_ms": now_ms() })
}

/// What the gateway of a terminal says that lacks nothing.
fn healthy() -> Vec<Value> {
    vec![
        json!({ "t": "hello", "schema": 1, "peer": "gateway", "pid": 1 }),
        json!({ "t": "attached", "login": 77, "server": "Demo", "trade_mode": 0, "margin_mode": 2, "currency": "USD",
            "currency_digits": 2, "leverage": 100, "company": "Broker Ltd", "build": 5833, "now_utc_ms": 0 }),
        json!({ "t": "state", "connected": true, "trade_allowed": true, "tradeapi_disabled": false,
            "account_trade_allowed": true, "account_trade_expert": true, "now_utc_ms": 0 }),
        json!({ "t": "symbol", "id": 1, "info": {
            "name": "EURUSD", "digits": 5, "trade_calc_mode": 0, "trade_mode": 4, "trade_exemode": 2,
            "trade_tick_size": 1e-5, "trade_contract_size": 100_000.0, "trade_stops_level": 0,
            "trade_freeze_level": 0, "filling_mode": 3, "order_mode": 127, "volume_min": 0.01, "volume_max": 100.0,
            "volume_step": 0.01, "volume_limit": 0.0, "swap_mode": 0, "swap_long": 0.0, "swap_short": 0.0,
            "swap_rollover3days": 0, "margin_initial": 0.0, "currency_base": "EUR", "currency_profit": "USD",
            "currency_margin": "EUR" } }),
        tick(-48 * HOUR_MS),
        tick(0),
    ]
}

fn fault(code: &str) -> Value {
    json!({ "t": "fault", "code": code, "text": "as MT5 says it", "about": "attach" })
}

#[test]
fn what_is_ready_is_said_to_be() {
    let (code, text) = Patient::new().seen();
    assert_eq!(code, 0, "{text}");
    for told in [
        "settings: each is one",
        "session: 1 strategies on EURUSD",
        "folder: rec can be written",
        "disk: ",
        "kill switch: KILL is not there",
        "process: no other trades account 77",
        "gateway: gateway speaks",
        "terminal: build 5833, Broker Ltd",
        "account: 77 at Demo: demo, hedging, USD, 1:100",
        "trading: the terminal is connected, and programs may trade",
        "symbol: EURUSD: from 0.01 lots",
        "clock: the server's is that of `zone = \"UTC+3\"`",
    ] {
        assert!(text.contains(&format!("ok        {told}")), "{told}\n{text}");
    }
    assert!(!text.contains("WRONG"), "{text}");
}

type Cause = (&'static str, fn(&mut Patient));

/// What is told, and what provokes it.
const CAUSES: &[Cause] = &[
    ("settings: live.toml", |it| it.settings += "nonsense = 1\n"),
    ("session: session.toml", |it| it.session = String::from("format = 1\nname = \"half")),
    ("session: session.toml: 3 things are wrong", |it| {
        it.session = HEAD.to_owned() + "[[strategy]]\n";
    }),
    ("folder: cannot write to live.toml", |it| {
        it.settings = it.settings.replace("\"rec\"", "\"live.toml\"");
    }),
    ("kill switch: KILL is there", |it| fs::write(it.path("KILL"), "").unwrap()),
    ("account: mt5.login is not stated", |it| {
        it.settings = it.settings.replace("login = 77\n", "");
    }),
    ("audit: rec/77.audit.sqlite: it is no audit database", |it| {
        fs::create_dir_all(it.path("rec")).unwrap();
        fs::write(it.path("rec/77.audit.sqlite"), "nonsense, and more of it").unwrap();
    }),
    ("state: rec/.77.state.json", |it| {
        fs::create_dir_all(it.path("rec")).unwrap();
        fs::write(it.path("rec/.77.state.json"), "{}").unwrap();
    }),
    ("gateway: `no-such-program` cannot be started", |it| {
        it.settings = it.settings.replace("[\"sh\", \"gateway.sh\"]", "[\"no-such-program\"]");
    }),
    ("gateway: it ends, or says nothing", |it| {
        it.settings = it.settings.replace("[\"sh\", \"gateway.sh\"]", "[\"true\"]");
    }),
    ("python: `no-such-python` cannot be started", |it| python(it, "no-such-python")),
    ("python: `sh old.sh` is no Python", |it| script(it, "old.sh", "echo nonsense")),
    ("python: it is 3.6.9", |it| {
        script(it, "old.sh", r#"echo '{"version":[3,6,9],"bits":64,"os":"win32"}'"#);
    }),
    ("python: 3.11.2 has 32 bits", |it| {
        script(it, "old.sh", r#"echo '{"version":[3,11,2],"bits":32,"os":"win32"}'"#);
    }),
    ("pip install MetaTrader5` with this Python", |it| {
        script(
            it,
            "old.sh",
            r#"echo '{"version":[3,11,2],"bits":64,"os":"win32","lacks":"No module named MetaTrader5"}'"#,
        );
    }),
    ("MT5's package is for Windows", |it| {
        script(
            it,
            "old.sh",
            r#"echo '{"version":[3,11,2],"bits":64,"os":"linux","lacks":"No module named MetaTrader5"}'"#,
        );
    }),
    ("gateway: the gateway speaks version 9", |it| it.set("hello", "schema", json!(9))),
    ("start the terminal by hand and log in; name its terminal64.exe", |it| {
        it.says_instead(&[fault("-10003")]);
    }),
    ("the server does not know this login and password", |it| it.says_instead(&[fault("-6")])),
    ("the terminal is slow, or waits for somebody", |it| it.says_instead(&[fault("-10005")])),
    ("another gateway has this terminal", |it| it.says_instead(&[fault("locked")])),
    ("log in to the account in the terminal", |it| it.says_instead(&[fault("account")])),
    ("install MT5's package", |it| it.says_instead(&[fault("module")])),
    ("turn on Algo Trading in the terminal, and allow it for Python", |it| {
        it.says_instead(&[fault("-8")]);
    }),
    ("a setting is not what MT5 takes", |it| it.says_instead(&[fault("-2")])),
    ("look at the terminal's Journal tab", |it| it.says_instead(&[fault("-9999")])),
    ("account: the terminal trades account 78", |it| it.set("attached", "login", json!(78))),
    ("account: the terminal trades account 77 at Other", |it| {
        it.set("attached", "server", json!("Other"));
    }),
    ("account: account 77 is of real money", |it| it.set("attached", "trade_mode", json!(2))),
    ("open a hedging account at the broker", |it| it.set("attached", "margin_mode", json!(0))),
    ("link: the terminal is not connected", |it| it.set("state", "connected", json!(false))),
    ("trading: Algo Trading is off", |it| it.set("state", "trade_allowed", json!(false))),
    ("trading: the terminal refuses programs in Python", |it| {
        it.set("state", "tradeapi_disabled", json!(true));
    }),
    ("log in with the master password", |it| {
        it.set("state", "account_trade_allowed", json!(false));
    }),
    ("the broker lets no programs trade", |it| {
        it.set("state", "account_trade_expert", json!(false));
    }),
    ("this broker has EURUSD.x: write that in the session", |it| {
        it.lines[3] =
            json!({ "t": "no_symbol", "id": 1, "symbol": "EURUSD", "similar": ["EURUSD.x"] });
    }),
    ("symbol: EURUSD: nothing can be opened in it", |it| {
        it.lines[3]["info"]["trade_mode"] = json!(3);
    }),
    ("clock: the server's clock is 60 minutes ahead", |it| it.lines[5] = tick(HOUR_MS)),
    ("turn on the time service of this machine", |it| it.lines[5] = tick(5 * 60_000)),
    ("platform: platform.url needs", |it| {
        it.settings += "[platform]\nurl = \"http://127.0.0.1:1\"\n";
    }),
    ("platform: it cannot be reached", |it| {
        it.settings += "[platform]\nurl = \"http://127.0.0.1:1\"\nkey = \"k\"\nsecret = \"s\"\nexecutor_id = \"e\"\n";
    }),
    ("telegram: it cannot be reached", |it| {
        it.settings += "[alerts]\ntelegram_url = \"http://127.0.0.1:1\"\ntelegram_token = \"1:a\"\ntelegram_chat = \"7\"\n";
    }),
    ("mail: the mail server cannot be reached", |it| {
        it.settings += "[alerts]\nsmtp_url = \"smtp://127.0.0.1:1\"\nmail_from = \"a@b.example\"\nmail_to = \"a@b.example\"\n";
    }),
    ("control API: control.listen: 0.0.0.0:1 is not on this machine", |it| {
        it.settings += "[control]\nlisten = \"0.0.0.0:1\"\n";
    }),
];

fn python(it: &mut Patient, program: &str) {
    it.settings = it
        .settings
        .replace("gateway = [\"sh\", \"gateway.sh\"]", &format!("python = [\"{program}\"]"));
}

/// A program that takes Python's place.
fn script(it: &mut Patient, name: &str, text: &str) {
    fs::write(it.path(name), text).unwrap();
    it.settings = it
        .settings
        .replace("gateway = [\"sh\", \"gateway.sh\"]", &format!("python = [\"sh\", \"{name}\"]"));
}

#[test]
fn each_cause_is_named_with_what_to_do() {
    assert!(CAUSES.len() >= 40);
    let mut missed = Vec::new();
    for (told, provoke) in CAUSES {
        let mut patient = Patient::new();
        provoke(&mut patient);
        let (code, text) = patient.seen();
        // What is told stands in a wrong line, or in what to do about it.
        let is_told = text.split_once(told).is_some_and(|(before, _)| before.contains("WRONG"));
        if code != 1 || !is_told || !text.contains("\n          → ") {
            missed.push(format!("{told}: {code}\n{text}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn whom_it_tells_is_asked_and_told_nothing() {
    let platform = HttpPeer::new(|heard: &Heard| {
        let knows = heard.path == "/executor/config" && heard.header("X-API-Key") == "k";
        if knows { Reply::ok(&json!({ "success": true })) } else { Reply::status(401) }
    });
    let telegram = HttpPeer::new(|_: &Heard| Reply::ok(&json!({ "ok": true })));
    let mail = MailPeer::new();
    let mut patient = Patient::new();
    let more = format!(
        "[platform]\nurl = \"{}\"\nkey = \"k\"\nsecret = \"s\"\nexecutor_id = \"e\"\n\
         [alerts]\ntelegram_url = \"{}\"\ntelegram_token = \"1:a\"\ntelegram_chat = \"7\"\n\
         smtp_url = \"smtp://{}\"\nmail_from = \"a@b.example\"\nmail_to = \"a@b.example\"\n",
        platform.url(),
        telegram.url(),
        mail.address()
    );
    patient.settings += &more;
    let (code, text) = patient.seen();
    assert_eq!(code, 0, "{text}");
    for told in ["platform: it answers", "telegram: the bot is known", "mail: the server lets"] {
        assert!(text.contains(told), "{text}");
    }
    assert!(mail.mails().is_empty());
    assert!(telegram.heard().iter().all(|heard| heard.path.ends_with("/getMe")));
    patient.settings = patient.settings.replace("key = \"k\"", "key = \"other\"");
    let (code, text) = patient.seen();
    assert_eq!(code, 1);
    assert!(text.contains("WRONG     platform: it answers 401"), "{text}");
}

/// With a terminal of our own: ready before a session, taken while it runs, latched after an emergency stop.
#[test]
fn a_session_that_runs_or_was_stopped_in_an_emergency_is_seen() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let seen = || {
        let ran = tickdeck_in(market.dir.path(), &["doctor", "--pace", &market.pace]);
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap())
    };
    let (code, text) = seen();
    assert_eq!(code, 0, "{text}");
    let child = market.live();
    market.until_answered("session-start-s");
    let (code, text) = seen();
    assert_eq!(code, 1);
    assert!(text.contains("process: another process trades account 77"), "{text}");
    assert!(text.contains("left out  terminal: a session has it"), "{text}");
    assert_eq!(market.close_all().0, 0);
    ended(child);
    let (code, text) = seen();
    assert_eq!(code, 1);
    assert!(text.contains("latch: entries are latched since an emergency stop"), "{text}");
    assert!(Path::new(&market.path("rec")).exists());
    std::thread::sleep(Duration::from_millis(10));
}
