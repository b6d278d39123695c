//! Ticks of a text in any layout, in the order of the file, each with its line.

use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::data::format::Stated;
use crate::data::input::Input;
use crate::data::table::price_column::Digits;
use crate::data::text::carried::{Carried, blank};
use crate::data::text::cell::{self, shown};
use crate::data::text::field::Field;
use crate::data::text::header::Cells;
use crate::data::text::layout::{Blank, Layout};
use crate::data::text::lines::Lines;
use crate::data::text::rows::{TextRows, WrongRow};
use crate::data::text::symbols::{OtherSymbols, SymbolColumn, SymbolsFound};
use crate::data::tick_file::check_unit;
use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::zone::ServerZone;
use crate::market::columns::TickColumns;

const BATCH_ROWS: usize = 8_192;

/// When blank cells are filled with the values of the row before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlankCells {
    /// At once, in the order of the file.
    Filled,
    /// By whoever puts the rows in order of time, for [`TickText::blanks`] says what is blank.
    Left,
}

/// The ticks of a text.
pub struct TickText {
    lines: Lines,
    reader: Reader,
    /// The line of each tick of the last batch.
    numbers: Vec<u64>,
    /// What is blank in each tick of the last batch, where blanks are left.
    blanks: Vec<u8>,
    cells: BlankCells,
    one_sided: u64,
}

/// State that is carried from row to row.
struct Reader {
    rows: TextRows,
    digits: Digits,
    symbol: SymbolId,
    symbols: SymbolColumn,
    has_volume: bool,
    carried: Carried,
    unknown_flags: u64,
}

/// A row as it is written, and what it leaves blank.
struct Written {
    tick: Tick,
    blanks: u8,
}

impl TickText {
    /// Opens a text whose prices are those of `spec`. What is `stated` is its day, for layouts
    /// without dates whose file names do not give it, its clock and its columns.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a column is missing.
    pub fn open(
        input: &Input,
        layout: &'static Layout,
        stated: &Stated,
        symbol: SymbolId,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let (rows, lines) = TextRows::open(input, layout, stated)?;
        let others =
            if layout.is_by_name() { OtherSymbols::LeftOut } else { OtherSymbols::Refused };
        // In a table by name a volume may be a sum of sizes, which is no volume of a deal.
        let has_volume = !layout.is_by_name() || rows.are_whole(input, Field::Volume)?;
        let reader = Reader {
            rows,
            digits: Digits::of(spec),
            symbol,
            symbols: SymbolColumn::new(&spec.name, others),
            has_volume,
            carried: Carried::default(),
            unknown_flags: 0,
        };
        let (numbers, blanks) = (Vec::new(), Vec::new());
        Ok(Self { lines, reader, numbers, blanks, cells: BlankCells::Filled, one_sided: 0 })
    }

    /// Leaves blank cells to the caller.
    pub const fn leave_blanks(&mut self) {
        self.cells = BlankCells::Left;
    }

    /// What is blank in the n-th tick of the last batch; nothing where blanks are filled.
    #[must_use]
    pub fn blanks(&self, at: usize) -> u8 {
        self.blanks.get(at).copied().unwrap_or_default()
    }

    /// The symbols of the rows so far.
    #[must_use]
    pub const fn symbols(&self) -> &SymbolsFound {
        &self.reader.symbols.found
    }

    /// The clock of the times, if the file or its layout states it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the header names an unknown one.
    pub fn clock(&self) -> Result<Option<ServerZone>, DataError> {
        self.reader.rows.clock(&self.lines)
    }

    /// The number of rows so far that came before both sides were known, and are no ticks.
    #[must_use]
    pub const fn one_sided(&self) -> u64 {
        self.one_sided
    }

    /// The number of rows so far with undocumented bits in their flags.
    #[must_use]
    pub const fn unknown_flags(&self) -> u64 {
        self.reader.unknown_flags
    }

    /// The place of a tick of the last batch in the file.
    #[must_use]
    pub fn place(&self, at: usize) -> FilePlace {
        FilePlace::Line(self.numbers.get(at).copied().unwrap_or_else(|| self.lines.number()))
    }

    /// Replaces `batch` by the next ticks, in the order of the file, including zero quotes; empty
    /// at the end of the file.
    ///
    /// # Errors
    /// [`DataError`], with the line and the column.
    pub fn read(&mut self, batch: &mut TickColumns) -> Result<(), DataError> {
        batch.begin(self.reader.symbol, self.reader.digits.point());
        self.numbers.clear();
        self.blanks.clear();
        while batch.len() < BATCH_ROWS && self.lines.next_line()? {
            let written = match self.reader.row(&self.lines) {
                Ok(Some(written)) => written,
                Ok(None) => continue,
                Err(wrong) => return Err(self.reader.rows.wrong(&self.lines, wrong)),
            };
            let tick = if self.cells == BlankCells::Left {
                self.blanks.push(written.blanks);
                written.tick
            } else if let Some(tick) = self.reader.carried.fill(&written.tick, written.blanks) {
                tick
            } else {
                self.one_sided += 1;
                continue;
            };
            batch.push(&tick);
            self.numbers.push(self.lines.number());
        }
        if batch.is_empty() {
            self.reader.symbols.check(self.lines.path())?;
        }
        Ok(())
    }
}

impl Reader {
    /// A row as it is written; none when it is of another symbol.
    #[inline]
    fn row(&mut self, lines: &Lines) -> Result<Option<Written>, WrongRow> {
        let cells = self.rows.cut(lines)?;
        if self.rows.columns.has(Field::Pair) {
            let cell = self.rows.columns.cell(&cells, Field::Pair);
            let is_own = self.symbols.takes(cell);
            if !is_own.map_err(|flaw| WrongRow::Cell(Field::Pair, flaw))? {
                return Ok(None);
            }
        }
        let time_msc = self.rows.time_msc(&cells)?;
        if check_unit(time_msc.0).is_err() {
            return Err(self.too_early(&cells));
        }
        let mut blanks = 0;
        let mut price = |field, bit| {
            let price = self.price(&cells, field)?;
            blanks |= if price.is_none() { bit } else { 0 };
            Ok(price.unwrap_or(Price::ZERO))
        };
        let (bid, ask) = (price(Field::Bid, blank::BID)?, price(Field::Ask, blank::ASK)?);
        let last = price(Field::Last, blank::LAST)?;
        let volume = if self.has_volume { self.whole(&cells, Field::Volume)? } else { None };
        let flags = self.whole(&cells, Field::Flags)?;
        if volume.is_none() {
            blanks |= blank::VOLUME;
        }
        if flags.is_none() {
            blanks |= blank::FLAGS;
        }
        let flags = flags.unwrap_or_default();
        let known = TickFlags::from_mt5(flags);
        self.unknown_flags += u64::from(u32::from(known.bits()) != flags);
        let (symbol, volume) = (self.symbol, volume.unwrap_or_default());
        let tick = Tick { time_msc, bid, ask, last, volume, symbol, flags: known };
        Ok(Some(Written { tick, blanks }))
    }

    #[inline]
    fn price(&self, cells: &Cells<'_>, field: Field) -> Result<Option<Price>, WrongRow> {
        match self.rows.columns.cell(cells, field) {
            [] => self.blank(field),
            text => cell::price(text, &self.digits)
                .map(Some)
                .map_err(|flaw| WrongRow::Cell(field, flaw)),
        }
    }

    #[inline]
    fn whole(&self, cells: &Cells<'_>, field: Field) -> Result<Option<u32>, WrongRow> {
        match self.rows.columns.cell(cells, field) {
            [] => self.blank(field),
            text => cell::whole32(text).map(Some).map_err(|flaw| WrongRow::Cell(field, flaw)),
        }
    }

    #[inline]
    const fn blank<T>(&self, field: Field) -> Result<Option<T>, WrongRow> {
        match self.rows.layout.blank {
            Blank::Flaw if self.rows.columns.has(field) => {
                Err(WrongRow::Cell(field, CellFlaw::Blank))
            }
            Blank::Flaw | Blank::Unchanged => Ok(None),
        }
    }

    #[cold]
    fn too_early(&self, cells: &Cells<'_>) -> WrongRow {
        let is_moment = self.rows.columns.has(Field::Moment);
        let field = if is_moment { Field::Moment } else { Field::Date };
        WrongRow::Cell(field, CellFlaw::NotADate(shown(self.rows.columns.cell(cells, field))))
    }
}
