//! What it takes to pass besides what is to be earned: it is told, and stops nothing.

use crate::stage::{Memory, Stage, command};
use serde_json::json;
use tickdeck::executor::headroom::Headroom;
use tickdeck::risk::account::DayCut;

/// Two days, the second from 28:00 on. On the first 0.10 lots are bought at 1.09982 and sold at 1.10101, which
/// makes 11.90; on the second they are sold at 1.10102 and bought at 1.10001, which makes 10.10.
fn two_days() -> Stage {
    let open = |side: &str| {
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": side, "volume": 0.1 }))
    };
    let close = |ticket: u64| command("CLOSE_POSITION", json!({ "ticket": ticket }));
    Stage::empty(&["26:00", "30:00"], "32:00")
        .risk(|risk| {
            risk.day_cut = Some(DayCut { minute: 28, zone: None });
            risk.min_trading_days = Some(4);
            risk.consistency = Some("50".parse().unwrap());
        })
        .command("20:30", "buy", &open("BUY"))
        .command("27:00", "sold", &close(2))
        .command("28:30", "sell", &open("SELL"))
        .command("31:00", "bought", &close(4))
}

/// The value, the bound and what is left of each condition.
fn told(stage: Stage) -> Vec<[String; 3]> {
    let played = stage.run();
    assert_eq!(played.book(), "nothing");
    let conditions = played.executor.headroom();
    let conditions = conditions.into_iter().filter(|one| one.limit.is_condition());
    let text = |one: Headroom| {
        let left = one.left();
        [one.value, one.bound, left].map(|it| it.map_or_else(String::new, |it| it.to_string()))
    };
    conditions.map(text).collect()
}

#[test]
fn trading_days_and_the_best_of_them_are_counted() {
    // The profit is 22, of which a day may make 11.
    let expected = [["2", "4", "2"], ["11.9", "11", "-0.9"]];
    assert_eq!(told(two_days()), expected);
    assert_eq!(told(two_days().restart("29:00", Memory::Kept)), expected);
}

#[test]
fn what_is_opened_twice_on_a_day_makes_one_day() {
    let whole = two_days().risk(|risk| risk.day_cut = None);
    assert_eq!(told(whole), [["1", "4", "3"], ["22", "11", "-11"]]);
}

#[test]
fn a_day_on_which_nothing_is_opened_does_not_count() {
    let late = two_days().risk(|risk| risk.day_cut = Some(DayCut { minute: 20, zone: None }));
    assert_eq!(told(late)[0], ["1", "4", "3"]);
}
