//! The files of the corpus that are made: what our own writers write, rows as the vendors document
//! them, and hostile files.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "small files of our own making"
)]

use crate::forge::{self, Column, PLAIN, SNAPPY, STRUCT, Struct, ZSTD, entry, gzip};
use lzma_rust2::{LzmaOptions, LzmaWriter};
use std::fs;
use std::io::Write;
use tickdeck::data::bar_writer::BarWriter;
use tickdeck::data::label::Label;
use tickdeck::data::tick_layout::{PriceForm, TickLayout};
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::bar::Bar;

/// A file: the target, its name, its bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// All files that are made.
pub fn all() -> Vec<Seed> {
    let named = |target: &'static str| {
        move |(name, bytes): (&str, Vec<u8>)| (target, name.to_owned(), bytes)
    };
    let mut all: Vec<Seed> = Vec::new();
    all.extend(tick_texts().into_iter().map(named("tick_text")));
    all.extend(bar_texts().into_iter().map(named("bar_text")));
    all.extend(archives().into_iter().map(named("detect")));
    all.extend(bi5_files(&tick_records(), [0; 20]).into_iter().map(named("bi5_ticks")));
    all.extend(bi5_files(&candle_records(), [0; 20]).into_iter().map(named("bi5_candles")));
    all.extend(own_tick_files().into_iter().chain(tick_tables()).map(named("parquet_ticks")));
    all.extend(own_bar_files().into_iter().chain(bar_tables()).map(named("parquet_bars")));
    all
}

const MT5_TICKS: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n\
    2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6\r\n2025.09.22\t00:00:00.411\t1.17404\t\t\t\t2\r\n";
const MT5_BARS: &str = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n\
    2025.09.22\t00:00:00\t1.17403\t1.17410\t1.17401\t1.17405\t9\t0\t148\r\n2025.09.22\t00:01:00\t1.17405\t1.17406\t1.17400\t1.17401\t4\t0\t12\r\n";

/// The byte that picks a layout, and the text.
fn picked(pick: u8, text: &[u8]) -> Vec<u8> {
    [&[pick], text].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn tick_texts() -> Vec<(&'static str, Vec<u8>)> {
    let wide = utf16(MT5_TICKS);
    vec![
        ("good-mt5", picked(0, MT5_TICKS.as_bytes())),
        ("good-mt5-headerless", picked(0, b"2025.09.22,00:00:00.161,1.17403,1.17603\n2025.09.22,00:00:01,1.17404,1.17603\n")),
        ("good-mt5-utf16", picked(0, &wide)),
        (
            "good-api",
            picked(1, b",time,bid,ask,last,volume,time_msc,flags,volume_real\n0,1758499200,1.17403,1.17603,0.0,0,1758499200161,134,0.0\n"),
        ),
        ("good-api-text", picked(1, b"time,bid,ask\n2025-09-22 00:00:00.161+00:00,1.1740300000000001,1.17603\n")),
        ("good-dukascopy", picked(2, b"Gmt time,Ask,Bid,AskVolume,BidVolume\n04.02.2019 00:00:00.994,1.14553,1.14551,1.5,0.75\n")),
        (
            "good-dukascopy-local",
            picked(2, b"Local time,Ask,Bid,AskVolume,BidVolume\n04.02.2019 01:00:00.994 GMT+0100,1.14553,1.14551,1.5,0.75\n"),
        ),
        ("good-dukascopy-node", picked(2, b"timestamp,askPrice,bidPrice\n1549238400994,1.14553,1.14551\n")),
        ("good-dukascopy-jpy", picked(9, b"Time (EET),Ask,Bid,AskVolume,BidVolume \n2019.02.04 02:00:00.994,109.503,109.501,1,1\n")),
        ("good-histdata", picked(3, b"20120201 000003660,1.306600,1.306770,0\n20120201 000003910,1.306610,1.306770,0\n")),
        ("good-truefx", picked(4, b"EUR/USD,20090501 00:00:00.310,1.32481,1.32490\nEUR/USD,20090501 00:00:00.590,1.32480,1.32489\n")),
        ("good-lean", picked(5, b"808.0672,1.38817,1.38884\n1310.926,1.38818,1.38885\n")),
        ("good-by-name", picked(6, b"flags;ask;Timestamp;symbol;bid\n6;1.17403;2025-09-22 00:00:00.161;EURUSD;1.17401\n2;;2025-09-22 00:00:01;EURUSD;1.17402\n4;1.3;2025-09-22 00:00:01;GBPUSD;1.3\n")),
        ("good-by-name-epoch", picked(6, b"unix_ms,bid,ask,last,volume_real\n1688342627212,1.14175,1.14210,0,0\n")),
        ("good-quotes-headerless", picked(6, b"20140101 22:00:10:135,1.37550,1.37690,1.00,1.50\n20140101 22:00:11:135,1.37551,1.37690,1.00,1.50\n")),
        ("hostile-by-name-other-symbol", picked(6, b"time;symbol;bid;ask\n2025-09-22 00:00:01;GBPUSD;1.3;1.3\n")),
        ("hostile-by-name-header-alone", picked(6, b"time;symbol;bid;ask\n")),
        ("hostile-endless-line", picked(0, &[MT5_TICKS.as_bytes(), &[b'9'; 6_000]].concat())),
        ("hostile-endless-header", picked(0, "<BID>\t".repeat(1_000).as_bytes())),
        ("hostile-many-columns", picked(0, format!("<DATE>{}", "\t".repeat(600)).as_bytes())),
        ("hostile-nul", picked(0, &[MT5_TICKS.as_bytes(), &[0; 300]].concat())),
        ("hostile-nul-alone", picked(0, &[0; 5_000])),
        ("hostile-utf16-odd", picked(0, &wide[..wide.len() - 1])),
        ("hostile-utf16-half-a-pair", picked(0, &[&wide[..wide.len() - 4], &[0x00, 0xd8, b'\n', 0]].concat())),
        ("hostile-not-utf8", picked(0, &[MT5_TICKS.as_bytes(), b"2025.09.22\t\xff\xfe\n"].concat())),
        ("hostile-huge-numbers", picked(1, b"time_msc,bid,ask\n999999999999999,9223372036.854775807,1e308\n")),
        ("hostile-year-9999", picked(2, b"Local time,Ask,Bid\n31.12.9999 23:59:59.999 GMT-1400,1.1,1.1\n")),
    ]
}

fn bar_texts() -> Vec<(&'static str, Vec<u8>)> {
    let wide = utf16(MT5_BARS);
    vec![
        ("good-mt5", picked(0, MT5_BARS.as_bytes())),
        (
            "good-mt5-daily",
            picked(0, b"2025.09.22,1.17403,1.17410,1.17401,1.17405,9,0,148\n2025.09.23,1.17405,1.17406,1.17400,1.17401,4,0,12\n"),
        ),
        ("good-mt5-utf16", picked(0, &wide)),
        (
            "good-api",
            picked(1, b"time,open,high,low,close,tick_volume,spread,real_volume\n1758499200,1.17403,1.1741,1.17401,1.17405,9,148,0\n"),
        ),
        ("good-dukascopy", picked(2, b"Gmt time,Open,High,Low,Close,Volume\n04.02.2019 00:00:00.000,1.1455,1.1456,1.1454,1.1455,99.5\n")),
        ("good-dukascopy-node", picked(2, b"timestamp,open,high,low,close\n1549238400000,1.1455,1.1456,1.1454,1.1455\n")),
        ("good-histdata", picked(3, b"20120201 000000;1.306600;1.306600;1.306560;1.306560;0\n")),
        ("good-lean", picked(4, b"75600000,1.38817,1.38817,1.38780,1.38803,0,1.38884,1.38921,1.38881,1.38885,0\n")),
        ("good-by-name", picked(5, b",Low,Open,Close,High,Volume\n2025-09-22 00:00:00+02:00,1.17401,1.17403,1.17405,1.17410,9\n2025-09-22 00:01:00+02:00,1.17401,1.17403,1.17405,1.17410,10\n")),
        ("good-by-name-two-cells", picked(5, b"<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\nEURUSD,1,20240102,100000,1.10410,1.10420,1.10400,1.10410,10\n")),
        ("good-mt4", picked(6, b"2020.09.08;00:00:00;1.18136;1.18156;1.18131;1.18146;9\n2020.09.08;00:01:00;1.18139;1.18159;1.18134;1.18149;10\n")),
        ("good-histdata-mt", picked(7, b"2012.02.01,00:00,1.306600,1.306700,1.306500,1.306600,0\n")),
        ("hostile-by-name-year", picked(5, b"time,open,high,low,close\n2205-09-22,1.1,1.1,1.1,1.1\n")),
        ("hostile-endless-line", picked(0, &[MT5_BARS.as_bytes(), &[b'9'; 6_000]].concat())),
        ("hostile-nul", picked(0, &[MT5_BARS.as_bytes(), &[0; 300]].concat())),
        ("hostile-utf16-odd", picked(0, &wide[..wide.len() - 1])),
        ("hostile-spread", picked(0, format!("{MT5_BARS}2025.09.22\t00:02:00\t1\t1\t1\t1\t9\t0\t-99999999999999999999\n").as_bytes())),
        ("year-9999", picked(2, b"Local time,Open,High,Low,Close\n31.12.9999 23:59:00 GMT-1400,1.1,1.1,1.1,1.1\n")),
    ]
}

fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let (ticks, bars) = (MT5_TICKS.as_bytes(), MT5_BARS.as_bytes());
    let good = entry("EURUSD.csv", ticks);
    let with = |change: fn(&mut forge::Entry)| {
        let mut entry = good.clone();
        change(&mut entry);
        forge::zip(&[entry], 1)
    };
    let overlapping = forge::Entry { body: None, ..good.clone() };
    vec![
        ("good-ticks", ticks.to_vec()),
        ("good-mt4", b"2020.09.08;00:00:00;1.18136;1.18156;1.18131;1.18146;9\n2020.09.08;00:01:00;1.18139;1.18159;1.18134;1.18149;10\n".to_vec()),
        ("good-by-name", b",Open,High,Low,Close,Volume\n2017-04-19 09:00:00,1.16998,1.17001,1.16997,1.16999,13.5\n".to_vec()),
        ("hostile-either", b"2020.09.08;00:00:00;100;104;80;90;6\n2020.09.08;00:01:00;100;104;85;91;6\n".to_vec()),
        ("good-bars-gzip", gzip(bars)),
        ("good-zip", forge::zip(&[good.clone(), entry("bars.csv", bars)], 2)),
        (
            "good-zip-lean",
            forge::zip(&[entry("20140507_quote.csv", b"808.0672,1.38817,1.38884\n")], 1),
        ),
        (
            "good-zip-stored",
            forge::zip(
                &[forge::Entry {
                    method: 0,
                    packed: ticks.len() as u32,
                    body: Some(ticks.to_vec()),
                    ..good.clone()
                }],
                1,
            ),
        ),
        ("hostile-zip-bomb", forge::zip(&[entry("zeros.csv", &vec![0; 8 << 20])], 1)),
        (
            "hostile-zip-bomb-header",
            forge::zip(&[entry("a.csv", "<BID>\t".repeat(200_000).as_bytes())], 1),
        ),
        ("hostile-zip-longer", with(|entry| entry.size = 10)),
        ("hostile-zip-shorter", with(|entry| entry.size = u32::MAX - 1)),
        ("hostile-zip-checksum", with(|entry| entry.crc ^= 1)),
        ("zip-packed", with(|entry| entry.packed = u32::MAX - 1)),
        ("hostile-zip-encrypted", with(|entry| entry.flags = 1)),
        ("hostile-zip-method", with(|entry| entry.method = 14)),
        (
            "hostile-zip-outside",
            forge::zip(
                &[good.clone(), forge::Entry { start: u32::MAX - 9, ..overlapping.clone() }],
                2,
            ),
        ),
        ("hostile-zip-count", forge::zip(std::slice::from_ref(&good), u16::MAX - 1)),
        (
            "hostile-zip-in-zip",
            forge::zip(&[entry("a.zip", &forge::zip(std::slice::from_ref(&good), 1))], 1),
        ),
        ("zip-overlapping", forge::zip(&[good.clone(), overlapping], 2)),
        ("hostile-zip-empty", forge::zip(&[], 0)),
        ("hostile-zip-cut", forge::zip(&[good], 1)[..90].to_vec()),
        ("hostile-gzip-bomb", gzip(&vec![0; 8 << 20])),
        ("hostile-gzip-in-gzip", gzip(&gzip(ticks))),
        ("hostile-gzip-cut", gzip(ticks)[..60].to_vec()),
        ("gzip-blank-lines", gzip(&vec![b'\n'; 4 << 20])),
        ("hostile-magic", b"PAR1".to_vec()),
        (
            "hostile-page",
            b"<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>".to_vec(),
        ),
    ]
}

fn pack(bytes: &[u8], size: Option<u64>) -> Vec<u8> {
    let options = LzmaOptions { dict_size: 4 << 20, ..LzmaOptions::with_preset(1) };
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, size).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn tick_records() -> Vec<u8> {
    let record =
        |n: u32| [n * 900, 114_502 + n % 5, 114_500 + n % 3, 1.5_f32.to_bits(), 0.75_f32.to_bits()];
    (0..12).flat_map(record).flat_map(u32::to_be_bytes).collect()
}

fn candle_records() -> Vec<u8> {
    let record = |n: u32| {
        [
            n * 60,
            114_500,
            114_501 + n % 2,
            114_499,
            114_502,
            if n % 3 == 1 { 0 } else { 3.5_f32.to_bits() },
        ]
    };
    (0..12).flat_map(record).flat_map(u32::to_be_bytes).collect()
}

/// Files of these records, and headers that claim. The first byte says whether what follows is a
/// file or records.
fn bi5_files(records: &[u8], zeros: [u8; 20]) -> Vec<(&'static str, Vec<u8>)> {
    let file = |bytes: &[u8]| picked(0, bytes);
    let packed = pack(records, Some(records.len() as u64));
    let header = |dictionary: u32, size: u64| {
        file(&[&[0x5d], &dictionary.to_le_bytes()[..], &size.to_le_bytes(), &[0; 40]].concat())
    };
    vec![
        ("good-file", file(&packed)),
        ("good-file-end-marker", file(&pack(records, None))),
        ("good-records", picked(1, records)),
        ("nothing", file(&[])),
        ("hostile-cut", file(&packed[..packed.len() - 9])),
        ("hostile-header-alone", file(&packed[..13])),
        ("hostile-header-cut", file(&packed[..9])),
        ("hostile-trailing", file(&[&packed[..], &packed].concat())),
        ("hostile-dictionary-4-gb", header(u32::MAX, 20)),
        ("hostile-dictionary-65-mb", header(65 << 20, 20)),
        ("hostile-dictionary-large", header(60 << 20, 20)),
        ("hostile-size-5-tb", header(4 << 20, 5 << 40)),
        ("hostile-size-unbounded", header(4 << 20, u64::MAX - 1)),
        ("hostile-size-unknown", header(4 << 20, u64::MAX)),
        ("hostile-bomb", file(&pack(&vec![0; 1 << 20], None))),
        ("hostile-part-record", picked(1, &records[..records.len() - 1])),
        ("hostile-zeros", picked(1, &zeros.repeat(6))),
        ("hostile-ones", picked(1, &[0xff; 48])),
        (
            "hostile-page",
            file(b"<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>"),
        ),
    ]
}

/// What a writer writes to a path, as bytes.
fn written(ending: &str, write: impl FnOnce(&std::path::Path)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{ending}"));
    write(&path);
    fs::read(path).unwrap()
}

fn own_tick_files() -> Vec<(&'static str, Vec<u8>)> {
    let tick = |n: i64, last: i64| Tick {
        time_msc: ServerMsc(1_758_499_200_161 + n * 250),
        bid: Price::from_raw((117_403 + n % 3) * 10_000),
        ask: Price::from_raw((117_405 + n % 5) * 10_000),
        last: Price::from_raw(last * 10_000),
        volume: u32::try_from(last * n % 7).unwrap(),
        symbol: SymbolId(0),
        flags: TickFlags::from_mt5(if n % 2 == 0 { 6 } else { 2 }),
    };
    let file = |form, last| {
        written("parquet", |path| {
            let ticks: Vec<Tick> = (0..40).map(|n| tick(n, last)).collect();
            let mut writer =
                TickWriter::create(path, TickLayout { form, ..TickLayout::exact(5) }).unwrap();
            writer.push(&ticks).unwrap();
            writer.finish().unwrap();
        })
    };
    vec![
        ("good-own", file(PriceForm::Decimal, 0)),
        ("good-own-doubles", file(PriceForm::Double, 0)),
        ("good-own-deals", file(PriceForm::Decimal, 3)),
    ]
}

fn own_bar_files() -> Vec<(&'static str, Vec<u8>)> {
    let bar = |n: i64| Bar {
        time_msc: ServerMsc(1_758_499_200_000 + n * 60_000),
        open: Price::from_raw(1_174_030_000),
        high: Price::from_raw(1_174_050_000 + n * 10_000),
        low: Price::from_raw(1_174_010_000),
        close: Price::from_raw(1_174_040_000),
        tick_volume: 9,
        spread: Points(12 + n % 2),
        real_volume: 0,
    };
    let file = written("parquet", |path| {
        let mut writer = BarWriter::create(path, 5, &Label::none()).unwrap();
        (0..20).for_each(|n| writer.push(&bar(n)).unwrap());
        writer.finish().unwrap();
    });
    vec![("good-own", file)]
}

fn ticks_with(change: impl FnOnce(&mut Vec<Column>)) -> Vec<u8> {
    let mut columns = vec![
        forge::times(20),
        forge::prices("bid", 20, 1.17403),
        forge::prices("ask", 20, 1.17405),
    ];
    change(&mut columns);
    forge::table(&columns, 20)
}

/// A table whose times lie in this page instead.
fn with_page(codec: i64, header: Struct, body: &[u8]) -> Vec<u8> {
    ticks_with(|columns| {
        columns[0].codec = codec;
        columns[0].pages = [header.end(), body.to_vec()].concat();
    })
}

/// What every reader of Parquet must refuse, whatever its columns.
fn footers() -> Vec<(&'static str, Vec<u8>)> {
    let end = Struct::end;
    let column = || end(forge::element("time_msc", forge::INT64));
    let nested = |depth: usize| {
        std::iter::repeat_n(end(forge::group("", 1)), depth).chain([column()]).collect::<Vec<_>>()
    };
    let schema = |children: i64, columns: usize| {
        std::iter::once(end(forge::group("schema", children)))
            .chain(std::iter::repeat_n(column(), columns))
            .collect::<Vec<_>>()
    };
    let base = || Struct::default().int(1, 1).list(2, STRUCT, &schema(1, 1)).long(3, 1);
    let footer = |footer: Struct| forge::with_footer(b"PAR1".to_vec(), &end(footer));
    let tail = |length: u32| [&b"PAR1\0\0\0\0"[..], &length.to_le_bytes(), b"PAR1"].concat();
    vec![
        ("hostile-footer-4-gb", tail(u32::MAX)),
        ("hostile-footer-longer", tail(9)),
        ("hostile-footer-none", tail(0)),
        ("hostile-children-2-billion", forge::with_schema(&schema(i64::from(i32::MAX), 1))),
        ("hostile-children-negative", forge::with_schema(&schema(-5, 1))),
        ("hostile-columns-2000", forge::with_schema(&schema(2_000, 2_000))),
        ("hostile-nested-100", forge::with_schema(&nested(100))),
        ("hostile-nested-900", forge::with_schema(&nested(900))),
        ("hostile-nested-4000", forge::with_schema(&nested(4_000))),
        (
            "hostile-name-long",
            forge::with_schema(&[end(forge::group(&"n".repeat(2_000), 1)), column()]),
        ),
        ("hostile-row-groups-2-billion", footer(base().claim(4, STRUCT, i32::MAX as u64, &[]))),
        ("hostile-row-groups-empty", footer(base().claim(4, STRUCT, 3_000, &[0; 3_000]))),
        (
            "hostile-texts-2-billion",
            footer(base().claim(4, STRUCT, 0, &[]).claim(5, STRUCT, i32::MAX as u64, &[])),
        ),
        (
            "hostile-flags-2-billion",
            footer(base().claim(4, STRUCT, 0, &[]).claim(99, 1, i32::MAX as u64, &[])),
        ),
        (
            "hostile-values-deep",
            footer(base().claim(4, STRUCT, 0, &[]).raw(99, STRUCT, &[0x1c; 5_000])),
        ),
        (
            "hostile-kind",
            footer(Struct::default().raw(1, 8, &forge::binary("version")).list(
                2,
                STRUCT,
                &schema(1, 1),
            )),
        ),
    ]
}

fn tick_tables() -> Vec<(&'static str, Vec<u8>)> {
    let page = |unpacked, packed, values| forge::data_page(unpacked, packed, values, 0);
    let (most, body) = (i64::from(i32::MAX), [0_u8; 160]);
    let bomb = |bytes: u32| (forge::zstd_zeros(bytes), i64::from(bytes));
    let ((large, large_bytes), (fits, fits_bytes)) = (bomb(33 << 20), bomb(16 << 20));
    let delta = [
        &[0x80, 0x80, 0x80, 0x80, 0x08, 0x80, 0x80, 0x80, 0x80, 0x04][..],
        &[20, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let levels =
        Struct::default().int(1, 20).int(2, 0).int(3, 20).int(4, 0).int(5, most).int(6, 1).raw(
            7,
            2,
            &[],
        );
    let mut tables = footers();
    tables.extend([
        ("good-plain", ticks_with(|_| {})),
        ("hostile-page-2-gb-snappy", with_page(SNAPPY, page(most, 160, 20), &body)),
        ("hostile-page-2-gb-zstd", with_page(ZSTD, page(most, 160, 20), &body)),
        ("hostile-page-2-gb-plain", with_page(PLAIN, page(most, 160, 20), &body)),
        ("hostile-page-packed-2-gb", with_page(PLAIN, page(160, most, 20), &body)),
        ("hostile-page-negative", with_page(SNAPPY, page(-1, 160, 20), &body)),
        ("hostile-page-values", with_page(PLAIN, page(160, 160, most), &body)),
        (
            "hostile-page-size-twice",
            with_page(SNAPPY, page(160, 160, 20).raw(2, forge::I32, &forge::zigzag(most)), &body),
        ),
        (
            "hostile-page-kind",
            with_page(
                PLAIN,
                Struct::default().int(1, 0).raw(2, 8, &forge::binary("size")).int(3, 160),
                &body,
            ),
        ),
        (
            "hostile-page-flags",
            with_page(
                PLAIN,
                Struct::default().int(1, 0).claim(99, 1, most.cast_unsigned(), &[]),
                &body,
            ),
        ),
        (
            "hostile-page-levels",
            with_page(
                PLAIN,
                Struct::default().int(1, 3).int(2, 160).int(3, 160).structure(8, levels),
                &body,
            ),
        ),
        ("hostile-dictionary-2-gb", with_page(ZSTD, forge::dictionary_page(most, 160, 20), &body)),
        (
            "hostile-dictionary-values",
            with_page(PLAIN, forge::dictionary_page(160, 160, most), &body),
        ),
        ("hostile-delta-blocks", with_page(PLAIN, forge::data_page(18, 18, 20, 5), &delta)),
        ("hostile-zstd-33-mb", with_page(ZSTD, page(large_bytes, large.len() as i64, 20), &large)),
        ("hostile-zstd-16-mb", with_page(ZSTD, page(fits_bytes, fits.len() as i64, 20), &fits)),
        (
            "hostile-rows",
            forge::table(
                &[forge::times(20), forge::prices("bid", 20, 1.1), forge::prices("ask", 20, 1.2)],
                1 << 62,
            ),
        ),
        (
            "hostile-rows-negative",
            forge::table(
                &[forge::times(20), forge::prices("bid", 20, 1.1), forge::prices("ask", 20, 1.2)],
                -20,
            ),
        ),
        ("hostile-no-column", forge::table(&[forge::times(20)], 20)),
    ]);
    tables
}

fn bar_tables() -> Vec<(&'static str, Vec<u8>)> {
    let plain =
        |name, values: [i64; 3]| forge::plain(name, forge::INT64, &values.map(i64::to_le_bytes));
    let price = |name, value: f64| forge::plain(name, forge::DOUBLE, &[value.to_le_bytes(); 3]);
    let bars = |times: [i64; 3]| {
        vec![
            plain("time", times),
            price("open", 1.174),
            price("high", 1.175),
            price("low", 1.173),
            price("close", 1.174),
            plain("tick_volume", [9, 8, 7]),
            plain("spread", [12, -1, 0]),
            plain("real_volume", [0; 3]),
        ]
    };
    let good = [1_758_499_200, 1_758_499_260, 1_758_499_320];
    let with_header = |header: Struct| {
        let mut columns = bars(good);
        columns[5].codec = SNAPPY;
        columns[5].pages = [header.end(), vec![0; 24]].concat();
        forge::table(&columns, 3)
    };
    let mut tables = footers();
    tables.extend([
        ("good-api", forge::table(&bars(good), 3)),
        ("hostile-times", forge::table(&bars([i64::MAX, i64::MIN, 0]), 3)),
        ("hostile-page-2-gb", with_header(forge::data_page(i64::from(i32::MAX), 24, 3, 0))),
        (
            "hostile-dictionary-2-gb",
            with_header(forge::dictionary_page(i64::from(i32::MAX), 24, 3)),
        ),
    ]);
    tables
}
