//! Importing bars: what every layout gives, and what is refused.

use crate::common;
use crate::common::data;
use std::fs;
use std::path::{Path, PathBuf};
use tickdeck::data::format::Stated;
use tickdeck::data::import_bars::{ImportBars, ImportedBars, import_bars};
use tickdeck::data::label::FileClock;
use tickdeck::data::quality::policy::Policies;
use tickdeck::data::specification::find;
use tickdeck::domain::zone::ServerZone;
use tickdeck::market::bar::Bar;
use tickdeck::market::timeframe::Timeframe;

fn bars_of(path: &Path) -> Vec<Bar> {
    let mut source = common::bar_source(path, &find("EURUSD", None, None).unwrap());
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        source.read(&mut batch).unwrap();
        if batch.is_empty() {
            return all;
        }
        all.append(&mut batch);
    }
}

fn run(
    files: &[PathBuf],
    out: &Path,
    zone: Option<&str>,
    to: Option<&str>,
) -> Result<ImportedBars, String> {
    let clock = |text: &str| text.parse::<ServerZone>().unwrap();
    let spec = find("EURUSD", None, None).unwrap();
    let what = ImportBars {
        files,
        stated: Stated::default(),
        spec: &spec,
        out,
        zone: Some(FileClock::stated(zone.unwrap_or("unknown")).unwrap()),
        to: to.map(clock),
        policies: Policies::default(),
    };
    import_bars(&what, &mut |_| {}).map_err(|error| error.to_string())
}

#[test]
fn real_minutes_come_out_as_they_went_in_to_either_layout() {
    let Some(month) = data("bars/icmarkets_EURUSD_M1_202509.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let expect = bars_of(&month);
    let out = folder.path().join("month.parquet");
    let imported = run(std::slice::from_ref(&month), &out, None, None).unwrap();
    assert_eq!(
        (imported.bars, imported.timeframe, imported.likely_clock),
        (31_646, Some(Timeframe::M1), Some("America/New_York+7"))
    );
    assert!(bars_of(&out) == expect, "a bar has changed");
    let wrong = run(&[month], &out, Some("UTC"), None).unwrap().wrong_clock.unwrap();
    assert!(wrong.contains("`--zone America/New_York+7` would fit"), "{wrong}");
}

#[test]
fn bars_of_a_day_are_turned_to_no_other_clock_and_speak_of_none() {
    let (Some(days), Some(hours)) = (
        data("bars/icmarkets_EURUSD_H4_202509.parquet"),
        data("bars/icmarkets_EURUSD_H1_202509.parquet"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let stated = run(std::slice::from_ref(&days), &out, Some("America/New_York+7"), None).unwrap();
    assert_eq!((stated.timeframe, stated.wrong_clock), (Some(Timeframe::H4), None));
    fs::remove_file(&out).unwrap();
    let refused = run(&[days], &out, Some("America/New_York+7"), Some("UTC")).unwrap_err();
    assert!(refused.contains("bars of H4 cannot be turned to another clock"), "{refused}");
    assert!(!out.exists());
    let expect: Vec<Bar> = bars_of(&hours);
    let turned = run(&[hours], &out, Some("America/New_York+7"), Some("UTC")).unwrap();
    assert_eq!(turned.clock, Some("UTC".parse().unwrap()));
    let back: Vec<i64> = bars_of(&out).iter().map(|bar| bar.time_msc.0 + 3 * 3_600_000).collect();
    assert!(
        back == expect.iter().map(|bar| bar.time_msc.0).collect::<Vec<_>>(),
        "September is three hours ahead"
    );
}

#[test]
fn files_are_joined_in_the_order_of_time_and_never_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let export = |name: &str, minutes: &[u32]| {
        let rows = minutes
            .iter()
            .map(|minute| format!("2025.09.22\t00:{minute:02}:00\t1.1\t1.2\t1.0\t1.1\t4\t0\t1\n"));
        let path = folder.path().join(name);
        fs::write(&path, rows.collect::<String>()).unwrap();
        path
    };
    let (early, late, again) =
        (export("b.csv", &[0, 1, 2]), export("a.csv", &[3, 5]), export("c.csv", &[2, 3]));
    let out = folder.path().join("out.csv");
    let joined = run(&[late, early.clone()], &out, None, None).unwrap();
    assert_eq!((joined.bars, joined.gaps, joined.gap_msc_max), (5, 1, 120_000));
    let minutes: Vec<String> = fs::read_to_string(&out)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line[14..16].to_owned())
        .collect();
    assert_eq!(minutes, ["00", "01", "02", "03", "05"]);
    let refused = run(&[early, again], &out, None, None).unwrap_err();
    assert!(
        refused.ends_with("begins at 2025.09.22 00:02:00.000: files to be joined must not overlap"),
        "{refused}"
    );
    assert_eq!(
        fs::read_to_string(&out).unwrap().lines().count(),
        6,
        "what stood there is untouched"
    );
}

/// As Dukascopy writes weekends: candles of the last price and no volume. Counted, and no bars; a
/// flat minute with a volume is one.
#[test]
fn minutes_without_a_quote_are_counted_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("candles.csv"), folder.path().join("out.csv"));
    let rows = "Gmt time,Open,High,Low,Close,Volume\n\
                04.02.2019 00:00:00.000,1.14543,1.1457,1.14542,1.14569,177.36\n\
                04.02.2019 00:01:00.000,1.14569,1.14569,1.14569,1.14569,0\n\
                04.02.2019 00:02:00.000,1.14569,1.14569,1.14569,1.14569,0.00\n\
                04.02.2019 00:03:00.000,1.14569,1.14569,1.14569,1.14569,0.75\n";
    fs::write(&path, rows).unwrap();
    let imported = run(&[path], &out, None, None).unwrap();
    assert_eq!((imported.bars, imported.without_ticks, imported.gaps), (2, 2, 0));
    assert_eq!(
        fs::read_to_string(&out)
            .unwrap()
            .lines()
            .filter(|line| line.contains("00:01") || line.contains("00:02"))
            .count(),
        0
    );
}

/// The bars of `count` opens, `minutes` apart.
fn export_of(path: &Path, first: &str, minutes: i64, count: i64) -> PathBuf {
    let first: jiff::civil::DateTime = first.parse().unwrap();
    let row = |n: i64| {
        let open = first + jiff::Span::new().minutes(n * minutes);
        format!("{}\t1.1\t1.2\t1.0\t1.1\t4\t0\t1\n", open.strftime("%Y.%m.%d\t%H:%M:%S"))
    };
    fs::write(path, (0..count).map(row).collect::<String>()).unwrap();
    path.to_owned()
}

#[test]
fn bars_of_two_lengths_are_not_joined_and_a_clock_that_is_set_back_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, out) = (folder.path(), folder.path().join("out.parquet"));
    let minutes = export_of(&dir.join("m1.csv"), "2025-09-22T00:00:00", 1, 30);
    let fives = export_of(&dir.join("m5.csv"), "2025-09-23T00:00:00", 5, 30);
    let refused = run(&[minutes, fives], &out, None, None).unwrap_err();
    assert!(
        refused.ends_with("m5.csv: bars of M5, those before are of M1: import them apart"),
        "{refused}"
    );
    // Athens goes back from 04:00 to 03:00 at 01:00 UTC.
    let hours = export_of(&dir.join("h1.csv"), "2025-10-25T22:00:00", 60, 6);
    let refused = run(&[hours], &out, Some("UTC"), Some("Europe/Athens")).unwrap_err();
    assert!(
        refused.contains("the bar after 2025.10.26 03:00:00.000 would be of 2025.10.26 03:00:00.000: that clock is set back there"),
        "{refused}"
    );
    assert!(!out.exists());
}
