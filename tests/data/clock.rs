//! Clocks of tick files: stated, kept, turned into one another, and checked against the weekly
//! close.

use crate::common::{data, tickdeck_in};
use std::fs;
use std::path::{Path, PathBuf};
use tickdeck::data::import::{Import, Imported, import};
use tickdeck::data::label::FileClock;
use tickdeck::data::specification::find;
use tickdeck::data::tick_file::TickFile;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::time::ServerMsc;
use tickdeck::domain::zone::ServerZone;
use tickdeck::market::columns::TickColumns;

const WEEK: &str = "ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet";
const SERVER: &str = "America/New_York+7";

fn clock(text: &str) -> ServerZone {
    text.parse().unwrap()
}

fn imported(
    file: PathBuf,
    out: &Path,
    from: Option<ServerZone>,
    to: Option<ServerZone>,
) -> Imported {
    let spec = find("EURUSD", None, None).unwrap();
    let zone = from.map(FileClock::Zone);
    import(&Import { zone, to, ..Import::new(&[file], &spec, out) }, &mut |_| {}).unwrap()
}

/// An export of one quote an hour from `first`, by a clock that shows the times as they are
/// written.
fn export(dir: &Path, times: &[&str]) -> PathBuf {
    let rows = times.iter().map(|time| format!("{time}\t1.17403\t1.17405\t\t\t6\n"));
    let path = dir.join("export.csv");
    fs::write(&path, rows.collect::<String>()).unwrap();
    path
}

fn times_of(path: &Path) -> Vec<i64> {
    let (mut file, mut batch) = (
        TickFile::open(path, SymbolId(0), &find("EURUSD", None, None).unwrap()).unwrap(),
        TickColumns::default(),
    );
    let mut times = Vec::new();
    loop {
        file.read(&mut batch).unwrap();
        if batch.is_empty() {
            return times;
        }
        times.extend_from_slice(batch.time_msc());
    }
}

#[test]
fn a_real_week_by_its_own_clock_by_another_and_by_a_wrong_one() {
    let Some(week) = data(WEEK) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (raw, utc) = (folder.path().join("raw.parquet"), folder.path().join("utc.parquet"));
    let stated = imported(week.clone(), &raw, Some(clock(SERVER)), None);
    assert_eq!((stated.wrong_clock, stated.clock), (None, Some(clock(SERVER))));
    // September: the server is three hours ahead of UTC.
    let turned = imported(raw.clone(), &utc, None, Some(clock("UTC")));
    assert_eq!(turned.quality.first_time_msc, Some(ServerMsc(1_758_499_200_161 - 3 * 3_600_000)));
    assert_eq!((turned.wrong_clock, turned.clock), (None, Some(clock("UTC"))));
    let moved: Vec<i64> = times_of(&raw).iter().map(|time| time - 3 * 3_600_000).collect();
    assert!(times_of(&utc) == moved, "a time was not moved by three hours");
    let wrong = imported(week, &folder.path().join("wrong.parquet"), Some(clock("UTC")), None)
        .wrong_clock
        .unwrap();
    assert_eq!(
        wrong,
        "the clock `UTC` does not fit the weekly close: a week would begin or end on Friday 19:56 in New York, not at 17:00; \
         `--zone America/New_York+7` would fit"
    );
}

#[test]
fn times_of_the_source_are_kept_beside_those_that_were_turned() {
    let folder = tempfile::tempdir().unwrap();
    let times = [
        "2025.03.07\t23:59:58.001",
        "2025.03.10\t00:00:00.002",
        "2025.10.31\t23:59:58.003",
        "2025.11.03\t00:00:00.004",
    ];
    let out = folder.path().join("utc.parquet");
    imported(export(folder.path(), &times), &out, Some(clock(SERVER)), Some(clock("UTC")));
    let expect = [
        "2025-03-07T21:59:58.001",
        "2025-03-09T21:00:00.002",
        "2025-10-31T20:59:58.003",
        "2025-11-02T22:00:00.004",
    ];
    let expect: Vec<i64> =
        expect.iter().map(|time| ServerMsc::from_civil(time.parse().unwrap()).0).collect();
    assert_eq!(times_of(&out), expect);
    let source = [
        "2025-03-07T23:59:58.001",
        "2025-03-10T00:00:00.002",
        "2025-10-31T23:59:58.003",
        "2025-11-03T00:00:00.004",
    ];
    assert_eq!(
        source_times(&out),
        source.map(|time| ServerMsc::from_civil(time.parse().unwrap()).0)
    );
}

fn source_times(path: &Path) -> Vec<i64> {
    use parquet::data_type::Int64Type;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let names: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema_descr()
        .columns()
        .iter()
        .map(|column| column.name().into())
        .collect();
    let at = names.iter().position(|name| name == "source_time_msc").unwrap();
    let group = reader.get_row_group(0).unwrap();
    let mut column = parquet::column::reader::get_typed_column_reader::<Int64Type>(
        group.get_column_reader(at).unwrap(),
    );
    let mut values = Vec::new();
    column.read_records(usize::MAX, None, None, &mut values).unwrap();
    values
}

#[test]
fn the_hour_that_comes_twice_can_be_turned_but_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    // The clock of Athens goes back from 04:00 to 03:00 on that Sunday.
    let times = [
        "2025.10.26\t03:30:00",
        "2025.10.26\t03:59:59",
        "2025.10.26\t03:00:01",
        "2025.10.26\t04:10:00",
    ];
    let (file, out) = (export(folder.path(), &times), folder.path().join("out.parquet"));
    let spec = find("EURUSD", None, None).unwrap();
    let kept = import(
        &Import {
            zone: Some(FileClock::Zone(clock("Europe/Athens"))),
            ..Import::new(std::slice::from_ref(&file), &spec, &out)
        },
        &mut |_| {},
    )
    .unwrap_err();
    assert!(
        kept.to_string().contains(
            "line 3: time goes back from 2025.10.26 03:59:59.000 to 2025.10.26 03:00:01.000"
        ),
        "{kept}"
    );
    assert!(!out.exists());
    imported(file, &out, Some(clock("Europe/Athens")), Some(clock("UTC")));
    let expect = [
        "2025-10-26T00:30:00",
        "2025-10-26T00:59:59",
        "2025-10-26T01:00:01",
        "2025-10-26T02:10:00",
    ];
    assert_eq!(times_of(&out), expect.map(|time| ServerMsc::from_civil(time.parse().unwrap()).0));
}

#[test]
fn clocks_that_contradict_one_another_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, spec) = (folder.path(), find("EURUSD", None, None).unwrap());
    let file = export(dir, &["2025.09.22\t00:00:01", "2025.09.22\t00:00:02"]);
    let (utc, again) = (dir.join("utc.parquet"), dir.join("again.parquet"));
    imported(file.clone(), &utc, Some(clock("UTC")), None);
    let message = |what: &Import<'_>| import(what, &mut |_| {}).unwrap_err().to_string();
    let stated = message(&Import {
        zone: Some(FileClock::Zone(clock("UTC+3"))),
        ..Import::new(std::slice::from_ref(&utc), &spec, &again)
    });
    assert!(
        stated.ends_with("utc.parquet: its clock is UTC, as it says itself, and not UTC+3: leave --zone out; --clock UTC+3 turns its times"),
        "{stated}"
    );
    let mixed = message(&Import::new(&[utc.clone(), file.clone()], &spec, &again));
    assert!(mixed.contains("its clock is not known, that of the rest is UTC"), "{mixed}");
    let unknown =
        message(&Import { to: Some(clock("UTC")), ..Import::new(&[file], &spec, &again) });
    assert!(
        unknown.ends_with(
            "cannot tell its clock, so its times cannot become those of UTC: state it with --zone"
        ),
        "{unknown}"
    );
    assert!(!again.exists());
}

#[test]
fn a_session_refuses_ticks_of_another_clock() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    imported(
        export(dir, &["2025.09.22\t00:00:01", "2025.09.22\t00:00:02"]),
        &dir.join("utc.parquet"),
        Some(clock("UTC")),
        None,
    );
    fs::write(
        dir.join("session.toml"),
        "format = 1\nname = \"s\"\nsymbols = [\"EURUSD\"]\nzone = \"America/New_York+7\"\n[ticks.files]\nEURUSD = \"utc.parquet\"\n",
    )
    .unwrap();
    let output = tickdeck_in(dir, &["simulate", "session.toml"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("utc.parquet: its times are by the clock UTC, the session runs on America/New_York+7; import it with --clock America/New_York+7"), "{stderr}");
}
