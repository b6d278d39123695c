//! Files, folders and archives: what is read of them, in which order, and what is refused with its
//! name.

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use tickdeck::data::error::DataError;
use tickdeck::data::format::Stated;
use tickdeck::data::import::{Import, import};
use tickdeck::data::input::{Input, inputs};
use tickdeck::data::label::FileClock;
use tickdeck::data::specification::find;
use tickdeck::data::tick_source::TickReader;
use tickdeck::domain::id::SymbolId;
use tickdeck::market::columns::TickColumns;

const ROWS: &str = "2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6\n2025.09.22\t00:00:47.468\t1.17405\t\t\t\t2\n";

/// An entry of an archive written here byte by byte, so that it can lie.
#[derive(Clone)]
struct Entry {
    name: &'static str,
    bytes: Vec<u8>,
    method: u16,
    flags: u16,
    crc: Option<u32>,
    size: Option<u32>,
}

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const BZIP2: u16 = 12;
const ENCRYPTED: u16 = 1;

fn entry(name: &'static str, bytes: &[u8]) -> Entry {
    Entry { name, bytes: bytes.into(), method: DEFLATED, flags: 0, crc: None, size: None }
}

/// PKWARE's layout: local headers with their bytes, the directory, its end.
fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let packed =
            if entry.method == DEFLATED { deflated(&entry.bytes) } else { entry.bytes.clone() };
        let mut crc = flate2::Crc::new();
        crc.update(&entry.bytes);
        let (crc, size) = (
            entry.crc.unwrap_or(crc.sum()),
            entry.size.unwrap_or(u32::try_from(entry.bytes.len()).unwrap()),
        );
        let length = u32::try_from(packed.len()).unwrap();
        let mut common = Vec::new();
        for word in [20, entry.flags, entry.method, 0, 0x21] {
            common.extend(u16::to_le_bytes(word));
        }
        for word in [crc, length, size] {
            common.extend(u32::to_le_bytes(word));
        }
        common.extend(u16::to_le_bytes(u16::try_from(entry.name.len()).unwrap()));
        common.extend([0, 0]);
        let offset = u32::try_from(file.len()).unwrap();
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend(entry.name.as_bytes());
        file.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(u32::to_le_bytes(offset));
        directory.extend(entry.name.as_bytes());
    }
    let (count, start) =
        (u16::try_from(entries.len()).unwrap(), u32::try_from(file.len()).unwrap());
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(u16::to_le_bytes(count));
    file.extend(u16::to_le_bytes(count));
    file.extend(u32::to_le_bytes(u32::try_from(directory.len()).unwrap()));
    file.extend(u32::to_le_bytes(start));
    file.extend([0, 0]);
    file
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The rows of a path, or what is said of it.
fn rows(path: &Path) -> Result<usize, DataError> {
    let (mut count, mut batch) = (0, TickColumns::default());
    for input in inputs(&[path])? {
        let mut source = TickReader::open(
            &input,
            &Stated::default(),
            SymbolId(0),
            &find("EURUSD", None, None).unwrap(),
        )?;
        source.read(&mut batch)?;
        while !batch.is_empty() {
            count += batch.len();
            source.read(&mut batch)?;
        }
    }
    Ok(count)
}

fn told(folder: &Path, error: &DataError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn archives_and_folders_are_their_files_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("in/b")).unwrap();
    fs::write(folder.join("in/a.csv"), ROWS).unwrap();
    fs::write(folder.join("in/.hidden"), "not read").unwrap();
    fs::write(folder.join("in/b/packed.anything"), gzip(ROWS.as_bytes())).unwrap();
    // Two streams one behind the other are one, as gzip has it.
    fs::write(folder.join("in/c"), [gzip(ROWS.as_bytes()), gzip(ROWS.as_bytes())].concat())
        .unwrap();
    let stored = Entry { method: STORED, ..entry("z.csv", ROWS.as_bytes()) };
    let entries = [
        stored,
        entry("sub/", b""),
        entry("sub/DAT_y.csv", ROWS.as_bytes()),
        entry("./x.csv", ROWS.as_bytes()),
        entry("__MACOSX/._y.csv", b"junk"),
        entry(".DS_Store", b"junk"),
        entry("sub/DAT_y.txt", b"Gap of 61s found between 20120201000051 and 20120201000152."),
    ];
    fs::write(folder.join("in/d.dat"), zip(&entries)).unwrap();
    let found = inputs(&[folder.join("in")]).unwrap();
    let names: Vec<String> = found
        .iter()
        .map(|input| {
            input.name().display().to_string().replace(&format!("{}/", folder.display()), "")
        })
        .collect();
    assert_eq!(
        names,
        [
            "in/a.csv",
            "in/b/packed.anything",
            "in/c",
            "in/d.dat/z.csv",
            "in/d.dat/sub/DAT_y.csv",
            "in/d.dat/./x.csv"
        ]
    );
    let texts = found.iter().map(|input| {
        let mut text = String::new();
        input.open().unwrap().read_to_string(&mut text).unwrap();
        text
    });
    let expect = [ROWS, ROWS, &ROWS.repeat(2), ROWS, ROWS, ROWS];
    assert!(texts.eq(expect));
    assert_eq!(rows(&folder.join("in")).unwrap(), 14);
    assert_eq!(Input::of(&folder.join("in/c")).unwrap().name(), folder.join("in/c"));
    let several = Input::of(&folder.join("in/d.dat")).unwrap_err();
    assert_eq!(
        told(folder, &several),
        "in/d.dat: 3 files where one is read; make one of them with `tickdeck import` first"
    );
}

#[test]
fn the_days_of_an_archive_are_imported_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("days.zip"), folder.path().join("out.parquet"));
    let days = ["20140507_eurusd_tick_quote.csv", "20140506_eurusd_tick_quote.csv"];
    fs::write(
        &path,
        zip(&days.map(|name| entry(name, b"3600000,1.17403,1.17405\n3600001.5,1.17404,1.17405\n"))),
    )
    .unwrap();
    let spec = find("EURUSD", None, None).unwrap();
    let imported = import(
        &Import { zone: Some(FileClock::Unknown), ..Import::new(&[path], &spec, &out) },
        &mut |_| {},
    )
    .unwrap();
    let times = [imported.quality.first_time_msc, imported.quality.last_time_msc]
        .map(|time| time.unwrap().to_string());
    assert_eq!(
        (imported.quality.written, times),
        (4, ["2014.05.06 01:00:00.000".into(), "2014.05.07 01:00:00.001".into()])
    );
}

/// An hour in which nothing happened is a file of no bytes at Dukascopy's; of any other name it is
/// an error.
#[test]
fn an_empty_hour_is_no_ticks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("EURUSD/2019/01/03")).unwrap();
    fs::write(folder.join("EURUSD/2019/01/03/00h_ticks.bi5"), b"").unwrap();
    fs::write(folder.join("EURUSD/2019/01/03/01h_ticks.bi5"), b"").unwrap();
    assert_eq!(rows(folder).unwrap(), 0);
    fs::write(folder.join("EURUSD/2019/01/03/readme.md"), b"").unwrap();
    assert_eq!(
        told(folder, &rows(folder).unwrap_err()),
        "EURUSD/2019/01/03/readme.md: holds no byte"
    );
}

#[test]
fn bad_archives_are_told_what_is_wrong() {
    let row = entry("a.csv", ROWS.as_bytes());
    let long = entry("a.csv", ROWS.repeat(9).as_bytes());
    let whole = zip(std::slice::from_ref(&row));
    let packed = gzip(ROWS.repeat(99).as_bytes());
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 0x55;
        bytes
    };
    let parquet = [b"PAR1".as_slice(), &[0; 20], b"PAR1"].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty archive", zip(&[])),
        ("only folders and hidden files", zip(&[entry("a/", b""), entry(".b", b"x")])),
        ("two of one name", zip(&[row.clone(), row.clone()])),
        ("cut off", whole[..whole.len() - 9].into()),
        ("encrypted", zip(&[Entry { flags: ENCRYPTED, ..row.clone() }])),
        ("another method", zip(&[Entry { method: BZIP2, ..row.clone() }])),
        ("wrong checksum", zip(&[Entry { crc: Some(7), ..row.clone() }])),
        ("longer than told", zip(&[Entry { size: Some(10), ..long.clone() }])),
        ("shorter than told", zip(&[Entry { size: Some(100_000), ..row.clone() }])),
        ("broken bytes", flipped(&zip(&[long]), 60)),
        (
            "spreadsheet",
            zip(&[
                entry("[Content_Types].xml", b"<Types/>"),
                entry("xl/workbook.xml", b"<workbook/>"),
            ]),
        ),
        ("archive within", zip(&[entry("b.zip", &whole)])),
        ("gzip within", zip(&[entry("b.gz", &packed)])),
        ("zip within gzip", gzip(&whole)),
        ("Parquet within", zip(&[entry("b.parquet", &parquet)])),
        ("text that is none", zip(&[entry("readme.txt", b"Copyright HistData.com")])),
        ("gzip cut off", packed[..packed.len() - 20].into()),
        ("gzip with a wrong checksum", flipped(&packed, packed.len() - 6)),
        ("gzip with more behind", [packed.as_slice(), b"more"].concat()),
        ("gzip of nothing", gzip(b"")),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut report = String::new();
    for (name, bytes) in cases {
        let path = folder.path().join("a.zip");
        fs::write(&path, bytes).unwrap();
        let error = rows(&path).unwrap_err();
        report = format!(
            "{report}{name}: {}\n",
            told(folder.path(), &error)
                .replace("readable are exports", "\n    readable are exports")
        );
    }
    fs::create_dir(folder.path().join("nothing")).unwrap();
    report = format!(
        "{report}empty folder: {}\n",
        told(folder.path(), &rows(&folder.path().join("nothing")).unwrap_err())
    );
    insta::assert_snapshot!(report);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a damaged archive claims: an error or rows, but neither a panic nor more rows than
    /// it can hold.
    #[test]
    fn no_damage_to_an_archive_makes_a_reader_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        gzipped in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut bytes = if gzipped { gzip(ROWS.as_bytes()) } else { zip(&[entry("a.csv", ROWS.as_bytes()), entry("b.csv", ROWS.as_bytes())]) };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(&path, bytes).unwrap();
        prop_assert!(rows(&path).unwrap_or(0) <= 4);
    }
}
