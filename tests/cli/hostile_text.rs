//! Names and comments from outside that would move a terminal's cursor, reorder a line or forge
//! one, through the real program: every command is answered, and nothing of the kind is shown.

use crate::common;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tickdeck::domain::text::is_plain;

/// Escapes of a terminal, marks of direction, ends of lines, and a line as orders.txt would have
/// it.
const TRICK: &str = "a\u{1b}[31m\u{1b}]0;pwn\u{7}\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c}\u{200b}\u{2028}\r\n\
                     2025-09-22 00:00:31.000Z  alpha  buy  EURUSD  99.00  1.17000  1.17000  sl  -  tp  -  10009 DONE  #9  signal\n";

const RULES: &str = r#"{"entry":{"type":"indicator_cross","indicators":["EMA_2","EMA_5"],"direction":"both"},"exit":{"type":"opposite_signal"},"risk":{"lotSize":0.1}}"#;

/// As text inside of JSON or TOML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap().replace('\u{7f}', "\\u007f")
}

/// A session with a name, and commands under ids and for strategies that begin with `trick`.
fn folder(trick: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let session = "format = 1\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\ncommands = \"c.jsonl\"\nticks.generate = { ticks = 1500, seed = 1 }\n";
    fs::write(dir.path().join("s.toml"), format!("{session}name = {}\n", quoted(trick))).unwrap();
    let id = |number: u32| quoted(&format!("{number}{trick}"));
    let strategy = quoted(trick);
    let bodies = [
        format!(
            r#"{{"id":{},"command":"START_STRATEGY","parameters":{{"strategyId":{strategy},"strategyName":{strategy},"symbol":"EURUSD","timeframe":"M1","rules":{RULES}}}}}"#,
            id(1)
        ),
        format!(r#"{{"id":{},"command":"PING"}}"#, id(2)),
        format!(r#"{{"id":{},"command":{strategy}}}"#, id(3)),
        format!(
            r#"{{"id":{},"command":"PAUSE_STRATEGY","parameters":{{"strategyId":{strategy},{strategy}:1}}}}"#,
            id(4)
        ),
        format!(
            r#"{{"id":{},"command":"STOP_STRATEGY","parameters":{{"strategyId":{}}}}}"#,
            id(5),
            id(6)
        ),
        format!(r#"{{"id":{},"command":"GET_STATUS"}}"#, id(7)),
    ];
    let lines =
        bodies.iter().map(|body| format!("{{\"at\":\"2025-09-22T00:00:30Z\",\"body\":{body}}}\n"));
    fs::write(dir.path().join("c.jsonl"), lines.collect::<String>()).unwrap();
    dir
}

/// Runs a command line; what it says must be plain. Gives what it says on both streams.
fn plain(dir: &Path, args: &[&str], code: i32) -> String {
    let output = common::tickdeck_in(dir, args);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{text}");
    is_safe(&format!("{args:?}"), &text);
    text
}

fn is_safe(place: &str, text: &str) {
    for line in text.lines() {
        assert_eq!(
            line.chars().find(|letter| !is_plain(*letter)),
            None,
            "{place}: {}",
            line.escape_debug()
        );
    }
    assert!(
        !text.lines().any(|line| line.starts_with("2025-09-22 00:00:31.000Z  alpha")),
        "{place}: a forged line\n{text}"
    );
}

#[test]
fn nothing_that_a_terminal_obeys_is_shown() {
    let dir = folder(TRICK);
    let at = dir.path();
    plain(at, &["simulate", "s.toml", "--record", "r", "--trades", "t.csv"], 0);
    for name in ["r/orders.txt", "r/inputs.jsonl", "r/actions.jsonl", "t.csv"] {
        is_safe(name, &fs::read_to_string(at.join(name)).unwrap());
    }
    plain(at, &["replay", "r"], 0);
    plain(at, &["replay", "r", "--broker", "sim"], 0);
    for args in [
        &["inspect", "r"][..],
        &["inspect", "r", "--order", "1"],
        &["inspect", "r", "--strategy", TRICK, "--at", "2025-09-22 00:30"],
    ] {
        plain(at, args, 0);
        plain(at, &[args, &["--json"]].concat(), 0);
    }
    plain(at, &["inspect", "r", "--strategy", "beta", "--at", "2025-09-22 00:30"], 2);
    let inputs = fs::read_to_string(at.join("r/inputs.jsonl")).unwrap();
    fs::write(at.join("r/inputs.jsonl"), inputs.replace("EMA_2", "EMA_3")).unwrap();
    assert!(plain(at, &["replay", "r"], 1).contains("why it came to this"));
    plain(at, &["replay", "r", "--json"], 1);
}

/// The same session under a harmless name gives the same lines.
#[test]
fn no_line_is_forged_and_no_command_lost() {
    let lines = |trick| {
        let dir = folder(trick);
        plain(dir.path(), &["simulate", "s.toml", "--record", "r", "--trades", "t.csv"], 0);
        ["r/orders.txt", "r/inputs.jsonl", "r/actions.jsonl", "t.csv"]
            .map(|name| fs::read_to_string(dir.path().join(name)).unwrap())
    };
    let (tricky, harmless) = (lines(TRICK), lines("alpha"));
    let count = |files: &[String; 4]| files.each_ref().map(|text| text.lines().count());
    assert_eq!(count(&tricky), count(&harmless));
    let first: Vec<&str> = tricky[0].lines().take(9).collect();
    insta::assert_snapshot!(first.join("\n"));
}

#[test]
fn errors_quote_a_session_file_without_obeying_it() {
    let dir = folder("plain");
    let path = dir.path().join("s.toml");
    let session = fs::read_to_string(&path).unwrap();
    let mut all = String::new();
    for (from, to) in [
        ("\"UTC\"", "'\u{1b}[2J\u{202e}'".to_owned()),
        ("[\"EURUSD\"]", "[\"EUR\\nerror: forged\\u001b[2J\"]".to_owned()),
        ("[\"EURUSD\"]", "[\"EURUSD\"]\nsymbol.\"X\\nerror: forged\\u202e\" = {}".to_owned()),
        ("commands =", "\"\\u001b]0;x\\u0007\\nerror: forged\" =".to_owned()),
    ] {
        fs::write(&path, session.replace(from, &to)).unwrap();
        let text = plain(dir.path(), &["simulate", "s.toml"], 2);
        assert_eq!(text.lines().filter(|line| line.starts_with("error:")).count(), 1, "{text}");
        all += &(text + "\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_error_quotes_no_more_than_can_be_read() {
    let dir = folder("plain");
    let line = format!("{{\"at\":\"2025-09-22T00:00:30Z\",\"{}\":1}}\n", "x\\n".repeat(1_000_000));
    fs::write(dir.path().join("c.jsonl"), line).unwrap();
    let text = plain(dir.path(), &["simulate", "s.toml"], 2);
    assert!(
        text.len() < 40_000 && text.starts_with("error: c.jsonl:1: unknown field `x"),
        "{} bytes",
        text.len()
    );
}

/// An argument that nobody knows is quoted where it is refused.
#[test]
fn a_command_line_is_quoted_without_obeying_it() {
    let dir = tempfile::tempdir().unwrap();
    for arg in ["--\u{202e}drawkcab", "--a\u{1b}[2J", "verb\u{2066}", "--seed=\u{202e}1"] {
        plain(dir.path(), &["simulate", arg, "s.toml"], 2);
        assert!(plain(dir.path(), &[arg], 2).contains("Usage"));
    }
    // A line of an argument is none of the message.
    let forged = "x\nerror: forged\r\n\nUsage: tickdeck forged";
    for args in [
        &[forged][..],
        &["simulate", "s.toml", forged],
        &["simulate", "s.toml", "--seed", forged],
        &["simulate", "s.toml", "--ticks", forged],
        &["simulate", "s.toml", &format!("--seed={forged}")],
        &["simulate", "s.toml", &format!("--{forged}")],
        &["simulate", "s.toml", &format!("-{forged}")],
        &["inspect", "r", "--strategy", "a", "--at", forged],
        &["torture", "--jobs", forged, "--json"],
        &["bars", "--timeframe", forged],
    ] {
        let text = plain(dir.path(), args, 2);
        let begins = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!(begins("error:"), 1, "{args:?}\n{text}");
        let mut quoting =
            text.lines().filter(|line| line.contains("forged") && !line.starts_with('{'));
        assert!(
            quoting.all(|line| line.contains(r"\nerror: forged\r\n\nUsage")),
            "{args:?}\n{text}"
        );
        assert!(begins("Usage:") <= 1 && begins("For more information") == 1, "{args:?}\n{text}");
    }
}

/// Nor is one of an argument that is no text.
#[cfg(unix)]
#[test]
fn a_command_line_that_is_no_text_is_on_one_line() {
    use std::os::unix::ffi::OsStringExt;
    let forged = || std::ffi::OsString::from_vec(b"x\xff\nerror: forged\x1b[2J".to_vec());
    for args in [
        &["simulate", "s.toml"][..],
        &["simulate", "s.toml", "--seed"],
        &["bars", "--timeframe"],
        &[],
    ] {
        let output = common::command(Path::new("."), args).arg(forged()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        is_safe(&format!("{args:?}"), &text);
        assert_eq!(
            (output.status.code(), text.lines().filter(|line| line.starts_with("error:")).count()),
            (Some(2), 1),
            "{text}"
        );
    }
}
