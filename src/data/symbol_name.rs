//! The symbol of a file, where its label, its rows or its name tell it.

use crate::data::column_map::ColumnMap;
use crate::data::detect::{format_of, plain};
use crate::data::error::DataError;
use crate::data::format::{Format, Stated};
use crate::data::input::inputs;
use crate::data::table::column::Table;
use crate::data::text::field::Field;
use crate::data::text::header::{self, Cells, Columns};
use crate::data::text::layout::Layout;
use crate::data::text::lines::Lines;
use crate::data::text::sample::first_lines;
use crate::domain::symbols_builtin::NAMES;
use crate::domain::text;
use std::collections::BTreeSet;
use std::path::Path;

/// The symbol of the first file that a path names: the one that it says itself, the one in a column of
/// it, or else the only known one in its name. None when nothing tells.
///
/// # Errors
/// [`DataError`] of opening the file; [`DataError::Symbols`] when it has rows of several.
pub fn told_by(path: &Path, stated: &Stated) -> Result<Option<String>, DataError> {
    let inputs = inputs(&[path])?;
    let input = &inputs[0];
    let format = format_of(input, stated)?;
    if matches!(format, Format::ParquetTicks | Format::ParquetBars)
        && let Some(symbol) = Table::open(plain(input)?)?.label()?.symbol
    {
        // As it would be shown: no symbol has a longer name.
        return Ok(Some(text::name(&symbol).into_owned()));
    }
    if let Some(layout) = Layout::of(format) {
        let columns = Columns::find(&mut Lines::open(input)?, layout, &stated.map)?;
        let lines = first_lines(input)?;
        let is_header = |line: &Vec<u8>| header::names(line, &ColumnMap::default()).is_some();
        let found: BTreeSet<String> = lines
            .iter()
            .filter(|line| !is_header(line))
            .map(|line| Cells::cut(line, columns.delimiter))
            .map(|cells| String::from_utf8_lossy(columns.cell(&cells, Field::Pair)).into_owned())
            .filter(|symbol| !symbol.is_empty())
            .collect();
        if found.len() > 1 {
            let found = found.into_iter().collect();
            return Err(DataError::Symbols { path: input.name().into(), found });
        }
        if let Some(symbol) = found.into_iter().next() {
            return Ok(Some(symbol.replace('/', "")));
        }
    }
    Ok(named(path).map(str::to_owned))
}

/// The only known symbol in the name of a file.
#[must_use]
pub fn named(path: &Path) -> Option<&'static str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
    let mut found = NAMES.iter().filter(|symbol| name.contains(**symbol));
    match (found.next(), found.next()) {
        (Some(symbol), None) => Some(symbol),
        _ => None,
    }
}
