//! Whom a live session tells, and who tells it: a platform over HTTP, Telegram, a webhook and a mail server, each of
//! the tests' own, which misbehave; and a process that is killed meanwhile.

use crate::market::{Market, SPEED, ended};
use crate::peers::{Heard, HttpPeer, MailPeer, Reply};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const SECRETS: [&str; 4] = ["key-8f3a51", "secret-77d0c2", "123456:telegram-5e1f", "hook-91bb40"];

/// A market whose settings name these peers.
fn market(platform: &HttpPeer, people: &HttpPeer) -> Market {
    let market = Market::open(24 * 3_600, SPEED, "");
    let [key, secret, token, hook] = SECRETS;
    let mut settings = fs::read_to_string(market.path("live.toml")).unwrap();
    write!(
        settings,
        "[platform]\nurl = \"{0}\"\nkey = \"{key}\"\nsecret = \"{secret}\"\nexecutor_id = \"e1\"\nheartbeat_s = 1\n\
         [alerts]\ntelegram_url = \"{1}\"\ntelegram_token = \"{token}\"\ntelegram_chat = \"-7\"\n\
         webhook_url = \"{1}/{hook}\"\nlevel = \"info\"\nper_minute = 500\n",
        platform.url(),
        people.url()
    )
    .unwrap();
    fs::write(market.path("live.toml"), settings).unwrap();
    market
}

/// A platform that lets each command wait until it has heard of its result, and does not take every message at once.
fn platform(commands: Vec<Value>) -> HttpPeer {
    let mut waiting = commands;
    let mut calls = 0;
    HttpPeer::new(move |heard: &Heard| {
        if heard.header("X-API-Key") != SECRETS[0] || heard.header("X-API-Secret") != SECRETS[1] {
            return Reply::status(401);
        }
        calls += 1;
        if heard.path == "/executor/e1/heartbeat" {
            let answer = json!({ "success": true, "pendingCommands": waiting, "timestamp": 0 });
            return if calls % 4 == 0 { Reply::status(500) } else { Reply::ok(&answer) };
        }
        match calls % 12 {
            0 => return Reply::status(429).with("Retry-After: 1"),
            3 => return Reply::status(503),
            6 => return Reply::half(),
            _ => {}
        }
        let body: Value = serde_json::from_str(&heard.body).unwrap();
        if let Some(id) = body["commandId"].as_str().filter(|_| heard.method == "PATCH") {
            waiting.retain(|command| command["id"] != id);
        }
        Reply::ok(&json!({ "success": true }))
    })
}

/// What was told with a key, in the order in which each key came first; the same key has the same words.
fn told(peer: &HttpPeer) -> Vec<String> {
    let mut keys = Vec::new();
    let mut bodies = BTreeMap::new();
    for heard in peer.heard() {
        let key = heard.header("Idempotency-Key").to_owned();
        if key.is_empty() {
            continue;
        }
        if bodies.insert(key.clone(), heard.body.clone()).is_none_or(|before| {
            assert_eq!(before, heard.body, "{key}");
            false
        }) {
            keys.push(key);
        }
    }
    keys
}

/// The keys of the outbox, in their order, for those that a question selects.
fn outbox(market: &Market, which: &str) -> Vec<String> {
    let audit = rusqlite::Connection::open(market.path("rec/77.audit.sqlite")).unwrap();
    let mut rows =
        audit.prepare(&format!("SELECT key FROM outbox WHERE {which} ORDER BY id")).unwrap();
    let keys = rows.query_map([], |row| row.get(0)).unwrap();
    keys.collect::<Result<_, _>>().unwrap()
}

/// Nothing below a folder, and nothing that was said, holds a secret.
fn no_secret_in(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            no_secret_in(&path);
        } else if path.file_name().is_some_and(|name| name != "live.toml") {
            let bytes = fs::read(&path).unwrap_or_default();
            for secret in SECRETS {
                let is_in = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!is_in, "{} holds {secret}", path.display());
            }
        }
    }
}

#[test]
fn everything_is_told_once_by_its_key_whatever_becomes_of_the_process_and_the_platform() {
    let open = |id: &str| {
        json!({ "id": id, "command": "OPEN_POSITION", "priority": "NORMAL",
            "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.02 } })
    };
    let close = json!({ "id": "p3", "command": "CLOSE_ALL_POSITIONS", "parameters": {} });
    let platform = platform(vec![open("p1"), open("p2"), close]);
    let people = HttpPeer::new(|_: &Heard| Reply::ok(&json!({ "ok": true })));
    let market = market(&platform, &people);
    let mut child = market.live();
    assert_eq!(market.until_answered("p3")["status"], "executed");
    child.kill().unwrap();
    child.wait().unwrap();
    // It is away for a while, and so are the people.
    platform.be_away(true);
    people.be_away(true);
    let child = market.live();
    market.command(&json!({ "id": "c1", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "SELL", "lotSize": 0.02 } }));
    assert_eq!(market.until_answered("c1")["status"], "executed");
    fs::write(market.path("KILL"), "").unwrap();
    market.until("everything to be closed", |market| market.open_positions().is_empty());
    assert!(market.log().contains("platform: it cannot be reached"), "{}", market.log());
    platform.be_away(false);
    people.be_away(false);
    // It is tried again after pauses that grow, so this takes its time.
    market.until("it to be told again", |_| {
        platform.heard().iter().any(|heard| heard.path == "/trade")
    });
    market.until("everything to be told", |market| {
        let all: BTreeSet<String> = outbox(market, "1").into_iter().collect();
        let told: BTreeSet<String> = told(&platform).into_iter().collect();
        all.len() > 8 && all.is_subset(&told)
    });
    market.until("people to hear of it", |_| {
        let said = people.heard();
        said.iter()
            .any(|heard| heard.path.ends_with("/sendMessage") && heard.body.contains("latched"))
    });
    ended(child);
    assert_eq!(told(&platform), outbox(&market, "1"), "each once, in order");
    let alerts: BTreeSet<String> = outbox(&market, "kind = 'alert'").into_iter().collect();
    let hooked: BTreeSet<String> = told(&people).into_iter().collect();
    assert_eq!(hooked, alerts);
    let trades = platform.heard().into_iter().filter(|heard| heard.path == "/trade");
    let bodies: Vec<Value> =
        trades.map(|heard| serde_json::from_str(&heard.body).unwrap()).collect();
    assert!(bodies.iter().all(|body| body["executorId"] == "e1" && body["ticket"].is_string()));
    let with = |field: &str| bodies.iter().filter(|body| !body[field].is_null()).count();
    assert!(with("openTime") > 1 && with("closeTime") > 1, "{bodies:?}");
    market.each_command_has_one_result(&["p1", "p2", "p3", "c1"]);
    market.no_order_was_sent_twice(3);
    market.replay_all();
    no_secret_in(market.dir.path());
}

#[test]
fn what_needs_another_setting_is_refused_by_name() {
    let market = Market::open(3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    for (part, told) in [
        ("[platform]\nurl = \"http://127.0.0.1:1\"\n", "platform.url needs platform.key"),
        ("[alerts]\ntelegram_chat = \"7\"\n", "alerts.telegram_token and alerts.telegram_chat"),
        ("[alerts]\nmail_to = \"a@b.example\"\n", "alerts.smtp_url, alerts.mail_from"),
        (
            "[alerts]\nsmtp_url = \"nonsense-8f3a\"\nmail_from = \"a@b.example\"\nmail_to = \"a@b.example\"\n",
            "alerts.smtp_url: must be the URL of a mail server",
        ),
    ] {
        let said = market.log().len();
        fs::write(market.path("live.toml"), format!("{settings}{part}")).unwrap();
        assert_eq!(market.live().wait_with_output().unwrap().status.code(), Some(2));
        let log = market.log()[said..].to_owned();
        assert!(log.contains(told) && !log.contains("nonsense-8f3a"), "{log}");
    }
    assert!(market.book("deal").is_empty());
}

#[test]
fn a_mail_tells_of_what_a_person_should_look_at_now() {
    let mail = MailPeer::new();
    let market = Market::open(6 * 3_600, SPEED, "");
    let mut settings = fs::read_to_string(market.path("live.toml")).unwrap();
    write!(
        settings,
        "[alerts]\nlevel = \"critical\"\nsmtp_url = \"smtp://{}\"\nmail_from = \"tickdeck@example.com\"\nmail_to = \"me@example.com\"\n",
        mail.address()
    )
    .unwrap();
    fs::write(market.path("live.toml"), settings).unwrap();
    let child = market.live();
    market.until("a trade", |market| !market.book("deal").is_empty());
    assert_eq!(mail.mails(), Vec::<String>::new());
    fs::write(market.path("KILL"), "").unwrap();
    market.until("a mail", |_| !mail.mails().is_empty());
    ended(child);
    let [told] = &mail.mails()[..] else { panic!("{:?}", mail.mails()) };
    assert!(
        told.contains("To: me@example.com") && told.contains("tickdeck 77: critical"),
        "{told}"
    );
    assert!(told.contains("CRITICAL latched: Everything is being closed"), "{told}");
}
