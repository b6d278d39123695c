//! What is odd about the rows of a file that is read without an import, told when the work is done.

use crate::data::text::symbols::SymbolsFound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of places that are kept.
const PLACES_MAX: usize = 8;

/// The odd rows so far. It can be read while the rows are read elsewhere, and is complete when they
/// have ended.
#[derive(Debug, Clone, Default)]
pub struct OddRows(Arc<Mutex<Odd>>);

#[derive(Debug, Default)]
struct Odd {
    /// What there is to say of the file as a whole.
    said: Vec<String>,
    /// The symbol in its name, where it is another one.
    named: Option<&'static str>,
    spikes: SpikesFound,
    symbols: SymbolsFound,
}

/// Rows whose prices are far off those around them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpikesFound {
    /// How many.
    pub rows: u64,
    /// The places of the first.
    pub places: Vec<String>,
}

impl SpikesFound {
    /// Counts a row.
    pub fn take(&mut self, place: String) {
        self.rows += 1;
        if self.places.len() < PLACES_MAX {
            self.places.push(place);
        }
    }

    /// Their places for people; nothing when there are none.
    #[must_use]
    pub fn shown(&self) -> String {
        let more = if self.rows > self.places.len() as u64 { ", …" } else { "" };
        self.places.join(", ") + more
    }
}

impl OddRows {
    /// Says something of the file as a whole.
    pub fn say(&self, told: String) {
        self.odd().said.push(told);
    }

    /// Notes that the name of the file says another symbol, which counts where no row tells one.
    pub fn named(&self, symbol: &'static str) {
        self.odd().named = Some(symbol);
    }

    /// Counts a row whose prices are far off.
    pub fn spike(&self, place: String) {
        self.odd().spikes.take(place);
    }

    /// Takes the spikes so far.
    pub fn spikes(&self, spikes: &SpikesFound) {
        self.odd().spikes.clone_from(spikes);
    }

    /// Takes the symbols of the rows so far.
    pub fn symbols(&self, symbols: &SymbolsFound) {
        self.odd().symbols.clone_from(symbols);
    }

    /// What a person should know, a sentence each.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let odd = self.odd();
        let named = odd.named.filter(|_| odd.symbols.own_rows == 0).map(|symbol| {
            format!("its file's name says {symbol}, and nothing in it says of which symbol it is")
        });
        let said = odd.said.iter().cloned().chain(named);
        said.chain(told(&odd.symbols, &odd.spikes)).collect()
    }

    fn odd(&self) -> MutexGuard<'_, Odd> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a person should know of a file that was not imported, a sentence each.
#[must_use]
pub fn told(symbols: &SymbolsFound, spikes: &SpikesFound) -> Vec<String> {
    let mut told = told_symbols(symbols);
    if spikes.rows > 0 {
        let rows = if spikes.rows == 1 { "row" } else { "rows" };
        told.push(format!(
            "{} {rows} with prices far off those around them ({}), kept: `tickdeck import` has --on-spike",
            spikes.rows,
            spikes.shown()
        ));
    }
    told
}

/// What a person should know of the symbols of a file.
#[must_use]
pub fn told_symbols(symbols: &SymbolsFound) -> Vec<String> {
    let alias = symbols.alias.iter().map(|alias| format!("its rows say {alias}"));
    let others = (symbols.other_rows > 0).then(|| {
        let names = symbols.others.iter().cloned().collect::<Vec<_>>().join(", ");
        let rows = if symbols.other_rows == 1 { "row" } else { "rows" };
        format!("{} {rows} of other symbols ({names}) left out", symbols.other_rows)
    });
    alias.chain(others).collect()
}
