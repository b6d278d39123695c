//! Commands that come again when the ledger has forgotten them: what adds risk is refused, what
//! reduces it is done.

use crate::stage::{Stage, command, start, stop};
use serde_json::json;

/// A session whose ledger keeps the last id alone; each command is followed by two that push it
/// out.
fn stage(end: &str) -> Stage {
    Stage::empty(&[], end).limit(|limits| limits.ledger_ids_max = 1)
}

fn ping() -> serde_json::Value {
    command("PING", json!({}))
}

#[test]
fn an_undated_entry_is_not_made_twice() {
    let open =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.1 }));
    let stage = stage("9:00")
        .command("6:00", "open", &open)
        .command("7:00", "ping", &ping())
        .command("7:01", "pong", &ping());
    stage.command("8:00", "open", &open).run().check(
        "
        06:00 send 1: buy 0.10, command
        06:00 result open: executed OK position #2 0.10
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 result ping: executed OK
        07:01 result pong: executed OK
        08:00 result open: failed TOO_OLD
        ",
        "#2 buy 0.10 sl - tp -",
    );
}

/// A part that is closed twice is more than was meant, however old the command.
#[test]
fn a_part_is_not_closed_twice() {
    let open =
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.1 }));
    let close = command("CLOSE_POSITION", json!({ "ticket": 2, "volume": 0.04 }));
    let stage = stage("9:00").command("6:00", "open", &open).command("7:00", "close", &close);
    let stage = stage.command("7:01", "ping", &ping()).command("7:02", "pong", &ping());
    stage.command("8:00", "close", &close).run().check(
        "
        06:00 send 1: buy 0.10, command
        06:00 result open: executed OK position #2 0.10
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: close #2 0.04, command
        07:00 result close: executed OK
        07:00 changed #2 0.06 sl - tp -
        07:00 answer 2: 10009 DONE #3
        07:01 result ping: executed OK
        07:02 result pong: executed OK
        08:00 result close: failed TOO_OLD
        ",
        "#2 buy 0.06 sl - tp -",
    );
}

#[test]
fn a_stop_is_carried_out_again() {
    let stage = Stage::new(&["6:00", "28:00"], "30:00").limit(|limits| limits.ledger_ids_max = 1);
    let stage = stage
        .command("7:00", "stop", &stop("s"))
        .command("7:01", "again", &start("s"))
        .command("7:02", "ping", &ping());
    stage.command("8:00", "stop", &stop("s")).run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: close #2 0.10, stop_command
        07:00 closed #2 0.10 stop_command
        07:00 result stop: executed OK closed #2
        07:00 answer 2: 10009 DONE #3
        07:01 result again: executed OK
        07:02 result ping: executed OK
        08:00 result stop: executed OK
        ",
        "nothing",
    );
}
