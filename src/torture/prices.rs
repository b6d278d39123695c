//! What positions of a torture session are worth, in plain sums: a USD account, and symbols that
//! pair USD with something. It shares nothing with the broker's valuation.

use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::position::Position;
use crate::domain::tick::Tick;

/// The quotes as the broker has seen them.
#[derive(Debug, Clone)]
pub struct Prices {
    symbols: Vec<Priced>,
}

/// A symbol and its quote.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The name of the symbol.
    pub name: String,
    /// The last Bid.
    pub bid: f64,
    /// The last Ask.
    pub ask: f64,
}

impl Prices {
    /// Nothing is quoted yet.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        let priced = |name: &String| Priced { name: name.clone(), bid: 0.0, ask: 0.0 };
        Self { symbols: symbols.iter().map(priced).collect() }
    }

    /// Takes a tick. One without both prices changes nothing.
    pub fn tick(&mut self, tick: &Tick) {
        let (bid, ask) = (tick.bid.to_f64(), tick.ask.to_f64());
        if bid > 0.0 && ask > 0.0 {
            let priced = &mut self.symbols[tick.symbol.index()];
            (priced.bid, priced.ask) = (bid, ask);
        }
    }

    /// A symbol and its quote.
    #[must_use]
    pub fn of(&self, symbol: SymbolId) -> &Priced {
        &self.symbols[symbol.index()]
    }

    /// What an open position has gained, without its swap.
    #[must_use]
    pub fn profit(&self, position: &Position) -> f64 {
        let priced = self.of(position.symbol);
        let now = priced.closing(position.side);
        let gain = (now - position.price_open.to_f64()) * priced.units(position.volume.to_f64());
        let gain = if position.side == Side::Buy { gain } else { -gain };
        gain * priced.usd(now)
    }

    /// The margin of all positions of which nothing covers the other side, by symbol.
    #[must_use]
    pub fn margin(&self, positions: &[Position], leverage: f64) -> f64 {
        let of_symbol = |(place, priced): (usize, &Priced)| {
            let own = positions.iter().filter(move |one| one.symbol.index() == place);
            let leg = |side: Side| {
                own.clone().filter(move |one| one.side == side).fold((0.0, 0.0), |sum, one| {
                    let (volume, price) = (one.volume.to_f64(), one.price_open.to_f64());
                    // A unit of the base costs the price, unless it is a dollar.
                    let price = if priced.name.starts_with("USD") { 1.0 } else { price };
                    (sum.0 + volume, sum.1 + priced.units(volume) * price / leverage)
                })
            };
            let (buys, sells) = (leg(Side::Buy), leg(Side::Sell));
            let (larger, smaller) = if buys.0 >= sells.0 { (buys, sells) } else { (sells, buys) };
            if larger.0 > 0.0 { larger.1 * (larger.0 - smaller.0) / larger.0 } else { 0.0 }
        };
        self.symbols.iter().enumerate().map(of_symbol).sum()
    }
}

impl Priced {
    /// The price at which a position of a side is closed.
    #[must_use]
    pub const fn closing(&self, side: Side) -> f64 {
        match side {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        }
    }

    /// What so many lots consist of.
    #[must_use]
    pub fn units(&self, lots: f64) -> f64 {
        lots * if self.name == "XAUUSD" { 100.0 } else { 100_000.0 }
    }

    /// The value in USD of a unit of the currency in which the symbol is quoted.
    #[must_use]
    pub fn usd(&self, price: f64) -> f64 {
        if self.name.starts_with("USD") { 1.0 / price } else { 1.0 }
    }
}
