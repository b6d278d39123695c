//! The verbs on files, from made-up ticks to bars.

use clap::Parser;
use std::fs;
use std::path::Path;
use tickdeck::cli::output::{ExitStatus, Output};
use tickdeck::cli::{bars, generate, import};

#[derive(Parser)]
enum Verb {
    Import(import::ImportArgs),
    Bars(bars::BarsArgs),
    Generate(generate::GenerateArgs),
}

fn quiet() -> Output {
    let color = tickdeck::cli::output::ColorChoice::Never;
    Output { quiet: true, color, ..Output::default() }
}

/// Runs `line` in `folder`: its last words are file names there.
fn run(folder: &Path, line: &str) -> anyhow::Result<ExitStatus> {
    let in_folder = |word: &str| {
        if word.contains('.') { folder.join(word).display().to_string() } else { word.to_owned() }
    };
    match Verb::try_parse_from(
        std::iter::once("tickdeck".to_owned()).chain(line.split(' ').map(in_folder)),
    )? {
        Verb::Import(args) => import::run(&args, &quiet()),
        Verb::Bars(args) => bars::run(&args, &quiet()),
        Verb::Generate(args) => generate::run(&args, &quiet()),
    }
}

#[test]
fn ticks_are_generated_imported_and_made_into_bars() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for line in [
        "generate --symbol EURUSD --ticks 5000 --seed 1 --out a.parquet",
        "generate --symbol EURUSD --ticks 5000 --seed 1 --out b.parquet",
        "import a.parquet --symbol EURUSD --float --out c.parquet",
        "import c.parquet --symbol EURUSD --out d.parquet",
        "bars --ticks a.parquet --symbol EURUSD --timeframe M1 --out m1.csv",
        "bars --ticks c.parquet --symbol EURUSD --timeframe 1m --out m1.parquet",
        "bars --ticks a.parquet --symbol EURUSD --timeframe H1 --out h1.csv",
        "bars --ticks m1.parquet --symbol EURUSD --timeframe H1 --out again.csv",
    ] {
        assert_eq!(run(folder, line).unwrap(), ExitStatus::Fine, "{line}");
    }
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("a.parquet") == read("b.parquet"), "the same figures");
    assert!(read("a.parquet") == read("d.parquet"), "there and back through doubles");
    assert!(read("h1.csv") == read("again.csv"), "hours from ticks and from minutes");
    assert!(read("m1.csv").starts_with(
        b"time,open,high,low,close,tick_volume,spread,real_volume\n2025-09-22 00:00:00,1.1"
    ));
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, "generate --symbol EURUSD --ticks 50 --seed 1 --out a.parquet").unwrap();
    for (line, expect) in [
        ("import a.parquet --symbol EURUDS --out b.parquet", "did you mean `EURUSD`?"),
        (
            "import a.parquet --symbol USDJPY --out b.parquet",
            "a.parquet: holds EURUSD, as it says itself (made from generate --ticks 50 --seed 1), and not USDJPY",
        ),
        ("import gone.csv --symbol EURUSD --out b.parquet", "cannot open"),
        (
            "bars --ticks a.parquet --symbol EURUSD --timeframe M7 --out b.csv",
            "`M7` is no timeframe",
        ),
        (
            "bars --ticks a.parquet --symbol EURUSD --timeframe M5 --out b.txt",
            "name a file .csv or .parquet",
        ),
        ("generate --symbol EURUSD --ticks 0 --seed 1 --out b.parquet", "0 is not in 1.."),
    ] {
        let told = run(folder, line).unwrap_err().to_string();
        assert!(told.contains(expect), "{line}: {told}");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "nothing half-done remains");
}
