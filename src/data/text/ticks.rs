//! MT5's tick export: blank cells carry the last value forward, flags may be missing.

use crate::data::error::{CellFlaw, DataError, LineFlaw, Place};
use crate::data::price_column::Digits;
use crate::data::text::cell::{self, Dates};
use crate::data::text::header::{Cells, Columns, TICK_COLUMNS};
use crate::data::text::lines::Lines;
use crate::data::tick_file::check_unit;
use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use std::path::Path;

const BATCH_ROWS: usize = 8_192;
const BID: u32 = 2;
const ASK: u32 = 4;
const LAST: u32 = 8;
const VOLUME: u32 = 16;

/// The ticks of a text export.
pub struct TickText {
    lines: Lines,
    reader: Reader,
    /// The first line where it is no header.
    first: Option<String>,
    /// Where the ticks of the last batch stand.
    places: Vec<Place>,
    one_sided: u64,
}

/// What carries over from row to row.
struct Reader {
    columns: Columns<7>,
    digits: Digits,
    symbol: SymbolId,
    dates: Dates,
    bid: Option<Price>,
    ask: Option<Price>,
    last: Price,
    volume: u32,
}

impl TickText {
    /// Opens an export whose prices are those of `spec`.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a column missing.
    pub fn open(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let Some(line) = lines.next_line()?.map(str::to_owned) else {
            return Err(DataError::Empty { path: path.into(), what: "tick" });
        };
        let columns = Columns::find(path, &line, TICK_COLUMNS, &TICK_COLUMNS[..4], 4)?;
        let first = (!columns.header).then_some(line);
        let digits = Digits::of(spec);
        let reader = Reader { columns, digits, symbol, dates: Dates::default(), bid: None, ask: None, last: Price::ZERO, volume: 0 };
        Ok(Self { lines, reader, first, places: Vec::new(), one_sided: 0 })
    }

    /// Rows so far that came before both sides were known, and so are no ticks.
    #[must_use]
    pub const fn one_sided(&self) -> u64 {
        self.one_sided
    }

    /// Where the row of the n-th tick of the last batch stands.
    #[must_use]
    pub fn place(&self, at: usize) -> Place {
        self.places[at]
    }

    /// Replaces `batch` by the next ticks; none when the file has ended. Quotes of zero are given on.
    ///
    /// # Errors
    /// [`DataError`] naming the line and the column.
    pub fn read(&mut self, batch: &mut Vec<Tick>) -> Result<(), DataError> {
        batch.clear();
        self.places.clear();
        while batch.len() < BATCH_ROWS {
            let first = self.first.take();
            let line = match &first {
                Some(line) => Some(line.as_str()),
                None => self.lines.next_line()?,
            };
            let Some(line) = line else { break };
            let row = self.reader.row(line);
            match row.map_err(|wrong| wrong.at(&self.lines))? {
                Some(tick) => {
                    batch.push(tick);
                    self.places.push(self.lines.place());
                }
                None => self.one_sided += 1,
            }
        }
        Ok(())
    }
}

/// What is wrong with a row of a text.
pub(super) enum WrongRow {
    Cells { found: usize, expected: usize },
    Cell(&'static str, CellFlaw),
}

impl WrongRow {
    pub(super) fn at(self, lines: &Lines) -> DataError {
        let (path, place) = (lines.path(), lines.place());
        match self {
            Self::Cell(column, flaw) => DataError::cell(path, place, column, flaw),
            Self::Cells { found, expected } => DataError::Line { path: path.into(), place, flaw: LineFlaw::Cells { found, expected } },
        }
    }
}

impl Reader {
    /// The tick of a row; none until both sides are known.
    fn row(&mut self, line: &str) -> Result<Option<Tick>, WrongRow> {
        let cells = Cells::cut(line, self.columns.delimiter);
        if cells.count != self.columns.cells {
            return Err(WrongRow::Cells { found: cells.count, expected: self.columns.cells });
        }
        let text = |column: usize| self.columns.places[column].map_or("", |at| cells.get(at));
        let day = self.dates.msc(text(0)).map_err(|flaw| WrongRow::Cell("DATE", flaw))?;
        let time_msc = day + cell::time_of_day(text(1)).map_err(|flaw| WrongRow::Cell("TIME", flaw))?;
        check_unit(time_msc).map_err(|_| WrongRow::Cell("DATE", CellFlaw::NotADate(text(0).into())))?;
        let price = |column: usize| match text(column) {
            "" => Ok(None),
            text => cell::price(text, &self.digits).map(Some).map_err(|flaw| WrongRow::Cell(TICK_COLUMNS[column], flaw)),
        };
        let whole = |column: usize| match text(column) {
            "" => Ok(None),
            text => cell::whole32(text).map(Some).map_err(|flaw| WrongRow::Cell(TICK_COLUMNS[column], flaw)),
        };
        let (bid, ask, last, volume, flags) = (price(2)?, price(3)?, price(4)?, whole(5)?, whole(6)?);
        let told = (bid, ask, last, volume);
        let flags = flags.unwrap_or_else(|| self.changed(told));
        self.bid = bid.or(self.bid);
        self.ask = ask.or(self.ask);
        self.last = last.unwrap_or(self.last);
        self.volume = volume.unwrap_or(self.volume);
        Ok(self.bid.zip(self.ask).map(|(bid, ask)| Tick {
            time_msc: ServerMsc(time_msc),
            bid,
            ask,
            last: self.last,
            volume: self.volume,
            symbol: self.symbol,
            flags: TickFlags::from_mt5(flags),
        }))
    }

    /// The flags of a row that has none: what differs from the row before; where nothing does, what is written.
    fn changed(&self, (bid, ask, last, volume): (Option<Price>, Option<Price>, Option<Price>, Option<u32>)) -> u32 {
        let bits = [
            (BID, bid.is_some(), bid.is_some() && bid != self.bid),
            (ASK, ask.is_some(), ask.is_some() && ask != self.ask),
            (LAST, last.is_some_and(|last| last > Price::ZERO), last.is_some_and(|last| last != self.last)),
            (VOLUME, volume.is_some_and(|volume| volume > 0), volume.is_some_and(|volume| volume != self.volume)),
        ];
        let changed = bits.iter().filter(|(.., changed)| *changed).fold(0, |sum, (bit, ..)| sum | bit);
        if changed != 0 { changed } else { bits.iter().filter(|(_, written, _)| *written).fold(0, |sum, (bit, ..)| sum | bit) }
    }
}
