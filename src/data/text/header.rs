//! The columns of a text: given by its header or, without one, by the order of the layout.

use crate::data::column_map::{ColumnMap, MappedColumn};
use crate::data::error::{DataError, LineFlaw};
use crate::data::text::field::{FIELDS, Field};
use crate::data::text::layout::{Blank, Column, LAYOUTS, Layout, Presence, is};
use crate::data::text::lines::Lines;
use crate::data::text::moment::time_of_day;
use std::collections::BTreeSet;

/// Possible delimiters of cells.
const DELIMITERS: [u8; 3] = *b"\t;,";

/// The number of cells of a line that are kept. Layouts have at most eleven, and an index before
/// them.
const CELLS_MAX: usize = 32;

/// A line, cut into cells.
pub struct Cells<'a> {
    line: &'a [u8],
    /// The index after the end of each cell.
    ends: [u16; CELLS_MAX],
    /// The number of cells, including those that are not kept.
    pub count: usize,
}

impl<'a> Cells<'a> {
    /// Cuts `line` at `delimiter`. It must be no longer than a line may be.
    #[inline]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "lines are no longer than 4,096 bytes")]
    pub fn cut(line: &'a [u8], delimiter: u8) -> Self {
        let (mut ends, mut count) = ([0; CELLS_MAX], 0);
        for at in memchr::memchr_iter(delimiter, line) {
            if let Some(end) = ends.get_mut(count) {
                *end = at as u16;
            }
            count += 1;
        }
        if let Some(end) = ends.get_mut(count) {
            *end = line.len() as u16;
        }
        Self { line, ends, count: count + 1 }
    }

    /// The cell at an index, without blanks and quotes around it; blank beyond the last.
    #[inline]
    #[must_use]
    pub fn get(&self, at: usize) -> &'a [u8] {
        let from = if at == 0 {
            0
        } else {
            self.ends.get(at - 1).map_or(usize::MAX, |&end| usize::from(end) + 1)
        };
        let until = self.ends.get(at).map_or(0, |&end| usize::from(end));
        let cell = self.line.get(from..until).unwrap_or_default();
        match cell {
            [b' ' | b'"', ..] | [.., b' ' | b'"'] => trim(cell),
            _ => cell,
        }
    }
}

fn trim(mut cell: &[u8]) -> &[u8] {
    while let [b' ' | b'"', rest @ ..] = cell {
        cell = rest;
    }
    while let [rest @ .., b' ' | b'"'] = cell {
        cell = rest;
    }
    cell
}

/// The delimiter of the cells in `line`: the possible one that occurs most often.
#[must_use]
pub fn delimiter(line: &[u8]) -> u8 {
    let count = |&mark: &u8| memchr::memchr_iter(mark, line).count();
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b'\t')
}

/// The names of a header's columns without their brackets, in capitals; none when the line is no
/// header. A header has a name that is known, or that `map` says.
#[must_use]
pub fn names(line: &[u8], map: &ColumnMap) -> Option<Vec<String>> {
    let line = String::from_utf8_lossy(line);
    let cells: Vec<&str> = line.split(char::from(delimiter(line.as_bytes()))).collect();
    let bare = |cell: &&str| cell.trim_matches([' ', '"', '<', '>']).to_uppercase();
    let bracketed =
        cells.iter().any(|cell| cell.trim().starts_with('<') && cell.trim().ends_with('>'));
    let names: Vec<String> = cells.iter().map(bare).collect();
    let is_known = |title: &String| {
        let known = || columns().any(|column| column.names.iter().any(|name| is(name, title)));
        !title.is_empty() && (known() || (map.names(title) && title.parse::<usize>().is_err()))
    };
    (names.iter().any(is_known) || (bracketed && cells.len() > 1)).then_some(names)
}

fn columns() -> impl Iterator<Item = &'static Column> {
    LAYOUTS.into_iter().flat_map(|layout| layout.columns)
}

/// The layout that a header fits best; none when it has no price of any. When `map` says what
/// columns mean, the table is read by their names.
#[must_use]
pub fn layout_of(names: &[String], map: &ColumnMap) -> Option<&'static Layout> {
    let found = |column: &&Column| place(column, names, map).is_some();
    let priced = |layout: &&Layout| {
        let price = |column: &&Column| {
            matches!(column.field, Field::Bid | Field::Ask | Field::Open | Field::Close)
        };
        layout.columns.iter().filter(price).any(|column| found(&column))
    };
    let fits = |layout: &&Layout| {
        layout.may_have_header() && (map.is_empty() || layout.is_by_name()) && priced(layout)
    };
    LAYOUTS.into_iter().filter(fits).min_by_key(|layout| {
        let missing = layout
            .columns
            .iter()
            .filter(|column| column.presence == Presence::Needed && !found(column))
            .count();
        let places: BTreeSet<usize> =
            layout.columns.iter().filter_map(|column| place(column, names, map)).collect();
        (missing, usize::MAX - places.len())
    })
}

/// The index of a column in a header.
fn place(column: &Column, titles: &[String], map: &ColumnMap) -> Option<usize> {
    match map.of(column.field) {
        Some(mapped) => mapped.place(titles),
        None => column.find(titles),
    }
}

/// The indices of a layout's columns in a line.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The delimiter of the cells.
    pub delimiter: u8,
    /// The number of cells of a line.
    pub cells: usize,
    /// The number of cells that a line has at least: those behind are optional and may be left away
    /// when they are blank.
    pub cells_min: usize,
    /// The names of the cells in messages.
    titles: Vec<String>,
    places: [Option<u8>; FIELDS],
}

impl Columns {
    /// Reads them from the first line of a text. The next line is then the first row.
    ///
    /// # Errors
    /// [`DataError`]: there is no line or no row, a column is missing or occurs twice, or the
    /// number of cells does not fit.
    pub fn find(lines: &mut Lines, layout: &Layout, map: &ColumnMap) -> Result<Self, DataError> {
        if !lines.next_line()? {
            return Err(DataError::Empty { path: lines.path().into(), what: layout.format.kind() });
        }
        let line = lines.line();
        let delimiter = delimiter(line);
        let count = Cells::cut(line, delimiter).count;
        let Some(titles) = names(line, map) else {
            let columns = if map.is_empty() {
                Self::headerless(lines, layout, delimiter)
            } else {
                let numbers = (1..=count.min(CELLS_MAX)).map(|number| number.to_string()).collect();
                Self::of_titles(lines, layout, map, (delimiter, numbers))
            };
            lines.put_back();
            return columns;
        };
        if let Some((_, column)) = titles
            .iter()
            .enumerate()
            .find(|(at, name)| !name.is_empty() && titles[..*at].contains(name))
        {
            return Err(DataError::DoubleColumn {
                path: lines.path().into(),
                column: column.clone(),
            });
        }
        if titles.len() > CELLS_MAX {
            return Err(lines
                .flawed(LineFlaw::Cells { found: titles.len(), expected: layout.columns.len() }));
        }
        let mut columns = Self::of_titles(lines, layout, map, (delimiter, titles))?;
        if !lines.next_line()? {
            let what = "row, only a header";
            return Err(DataError::Empty { path: lines.path().into(), what });
        }
        columns.split_time(&Cells::cut(lines.line(), delimiter));
        lines.put_back();
        Ok(columns)
    }

    fn of_titles(
        lines: &Lines,
        layout: &Layout,
        map: &ColumnMap,
        (delimiter, titles): (u8, Vec<String>),
    ) -> Result<Self, DataError> {
        let path = || lines.path().to_owned();
        if let Some(unknown) =
            map.0.iter().find(|column| column.title.is_some() && column.place(&titles).is_none())
        {
            let column = unknown.title.clone().unwrap_or_default();
            return Err(DataError::MissingColumn { path: path(), column, found: titles });
        }
        let (mut places, mut cells_min) = ([None; FIELDS], 0);
        for column in layout.columns {
            let place = place(column, &titles, map);
            match place {
                None if column.presence == Presence::Optional => {}
                None if layout.is_by_name() => {
                    let word = MappedColumn { field: column.field, title: None }.word();
                    return Err(DataError::UnmappedColumn { path: path(), word, found: titles });
                }
                None => {
                    let column = column.names[0].into();
                    return Err(DataError::MissingColumn { path: path(), column, found: titles });
                }
                Some(at) if column.presence == Presence::Needed => {
                    cells_min = cells_min.max(at + 1);
                }
                Some(_) => {}
            }
            places[column.field as usize] = place.and_then(|place| u8::try_from(place).ok());
        }
        if layout.blank == Blank::Flaw {
            cells_min = titles.len();
        }
        let mut columns = Self { delimiter, cells: titles.len(), cells_min, titles, places };
        // Without a header the first line is a row.
        if layout.is_by_name() {
            columns.split_time(&Cells::cut(lines.line(), delimiter));
        }
        Ok(columns)
    }

    /// A table by name may have its time in two cells, one for the day: then the other has the time
    /// of day, as the first row shows.
    fn split_time(&mut self, first: &Cells<'_>) {
        let [date, moment] = [Field::Date, Field::Moment].map(|field| self.places[field as usize]);
        let (Some(date), Some(moment)) = (date, moment) else { return };
        let cell = first.get(usize::from(moment));
        let is_of_day = date != moment && time_of_day(cell).is_some();
        if is_of_day {
            self.places[Field::Time as usize] = Some(moment);
            self.places[Field::Moment as usize] = None;
        }
    }

    fn headerless(lines: &Lines, layout: &Layout, delimiter: u8) -> Result<Self, DataError> {
        let cells = Cells::cut(lines.line(), delimiter);
        let mut columns: Vec<&Column> = layout.columns.iter().collect();
        let mut least = layout.headerless_min.unwrap_or(usize::MAX);
        let timed = cells.get(1).contains(&b':');
        if !timed
            && let Some(at) = columns.iter().position(|column| {
                column.field == Field::Time && column.presence == Presence::Optional
            })
        {
            columns.remove(at);
            least -= 1;
        }
        // Only a header tells of a day apart, and of what stands behind it.
        if layout.is_by_name()
            && let Some(at) = columns.iter().position(|column| column.field == Field::Date)
        {
            columns.truncate(at);
        }
        if layout.headerless_min.is_none() {
            return Err(lines.flawed(LineFlaw::NoHeader(layout.format.name())));
        }
        if cells.count < least || cells.count > columns.len() {
            return Err(
                lines.flawed(LineFlaw::Cells { found: cells.count, expected: columns.len() })
            );
        }
        columns.truncate(cells.count);
        let mut places = [None; FIELDS];
        for (column, at) in columns.iter().zip(0..) {
            places[column.field as usize] = Some(at);
        }
        let titles = columns.iter().map(|column| column.names[0].to_owned()).collect();
        Ok(Self { delimiter, cells: cells.count, cells_min: cells.count, titles, places })
    }

    /// Whether the file has the column of a field.
    #[must_use]
    pub const fn has(&self, field: Field) -> bool {
        self.places[field as usize].is_some()
    }

    /// The file's name for the column of a field.
    #[must_use]
    pub fn title(&self, field: Field) -> &str {
        self.places[field as usize]
            .and_then(|at| self.titles.get(usize::from(at)))
            .map_or("", String::as_str)
    }

    /// The cell of a field; blank when the file has no such column.
    #[inline]
    #[must_use]
    pub fn cell<'a>(&self, cells: &Cells<'a>, field: Field) -> &'a [u8] {
        self.places[field as usize].map_or(&[], |at| cells.get(usize::from(at)))
    }
}
