//! Recordings in continuous integration: all below a directory, a JUnit file, annotations on GitHub, and
//! edits that change nothing.

use crate::common::{root, tickdeck_in};
use std::fs;
use std::path::Path;

/// A copy of the recorded week.
fn week(to: &Path) {
    let from = root().join("recordings/ema-cross-week");
    fs::create_dir_all(to.join("ticks")).unwrap();
    for name in
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"]
    {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

fn edit(recording: &Path, from: &str, to: &str) {
    let path = recording.join("session.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn run(dir: &Path, args: &[&str], status: i32) -> (String, String) {
    let ran = tickdeck_in(dir, args);
    let (said, told) =
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert_eq!(ran.status.code(), Some(status), "{args:?}\n{said}\n{told}");
    (said, told)
}

#[test]
fn a_directory_stands_for_all_recordings_below_it() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join("all").join(name);
    for name in ["b", "a/inner", ".hidden/c", "b/ticks/not-looked-at"] {
        week(&at(name));
    }
    fs::create_dir(at("empty")).unwrap();
    edit(&at("a/inner"), "takeProfit = 20", "takeProfit = 21");
    fs::write(at("notes.txt"), "mine").unwrap();

    let args = ["replay", "all", "--junit", "out.xml", "--github"];
    let (said, _) = run(dir.path(), &args, 1);
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(" ticks, ")).collect();
    assert!(lines[0].starts_with("DIFFERS     all/a/inner  "), "{said}");
    assert!(lines[1].starts_with("same        all/b  "), "{said}");
    assert_eq!(lines.len(), 2, "{said}");
    let annotation = said.lines().last().unwrap();
    let begins = "::error file=all/a/inner/session.toml,title=all/a/inner differs::first difference in ema-cross-m1: input 9712";
    assert!(annotation.starts_with(begins), "{annotation}");
    let xml = fs::read_to_string(dir.path().join("out.xml")).unwrap();
    for part in [
        "<testsuite name=\"tickdeck replay\" tests=\"2\" failures=\"1\" errors=\"0\">",
        "<testcase classname=\"tickdeck.replay\" name=\"all/b\"/>",
        "actions[0].trade.request.open.tp: expected &quot;1.16552&quot;, got &quot;1.16562&quot;",
    ] {
        assert!(xml.contains(part), "{part} in\n{xml}");
    }

    // The difference is of 04:00 by the server's clock, three hours before UTC.
    run(dir.path(), &["--time", "utc", "replay", "all", "--junit", "utc.xml"], 1);
    let utc = fs::read_to_string(dir.path().join("utc.xml")).unwrap();
    for (text, is_server) in [(&xml, true), (&utc, false)] {
        assert_eq!(text.contains("2025.09."), is_server, "{text}");
        assert_eq!(text.contains('Z'), !is_server, "{text}");
    }

    let (_, told) = run(dir.path(), &["replay", "all/empty"], 2);
    assert!(told.contains("all/empty"), "{told}");
    let (_, told) = run(dir.path(), &["replay", "all/b", "--junit", "out.txt"], 2);
    assert!(told.contains("--junit") && told.contains(".xml"), "{told}");
    let (_, told) = run(dir.path(), &["replay", "all/b", "--junit", "all/b/out.xml"], 2);
    assert!(told.contains("--junit"), "{told}");
    let (_, told) = run(dir.path(), &["replay", "all/b", "--github", "--json"], 2);
    assert!(told.contains("leave one of them out"), "{told}");
}

#[test]
fn an_edit_that_changes_no_action_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("week");
    week(&at);
    edit(&at, "commission_per_lot = \"0\"", "commission_per_lot = \"7\"");
    let (said, _) = run(dir.path(), &["replay", "week"], 0);
    assert!(said.contains("no action is another") && said.contains("--broker sim"), "{said}");
    // 31 trades of 0.10 lots, in and out, at 7.00 a lot: 43.40 less than 230.40.
    let (said, _) = run(dir.path(), &["replay", "week", "--broker", "sim"], 1);
    assert!(said.contains("31 trades, net 187.00 USD"), "{said}");
}
