//! Strategies in other processes in live sessions: asked, killed, started again, and not needed for a replay.

use crate::common;
use crate::market::{HEAD, Market, STRATEGY, ended};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};

/// How many market seconds pass in one: a program has its deadline in those of the market.
const SPEED: u32 = 100;

/// Buys and closes by turns, and dies once a file says so.
const PROGRAM: &str = r#"
import os
from tickdeck import Answer, run

def on_bar(question):
    with open("asked", "a") as asked:
        asked.write(f"{os.getpid()}\n")
    if os.path.exists("die"):
        os._exit(3)
    return Answer(exit="all") if question.holds("buy") else Answer(enter="buy")

run(on_bar)
"#;

/// A market, with a strategy by rules and one in a program; none where there is no Python.
fn market_with_a_program() -> Option<Market> {
    let python = common::python()?;
    let market = Market::open(6 * 3_600, SPEED, "");
    let command = json!([python, "program.py"]);
    let program = format!(
        "[[strategy]]\nid = \"p\"\ntimeframe = \"M1\"\n[strategy.rules]\n\
         strategy = {{ command = {command}, deadlineMs = 60000 }}\n\
         exit = {{ stopLoss = {{ type = \"pips\", value = 30 }} }}\n\
         riskManagement = {{ lotSize = 0.07, maxPositions = 1 }}\n"
    );
    fs::write(market.path("session.toml"), format!("{HEAD}{STRATEGY}{program}")).unwrap();
    fs::write(market.path("program.py"), PROGRAM).unwrap();
    fs::copy(common::root().join("python/tickdeck.py"), market.path("tickdeck.py")).unwrap();
    Some(market)
}

fn live(market: &Market) -> Child {
    market.live_command().arg("--allow-programs").spawn().unwrap()
}

/// The deals of the program's strategy, by their volume.
fn deals(market: &Market) -> usize {
    market.book("deal").iter().filter(|row| row["row"]["volume"] == 0.07).count()
}

/// The process numbers of the program that were ever asked, in order.
fn asked(market: &Market) -> Vec<String> {
    let text = fs::read_to_string(market.path("asked")).unwrap_or_default();
    let mut pids: Vec<String> = text.lines().map(str::to_owned).collect();
    pids.dedup();
    pids
}

fn is_running(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).output().unwrap().status.success()
}

#[test]
fn a_program_trades_is_halted_when_it_dies_and_its_session_replays_without_it() {
    let Some(market) = market_with_a_program() else { return };
    let refused = market.live().wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(market.log().contains("--allow-programs"), "{}", market.log());
    assert!(asked(&market).is_empty());
    let child = live(&market);
    market.until("trades of the program", |market| deals(market) > 3);
    fs::write(market.path("die"), "").unwrap();
    market.until("its alert", |market| market.log().contains("program_gone"));
    assert!(market.log().contains("has ended (exit status: 3)"), "{}", market.log());
    let others = market.book("deal").len();
    market.until("the rest to trade on", |market| market.book("deal").len() > others + 2);
    fs::remove_file(market.path("die")).unwrap();
    let halted = deals(&market);
    market.command(
        &json!({ "id": "r", "command": "RESUME_STRATEGY", "parameters": { "strategyId": "p" } }),
    );
    assert_eq!(market.until_answered("r")["status"], "executed");
    market.until("it to trade again", |market| deals(market) > halted + 2);
    market.command(
        &json!({ "id": "c", "command": "STOP_ALL", "parameters": { "closePositions": true } }),
    );
    market.until_answered("c");
    ended(child);
    let pids = asked(&market);
    assert!(pids.len() > 1 && pids.iter().all(|pid| !is_running(pid)), "{pids:?}");
    market.no_order_was_sent_twice(4);
    // Nobody is asked: the answers are in the recordings.
    fs::remove_file(market.path("program.py")).unwrap();
    let before = fs::read_to_string(market.path("asked")).unwrap();
    market.replay_all();
    assert_eq!(fs::read_to_string(market.path("asked")).unwrap(), before);
}

#[test]
fn a_program_ends_with_a_session_that_is_killed_and_the_next_one_starts_its_own() {
    let Some(market) = market_with_a_program() else { return };
    let mut child = live(&market);
    market.until("trades of the program", |market| deals(market) > 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let first = asked(&market);
    market.until("its end", |_| first.iter().all(|pid| !is_running(pid)));
    let traded = deals(&market);
    let child = live(&market);
    market.until("more trades of the program", |market| deals(market) > traded + 1);
    assert!(asked(&market).len() > first.len());
    market.command(
        &json!({ "id": "c", "command": "STOP_ALL", "parameters": { "closePositions": true } }),
    );
    market.until_answered("c");
    assert!(ended(child).contains("0 positions and 0 orders are left open"));
    market.no_order_was_sent_twice(2);
    market.replay_all();
    assert!(Path::new(&market.path("rec/77.audit.sqlite")).exists());
}
