//! Importing: what real files are worth, what every layout gives, and what each bad input is told.

use crate::common::data;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tickdeck::data::error::DataError;
use tickdeck::data::format::Stated;
use tickdeck::data::import::{Import, import};
use tickdeck::data::input::Input;
use tickdeck::data::label::FileClock;
use tickdeck::data::quality::Quality;
use tickdeck::data::specification::find;
use tickdeck::data::tick_file::TickFile;
use tickdeck::data::tick_layout::{PriceForm, TickLayout};
use tickdeck::data::tick_source::TickReader;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::columns::TickColumns;

const WEEK: &str = "ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet";
const DAY: &str = "ticks/EURUSD_20250922_mt5export.csv";

fn eurusd() -> SymbolSpec {
    find("EURUSD", None, None).unwrap()
}

fn read_all(path: &Path, spec: &SymbolSpec) -> Result<Vec<Tick>, DataError> {
    let mut source = TickReader::open(&Input::of(path)?, &Stated::default(), SymbolId(0), spec)?;
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    loop {
        source.read(&mut batch)?;
        if batch.is_empty() {
            return Ok(all);
        }
        all.extend(batch.iter());
    }
}

fn run(
    files: &[PathBuf],
    spec: &SymbolSpec,
    out: &Path,
    form: PriceForm,
) -> Result<Quality, DataError> {
    import(
        &Import { form, zone: Some(FileClock::Unknown), ..Import::new(files, spec, out) },
        &mut |_| {},
    )
    .map(|imported| imported.quality)
}

#[test]
fn a_week_of_the_mt5_api_is_counted_and_kept_whole() {
    let Some(week) = data(WEEK) else { return };
    let folder = tempfile::tempdir().unwrap();
    let raw = read_all(&week, &eurusd()).unwrap();
    for (name, form) in
        [("exact.parquet", PriceForm::Decimal), ("double.parquet", PriceForm::Double)]
    {
        let out = folder.path().join(name);
        let quality = run(std::slice::from_ref(&week), &eurusd(), &out, form).unwrap();
        assert_eq!((quality.rows, quality.written), (316_692, 316_692));
        assert_eq!(
            (quality.first_time_msc, quality.last_time_msc),
            (Some(ServerMsc(1_758_499_200_161)), Some(ServerMsc(1_758_931_001_486)))
        );
        assert_eq!((quality.repeated_time_msc.rows, quality.identical.rows), (533, 30));
        assert_eq!((quality.gaps_over_60s, quality.gap_msc_max), (6, 252_648));
        assert_eq!(
            (
                quality.crossed.rows,
                quality.zero_quote.rows,
                quality.spike.rows,
                quality.one_sided.rows
            ),
            (0, 0, 0, 0)
        );
        assert!(
            read_all(&out, &eurusd()).unwrap() == raw,
            "{name}: the ticks are not those that were imported"
        );
    }
    let flags = |bits| raw.iter().filter(|tick| tick.flags.bits() == bits).count();
    assert_eq!(
        [flags(134), flags(6), flags(130), flags(2), flags(4)],
        [264_379, 1, 28_302, 0, 24_010],
        "128 on all but the first quote"
    );
    let size = fs::metadata(folder.path().join("exact.parquet")).unwrap().len();
    assert!(size < 1_500_000, "{size} bytes");
}

#[test]
fn the_text_export_gives_the_ticks_of_the_parquet_file() {
    let (Some(week), Some(day)) = (data(WEEK), data(DAY)) else { return };
    let from_text = read_all(&day, &eurusd()).unwrap();
    // A text export states the documented flags alone.
    let documented = |tick: Tick| Tick { flags: tick.flags.documented(), ..tick };
    let from_table: Vec<Tick> =
        read_all(&week, &eurusd()).unwrap().into_iter().map(documented).collect();
    assert_eq!(from_text.len(), 57_619);
    assert!(from_text[..] == from_table[..57_619], "the text's ticks differ");
    let Some(filled) = data("ticks/EURUSD_20250924_16h_mt5export_filled.csv") else { return };
    let hour = read_all(&filled, &eurusd()).unwrap();
    let start = from_table.iter().position(|tick| *tick == hour[0]).unwrap();
    assert!(hour[..] == from_table[start..start + 5_131], "the filled text's ticks differ");
}

#[test]
fn other_encodings_and_delimiters_give_the_same_ticks() {
    let Some(day) = data(DAY) else { return };
    let folder = tempfile::tempdir().unwrap();
    let text: String =
        fs::read_to_string(&day).unwrap().lines().take(9_001).collect::<Vec<_>>().join("\r\n");
    let plain = folder.path().join("plain");
    fs::write(&plain, &text).unwrap();
    let expect = read_all(&plain, &eurusd()).unwrap();
    assert_eq!(expect.len(), 9_000);
    let headerless = text.split_once("\r\n").unwrap().1.to_owned();
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| {
        text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    for (name, bytes) in [
        ("BOM", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("LF", text.replace('\r', "").into_bytes()),
        ("semicolon", text.replace('\t', ";").into_bytes()),
        ("comma, no header", headerless.replace('\t', ",").into_bytes()),
        ("UTF-16 LE with BOM", [vec![0xff, 0xfe], utf16(&text, u16::to_le_bytes)].concat()),
        ("UTF-16 BE with BOM", [vec![0xfe, 0xff], utf16(&text, u16::to_be_bytes)].concat()),
        ("UTF-16 LE", utf16(&text, u16::to_le_bytes)),
        ("UTF-16 BE", utf16(&headerless, u16::to_be_bytes)),
    ] {
        let path = folder.path().join("variant");
        fs::write(&path, bytes).unwrap();
        assert!(read_all(&path, &eurusd()).unwrap() == expect, "{name}");
    }
}

#[test]
fn gold_of_three_digits_needs_to_be_told() {
    let Some(packed) = data("ticks/XAUUSD_20140506_mt5export.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("gold.csv"), folder.path().join("gold.parquet"));
    let Ok(unpacked) = Command::new("gzip").args(["-dc"]).arg(&packed).output() else {
        eprintln!("SKIPPED: no gzip command");
        return;
    };
    fs::write(&path, unpacked.stdout).unwrap();
    let refused = run(
        std::slice::from_ref(&path),
        &find("XAUUSD", None, None).unwrap(),
        &out,
        PriceForm::Decimal,
    )
    .unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("line 2, column `BID`: 1310.926 has more than the 2 digits of XAUUSD"),
        "{refused}"
    );
    let spec = find("XAUUSD", None, Some(3)).unwrap();
    let quality = run(&[path], &spec, &out, PriceForm::Decimal).unwrap();
    assert_eq!((quality.rows, quality.written), (161_552, 161_552));
    assert_eq!((quality.repeated_time_msc.rows, quality.identical.rows), (6_650, 109));
    assert_eq!((quality.gaps_over_60s, quality.gap_msc_max), (28, 2_759_142));
    let refused = TickFile::open(&out, SymbolId(0), &find("XAUUSD", None, None).unwrap())
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains(
            "its prices have 3 digits, as it says itself, and XAUUSD has 2: say --digits 3"
        ),
        "{refused}"
    );
}

#[test]
fn files_are_joined_in_the_order_of_time_and_may_not_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, rows: &str| {
        let path = folder.path().join(name);
        fs::write(&path, rows).unwrap();
        path
    };
    let later = file("a.csv", "2025.09.23,00:00:00.000,1.2,1.3\n2025.09.23,00:00:01.000,1.2,1.3\n");
    let earlier =
        file("b.csv", "2025.09.22,00:00:00.000,1.2,1.3\n2025.09.22,00:00:01.000,1.2,1.3\n");
    let out = folder.path().join("out.parquet");
    let quality =
        run(&[later.clone(), earlier.clone()], &eurusd(), &out, PriceForm::Decimal).unwrap();
    assert_eq!(quality.rows, 4);
    assert_eq!(
        read_all(&out, &eurusd()).unwrap()[0].time_msc.to_string(),
        "2025.09.22 00:00:00.000"
    );
    let before = fs::read(&out).unwrap();
    let across = file("c.csv", "2025.09.22,00:00:00.500,1.2,1.3\n");
    let wrong = run(&[later, earlier, across], &eurusd(), &out, PriceForm::Decimal)
        .unwrap_err()
        .to_string();
    let wrong = wrong.replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(
        wrong,
        "b.csv ends at 2025.09.22 00:00:01.000, after c.csv begins at 2025.09.22 00:00:00.500: files to be joined must not overlap"
    );
    assert_eq!(fs::read(&out).unwrap(), before, "a failed import leaves the old file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "and nothing half-done");
}

/// One side only, quotes of zero, missing flags: what becomes of each.
#[test]
fn rows_that_are_no_ticks_are_counted_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("a.csv"), folder.path().join("out.parquet"));
    let rows = [
        "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>",
        "2025.09.22\t00:00:00.100\t1.17000\t\t\t",
        "2025.09.22\t00:00:00.200\t1.17001\t\t\t",
        "2025.09.22\t00:00:00.300\t\t1.17005\t\t",
        "2025.09.22\t00:00:00.400\t0.00000\t0.00000\t\t",
        "2025.09.22\t00:00:00.500\t1.17002\t1.17005\t1.17003\t7",
        "2025.09.22\t00:00:00.500\t1.17002\t1.17005\t1.17003\t7",
        "2025.09.22\t00:00:00.600\t1.17006\t\t\t",
    ];
    fs::write(&path, rows.join("\n")).unwrap();
    let quality = run(&[path], &eurusd(), &out, PriceForm::Decimal).unwrap();
    assert_eq!((quality.rows, quality.written), (7, 4));
    assert_eq!(
        (
            quality.one_sided.rows,
            quality.zero_quote.rows,
            quality.crossed.rows,
            quality.identical.rows
        ),
        (2, 1, 1, 1)
    );
    let ticks = read_all(&out, &eurusd()).unwrap();
    let text: Vec<String> = ticks
        .iter()
        .map(|t| {
            format!(
                "{} {} {} {} {} {}",
                t.time_msc.0 % 1000,
                t.bid,
                t.ask,
                t.last,
                t.volume,
                t.flags.bits()
            )
        })
        .collect();
    assert_eq!(
        text,
        [
            "300 1.17001 1.17005 0 0 4",
            "500 1.17002 1.17005 1.17003 7 30",
            "500 1.17002 1.17005 1.17003 7 30",
            "600 1.17006 1.17005 1.17003 7 2"
        ]
    );
}

fn tick(time_msc: i64, bid: i64, ask: i64) -> Tick {
    let price = |points: i64| Price::from_raw(points * 10_000);
    Tick {
        time_msc: ServerMsc(1_758_499_200_000 + time_msc),
        bid: price(bid),
        ask: price(ask),
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(0),
        flags: TickFlags::QUOTE,
    }
}

#[test]
fn the_same_ticks_are_the_same_bytes_in_whatever_portions() {
    let folder = tempfile::tempdir().unwrap();
    let ticks: Vec<Tick> =
        (0..300_000).map(|n| tick(n * 7, 117_000 + n % 90, 117_002 + n % 70)).collect();
    let mut files = Vec::new();
    for portion in [300_000, 4_096, 777] {
        let path = folder.path().join("a.parquet");
        let mut writer = TickWriter::create(&path, TickLayout::exact(5)).unwrap();
        for ticks in ticks.chunks(portion) {
            writer.push(ticks).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 300_000);
        assert!(read_all(&path, &eurusd()).unwrap() == ticks);
        files.push(fs::read(&path).unwrap());
    }
    assert!(files[0] == files[1] && files[0] == files[2]);
}

#[test]
fn prices_beyond_32_bits_are_kept_on_64() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let dear = vec![tick(0, 9_999_999_999, 10_000_000_001), tick(1, 9_999_999_998, 10_000_000_001)];
    let mut writer = TickWriter::create(&path, TickLayout::exact(5)).unwrap();
    writer.push(&dear).unwrap();
    writer.finish().unwrap();
    assert_eq!(read_all(&path, &eurusd()).unwrap(), dear);
}

/// Nothing is cut off: a price of more digits than a file keeps is refused, and what was there before
/// stays.
#[test]
fn a_price_of_more_digits_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    fs::write(&path, "before").unwrap();
    let finer = |price: &mut Price| *price = Price::from_raw(price.raw() + 1_000);
    let changes: [fn(&mut Tick) -> &mut Price; 3] =
        [|tick| &mut tick.bid, |tick| &mut tick.ask, |tick| &mut tick.last];
    for change in changes {
        let mut ticks = vec![tick(0, 117_000, 117_002), tick(7, 117_001, 117_003)];
        finer(change(&mut ticks[1]));
        let value = *change(&mut ticks[1]);
        let mut writer = TickWriter::create(&path, TickLayout::exact(5)).unwrap();
        writer.push(&ticks).unwrap();
        let error = writer.finish().unwrap_err().to_string();
        let expected = format!(
            "the price {value} of the tick at {} has more than 5 digits; give the symbol's own digits",
            ticks[1].time_msc
        );
        assert!(error.ends_with(&expected), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"before");
    }
}
