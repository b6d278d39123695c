//! A new trader's first afternoon, with nothing but what the README says: look at a recording, its worst
//! trade, why it came and why none came at another moment; read own bars, run own session, ask what if, and put
//! it into continuous integration. What the commands say is one snapshot.

use crate::common::{root, tickdeck_in};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Runs a command line and appends it with what it says; what differs from run to run is left out.
fn run(dir: &Path, line: &str, code: i32, told: &mut String) {
    let args: Vec<&str> = line.split(' ').collect();
    let ran = tickdeck_in(dir, &args);
    let (out, err) =
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert_eq!(ran.status.code(), Some(code), "{line}\n{out}{err}");
    writeln!(told, "$ tickdeck {line}").unwrap();
    for text in out.lines().chain(err.lines()).filter(|text| !text.starts_with("took ")) {
        writeln!(told, "{}", text.trim_end()).unwrap();
    }
    told.push('\n');
}

/// The trades of a file, the worst first.
fn worst(path: &Path) -> Vec<(i64, String)> {
    let mut rows = csv::Reader::from_path(path).unwrap();
    let names = rows.headers().unwrap().clone();
    let profit = names.iter().position(|name| name == "profit").unwrap();
    let mut all: Vec<(i64, String)> = rows
        .records()
        .map(Result::unwrap)
        .filter(|row| !row[profit].is_empty())
        .map(|row| {
            let cents = row[profit].replace('.', "").parse().unwrap();
            (cents, row.iter().collect::<Vec<_>>().join(","))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_first_afternoon() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, mut told) = (folder.path(), String::new());
    let recording = dir.join("recordings/ema-cross-week");
    fs::create_dir_all(recording.join("ticks")).unwrap();
    for name in
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"]
    {
        fs::copy(root().join("recordings/ema-cross-week").join(name), recording.join(name))
            .unwrap();
    }
    run(dir, "replay recordings/ema-cross-week", 0, &mut told);
    run(dir, "simulate recordings/ema-cross-week/session.toml --trades trades.csv", 0, &mut told);
    let worst = worst(&dir.join("trades.csv"));
    told.push_str("the three worst trades\n");
    worst.iter().take(3).for_each(|(_, row)| writeln!(told, "{row}").unwrap());
    told.push('\n');
    let number = worst[0].1.split(',').next().unwrap();
    run(dir, &format!("inspect recordings/ema-cross-week --order {number}"), 0, &mut told);
    let why = "inspect recordings/ema-cross-week --why --strategy ema-cross-m1 --at";
    run(dir, &format!("{why} 2025-09-22T11:00:00Z"), 0, &mut told);
    // Own bars, as another program has written them.
    let ticks = "recordings/ema-cross-week/ticks/EURUSD.parquet";
    run(
        dir,
        &format!("bars --ticks {ticks} --timeframe M1 --symbol EURUSD --out bars.csv"),
        0,
        &mut told,
    );
    run(dir, "import bars.csv --symbol EURUSD --out bars.parquet", 2, &mut told);
    run(
        dir,
        "import bars.csv --symbol EURUSD --zone America/New_York+7 --out bars.parquet",
        0,
        &mut told,
    );
    run(dir, "init --symbol EURUSD my.toml", 0, &mut told);
    run(dir, "simulate my.toml --bars EURUSD=bars.parquet --model ohlc", 0, &mut told);
    run(dir, "simulate my.toml --set strategy.0.rules.exit.stopLoss=10,20", 0, &mut told);
    run(dir, "explain lotSize", 0, &mut told);
    // What if the stop had been twice as far?
    let session = recording.join("session.toml");
    let text = fs::read_to_string(&session).unwrap();
    let stop = "stopLoss = 10";
    assert_eq!(text.matches(stop).count(), 1, "one strategy has it");
    fs::write(&session, text.replace(stop, "stopLoss = 20")).unwrap();
    run(dir, "replay --broker sim recordings/ema-cross-week", 1, &mut told);
    fs::create_dir(dir.join("edited")).unwrap();
    run(dir, "simulate recordings/ema-cross-week/session.toml --record edited/wider", 0, &mut told);
    fs::write(&session, text).unwrap();
    run(dir, "compare recordings/ema-cross-week edited/wider", 1, &mut told);
    run(dir, "replay recordings edited --junit report.xml", 0, &mut told);
    writeln!(told, "report.xml\n{}", fs::read_to_string(dir.join("report.xml")).unwrap()).unwrap();
    insta::assert_snapshot!(told);
}
