//! Ticks of a text in any layout, in the order of the file, each with its line.

use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::data::input::Input;
use crate::data::table::price_column::Digits;
use crate::data::text::cell::{self, shown};
use crate::data::text::header::Cells;
use crate::data::text::layout::{Blank, Field, Layout};
use crate::data::text::lines::Lines;
use crate::data::text::rows::{TextRows, WrongRow};
use crate::data::tick_file::check_unit;
use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::zone::ServerZone;
use crate::market::columns::TickColumns;
use jiff::civil::Date;

const BATCH_ROWS: usize = 8_192;
const BID: u32 = 2;
const ASK: u32 = 4;
const LAST: u32 = 8;
const VOLUME: u32 = 16;

/// The ticks of a text.
pub struct TickText {
    lines: Lines,
    reader: Reader,
    /// The line of each tick of the last batch.
    numbers: Vec<u64>,
    one_sided: u64,
}

/// State that is carried from row to row.
struct Reader {
    rows: TextRows,
    digits: Digits,
    symbol: SymbolId,
    symbol_name: String,
    bid: Option<Price>,
    ask: Option<Price>,
    last: Price,
    volume: u32,
    unknown_flags: u64,
}

/// The values given in a row.
#[derive(Debug, Clone, Copy)]
struct Told {
    bid: Option<Price>,
    ask: Option<Price>,
    last: Option<Price>,
    volume: Option<u32>,
}

impl TickText {
    /// Opens a text whose prices are those of `spec`. `date` is its day, for layouts without dates
    /// whose file names do not give it.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a column is missing.
    pub fn open(
        input: &Input,
        layout: &'static Layout,
        date: Option<Date>,
        symbol: SymbolId,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let (rows, lines) = TextRows::open(input, layout, date)?;
        let reader = Reader {
            rows,
            digits: Digits::of(spec),
            symbol,
            symbol_name: spec.name.clone(),
            bid: None,
            ask: None,
            last: Price::ZERO,
            volume: 0,
            unknown_flags: 0,
        };
        Ok(Self { lines, reader, numbers: Vec::new(), one_sided: 0 })
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
        while batch.len() < BATCH_ROWS && self.lines.next_line()? {
            match self.reader.row(self.lines.line()) {
                Ok(Some(tick)) => {
                    batch.push(&tick);
                    self.numbers.push(self.lines.number());
                }
                Ok(None) => self.one_sided += 1,
                Err(wrong) => return Err(self.reader.rows.wrong(&self.lines, wrong)),
            }
        }
        Ok(())
    }
}

impl Reader {
    /// The tick of a row; none until both sides are known.
    #[inline]
    fn row(&mut self, line: &[u8]) -> Result<Option<Tick>, WrongRow> {
        let cells = self.rows.cut(line)?;
        let time_msc = self.rows.time_msc(&cells)?;
        if check_unit(time_msc.0).is_err() {
            return Err(self.too_early(&cells));
        }
        if self.rows.columns.has(Field::Pair) {
            self.check_pair(&cells)?;
        }
        let told = Told {
            bid: self.price(&cells, Field::Bid)?,
            ask: self.price(&cells, Field::Ask)?,
            last: self.price(&cells, Field::Last)?,
            volume: self.whole(&cells, Field::Volume)?,
        };
        let flags = match self.whole(&cells, Field::Flags)? {
            Some(flags) => {
                self.unknown_flags +=
                    u64::from(u32::from(TickFlags::from_mt5(flags).bits()) != flags);
                flags
            }
            None => self.changed(told),
        };
        self.bid = told.bid.or(self.bid);
        self.ask = told.ask.or(self.ask);
        self.last = told.last.unwrap_or(self.last);
        self.volume = told.volume.unwrap_or(self.volume);
        Ok(self.bid.zip(self.ask).map(|(bid, ask)| Tick {
            time_msc,
            bid,
            ask,
            last: self.last,
            volume: self.volume,
            symbol: self.symbol,
            flags: TickFlags::from_mt5(flags),
        }))
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
        let field = if self.rows.columns.has(Field::Date) { Field::Date } else { Field::Moment };
        WrongRow::Cell(field, CellFlaw::NotADate(shown(self.rows.columns.cell(cells, field))))
    }

    /// `EUR/USD` matches EURUSD, whatever a broker appends to the name.
    fn check_pair(&self, cells: &Cells<'_>) -> Result<(), WrongRow> {
        let found = self.rows.columns.cell(cells, Field::Pair);
        let mut name = self.symbol_name.bytes();
        if found
            .iter()
            .filter(|&&byte| byte != b'/')
            .all(|byte| name.next().is_some_and(|own| own.eq_ignore_ascii_case(byte)))
        {
            return Ok(());
        }
        Err(WrongRow::Cell(
            Field::Pair,
            CellFlaw::OtherPair { found: shown(found), symbol: self.symbol_name.clone() },
        ))
    }

    /// The flags of a row that has none: what differs from the previous row or, when nothing
    /// differs, the values that are given.
    fn changed(&self, told: Told) -> u32 {
        let Told { bid, ask, last, volume } = told;
        let bits = [
            (BID, bid.is_some(), bid.is_some() && bid != self.bid),
            (ASK, ask.is_some(), ask.is_some() && ask != self.ask),
            (
                LAST,
                last.is_some_and(|last| last > Price::ZERO),
                last.is_some_and(|last| last != self.last),
            ),
            (
                VOLUME,
                volume.is_some_and(|volume| volume > 0),
                volume.is_some_and(|volume| volume != self.volume),
            ),
        ];
        let changed =
            bits.iter().filter(|(.., changed)| *changed).fold(0, |sum, (bit, ..)| sum | bit);
        if changed != 0 {
            changed
        } else {
            bits.iter().filter(|(_, written, _)| *written).fold(0, |sum, (bit, ..)| sum | bit)
        }
    }
}
