//! `tickdeck close --all`: by the process that trades the account, or by one that does nothing else, whatever else is
//! out of order. Judged from the broker's book.

use crate::market::{Market, SPEED, ended, gateways, signal};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::thread::{scope, sleep};
use std::time::Duration;

fn place(market: &Market, id: &str) {
    let (open, order) = (format!("{id}-open"), format!("{id}-place"));
    market.command(&json!({ "id": open, "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    market.command(&json!({ "id": order, "command": "PLACE_ORDER", "parameters": { "symbol": "EURUSD", "type": "BUY_LIMIT", "lotSize": 0.3, "price": 1.05 } }));
    assert_eq!(market.until_answered(&open)["status"], "executed", "{}", market.log());
    assert_eq!(market.until_answered(&order)["status"], "executed", "{}", market.log());
}

fn killed(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Everything is closed by the process that trades, or by one that does nothing else: by a strategy and by command,
/// with the orders that work.
#[test]
fn everything_is_closed_whether_a_process_trades_or_not() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until("a trade", |market| !market.book("deal").is_empty());
    place(&market, "one");
    // What a process reads when it begins is none of the business of one that asks another.
    let session = fs::read_to_string(market.path("session.toml")).unwrap();
    fs::write(market.path("session.toml"), "format = 1\nname = \"half").unwrap();
    let (code, text) = market.close_all();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("executed").count(), 2, "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    fs::write(market.path("session.toml"), session).unwrap();
    // Nothing is entered until an operator says so.
    market.command(&json!({ "id": "latched", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    assert_eq!(market.until_answered("latched")["result"]["error"], "LATCHED");
    fs::write(market.path("KILL"), "").unwrap();
    sleep(Duration::from_millis(500));
    fs::remove_file(market.path("KILL")).unwrap();
    market.until("the latch to be cleared", |market| market.log().contains("latch_cleared"));
    place(&market, "two");
    killed(child);
    let (code, text) = market.close_all();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("0 positions and 0 orders are left open"), "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    market.no_order_was_sent_twice(4);
    market.replay_all();
    market.audit_has_every_deal();
    // The next session says why it enters nothing.
    let child = market.live();
    market.until("why", |market| market.log().contains("entries are latched since"));
    ended(child);
}

/// The process that is asked dies before it has closed anything: then it is done without it.
#[test]
fn everything_is_closed_when_the_process_that_was_asked_dies() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    place(&market, "one");
    signal(&child, "-STOP");
    let (code, text) = scope(|both| {
        let closing = both.spawn(|| market.close_all());
        sleep(Duration::from_millis(700));
        assert!(!closing.is_finished() && !market.open_positions().is_empty());
        killed(child);
        closing.join().unwrap()
    });
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("is asked to close everything"), "{text}");
    assert!(text.contains("0 positions and 0 orders are left open"), "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    market.no_order_was_sent_twice(2);
    market.replay_all();
}

/// Nothing that closing does not need keeps it: an audit that another program holds, a journal that cannot become a
/// recording, a terminal that is not there at once.
#[test]
fn everything_is_closed_whatever_cannot_be_written_about_it() {
    let market = Market::open(24 * 3_600, SPEED, "");
    market.let_gateway_be_away();
    let child = market.live();
    market.until_answered("session-start-s");
    place(&market, "one");
    fs::write(market.path("away"), "").unwrap();
    let voices = gateways(&child);
    killed(child);
    market.until("the end of its gateway", |_| {
        voices.iter().all(|pid| !std::path::Path::new(&format!("/proc/{pid}/exe")).exists())
    });
    let other = rusqlite::Connection::open(market.path("rec/77.audit.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (code, text) = scope(|both| {
        let closing = both.spawn(|| market.close_all());
        // Longer than the commands wait for what they want: they go on to want it.
        sleep(Duration::from_millis(1_500));
        fs::remove_file(market.path("away")).unwrap();
        closing.join().unwrap()
    });
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("0 positions and 0 orders are left open"), "{text}");
    assert!(text.contains("not recorded yet") && text.contains("holds the audit"), "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    // The next session records it.
    let child = market.live();
    market.until("why it enters nothing", |market| market.log().contains("entries are latched"));
    ended(child);
    assert_eq!(market.recordings().len(), 3);
    market.no_order_was_sent_twice(2);
    market.replay_all();
}

/// A journal that lost what was durable is not taken for one that a dying process tore: no session goes on from it, and
/// everything can be closed all the same.
#[test]
fn everything_is_closed_with_a_damaged_journal() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until("a trade", |market| !market.book("deal").is_empty());
    place(&market, "one");
    place(&market, "two");
    killed(child);
    let journals = fs::read_dir(market.path("rec")).unwrap().map(|entry| entry.unwrap().path());
    let journal =
        journals.filter(|path| path.extension().is_some_and(|it| it == "journal")).last().unwrap();
    let steps = fs::read_to_string(journal.join("steps.jsonl")).unwrap();
    fs::write(journal.join("steps.jsonl"), steps.replacen("one-open", "one-opem", 1)).unwrap();
    // One that went on would end by itself.
    let refused = market.live_command().args(["--for", "5"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        market.log().contains("is damaged, and") && market.log().contains("from a copy"),
        "{}",
        market.log()
    );
    let (code, text) = market.close_all();
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("cannot be had as it was") && text.contains("not recorded yet"),
        "{text}"
    );
    assert!(text.contains("0 positions and 0 orders are left open"), "{text}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    market.no_order_was_sent_twice(4);
    // Put back, it is recorded, and so is what closed everything.
    fs::write(journal.join("steps.jsonl"), steps).unwrap();
    let child = market.live();
    market.until("why it enters nothing", |market| market.log().contains("entries are latched"));
    ended(child);
    assert_eq!(market.recordings().len(), 3);
    market.replay_all();
}

/// Each session of a simulated account begins anew, and so does its audit: what was recorded before stays, and is none
/// of its business.
#[test]
fn the_audit_of_a_second_dry_run_agrees() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), format!("dry_run = true\n{settings}")).unwrap();
    for recordings in 1..=2 {
        let said = market.log().len();
        let child = market.live();
        market.until("a trade", |market| market.log()[said..].contains(" opened "));
        ended(child);
        assert_eq!(market.recordings().len(), recordings);
        market.replay_all();
    }
    let (_, text) = market.verify();
    assert!(text.contains("of an earlier simulated account") && text.contains("agree"), "{text}");
}
