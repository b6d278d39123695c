//! The symbols of the rows of a text: those of other symbols are left out and counted.

use crate::data::error::{CellFlaw, DataError};
use crate::data::specification::is_same;
use crate::data::text::cell::shown;
use std::collections::BTreeSet;
use std::path::Path;

/// How many names are kept for messages.
const NAMES_MAX: usize = 8;

/// What the column of symbols holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SymbolsFound {
    /// The number of rows of the symbol that is read.
    pub own_rows: u64,
    /// The name that the file has for it, where it is another.
    pub alias: Option<String>,
    /// The number of rows of other symbols, which are left out.
    pub other_rows: u64,
    /// The first names of those.
    pub others: BTreeSet<String>,
}

impl SymbolsFound {
    /// Adds what another file holds.
    pub fn add(&mut self, file: &Self) {
        self.own_rows += file.own_rows;
        self.other_rows += file.other_rows;
        self.alias = self.alias.take().or_else(|| file.alias.clone());
        self.others.extend(file.others.iter().cloned());
    }
}

/// What becomes of rows of another symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherSymbols {
    /// They are left out.
    LeftOut,
    /// The first one ends the reading.
    Refused,
}

/// Tells rows of the symbol that is read from those of others.
#[derive(Debug)]
pub struct SymbolColumn {
    name: String,
    others: OtherSymbols,
    /// The last cell, and whether it is of the symbol.
    last: Option<(Vec<u8>, bool)>,
    /// What was found so far.
    pub found: SymbolsFound,
}

impl SymbolColumn {
    /// A column of which nothing was read.
    #[must_use]
    pub fn new(name: &str, others: OtherSymbols) -> Self {
        Self { name: name.to_owned(), others, last: None, found: SymbolsFound::default() }
    }

    /// Whether a row is of the symbol.
    ///
    /// # Errors
    /// [`CellFlaw::OtherPair`] when rows of others are refused.
    #[inline]
    pub fn takes(&mut self, cell: &[u8]) -> Result<bool, CellFlaw> {
        let is_own = match &self.last {
            Some((last, is_own)) if last == cell => *is_own,
            _ => self.look(cell)?,
        };
        if is_own {
            self.found.own_rows += 1;
        } else {
            self.found.other_rows += 1;
        }
        Ok(is_own)
    }

    /// Checks a text that has ended: if it has rows, some are of the symbol.
    ///
    /// # Errors
    /// [`DataError::OtherSymbol`].
    pub fn check(&self, path: &Path) -> Result<(), DataError> {
        if self.found.own_rows > 0 || self.found.other_rows == 0 {
            return Ok(());
        }
        let found = self.found.others.iter().cloned().collect();
        Err(DataError::OtherSymbol { path: path.into(), symbol: self.name.clone(), found })
    }

    fn look(&mut self, cell: &[u8]) -> Result<bool, CellFlaw> {
        let text = shown(cell);
        let is_own = is_same(&text, &self.name);
        let plain = text.replace('/', "");
        if is_own && !plain.eq_ignore_ascii_case(&self.name) && self.found.alias.is_none() {
            self.found.alias = Some(text.clone());
        }
        if !is_own {
            if self.others == OtherSymbols::Refused {
                return Err(CellFlaw::OtherPair { found: text, symbol: self.name.clone() });
            }
            if self.found.others.len() < NAMES_MAX {
                self.found.others.insert(text);
            }
        }
        self.last = Some((cell.to_vec(), is_own));
        Ok(is_own)
    }
}
