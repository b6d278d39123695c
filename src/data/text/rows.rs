//! What rows of ticks and of bars have in common: cells, times, and the errors of wrong rows.

use crate::data::column_map::ColumnMap;
use crate::data::error::{CellFlaw, DataError, LineFlaw};
use crate::data::format::{LayoutClock, Stated};
use crate::data::input::Input;
use crate::data::text::cell::{self, shown};
use crate::data::text::field::Field;
use crate::data::text::header::{self, Cells, Columns};
use crate::data::text::layout::{Layout, TimeFormat, zone_of};
use crate::data::text::lines::Lines;
use crate::data::text::moment::{Dates, day_in_name, since_midnight, time_of_day};
use crate::data::text::sample::first_lines;
use crate::data::tick_file::check_unit;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;

/// 2100-01-01: no tick and no bar is of a later time.
const MSC_MAX: i64 = 4_102_444_800_000;

/// What is wrong with a row of a text.
pub enum WrongRow {
    /// The number of its cells is wrong.
    Cells(usize),
    /// The value of one cell is wrong.
    Cell(Field, CellFlaw),
}

/// Cuts rows and reads their times.
pub struct TextRows {
    /// The columns of the file.
    pub columns: Columns,
    /// The layout of the rows.
    pub layout: &'static Layout,
    /// The clock that is stated for times that say none.
    zone: Option<ServerZone>,
    times: Times,
}

/// The state of reading times.
struct Times {
    dates: Dates,
    /// The day in the file's name.
    day_msc: i64,
    /// The offset from UTC in the first row's time; none when it has none, and then no other row
    /// may have one.
    ahead: Option<i64>,
    /// Whether the first row's time is a number.
    counted: bool,
}

impl TextRows {
    /// Reads the file's name, header and first row. The next line is then the first row.
    ///
    /// # Errors
    /// [`DataError`]: not readable, not text, a column is missing, or there is no day for rows that
    /// only have times of day.
    pub fn open(
        input: &Input,
        layout: &'static Layout,
        stated: &Stated,
    ) -> Result<(Self, Lines), DataError> {
        let day_msc = match layout.written {
            TimeFormat::SinceMidnight => {
                let stated = stated.date.map(|date| ServerMsc::from_civil(date.at(0, 0, 0, 0)).0);
                let day = stated.or_else(|| input.file_names().find_map(day_in_name));
                day.ok_or_else(|| DataError::NoDay { path: input.name().into() })?
            }
            _ => 0,
        };
        let mut lines = Lines::open(input)?;
        let columns = Columns::find(&mut lines, layout, &stated.map)?;
        let mut times = Times { dates: Dates::default(), day_msc, ahead: None, counted: false };
        if lines.next_line()? {
            let cells = Cells::cut(lines.line(), columns.delimiter);
            let cell = columns.cell(&cells, Field::Moment);
            times.ahead = Dates::default().moment(cell).and_then(|moment| moment.ahead_ms);
            times.counted = epoch_msc(cell).is_some();
            lines.put_back();
        }
        Ok((Self { columns, layout, zone: stated.zone.clone(), times }, lines))
    }

    /// The clock of the times: the one that the file states, or else the one that is stated for it,
    /// or else that of its layout.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the header names an unknown one.
    pub fn clock(&self, lines: &Lines) -> Result<Option<ServerZone>, DataError> {
        if self.layout.clock == LayoutClock::Told
            && let Some(told) = self.told_clock(lines)?
        {
            return Ok(Some(told));
        }
        Ok(self.zone.clone().or_else(|| self.layout.clock.zone()))
    }

    fn told_clock(&self, lines: &Lines) -> Result<Option<ServerZone>, DataError> {
        if self.times.ahead.is_some() {
            return Ok(Some(ServerZone::utc()));
        }
        let title = self.columns.title(Field::Moment);
        // The MT5 API counts seconds by the server's clock and calls them `time`.
        if self.times.counted && !matches!(title, "TIME" | "TIME_MSC") {
            return Ok(Some(ServerZone::utc()));
        }
        let named = title.strip_prefix("TIME (").and_then(|zone| zone.strip_suffix(')'));
        match (title, named) {
            ("GMT TIME", _) => Ok(Some(ServerZone::utc())),
            (_, Some(zone)) => zone
                .parse()
                .map(Some)
                .map_err(|source| DataError::Clock { path: lines.path().into(), source }),
            (_, None) => Ok(zone_of(title)),
        }
    }

    /// Whether the first rows have a column, with whole numbers of which one is not zero.
    ///
    /// # Errors
    /// [`DataError`]: not readable.
    pub fn are_whole(&self, input: &Input, field: Field) -> Result<bool, DataError> {
        if !self.columns.has(field) {
            return Ok(false);
        }
        let mut is_said = false;
        for line in &first_lines(input)? {
            let cells = Cells::cut(line, self.columns.delimiter);
            let cell = self.columns.cell(&cells, field);
            // A header is no number.
            if !cell.iter().any(u8::is_ascii_digit) {
                continue;
            }
            match cell::whole(cell) {
                Ok(value) => is_said |= value > 0,
                Err(_) => return Ok(false),
            }
        }
        Ok(is_said)
    }

    /// Cuts a line into the cells of a row.
    ///
    /// # Errors
    /// [`WrongRow::Cells`].
    #[inline]
    pub fn cut<'a>(&self, lines: &'a Lines) -> Result<Cells<'a>, WrongRow> {
        let cells = Cells::cut(lines.line(), self.columns.delimiter);
        let is_short = cells.count < self.columns.cells;
        let is_right = !is_short || (cells.count >= self.columns.cells_min && !lines.is_unended());
        if is_right && cells.count <= self.columns.cells {
            Ok(cells)
        } else {
            Err(WrongRow::Cells(cells.count))
        }
    }

    /// The time of a row.
    ///
    /// # Errors
    /// [`WrongRow::Cell`].
    #[inline]
    pub fn time_msc(&mut self, cells: &Cells<'_>) -> Result<ServerMsc, WrongRow> {
        let is_apart = self.columns.has(Field::Date) && !self.columns.has(Field::Moment);
        let msc = if is_apart { self.day_and_time(cells)? } else { self.moment(cells)? };
        if msc < MSC_MAX {
            return Ok(ServerMsc(msc));
        }
        let field = if is_apart { Field::Date } else { Field::Moment };
        let text = shown(self.columns.cell(cells, field));
        Err(WrongRow::Cell(field, CellFlaw::FarYear(text)))
    }

    #[inline]
    fn moment(&mut self, cells: &Cells<'_>) -> Result<i64, WrongRow> {
        let text = self.columns.cell(cells, Field::Moment);
        self.times.one_cell(text, self.layout).map_err(|flaw| WrongRow::Cell(Field::Moment, flaw))
    }

    #[inline]
    fn day_and_time(&mut self, cells: &Cells<'_>) -> Result<i64, WrongRow> {
        let date = self.columns.cell(cells, Field::Date);
        // Year first, as the terminal writes it. No other order is guessed.
        let year_first = date.get(4).is_some_and(|byte| !byte.is_ascii_digit()) || date.len() == 8;
        let day = self.times.dates.msc(date).filter(|&day| day >= 0 && year_first);
        let day =
            day.ok_or_else(|| WrongRow::Cell(Field::Date, CellFlaw::NotADate(shown(date))))?;
        if !self.columns.has(Field::Time) {
            return Ok(day);
        }
        let time = self.columns.cell(cells, Field::Time);
        match time_of_day(time) {
            Some(msc) => Ok(day + msc),
            None => Err(WrongRow::Cell(Field::Time, CellFlaw::NotATime(shown(time)))),
        }
    }

    /// The error of a row, at the current line.
    #[cold]
    #[must_use]
    pub fn wrong(&self, lines: &Lines, wrong: WrongRow) -> DataError {
        let line = lines.line();
        if line.contains(&0) {
            return lines.flawed(LineFlaw::Nul);
        }
        match wrong {
            WrongRow::Cells(found) => {
                let expected = self.columns.cells;
                let cut_off = lines.is_unended() && found < expected;
                lines.flawed(if cut_off {
                    LineFlaw::CutOff { found, expected }
                } else {
                    LineFlaw::Cells { found, expected }
                })
            }
            WrongRow::Cell(..)
                if !line.iter().any(u8::is_ascii_digit)
                    && header::names(line, &ColumnMap::default()).is_some() =>
            {
                lines.flawed(LineFlaw::SecondHeader)
            }
            WrongRow::Cell(field, flaw) => {
                DataError::cell(lines.path(), lines.place(), self.columns.title(field), flaw)
            }
        }
    }
}

impl Times {
    /// Milliseconds since 1970 by the file's clock.
    #[inline]
    fn one_cell(&mut self, text: &[u8], layout: &Layout) -> Result<i64, CellFlaw> {
        let digits = !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_digit);
        match layout.written {
            TimeFormat::SinceMidnight => match since_midnight(text) {
                Some(msc) => Ok(self.day_msc + msc),
                None => Err(CellFlaw::NotSinceMidnight(shown(text))),
            },
            TimeFormat::TextOrMilliseconds if digits && text.len() != 8 => {
                let msc = cell::whole(text)?.cast_signed();
                check_unit(msc).map(|()| msc)
            }
            TimeFormat::TextOrSeconds if digits && text.len() != 8 => {
                match cell::whole(text)?.cast_signed() * 1000 {
                    msc @ ..100_000_000_000_000 => Ok(msc),
                    _ => Err(CellFlaw::NotAMoment(shown(text), example(layout))),
                }
            }
            TimeFormat::Any if self.counted => {
                epoch_msc(text).ok_or_else(|| CellFlaw::NotAMoment(shown(text), example(layout)))
            }
            _ => self.text(text, layout),
        }
    }

    fn text(&mut self, text: &[u8], layout: &Layout) -> Result<i64, CellFlaw> {
        let moment = self.dates.moment(text).filter(|moment| moment.msc >= 0);
        let moment = moment.ok_or_else(|| CellFlaw::NotAMoment(shown(text), example(layout)))?;
        match (layout.clock, moment.ahead_ms) {
            (LayoutClock::Told, ahead) if ahead.is_some() != self.ahead.is_some() => {
                Err(CellFlaw::OtherOffset(shown(text)))
            }
            (LayoutClock::Told, Some(ahead)) => Ok(moment.msc - ahead),
            // Python labels the server's time as UTC.
            (_, None) | (LayoutClock::Server | LayoutClock::Utc, Some(0)) => Ok(moment.msc),
            (_, Some(_)) => Err(CellFlaw::NotAMoment(shown(text), example(layout))),
        }
    }
}

/// Milliseconds since 1970, given as seconds, milliseconds, microseconds or nanoseconds: of the
/// years from 2001 to 2286 the number of digits tells which.
fn epoch_msc(text: &[u8]) -> Option<i64> {
    let value = || cell::whole(text).ok().and_then(|value| i64::try_from(value).ok());
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match text.len() {
        10 => value()?.checked_mul(1000),
        13 => value(),
        16 => Some(value()? / 1000),
        19 => Some(value()? / 1_000_000),
        _ => None,
    }
}

/// An example of a time in this layout, for messages.
const fn example(layout: &Layout) -> &'static str {
    match (layout.written, layout.clock) {
        (TimeFormat::Any, _) => "2025-09-22 16:00:00.073, or one of 10, 13, 16 or 19 digits",
        (TimeFormat::TextOrSeconds, _) => "2025-09-22 16:00:00 or 1758556800",
        (TimeFormat::TextOrMilliseconds, LayoutClock::Told) => {
            "22.09.2025 16:00:00.073 or 1758556800073"
        }
        (TimeFormat::TextOrMilliseconds, _) => "2025-09-22 16:00:00.073 or 1758556800073",
        (_, LayoutClock::EasternStandard) => "20250922 160000",
        _ => "20250922 16:00:00.073",
    }
}
