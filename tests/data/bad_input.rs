//! What each bad input is told, and that no input at all makes a reader panic.

use crate::common::build;
use parquet::basic::{Compression, LogicalType, Repetition, Type, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type as SchemaType;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use tickdeck::data::bar_source::BarSource;
use tickdeck::data::error::DataError;
use tickdeck::data::format::{Format, Stated};
use tickdeck::data::import::{Import, import};
use tickdeck::data::in_order::InOrder;
use tickdeck::data::input::{Input, inputs};
use tickdeck::data::label::FileClock;
use tickdeck::data::specification::find;
use tickdeck::data::tick_file::TickFile;
use tickdeck::data::tick_layout::{PriceForm, TickLayout};
use tickdeck::data::tick_source::TickReader;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::ServerMsc;
use tickdeck::market::columns::TickColumns;
use tickdeck::market::timeframe::Timeframe;
use tickdeck::session::ports::TickStream;

/// A column of a small Parquet file; a missing value is a null.
enum Column {
    Int64(Vec<Option<i64>>),
    Int32(Vec<i32>),
    Double(Vec<Option<f64>>),
    Text(Vec<&'static str>),
    Micros(Vec<i64>),
}

fn write_table(path: &Path, columns: &[(&str, Column)]) {
    let fields = columns.iter().map(|(name, column)| {
        let (physical, logical) = match column {
            Column::Int64(_) => (Type::INT64, None),
            Column::Int32(_) => (Type::INT32, None),
            Column::Double(_) => (Type::DOUBLE, None),
            Column::Text(_) => (Type::BYTE_ARRAY, Some(LogicalType::String)),
            Column::Micros(_) => {
                (Type::INT64, Some(LogicalType::timestamp(true, parquet::basic::TimeUnit::MICROS)))
            }
        };
        let field = SchemaType::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL);
        Arc::new(field.with_logical_type(logical).build().unwrap())
    });
    let schema =
        SchemaType::group_type_builder("schema").with_fields(fields.collect()).build().unwrap();
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(
        file,
        Arc::new(schema),
        Arc::new(WriterProperties::builder().build()),
    )
    .unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (_, values) in columns {
        let mut column = group.next_column().unwrap().unwrap();
        match values {
            Column::Int64(values) => {
                let levels: Vec<i16> =
                    values.iter().map(|value| i16::from(value.is_some())).collect();
                let values: Vec<i64> = values.iter().copied().flatten().collect();
                column.typed::<Int64Type>().write_batch(&values, Some(&levels), None).unwrap();
            }
            Column::Double(values) => {
                let levels: Vec<i16> =
                    values.iter().map(|value| i16::from(value.is_some())).collect();
                let values: Vec<f64> = values.iter().copied().flatten().collect();
                column.typed::<DoubleType>().write_batch(&values, Some(&levels), None).unwrap();
            }
            Column::Int32(values) => {
                column
                    .typed::<Int32Type>()
                    .write_batch(values, Some(&vec![1; values.len()]), None)
                    .unwrap();
            }
            Column::Micros(values) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(values, Some(&vec![1; values.len()]), None)
                    .unwrap();
            }
            Column::Text(values) => {
                let values: Vec<ByteArray> =
                    values.iter().map(|&text| ByteArray::from(text)).collect();
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&values, Some(&vec![1; values.len()]), None)
                    .unwrap();
            }
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

/// The whole message, its sources too, without the folder's name.
fn told(folder: &Path, error: &DataError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        write!(text, ": {cause}").unwrap();
        source = cause.source();
    }
    text.replace(&format!("{}/", folder.display()), "")
}

/// What importing `path` as EURUSD says; the output must not be there afterwards.
fn refused(folder: &Path, path: &Path) -> String {
    let out = folder.join("out.parquet");
    let error = import(
        &Import {
            zone: Some(FileClock::Unknown),
            ..Import::new(&[path.into()], &find("EURUSD", None, None).unwrap(), &out)
        },
        &mut |_| {},
    )
    .unwrap_err();
    assert!(!out.exists(), "{error}");
    told(folder, &error)
}

const T0: i64 = 1_758_499_200_161;

fn times(values: &[i64]) -> (&'static str, Column) {
    ("time_msc", Column::Int64(values.iter().copied().map(Some).collect()))
}

fn prices(name: &'static str, values: &[f64]) -> (&'static str, Column) {
    (name, Column::Double(values.iter().copied().map(Some).collect()))
}

#[test]
fn bad_tables_are_told_what_is_wrong() {
    let good = || [times(&[T0, T0]), prices("bid", &[1.17, 1.17]), prices("ask", &[1.18, 1.18])];
    let with = |which: usize, column: (&'static str, Column)| {
        let mut columns = good();
        columns[which] = column;
        columns
    };
    let [time, bid, _] = good();
    let cases: Vec<(&str, Vec<(&str, Column)>)> = vec![
        ("missing column", vec![time, bid]),
        ("misspelt column", with(2, prices("aks", &[1.18, 1.18])).into()),
        ("other columns", vec![prices("price", &[1.0])]),
        (
            "double column",
            vec![
                times(&[T0]),
                prices("bid", &[1.17]),
                prices("ask", &[1.17]),
                prices("bid", &[1.17]),
            ],
        ),
        ("text prices", with(1, ("bid", Column::Text(vec!["1.17", "1.17"]))).into()),
        ("whole prices", with(1, ("bid", Column::Int32(vec![117_000, 117_000]))).into()),
        ("null price", with(1, ("bid", Column::Double(vec![Some(1.17), None]))).into()),
        ("null time", with(0, ("time_msc", Column::Int64(vec![Some(T0), None]))).into()),
        ("NaN", with(1, prices("bid", &[1.17, f64::NAN])).into()),
        ("infinity", with(2, prices("ask", &[f64::INFINITY, 1.18])).into()),
        ("below zero", with(2, prices("ask", &[1.18, -1.18])).into()),
        ("too many digits", with(1, prices("bid", &[1.17, 1.170_005])).into()),
        ("huge price", with(1, prices("bid", &[1.17, 1e300])).into()),
        ("time going back", with(0, times(&[T0, T0 - 1])).into()),
        ("seconds", with(0, times(&[T0 / 1000, T0 / 1000])).into()),
        ("microseconds", with(0, times(&[T0 * 1000, T0 * 1000])).into()),
        (
            "timestamp of microseconds",
            with(0, ("time_msc", Column::Micros(vec![T0 * 1000, T0 * 1000]))).into(),
        ),
        ("time as double", with(0, prices("time_msc", &[1.0, 2.0])).into()),
        ("no row", vec![times(&[]), prices("bid", &[]), prices("ask", &[])]),
        (
            "negative volume",
            good()
                .into_iter()
                .chain([("volume", Column::Int64(vec![Some(1), Some(-1)]))])
                .collect(),
        ),
        (
            "huge volume",
            good()
                .into_iter()
                .chain([("volume", Column::Int64(vec![Some(1), Some(1 << 40)]))])
                .collect(),
        ),
        (
            "flags as text",
            good().into_iter().chain([("flags", Column::Text(vec!["6", "6"]))]).collect(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut report = String::new();
    for (name, columns) in cases {
        let path = folder.path().join("a.parquet");
        write_table(&path, &columns);
        writeln!(report, "{name}: {}", refused(folder.path(), &path)).unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn a_quote_of_zero_is_refused_where_it_would_be_traded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write_table(
        &path,
        &[times(&[T0, T0]), prices("bid", &[1.17, 0.0]), prices("ask", &[1.18, 1.18])],
    );
    let spec = find("EURUSD", None, None).unwrap();
    let mut file = TickFile::open(&path, SymbolId(0), &spec).unwrap();
    let error = file.read(&mut TickColumns::default()).unwrap_err();
    assert_eq!(
        told(folder.path(), &error),
        "a.parquet, row 2, column `bid`: price 0 is not above 0"
    );
    let in_session = |path: &Path| {
        InOrder::open(path, SymbolId(0), &spec)
            .unwrap()
            .next_batch(&mut TickColumns::default())
            .unwrap_err()
            .to_string()
    };
    assert!(in_session(&path).ends_with("a.parquet, row 2, column `bid`: price 0 is not above 0"));
    let text = folder.path().join("a.csv");
    fs::write(&text, "2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6\n2025.09.22\t00:00:00.162\t0\t0\t\t\t6\n").unwrap();
    assert!(in_session(&text).ends_with("a.csv, line 2, column `bid`: price 0 is not above 0"));
}

/// Also where the column is the same in every row, and so is never decoded.
#[test]
fn unknown_flags_are_counted_in_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let (path, spec) = (folder.path().join("a.parquet"), find("EURUSD", None, None).unwrap());
    for flags in [[0x106, 0x106], [0x106, 6]] {
        let columns = [
            times(&[T0, T0]),
            prices("bid", &[1.17, 1.17]),
            prices("ask", &[1.18, 1.18]),
            ("flags", Column::Int32(flags.to_vec())),
        ];
        write_table(&path, &columns);
        let mut source = TickReader::of(&path, SymbolId(0), &spec).unwrap();
        source.read(&mut TickColumns::default()).unwrap();
        assert_eq!(
            source.unknown_flags(),
            flags.iter().filter(|&&flags| flags > 0xff).count() as u64
        );
    }
}

#[test]
fn bad_texts_are_told_what_is_wrong() {
    const HEAD: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n";
    const ROW: &str = "2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6\n";
    let row = |row: &str| format!("{HEAD}{ROW}{row}").into_bytes();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("blank lines", b"\r\n\r\n".to_vec()),
        ("header alone", HEAD.into()),
        ("one side only", format!("{HEAD}2025.09.22\t00:00:00.161\t1.17403\t\t\t\t2\n").into()),
        ("missing column", HEAD.replace("\t<ASK>", "").into_bytes()),
        ("misspelt column", HEAD.replace("<ASK>", "<AKS>").into_bytes()),
        ("double column", HEAD.replace("<ASK>", "<BID>").into_bytes()),
        ("word for a price", row("2025.09.22\t00:00:01.000\tabc\t1.17603\t\t\t6")),
        ("comma in a price", row("2025.09.22\t00:00:01.000\t1,17403\t1.17603\t\t\t6")),
        ("below zero", row("2025.09.22\t00:00:01.000\t1.17403\t-1.17603\t\t\t6")),
        ("NaN", row("2025.09.22\t00:00:01.000\tNaN\t1.17603\t\t\t6")),
        ("too many digits", row("2025.09.22\t00:00:01.000\t1.174031\t1.17603\t\t\t6")),
        ("far too many digits", row("2025.09.22\t00:00:01.000\t1.17403000001\t1.17603\t\t\t6")),
        ("huge price", row("2025.09.22\t00:00:01.000\t99999999999999\t1.17603\t\t\t6")),
        ("fraction of a volume", row("2025.09.22\t00:00:01.000\t1.17403\t1.17603\t\t0.5\t6")),
        ("wrong date", row("2025.02.30\t00:00:01.000\t1.17403\t1.17603\t\t\t6")),
        ("date of another order", row("22.09.2025\t00:00:01.000\t1.17403\t1.17603\t\t\t6")),
        ("wrong time", row("2025.09.22\t24:00:00\t1.17403\t1.17603\t\t\t6")),
        ("time going back", row("2025.09.22\t00:00:00.160\t1.17403\t1.17603\t\t\t6")),
        ("cell missing", row("2025.09.22\t00:00:01.000\t1.17403\t1.17603")),
        ("cell too many", row("2025.09.22\t00:00:01.000\t1.17403\t1.17603\t\t\t6\t7")),
        ("cut off in a row", row("2025.09.22\t00:00:01.0")),
        ("not UTF-8", [HEAD.as_bytes(), ROW.as_bytes(), b"2025.09.22\t\xff\xfe\n"].concat()),
        ("endless line", row(&"9".repeat(100_000))),
        ("HTML", b"<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>".to_vec()),
        ("JSON", b"{\"bid\": 1.17}".to_vec()),
        ("second header", row(&format!("{HEAD}{ROW}"))),
        (
            "another second header",
            row("Date,Time,Bid,Ask,Last,Volume,Flags\n".replace(',', "\t").as_str()),
        ),
        (
            "decimal commas",
            format!("{HEAD}{ROW}").replace('\t', ";").replace("1.17", "1,17").into_bytes(),
        ),
        (
            "decimal commas between commas",
            format!("{HEAD}{ROW}").replace('\t', ",").replace("1.17", "1,17").into_bytes(),
        ),
        ("hour 24 at midnight", row("2025.09.23\t24:00:00.000\t1.17403\t1.17603\t\t\t6")),
        ("leap second", row("2025.09.22\t23:59:60.000\t1.17403\t1.17603\t\t\t6")),
        ("month 13", row("2025.13.01\t00:00:01.000\t1.17403\t1.17603\t\t\t6")),
        ("29 February of no leap year", row("2025.02.29\t00:00:01.000\t1.17403\t1.17603\t\t\t6")),
        ("year 1969", row("1969.12.31\t00:00:01.000\t1.17403\t1.17603\t\t\t6")),
        ("zeros behind the last line", [HEAD.as_bytes(), ROW.as_bytes(), &[0; 300]].concat()),
        (
            "many zeros behind the last line",
            [HEAD.as_bytes(), ROW.as_bytes(), &[0; 300_000]].concat(),
        ),
        ("zeros within a line", row("2025.09.22\t00:00:01.000\t1.17403\t1.1\0\0\0\t\t\t6\n")),
        ("only zeros", vec![0; 9_000]),
        ("UTF-16 with half a character", {
            let mut bytes: Vec<u8> =
                format!("{HEAD}{ROW}{ROW}").encode_utf16().flat_map(u16::to_le_bytes).collect();
            bytes.pop();
            bytes
        }),
        ("flags beyond 32 bits", row("2025.09.22\t00:00:01.000\t1.17403\t1.17603\t\t\t4294967296")),
        ("flags below zero", row("2025.09.22\t00:00:01.000\t1.17403\t1.17603\t\t\t-1")),
        ("a word for flags", row("2025.09.22\t00:00:01.000\t1.17403\t1.17603\t\t\tBID")),
        ("HTML in the middle", row("<html><body>503 Service Unavailable</body></html>\n")),
        ("gzip", vec![0x1f, 0x8b, 8, 0, 0, 0]),
        ("zip", b"PK\x03\x04....".to_vec()),
        ("noise", vec![0x80, 0x00, 0xff, 0x13, 0x00, 0x00, 0x00]),
        ("magic alone", b"PAR1".to_vec()),
        (
            "bars",
            b"<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
                .to_vec(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut report = String::from(
        "Of what is refused nothing is kept: no file is written, and one that was there stays.\n",
    );
    for (name, bytes) in cases {
        let path = folder.path().join("a.csv");
        fs::write(&path, bytes).unwrap();
        let told = refused(folder.path(), &path);
        let told = told.split("; readable are exports").next().unwrap();
        writeln!(report, "{name}: {told}").unwrap();
    }
    let gone = refused(folder.path(), &folder.path().join("gone.csv"));
    writeln!(report, "not there: {}", gone.split(": ").next().unwrap()).unwrap();
    insta::assert_snapshot!(report);
}

/// What is left out or kept with a word, instead of being refused: the rows written of those read,
/// and why the rest was not.
#[test]
fn odd_texts_are_kept_as_far_as_they_can_be() {
    const HEAD: &str = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n";
    let row = |second: u32, cells: &str| {
        format!("2025.09.22\t00:00:{second:02}.000\t{cells}\n").replace(' ', "\t")
    };
    let whole = |second: u32| row(second, "1.17403 1.17603   6");
    let cases = [
        (
            "one side first",
            [row(0, "1.17403    2"), row(1, "1.17404    2"), row(2, " 1.17603   4"), whole(3)]
                .concat(),
        ),
        ("quote of zero", [whole(0), row(1, "0.00000 0.00000   6"), whole(2)].concat()),
        (
            "unknown flags",
            [whole(0), row(1, "1.17403 1.17603   262"), row(2, "1.17403 1.17603   4294967295")]
                .concat(),
        ),
        ("no end of the last line", whole(0) + whole(1).trim_end()),
        (
            "cells in quotes and blanks",
            whole(0) + "\"2025.09.22\"\t 00:00:01.000\t\"1.17404\"\t1.17605 \t\t\t6\n",
        ),
        ("blank lines", format!("{}\n\r\n{}\n\n", whole(0), whole(1))),
        ("identical rows", [whole(0), whole(0), whole(1)].concat()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut report = String::new();
    for (name, rows) in cases {
        let (path, out) = (folder.path().join("a.csv"), folder.path().join("out.parquet"));
        fs::write(&path, format!("{HEAD}{rows}")).unwrap();
        let (files, spec) = ([path.clone()], find("EURUSD", None, None).unwrap());
        let quality = import(
            &Import { zone: Some(FileClock::Unknown), ..Import::new(&files, &spec, &out) },
            &mut |_| {},
        )
        .unwrap()
        .quality;
        let mut source =
            TickReader::open(&Input::of(&path).unwrap(), &Stated::default(), SymbolId(0), &spec)
                .unwrap();
        source.read(&mut TickColumns::default()).unwrap();
        let unknown = source.unknown_flags();
        let dropped = (quality.one_sided.rows, quality.zero_quote.rows);
        writeln!(
            report,
            "{name}: {} of {} rows kept; one-sided {}, zero {}, identical {}, unknown flags {unknown}",
            quality.written, quality.rows, dropped.0, dropped.1, quality.identical.rows
        )
        .unwrap();
    }
    insta::assert_snapshot!(report);
}

/// A page that unpacks to far more than it is: refused before it is unpacked. So is a footer of
/// gigabytes.
#[test]
fn a_table_that_asks_for_gigabytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let schema = ["time_msc", "bid", "ask"].map(|name| {
        let physical = if name == "time_msc" { Type::INT64 } else { Type::DOUBLE };
        Arc::new(
            SchemaType::primitive_type_builder(name, physical)
                .with_repetition(Repetition::REQUIRED)
                .build()
                .unwrap(),
        )
    });
    let schema =
        SchemaType::group_type_builder("schema").with_fields(schema.into()).build().unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap()))
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(usize::MAX)
        .set_data_page_row_count_limit(usize::MAX)
        .build();
    let mut writer = SerializedFileWriter::new(
        File::create(&path).unwrap(),
        Arc::new(schema),
        Arc::new(properties),
    )
    .unwrap();
    let mut group = writer.next_row_group().unwrap();
    let rows = (32 << 20) / 8 + 1_usize;
    let mut times = group.next_column().unwrap().unwrap();
    times.typed::<Int64Type>().write_batch(&vec![T0; rows], None, None).unwrap();
    times.close().unwrap();
    for _ in 0..2 {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&vec![1.17; rows], None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 100_000, "it is small");
    let told = refused(folder.path(), &path);
    assert!(told.contains("a page of 33554440 bytes; more than 33554432 are not read"), "{told}");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() - 8;
    bytes[at..at + 4].copy_from_slice(&0x7fff_fff0_u32.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let told = refused(folder.path(), &path);
    assert!(told.contains("the footer claims to be longer than the file"), "{told}");
}

#[test]
fn bad_bars_are_told_what_is_wrong() {
    const HEAD: &str = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n2025.09.01\t00:00:00\t1.2\t1.4\t1.1\t1.3\t8\t0\t40\n";
    let folder = tempfile::tempdir().unwrap();
    let spec = find("EURUSD", None, None).unwrap();
    let mut report = String::new();
    for (name, row) in [
        ("high below close", "2025.09.01\t00:01:00\t1.2\t1.25\t1.1\t1.3\t8\t0\t40"),
        ("zero", "2025.09.01\t00:01:00\t1.2\t1.4\t0\t1.3\t8\t0\t40"),
        ("same time", "2025.09.01\t00:00:00\t1.2\t1.4\t1.1\t1.3\t8\t0\t40"),
        ("blank", "2025.09.01\t00:01:00\t\t1.4\t1.1\t1.3\t8\t0\t40"),
        ("spread of half a point", "2025.09.01\t00:01:00\t1.2\t1.4\t1.1\t1.3\t8\t0\t0.5"),
    ] {
        let path = folder.path().join("a.csv");
        fs::write(&path, format!("{HEAD}{row}\n")).unwrap();
        let error = build(&path, &spec, Timeframe::M5, &mut |_| Ok(())).unwrap_err();
        writeln!(report, "{name}: {}", told(folder.path(), &error)).unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn an_unknown_symbol_is_told_its_neighbour() {
    let error = find("EURUDS", None, None).unwrap_err().to_string();
    assert_eq!(
        error,
        "no specification of `EURUDS` (did you mean `EURUSD`?); give one with --spec FILE.json, as symbol_info() writes it"
    );
    let error = find("EURUSD", None, Some(12)).unwrap_err().to_string();
    assert_eq!(error, "EURUSD: --digits 12: a price has 0 to 9 digits");
}

fn tick(time_msc: i64, bid: i64, spread: i64, last: i64, volume: u32, flags: u32) -> Tick {
    let price = |points: i64| Price::from_raw(points * 10_000);
    Tick {
        time_msc: ServerMsc(T0 + time_msc),
        bid: price(bid),
        ask: price(bid + spread),
        last: price(last),
        volume,
        symbol: SymbolId(0),
        flags: TickFlags::from_mt5(flags),
    }
}

fn write_ticks(path: &Path, ticks: &[Tick], form: PriceForm) {
    let mut writer = TickWriter::create(path, TickLayout { form, ..TickLayout::exact(5) }).unwrap();
    writer.push(ticks).unwrap();
    writer.finish().unwrap();
}

/// Reads a file as everything that it could be; errors are fine, panics are not.
fn read_as_anything(path: &Path) -> usize {
    let spec = find("EURUSD", None, None).unwrap();
    let mut bars = 0;
    drop(build(path, &spec, Timeframe::M5, &mut |_| {
        bars += 1;
        Ok(())
    }));
    bars += Format::ALL.into_iter().map(|format| read_as(path, format)).sum::<usize>();
    let Ok(mut file) = TickFile::open(path, SymbolId(0), &spec) else { return bars };
    let mut batch = TickColumns::default();
    let mut rows = 0;
    while file.read(&mut batch).is_ok() && !batch.is_empty() {
        rows += batch.len();
    }
    rows
}

/// Reads a file as a format, whatever it is.
fn read_as(path: &Path, format: Format) -> usize {
    let spec = find("EURUSD", None, None).unwrap();
    let date = Some("2019-02-04".parse().unwrap());
    let stated = Stated { format: Some(format), date, ..Stated::default() };
    let (mut ticks, mut bars, mut rows) = (TickColumns::default(), Vec::new(), 0);
    for input in inputs(&[path]).unwrap_or_default() {
        if let Ok(mut source) = TickReader::open(&input, &stated, SymbolId(0), &spec) {
            while source.read(&mut ticks).is_ok() && !ticks.is_empty() {
                rows += ticks.len();
            }
        }
        if let Ok(mut source) = BarSource::open(&input, &stated, &spec) {
            while source.read(&mut bars).is_ok() && !bars.is_empty() {
                rows += bars.len();
            }
        }
    }
    rows
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, cut) = (folder.path().join("whole.parquet"), folder.path().join("cut.parquet"));
    let ticks: Vec<Tick> =
        (0..20_000).map(|n| tick(n * 3, 117_000 + n % 50, n % 3, 0, 0, 6)).collect();
    write_ticks(&whole, &ticks, PriceForm::Decimal);
    let bytes = fs::read(&whole).unwrap();
    for length in [
        1,
        3,
        4,
        11,
        12,
        100,
        bytes.len() / 2,
        bytes.len() - 9,
        bytes.len() - 8,
        bytes.len() - 4,
        bytes.len() - 1,
    ] {
        fs::write(&cut, &bytes[..length]).unwrap();
        let message = refused(folder.path(), &cut);
        let expect = if length < 4 { "a text that begins with" } else { "cut.parquet: cut off" };
        assert!(message.contains(expect), "{length}: {message}");
        let opened = TickFile::open(&cut, SymbolId(0), &find("EURUSD", None, None).unwrap()).err();
        assert!(opened.is_some_and(|error| error.to_string().contains("cut off")), "{length}");
    }
}

/// A text of each layout.
const TEXTS: [&str; 8] = [
    "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6\r\n2025.09.22\t00:00:47.468\t1.17405\t\t\t\t2\r\n",
    "2025.09.01;00:00:00;1.2;1.4;1.1;1.3;8;0;40\n2025.09.01;00:01:00;1.2;1.4;1.1;1.3;8;0;-40\n",
    "time,bid,ask,last,volume,time_msc,flags,volume_real\n1758499200,1.1645699999999999,1.17603,0.0,0,1758499200161,134,0.0\n",
    "time,open,high,low,close,tick_volume,spread,real_volume\n2025-09-22 00:00:00,1.2,1.4,1.1,1.3,8,40,0\n",
    "Local time,Ask,Bid,AskVolume,BidVolume\n04.02.2019 00:00:00.994 GMT+0100,1.14545,1.14543,1.5,0.75\n",
    "20120201 000003660,1.306600,1.306770,0\n20120201 000003973,1.306580,1.306750,0\n",
    "EUR/USD,20090501 00:00:00.310,1.32481,1.32490\n",
    "75600000,1.38817,1.38817,1.38780,1.38803,0,1.38884,1.38921,1.38881,1.38885,0\n75660000.5,1.38809,1.38812,1.38802,1.38810,0,1.38891,1.38891,1.38874,1.38878,0\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec((0_i64..5_000, 1_i64..10_000_000, -5_i64..50, 0_i64..3, 0_u32..3, 0_u32..128), 1..400),
        double in any::<bool>(),
    ) {
        let mut time = 0;
        let ticks: Vec<Tick> = rows.into_iter().map(|(pause, bid, spread, last, volume, flags)| {
            time += pause;
            tick(time, bid + 5, spread, last, volume, flags)
        }).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        write_ticks(&path, &ticks, if double { PriceForm::Double } else { PriceForm::Decimal });
        let mut file = TickFile::open(&path, SymbolId(0), &find("EURUSD", None, None).unwrap()).unwrap();
        let mut batch = TickColumns::default();
        file.read(&mut batch).unwrap();
        prop_assert_eq!(batch.iter().collect::<Vec<_>>(), ticks);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), magic in 0..6) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let bytes = match magic {
            0 => [b"PAR1", &bytes[..], b"PAR1"].concat(),
            1 => [b"PK\x03\x04", &bytes[..], b"PK\x05\x06", &[0; 18]].concat(),
            2 => [&[0x1f, 0x8b, 8, 0], &bytes[..]].concat(),
            3 => [&[0x5d, 0, 0], &bytes[..]].concat(),
            4 => [&[0xff, 0xfe], &bytes[..]].concat(),
            _ => bytes,
        };
        fs::write(&path, bytes).unwrap();
        read_as_anything(&path);
    }

    #[test]
    fn no_damage_to_a_table_makes_a_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        layout in 0..3,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        if layout == 0 {
            let time: Vec<i64> = (0..300).map(|n| T0 + n * 20).collect();
            let bid: Vec<f64> = (0..300).map(|n| 1.17 + f64::from(n % 9) / 1000.0).collect();
            write_table(&path, &[times(&time), prices("bid", &bid), prices("ask", &bid), ("flags", Column::Int32((0..300).map(|n| n % 5).collect()))]);
        } else {
            let ticks: Vec<Tick> =
                (0..300).map(|n| tick(n * n % 17 + n * 20, 117_000 + n * 7 % 50, n % 3, 0, u32::from(n == 5), 2 + 4 * u32::from(n % 3 == 0))).collect();
            write_ticks(&path, &ticks, if layout == 1 { PriceForm::Double } else { PriceForm::Decimal });
        }
        let mut bytes = fs::read(&path).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(&path, bytes).unwrap();
        prop_assert!(read_as_anything(&path) <= 100_000);
    }

    #[test]
    fn no_damage_to_a_text_makes_a_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        wide in any::<bool>(),
        which in 0..TEXTS.len(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let text = TEXTS[which];
        let mut bytes: Vec<u8> = if wide { text.encode_utf16().flat_map(u16::to_le_bytes).collect() } else { text.into() };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(&path, bytes).unwrap();
        read_as_anything(&path);
    }
}
