//! What goes one way in symbols that move with each other, as order sequences: GBPUSD is bought or sold, and
//! then EURUSD.
//!
//! The last closes of EURUSD before 26:30 change by -1, -1, -1 and +124 points: it falls a point a minute, and
//! jumps in the minute 25.

use crate::stage::{Stage, command};
use serde_json::{Value, json};
use tickdeck::market::timeframe::Timeframe;
use tickdeck::risk::correlated::CorrelatedLots;

fn most(lots: &str, correlation: &str, bars: u32) -> CorrelatedLots {
    let (lots, correlation) = (lots.parse().unwrap(), correlation.parse().unwrap());
    CorrelatedLots { lots, correlation, bars, timeframe: Timeframe::M1 }
}

fn open(symbol: &str, side: &str) -> Value {
    command("OPEN_POSITION", json!({ "symbol": symbol, "type": side, "volume": 0.1 }))
}

/// Whether 0.10 lots of EURUSD are opened at 26:30 with 0.10 lots of GBPUSD that are there from 20:30 on.
fn opens(most: CorrelatedLots, pounds: fn(i64) -> i64, [pound, euro]: [&str; 2]) -> bool {
    let played = Stage::empty(&["26:00"], "26:50")
        .beside(pounds)
        .risk(|risk| risk.max_correlated = Some(most))
        .command("20:30", "pound", &open("GBPUSD", pound))
        .command("26:30", "euro", &open("EURUSD", euro))
        .run();
    assert_eq!(played.count("result pound: executed"), 1);
    let opened = played.count("result euro: executed");
    assert_eq!(opened + played.count("result euro: failed LIMIT_REACHED"), 1);
    opened == 1
}

/// The pound changes as the euro does.
fn alike(minute: i64) -> i64 {
    if minute < 25 { 130_000 - minute } else { 130_100 }
}

/// Where the euro falls, the pound rises.
fn against(minute: i64) -> i64 {
    260_000 - alike(minute)
}

/// The last changes are 1, 1, 2 and 2: their correlation with the euro's is that of (-1, -1, 1, 1) with
/// (-1, -1, -1, 3), which is 4 divided by the square root of 48, about 0.577.
fn partly(minute: i64) -> i64 {
    130_000 + [0, 1, 2, 4, 6][usize::try_from((minute - 21).clamp(0, 4)).unwrap()]
}

#[test]
fn what_moves_alike_goes_one_way_on_one_side() {
    assert!(opens(most("0.2", "0.9", 4), alike, ["BUY", "BUY"]));
    assert!(!opens(most("0.19", "0.9", 4), alike, ["BUY", "BUY"]));
    assert!(!opens(most("0.19", "0.9", 4), alike, ["SELL", "SELL"]));
    assert!(opens(most("0.19", "0.9", 4), alike, ["SELL", "BUY"]));
}

#[test]
fn what_moves_against_it_goes_one_way_on_the_other_side() {
    assert!(!opens(most("0.19", "0.9", 4), against, ["SELL", "BUY"]));
    assert!(opens(most("0.19", "0.9", 4), against, ["BUY", "BUY"]));
    assert!(opens(most("0.2", "0.9", 4), against, ["BUY", "SELL"]));
}

#[test]
fn from_the_bound_on_two_symbols_count_as_one() {
    assert!(!opens(most("0.19", "0.577", 4), partly, ["BUY", "BUY"]));
    assert!(opens(most("0.19", "0.578", 4), partly, ["BUY", "BUY"]));
    assert!(opens(most("0.19", "0.577", 4), partly, ["SELL", "BUY"]));
}

#[test]
fn what_nobody_can_tell_goes_along_on_either_side() {
    // A price that does not move moves with nothing.
    assert!(!opens(most("0.19", "1", 4), |_| 130_000, ["BUY", "BUY"]));
    assert!(!opens(most("0.19", "1", 4), |_| 130_000, ["SELL", "BUY"]));
    // 26 bars have 25 changes, less than half of 60.
    assert!(!opens(most("0.19", "1", 60), partly, ["SELL", "BUY"]));
    assert!(opens(most("0.19", "1", 50), partly, ["SELL", "BUY"]));
}

#[test]
fn the_symbol_itself_counts_on_its_own_side_with_what_is_on_its_way() {
    let lines = |second: &str| {
        let mut stage = Stage::empty(&["26:00"], "26:50")
            .risk(|risk| risk.max_correlated = Some(most("0.15", "1", 3)));
        stage.model.answer_latency = tickdeck::session::description::Latency::ConstantMs(2_000);
        let stage = stage.command("20:30", "one", &open("EURUSD", "BUY")).command(
            "20:30.5",
            "other",
            &open("EURUSD", second),
        );
        stage.run().count("result other: executed")
    };
    assert_eq!([lines("BUY"), lines("SELL")], [0, 1]);
}
