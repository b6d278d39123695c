//! The audit of the recordings in the repository: each has every event of the domain, and more of them than a live
//! session of a test.

use crate::common::root;
use serde_json::Value;
use std::fs;
use tickdeck::audit::database::{AuditDatabase, AuditRun};
use tickdeck::audit::sink::AuditFiller;
use tickdeck::audit::summary::LiveSummary;
use tickdeck::recording::player::replay;
use tickdeck::recording::reader::Recording;

/// How many actions of a kind the lines of a recording tell.
fn told(actions: &[Value], kind: &str, of: &[&str]) -> usize {
    let is_of = |action: &&Value| {
        action
            .get(kind)
            .is_some_and(|one| of.is_empty() || of.iter().any(|key| one.get(key).is_some()))
    };
    actions.iter().filter(is_of).count()
}

fn run(recording: &Recording) -> AuditRun {
    let zone = recording.file.zone.clone();
    AuditRun { id: "run".to_owned(), login: 1, server: None, zone }
}

#[test]
fn every_request_result_trade_and_alert_of_a_recording_has_a_row() {
    let mut recordings = 0;
    for entry in fs::read_dir(root().join("recordings")).unwrap() {
        let path = entry.unwrap().path();
        let recording = Recording::open(&path).unwrap();
        let mut database = AuditDatabase::in_memory().unwrap();
        let mut executor = recording.executor().unwrap();
        let mut filler = AuditFiller::begin(&mut database, &run(&recording)).unwrap();
        let outcome = replay(&recording, &mut executor, &mut filler).unwrap();
        filler.finish(&outcome.actions_hash.to_string()).unwrap();
        let text = fs::read_to_string(path.join("actions.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let actions: Vec<Value> =
            lines.flat_map(|line| line["actions"].as_array().unwrap().clone()).collect();
        let count = |question: &str| -> usize {
            let count = database.ask(|one| one.query_row(question, [], |row| row.get::<_, u64>(0)));
            usize::try_from(count.unwrap()).unwrap()
        };
        let rows = |table: &str| count(&format!("SELECT count(*) FROM {table}"));
        let name = path.display();
        assert_eq!(rows("orders"), told(&actions, "trade", &[]), "{name}");
        assert_eq!(rows("results"), told(&actions, "result", &[]), "{name}");
        assert_eq!(rows("trades"), told(&actions, "report", &["closed"]), "{name}");
        assert_eq!(
            rows("events"),
            told(&actions, "report", &["opened", "changed", "alert"]),
            "{name}"
        );
        let told_to_others = told(&actions, "result", &[])
            + told(&actions, "report", &["opened", "closed", "alert"]);
        assert_eq!(rows("outbox"), told_to_others, "{name}");
        // A deal of ours belongs to a trade, each trade knows the order that ended it, and its profit is that of its deals.
        assert_eq!(count("SELECT count(*) FROM trades WHERE exit_order_id IS NULL"), 0, "{name}");
        let unlike = "SELECT count(*) FROM trades WHERE abs(profit - (SELECT sum(profit) FROM deals
                      WHERE deals.position_ticket = trades.position_ticket)) > 0.005";
        assert_eq!(count(unlike), 0, "{name}");
        // What was answered has its latency, and what was filled its price.
        let unfilled = "SELECT count(*) FROM deals WHERE reason = 'expert' AND NOT EXISTS
                        (SELECT 1 FROM orders WHERE orders.mt5_order_id = deals.mt5_order_id AND executed_price IS NOT NULL)
                        AND magic IN (SELECT magic FROM orders)";
        assert_eq!(count(unfilled), 0, "{name}");
        let summary = LiveSummary::since(&database, "run").unwrap();
        assert_eq!(
            summary.orders.iter().map(|(_, count)| count).sum::<u64>(),
            rows("orders") as u64
        );
        assert_eq!(summary.trades, rows("trades") as u64, "{name}");
        recordings += 1;
    }
    assert_eq!(recordings, 6);
}
