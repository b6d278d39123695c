//! Followers of strategies of other recordings: what they make of what those have open, in order
//! sequences; and a session that follows one of the project's own.

use crate::common::{root, tickdeck, tickdeck_in};
use crate::stage::{Memory, Stage, command, start};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Output;
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
        .event("3:20.5", news("-1", &[open(7, "0"), open(8, "0")]))
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
            03:20.500 note buy equity_unknown
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

/// What a recording has sent to open, each with moment, side, volume and price.
fn entries(recording: &Path) -> Vec<(String, String, String, f64)> {
    let text = fs::read_to_string(recording.join("orders.txt")).unwrap();
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let entries = words.filter(|words| matches!(words[3], "buy" | "sell"));
    entries
        .map(|words| {
            let moment = format!("{} {}", words[0], words[1]);
            (moment, words[3].to_owned(), words[5].to_owned(), words[6].parse().unwrap())
        })
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_session_follows_a_recording_and_is_one_that_needs_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let session = "fixtures/sessions/follow.toml";
    let ran = tickdeck(&["simulate", session, "--record", kept.to_str().unwrap()]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));

    // 0.10 · 50 % · 25,000 ÷ 10,000 = 0.125: neither account moves so much that it would be below 0.12,
    // or 0.13. The quotes are those of the source, a tick older or not.
    let (originals, copies) = (entries(&root().join("recordings/ema-cross-week")), entries(&kept));
    assert_eq!(originals.len(), 32);
    assert_eq!(copies.len(), originals.len());
    for (original, copy) in originals.iter().zip(&copies) {
        assert_eq!((&original.0, &original.1), (&copy.0, &copy.1));
        assert_eq!(copy.2, "0.12", "{copy:?}");
        assert!((original.3 - copy.3).abs() < 0.0005, "{original:?} {copy:?}");
    }

    for broker in ["recorded", "sim"] {
        let again = tickdeck_in(dir.path(), &["replay", "kept", "--broker", broker]);
        assert!(again.status.success(), "{}", text(&again.stdout));
    }
    let inputs = kept.join("inputs.jsonl");
    let lines = fs::read_to_string(&inputs).unwrap();
    fs::write(&inputs, lines.replacen("\"source\":\"master\"", "\"source\":\"other\"", 1)).unwrap();
    let again = tickdeck_in(dir.path(), &["replay", "kept"]);
    let said = text(&again.stdout) + &text(&again.stderr);
    assert_eq!(again.status.code(), Some(2), "{said}");
    assert!(said.contains("session.toml has no [[followed]] of the id `other`"), "{said}");
}

/// A session that follows `source`, in a folder beside a copy of a recording.
fn following(folder: &Path, source: &str, more: &str, args: &[&str]) -> Output {
    let ticks = root().join("recordings/ema-cross-week/ticks/EURUSD.parquet").display().to_string();
    let session = format!(
        "format = 1\nname = \"f\"\nsymbols = [\"EURUSD\"]\nzone = \"America/New_York+7\"\n{more}\n\
         [ticks.files]\nEURUSD = \"{ticks}\"\n{source}\n"
    );
    fs::write(folder.join("f.toml"), session).unwrap();
    tickdeck_in(folder, &[&["simulate", "f.toml"], args].concat())
}

#[test]
fn a_source_that_cannot_be_followed_is_named_with_what_would_be_right() {
    let dir = tempfile::tempdir().unwrap();
    let week = root().join("recordings/ema-cross-week");
    let six = root().join("recordings/six-strategies");
    let own = "[[strategy]]\nid = \"ema-cross-m1\"\ntimeframe = \"M1\"\n[strategy.rules]\n\
               entry = { type = \"indicator_cross\", indicators = [\"EMA_20\", \"EMA_50\"], direction = \"both\" }\n\
               exit = { type = \"none\", stopLoss = 10, takeProfit = 20 }\nrisk = { lotSize = 0.1, maxOpenTrades = 1 }\n";
    let of = |recording: &Path, more: &str| {
        format!("[[source]]\nrecording = \"{}\"\n{more}", recording.display())
    };
    let cases = [
        (of(Path::new("nowhere"), ""), "", "source[0].recording: cannot"),
        (
            of(&week, "strategy = \"ema\""),
            "",
            "source[0].strategy: `ema` never ran in it: did you mean `ema-cross-m1`?",
        ),
        (of(&six, ""), "", "source[0].strategy: must name the one to follow: its session starts"),
        (
            of(&week, "symbol = \"GBPUSD\""),
            "",
            "source[0].symbol: `GBPUSD` is not one of the session's symbols",
        ),
        (
            of(&week, "id = \"copy_me\""),
            "",
            "followed[0].id: must be a name that does not begin with copy_",
        ),
        (
            of(&week, "") + "\n" + own,
            "",
            "followed[0].id: `ema-cross-m1` stands twice: give the source another id",
        ),
        (of(&week, "") + "\n" + &of(&week, ""), "", "followed[1].id: `ema-cross-m1` stands twice"),
        (
            of(&week, ""),
            "[account]\ncurrency = \"EUR\"\nrates = { USD = \"0.9\" }",
            "source[0].recording: its account is in USD and this one in EUR",
        ),
        (
            "[[followed]]\nid = \"m\"\nsymbol = \"EURUSD\"\ntimeframe = \"M1\"".to_owned(),
            "",
            "followed: belongs to recordings: name the recording of `m` under [[source]]",
        ),
    ];
    for (source, more, reason) in cases {
        let ran = following(dir.path(), &source, more, &[]);
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{source}: {said}");
        assert!(said.contains(reason), "{source}:\n{said}\n{reason}");
    }
}

#[test]
fn a_source_is_replayed_as_it_was_recorded_and_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (root().join("recordings/ema-cross-week"), dir.path().join("week"));
    fs::create_dir_all(to.join("ticks")).unwrap();
    for name in
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"]
    {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let source = "[[source]]\nrecording = \"week\"";
    let ran = following(dir.path(), source, "", &["--record", "week", "--force"]);
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("--record would replace week, which the run reads"), "{said}");

    let session = fs::read_to_string(to.join("session.toml")).unwrap();
    fs::write(to.join("session.toml"), session.replace("lotSize = 0.1", "lotSize = 0.2")).unwrap();
    let ran = following(dir.path(), source, "", &[]);
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("week does not replay as it was recorded"), "{said}");
}
