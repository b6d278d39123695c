//! What a file is, by its content: magic bytes, columns, header. Never by its name.

use crate::data::column::{MAGIC, Table};
use crate::data::dukascopy::content::{self, Content};
use crate::data::dukascopy::lzma;
use crate::data::error::DataError;
use crate::data::text::header::{self, TICK_COLUMNS};
use crate::data::text::lines::first_line;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes looked at.
const HEAD: u64 = 4_096;

/// The layouts that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Ticks with exact decimals, as this program writes them.
    Ticks,
    /// Ticks with doubles: arrays of the MT5 API.
    TickArrays,
    /// Bars in Parquet.
    BarTable,
    /// MT5's tick export.
    TickText,
    /// MT5's bar export.
    BarText,
    /// An hour of Dukascopy's ticks.
    Bi5Ticks,
    /// A day of Dukascopy's minutes.
    Bi5Candles,
}

impl Format {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ticks => "ticks (Parquet, decimals)",
            Self::TickArrays => "ticks (Parquet, MT5 API arrays)",
            Self::BarTable => "bars (Parquet)",
            Self::TickText => "ticks (MT5 text export)",
            Self::BarText => "bars (MT5 text export)",
            Self::Bi5Ticks => "ticks (Dukascopy .bi5)",
            Self::Bi5Candles => "bars (Dukascopy .bi5)",
        }
    }

    /// Whether it holds ticks; it holds bars otherwise.
    #[must_use]
    pub const fn is_ticks(self) -> bool {
        matches!(self, Self::Ticks | Self::TickArrays | Self::TickText | Self::Bi5Ticks)
    }
}

/// Tells what `path` holds.
///
/// # Errors
/// [`DataError::UnknownFormat`] saying what was seen; or that it cannot be opened, is empty, cut off or damaged.
pub fn detect(path: &Path) -> Result<Format, DataError> {
    let file = File::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head).map_err(|source| DataError::Read { path: path.into(), source })?;
    if head.is_empty() {
        return Err(DataError::Empty { path: path.into(), what: "byte" });
    }
    if head.starts_with(MAGIC) {
        return of_table(&Table::open(path)?);
    }
    if lzma::begins(&head) {
        return of_lzma(path);
    }
    let unknown = |seen: &str| DataError::UnknownFormat { path: path.into(), seen: seen.to_owned() };
    if let Some(seen) = known_binary(&head) {
        return Err(unknown(seen));
    }
    let line = first_line(&head).ok_or_else(|| unknown("neither text nor Parquet"))?;
    if line.is_empty() {
        return Err(DataError::Empty { path: path.into(), what: "line of text" });
    }
    of_line(&line).map_err(|seen| unknown(&seen))
}

fn of_table(table: &Table) -> Result<Format, DataError> {
    if table.has("open") && table.has("close") {
        return Ok(Format::BarTable);
    }
    if ["time_msc", "bid", "ask"].iter().filter(|name| table.has(name)).count() >= 2 {
        let doubles = table.has("bid") && table.descriptor(table.find("bid")?).physical_type() == parquet::basic::Type::DOUBLE;
        return Ok(if doubles { Format::TickArrays } else { Format::Ticks });
    }
    let seen = format!("a Parquet file with the columns {}", table.names().join(", "));
    Err(DataError::UnknownFormat { path: table.path().into(), seen })
}

fn of_lzma(path: &Path) -> Result<Format, DataError> {
    let file = File::open(path).map_err(|source| DataError::Open { path: path.into(), source })?;
    match content::look(Box::new(file), path)? {
        Content::Ticks => Ok(Format::Bi5Ticks),
        Content::Candles => Ok(Format::Bi5Candles),
        Content::Nothing => Err(DataError::Empty { path: path.into(), what: "record" }),
    }
}

/// What it is that is often mistaken for an export.
fn known_binary(head: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if starts(&[0x1f, 0x8b]) {
        Some("a gzip file: unpack it first")
    } else if starts(b"PK\x03\x04") {
        Some("a zip archive (or an Excel file): unpack it first, or save as CSV")
    } else if starts(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some("a zstd file: unpack it first")
    } else if starts(b"SQLite format 3") {
        Some("an SQLite database")
    } else {
        None
    }
}

fn of_line(line: &str) -> Result<Format, String> {
    let start: String = line.chars().take(60).collect();
    let lower = start.trim_start().to_lowercase();
    if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml") {
        return Err("an HTML or XML page".to_owned());
    }
    if let Some(names) = header::names(line) {
        let has = |name: &str| names.iter().any(|column| column == name);
        return match (has("BID") || has("ASK"), has("OPEN") || has("CLOSE")) {
            (true, false) => Ok(Format::TickText),
            (false, true) => Ok(Format::BarText),
            _ => Err(format!("a text with the columns {}", names.join(", "))),
        };
    }
    let mark = header::delimiter(line);
    let dated = line.split(mark).next().is_some_and(|cell| cell.len() == 10 && cell.starts_with(|c: char| c.is_ascii_digit()));
    match line.split(mark).count() {
        9 if dated => Ok(Format::BarText),
        cells if dated && (4..=TICK_COLUMNS.len()).contains(&cells) => Ok(Format::TickText),
        _ => Err(format!("a text that begins with `{}`", start.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_tells() {
        for (line, expect) in [
            ("<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>", Ok(Format::TickText)),
            ("<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<TICKVOL>;<VOL>;<SPREAD>", Ok(Format::BarText)),
            ("2024.01.01,20:25:00,1.10333,1.10382,1.10333,1.10372,9,8000000,148", Ok(Format::BarText)),
            ("2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6", Ok(Format::TickText)),
            ("<!DOCTYPE html>", Err("an HTML or XML page")),
            ("hello", Err("a text that begins with `hello`")),
            ("DATE,TIME,PRICE", Err("a text with the columns DATE, TIME, PRICE")),
        ] {
            assert_eq!(of_line(line), expect.map_err(str::to_owned), "{line}");
        }
    }
}
