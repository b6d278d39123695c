//! What rows of ticks and of bars have in common: cells, times, and the errors of wrong rows.

use crate::data::error::{CellFlaw, DataError, LineFlaw};
use crate::data::format::LayoutClock;
use crate::data::input::Input;
use crate::data::text::cell::{self, shown};
use crate::data::text::header::{self, Cells, Columns};
use crate::data::text::layout::{Field, Layout, TimeFormat};
use crate::data::text::lines::Lines;
use crate::data::text::moment::{Dates, day_in_name, since_midnight, time_of_day};
use crate::data::tick_file::check_unit;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use jiff::civil::Date;

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
        date: Option<Date>,
    ) -> Result<(Self, Lines), DataError> {
        let day_msc = match layout.written {
            TimeFormat::SinceMidnight => {
                let stated = date.map(|date| ServerMsc::from_civil(date.at(0, 0, 0, 0)).0);
                let day = stated.or_else(|| input.file_names().find_map(day_in_name));
                day.ok_or_else(|| DataError::NoDay { path: input.name().into() })?
            }
            _ => 0,
        };
        let mut lines = Lines::open(input)?;
        let columns = Columns::find(&mut lines, layout)?;
        let mut times = Times { dates: Dates::default(), day_msc, ahead: None };
        if lines.next_line()? {
            let cells = Cells::cut(lines.line(), columns.delimiter);
            times.ahead = Dates::default()
                .moment(columns.cell(&cells, Field::Moment))
                .and_then(|moment| moment.ahead_ms);
            lines.put_back();
        }
        Ok((Self { columns, layout, times }, lines))
    }

    /// The clock of the times, if the file or its layout states it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the header names an unknown one.
    pub fn clock(&self, lines: &Lines) -> Result<Option<ServerZone>, DataError> {
        if self.layout.clock != LayoutClock::Told {
            return Ok(self.layout.clock.zone());
        }
        if self.times.ahead.is_some() {
            return Ok(Some(ServerZone::utc()));
        }
        let title = self.columns.title(Field::Moment);
        let named = title.strip_prefix("TIME (").and_then(|zone| zone.strip_suffix(')'));
        match (title, named) {
            ("LOCAL TIME", _) => Ok(None),
            (_, Some(zone)) => zone
                .parse()
                .map(Some)
                .map_err(|source| DataError::Clock { path: lines.path().into(), source }),
            (_, None) => Ok(Some(ServerZone::utc())),
        }
    }

    /// Cuts a line into the cells of a row.
    ///
    /// # Errors
    /// [`WrongRow::Cells`].
    #[inline]
    pub fn cut<'a>(&self, line: &'a [u8]) -> Result<Cells<'a>, WrongRow> {
        let cells = Cells::cut(line, self.columns.delimiter);
        if cells.count == self.columns.cells {
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
        if self.layout.written != TimeFormat::DayAndTime {
            let text = self.columns.cell(cells, Field::Moment);
            return self
                .times
                .one_cell(text, self.layout)
                .map(ServerMsc)
                .map_err(|flaw| WrongRow::Cell(Field::Moment, flaw));
        }
        let date = self.columns.cell(cells, Field::Date);
        // Year first, as the terminal writes it. No other order is guessed.
        let year_first = date.get(4).is_some_and(|byte| !byte.is_ascii_digit());
        let day = self.times.dates.msc(date).filter(|&day| day >= 0 && year_first);
        let day =
            day.ok_or_else(|| WrongRow::Cell(Field::Date, CellFlaw::NotADate(shown(date))))?;
        if !self.columns.has(Field::Time) {
            return Ok(ServerMsc(day));
        }
        let time = self.columns.cell(cells, Field::Time);
        match time_of_day(time) {
            Some(msc) => Ok(ServerMsc(day + msc)),
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
                if !line.iter().any(u8::is_ascii_digit) && header::names(line).is_some() =>
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

/// An example of a time in this layout, for messages.
const fn example(layout: &Layout) -> &'static str {
    match (layout.written, layout.clock) {
        (TimeFormat::TextOrSeconds, _) => "2025-09-22 16:00:00 or 1758556800",
        (TimeFormat::TextOrMilliseconds, LayoutClock::Told) => {
            "22.09.2025 16:00:00.073 or 1758556800073"
        }
        (TimeFormat::TextOrMilliseconds, _) => "2025-09-22 16:00:00.073 or 1758556800073",
        (_, LayoutClock::EasternStandard) => "20250922 160000",
        _ => "20250922 16:00:00.073",
    }
}
