//! Detects the layout of a file from its content: magic bytes, columns, header, the form of the
//! first row. Its name is never used.

use crate::data::dukascopy::content::{Content, look};
use crate::data::dukascopy::lzma;
use crate::data::error::DataError;
use crate::data::format::Format;
use crate::data::input::{GZIP_MAGIC, Input, ZIP_MAGIC};
use crate::data::table::column::{MAGIC, Table};
use crate::data::text::header::{self, Cells};
use crate::data::text::lines::{LINE_MAX, Lines};
use crate::data::text::moment::{Dates, since_midnight, time_of_day};
use std::io::{Cursor, Read};
use std::path::Path;

/// Detects what a stream holds.
///
/// # Errors
/// [`DataError::UnknownFormat`], with what was seen; or the file cannot be opened, is empty, cut
/// off or damaged.
pub fn detect(input: &Input) -> Result<Format, DataError> {
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
    of_text(path, head)
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

fn of_text(path: &Path, head: Vec<u8>) -> Result<Format, DataError> {
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
    of_line(line).map_err(|seen| unknown(&seen))
}

fn of_line(line: &[u8]) -> Result<Format, String> {
    let start: String = String::from_utf8_lossy(line).chars().take(60).collect();
    let lower = start.trim_start().to_lowercase();
    if ["<!doctype", "<html", "<?xml"].iter().any(|tag| lower.starts_with(tag)) {
        return Err("an HTML or XML page".to_owned());
    }
    let cells = Cells::cut(line, header::delimiter(line));
    if cells.count == 7
        && cells.get(0).len() == 10
        && cells.get(1).len() == "00:00".len()
        && Dates::default().moment(cells.get(0)).is_some()
    {
        return Err(
            "bars as MT4 writes them (date, time, open, high, low, close, volume), which are not read: export them from MT5".to_owned()
        );
    }
    if let Some(names) = header::names(line) {
        let layout = header::layout_of(&names);
        return layout
            .map(|layout| layout.format)
            .ok_or_else(|| format!("a text with the columns {}", names.join(", ")));
    }
    of_row(&Cells::cut(line, header::delimiter(line)))
        .ok_or_else(|| format!("a text that begins with `{}`", start.escape_debug()))
}

/// Detects the layout from the first row, if there is no header.
fn of_row(cells: &Cells<'_>) -> Option<Format> {
    let (first, second) = (cells.get(0), cells.get(1));
    let is_moment = |text: &[u8]| Dates::default().moment(text).is_some();
    match (first.len(), cells.count) {
        // Only a date, as MT5 writes it; daily bars have no time after it.
        (10, 4..=7) if is_moment(first) && time_of_day(second).is_some() => Some(Format::Mt5Ticks),
        (10, 9) if is_moment(first) && time_of_day(second).is_some() => Some(Format::Mt5Bars),
        (10, 8) if is_moment(first) && !second.contains(&b':') => Some(Format::Mt5Bars),
        (18, 3..=4) if is_moment(first) => Some(Format::HistdataTicks),
        (15, 5..=6) if is_moment(first) => Some(Format::HistdataBars),
        (7, 4) if first[3] == b'/' && is_moment(second) => Some(Format::Truefx),
        (_, 3) if since_midnight(first).is_some() => Some(Format::LeanTicks),
        (_, 11) if since_midnight(first).is_some() => Some(Format::LeanMinutes),
        _ => None,
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
            ("timestamp,open,high,low,close,volume", Ok(Format::DukascopyCsvCandles)),
            ("20120201 000003660,1.306600,1.306770,0", Ok(Format::HistdataTicks)),
            ("20120201 000000;1.306600;1.306600;1.306560;1.306560;0", Ok(Format::HistdataBars)),
            ("EUR/USD,20090501 00:00:00.310,1.32481,1.32490", Ok(Format::Truefx)),
            ("808.0672,1310.926,1311.237", Ok(Format::LeanTicks)),
            (
                "75600000,1.38817,1.38817,1.38780,1.38803,0,1.38884,1.38921,1.38881,1.38885,0",
                Ok(Format::LeanMinutes),
            ),
            ("<!DOCTYPE html>", Err("an HTML or XML page")),
            ("hello", Err("a text that begins with `hello`")),
            ("1,2,3,4", Err("a text that begins with `1,2,3,4`")),
            ("DATE,TIME,PRICE", Err("a text with the columns DATE, TIME, PRICE")),
        ] {
            assert_eq!(of_line(line.as_bytes()), expect.map_err(str::to_owned), "{line}");
        }
    }
}
