//! Detects the layout of a file from its content: magic bytes, columns, header, the form of the
//! first row. Its name is never used.

use crate::data::column_map::ColumnMap;
use crate::data::dukascopy::content::{Content, look};
use crate::data::dukascopy::lzma;
use crate::data::error::DataError;
use crate::data::format::{Format, Stated};
use crate::data::input::{GZIP_MAGIC, Input, ZIP_MAGIC};
use crate::data::table::column::{MAGIC, Table};
use crate::data::text::evidence::{Evidence, layout_of_rows};
use crate::data::text::header::{self, Cells};
use crate::data::text::layout::Layout;
use crate::data::text::lines::{LINE_MAX, Lines};
use crate::data::text::sample::first_lines;
use std::io::{Cursor, Read};
use std::path::Path;

/// Detects what a stream holds.
///
/// # Errors
/// [`DataError::UnknownFormat`], with what was seen, or [`DataError::Ambiguous`]; or the file cannot
/// be opened, is empty, cut off or damaged.
pub fn detect(input: &Input) -> Result<Format, DataError> {
    look_at(input, &ColumnMap::default())
}

/// The stated layout of a stream, or the one detected from its content.
///
/// # Errors
/// As [`detect`]; [`DataError::Mapped`] when columns are stated of what is no table by name.
pub fn format_of(input: &Input, stated: &Stated) -> Result<Format, DataError> {
    let format = stated.format.map_or_else(|| look_at(input, &stated.map), Ok)?;
    let is_by_name = Layout::of(format).is_some_and(Layout::is_by_name);
    if is_by_name || stated.map.is_empty() {
        return Ok(format);
    }
    Err(DataError::Mapped { path: input.name().into(), format })
}

/// What files are, for the label of one that is made from them: what the only one says itself, or the
/// layout and the name of the first, and how many more there are.
///
/// # Errors
/// As [`format_of`].
///
/// # Panics
/// If there is no file.
pub fn origin_of(inputs: &[Input], stated: &Stated) -> Result<String, DataError> {
    let (first, more) = inputs.split_first().expect("there is a file");
    let format = format_of(first, stated)?;
    if more.is_empty()
        && matches!(format, Format::ParquetTicks | Format::ParquetBars)
        && let Some(origin) = Table::open(plain(first)?)?.label()?.source
    {
        return Ok(origin);
    }
    let name = first.name().file_name().unwrap_or_default().to_string_lossy();
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    Ok(format!("{format} {name}{more}"))
}

fn look_at(input: &Input, map: &ColumnMap) -> Result<Format, DataError> {
    let path = input.name();
    let mut head = Vec::new();
    input
        .open()?
        .take(LINE_MAX as u64)
        .read_to_end(&mut head)
        .map_err(|source| DataError::Read { path: path.into(), source })?;
    // A Dukascopy file for an hour without ticks is empty.
    if lzma::begins(&head)
        || (head.is_empty() && path.extension().is_some_and(|ending| ending == "bi5"))
    {
        return of_lzma(input);
    }
    if head.is_empty() {
        return Err(DataError::Empty { path: path.into(), what: "byte" });
    }
    let unknown =
        |seen: &str| DataError::UnknownFormat { path: path.into(), seen: seen.to_owned() };
    if head.starts_with(MAGIC) {
        return of_table(&Table::open(plain(input)?)?);
    }
    if let Some(seen) = known_binary(&head) {
        return Err(unknown(seen));
    }
    of_text(input, head, map)
}

/// The path of a Parquet file, which must not be packed because it is read from its end.
///
/// # Errors
/// [`DataError::UnknownFormat`] when it is in an archive.
pub fn plain(input: &Input) -> Result<&Path, DataError> {
    let seen = || {
        "a Parquet file within an archive: unpack it first (it is packed itself and gains nothing)"
            .to_owned()
    };
    input
        .plain()
        .ok_or_else(|| DataError::UnknownFormat { path: input.name().into(), seen: seen() })
}

fn of_lzma(input: &Input) -> Result<Format, DataError> {
    let candles = match look(input.open()?, input.name())? {
        Content::Ticks => false,
        Content::Candles => true,
        Content::Nothing => input.file_names().any(|name| name.contains("candles")),
    };
    Ok(if candles { Format::DukascopyCandles } else { Format::DukascopyTicks })
}

fn of_table(table: &Table) -> Result<Format, DataError> {
    if table.has("open") && table.has("close") {
        return Ok(Format::ParquetBars);
    }
    if ["time_msc", "bid", "ask"].iter().filter(|name| table.has(name)).count() >= 2 {
        return Ok(Format::ParquetTicks);
    }
    let seen = format!("a Parquet file with the columns {}", table.names().join(", "));
    Err(DataError::UnknownFormat { path: table.path().into(), seen })
}

/// The name of a binary format that is often mistaken for an export.
fn known_binary(head: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if starts(GZIP_MAGIC) || starts(ZIP_MAGIC) {
        Some("an archive within an archive: unpack it first")
    } else if starts(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some("a zstd file: unpack it first")
    } else if starts(b"7z\xbc\xaf\x27\x1c") || starts(b"Rar!") {
        Some("an archive of a kind that is not read: unpack it first")
    } else if starts(b"SQLite format 3") {
        Some("an SQLite database")
    } else if starts(&[0xd0, 0xcf, 0x11, 0xe0]) {
        Some("an old Excel file: save it as CSV")
    } else {
        None
    }
}

fn of_text(input: &Input, head: Vec<u8>, map: &ColumnMap) -> Result<Format, DataError> {
    let path = input.name();
    let unknown =
        |seen: &str| DataError::UnknownFormat { path: path.into(), seen: seen.to_owned() };
    let none = |_| unknown("neither text nor Parquet");
    let mut lines = Lines::over(path, Box::new(Cursor::new(head)))?;
    if !lines.next_line().map_err(none)? {
        return Err(DataError::Empty { path: path.into(), what: "line of text" });
    }
    let line = lines.line();
    if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err(unknown("neither text nor Parquet"));
    }
    if let Some(format) = of_header(line, map).map_err(|seen| unknown(&seen))? {
        return Ok(format);
    }
    match layout_of_rows(&first_lines(input)?) {
        Evidence::One(format) => Ok(format),
        Evidence::Either(one, other) => {
            Err(DataError::Ambiguous { path: path.into(), row: beginning(line), one, other })
        }
        Evidence::None => Err(unknown(&format!("a text that begins with `{}`", beginning(line)))),
    }
}

fn beginning(line: &[u8]) -> String {
    let start: String = String::from_utf8_lossy(line).chars().take(60).collect();
    start.escape_debug().to_string()
}

/// The layout that a first line tells, if it is a header or columns are stated.
fn of_header(line: &[u8], map: &ColumnMap) -> Result<Option<Format>, String> {
    let lower = String::from_utf8_lossy(line).trim_start().to_lowercase();
    if ["<!doctype", "<html", "<?xml"].iter().any(|tag| lower.starts_with(tag)) {
        return Err("an HTML or XML page".to_owned());
    }
    let numbers = || {
        let cells = Cells::cut(line, header::delimiter(line)).count;
        (!map.is_empty()).then(|| (1..=cells).map(|number| number.to_string()).collect())
    };
    let Some(names) = header::names(line, map).or_else(numbers) else { return Ok(None) };
    match header::layout_of(&names, map) {
        Some(layout) => Ok(Some(layout.format)),
        None => Err(format!("a text with the columns {}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_tells() {
        for (line, expect) in [
            ("<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>", Ok(Format::Mt5Ticks)),
            ("<DATE>\t<TIME>\t<BID>\t<LAST>\t<VOLUME>\t<FLAGS>", Ok(Format::Mt5Ticks)),
            (
                "<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<TICKVOL>;<VOL>;<SPREAD>",
                Ok(Format::Mt5Bars),
            ),
            (
                "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
                Ok(Format::Mt5Bars),
            ),
            (
                "2024.01.01,20:25:00,1.10333,1.10382,1.10333,1.10372,9,8000000,148",
                Ok(Format::Mt5Bars),
            ),
            ("2024.01.01,1.10333,1.10382,1.10333,1.10372,9,8000000,148", Ok(Format::Mt5Bars)),
            ("2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6", Ok(Format::Mt5Ticks)),
            ("time,bid,ask,last,volume,time_msc,flags,volume_real", Ok(Format::ApiTicks)),
            (",time,bid,ask,last,volume,time_msc,flags,volume_real", Ok(Format::ApiTicks)),
            ("time,bid,ask", Ok(Format::ApiTicks)),
            ("time,open,high,low,close,tick_volume,spread,real_volume", Ok(Format::ApiBars)),
            ("Gmt time,Ask,Bid,AskVolume,BidVolume", Ok(Format::DukascopyCsvTicks)),
            ("Time (EET),Ask,Bid,AskVolume,BidVolume ", Ok(Format::DukascopyCsvTicks)),
            ("timestamp,askPrice,bidPrice", Ok(Format::DukascopyCsvTicks)),
            ("Local time,Open,High,Low,Close,Volume", Ok(Format::DukascopyCsvCandles)),
            // Whoever writes it: dukascopy-node does, and others.
            ("timestamp,open,high,low,close,volume", Ok(Format::CsvBars)),
            ("timestamp,symbol,bid,ask", Ok(Format::CsvTicks)),
            ("Etc/UTC,Open,High,Low,Close,Volume", Ok(Format::DukascopyCsvCandles)),
            ("time,open,high,low,close,volume", Ok(Format::CsvBars)),
            (",Open,High,Low,Close,Volume", Ok(Format::CsvBars)),
            ("Date;Time;Open;High;Low;Close", Ok(Format::CsvBars)),
            ("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>", Ok(Format::CsvBars)),
            ("unix_ms,bid,ask,last,volume_real", Ok(Format::CsvTicks)),
            ("20120201 000003660,1.306600,1.306770,0", Ok(Format::HistdataTicks)),
            ("20120201 000000;1.306600;1.306600;1.306560;1.306560;0", Ok(Format::HistdataBars)),
            ("EUR/USD,20090501 00:00:00.310,1.32481,1.32490", Ok(Format::Truefx)),
            ("808.0672,1310.926,1311.237", Ok(Format::LeanTicks)),
            (
                "75600000,1.38817,1.38817,1.38780,1.38803,0,1.38884,1.38921,1.38881,1.38885,0",
                Ok(Format::LeanMinutes),
            ),
            ("<!DOCTYPE html>", Err("an HTML or XML page")),
            ("DATE,TIME,PRICE", Err("a text with the columns DATE, TIME, PRICE")),
        ] {
            let of_rows = || match layout_of_rows(&[line.as_bytes().to_vec()]) {
                Evidence::One(format) => format,
                other => panic!("{line}: {other:?}"),
            };
            let found = of_header(line.as_bytes(), &ColumnMap::default());
            let found = found.map(|format| format.unwrap_or_else(of_rows));
            assert_eq!(found, expect.map_err(str::to_owned), "{line}");
        }
    }
}
