//! Every layout of text against its publisher's own rows, and every way of writing one export
//! against the same ticks.

use crate::common::data;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tickdeck::data::bar_source::BarSource;
use tickdeck::data::bar_writer::BarWriter;
use tickdeck::data::detect::detect;
use tickdeck::data::error::DataError;
use tickdeck::data::format::{Format, Stated};
use tickdeck::data::input::Input;
use tickdeck::data::label::Label;
use tickdeck::data::specification::find;
use tickdeck::data::tick_source::TickReader;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::bar::Bar;
use tickdeck::market::columns::TickColumns;

fn eurusd() -> SymbolSpec {
    find("EURUSD", None, None).unwrap()
}

/// What a file holds: its ticks and the clock that it names.
fn ticks(path: &Path, stated: &Stated) -> Result<(Vec<Tick>, Option<String>), DataError> {
    let mut source = TickReader::open(&Input::of(path)?, stated, SymbolId(0), &eurusd())?;
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    loop {
        source.read(&mut batch)?;
        if batch.is_empty() {
            return Ok((all, source.clock()?.map(|zone| zone.to_string())));
        }
        all.extend(batch.iter());
    }
}

fn bars(path: &Path) -> Result<(Vec<Bar>, Option<String>), DataError> {
    let mut source = BarSource::open(&Input::of(path)?, &Stated::default(), &eurusd())?;
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        source.read(&mut batch)?;
        if batch.is_empty() {
            return Ok((all, source.clock()?.map(|zone| zone.to_string())));
        }
        all.append(&mut batch);
    }
}

/// A tick in one line: by which everything that is kept of it can be compared.
fn line(tick: &Tick) -> String {
    format!(
        "{} {} {} {}",
        tick.time_msc,
        tick.bid.with_digits(5),
        tick.ask.with_digits(5),
        tick.flags.bits()
    )
}

/// Checks what a text is told to be, by which clock, and its ticks.
fn check_ticks(text: &str, format: Format, clock: Option<&str>, expect: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("20190204_a.csv");
    fs::write(&path, text).unwrap();
    assert_eq!(detect(&Input::of(&path).unwrap()).unwrap(), format, "{text}");
    let (found, own) = ticks(&path, &Stated::default()).unwrap();
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expect, "{text}");
    assert_eq!(own.as_deref(), clock, "{text}");
    let forced = ticks(&path, &Stated { format: Some(format), ..Stated::default() }).unwrap();
    assert!(forced.0 == found, "{text}");
}

fn check_bars(text: &str, format: Format, clock: Option<&str>, expect: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("20140504_a.csv");
    fs::write(&path, text).unwrap();
    assert_eq!(detect(&Input::of(&path).unwrap()).unwrap(), format, "{text}");
    let (found, own) = bars(&path).unwrap();
    let shown = |bar: &Bar| {
        let prices =
            [bar.open, bar.high, bar.low, bar.close].map(|price| price.with_digits(5)).join(" ");
        format!(
            "{} {prices} {} {} {}",
            bar.time_msc, bar.tick_volume, bar.spread.0, bar.real_volume
        )
    };
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expect, "{text}");
    assert_eq!(own.as_deref(), clock, "{text}");
}

/// Rows of the publisher's page "Data Files – Detailed Specification".
#[test]
fn histdata_as_its_publisher_shows_it() {
    check_ticks(
        "20120201 000003660,1.306600,1.306770,0\n20120201 000003973,1.306580,1.306750,0\n20120201 000005003,1.306580,1.306760,0\n",
        Format::HistdataTicks,
        Some("UTC-5"),
        &[
            "2012.02.01 00:00:03.660 1.30660 1.30677 6",
            "2012.02.01 00:00:03.973 1.30658 1.30675 6",
            "2012.02.01 00:00:05.003 1.30658 1.30676 4",
        ],
    );
    check_bars(
        "20120201 000000;1.306600;1.306600;1.306560;1.306560;0\r\n20120201 000100;1.306570;1.306570;1.306470;1.306560;0\r\n",
        Format::HistdataBars,
        Some("UTC-5"),
        &[
            "2012.02.01 00:00:00.000 1.30660 1.30660 1.30656 1.30656 0 0 0",
            "2012.02.01 00:01:00.000 1.30657 1.30657 1.30647 1.30656 0 0 0",
        ],
    );
}

#[test]
fn truefx_names_the_pair() {
    let rows = "EUR/USD,20090501 00:00:00.310,1.32481,1.32490\nEUR/USD,20090501 00:00:00.320,1.32481,1.32489\n";
    check_ticks(
        rows,
        Format::Truefx,
        Some("UTC"),
        &["2009.05.01 00:00:00.310 1.32481 1.32490 6", "2009.05.01 00:00:00.320 1.32481 1.32489 4"],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(
        &path,
        rows.replace("EUR/USD,20090501 00:00:00.320", "GBP/USD,20090501 00:00:00.320"),
    )
    .unwrap();
    let told = ticks(&path, &Stated::default()).unwrap_err().to_string();
    assert!(told.ends_with("a.csv, line 2, column `PAIR`: `GBP/USD` is not EURUSD"), "{told}");
}

/// The real first hour of 2019-02-04, written as each of Dukascopy's exports writes it, is the hour
/// of the `.bi5`.
#[test]
fn dukascopys_texts_are_its_binary_hours() {
    let Some(hour) = data("ticks/dukascopy_EURUSD_20190204/00h_ticks.bi5") else { return };
    let (expect, clock) = ticks(&hour, &Stated::default()).unwrap();
    assert_eq!(
        (expect.len(), clock.as_deref(), line(&expect[0]).as_str()),
        (3_733, Some("UTC"), "2019.02.04 00:00:00.994 1.14543 1.14545 6")
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    for (header, ahead_hours, time, clock) in [
        ("Gmt time,Ask,Bid,AskVolume,BidVolume", 0, "%d.%m.%Y %H:%M:%S%.3f", Some("UTC")),
        (
            "Local time,Ask,Bid,AskVolume,BidVolume",
            1,
            "%d.%m.%Y %H:%M:%S%.3f GMT+0100",
            Some("UTC"),
        ),
        (
            "Local time,Ask,Bid,AskVolume,BidVolume",
            -5,
            "%d.%m.%Y %H:%M:%S%.3f GMT-0500",
            Some("UTC"),
        ),
        ("Local time,Ask,Bid,AskVolume,BidVolume", 1, "%d.%m.%Y %H:%M:%S%.3f", None),
        ("Time (EET),Ask,Bid,AskVolume,BidVolume ", 2, "%Y.%m.%d %H:%M:%S%.3f", Some("EET")),
        ("Time (UTC),Ask,Bid,AskVolume,BidVolume", 0, "%Y.%m.%d %H:%M:%S%.3f", Some("UTC")),
        ("timestamp,askPrice,bidPrice,askVolume,bidVolume", 0, "epoch", Some("UTC")),
        (
            "timestamp,askPrice,bidPrice,askVolume,bidVolume",
            0,
            "%Y-%m-%dT%H:%M:%S%.3fZ",
            Some("UTC"),
        ),
    ] {
        let mut text = format!("{header}\n");
        for tick in &expect {
            let local = ServerMsc(tick.time_msc.0 + ahead_hours * 3_600_000);
            let time = if time == "epoch" {
                local.0.to_string()
            } else {
                local.civil().strftime(time).to_string()
            };
            writeln!(
                text,
                "{time},{},{},1.5,0.75",
                tick.ask.with_digits(5),
                tick.bid.with_digits(5)
            )
            .unwrap();
        }
        fs::write(&path, text).unwrap();
        assert_eq!(detect(&Input::of(&path).unwrap()).unwrap(), Format::DukascopyCsvTicks);
        let (mut found, own) = ticks(&path, &Stated::default()).unwrap();
        assert_eq!(own.as_deref(), clock, "{header} {time}");
        let said = if time.contains("GMT") { 0 } else { ahead_hours };
        found.iter_mut().for_each(|tick| tick.time_msc.0 -= said * 3_600_000);
        assert!(found == expect, "{header} {time}");
    }
}

#[test]
fn dukascopys_candles_as_text() {
    for (text, clock) in [
        (
            "Gmt time,Open,High,Low,Close,Volume\n04.02.2019 00:00:00.000,1.14543,1.1457,1.14542,1.14569,177.36\n",
            Some("UTC"),
        ),
        (
            "Time (EET),Open,High,Low,Close,Volume \n2019.02.04 00:00:00,1.14543,1.1457,1.14542,1.14569,177.36\n",
            Some("EET"),
        ),
        (
            "Local time,Open,High,Low,Close,Volume\n04.02.2019 00:00:00.000 GMT+0000,1.14543,1.1457,1.14542,1.14569,177.36\n",
            Some("UTC"),
        ),
    ] {
        let expect = "2019.02.04 00:00:00.000 1.14543 1.14570 1.14542 1.14569 0 0 0";
        check_bars(text, Format::DukascopyCsvCandles, clock, &[expect]);
    }
    // dukascopy-node says nothing that others do not say.
    let text = "timestamp,open,high,low,close,volume\n1549238400000,1.14543,1.1457,1.14542,1.14569,177.36\n";
    let expect = "2019.02.04 00:00:00.000 1.14543 1.14570 1.14542 1.14569 0 0 0";
    check_bars(text, Format::CsvBars, Some("UTC"), &[expect]);
}

#[test]
fn a_header_that_names_no_clock_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "Time (Mars),Ask,Bid\n2019.02.04 00:00:00.994,1.14545,1.14543\n").unwrap();
    let told = ticks(&path, &Stated::default()).unwrap_err().to_string();
    assert!(told.ends_with("a.csv: cannot tell its clock"), "{told}");
}

/// Lean's rows as its data folder has them; the day is in the name, or stated.
#[test]
fn lean_needs_a_day() {
    check_ticks(
        "994.0672,1.14543,1.14545\n1500,1.14543,1.14546\n",
        Format::LeanTicks,
        None,
        &["2019.02.04 00:00:00.994 1.14543 1.14545 6", "2019.02.04 00:00:01.500 1.14543 1.14546 4"],
    );
    check_bars(
        "75600000,1.38817,1.38817,1.38780,1.38803,0,1.38884,1.38921,1.38881,1.38885,0\n",
        Format::LeanMinutes,
        None,
        &["2014.05.04 21:00:00.000 1.38817 1.38817 1.38780 1.38803 0 67 0"],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quotes.csv");
    fs::write(&path, "994.0672,1.14543,1.14545\n").unwrap();
    let told = ticks(&path, &Stated::default()).unwrap_err().to_string();
    assert!(told.ends_with("quotes.csv: holds times of day and no date; its name, or that of its archive, must begin with the date, such as 20140506_quote.csv, or `tickdeck import` takes it: --date 2014-05-06"), "{told}");
    let (found, _) =
        ticks(&path, &Stated { date: Some("2019-02-04".parse().unwrap()), ..Stated::default() })
            .unwrap();
    assert_eq!(line(&found[0]), "2019.02.04 00:00:00.994 1.14543 1.14545 6");
}

/// `copy_ticks_range` as pandas writes it: the index or none, times as numbers or as texts, doubles
/// with their noise.
#[test]
fn arrays_of_the_api_as_csv() {
    let expect =
        ["2025.09.22 00:00:00.161 1.17403 1.17603 6", "2025.09.22 00:00:47.468 1.16457 1.17605 2"];
    for text in [
        "time,bid,ask,last,volume,time_msc,flags,volume_real\n\
         1758499200,1.17403,1.17603,0.0,0,1758499200161,6,0.0\n\
         1758499247,1.1645699999999999,1.17605,0.0,0,1758499247468,2,0.0\n",
        ",time,bid,ask,last,volume,time_msc,flags,volume_real\n\
         0,2025-09-22 00:00:00,1.17403,1.17603,0.0,0,2025-09-22 00:00:00.161,6,0.0\n\
         1,2025-09-22 00:00:47,1.1645699999999999,1.17605,0.0,0,2025-09-22 00:00:47.468,2,0.0\n",
        "time;bid;ask;flags\n2025-09-22 00:00:00.161000+00:00;1.17403;1.17603;6\n2025-09-22 00:00:47.468000+00:00;1.16457;1.17605;2\n",
    ] {
        check_ticks(text, Format::ApiTicks, None, &expect);
    }
    let expect = "2025.09.22 00:00:00.000 1.17403 1.17405 1.17403 1.17405 2 200 0";
    for text in [
        "time,open,high,low,close,tick_volume,spread,real_volume\n1758499200,1.17403,1.17405,1.17403,1.17405,2,200,0\n",
        ",time,open,high,low,close,tick_volume,spread,real_volume\n0,2025-09-22,1.17403,1.17405,1.17403,1.17405,2,200,0\n",
    ] {
        check_bars(text, Format::ApiBars, None, &[expect]);
    }
}

#[test]
fn bars_that_this_program_writes_as_csv_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bars.csv");
    let price = |points: i64| Price::from_raw(points * 10_000);
    let bar = |n: i64| Bar {
        time_msc: ServerMsc(1_758_499_200_000 + n * 60_000),
        open: price(117_403 + n),
        high: price(117_409 + n),
        low: price(117_400 + n),
        close: price(117_401 + n),
        tick_volume: 7,
        spread: Points(n - 2),
        real_volume: 8_000_000,
    };
    let written: Vec<Bar> = (0..9).map(bar).collect();
    let mut writer = BarWriter::create(&path, 5, &Label::none()).unwrap();
    written.iter().for_each(|bar| writer.push(bar).unwrap());
    writer.finish().unwrap();
    assert_eq!(bars(&path).unwrap(), (written, None));
}

/// Daily bars have no column of times, with a header or without.
#[test]
fn daily_bars_have_no_time_of_day() {
    let row = "2025.09.01\t1.16943\t1.17363\t1.16853\t1.17109\t65000\t0\t2\r\n";
    let expect = "2025.09.01 00:00:00.000 1.16943 1.17363 1.16853 1.17109 65000 2 0";
    check_bars(row, Format::Mt5Bars, None, &[expect]);
    check_bars(
        &format!("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n{row}"),
        Format::Mt5Bars,
        None,
        &[expect],
    );
}

/// Quotes that change by one side or both, the flags saying which.
fn quotes() -> Vec<Tick> {
    let (mut bid, mut ask) = (117_403, 117_408);
    let mut tick = |n: i64| {
        let flags: u32 = if n == 0 { 6 } else { [2, 4, 6][usize::try_from(n * n % 3).unwrap()] };
        (bid, ask) = (
            bid + i64::from(flags & 2) * (1 - n % 3 + n % 2 * 3),
            ask + i64::from(flags & 4) * (1 + n % 5),
        );
        let price = |points: i64| Price::from_raw(points * 10_000);
        let time_msc = ServerMsc(1_758_585_000_000 + n * 7_001);
        Tick {
            time_msc,
            bid: price(bid),
            ask: price(ask),
            last: Price::ZERO,
            volume: 0,
            symbol: SymbolId(0),
            flags: TickFlags::from_mt5(flags),
        }
    };
    (0..300).map(&mut tick).collect()
}

/// One way of writing an export.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one way in which exports differ")]
struct Way {
    delimiter: char,
    header: bool,
    flags: bool,
    milliseconds: bool,
    both_sides: bool,
}

impl Way {
    fn all() -> Vec<Self> {
        let both = [false, true];
        let mut ways = Vec::new();
        for delimiter in ['\t', ',', ';'] {
            for (header, flags) in both.iter().flat_map(|&a| both.map(|b| (a, b))) {
                for (milliseconds, both_sides) in both.iter().flat_map(|&a| both.map(|b| (a, b))) {
                    ways.push(Self { delimiter, header, flags, milliseconds, both_sides });
                }
            }
        }
        ways
    }

    fn write(self, ticks: &[Tick]) -> String {
        let mut rows = Vec::new();
        if self.header {
            rows.push(format!(
                "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>{}",
                if self.flags { "\t<FLAGS>" } else { "" }
            ));
        }
        for tick in ticks {
            let time = tick
                .time_msc
                .civil()
                .strftime(if self.milliseconds {
                    "%Y.%m.%d\t%H:%M:%S%.3f"
                } else {
                    "%Y.%m.%d\t%H:%M:%S"
                })
                .to_string();
            let side = |bit: u8, price: Price| {
                if self.both_sides || tick.flags.bits() & bit != 0 {
                    price.with_digits(5)
                } else {
                    String::new()
                }
            };
            let flags = if self.flags { format!("\t{}", tick.flags.bits()) } else { String::new() };
            rows.push(format!("{time}\t{}\t{}\t\t{flags}", side(2, tick.bid), side(4, tick.ask)));
        }
        rows.join("\r\n").replace('\t', &self.delimiter.to_string())
    }
}

#[test]
fn every_way_of_writing_an_export_gives_the_same_ticks() {
    let exact = quotes();
    let to_the_second: Vec<Tick> = exact
        .iter()
        .map(|tick| Tick { time_msc: ServerMsc(tick.time_msc.0 / 1000 * 1000), ..*tick })
        .collect();
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| {
        text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let mut read = 0;
    for way in Way::all() {
        let text = way.write(&exact);
        let marked = format!("\u{feff}{text}");
        for (encoding, bytes) in [
            ("UTF-8", text.clone().into_bytes()),
            ("UTF-8 with its mark", marked.clone().into_bytes()),
            ("UTF-16LE", wide(&text, u16::to_le_bytes)),
            ("UTF-16LE with its mark", wide(&marked, u16::to_le_bytes)),
            ("UTF-16BE", wide(&text, u16::to_be_bytes)),
            ("UTF-16BE with its mark", wide(&marked, u16::to_be_bytes)),
        ] {
            fs::write(&path, bytes).unwrap();
            let (found, _) = ticks(&path, &Stated::default()).unwrap();
            assert!(
                found == *if way.milliseconds { &exact } else { &to_the_second },
                "{way:?}, {encoding}"
            );
            read += 1;
        }
    }
    assert_eq!(read, 48 * 6);
}
