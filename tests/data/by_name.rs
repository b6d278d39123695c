//! Any table by the names of its columns: in any order, with any separator, by any clock, with
//! blank cells. What is read is what was written.

use crate::common::tickdeck_in;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use tickdeck::data::bar_source::BarSource;
use tickdeck::data::column_map::ColumnMap;
use tickdeck::data::error::DataError;
use tickdeck::data::format::{Format, Stated};
use tickdeck::data::import::{Import, import};
use tickdeck::data::input::Input;
use tickdeck::data::label::FileClock;
use tickdeck::data::quality::policy::{Policies, Policy};
use tickdeck::data::specification::find;
use tickdeck::data::tick_file::{Rows, TickFile};
use tickdeck::data::tick_source::TickReader;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::bar::Bar;
use tickdeck::market::columns::TickColumns;

/// Midnight of 2025-09-22.
const T0: i64 = 1_758_499_200_000;

fn eurusd() -> SymbolSpec {
    find("EURUSD", None, None).unwrap()
}

fn price(points: i64) -> Price {
    Price::from_raw(points * 10_000)
}

/// How a table writes its times.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Text(&'static str),
    TwoCells,
    Ahead,
    Milliseconds,
    Seconds,
}

const CLOCKS: [Clock; 7] = [
    Clock::Text("Datetime"),
    Clock::Text("time"),
    Clock::Text("<DATE>"),
    Clock::TwoCells,
    Clock::Ahead,
    Clock::Milliseconds,
    Clock::Seconds,
];

impl Clock {
    /// The columns and their cells for a time by the clock of the table.
    fn cells(self, msc: i64) -> Vec<(&'static str, String)> {
        let text = |msc: i64, form: &str| ServerMsc(msc).civil().strftime(form).to_string();
        match self {
            Self::Text(title) => vec![(title, text(msc, "%Y-%m-%dT%H:%M:%S"))],
            Self::TwoCells => {
                vec![("Date", text(msc, "%Y%m%d")), ("TIME", text(msc, "%H:%M:%S"))]
            }
            Self::Ahead => {
                vec![("timestamp", text(msc + 7_200_000, "%Y.%m.%d %H:%M:%S") + "+02:00")]
            }
            Self::Milliseconds => vec![("unix_ms", msc.to_string())],
            Self::Seconds => vec![("Timestamp", (msc / 1000).to_string())],
        }
    }

    /// The clock that the table then states.
    const fn stated(self) -> Option<&'static str> {
        match self {
            Self::Text(_) | Self::TwoCells => None,
            Self::Ahead | Self::Milliseconds | Self::Seconds => Some("UTC"),
        }
    }
}

/// A table of rows whose cells have titles; `order` shuffles the columns.
fn table(rows: &[Vec<(&str, String)>], order: &[usize], separator: char) -> String {
    let line = |cells: Vec<&str>| {
        let places = order.iter().filter(|&&place| place < cells.len());
        let cells: Vec<&str> = places.map(|&place| cells[place]).collect();
        cells.join(&separator.to_string()) + "\n"
    };
    let header = line(rows[0].iter().map(|(title, _)| *title).collect());
    let rows = rows.iter().map(|row| line(row.iter().map(|(_, cell)| cell.as_str()).collect()));
    header + &rows.collect::<String>()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, text).unwrap();
    (folder, path)
}

type Said = Option<String>;

fn bars(path: &Path, stated: &Stated) -> Result<(Vec<Bar>, Said), DataError> {
    let mut source = BarSource::open(&Input::of(path)?, stated, &eurusd())?;
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        source.read(&mut batch)?;
        if batch.is_empty() {
            return Ok((all, source.clock()?.map(|zone| zone.to_string())));
        }
        all.append(&mut batch);
    }
}

fn ticks(path: &Path, stated: &Stated) -> Result<(Vec<Tick>, Said), DataError> {
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

fn shuffled() -> impl Strategy<Value = Vec<usize>> {
    Just((0..12).collect::<Vec<usize>>()).prop_shuffle()
}

fn separators() -> impl Strategy<Value = char> {
    prop::sample::select(vec![',', ';', '\t'])
}

fn clocks() -> impl Strategy<Value = Clock> {
    prop::sample::select(CLOCKS.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn bars_are_those_that_were_written(
        order in shuffled(), separator in separators(), clock in clocks(),
        volume in prop::sample::select(vec!["tick_volume", "Volume", "<VOL>", ""]),
        with_spread in any::<bool>(),
        prices in prop::collection::vec((110_000_i64..120_000, 0_i64..90, 0_i64..90, 1_u64..500), 1..12),
    ) {
        let written: Vec<Bar> = (0..).zip(&prices).map(|(minute, &(open, up, down, count))| Bar {
            time_msc: ServerMsc(T0 + minute * 60_000),
            open: price(open), high: price(open + up), low: price(open - down), close: price(open - down),
            tick_volume: if volume.is_empty() { 0 } else { count },
            spread: Points(if with_spread { up } else { 0 }),
            real_volume: 0,
        }).collect();
        let rows: Vec<_> = written.iter().map(|bar| {
            let mut cells = clock.cells(bar.time_msc.0);
            for (title, price) in [("OPEN", bar.open), ("high", bar.high), ("Low", bar.low), ("<CLOSE>", bar.close)] {
                cells.push((title, price.with_digits(5)));
            }
            if !volume.is_empty() {
                cells.push((volume, bar.tick_volume.to_string()));
            }
            if with_spread {
                cells.push(("spread", bar.spread.0.to_string()));
            }
            cells.push(("whatever", "x".to_owned()));
            cells
        }).collect();
        let (_folder, path) = file(&table(&rows, &order, separator));
        let (found, said) = bars(&path, &Stated::default()).unwrap();
        prop_assert_eq!(&found, &written);
        prop_assert_eq!(said.as_deref(), clock.stated());
        // A stated clock holds where the times say none, and only there.
        let zone = Some("UTC+5:30".parse().unwrap());
        let (_, said) = bars(&path, &Stated { zone, ..Stated::default() }).unwrap();
        prop_assert_eq!(said.as_deref(), Some(clock.stated().unwrap_or("UTC+5:30")));
    }

    /// Told by an own walk over the rows: a blank repeats the value of the row before it in time.
    #[test]
    fn blank_sides_are_those_of_the_row_before_in_time(
        order in shuffled(), separator in separators(), clock in clocks(),
        rows in prop::collection::vec((0_i64..40, 110_000_i64..110_200, any::<[bool; 2]>()), 2..30),
    ) {
        let mut texts = Vec::new();
        for (seconds, bid, told) in &rows {
            let mut cells = clock.cells(T0 + seconds * 1000);
            let side = |told: bool, points: i64| {
                if told { price(points).with_digits(5) } else { String::new() }
            };
            cells.push(("Bid", side(told[0], *bid)));
            cells.push(("ask", side(told[1], bid + 7)));
            cells.push(("comment", "x".to_owned()));
            texts.push(cells);
        }
        let (folder, path) = file(&table(&texts, &order, separator));
        let mut sorted = rows.clone();
        sorted.sort_by_key(|(seconds, ..)| *seconds);
        let (mut sides, mut expect, mut one_sided) = ([None, None], Vec::new(), 0);
        for (seconds, bid, told) in sorted {
            let own = [bid, bid + 7];
            for side in [0, 1] {
                if told[side] {
                    sides[side] = Some(own[side]);
                }
            }
            match sides {
                [Some(bid), Some(ask)] => expect.push((T0 + seconds * 1000, price(bid), price(ask))),
                _ => one_sided += 1,
            }
        }
        let (files, spec, out) = ([path], eurusd(), folder.path().join("out.parquet"));
        let policies = Policies { out_of_order: Policy::Fix, ..Policies::default() };
        let imported = import(&Import { policies, zone: Some(FileClock::Unknown), ..Import::new(&files, &spec, &out) }, &mut |_| {});
        if expect.is_empty() {
            prop_assert!(imported.is_err());
            return Ok(());
        }
        let quality = imported.unwrap().quality;
        prop_assert_eq!((quality.one_sided.rows, quality.rows), (one_sided, rows.len() as u64));
        let mut read = TickFile::open_with(&out, SymbolId(0), &spec, Rows::Tradable).unwrap();
        let mut batch = TickColumns::default();
        read.read(&mut batch).unwrap();
        let found: Vec<_> = batch.iter().map(|tick| (tick.time_msc.0, tick.bid, tick.ask)).collect();
        prop_assert_eq!(found, expect);
    }

    /// Rows of another symbol change nothing but their count.
    #[test]
    fn other_symbols_are_left_out(
        order in shuffled(), separator in separators(),
        rows in prop::collection::vec((110_000_i64..110_200, any::<bool>()), 1..30),
    ) {
        let text = |only_own: bool| {
            let rows = (0..).zip(&rows).filter(|(_, (_, own))| *own || !only_own);
            let rows: Vec<_> = rows.map(|(second, (bid, own))| {
                let mut cells = Clock::Text("time").cells(T0 + second * 1000);
                cells.push(("bid", price(*bid).with_digits(5)));
                cells.push(("ask", price(bid + 3).with_digits(5)));
                cells.push(("Symbol", if *own { "EUR/USD" } else { "GBPUSD" }.to_owned()));
                cells
            }).collect();
            (!rows.is_empty()).then(|| table(&rows, &order, separator))
        };
        let (_folder, path) = file(&text(false).unwrap());
        let found = ticks(&path, &Stated::default());
        match text(true) {
            None => {
                let told = found.unwrap_err().to_string();
                prop_assert!(told.contains("holds no row of EURUSD; its rows are of GBPUSD"), "{}", told);
            }
            Some(own) => {
                let (_folder, path) = file(&own);
                prop_assert_eq!(found.unwrap().0, ticks(&path, &Stated::default()).unwrap().0);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Titles that say nothing are said by `--map`, each by its name or by its number; a table without
    /// a header by numbers alone.
    #[test]
    fn mapped_columns_are_those_that_were_written(
        order in shuffled(), separator in separators(), with_header in any::<bool>(),
        by_number in prop::collection::vec(any::<bool>(), 3),
        rows in prop::collection::vec((110_000_i64..110_200, 1_i64..40), 1..12),
    ) {
        let titles = ["Zeit", "Geld", "Brief"];
        let cells: Vec<_> = (0..).zip(&rows).map(|(second, (bid, spread))| {
            let time = Clock::Text("").cells(T0 + second * 1000).remove(0).1;
            let sides = [*bid, bid + spread].map(|points| price(points).with_digits(5));
            let [bid, ask] = sides;
            titles.into_iter().zip([time, bid, ask]).collect::<Vec<_>>()
        }).collect();
        let places: Vec<usize> = order.iter().copied().filter(|&place| place < 3).collect();
        let text = table(&cells, &order, separator);
        let (header, rest) = text.split_once('\n').unwrap();
        prop_assert_eq!(header.split(separator).count(), 3);
        // Numbers say which line is the first row: a header has a name to be said by.
        let has_header = with_header && by_number.contains(&false);
        let (_folder, path) = file(if has_header { &text } else { rest });
        let column = |place: usize| {
            let number = places.iter().position(|&own| own == place).unwrap() + 1;
            let word = ["time", "bid", "ask"][place];
            let said = if has_header && !by_number[place] { titles[place].to_owned() } else { number.to_string() };
            format!("{word}={said}").parse().unwrap()
        };
        let map = ColumnMap((0..3).map(column).collect());
        let stated = Stated { map, format: Some(Format::CsvTicks), ..Stated::default() };
        let (found, _) = ticks(&path, &stated).unwrap();
        let found: Vec<_> = found.iter().map(|tick| (tick.time_msc.0, tick.bid, tick.ask)).collect();
        let written: Vec<_> = (0..).zip(&rows)
            .map(|(second, &(bid, spread))| (T0 + second * 1000, price(bid), price(bid + spread)))
            .collect();
        prop_assert_eq!(found, written);
    }
}

/// `--map` says what names do not say, by name or by number; what it says goes first.
#[test]
fn columns_can_be_mapped() {
    let map =
        |text: &str| ColumnMap(text.split(',').map(|column| column.parse().unwrap()).collect());
    let stated = |text: &str| Stated { map: map(text), ..Stated::default() };
    let (_folder, path) =
        file("Zeit;Auf;Hoch;Tief;Zu;Volumen\n2025-09-22 10:00;1.1;1.3;1.0;1.2;7\n");
    let named = stated("time=Zeit,open=Auf,high=hoch,low=TIEF,close=Zu,volume=Volumen");
    let (found, said) = bars(&path, &named).unwrap();
    assert_eq!(
        (found.len(), found[0].tick_volume, found[0].close, said),
        (1, 7, price(120_000), None)
    );
    let (again, _) = bars(&path, &stated("time=1,open=2,high=3,low=4,close=5")).map_or_else(
        |error| (Err(error.to_string()), None::<String>),
        |(bars, said)| (Ok(bars), said),
    );
    assert!(again.unwrap_err().contains("`Zeit`"), "without a name the first line is a row");
    let (_folder, path) =
        file("2025-09-22 10:00;1.3;1.0;1.1;1.2\n2025-09-22 10:01;1.3;1.0;1.1;1.2\n");
    let (found, _) = bars(&path, &stated("time=1,high=2,low=3,open=4,close=5")).unwrap();
    assert_eq!((found.len(), found[0].open, found[0].high), (2, price(110_000), price(130_000)));
    let (_folder, path) = file("time,bid,ask,ask2\n2025-09-22 10:00:00,1.1,1.2,1.3\n");
    assert_eq!(ticks(&path, &stated("ask=ask2")).unwrap().0[0].ask, price(130_000));
    let told = ticks(&path, &stated("ask=ask3")).unwrap_err().to_string();
    assert!(
        told.ends_with(
            "no column `ASK3` (did you mean `ASK`?); the columns are TIME, BID, ASK, ASK2"
        ),
        "{told}"
    );
}

/// What a vendor's layout is known for gives way to what is stated; what a file says does not.
#[test]
fn a_stated_clock_holds_for_times_that_say_none() {
    let zone = |name: &str| Stated { zone: Some(name.parse().unwrap()), ..Stated::default() };
    let (_folder, path) = file("20120201 000003660,1.306600,1.306770,0\n");
    assert_eq!(ticks(&path, &Stated::default()).unwrap().1.as_deref(), Some("UTC-5"));
    assert_eq!(ticks(&path, &zone("UTC")).unwrap().1.as_deref(), Some("UTC"));
    let (folder, path) = file("Gmt time,Ask,Bid\n04.02.2019 00:00:00.994,1.14553,1.14551\n");
    assert_eq!(ticks(&path, &zone("UTC+2")).unwrap().1.as_deref(), Some("UTC"));
    let shown = path.display().to_string();
    let run = |options: &[&str]| {
        let import = ["import", &shown, "--symbol", "EURUSD", "--out", "x.parquet"];
        tickdeck_in(folder.path(), &[&import[..], options].concat())
    };
    let refused = run(&["--zone", "UTC+2"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains(
            "its clock is UTC, as it says itself, and not UTC+2: leave --zone out; --clock UTC+2"
        ),
        "{said}"
    );
    assert!(run(&["--clock", "UTC+2"]).status.success(), "what is advised works");
}

#[test]
fn a_header_alone_and_a_far_year_are_told_by_every_verb() {
    for (text, expect) in [
        ("time,open,high,low,close\n", "a.csv: holds no row, only a header"),
        ("<DATE>\t<TIME>\t<BID>\t<ASK>\n", "a.csv: holds no row, only a header"),
        (
            "time,open,high,low,close\n2205-09-22,1.1,1.1,1.1,1.1\n",
            "`2205-09-22`: no tick and no bar is of a year from 2100 on",
        ),
    ] {
        let (folder, _) = file(text);
        let session = "format = 1\nname = \"s\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\n";
        fs::write(folder.path().join("s.toml"), session).unwrap();
        let given = if text.contains("BID") { "--ticks" } else { "--bars" };
        let simulate = ["simulate", "s.toml", given, "EURUSD=a.csv"];
        let model = if text.contains("BID") { vec![] } else { vec!["--model", "ohlc"] };
        for args in [
            vec!["import", "a.csv", "--symbol", "EURUSD", "--out", "x.parquet"],
            vec![
                "bars",
                "--ticks",
                "a.csv",
                "--symbol",
                "EURUSD",
                "--timeframe",
                "M1",
                "--out",
                "x.csv",
            ],
            vec![
                "indicators",
                "--bars",
                "a.csv",
                "--symbol",
                "EURUSD",
                "--timeframe",
                "M1",
                "--use",
                "ema:2",
                "--out",
                "x.csv",
            ],
            [simulate.to_vec(), model].concat(),
        ] {
            let output = tickdeck_in(folder.path(), &args);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(2) && said.contains(expect), "{args:?}: {said}");
        }
    }
}

/// A format that is said is taken where rows can be two things.
#[test]
fn what_can_be_two_things_is_what_is_said() {
    let (_folder, path) = file(
        "2020.09.08;00:00:00;1.00;1.04;0.80;0.90;6\n2020.09.08;00:01:00;1.00;1.04;0.85;0.91;6\n",
    );
    let as_format = |format| Stated { format: Some(format), ..Stated::default() };
    assert_eq!(bars(&path, &as_format(Format::Mt4Bars)).unwrap().0.len(), 2);
    let told = ticks(&path, &as_format(Format::Mt5Ticks)).unwrap_err().to_string();
    assert!(told.contains("line 1, column `VOLUME`: `0.90` is not a whole number"), "{told}");
}

/// Where the first rows count ticks and a later one does not, nobody knows what is counted.
#[test]
fn volumes_that_become_fractions_are_refused_and_can_be_left_out() {
    let minutes = |minute: i64| {
        ServerMsc(T0 + minute * 60_000).civil().strftime("%Y-%m-%d %H:%M").to_string()
    };
    let rows = (0..100).map(|minute| {
        format!("{},1.1,1.1,1.1,1.1,{}\n", minutes(minute), if minute < 80 { "7" } else { "7.5" })
    });
    let (_folder, path) =
        file(&("time,open,high,low,close,volume\n".to_owned() + &rows.collect::<String>()));
    let told = bars(&path, &Stated::default()).unwrap_err().to_string();
    assert!(told.contains("line 82, column `VOLUME`: `7.5` is not whole"), "{told}");
    assert!(told.contains("--map volume=-"), "{told}");
    let map = ColumnMap(vec!["volume=-".parse().unwrap()]);
    let (found, _) = bars(&path, &Stated { map, ..Stated::default() }).unwrap();
    assert_eq!((found.len(), found[0].tick_volume), (100, 0));
}

/// A blank at the beginning of a file repeats nothing of the file before it.
#[test]
fn blanks_are_filled_within_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("Datetime,Bid,Ask\n{rows}")).unwrap();
        path
    };
    let files = [
        write("a.csv", "2025-09-22 10:00:00,1.1,1.2\n"),
        write(
            "b.csv",
            "2025-09-23 10:00:00,1.3,1.4\n2025-09-23 10:00:02,,1.5\n2025-09-23 09:59:59,1.6,\n",
        ),
    ];
    let (spec, out) = (eurusd(), folder.path().join("out.parquet"));
    for (out_of_order, expect) in [(Policy::Fix, (3, 1)), (Policy::Drop, (3, 0))] {
        let policies = Policies { out_of_order, ..Policies::default() };
        let what =
            Import { policies, zone: Some(FileClock::Unknown), ..Import::new(&files, &spec, &out) };
        let quality = import(&what, &mut |_| {}).unwrap().quality;
        assert_eq!((quality.written, quality.one_sided.rows), expect, "{out_of_order}");
    }
}
