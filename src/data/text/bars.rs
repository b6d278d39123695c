//! Bars of a text in any layout, in order of time.

use crate::data::bar_file::check_bar;
use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::data::format::Stated;
use crate::data::input::Input;
use crate::data::table::price_column::Digits;
use crate::data::text::cell::{self, shown};
use crate::data::text::field::Field;
use crate::data::text::header::Cells;
use crate::data::text::layout::{Layout, zone_of};
use crate::data::text::lines::Lines;
use crate::data::text::rows::{TextRows, WrongRow};
use crate::data::text::symbols::{OtherSymbols, SymbolColumn, SymbolsFound};
use crate::domain::amount::{Points, Price};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;

const BATCH_ROWS: usize = 4_096;

/// What a volume is that the file does not explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unexplained {
    /// Nothing that is kept: sums of sizes, which have fractions, or zeros.
    Nothing,
    /// A number of ticks.
    Ticks,
    /// A volume of deals or of sizes: the ticks are counted beside it, or a vendor is known for it.
    Real,
}

/// The bars of a text.
pub struct BarText {
    lines: Lines,
    reader: Reader,
    last_msc: Option<ServerMsc>,
    without_ticks: u64,
    /// The line of each bar of the last batch.
    numbers: Vec<u64>,
}

struct Reader {
    rows: TextRows,
    symbols: SymbolColumn,
    volume: Unexplained,
    digits: Digits,
    point: Price,
}

impl BarText {
    /// Opens a text whose prices are those of `spec`. What is `stated` is its day, for layouts
    /// without dates whose file names do not give it, its clock and its columns.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a column is missing.
    pub fn open(
        input: &Input,
        layout: &'static Layout,
        stated: &Stated,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let (rows, lines) = TextRows::open(input, layout, stated)?;
        let counts = |field| rows.are_whole(input, field);
        // Dukascopy's site counts units; its other exports write millions.
        let is_of_site = zone_of(rows.columns.title(Field::Moment)).is_some();
        let volume = if is_of_site && counts(Field::QuotedVolume)? {
            Unexplained::Real
        } else if !counts(Field::Volume)? {
            Unexplained::Nothing
        } else if rows.columns.has(Field::TickVolume) {
            Unexplained::Real
        } else {
            Unexplained::Ticks
        };
        let symbols = SymbolColumn::new(&spec.name, OtherSymbols::LeftOut);
        let (digits, point) = (Digits::of(spec), spec.point());
        Ok(Self {
            lines,
            reader: Reader { rows, symbols, volume, digits, point },
            last_msc: None,
            without_ticks: 0,
            numbers: Vec::new(),
        })
    }

    /// The symbols of the rows so far.
    #[must_use]
    pub const fn symbols(&self) -> &SymbolsFound {
        &self.reader.symbols.found
    }

    /// The place of a bar of the last batch in the file.
    #[must_use]
    pub fn place(&self, at: usize) -> FilePlace {
        FilePlace::Line(self.numbers.get(at).copied().unwrap_or_else(|| self.lines.number()))
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
        self.numbers.clear();
        while batch.len() < BATCH_ROWS && self.lines.next_line()? {
            let row = self.reader.row(&self.lines);
            let row = row.map_err(|wrong| self.reader.rows.wrong(&self.lines, wrong))?;
            let Some((bar, is_quiet)) = row else { continue };
            check_bar(self.lines.path(), self.lines.place(), self.last_msc, &bar)?;
            self.last_msc = Some(bar.time_msc);
            if is_quiet {
                self.without_ticks += 1;
            } else {
                batch.push(bar);
                self.numbers.push(self.lines.number());
            }
        }
        if batch.is_empty() {
            self.reader.symbols.check(self.lines.path())?;
        }
        Ok(())
    }
}

impl Reader {
    /// A bar, and whether its row says that nothing was quoted; none when it is of another symbol.
    fn row(&mut self, lines: &Lines) -> Result<Option<(Bar, bool)>, WrongRow> {
        let cells = self.rows.cut(lines)?;
        if self.rows.columns.has(Field::Pair) {
            let is_own = self.symbols.takes(self.rows.columns.cell(&cells, Field::Pair));
            if !is_own.map_err(|flaw| WrongRow::Cell(Field::Pair, flaw))? {
                return Ok(None);
            }
        }
        let mut bar = Bar {
            time_msc: self.rows.time_msc(&cells)?,
            open: self.price(&cells, Field::Open)?,
            high: self.price(&cells, Field::High)?,
            low: self.price(&cells, Field::Low)?,
            close: self.price(&cells, Field::Close)?,
            tick_volume: self.count(&cells, Field::TickVolume)?,
            spread: self.spread(&cells)?,
            // Only exports with deals have it.
            real_volume: self.count(&cells, Field::RealVolume)?,
        };
        let has_quoted = self.rows.columns.has(Field::QuotedVolume);
        let unexplained = if has_quoted { Field::QuotedVolume } else { Field::Volume };
        match self.volume {
            Unexplained::Nothing => {}
            Unexplained::Ticks => bar.tick_volume = self.count(&cells, unexplained)?,
            Unexplained::Real => bar.real_volume = self.count(&cells, unexplained)?,
        }
        let is_quiet = bar.high == bar.low && self.says_nothing(&cells, unexplained)?;
        Ok(Some((bar, is_quiet)))
    }

    /// Whether a row says by a volume of zero that nothing was quoted; those of some files are
    /// always zero and say nothing.
    fn says_nothing(&self, cells: &Cells<'_>, field: Field) -> Result<bool, WrongRow> {
        let is_told = match field {
            Field::Volume => self.volume != Unexplained::Nothing,
            _ => self.rows.columns.has(field),
        };
        if !is_told {
            return Ok(false);
        }
        let volume = self.filled(cells, field)?;
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
        let flawed = |flaw| match flaw {
            CellFlaw::NotWhole(text) if field == Field::Volume => CellFlaw::Fraction(text),
            flaw => flaw,
        };
        cell::whole(self.filled(cells, field)?).map_err(|flaw| WrongRow::Cell(field, flawed(flaw)))
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
