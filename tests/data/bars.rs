//! Bars from real ticks and real M1 bars, against what the terminal and an independent computation
//! made of them.

use crate::common::{build, data};
use std::fs;
use std::path::Path;
use tickdeck::data::bar_file::BarFile;
use tickdeck::data::bar_writer::{BarWriter, csv_line};
use tickdeck::data::label::Label;
use tickdeck::data::specification::find;
use tickdeck::market::bar::Bar;
use tickdeck::market::timeframe::Timeframe;

fn bars_of(path: &Path, symbol: &str, timeframe: Timeframe) -> Vec<Bar> {
    let mut bars = Vec::new();
    let spec = find(symbol, None, None).unwrap();
    build(path, &spec, timeframe, &mut |bar| {
        bars.push(*bar);
        Ok(())
    })
    .unwrap();
    bars
}

/// The columns time, OHLC, tick_volume, spread of a line that we write.
fn line(bar: &Bar) -> String {
    csv_line(bar, 5).rsplit_once(',').unwrap().0.to_owned()
}

#[test]
fn ticks_of_a_week_make_the_expected_bars() {
    let week = "icmarkets_EURUSD_20250922-20250926";
    for (timeframe, count) in [(Timeframe::M1, 7_189), (Timeframe::H1, 120)] {
        let (Some(ticks), Some(expected)) = (
            data(&format!("ticks/{week}.ticks.parquet")),
            data(&format!("expected/{week}.{timeframe}.csv")),
        ) else {
            return;
        };
        let bars = bars_of(&ticks, "EURUSD", timeframe);
        let expected = fs::read_to_string(expected).unwrap();
        let mut lines = expected.lines();
        assert_eq!(lines.next(), Some("time,open,high,low,close,ticks,tick_volume,spread_min"));
        assert_eq!(bars.len(), count);
        for bar in &bars {
            let cells: Vec<&str> = lines.next().unwrap().split(',').collect();
            let time = cells[0].replace('T', " ").replace('Z', "");
            let expect = [&[time.as_str()], &cells[1..5], &cells[6..8]].concat().join(",");
            // Hourly tick volumes there count the changes within the hour, ours sum the minutes as
            // the terminal does.
            let sums_differ = timeframe == Timeframe::H1;
            let (got, expect) = if sums_differ {
                (without_volume(&line(bar)), without_volume(&expect))
            } else {
                (line(bar), expect)
            };
            assert_eq!(got, expect);
        }
        assert_eq!(lines.next(), None);
    }
}

fn without_volume(line: &str) -> String {
    let mut cells: Vec<&str> = line.split(',').collect();
    cells.remove(5);
    cells.join(",")
}

#[test]
fn hours_from_ticks_are_hours_from_their_minutes() {
    let Some(ticks) = data("ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let minutes = folder.path().join("m1.parquet");
    let mut writer = BarWriter::create(&minutes, 5, &Label::none()).unwrap();
    for bar in &bars_of(&ticks, "EURUSD", Timeframe::M1) {
        writer.push(bar).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), 7_189);
    assert_eq!(
        bars_of(&minutes, "EURUSD", Timeframe::H1),
        bars_of(&ticks, "EURUSD", Timeframe::H1)
    );
}

#[test]
fn minutes_aggregate_to_the_terminals_bars() {
    let eurusd = ["M2", "M3", "M5", "M15", "M30", "H1", "H4", "D1"];
    for (symbol, month, timeframes) in [
        ("EURUSD", "202509", &eurusd[..]),
        ("GBPUSD", "202510", &["M5", "H1"]),
        ("USDCAD", "202510", &["M5", "H1"]),
    ] {
        let Some(minutes) = data(&format!("bars/icmarkets_{symbol}_M1_{month}.parquet")) else {
            return;
        };
        for timeframe in timeframes {
            let Some(path) = data(&format!("bars/icmarkets_{symbol}_{timeframe}_{month}.parquet"))
            else {
                return;
            };
            let got = bars_of(&minutes, symbol, timeframe.parse().unwrap());
            let expect = terminal(&path, symbol);
            assert_eq!(got.len(), expect.len(), "{symbol} {timeframe}");
            for (got, expect) in got.iter().zip(&expect) {
                assert_eq!(csv_line(got, 5), csv_line(expect, 5), "{symbol} {timeframe}");
            }
        }
    }
}

fn terminal(path: &Path, symbol: &str) -> Vec<Bar> {
    let mut file = BarFile::open(path, &find(symbol, None, None).unwrap()).unwrap();
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    while file.read(&mut batch).is_ok() && !batch.is_empty() {
        all.append(&mut batch);
    }
    all
}

#[test]
fn text_exports_of_bars_are_the_parquet_bars() {
    for (symbol, month) in [("EURUSD", "202509"), ("GBPUSD", "202510"), ("USDCAD", "202510")] {
        let (Some(text), Some(table)) = (
            data(&format!("bars/{symbol}_M1_{month}_mt5export.csv")),
            data(&format!("bars/icmarkets_{symbol}_M1_{month}.parquet")),
        ) else {
            return;
        };
        assert_eq!(bars_of(&text, symbol, Timeframe::M1), terminal(&table, symbol), "{symbol}");
    }
}

#[test]
fn a_headerless_export_with_commas_is_read() {
    let Some(text) = data("bars/darwinex_EURUSD_M1_202401_mt5comma.csv") else { return };
    let minutes = bars_of(&text, "EURUSD", Timeframe::M1);
    assert_eq!(
        csv_line(&minutes[0], 5),
        "2024-01-01 20:25:00,1.10333,1.10382,1.10333,1.10372,9,148,8000000"
    );
    for (timeframe, count) in
        [(Timeframe::M1, 31_410), (Timeframe::M5, 6_326), (Timeframe::H1, 529), (Timeframe::D1, 23)]
    {
        let bars = bars_of(&text, "EURUSD", timeframe);
        assert_eq!(
            (bars.len(), bars.iter().map(|bar| bar.tick_volume).sum::<u64>()),
            (count, 2_926_286),
            "{timeframe}"
        );
    }
}

#[test]
fn bars_that_do_not_divide_are_refused() {
    let Some(hours) = data("bars/icmarkets_EURUSD_H1_202509.parquet") else { return };
    let spec = find("EURUSD", None, None).unwrap();
    let wrong = build(&hours, &spec, Timeframe::M5, &mut |_| Ok(())).unwrap_err().to_string();
    assert!(wrong.ends_with("bars of 60 minutes do not make bars of M5"), "{wrong}");
}

#[test]
fn written_bars_are_read_back() {
    let Some(minutes) = data("bars/icmarkets_EURUSD_M1_202509.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let bars = terminal(&minutes, "EURUSD");
    for name in ["a.parquet", "a.csv"] {
        let path = folder.path().join(name);
        let mut writer = BarWriter::create(&path, 5, &Label::none()).unwrap();
        for bar in &bars {
            writer.push(bar).unwrap();
        }
        writer.finish().unwrap();
    }
    assert_eq!(terminal(&folder.path().join("a.parquet"), "EURUSD"), bars);
    let text = fs::read_to_string(folder.path().join("a.csv")).unwrap();
    let lines: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(
        lines,
        [
            "time,open,high,low,close,tick_volume,spread,real_volume",
            "2025-09-01 00:00:00,1.16943,1.16943,1.16908,1.16937,8,40,0"
        ]
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-done remains");
}
