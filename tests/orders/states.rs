//! States of older versions: each of `fixtures/states` was written by the version that it names, in
//! a session of its own. It is restored, a life begins with it, and an account that is built from
//! its own positions answers what it asks.

use crate::world::{World, read, restored, text, written};
use serde_json::Value;
use std::collections::BTreeMap;
use tickdeck::domain::amount::{Price, Volume};
use tickdeck::domain::deal::DealEntry;
use tickdeck::domain::id::{IntentKey, Ticket};
use tickdeck::executor::action::{AlertCode, Request, ResultStatus};
use tickdeck::executor::snapshot::{RestoreError, Snapshot};

const SAMPLES: [&str; 11] = [
    "v2-entry-unknown",
    "v2-entry-accepted",
    "v2-stop-entry-unknown",
    "v2-stop-entry-accepted",
    "v2-stop-close-unknown",
    "v2-stop-keep",
    "v2-close-in-part",
    "v2-stops-dropped",
    "v2-close-refused",
    "v2-close-waits",
    "v2-position-unstated",
];

/// What a sample says is in the restored executor, and in what that one writes.
#[test]
fn nothing_is_lost() {
    for name in SAMPLES {
        let World { old, executor, positions, .. } = World::of(name);
        let new = written(&executor);
        for same in ["now", "ledger", "account"] {
            assert_eq!(new[same], old[same], "{name} {same}");
        }
        let feeds = |state: &Value| state["feeds"].as_array().unwrap().clone();
        assert_eq!(feeds(&new).len(), feeds(&old).len(), "{name}");
        for (new, old) in feeds(&new).iter().zip(&feeds(&old)) {
            for same in ["symbol", "timeframe", "source", "history", "history_asked"] {
                assert_eq!(new[same], old[same], "{name} {same}");
            }
            for same in ["indicators", "watchers"] {
                assert_eq!(new["watch"][same], old[same], "{name} {same}");
            }
        }
        for (new, old) in [
            (&new["book"]["foreign"], &old["book"]["foreign"]),
            (&new["flows"]["last_cid"], &old["flows"]["last_cid"]),
            (&new["gate"]["operator_paused"], &old["paused"]),
            (&new["gate"]["trading_disabled"], &old["trading_disabled"]),
        ] {
            assert_eq!(new, old, "{name}");
        }
        for (id, registered) in old["registry"]["strategies"].as_object().unwrap() {
            let magic = &registered["magic"];
            assert_eq!(new["registry"]["magics"][id], *magic, "{name}");
            let known = &new["registry"]["strategies"][magic.to_string()];
            assert_eq!(
                (known["strategy"].as_str(), &known["spent"]),
                (Some(id.as_str()), &registered["spent"]),
                "{name}"
            );
        }
        let closed: Vec<&Value> =
            new["book"]["closed"].as_array().unwrap().iter().map(|one| &one[0]).collect();
        assert_eq!(
            closed,
            old["book"]["closed"].as_array().unwrap().iter().collect::<Vec<_>>(),
            "{name}"
        );
        let slots = new["strategies"]["slots"].as_array().unwrap();
        for (new, old) in slots.iter().zip(old["strategies"]["slots"].as_array().unwrap()) {
            for same in ["id", "state", "rules", "settings", "effective", "update"] {
                assert_eq!(new[same], old[same], "{name} {same}");
            }
            assert_eq!(new["cap"]["now"], old["effective"]["max_open_trades"], "{name}");
        }
        assert!(new["registry"]["own"].is_u64(), "{name}");
        assert_eq!(new["lived"], true, "{name}");
        let view = executor.view().positions;
        let known: Vec<_> =
            view.iter().map(|one| (one.ticket, one.volume, one.sl, one.tp)).collect();
        let there: Vec<_> =
            positions.values().map(|one| (one.ticket, one.volume, one.sl, one.tp)).collect();
        assert_eq!(known, there, "{name}");
    }
}

/// A strategy that is being stopped: what holds for what it leaves behind, its command, and that
/// one's old moment.
#[test]
fn a_stop_goes_on_where_it_was() {
    for (name, id, ended, deadline) in [
        ("v2-stop-entry-unknown", "c-stop", "closed", "2025-09-21T22:22:50Z"),
        ("v2-stop-keep", "c-keep", "kept", "2025-09-22T01:29:03Z"),
    ] {
        let new = written(&World::of(name).executor);
        let waiting = &new["waiting"]["waiting"]["1"];
        assert_eq!(
            (waiting["id"].as_str(), waiting["deadline"].as_str()),
            (Some(id), Some(deadline))
        );
        assert_eq!(waiting["until"]["flat"]["close"], ended == "closed");
        let magic = &new["registry"]["magics"][waiting["strategy"].as_str().unwrap()];
        assert_eq!(new["registry"]["strategies"][magic.to_string()]["ended"], ended);
        assert!(
            new["deadlines"]
                .as_array()
                .unwrap()
                .contains(&serde_json::json!([deadline, { "command": 1 }])),
            "{new:#}"
        );
        assert_eq!(new["strategies"]["stopping"].as_array().unwrap().len(), 1);
    }
}

/// What was brought up is a state like any other.
#[test]
fn a_second_restore_is_bit_for_bit() {
    for name in SAMPLES {
        for executor in [World::of(name).executor, World::of(name).live().executor] {
            let text = executor.snapshot().to_json().unwrap();
            let again = restored(&text);
            assert_eq!(again, executor, "{name}");
            assert_eq!(again.snapshot().to_json().unwrap(), text, "{name}");
            assert_eq!(again.next_wakeup(), executor.next_wakeup(), "{name}");
        }
    }
}

/// Whatever became of it: what an older version may have sent does not leave again.
#[test]
fn nothing_is_sent_twice() {
    for name in SAMPLES {
        let world = World::of(name).live();
        let flows: BTreeMap<String, Value> = read(&world.old["flows"]["open"]);
        let mut keys: Vec<IntentKey> = flows.values().map(|flow| read(&flow["key"])).collect();
        let last_cid: u64 = read(&world.old["flows"]["last_cid"]);
        for trade in world.trades() {
            assert!(!keys.contains(&trade.key), "{name}: {trade:?}");
            assert!(trade.cid.0 > last_cid, "{name}: {trade:?}");
            keys.push(trade.key);
        }
        let view = world.executor.view();
        assert_eq!((view.unknown, view.in_flight), (0, 0), "{name}");
    }
}

/// How a sample ends: whether what was out had been executed, the positions, and what its STOP came
/// to.
fn check(
    name: &str,
    executed: bool,
    open: &[u64],
    stop: Option<(&str, ResultStatus, &[u64])>,
) -> World {
    let world = World::of(name);
    let world = if executed { world.executed() } else { world }.live();
    assert_eq!(world.open(), open, "{name}: {:#?}", world.said);
    if let Some((id, status, closed)) = stop {
        let results = world.results(id);
        assert_eq!(results.len(), 1, "{name}: {results:?}");
        assert_eq!(results[0].0, status, "{name}: {results:?}");
        assert_eq!(
            read::<Vec<u64>>(&results[0].1["stopped"]["closed"]),
            closed,
            "{name}: {results:?}"
        );
    }
    world
}

#[test]
fn an_entry_of_unknown_outcome_is_found_or_proved_absent() {
    let found = check("v2-entry-unknown", true, &[9_001], None);
    assert_eq!(
        (found.alerts(AlertCode::UnknownFound), found.alerts(AlertCode::UnknownAbsent)),
        (1, 0)
    );
    let absent = check("v2-entry-unknown", false, &[], None);
    assert_eq!(
        (absent.alerts(AlertCode::UnknownFound), absent.alerts(AlertCode::UnknownAbsent)),
        (0, 1)
    );
}

/// The broker had named the order: it is a thing of its own, and one that is nowhere to be found is
/// for a person to look at.
#[test]
fn an_entry_whose_order_was_named_is_looked_for_by_its_ticket() {
    let found = check("v2-entry-accepted", true, &[18], None);
    assert_eq!(found.alerts(AlertCode::Ambiguous), 0);
    let nowhere = check("v2-entry-accepted", false, &[], None);
    assert_eq!(
        (nowhere.alerts(AlertCode::Ambiguous), nowhere.alerts(AlertCode::UnknownAbsent)),
        (1, 0)
    );
}

/// A STOP waits for what may still be there: found, it is closed; absent, that is known only after
/// the STOP's moment.
#[test]
fn a_stop_that_waited_has_one_result() {
    check("v2-stop-entry-unknown", true, &[], Some(("c-stop", ResultStatus::Executed, &[9_001])));
    check("v2-stop-entry-unknown", false, &[], Some(("c-stop", ResultStatus::Failed, &[])));
    check("v2-stop-entry-accepted", true, &[], Some(("c-stop", ResultStatus::Executed, &[18])));
    check("v2-stop-entry-accepted", false, &[], Some(("c-stop", ResultStatus::Executed, &[])));
    let closed =
        check("v2-stop-close-unknown", true, &[], Some(("c-stop", ResultStatus::Executed, &[15])));
    assert_eq!(closed.trades().len(), 0);
    let closed =
        check("v2-stop-close-unknown", false, &[], Some(("c-stop", ResultStatus::Failed, &[])));
    assert_eq!(closed.trades().len(), 1);
    let kept =
        check("v2-stop-keep", false, &[27, 28], Some(("c-keep", ResultStatus::Executed, &[])));
    assert_eq!(kept.executor.view().strategies.len(), 1);
}

/// A close that was filled in part, and one that had been refused, are wanted on; stops that were
/// dropped are put back.
#[test]
fn what_was_wanted_is_wanted_on() {
    let mut part = World::of("v2-close-in-part");
    // The order that the broker had named filled no more than it had.
    let (key, position) = (read(&part.flow()["key"]), part.positions[&Ticket(24)].clone());
    let volume: Volume = "0.03".parse().unwrap();
    part.execute(Ticket(25), &position, DealEntry::Out, key, volume);
    part.deals[0].ticket = read(&part.old["book"]["holdings"]["24"]["deals"][1]);
    let part = part.live();
    assert_eq!((part.open(), part.trades().len()), (Vec::new(), 1), "{:#?}", part.said);
    let Request::Close(rest) = &part.trades()[0].request else { panic!("{:?}", part.trades()) };
    assert_eq!(rest.volume, position.volume);
    for (name, left) in [("v2-close-refused", vec![]), ("v2-close-waits", vec![21])] {
        assert_eq!(check(name, false, &left, None).trades().len(), 1, "{name}");
    }
    let stops = World::of("v2-stops-dropped").live();
    let wanted =
        read::<(Option<Price>, Option<Price>)>(&stops.old["book"]["holdings"]["15"]["wanted"]);
    let position = &stops.positions[&Ticket(15)];
    assert_eq!((position.sl, position.tp), wanted);
}

/// What is too old to be brought up, and what is newer, is told by its version and not called
/// damaged.
#[test]
fn other_versions_are_refused_by_version() {
    for (found, name) in [(1, "v2-stop-keep"), (4, "v2-stop-keep")] {
        let other = text(name).replacen("\"version\":2", &format!("\"version\":{found}"), 1);
        let error = Snapshot::from_json(&other).unwrap_err();
        assert_eq!(error, RestoreError::Version { found });
        assert_eq!(
            error.to_string(),
            format!("the state has version {found}, this program reads versions 2 to 3")
        );
    }
    let damaged = text("v2-stop-keep").replacen("\"ledger\"", "\"register\"", 1);
    assert!(matches!(Snapshot::from_json(&damaged), Err(RestoreError::Damaged(_))));
}
