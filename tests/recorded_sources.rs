//! Followers of strategies of other recordings: what they make of what those have open, in order
//! sequences.

mod stage;

use serde_json::json;
use stage::{Memory, Stage, command, start};
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::Ticket;
use tickdeck::domain::order::Side;
use tickdeck::executor::action::{ResultCode, ResultData};
use tickdeck::executor::config::Followed;
use tickdeck::executor::event::{Event, SourceNews, SourcePosition};
use tickdeck::market::timeframe::Timeframe;

/// A follower, with half of its account, of the source `m` of another recording.
fn stage(end: &str) -> Stage {
    let mut stage = Stage::empty(&[], end);
    stage.followed =
        vec![Followed { id: "m".into(), symbol: "EURUSD".to_owned(), timeframe: Timeframe::M1 }];
    let add = json!({ "sourceStrategyId": "m", "allocation": 50 });
    stage.command("1:00.5", "add", &command("COPY_ADD", add))
}

/// The source has one lot open of which so many are closed. The price of the stage is 1.10000.
fn open(identifier: u64, closed: &str) -> SourcePosition {
    SourcePosition {
        identifier: Ticket(identifier),
        side: Side::Buy,
        opened: "1".parse().unwrap(),
        closed: closed.parse().unwrap(),
        price_open: "1.10000".parse().unwrap(),
        sl: None,
        tp: None,
        age_ms: 0,
    }
}

fn news(equity: &str, positions: &[SourcePosition]) -> Event {
    let equity = (equity != "unknown").then(|| equity.parse().unwrap());
    Event::Source(Box::new(SourceNews {
        source: "m".into(),
        equity,
        positions: positions.to_vec(),
    }))
}

#[test]
fn lots_follow_from_the_worth_of_both_accounts_and_parts_from_fractions() {
    // 1.00 · 50 % · 10,000 ÷ 40,000 = 0.125, down to whole steps. Of it a half is 0.06, then all of it.
    let stops =
        |sl: Price, tp: Price| SourcePosition { sl: Some(sl), tp: Some(tp), ..open(7, "0.5") };
    let moved = stops("1.095004".parse().unwrap(), "1.11".parse().unwrap());
    stage("6:00")
        .event("2:00.5", news("40000", &[open(7, "0")]))
        .event("3:00.5", news("39000", &[open(7, "0.5")]))
        .event("4:00.5", news("39000", &[moved]))
        .event("5:00.5", news("39000", &[]))
        .run()
        .check_from(
            "2:00",
            "
            02:00.500 send 1: buy 0.12, copied
            02:00.500 note buy entered
            02:00.500 opened #2 buy 0.12
            02:00.500 answer 1: 10009 DONE #2
            03:00.500 send 2: close #2 0.06, copied
            03:00.500 changed #2 0.06 sl - tp -
            03:00.500 answer 2: 10009 DONE #3
            04:00.500 send 3: modify #2 sl 1.09500 tp 1.11000, copied
            04:00.500 changed #2 0.06 sl 1.09500 tp 1.11000
            04:00.500 answer 3: 10009 DONE
            05:00.500 send 4: close #2 0.06, copied
            05:00.500 closed #2 0.12 signal
            05:00.500 answer 4: 10009 DONE #4
            ",
            "nothing",
        );
}

#[test]
fn what_is_told_again_changes_nothing_and_what_is_open_already_is_not_copied() {
    stage("5:00")
        .event("0:30.5", news("10000", &[open(6, "0")]))
        .event("2:00.5", news("10000", &[open(6, "0"), open(7, "0")]))
        .event("3:00.5", news("50000", &[open(6, "0"), open(7, "0")]))
        .event("4:00.5", news("50000", &[open(6, "0.3"), open(7, "0")]))
        .run()
        .check_from(
            "2:00",
            "
            02:00.500 send 1: buy 0.50, copied
            02:00.500 note buy entered
            02:00.500 opened #2 buy 0.50
            02:00.500 answer 1: 10009 DONE #2
            ",
            "#2 buy 0.50 sl - tp -",
        );
}

#[test]
fn too_old_or_too_far_is_not_copied() {
    let old = SourcePosition { age_ms: 30_001, ..open(7, "0") };
    let dear = SourcePosition { price_open: "1.09900".parse().unwrap(), ..open(8, "0") };
    stage("4:00")
        .event("2:00.5", news("10000", &[old]))
        .event("3:00.5", news("10000", &[old, dear]))
        .run()
        .check_from(
            "2:00",
            "
            02:00.500 note buy copy_too_old
            03:00.500 note buy copy_slipped
            ",
            "nothing",
        );
}

#[test]
fn while_the_source_does_not_know_its_equity_a_copy_waits() {
    stage("3:00")
        .event("2:00.5", news("unknown", &[open(7, "0")]))
        .event("2:15.5", news("10000", &[open(7, "0")]))
        .run()
        .check_from(
            "2:00",
            "
            02:00.500 note buy equity_unknown
            02:15.500 send 1: buy 0.50, copied
            02:15.500 note buy entered
            02:15.500 opened #2 buy 0.50
            02:15.500 answer 1: 10009 DONE #2
            ",
            "#2 buy 0.50 sl - tp -",
        );
}

#[test]
fn nonsense_is_told_and_what_was_known_before_holds() {
    let twice = [open(7, "0"), open(7, "0")];
    stage("4:00")
        .event("2:00.5", news("10000", &[open(7, "0")]))
        .event("3:00.5", news("10000", &twice))
        .event("3:10.5", news("10000", &[open(7, "1")]))
        .event("3:20.5", news("-1", &[]))
        .run()
        .check_from(
            "2:00",
            "
            02:00.500 send 1: buy 0.50, copied
            02:00.500 note buy entered
            02:00.500 opened #2 buy 0.50
            02:00.500 answer 1: 10009 DONE #2
            03:00.500 warning broker_flaw source.positions.identifier
            03:10.500 warning broker_flaw source.positions.volume
            03:20.500 warning broker_flaw source.equity
            ",
            "#2 buy 0.50 sl - tp -",
        );
}

#[test]
fn a_restart_forgets_nothing_that_a_state_holds() {
    stage("5:00")
        .event("2:00.5", news("10000", &[open(7, "0")]))
        .restart("3:00", Memory::Kept)
        .event("4:00.5", news("10000", &[]))
        .run()
        .check_from(
            "2:00",
            "
            02:00.500 send 1: buy 0.50, copied
            02:00.500 note buy entered
            02:00.500 opened #2 buy 0.50
            02:00.500 answer 1: 10009 DONE #2
            03:00 restart
            03:00 link up
            04:00.500 send 2: close #2 0.50, copied
            04:00.500 closed #2 0.50 signal
            04:00.500 answer 2: 10009 DONE #3
            ",
            "nothing",
        );
}

#[test]
fn a_source_keeps_its_name_for_itself() {
    let played = stage("3:00").command("2:00.5", "start", &start("m")).run();
    let [result] = &played.script.results("start")[..] else { panic!("it has one result") };
    assert_eq!(result.code, ResultCode::BadParameters);
    assert!(matches!(&result.data, ResultData::Field { path, .. } if path == "strategyId"));
}
