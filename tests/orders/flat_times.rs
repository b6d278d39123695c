//! Times at which the account holds nothing, as order sequences. The session begins on a Monday, and the
//! server's clock shows UTC.

use crate::stage::{Memory, Stage, command};
use serde_json::json;
use tickdeck::domain::calendar::Impact;
use tickdeck::risk::flat_weekend::FlatWeekend;
use tickdeck::session::fault::FaultKind;
use tickdeck::strategy::news_window::NewsWindow;

fn weekend(from: &str, until: &str, zone: Option<&str>) -> FlatWeekend {
    serde_json::from_value(json!({ "from": from, "until": until, "zone": zone })).unwrap()
}

/// A strategy that enters at 26:00, with nothing held from 28:00 to 36:00.
fn over_the_weekend(zone: Option<&str>, hour: &str) -> Stage {
    let (from, until) = (format!("{hour}:28"), format!("{hour}:36"));
    Stage::new(&["26:00", "30:00", "34:00", "38:00"], "38:20")
        .risk(|risk| risk.flat_weekend = Some(weekend(&from, &until, zone)))
}

const CLOSED: &str = "
    28:00 send 2: close #2 0.10, holding_ban
    28:00 closed #2 0.10 holding_ban
    28:00 answer 2: 10009 DONE #3
    30:00 note sell flat_weekend
    34:00 note buy flat_weekend
    38:00 send 3: sell 0.10, signal
    38:00 note sell entered
    38:00 opened #4 sell 0.10
    38:00 answer 3: 10009 DONE #4
";
const LEFT: &str = "#4 sell 0.10 sl 1.10300 tp 1.09400";

#[test]
fn from_its_beginning_on_nothing_is_held_over_the_weekend() {
    over_the_weekend(None, "Mon 00").run().check_from("27:00", CLOSED, LEFT);
    // In September New York is four hours behind: there it is still Sunday.
    over_the_weekend(Some("America/New_York"), "Sun 20").run().check_from("27:00", CLOSED, LEFT);
}

#[test]
fn an_exit_that_is_refused_is_pursued_until_it_is_done() {
    over_the_weekend(None, "Mon 00").fault(2, FaultKind::Reject).run().check_from(
        "27:00",
        "
            28:00 send 2: close #2 0.10, holding_ban
            28:00 answer 2: 10006 REJECT
            28:00 warning request_refused #2 10006 REJECT
            28:01 send 3: close #2 0.10, holding_ban
            28:01 closed #2 0.10 holding_ban
            28:01 answer 3: 10009 DONE #3
            30:00 note sell flat_weekend
            34:00 note buy flat_weekend
            38:00 send 4: sell 0.10, signal
            38:00 note sell entered
            38:00 opened #4 sell 0.10
            38:00 answer 4: 10009 DONE #4
            ",
        LEFT,
    );
}

#[test]
fn what_waits_at_the_broker_is_removed() {
    let order = json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.1, "price": 1.05 });
    Stage::empty(&[], "30:20")
        .risk(|risk| risk.flat_weekend = Some(weekend("Mon 00:28", "Mon 00:36", None)))
        .command("20:00", "place", &command("PLACE_ORDER", order.clone()))
        .command("30:00", "again", &command("PLACE_ORDER", order))
        .run()
        .check_from(
            "27:00",
            "
            28:00 send 2: remove order #2, holding_ban
            28:00 answer 2: 10009 DONE #2
            30:00 result again: failed LIMIT_REACHED
            ",
            "nothing",
        );
}

#[test]
fn a_process_that_was_dead_when_it_began_closes_what_it_finds() {
    for memory in [Memory::Kept, Memory::Lost] {
        let mut stage = over_the_weekend(None, "Mon 00");
        stage.model.answer_latency = tickdeck::session::description::Latency::ConstantMs(1_000);
        let played = stage.restart("29:00", memory).run();
        assert_eq!(played.book().matches("#2").count(), 0, "{memory:?}: {}", played.book());
    }
}

/// The same around news at 30:00.
fn around_news(currency: &str) -> Stage {
    Stage::new(&["26:00", "30:00", "34:00", "38:00"], "38:20")
        .news(&[("30:00", currency), ("600:00", "JPY")])
        .risk(|risk| {
            risk.flat_news = Some(NewsWindow {
                minutes_before: 2,
                minutes_after: 6,
                impact: Impact::High,
                currencies: Vec::new(),
            });
        })
}

#[test]
fn around_news_nothing_is_held_that_it_is_about() {
    let news = CLOSED.replace("flat_weekend", "flat_news");
    around_news("USD").run().check_from("27:00", &news, LEFT);
    assert_eq!(around_news("JPY").run().count("send 2: close #2 0.10, opposite_signal"), 1);
}

#[test]
fn without_news_that_is_known_nothing_is_entered() {
    let played = around_news("USD").news(&[("9000:00", "USD")]).run();
    assert_eq!(played.count("note buy no_calendar"), 2);
    assert_eq!(played.count("send"), 0);
}
