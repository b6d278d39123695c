//! Bars of a text in any layout, in order of time.

use crate::data::bar_file::check_bar;
use crate::data::error::{CellFlaw, DataError};
use crate::data::input::Input;
use crate::data::table::price_column::Digits;
use crate::data::text::cell::{self, shown};
use crate::data::text::header::Cells;
use crate::data::text::layout::{Field, Layout};
use crate::data::text::lines::Lines;
use crate::data::text::rows::{TextRows, WrongRow};
use crate::domain::amount::{Points, Price};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;
use jiff::civil::Date;

const BATCH_ROWS: usize = 4_096;

/// The bars of a text.
pub struct BarText {
    lines: Lines,
    reader: Reader,
    last_msc: Option<ServerMsc>,
    without_ticks: u64,
}

struct Reader {
    rows: TextRows,
    digits: Digits,
    point: Price,
}

impl BarText {
    /// Opens a text whose prices are those of `spec`. `date` is its day, for layouts without dates
    /// whose file names do not give it.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a column is missing.
    pub fn open(
        input: &Input,
        layout: &'static Layout,
        date: Option<Date>,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let (rows, lines) = TextRows::open(input, layout, date)?;
        Ok(Self {
            lines,
            reader: Reader { rows, digits: Digits::of(spec), point: spec.point() },
            last_msc: None,
            without_ticks: 0,
        })
    }

    /// The clock of the times, if the file or its layout states it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the header names an unknown one.
    pub fn clock(&self) -> Result<Option<ServerZone>, DataError> {
        self.reader.rows.clock(&self.lines)
    }

    /// The number of rows so far that were no bars, because nothing was quoted in their time.
    #[must_use]
    pub const fn without_ticks(&self) -> u64 {
        self.without_ticks
    }

    /// Replaces `batch` by the next bars; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`], with the line and the column.
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        batch.clear();
        while batch.len() < BATCH_ROWS && self.lines.next_line()? {
            let bar = self.reader.row(self.lines.line());
            let bar = bar.map_err(|wrong| self.reader.rows.wrong(&self.lines, wrong))?;
            check_bar(self.lines.path(), self.lines.place(), self.last_msc, &bar)?;
            self.last_msc = Some(bar.time_msc);
            if bar.high == bar.low
                && self
                    .reader
                    .is_quiet(self.lines.line())
                    .map_err(|wrong| self.reader.rows.wrong(&self.lines, wrong))?
            {
                self.without_ticks += 1;
            } else {
                batch.push(bar);
            }
        }
        Ok(())
    }
}

impl Reader {
    fn row(&mut self, line: &[u8]) -> Result<Bar, WrongRow> {
        let cells = self.rows.cut(line)?;
        Ok(Bar {
            time_msc: self.rows.time_msc(&cells)?,
            open: self.price(&cells, Field::Open)?,
            high: self.price(&cells, Field::High)?,
            low: self.price(&cells, Field::Low)?,
            close: self.price(&cells, Field::Close)?,
            tick_volume: self.count(&cells, Field::TickVolume)?,
            spread: self.spread(&cells)?,
            // Only exports with deals have it.
            real_volume: self.count(&cells, Field::RealVolume)?,
        })
    }

    /// Whether a row says that nothing was quoted.
    fn is_quiet(&self, line: &[u8]) -> Result<bool, WrongRow> {
        if !self.rows.columns.has(Field::QuotedVolume) {
            return Ok(false);
        }
        let volume = self.filled(&self.rows.cut(line)?, Field::QuotedVolume)?;
        Ok(volume.iter().all(|byte| matches!(byte, b'0' | b'.')))
    }

    fn filled<'a>(&self, cells: &Cells<'a>, field: Field) -> Result<&'a [u8], WrongRow> {
        let text = self.rows.columns.cell(cells, field);
        if text.is_empty() { Err(WrongRow::Cell(field, CellFlaw::Blank)) } else { Ok(text) }
    }

    fn price(&self, cells: &Cells<'_>, field: Field) -> Result<Price, WrongRow> {
        cell::price(self.filled(cells, field)?, &self.digits)
            .map_err(|flaw| WrongRow::Cell(field, flaw))
    }

    /// A count; 0 when the file has no such column.
    fn count(&self, cells: &Cells<'_>, field: Field) -> Result<u64, WrongRow> {
        if !self.rows.columns.has(field) {
            return Ok(0);
        }
        cell::whole(self.filled(cells, field)?).map_err(|flaw| WrongRow::Cell(field, flaw))
    }

    /// The spread as the file gives it, or between its sides; 0 when it has neither. A crossed
    /// quote makes it negative.
    fn spread(&self, cells: &Cells<'_>) -> Result<Points, WrongRow> {
        if self.rows.columns.has(Field::AskOpen) {
            let between = |ask, bid| {
                Ok((self.price(cells, ask)?.raw() - self.price(cells, bid)?.raw())
                    / self.point.raw())
            };
            return Ok(Points(
                between(Field::AskOpen, Field::Open)?.min(between(Field::AskClose, Field::Close)?),
            ));
        }
        if !self.rows.columns.has(Field::Spread) {
            return Ok(Points(0));
        }
        let text = self.filled(cells, Field::Spread)?;
        let (sign, digits) = text.strip_prefix(b"-").map_or((1, text), |digits| (-1, digits));
        let flawed = |flaw| WrongRow::Cell(Field::Spread, flaw);
        let points = i64::try_from(cell::whole(digits).map_err(flawed)?)
            .map_err(|_| flawed(CellFlaw::TooLarge(shown(text))))?;
        Ok(Points(sign * points))
    }
}
