//! The current quote of each symbol.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;

/// Bid and Ask as last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quote {
    /// The price at which one can sell.
    pub bid: Price,
    /// The price at which one can buy.
    pub ask: Price,
}

/// The quotes of all the symbols.
#[derive(Debug, Clone, Default)]
pub struct Quotes(Vec<Quote>);

impl Quotes {
    /// No quote yet, of any of `symbols` symbols.
    #[must_use]
    pub fn new(symbols: usize) -> Self {
        Self(vec![Quote::default(); symbols])
    }

    /// Takes a tick's quote. A tick without both prices does not change it.
    #[inline]
    pub fn see(&mut self, tick: &Tick) {
        if tick.bid > Price::ZERO && tick.ask > Price::ZERO {
            self.0[tick.symbol.index()] = Quote { bid: tick.bid, ask: tick.ask };
        }
    }

    /// Sets the quotes of all symbols anew; a default quote stands for none.
    pub fn set_all(&mut self, quotes: impl Iterator<Item = Quote>) {
        self.0.clear();
        self.0.extend(quotes);
    }

    /// The symbol's quote, none before its first.
    #[inline]
    #[must_use]
    pub fn get(&self, symbol: SymbolId) -> Option<Quote> {
        self.0.get(symbol.index()).copied().filter(|quote| quote.bid > Price::ZERO)
    }
}
