//! Strategies in other processes: what becomes of their answers, in order sequences; and real programs
//! in Python, which answer, fall silent, talk nonsense and end.

use crate::common;
use crate::common::{root, tickdeck, tickdeck_in};
use crate::stage;
use crate::stage::{Memory, PROGRAM, Stage, command, msc};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;
use tickdeck::domain::amount::Price;
use tickdeck::domain::order::Side;
use tickdeck::domain::time::ServerMsc;
use tickdeck::executor::event::{Advice, AdviceFailure, AdviceOutcome, Event, Wants};
use tickdeck::session::fault::FaultKind;

/// START of the strategy `p` on M1, whose program has 20 seconds for an answer.
fn start() -> Value {
    command(
        "START_STRATEGY",
        json!({
            "strategyId": "p", "strategyName": "p", "symbol": "EURUSD", "timeframe": "M1",
            "rules": {
                "strategy": { "command": [PROGRAM], "deadlineMs": 20_000 },
                "exit": { "stopLoss": { "type": "pips", "value": 30 } },
                "riskManagement": { "lotSize": 0.1, "maxPositions": 1 },
            },
        }),
    )
}

fn advice(bar: &str, outcome: AdviceOutcome) -> Event {
    let bar_msc = ServerMsc(msc(bar));
    Event::Advice(Box::new(Advice { strategy: "p".into(), bar_msc, outcome }))
}

fn enters(bar: &str, side: Side) -> Event {
    advice(bar, AdviceOutcome::Wants(Wants { enters: Some(side), ..Wants::default() }))
}

fn leaves_buys(bar: &str) -> Event {
    advice(bar, AdviceOutcome::Wants(Wants { leaves_buys: true, ..Wants::default() }))
}

fn leaves_sells(bar: &str) -> Event {
    advice(bar, AdviceOutcome::Wants(Wants { leaves_sells: true, ..Wants::default() }))
}

fn fails(bar: &str, failure: AdviceFailure) -> Event {
    advice(bar, AdviceOutcome::Failed(failure))
}

/// The strategy from 5:30 on: it is asked about the bar of 5:00 at 6:00.
fn stage(end: &str) -> Stage {
    Stage::empty(&[], end).command("5:30", "start", &start())
}

#[test]
fn an_answer_in_time_enters_and_one_about_another_bar_changes_nothing() {
    stage("8:30")
        .event("6:00.5", enters("4:00", Side::Sell))
        .event("6:01", enters("5:00", Side::Buy))
        // The question is answered: nobody is asked twice.
        .event("6:02", leaves_buys("5:00"))
        .event("7:01", leaves_buys("6:00"))
        .event("8:01", enters("7:00", Side::Sell))
        .run()
        .check_from(
            "6:00",
            "
            06:00 asked p
            06:00 note - asked
            06:01 send 1: buy 0.10, signal
            06:01 note buy entered
            06:01 opened #2 buy 0.10
            06:01 answer 1: 10009 DONE #2
            07:00 asked p
            07:00 note - asked
            07:01 send 2: close #2 0.10, exit_condition
            07:01 note - exited
            07:01 closed #2 0.10 signal
            07:01 answer 2: 10009 DONE #3
            08:00 asked p
            08:00 note - asked
            08:01 send 3: sell 0.10, signal
            08:01 note sell entered
            08:01 opened #4 sell 0.10
            08:01 answer 3: 10009 DONE #4
            ",
            "#4 sell 0.10 sl 1.10292 tp -",
        );
}

#[test]
fn an_answer_that_comes_too_late_leaves_and_does_not_enter() {
    stage("9:30")
        .event("6:21", enters("5:00", Side::Buy))
        .event("7:01", enters("6:00", Side::Buy))
        .event("8:30", leaves_buys("7:00"))
        .event("9:01", enters("8:00", Side::Buy))
        .run()
        .check_from(
            "6:00",
            "
            06:00 asked p
            06:00 note - asked
            06:20 note - silent
            06:20 warning program_silent
            06:21 note - silent
            07:00 asked p
            07:00 note - asked
            07:01 info program_answers
            07:01 send 1: buy 0.10, signal
            07:01 note buy entered
            07:01 opened #2 buy 0.10
            07:01 answer 1: 10009 DONE #2
            08:00 asked p
            08:00 note - asked
            08:20 note - silent
            08:20 warning program_silent
            08:30 send 2: close #2 0.10, exit_condition
            08:30 note - exited
            08:30 closed #2 0.10 signal
            08:30 answer 2: 10009 DONE #3
            09:00 asked p
            09:00 note - asked
            09:01 info program_answers
            09:01 send 3: buy 0.10, signal
            09:01 note buy entered
            09:01 opened #4 buy 0.10
            09:01 answer 3: 10009 DONE #4
            ",
            "#4 buy 0.10 sl 1.09693 tp -",
        );
}

/// While the link was down three bars closed. What the program makes of the second of them closes a
/// position that was open then; it enters by none of them.
#[test]
fn answers_about_bars_of_a_gap_leave_and_do_not_enter() {
    let mut start = start();
    start["parameters"]["rules"]["strategy"]["bars"] = json!(5);
    Stage::empty(&[], "11:30")
        .command("5:30", "start", &start)
        .fault_at("7:10", FaultKind::LinkDown { for_ms: 170_000, ticks_lost: true })
        .event("6:01", enters("5:00", Side::Buy))
        .event("7:01", leaves_sells("6:00"))
        .event("10:10", enters("7:00", Side::Buy))
        .event("10:11", leaves_buys("8:00"))
        .event("10:12", enters("9:00", Side::Buy))
        .run()
        .check_from(
            "7:00",
            "
            07:00 asked p
            07:00 note - asked
            07:10 link down
            07:10 warning link_down
            10:00 link up
            10:00 asked p
            10:00 note - asked
            10:00 asked p
            10:00 note - asked
            10:00 asked p
            10:00 note - asked
            10:11 send 2: close #2 0.10, exit_condition
            10:11 note - exited
            10:11 closed #2 0.10 signal
            10:11 answer 2: 10009 DONE #3
            10:12 note buy in_gap
            11:00 asked p
            11:00 note - asked
            11:20 note - silent
            11:20 warning program_silent
            ",
            "nothing",
        );
}

#[test]
fn three_silences_halt_it_and_somebody_has_to_resume_it() {
    let resume = command("RESUME_STRATEGY", json!({ "strategyId": "p" }));
    stage("12:30")
        .event("6:01", enters("5:00", Side::Buy))
        .event("7:05", fails("6:00", AdviceFailure::Silent))
        .event("10:01", leaves_buys("9:00"))
        .command("10:30", "resume", &resume)
        .event("11:01", leaves_buys("10:00"))
        .event("12:01", enters("11:00", Side::Sell))
        .run()
        .check_from(
            "6:00",
            "
            06:00 asked p
            06:00 note - asked
            06:01 send 1: buy 0.10, signal
            06:01 note buy entered
            06:01 opened #2 buy 0.10
            06:01 answer 1: 10009 DONE #2
            07:00 asked p
            07:00 note - asked
            07:05 note - silent
            07:05 warning program_silent
            08:00 asked p
            08:00 note - asked
            08:20 note - silent
            09:00 asked p
            09:00 note - asked
            09:20 note - silent
            09:20 critical strategy_halted
            10:00 note - halted
            10:30 result resume: executed OK
            11:00 asked p
            11:00 note - asked
            11:01 send 2: close #2 0.10, exit_condition
            11:01 note - exited
            11:01 closed #2 0.10 signal
            11:01 answer 2: 10009 DONE #3
            12:00 asked p
            12:00 note - asked
            12:01 send 3: sell 0.10, signal
            12:01 note sell entered
            12:01 opened #4 sell 0.10
            12:01 answer 3: 10009 DONE #4
            ",
            "#4 sell 0.10 sl 1.10288 tp -",
        );
}

#[test]
fn one_that_is_gone_or_talks_nonsense_is_halted_at_once_and_its_stops_stand() {
    stage("8:30")
        .event("6:01", enters("5:00", Side::Buy))
        .event("7:01", fails("6:00", AdviceFailure::Gone))
        .event("7:02", leaves_buys("6:00"))
        .run()
        .check_from(
            "6:00",
            "
            06:00 asked p
            06:00 note - asked
            06:01 send 1: buy 0.10, signal
            06:01 note buy entered
            06:01 opened #2 buy 0.10
            06:01 answer 1: 10009 DONE #2
            07:00 asked p
            07:00 note - asked
            07:01 critical program_gone
            08:00 note - halted
            ",
            "#2 buy 0.10 sl 1.09696 tp -",
        );
    let no_price =
        Wants { enters: Some(Side::Buy), sl: Some(Price::from_raw(-1)), ..Wants::default() };
    stage("7:30").event("6:01", advice("5:00", AdviceOutcome::Wants(no_price))).run().check_from(
        "6:00",
        "
            06:00 asked p
            06:00 note - asked
            06:01 critical program_nonsense
            07:00 note - halted
            ",
        "nothing",
    );
}

#[test]
fn its_own_stops_go_before_those_of_the_rules() {
    let wants = Wants {
        enters: Some(Side::Buy),
        sl: Some("1.095".parse().unwrap()),
        tp: Some("1.1234567".parse().unwrap()),
        ..Wants::default()
    };
    stage("7:30").event("6:01", advice("5:00", AdviceOutcome::Wants(wants))).run().check_from(
        "6:00",
        "
            06:00 asked p
            06:00 note - asked
            06:01 send 1: buy 0.10, signal
            06:01 note buy entered
            06:01 opened #2 buy 0.10
            06:01 answer 1: 10009 DONE #2
            07:00 asked p
            07:00 note - asked
            07:20 note - silent
            07:20 warning program_silent
            ",
        "#2 buy 0.10 sl 1.09500 tp 1.12346",
    );
}

#[test]
fn nobody_waits_for_an_answer_over_a_restart_a_stop_or_new_rules() {
    let settings = json!({ "strategyId": "p", "rules": start()["parameters"]["rules"] });
    let mut other = settings;
    other["rules"]["strategy"]["deadlineMs"] = 10_000.into();
    stage("11:30")
        .restart("6:00.010", Memory::Kept)
        .event("6:01", enters("5:00", Side::Buy))
        .event("7:01", enters("6:00", Side::Buy))
        .command("7:30", "update", &command("UPDATE_STRATEGY", other))
        .event("8:01", leaves_buys("7:00"))
        .event("9:01", leaves_buys("8:00"))
        .command("10:00.5", "stop", &stage::stop("p"))
        .event("10:01", enters("9:00", Side::Buy))
        .run()
        .check_from(
            "6:00",
            "
            06:00 asked p
            06:00 note - asked
            06:00.010 restart
            06:00.010 link up
            07:00 asked p
            07:00 note - asked
            07:01 send 1: buy 0.10, signal
            07:01 note buy entered
            07:01 opened #2 buy 0.10
            07:01 answer 1: 10009 DONE #2
            07:30 result update: executed OK
            08:00 asked p
            08:00 note - asked
            09:00 asked p
            09:00 note - asked
            09:01 send 2: close #2 0.10, exit_condition
            09:01 note - exited
            09:01 closed #2 0.10 signal
            09:01 answer 2: 10009 DONE #3
            10:00 asked p
            10:00 note - asked
            10:00.500 result stop: executed OK
            ",
            "nothing",
        );
}

/// New exits are not the program's business: its answer counts, and they hold. The stop is 50 pips from
/// 1.09996, and not 30.
#[test]
fn an_answer_counts_when_rules_change_of_which_the_program_knows_nothing() {
    let mut other = json!({ "strategyId": "p", "rules": start()["parameters"]["rules"] });
    other["rules"]["exit"]["stopLoss"]["value"] = 50.into();
    stage("6:30")
        .command("5:45", "update", &command("UPDATE_STRATEGY", other))
        .event("6:01", enters("5:00", Side::Buy))
        .run()
        .check_from(
            "6:00",
            "
            06:00 asked p
            06:00 note - asked
            06:01 send 1: buy 0.10, signal
            06:01 note buy entered
            06:01 opened #2 buy 0.10
            06:01 answer 1: 10009 DONE #2
            ",
            "#2 buy 0.10 sl 1.09496 tp -",
        );
}

/// A session with a strategy by rules, and one whose program is `program.py`, in a folder of its own.
struct Room(tempfile::TempDir);

impl Room {
    fn new(program: &str) -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        fs::copy(root().join("python/tickdeck.py"), room.path("tickdeck.py")).unwrap();
        fs::write(room.path("program.py"), program).unwrap();
        fs::write(room.path("session.toml"), SESSION).unwrap();
        room
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        tickdeck_in(self.0.path(), args)
    }

    /// Runs the session and keeps it as the recording `kept`.
    fn record(&self) -> Output {
        let output =
            self.run(&["simulate", "session.toml", "--allow-programs", "--record", "kept"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// What strategies did in the recording: the words of a strategy's lines in `orders.txt` from the
    /// fourth on, without what is numbered over all of them.
    fn orders(&self, strategy: &str) -> Vec<String> {
        let orders = fs::read_to_string(self.path("kept/orders.txt")).unwrap();
        let own = orders.lines().filter(|line| line.contains(&format!(" {strategy} ")));
        let words = |line: &str| -> Vec<String> {
            let all = line.split_whitespace().filter(|word| !word.starts_with('#'));
            all.map(str::to_owned).collect()
        };
        own.map(|line| words(line).join(" ")).collect()
    }

    /// The alerts of the recording, by their codes.
    fn alerts(&self) -> Vec<String> {
        let actions = fs::read_to_string(self.path("kept/actions.jsonl")).unwrap();
        let steps = actions.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let actions: Vec<Value> =
            steps.flat_map(|step| step["actions"].as_array().unwrap().clone()).collect();
        let code = |action: &Value| {
            action.pointer("/report/alert/code").and_then(Value::as_str).map(str::to_owned)
        };
        actions.iter().filter_map(code).collect()
    }
}

const SESSION: &str = r#"
format = 1
name = "programs"
symbols = ["EURUSD"]
zone = "UTC"

[ticks.generate]
ticks = 4000
seed = 7

[[strategy]]
id = "rules"
timeframe = "M1"
options = { warmupBars = 3 }

[strategy.rules]
entry = { type = "indicator_cross", indicators = ["EMA_2", "EMA_5"], direction = "both" }
exit = { type = "opposite_signal", stopLoss = 20, takeProfit = 40 }
risk = { lotSize = 0.1, maxOpenTrades = 1 }

[[strategy]]
id = "program"
timeframe = "M1"

[strategy.rules]
strategy = { command = ["python3", "program.py"], deadlineMs = 4000 }
exit = { stopLoss = { type = "pips", value = 30 } }
riskManagement = { lotSize = 0.1, maxPositions = 1 }
"#;

/// A program that buys, and closes ten bars later; at the 30th question it does something else.
fn program(at_thirty: &str) -> String {
    format!(
        r#"
import os, sys, time
from tickdeck import Answer, run

asked = 0

def on_bar(question):
    global asked
    asked += 1
    if asked == 30:
        {at_thirty}
    if question.holds("buy"):
        return Answer(exit="all") if asked % 10 == 0 else None
    return Answer(enter="buy")

run(on_bar)
"#
    )
}

/// What the program does, the alerts that tell of it, and the remark on standard error.
const MISDEEDS: [(&str, &[&str], &str); 7] = [
    ("pass", &[], ""),
    ("print('to standard output')", &[], ""),
    ("os._exit(3)", &["program_gone"], "has ended (exit status: 3)"),
    ("os.kill(os.getpid(), 9)", &["program_gone"], "has ended (signal: 9"),
    ("raise ValueError('no')", &["program_gone"], "has ended (exit status: 1)"),
    (
        "answers = os.fdopen(3, 'w'); answers.write('hello\\n'); answers.flush()",
        &["program_nonsense"],
        "said `hello`, which is no answer",
    ),
    ("return Answer(enter='up')", &["program_nonsense"], "must be \"buy\" or \"sell\", not \"up\""),
];

#[test]
fn a_program_that_misbehaves_is_told_of_and_the_rest_trades_on() {
    let good = Room::new(&program("pass"));
    good.record();
    let rules = good.orders("rules");
    assert!(rules.len() > 10 && good.orders("program").len() > 10);
    for (misdeed, alerts, remark) in MISDEEDS {
        let room = Room::new(&program(misdeed));
        let told = String::from_utf8(room.record().stdout).unwrap();
        assert_eq!(room.alerts(), alerts, "{misdeed}");
        assert!(told.contains(remark), "{misdeed}: {told}");
        assert_eq!(room.orders("rules"), rules, "{misdeed}");
        let goes_on = room.orders("program") == good.orders("program");
        assert_eq!(goes_on, alerts.is_empty(), "{misdeed}");
        // Nobody is asked in a replay: the program does the same only once.
        fs::remove_file(room.path("program.py")).unwrap();
        assert!(room.run(&["replay", "kept"]).status.success(), "{misdeed}");
    }
}

#[test]
fn a_program_that_is_late_enters_nothing_until_it_answers_in_time_again() {
    let session = SESSION.replace("deadlineMs = 4000", "deadlineMs = 2000");
    let room = Room::new(&program("time.sleep(3.0)"));
    fs::write(room.path("session.toml"), session).unwrap();
    room.record();
    assert_eq!(room.alerts(), ["program_silent", "program_answers"]);
    // One that never answers again is not asked for ever.
    let room = Room::new(&program("time.sleep(1000)"));
    fs::write(room.path("session.toml"), SESSION.replace("deadlineMs = 4000", "deadlineMs = 300"))
        .unwrap();
    let told = String::from_utf8(room.record().stdout).unwrap();
    let alerts = room.alerts();
    assert_eq!(alerts.last().unwrap(), "strategy_halted", "{alerts:?}");
    assert!(told.contains("has not answered within 300 ms"), "{told}");
}

#[test]
fn a_recording_replays_without_python_and_starts_nothing() {
    let room = Room::new(&program("open('ran', 'a').write('x')"));
    room.record();
    assert_eq!(fs::read(room.path("ran")).unwrap(), b"x");
    for more in [&[][..], &["--broker", "sim"]] {
        let mut replay = common::command(&room.path(""), &[&["replay", "kept"], more].concat());
        let output = replay.env("PATH", "").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(fs::read(room.path("ran")).unwrap(), b"x", "a replay starts no program");
}

#[test]
fn no_session_and_no_recording_starts_a_program_unless_somebody_lets_it() {
    let room = Room::new(&program("pass"));
    let refused = room.run(&["simulate", "session.toml"]);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("`python3 program.py`") && told.contains("--allow-programs"), "{told}");
    room.record();
    for alone in ["--strategy-live", "--allow-programs"] {
        assert_eq!(room.run(&["replay", "kept", alone]).status.code(), Some(2), "{alone}");
    }
}

#[test]
fn a_replay_tells_where_a_program_now_answers_otherwise() {
    let room = Room::new(&program("pass"));
    room.record();
    let ask = ["replay", "kept", "--strategy-live", "--allow-programs"];
    let same = room.run(&ask);
    let told = String::from_utf8(same.stdout).unwrap();
    assert!(same.status.success() && told.contains(" 0 answered otherwise"), "{told}");
    let changed = program("pass").replace("% 10", "% 9");
    fs::write(room.path("program.py"), changed).unwrap();
    let other = room.run(&ask);
    let told = String::from_utf8(other.stdout).unwrap();
    assert_eq!(other.status.code(), Some(1), "{told}");
    assert!(told.contains("nothing then, close buys, close sells now"), "{told}");
}

#[test]
fn a_command_starts_only_programs_that_the_session_names() {
    let start = |command: &str| {
        let body = json!({ "id": "c1", "command": "START_STRATEGY", "parameters": {
            "strategyId": "other", "strategyName": "other", "symbol": "EURUSD", "timeframe": "M1",
            "rules": { "strategy": { "command": [command] }, "riskManagement": { "lotSize": 0.1 } },
        }});
        json!({ "at": "2025-09-22T00:10:00Z", "body": body }).to_string()
    };
    let room = Room::new(&program("pass"));
    for (listed, code) in [("", "BAD_RULES"), ("programs = [[\"./other\"]]\n", "OK")] {
        fs::write(room.path("commands.jsonl"), start("./other")).unwrap();
        let named = format!("format = 1\ncommands = \"commands.jsonl\"\n{listed}");
        fs::write(room.path("session.toml"), SESSION.replace("format = 1\n", &named)).unwrap();
        let force = ["simulate", "session.toml", "--allow-programs", "--record", "kept", "--force"];
        assert!(room.run(&force).status.success());
        let orders = room.orders("other:");
        assert!(orders.iter().any(|line| line.contains(code)), "{listed}: {orders:?}");
    }
    assert_eq!(room.alerts(), ["program_gone"], "there is no such program");
}

/// The two examples that are shipped, as their session runs them.
#[test]
fn the_examples_trade() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let session = "fixtures/sessions/python.toml";
    let record = kept.to_str().unwrap();
    let ran = tickdeck(&["simulate", session, "--allow-programs", "--record", record]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let orders = fs::read_to_string(kept.join("orders.txt")).unwrap();
    let count = |what: &str| orders.lines().filter(|line| line.contains(what)).count();
    assert!(count("mean-reversion-py  ") > 3, "{orders}");
    assert!(replays(&kept));
}

fn replays(kept: &Path) -> bool {
    tickdeck(&["replay", kept.to_str().unwrap()]).status.success()
}

/// The program and the strategy that the README shows, run as they stand there.
#[test]
fn the_example_of_the_readme_trades() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let part = readme.split("### Write strategies in Python").nth(1).unwrap();
    let block = |kind: &str| {
        let rest = part.split(&format!("```{kind}\n")).nth(1).unwrap();
        rest.split("```").next().unwrap().to_owned()
    };
    let room = Room::new("");
    fs::write(room.path("my.py"), block("python")).unwrap();
    let head = SESSION.split("[[strategy]]").next().unwrap().replace("4000", "200000");
    fs::write(room.path("session.toml"), head + &block("toml")).unwrap();
    room.record();
    let orders = room.orders("mine");
    assert!(orders.len() > 2 && room.alerts().is_empty(), "{orders:?}");
}

/// A termination request ends the program, too, however busy it is.
#[cfg(target_os = "linux")]
#[test]
fn a_program_does_not_outlive_a_run_that_is_terminated() {
    let busy = program(
        "import threading; open('pid', 'w').write(str(os.getpid()))\n        while True: pass",
    );
    let room = Room::new(&busy);
    let session = SESSION.replace("deadlineMs = 4000", "deadlineMs = 60000");
    fs::write(room.path("session.toml"), session).unwrap();
    let args = ["simulate", "session.toml", "--allow-programs"];
    let mut run = common::command(&room.path(""), &args)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let within = |mut is_so: Box<dyn FnMut() -> bool>| {
        (0..600).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            is_so()
        })
    };
    let pid = room.path("pid");
    assert!(within(Box::new(move || fs::read_to_string(&pid).is_ok_and(|pid| !pid.is_empty()))));
    let program = fs::read_to_string(room.path("pid")).unwrap();
    let told = std::process::Command::new("kill").args(["-TERM", &run.id().to_string()]).status();
    assert!(told.unwrap().success());
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let is_gone = move || !Path::new(&format!("/proc/{program}/cmdline")).exists();
    assert!(within(Box::new(is_gone)), "the program goes on");
}
