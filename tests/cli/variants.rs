//! Other values of a session from the command line: one is a run like any other, several are variants in
//! one table.

use crate::common;
use crate::common::{tickdeck, tickdeck_in};
use serde_json::Value;
use std::process::Output;

const SESSION: &str = "fixtures/sessions/ema-cross-m1.toml";

fn text(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr)
}

fn json(args: &[&str]) -> Value {
    let ran = tickdeck(&[&["simulate", SESSION, "--json"], args].concat());
    assert!(ran.status.success(), "{}", text(&ran));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// Each variant is the run that has its values alone.
#[test]
fn a_variant_is_a_run_of_its_own() {
    let (stop, profit) = ("strategy.0.rules.exit.stopLoss", "strategy.0.rules.exit.takeProfit");
    let all = json(&["--set", &format!("{stop}=8,10,15"), "--set", &format!("{profit}=20,30")]);
    let variants = all["variants"].as_array().unwrap();
    let names: Vec<String> = variants.iter().map(|one| one["set"].to_string()).collect();
    let named = |stop_pips: u32, profit_pips: u32| {
        format!("[\"{stop}={stop_pips}\",\"{profit}={profit_pips}\"]")
    };
    let each = [8, 10, 15].into_iter().flat_map(|stop| [20, 30].map(|profit| named(stop, profit)));
    assert_eq!(names, each.collect::<Vec<_>>());
    for (place, stop_pips, profit_pips) in [(1, 8, 30), (2, 10, 20), (5, 15, 30)] {
        let one = json(&[
            "--set",
            &format!("{stop}={stop_pips}"),
            "--set",
            &format!("{profit}={profit_pips}"),
        ]);
        let variant = &variants[place];
        assert_eq!(variant["actions_hash"], one["actions_hash"], "{}", names[place]);
        assert_eq!(variant["sums"]["trades"], one["trades"], "{}", names[place]);
        assert_eq!(variant["sums"]["open"], one["positions_open"], "{}", names[place]);
        assert_eq!(variant["warnings"], one["warnings"], "{}", names[place]);
    }
    // The values of the file are the session as it is.
    assert_eq!(variants[2]["actions_hash"], json(&[])["actions_hash"]);
}

#[test]
fn what_cannot_be_set_or_kept_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let session = common::root().join(SESSION);
    for (args, reason) in [
        (&["--set", "strategy.7.id=x"][..], "--set: strategy.7: there are 1, counted from 0"),
        (&["--set", "stopLoss"], "must be KEY=VALUE"),
        (&["--set", "strategy.0.rules.exit.stopLos=5"], "did you mean `stopLoss`?"),
        (&["--set", "seed=1,x"], "with --set seed=\"x\""),
        (
            &["--set", "seed=1", "--set", "seed=2"],
            "--set: seed is given twice: give all its values in one",
        ),
        (&["--set", "seed=1,2", "--record", "kept"], "give --set one value each"),
        (&["--set", "seed=1,2", "--trades", "t.csv"], "give --set one value each"),
        (&["--set", "strategy.0.rules.risk.lotSize=0.1,0.001"], "were not all started"),
    ] {
        let ran =
            tickdeck_in(dir.path(), &[&["simulate", session.to_str().unwrap()], args].concat());
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {}", text(&ran));
        assert!(text(&ran).contains(reason), "{args:?}: {}", text(&ran));
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn people_read_a_table() {
    let set = "strategy.0.rules.risk.lotSize=0.1,0.2";
    let ran = tickdeck(&["simulate", SESSION, "--set", set]);
    assert!(ran.status.success(), "{}", text(&ran));
    insta::assert_snapshot!(text(&ran));
    let strict = tickdeck(&["simulate", SESSION, "--set", set, "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
}
