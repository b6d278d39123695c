//! Which column of a text is what: told by its header, or by the number of cells where there is none.

use crate::data::error::{DataError, LineFlaw, Place};
use std::path::Path;

/// What may stand between cells.
const DELIMITERS: [char; 3] = ['\t', ';', ','];
/// Columns of a tick export, in its order.
pub const TICK_COLUMNS: [&str; 7] = ["DATE", "TIME", "BID", "ASK", "LAST", "VOLUME", "FLAGS"];
/// Columns of a bar export, in its order.
pub const BAR_COLUMNS: [&str; 9] = ["DATE", "TIME", "OPEN", "HIGH", "LOW", "CLOSE", "TICKVOL", "VOL", "SPREAD"];

/// Cells of a line that are kept; exports have at most nine.
const CELLS_MAX: usize = 16;

/// A line, cut into cells.
pub struct Cells<'a> {
    cells: [&'a str; CELLS_MAX],
    /// How many there are, also of those beyond what is kept.
    pub count: usize,
}

impl<'a> Cells<'a> {
    /// Cuts `line` at `delimiter`.
    #[must_use]
    pub fn cut(line: &'a str, delimiter: char) -> Self {
        let mut cells = [""; CELLS_MAX];
        let mut count = 0;
        for cell in line.split(delimiter) {
            if let Some(place) = cells.get_mut(count) {
                *place = cell.trim_matches([' ', '"']);
            }
            count += 1;
        }
        Self { cells, count }
    }

    /// The cell at a place; blank beyond the end.
    #[must_use]
    pub fn get(&self, at: usize) -> &'a str {
        self.cells.get(at).copied().unwrap_or_default()
    }
}

/// What stands between the cells of `line`: of those that may, the one that stands there most often.
#[must_use]
pub fn delimiter(line: &str) -> char {
    let count = |delimiter: char| line.matches(delimiter).count();
    DELIMITERS.into_iter().rev().max_by_key(|&delimiter| count(delimiter)).unwrap_or('\t')
}

/// The names of a header's columns without their brackets, in capitals; none when the line is no header.
#[must_use]
pub fn names(line: &str) -> Option<Vec<String>> {
    let cells: Vec<&str> = line.split(delimiter(line)).collect();
    let bare = |cell: &str| cell.trim_matches([' ', '"', '<', '>']).to_uppercase();
    let bracketed = cells.iter().any(|cell| cell.trim().starts_with('<') && cell.trim().ends_with('>'));
    let names: Vec<String> = cells.iter().map(|cell| bare(cell)).collect();
    let known = names.iter().any(|name| TICK_COLUMNS.contains(&name.as_str()) || BAR_COLUMNS.contains(&name.as_str()));
    (known || (bracketed && cells.len() > 1)).then_some(names)
}

/// Where the columns of a layout stand in a line.
#[derive(Debug, Clone)]
pub struct Columns<const N: usize> {
    /// What stands between cells.
    pub delimiter: char,
    /// The number of cells of a line.
    pub cells: usize,
    /// Place of each column of the layout, none where the file has it not.
    pub places: [Option<usize>; N],
    /// Whether the first line is a header.
    pub header: bool,
}

impl<const N: usize> Columns<N> {
    /// Reads them from the first line of a file. A header needs the `needed` columns; without one the columns are the
    /// first of the layout, at least `headerless_min` of them.
    ///
    /// # Errors
    /// [`DataError`]: a column missing or there twice, or a number of cells that fits not.
    pub fn find(path: &Path, line: &str, layout: [&str; N], needed: &[&str], headerless_min: usize) -> Result<Self, DataError> {
        let delimiter = delimiter(line);
        let cells = line.split(delimiter).count();
        let Some(names) = names(line) else {
            if cells < headerless_min || cells > N {
                let flaw = LineFlaw::Cells { found: cells, expected: N };
                return Err(DataError::Line { path: path.into(), place: Place::Line(1), flaw });
            }
            let places = std::array::from_fn(|at| (at < cells).then_some(at));
            return Ok(Self { delimiter, cells, places, header: false });
        };
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(DataError::DoubleColumn { path: path.into(), column: name.clone() });
            }
        }
        if let Some(column) = needed.iter().find(|&&column| !names.iter().any(|name| name == column)) {
            return Err(DataError::MissingColumn { path: path.into(), column: (*column).into(), found: names });
        }
        let places = layout.map(|column| names.iter().position(|name| name == column));
        Ok(Self { delimiter, cells, places, header: true })
    }
}
