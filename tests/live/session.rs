//! Live sessions: the program, its gateway as a process of its own, and the simulated broker behind it, on a clock
//! that runs faster. Judged from the broker's book, the results and the recordings.

use crate::common::tickdeck_in;
use crate::market::{HEAD, Market, SPEED, ended, gateways};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn a_live_session_is_recorded_day_by_day_and_each_day_replays() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let child = market.live();
    let started = market.until_answered("session-start-s");
    assert_eq!(started["status"], "executed");
    market.until("a trade", |market| !market.book("deal").is_empty());
    market.command(&json!({ "id": "c1", "command": "GET_STATUS", "parameters": {} }));
    market.command(
        &json!({ "id": "c2", "command": "PAUSE_STRATEGY", "parameters": { "strategyId": "s" } }),
    );
    market.command(
        &json!({ "id": "c2", "command": "PAUSE_STRATEGY", "parameters": { "strategyId": "s" } }),
    );
    market.until_answered("c2");
    market.command(
        &json!({ "id": "c3", "command": "RESUME_STRATEGY", "parameters": { "strategyId": "s" } }),
    );
    market.command(&json!({ "id": "c4", "command": "UPDATE_STRATEGY", "parameters": { "strategyId": "s", "settings": { "lotSize": 0.2 } } }));
    assert_eq!(market.until_answered("c4")["status"], "executed");
    market.until("a position of the new size", |market| {
        market.book("position").iter().any(|row| row["row"]["volume"] == 0.2)
    });
    // The midnight of the server is an hour, that is nine seconds, after the first tick.
    market.until("another day", |market| market.recordings_begun() > 1);
    // While the session goes on, what it changes of the day before is no difference.
    market.until("the hashes of the day", |market| {
        let hashes = |name: &String| market.path(&format!("rec/{name}.sha256")).exists();
        market.recordings().iter().any(hashes)
    });
    let (code, text) = market.verify();
    assert_eq!(code, 0, "{text}");
    market.command(&json!({ "id": "c5", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3, "stopLoss": 1.0, "takeProfit": 1.2 } }));
    assert_eq!(market.until_answered("c5")["status"], "executed");
    fs::write(market.path("KILL"), "").unwrap();
    market.until("everything to be closed", |market| market.open_positions().is_empty());
    fs::remove_file(market.path("KILL")).unwrap();
    market.until("the latch to be cleared", |market| market.log().contains("latch_cleared"));
    market.command(&json!({ "id": "c6", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    market.until_answered("c6");
    let said = ended(child);
    assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
    assert_eq!(market.open_positions(), BTreeSet::new());
    market.each_command_has_one_result(&["session-start-s", "c1", "c2", "c3", "c4", "c5", "c6"]);
    market.no_order_was_sent_twice(5);
    let recordings = market.recordings();
    assert_eq!(recordings.len(), 2, "{recordings:?}");
    market.replay_all();
    // What the simulated broker would have done otherwise is told.
    let (code, text) = market.replay(&recordings[0], &["--broker", "sim"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("first difference"), "{text}");
    // Nothing is in the folder but recordings with their hashes, the audit, results and the state.
    let left = fs::read_dir(market.path("rec")).unwrap().count();
    assert_eq!(left, recordings.len() * 2 + 3);
}

/// A strategy goes on as it was at the next start: one that was stopped stays so, and no command is done twice.
#[test]
fn what_was_stopped_stays_stopped() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    market.command(&json!({ "id": "c1", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    market.until_answered("c1");
    market.command(&json!({ "id": "c2", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    market.until_answered("c2");
    let said = ended(child);
    assert!(said.contains("1 positions and 0 orders are left open"), "{said}");
    let deals = market.book("deal").len();
    let child = market.live();
    market.until("the note", |market| market.log().contains("s has run before"));
    market.command(&json!({ "id": "c3", "command": "GET_STATUS", "parameters": {} }));
    let status = market.until_answered("c3");
    assert_eq!(status["result"]["data"]["openPositions"], 1, "{status}");
    sleep(Duration::from_secs(3));
    let said = ended(child);
    assert!(said.contains("1 positions and 0 orders are left open"), "{said}");
    assert_eq!(market.book("deal").len(), deals);
    market.each_command_has_one_result(&["session-start-s", "c1", "c2", "c3"]);
    market.replay_all();
}

/// With the simulated broker in place of its account a recorded session comes to what it came to, or nearly: the market is
/// the same, and the moments of the answers are others. What the terminal said is taken from the recording, and so is the
/// state with which it begins.
#[test]
fn a_recorded_session_is_run_with_the_simulated_broker() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    market.until("a trade", |market| !market.book("deal").is_empty());
    let stop = |id: &str, name: &str| {
        market.command(&json!({ "id": id, "command": name, "parameters": { "strategyId": "s" } }));
        assert_eq!(market.until_answered(id)["status"], "executed", "{}", market.log());
    };
    stop("c1", "PAUSE_STRATEGY");
    market.command(&json!({ "id": "c2", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c2");
    market.until("nothing to be open", |market| market.open_positions().is_empty());
    ended(child);
    // It goes on from a state in which nothing is open.
    let child = market.live();
    market.until("the note", |market| market.log().contains("s has run before"));
    let before = market.book("deal").len();
    stop("c3", "RESUME_STRATEGY");
    market.until("more trades", |market| market.book("deal").len() > before + 3);
    market.command(&json!({ "id": "c4", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    market.until_answered("c4");
    ended(child);
    let child = market.live();
    market.until("its ticks", |market| market.log().matches("s has run before").count() > 1);
    sleep(Duration::from_secs(1));
    ended(child);
    market.replay_all();
    let recordings = market.recordings();
    assert_eq!(recordings.len(), 3);
    for name in &recordings[..2] {
        let folder = format!("rec/{name}");
        let args = ["replay", &folder, "--broker", "sim", "--json"];
        let ran = tickdeck_in(market.dir.path(), &args);
        assert_eq!(ran.status.code(), Some(1));
        let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
        let beside = &told["recordings"][0]["beside"];
        let orders = |side: &str| beside[side]["all"]["orders"].as_i64().unwrap();
        assert!(orders("then") > 0, "{told}");
        assert!((orders("then") - orders("now")).abs() <= 2, "{told}");
        assert_eq!(beside["now"]["all"]["refused"], json!({}), "{told}");
    }
    let (code, text) = market.replay(&recordings[2], &["--broker", "sim"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("it begins with") && text.contains("open positions"), "{text}");
    let (code, text) = market.replay(&recordings[0], &["--broker", "sim", "--accept"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("is no expectation"), "{text}");
}

/// A dry run trades with the simulated broker on the terminal's ticks, and the terminal is sent nothing.
#[test]
fn a_dry_run_sends_the_terminal_nothing() {
    let market = Market::open(3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), format!("dry_run = true\n{settings}")).unwrap();
    let child = market.live();
    assert_eq!(market.until_answered("session-start-s")["status"], "executed");
    market.until("a trade", |market| market.log().contains(" opened "));
    let said = ended(child);
    assert!(!said.contains("0 positions and 0 orders"), "{said}");
    // What its broker held has ended with it.
    let (code, text) = market.close_all();
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("there is nothing to close"), "{text}");
    assert!(market.book("deal").is_empty() && market.book("history_order").is_empty());
    market.replay_all();
}

#[test]
fn a_second_process_on_the_account_is_refused() {
    let market = Market::open(3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    let second = market.live().wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let told = "another process trades account 77 and records to rec:";
    assert!(market.log().contains(told), "{}", market.log());
    // Nor does one that records elsewhere, be it to close everything.
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), settings.replace("\"rec\"", "\"other\"")).unwrap();
    // One that were let in would end by itself.
    let third = market.live_command().args(["--for", "5"]).output().unwrap();
    assert_eq!(third.status.code(), Some(2));
    let (code, told) = market.close_all();
    assert_eq!(code, 2);
    for told in [market.log(), told] {
        assert!(told.contains("trades account 77 and records to another folder"), "{told}");
    }
    ended(child);
}

#[test]
fn another_account_than_the_one_that_is_meant_is_never_traded() {
    let market = Market::open(3_600, SPEED, "");
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), settings.replace("login = 77", "login = 78")).unwrap();
    let refused = market.live().wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(market.log().contains("the terminal trades account 77 at Demo"), "{}", market.log());
    assert!(market.book("deal").is_empty());
    let typed = tickdeck_in(market.dir.path(), &["live", "--account", "77"]);
    assert_eq!(typed.status.code(), Some(2));
}

/// The same number at another server is another account: nothing of the one is taken for the other's.
#[test]
fn the_account_of_another_server_has_a_folder_of_its_own() {
    let market = Market::open(3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    ended(child);
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), settings.replace("\"Demo\"", "\"Other\"")).unwrap();
    let refused = market.live().wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let told = "rec: the sessions of account 77 in it are of server `Demo`, and this one is at `Other`: give `recordings`";
    assert!(market.log().contains(told), "{}", market.log());
    // There, it is refused by what the terminal says.
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    fs::write(market.path("live.toml"), settings.replace("\"rec\"", "\"other\"")).unwrap();
    let refused = market.live().wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(market.log().contains("the terminal trades account 77 at Demo"), "{}", market.log());
}

/// What cannot be written is not done: the session ends with the reason, and goes on once there is room.
#[test]
fn a_full_disk_ends_the_session_before_anything_is_sent() {
    let market = Market::open(12 * 3_600, SPEED, "");
    // No file of the process may grow above 200 kB.
    let limited = Command::new("sh")
        .args(["-c", "ulimit -f 400 && exec \"$0\" live --pace \"$1\""])
        .args([env!("CARGO_BIN_EXE_tickdeck"), &market.pace])
        .current_dir(market.dir.path())
        .stderr(fs::File::options().create(true).append(true).open(market.path("log")).unwrap())
        .output()
        .unwrap();
    assert_eq!(limited.status.code(), Some(2), "{}", market.log());
    let log = market.log();
    assert!(log.contains("the session cannot go on, and nothing more is sent"), "{log}");
    assert!(log.contains("cannot write") && log.contains("steps.jsonl"), "{log}");
    // The torn step is told, and what it would have sent was not.
    let child = market.live();
    market.until("the next start", |market| market.log().contains("s has run before"));
    market.until("the torn step", |market| market.log().contains("are no whole step"));
    market.command(&json!({ "id": "c", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c");
    ended(child);
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// A gateway that is killed is started again, and what the executor did not hear of meanwhile is read.
#[test]
fn a_gateway_that_dies_is_started_again() {
    let market = Market::open(2 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    for times in 1..=3 {
        market.until("a gateway", |_| !gateways(&child).is_empty());
        for pid in gateways(&child) {
            Command::new("kill").args(["-9", &pid]).status().unwrap();
        }
        market.until("its end", |market| {
            market.log().matches("the gateway has ended").count() >= times
        });
        sleep(Duration::from_millis(1_200));
    }
    market.until("a trade", |market| !market.book("deal").is_empty());
    market.command(&json!({ "id": "c", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c");
    ended(child);
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// Whoever changes a row of the audit or a line of a recording is found out, by the program and by the verifier in
/// Python alike.
#[test]
fn what_was_changed_afterwards_is_found() {
    let market = Market::open(3_600, SPEED, "");
    let child = market.live();
    market.until("trades", |market| market.book("deal").len() > 3);
    ended(child);
    market.replay_all();
    let recording = market.recordings().remove(0);
    let database = market.path("rec/77.audit.sqlite");
    let change = |sql: &str| {
        let changed = rusqlite::Connection::open(&database).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
    };
    let whole = fs::read(&database).unwrap();
    for (sql, table) in [
        ("UPDATE deals SET profit = profit + 1 WHERE id = (SELECT max(id) FROM deals)", "deals"),
        ("DELETE FROM orders WHERE id = (SELECT min(id) FROM orders)", "orders"),
        (
            "INSERT INTO results (run_id, seq, command_id) SELECT run_id, 7, 'x' FROM runs",
            "results",
        ),
        ("UPDATE events SET details = '{}' WHERE id = (SELECT min(id) FROM events)", "events"),
    ] {
        change(sql);
        let (code, text) = market.verify();
        assert_eq!(code, 1, "{text}");
        // Both say where.
        assert!(text.matches(&format!("{recording}: {table}")).count() >= 2, "{text}");
        fs::write(&database, &whole).unwrap();
    }
    // What only the program can derive again.
    change("UPDATE orders SET executed_price = 2 WHERE id = (SELECT max(id) FROM orders)");
    let ran = tickdeck_in(market.dir.path(), &["audit", "verify", "rec"]);
    assert_eq!(ran.status.code(), Some(1));
    fs::write(&database, &whole).unwrap();
    // Words for people: nothing depends on them but the hashes.
    let orders = market.path("rec").join(&recording).join("orders.txt");
    let words = fs::read_to_string(&orders).unwrap();
    fs::write(&orders, words.replacen("buy", "bUy", 1)).unwrap();
    let (code, text) = market.verify();
    assert_eq!(code, 1, "{text}");
    assert_eq!(text.matches("orders.txt is not what it was").count(), 2, "{text}");
    fs::write(&orders, words).unwrap();
    assert_eq!(market.verify().0, 0);
}

/// A database that another program holds keeps no order waiting; what it missed is in it when the day is sealed.
#[test]
fn an_audit_that_is_busy_is_written_when_the_day_is_sealed() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let child = market.live();
    market.until_answered("session-start-s");
    let other = rusqlite::Connection::open(market.path("rec/77.audit.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    market.until("what is told", |market| market.log().contains("another program holds the audit"));
    market.command(&json!({ "id": "c", "command": "OPEN_POSITION", "parameters": { "symbol": "EURUSD", "type": "BUY", "lotSize": 0.3 } }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    ended(child);
    market.replay_all();
    // One that is no database, or of a later version, is refused by name before anything begins.
    let database = market.path("rec/77.audit.sqlite");
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    assert_eq!(market.live().wait_with_output().unwrap().status.code(), Some(2));
    assert!(market.log().contains("its tables are of version 99"), "{}", market.log());
    fs::write(&database, "this is no database, and nobody should write into it").unwrap();
    assert_eq!(market.live().wait_with_output().unwrap().status.code(), Some(2));
    assert!(market.log().contains("it is no audit database"), "{}", market.log());
    assert_eq!(fs::read(&database).unwrap().len(), 52);
}

/// A gateway that hangs is ended and replaced; what the market did meanwhile is read, and nothing is done twice.
#[test]
fn a_gateway_that_hangs_is_replaced() {
    let market = Market::open(24 * 3_600, SPEED, "");
    let child = market.live();
    market.until("open positions", |market| market.open_positions().len() > 2);
    let hanging = gateways(&child);
    assert_eq!(hanging.len(), 1);
    Command::new("kill").args(["-STOP", &hanging[0]]).status().unwrap();
    let before = market.open_positions();
    // Seconds of silence are more than an hour of this market: stops and targets are reached.
    market.until("what is said of it", |market| market.log().contains("says nothing any more"));
    market.until("another one", |_| {
        let now = gateways(&child);
        !now.is_empty() && !now.contains(&hanging[0])
    });
    assert_ne!(market.open_positions(), before, "the market went on");
    market.command(&json!({ "id": "c", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    assert_eq!(market.open_positions(), BTreeSet::new());
    let said = ended(child);
    assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// A terminal that has turned to another account while it was away is traded no more, and the session says so.
#[test]
fn another_account_after_a_reconnect_ends_the_session() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let session = fs::read_to_string(market.path("market.toml")).unwrap();
    let other = Market::open_with(&session.replace("login = 77", "login = 78"), 12 * 3_600, SPEED);
    // The program that speaks for the terminal finds out where it is.
    let script = market.path("gateway.sh");
    let program = env!("CARGO_BIN_EXE_tickdeck");
    fs::write(&script, format!("exec {program} terminal --join $(cat address)\n")).unwrap();
    fs::write(market.path("address"), &market.address).unwrap();
    let settings = fs::read_to_string(market.path("live.toml")).unwrap();
    let (head, _) = settings.split_once("gateway = ").unwrap();
    fs::write(market.path("live.toml"), format!("{head}gateway = [\"sh\", \"gateway.sh\"]\n"))
        .unwrap();
    let child = market.live();
    market.until("open positions", |market| !market.open_positions().is_empty());
    fs::write(market.path("address"), &other.address).unwrap();
    for pid in gateways(&child) {
        Command::new("kill").args(["-9", &pid]).status().unwrap();
    }
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2), "{}", market.log());
    assert!(market.log().contains("the terminal trades account 78 at Demo"), "{}", market.log());
    assert!(other.book("deal").is_empty() && other.book("history_order").is_empty());
    assert!(!String::from_utf8_lossy(&ended.stdout).contains(" 0 positions and"));
    market.no_order_was_sent_twice(1);
    market.replay_all();
}

/// A process can die after a command was carried out and before anybody heard of it: the journal knows the result.
#[test]
fn a_result_that_nobody_heard_is_told_at_the_next_start() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let mut child = market.live();
    market.command(&json!({ "id": "c", "command": "GET_STATUS", "parameters": {} }));
    let told = market.until_answered("c");
    child.kill().unwrap();
    child.wait().unwrap();
    // As if it had not come into the file, whose last line was torn within a letter.
    let path = market.path("rec/77.results.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let mut kept: Vec<&str> = text.lines().filter(|line| !line.contains("\"c\"")).collect();
    kept.push("");
    let kept = kept.join("\n");
    assert_ne!(kept, text);
    fs::write(&path, [kept.as_bytes(), b"{\"id\":\"\xc3"].concat()).unwrap();
    fs::remove_file(market.path("commands.jsonl")).unwrap();
    let child = market.live();
    market.until("the next start", |market| market.log().contains("s has run before"));
    market.until("its result", |market| {
        let text = fs::read(market.path("rec/77.results.jsonl")).unwrap();
        String::from_utf8_lossy(&text).contains("\"c\"")
    });
    sleep(Duration::from_millis(500));
    ended(child);
    let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
    assert!(
        text.lines().any(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line == told)),
        "{text}"
    );
    market.replay_all();
}

/// A strategy can be started on a symbol that the session does not name: what is told of it has its name and currency, and the
/// process that dies goes on with it.
#[test]
fn a_symbol_that_the_session_does_not_name_is_told_by_its_name() {
    let session = format!(
        "{}seed = 7\nassume_zone = true\n[ticks.files]\nEURUSD = \"t.csv\"\nUSDCHF = \"t.csv\"\n\
         [account]\nlogin = 77\nserver = \"Demo\"\nbalance = \"100000\"\n",
        HEAD.replace("[\"EURUSD\"]", "[\"EURUSD\", \"USDCHF\"]")
    );
    let market = Market::open_with(&session, 12 * 3_600, SPEED);
    let open = json!({ "id": "o", "command": "OPEN_POSITION", "parameters": { "symbol": "USDCHF", "type": "BUY", "lotSize": 0.1 } });
    let ask = |id: &str| {
        market.command(&json!({ "id": id, "command": "GET_POSITIONS", "parameters": {} }));
        let told = market.until_answered(id);
        let positions = told["result"]["data"]["positions"].as_array().unwrap().clone();
        assert!(
            positions.iter().any(|one| one["symbol"] == "USDCHF" && one["profitCurrency"] == "CHF"),
            "{told}"
        );
    };
    let mut child = market.live();
    market.until_answered("session-start-s");
    let rules = json!({
        "entry": { "type": "indicator_cross", "indicators": ["SMA_2", "SMA_4"], "direction": "both" },
        "exit": { "type": "none", "stopLoss": 20, "takeProfit": 10 },
        "risk": { "lotSize": 0.1, "maxOpenTrades": 1 },
    });
    market.command(&json!({ "id": "t", "command": "START_STRATEGY", "parameters": { "strategyId": "t", "symbol": "USDCHF", "timeframe": "M1", "rules": rules } }));
    assert_eq!(market.until_answered("t")["status"], "executed");
    market.command(&open);
    let opened = market.until_answered("o");
    assert_eq!(opened["status"], "executed", "{opened}\n{}", market.log());
    ask("p1");
    child.kill().unwrap();
    child.wait().unwrap();
    let child = market.live();
    ask("p2");
    market.command(&json!({ "id": "c", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
    market.until_answered("c");
    ended(child);
    market.replay_all();
}

/// A symbol that the broker does not have holds nothing up, and can be taken out of the session again.
#[test]
fn a_symbol_that_the_broker_does_not_have_holds_nothing_up() {
    let market = Market::open(12 * 3_600, SPEED, "");
    let session = fs::read_to_string(market.path("session.toml")).unwrap();
    let two = session
        .replace("[\"EURUSD\"]", "[\"NONE\", \"EURUSD\"]")
        .replace("timeframe", "symbol = \"EURUSD\"\ntimeframe");
    let like = "digits = 5\ntick_size = 0.00001\ncontract_size = 100000\ncalc_mode = \"forex\"\nexecution = \"market\"\n\
                trade_mode = \"full\"\nstops_level = 0\nfreeze_level = 0\nfilling_mask = 3\nvolume_min = 0.01\nvolume_max = 100\n\
                volume_step = 0.01\nmargin_initial = 0\ncurrency_base = \"EUR\"\ncurrency_profit = \"USD\"\ncurrency_margin = \"EUR\"\n";
    fs::write(market.path("session.toml"), format!("{two}[symbol.NONE]\n{like}")).unwrap();
    let child = market.live();
    assert_eq!(market.until_answered("session-start-s")["status"], "executed");
    market.until("a trade", |market| !market.book("deal").is_empty());
    ended(child);
    market.replay_all();
    fs::write(market.path("session.toml"), session).unwrap();
    let child = market.live();
    market.command(&json!({ "id": "c", "command": "STOP_STRATEGY", "parameters": { "strategyId": "s", "closePositions": true } }));
    assert_eq!(market.until_answered("c")["status"], "executed");
    ended(child);
    market.replay_all();
}
