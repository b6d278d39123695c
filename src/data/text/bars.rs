//! MT5's bar export, with its header or without; daily and longer bars may lack the time of day.

use crate::data::bar_file::check_bar;
use crate::data::error::{CellFlaw, DataError};
use crate::data::price_column::Digits;
use crate::data::text::cell::{self, Dates};
use crate::data::text::header::{BAR_COLUMNS, Cells, Columns};
use crate::data::text::lines::Lines;
use crate::data::text::ticks::WrongRow;
use crate::domain::amount::{Points, Price};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use std::path::Path;

const NEEDED: [&str; 7] = ["DATE", "OPEN", "HIGH", "LOW", "CLOSE", "TICKVOL", "SPREAD"];

/// The bars of a text export.
pub struct BarText {
    lines: Lines,
    columns: Columns<9>,
    digits: Digits,
    dates: Dates,
    first: Option<String>,
    last_msc: Option<ServerMsc>,
}

impl BarText {
    /// Opens an export whose prices are those of `spec`.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, or a column missing.
    pub fn open(path: &Path, spec: &SymbolSpec) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let Some(line) = lines.next_line()?.map(str::to_owned) else {
            return Err(DataError::Empty { path: path.into(), what: "bar" });
        };
        let columns = Columns::find(path, &line, BAR_COLUMNS, &NEEDED, BAR_COLUMNS.len())?;
        let first = (!columns.header).then_some(line);
        Ok(Self { lines, columns, digits: Digits::of(spec), dates: Dates::default(), first, last_msc: None })
    }

    /// The next bar; none when the file has ended.
    ///
    /// # Errors
    /// [`DataError`] naming the line and the column.
    pub fn next_bar(&mut self) -> Result<Option<Bar>, DataError> {
        let first = self.first.take();
        let line = match &first {
            Some(line) => Some(line.as_str()),
            None => self.lines.next_line()?,
        };
        let Some(line) = line else { return Ok(None) };
        let bar = row(line, &self.columns, &self.digits, &mut self.dates);
        let bar = bar.map_err(|wrong| wrong.at(&self.lines))?;
        check_bar(self.lines.path(), self.lines.place(), self.last_msc, &bar)?;
        self.last_msc = Some(bar.time_msc);
        Ok(Some(bar))
    }
}

fn row(line: &str, columns: &Columns<9>, digits: &Digits, dates: &mut Dates) -> Result<Bar, WrongRow> {
    let cells = Cells::cut(line, columns.delimiter);
    if cells.count != columns.cells {
        return Err(WrongRow::Cells { found: cells.count, expected: columns.cells });
    }
    let wrong = |column: usize| move |flaw| WrongRow::Cell(BAR_COLUMNS[column], flaw);
    let text = |column: usize| columns.places[column].map(|at| cells.get(at));
    let filled = |column: usize| text(column).filter(|text| !text.is_empty()).ok_or(WrongRow::Cell(BAR_COLUMNS[column], CellFlaw::Blank));
    let price = |column: usize| -> Result<Price, WrongRow> { cell::price(filled(column)?, digits).map_err(wrong(column)) };
    let whole = |column: usize| cell::whole(filled(column)?).map_err(wrong(column));
    let day = dates.msc(text(0).unwrap_or_default()).map_err(wrong(0))?;
    let time = text(1).map_or(Ok(0), cell::time_of_day).map_err(wrong(1))?;
    let spread = i64::try_from(whole(8)?).map_err(|_| WrongRow::Cell("SPREAD", CellFlaw::TooLarge(text(8).unwrap_or_default().into())))?;
    Ok(Bar {
        time_msc: ServerMsc(day + time),
        open: price(2)?,
        high: price(3)?,
        low: price(4)?,
        close: price(5)?,
        tick_volume: whole(6)?,
        // Only exports of deals have it.
        real_volume: if columns.places[7].is_some() { whole(7)? } else { 0 },
        spread: Points(spread),
    })
}
